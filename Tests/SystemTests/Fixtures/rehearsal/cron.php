<?php
/**
 * A cron job as many a shop has it, started every two seconds: it reads the row, asks for new tokens where the old have ended, writes
 * what came, and calls. It has a lock of five seconds, so that two runs do not refresh at once. Its faults are the usual ones, and
 * stay.
 *
 *     php cron.php KEAP_FILE ROW_FILE
 *
 * KEAP_FILE is what `evergrant issuer rehearse` writes. Where another pair stands in it than before, a person has put it in.
 */

[, $file, $table] = $argv;
$keap = json_decode((string) @file_get_contents($file), true);
if (!$keap) {
    exit(0);
}
$row = json_decode((string) @file_get_contents($table), true);
if (($row['given'] ?? null) !== $keap['refresh_token']) {
    $row = ['given' => $keap['refresh_token'], 'access' => $keap['access_token'], 'refresh' => $keap['refresh_token'],
        'until' => time() + $keap['expires_in'], 'locked' => 0];
    save($row);
}

/** As a database does: whole, or not at all. */
function save(array $row): void
{
    $new = $GLOBALS['table'] . '.' . getmypid();
    file_put_contents($new, json_encode($row));
    rename($new, $GLOBALS['table']);
}

/** What came back, whatever it is; false where nothing did. */
function ask(string $method, string $url, array $headers, string $body = ''): string|false
{
    return @file_get_contents($url, false, stream_context_create(['http' => [
        'method' => $method, 'header' => $headers, 'content' => $body, 'ignore_errors' => true, 'timeout' => 60]]));
}

if (time() >= $row['until'] && time() >= $row['locked']) {
    $row['locked'] = time() + 5;
    save($row);
    $answer = ask('POST', $keap['token_endpoint'], [
        'Authorization: Basic ' . base64_encode("{$keap['client_id']}:{$keap['client_secret']}"),
        'Content-Type: application/x-www-form-urlencoded',
    ], http_build_query(['grant_type' => 'refresh_token', 'refresh_token' => $row['refresh']]));
    if ($answer === false) {
        exit(1);
    }
    $tokens = json_decode($answer, true);
    $row['access'] = $tokens['access_token'] ?? null;
    $row['refresh'] = $tokens['refresh_token'] ?? null;
    $row['until'] = time() + ($tokens['expires_in'] ?? 0);
    $row['locked'] = 0;
    save($row);
}
ask('GET', $keap['api'] . '/v2/contacts?page_size=1', ["Authorization: Bearer {$row['access']}"]);
