<?php

declare(strict_types=1);

namespace Evergrant;

/**
 * Contacts of a CRM, through an Evergrant keeper: an API key, and no OAuth.
 *
 *     $contacts = Evergrant\Contacts::fromEnvironment();
 *     $contact = $contacts->upsert(['email' => 'ada@example.org', 'given_name' => 'Ada']);
 *
 * Every method may be repeated without harm, and is: when an answer is cut off, or the other side is busy, the call is
 * made again until `$patience` seconds are over. PHP 7.4 or newer, with the curl extension.
 */
final class Contacts
{
    /** Seconds before a call is made again, each varied by half. */
    private const PAUSES = [0.2, 0.5, 1, 2, 5, 10, 20];
    private const PATH = '/crm/rest/v2/contacts';

    private string $url;
    /** Gives the key: in a closure neither var_dump nor var_export nor print_r shows it. */
    private \Closure $key;
    private string $connection;
    private int $patience;
    private bool $isLoopback;
    /** @var resource|\CurlHandle */
    private $curl;

    /**
     * @param string $url        where the keeper is: `http://127.0.0.1:8080`, or https on another machine
     * @param string $key        what `evergrant key add` has shown, once
     * @param string $connection the connection that the key is for
     * @param int    $patience   seconds after which no call is repeated any more
     */
    public function __construct(
        string $url,
        #[\SensitiveParameter]
        string $key,
        string $connection,
        int $patience = 60
    ) {
        // PHP before 8.2 writes the arguments into traces.
        $secret = $key;
        $key = '';
        $parts = parse_url($url) ?: [];
        $host = trim($parts['host'] ?? '', '[]');
        $isLoopback = in_array($host, ['127.0.0.1', '::1', 'localhost'], true);
        if (($parts['scheme'] ?? '') !== 'https' && !($isLoopback && ($parts['scheme'] ?? '') === 'http')) {
            throw new \InvalidArgumentException("$url is not an https address, nor http on this machine: a key sent there could be read on its way.");
        }
        if (!preg_match('/^[\x21-\x7E]+\z/', $secret)) {
            throw new \InvalidArgumentException('The API key is empty, or has a blank or a line break in it.');
        }
        $this->url = rtrim($url, '/');
        $this->key = static fn (): string => $secret;
        $this->connection = $connection;
        $this->patience = $patience;
        $this->isLoopback = $isLoopback;
        $this->curl = curl_init();
    }

    /** From EVERGRANT_URL, EVERGRANT_KEY_FILE and EVERGRANT_CONNECTION. */
    public static function fromEnvironment(int $patience = 60): self
    {
        foreach (['EVERGRANT_URL', 'EVERGRANT_KEY_FILE', 'EVERGRANT_CONNECTION'] as $name) {
            if (!getenv($name)) {
                throw new \InvalidArgumentException("$name is not set: EVERGRANT_URL is the keeper's address, EVERGRANT_KEY_FILE the file with the key, EVERGRANT_CONNECTION the connection's name.");
            }
        }
        $file = getenv('EVERGRANT_KEY_FILE');
        if (strncmp($file, 'evk_', 4) === 0) {
            throw new \InvalidArgumentException('EVERGRANT_KEY_FILE is the key itself: write the key to a file, and name that.');
        }
        $key = @file_get_contents($file);
        if ($key === false) {
            throw new \InvalidArgumentException("The key file $file cannot be read.");
        }
        return new self(getenv('EVERGRANT_URL'), trim($key), getenv('EVERGRANT_CONNECTION'), $patience);
    }

    /**
     * Adds a contact, or updates the one that has its e-mail address; what is not named stays as it is.
     *
     * @param array  $contact fields of REST v2, with `email`, `phone` and `address` as short forms of the first of each
     * @param string $match   `Email`, `EmailAndName` or `EmailAndNameAndCompany`
     * @return array the contact as the API has it now; `created` says whether it is new
     */
    public function upsert(array $contact, string $match = 'Email'): array
    {
        $contact = self::written($contact);
        $first = array_filter($contact['email_addresses'] ?? [], static fn ($address) => ($address['field'] ?? 'EMAIL1') === 'EMAIL1' && trim($address['email'] ?? '') !== '');
        if (!$first || !in_array($match, ['Email', 'EmailAndName', 'EmailAndNameAndCompany'], true)) {
            // It would be made again by each repetition.
            throw new \InvalidArgumentException('A contact is matched by its first e-mail address (EMAIL1), and this one has none, or by a rule that is not known.');
        }
        [$status, $answer] = $this->call('POST', self::PATH, ['duplicate_option' => $match], $contact);
        return $answer + ['created' => $status === 201];
    }

    /** The contact with that e-mail address, or null. */
    public function find(string $email): ?array
    {
        $email = trim($email);
        if (!preg_match('/^[^\s;*@]+@[^\s;*@]+\z/', $email)) {
            throw new \InvalidArgumentException('That is no e-mail address that can be looked for.');
        }
        [, $answer] = $this->call('GET', self::PATH, ['filter' => "email==$email", 'page_size' => '25']);
        foreach ($answer['contacts'] ?? [] as $contact) {
            foreach ($contact['email_addresses'] ?? [] as $address) {
                if (strcasecmp($address['email'] ?? '', $email) === 0) {
                    return $contact;
                }
            }
        }
        return null;
    }

    /**
     * Changes what is named of one contact. Lists, such as `email_addresses`, are replaced whole.
     *
     * @param string|int $id
     * @return array the contact as the API has it now
     */
    public function update($id, array $changes): array
    {
        $changes = self::written($changes);
        if (!$changes) {
            throw new \InvalidArgumentException('Nothing is named that shall change.');
        }
        $query = implode('&', array_map(fn ($name) => 'update_mask=' . rawurlencode((string) $name), array_keys($changes)));
        return $this->call('PATCH', self::PATH . '/' . rawurlencode((string) $id) . "?$query", [], $changes)[1];
    }

    /** The short forms in the API's own. */
    private static function written(array $contact): array
    {
        $lists = ['email' => ['email_addresses', 'email', 'EMAIL1'], 'phone' => ['phone_numbers', 'number', 'PHONE1']];
        foreach ($lists as $short => [$list, $member, $field]) {
            if (isset($contact[$short])) {
                $contact[$list] = [[$member => $contact[$short], 'field' => $field]];
            }
        }
        if (isset($contact['address'])) {
            $contact['addresses'] = [$contact['address'] + ['field' => 'BILLING']];
        }
        return array_diff_key($contact, ['email' => 1, 'phone' => 1, 'address' => 1]);
    }

    /** @return array{int, array} status and body of an answer that is a success */
    private function call(string $method, string $path, array $query, ?array $body = null): array
    {
        $address = "$this->url/via/" . rawurlencode($this->connection) . $path . ($query ? '?' . http_build_query($query, '', '&', PHP_QUERY_RFC3986) : '');
        $end = microtime(true) + $this->patience;
        for ($turn = 0;; $turn++) {
            [$trouble, $status, $answer, $after] = $this->send($method, $address, $body, max(1, $end - microtime(true)));
            if ($trouble === null) {
                return [$status, $answer];
            }
            $pause = max((self::PAUSES[$turn] ?? 20) * (0.5 + mt_rand() / mt_getrandmax()), $after);
            if (!$trouble instanceof Unavailable || microtime(true) + $pause > $end) {
                throw $trouble;
            }
            usleep((int) ($pause * 1e6));
        }
    }

    /** @return array{?Trouble, int, array, int} */
    private function send(string $method, string $address, ?array $body, float $seconds): array
    {
        $after = 0;
        // The handle keeps its connection, and forgets the call before.
        curl_reset($this->curl);
        if ($body !== null) {
            curl_setopt($this->curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE));
        }
        if ($this->isLoopback) {
            curl_setopt($this->curl, CURLOPT_NOPROXY, '*');
        }
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $address,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 10,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_TIMEOUT_MS => (int) ($seconds * 1000),
            CURLOPT_HTTPHEADER => ['X-API-Key: ' . ($this->key)(), 'Content-Type: application/json', 'Accept: application/json', 'Expect:'],
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$after): int {
                if (preg_match('/^retry-after:\s*(\d{1,6})\s*$/i', $line, $found)) {
                    $after = (int) $found[1];
                }
                return strlen($line);
            },
        ]);
        $text = curl_exec($this->curl);
        if ($text === false) {
            return [new Unavailable('The keeper gave no whole answer: ' . curl_error($this->curl) . '.'), 0, [], 0];
        }
        $status = curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        $answer = json_decode($text, true);
        if ($status >= 200 && $status < 300 && is_array($answer)) {
            return [null, $status, $answer, 0];
        }
        return [Trouble::of($status, is_array($answer) ? $answer : [], $after), $status, [], $after];
    }

    /** What `var_dump` shows: anything but the key. */
    public function __debugInfo(): array
    {
        return ['url' => $this->url, 'connection' => $this->connection];
    }
}

/** Why there is no result; the message is a sentence that says what to do. */
abstract class Trouble extends \RuntimeException
{
    /** The answer's status, or 0 where there was none. */
    public int $status = 0;
    /** Seconds to wait before the next try, where the answer has said so. */
    public int $retryAfter = 0;

    /** @internal */
    public static function of(int $status, array $answer, int $retryAfter): self
    {
        $code = $answer['error']['code'] ?? null;
        $words = $answer['error']['message'] ?? $answer['message'] ?? $answer['fault']['faultstring'] ?? "The answer was $status, and no JSON.";
        $words = is_string($words) ? $words : "The answer was $status.";
        if ($code === 'needs_approval') {
            $trouble = new NeedsApproval($words);
        } elseif ($code !== null && $status < 500 && $status !== 408 && $status !== 429) {
            // The keeper's own word: nothing is wrong with the contact.
            $trouble = new KeyRefused($words);
        } elseif ($status === 401) {
            $trouble = new NeedsApproval("The provider no longer accepts the approval ($words). What to do: evergrant status");
        } elseif ($status === 408 || $status === 429 || $status >= 500 || $status < 300) {
            $trouble = new Unavailable($words);
        } else {
            $trouble = new Refused($words);
        }
        $trouble->status = $status;
        $trouble->retryAfter = $retryAfter;
        return $trouble;
    }
}

/** A person must approve again; until then every call ends so. Jobs can stop, and nothing is gained by trying. */
final class NeedsApproval extends Trouble
{
}

/** The key is unknown, revoked, over, or does not allow this, or the address is not the keeper's: ask the operator. */
final class KeyRefused extends Trouble
{
}

/** The API will not take this contact, whoever asks: correct it. */
final class Refused extends Trouble
{
}

/** Not reached, or too busy, for as long as one had patience. Whether the last call was done is not known; make it again. */
final class Unavailable extends Trouble
{
}
