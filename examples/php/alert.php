<?php
// Takes an alert that evergrant posts, and believes it only if it is signed with the secret in hook.secret and fresh.
// It may come twice under the same webhook-id: remember the last ids if that matters.

function verified_alert(string $body, array $headers, string $secret, int $now): ?array
{
    $id = $headers['webhook-id'] ?? '';
    $time = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($time) || abs($now - (int) $time) > 300) {
        return null;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')));
    $signature = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    return hash_equals($signature, $headers['webhook-signature'] ?? '') ? json_decode($body, true) : null;
}

if (PHP_SAPI !== 'cli') {
    $secret = trim(file_get_contents(getenv('HOOK_SECRET_FILE')));
    $headers = array_change_key_case(getallheaders());
    $alert = verified_alert(file_get_contents('php://input'), $headers, $secret, time());
    http_response_code($alert === null ? 401 : 204);
    if ($alert !== null) {
        error_log($alert['type'] . ': ' . $alert['data']['title']);
    }
}
