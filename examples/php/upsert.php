<?php // Adds a contact, or updates the one with this e-mail: EVERGRANT_URL and EVERGRANT_KEY_FILE say where and with what key.
[, $email, $given, $family] = $argv + ['', 'ada@example.org', 'Ada', 'Lovelace'];
$curl = curl_init(getenv('EVERGRANT_URL') . '/via/shop/crm/rest/v1/contacts');
curl_setopt_array($curl, [
    CURLOPT_CUSTOMREQUEST => 'PUT', CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60,
    CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'X-API-Key: ' . trim(file_get_contents(getenv('EVERGRANT_KEY_FILE')))],
    CURLOPT_POSTFIELDS => json_encode([
        'duplicate_option' => 'Email', 'given_name' => $given, 'family_name' => $family,
        'email_addresses' => [['field' => 'EMAIL1', 'email' => $email]],
    ]),
]);
$answer = curl_exec($curl);
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
if ($answer === false || $status >= 300) {
    fwrite(STDERR, $answer === false ? 'Not reached: ' . curl_error($curl) . "\n" : "Refused with $status: $answer\n");
    exit(1);
}
echo ($status === 201 ? 'added' : 'updated') . ' contact ' . json_decode($answer)->id . "\n";
