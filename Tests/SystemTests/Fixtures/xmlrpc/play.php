<?php

// Plays a story of calls with PHP's xmlrpc extension and curl; README.md beside this file has the rules.

declare(strict_types=1);

[, $storyFile, $address, $credentialFile, $place] = $argv;
$story = json_decode(file_get_contents($storyFile), true, 32, JSON_THROW_ON_ERROR);
$right = trim(file_get_contents($credentialFile));
$told = [];

function named(string $table, int $number): string
{
    global $told;
    $turn = array_search($number, $told[$table] ?? [], true);
    if ($turn === false) {
        $turn = count($told[$table] ?? []);
        $told[$table][] = $number;
    }
    return "@$table " . ($turn + 1);
}

function sent($value)
{
    global $told;
    if (is_string($value) && strncmp($value, '@', 1) === 0) {
        [$table, $turn] = explode(' ', substr($value, 1));
        return $told[$table][(int) $turn - 1];
    }
    if (is_array($value) && array_keys($value) === ['dateTime']) {
        $time = $value['dateTime'];
        xmlrpc_set_type($time, 'datetime');
        return $time;
    }
    return is_array($value) ? array_map('sent', $value) : $value;
}

function shown($value, array $numbers, string $name = '')
{
    if (is_array($value)) {
        $shown = [];
        foreach ($value as $key => $member) {
            $shown[$key] = shown($member, $numbers, is_string($key) ? $key : '');
        }
        ksort($shown);
        return $shown;
    }
    if (isset($numbers[$name])) {
        $names = array_map(fn ($number) => named($numbers[$name], (int) $number), explode(',', (string) $value));
        return implode(',', $names);
    }
    if (is_object($value) && $value->xmlrpc_type === 'datetime') {
        $isNow = abs(time() - strtotime($value->scalar . ' UTC')) < 86400;
        return ['dateTime' => $isNow ? 'now' : $value->scalar];
    }
    return $value;
}

function untyped(string $method, array $arguments): string
{
    $values = '';
    foreach ($arguments as $text) {
        $values .= '<param><value>' . htmlspecialchars($text, ENT_XML1) . '</value></param>';
    }
    return "<methodCall><methodName>$method</methodName><params>$values</params></methodCall>";
}

function answer(array $step): array
{
    global $address, $right, $place;
    $credential = isset($step['isRefused']) ? 'none' : $right;
    $fields = ['Content-Type: text/xml'];
    if ($place === 'header') {
        $fields[] = "Authorization: Bearer $credential";
    }
    $query = $place === 'query' ? '?access_token=' . rawurlencode($credential) : '';
    $arguments = array_merge([$place === 'argument' ? $credential : 'key'], array_map('sent', $step['with']));
    $body = isset($step['isUntyped'])
        ? untyped($step['call'], $arguments)
        : xmlrpc_encode_request($step['call'], $arguments, ['encoding' => 'utf-8', 'escaping' => 'markup']);
    $curl = curl_init($address . $query);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body, CURLOPT_HTTPHEADER => $fields, CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60,
    ]);
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException(curl_error($curl));
    }
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        return ['status' => $status];
    }
    $value = xmlrpc_decode($answer, 'utf-8');
    if (is_array($value) && xmlrpc_is_fault($value)) {
        return ['fault' => $value['faultCode'], 'says' => $value['faultString']];
    }
    return ['gives' => $value];
}

foreach ($story as $step) {
    $line = answer($step);
    if (array_key_exists('gives', $line)) {
        if (isset($step['only'])) {
            $line['gives'] = array_intersect_key($line['gives'], array_flip($step['only']));
        }
        $line['gives'] = shown($line['gives'], $step['numbers'] ?? []);
    }
    echo json_encode($line, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR), "\n";
}
