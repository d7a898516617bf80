<?php

// Calls one method of Contacts with arguments as JSON, and prints what came, or which trouble.

declare(strict_types=1);

require __DIR__ . '/../Evergrant.php';

[, $method, $arguments, $patience] = $argv + ['', '', '[]', '60'];
try {
    $contacts = Evergrant\Contacts::fromEnvironment((int) $patience);
    ob_start();
    var_dump($contacts);
    var_export($contacts);
    print_r($contacts);
    $dump = ob_get_clean();
    if (strpos($dump, trim(file_get_contents(getenv('EVERGRANT_KEY_FILE')))) !== false) {
        throw new LogicException('a dump shows the key');
    }
    $answer = $contacts->$method(...json_decode($arguments, true));
    echo json_encode(['answer' => $answer]), "\n";
} catch (Evergrant\Trouble $trouble) {
    echo json_encode([
        'trouble' => get_class($trouble), 'status' => $trouble->status, 'says' => $trouble->getMessage(),
    ]), "\n";
} catch (InvalidArgumentException $mistake) {
    echo json_encode(['trouble' => get_class($mistake), 'status' => 0, 'says' => $mistake->getMessage()]), "\n";
}
