<?php

// A page of a shop portal, which needs the API for whoever is signed in. Where a session starts stood once: is the token old?
// then refresh it, and store the new one; two workers that did so at once lost the grant. Now the keeper is asked.

declare(strict_types=1);

session_start();
$_SESSION['pages'] = ($_SESSION['pages'] ?? 0) + 1;

$key = trim(file_get_contents($_SERVER['KEY_FILE']));
$token = json_decode(file_get_contents($_SERVER['TOKEN_ADDRESS'], false, stream_context_create(['http' => [
    'header' => "X-API-Key: $key", 'ignore_errors' => true,
]])), true);

// The program as it was: it calls the API itself, with the token that it has.
$answer = file_get_contents($_SERVER['API_ADDRESS'], false, stream_context_create(['http' => [
    'header' => "Authorization: Bearer {$token['access_token']}", 'ignore_errors' => true,
]]));

header('Content-Type: application/json');
echo json_encode([
    'pages' => $_SESSION['pages'], 'worker' => getmypid(), 'generation' => $token['generation'] ?? 0,
    'status' => (int) explode(' ', $http_response_header[0])[1],
    'over' => microtime(true) >= (float) (new DateTimeImmutable($token['expires_at'] ?? '@0'))->format('U.u'),
    'says' => substr($answer, 0, 200),
]);
