<?php

// Reads and changes a note with curl, which unpacks what it asks for.
//
// usage: client.php ADDRESS TOKEN_FILE

declare(strict_types=1);

[, $address, $file] = $argv;
$token = trim(file_get_contents($file));

/** The status, the header fields by their names in lower case, and the body. */
function call(string $method, array $fields, ?string $encodings, ?string $body = null): array
{
    global $address, $token;
    $told = [];
    $curl = curl_init($address);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => array_merge(["Authorization: Bearer $token"], $fields),
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$told): int {
            $halves = explode(':', $line, 2);
            if (count($halves) === 2) {
                $told[strtolower($halves[0])] = trim($halves[1]);
            }
            return strlen($line);
        },
    ]);
    if ($encodings !== null) {
        curl_setopt($curl, CURLOPT_ENCODING, $encodings);
    }
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $answer = curl_exec($curl);
    if ($answer === false) {
        fail(curl_error($curl));
    }
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $told, $answer];
}

function fail(string $words): void
{
    fwrite(STDERR, "client.php: $words\n");
    exit(1);
}

function equal(string $what, $found, $wanted): void
{
    if ($found !== $wanted) {
        fail("$what is " . json_encode($found) . ', and not ' . json_encode($wanted));
    }
}

[$status, $fields, $plain] = call('GET', [], null);
equal('the status', $status, 200);
equal('the coding of what nobody asked for', $fields['content-encoding'] ?? null, null);
// An empty text asks for all that this curl can unpack.
foreach (['gzip', ''] as $encodings) {
    [$status, $fields, $body] = call('GET', [], $encodings);
    equal('the coding', $fields['content-encoding'] ?? null, 'gzip');
    equal('the body', $body, $plain);
    equal('whether it is shorter', (int) $fields['content-length'] < strlen($plain), true);
}
$tag = $fields['etag'];
[$status, $fields] = call('GET', ["If-None-Match: $tag"], 'gzip');
equal('what is told of what is there', [$status, $fields['etag']], [304, $tag]);
foreach ([200, 412] as $wanted) {
    [$status] = call('PATCH', ["If-Match: $tag", 'Content-Type: application/json'], 'gzip', '{"title":"Changed with PHP"}');
    equal('a change', $status, $wanted);
}
// What curl unpacks is no body that anybody takes.
[$status, $fields, $body] = call(
    'PATCH', ['Content-Encoding: gzip', 'Content-Type: application/json'], 'gzip', gzencode('{"title":"Packed"}'));
equal('a compressed request', [$status, $fields['accept-encoding'] ?? null], [415, 'identity']);
echo "PHP reads gzip\n";
