<?php

// Three old programs, around the lines that docs/recipes/xmlrpc.md has for each: where calls go, and with which key. The
// libraries that such programs load cannot be had here; what they put on the wire is done by the few functions below.
//
//   old.php isdk|sdk|own LINES

namespace {
    /** A call of the library that iSDK brings along. */
    class xmlrpcmsg
    {
        public $body;

        public function __construct(string $method, array $arguments)
        {
            $params = '';
            foreach ($arguments as $argument) {
                $params .= '<param>' . php_xmlrpc_encode($argument) . "</param>\n";
            }
            $this->body = "<?xml version=\"1.0\"?>\n<methodCall>\n<methodName>$method</methodName>\n<params>\n$params</params>\n"
                . '</methodCall>';
        }
    }

    /** The library's client. */
    class xmlrpc_client
    {
        public $fields = [];
        private $address;

        public function __construct(string $address)
        {
            $this->address = $address;
        }

        public function send(xmlrpcmsg $call)
        {
            $curl = curl_init($this->address);
            curl_setopt_array($curl, [
                CURLOPT_POSTFIELDS => $call->body, CURLOPT_HTTPHEADER => array_merge(['Content-Type: text/xml'], $this->fields),
                CURLOPT_RETURNTRANSFER => true, CURLOPT_FAILONERROR => true, CURLOPT_TIMEOUT => 60,
            ]);
            $answer = curl_exec($curl);
            if ($answer === false) {
                throw new RuntimeException(curl_error($curl));
            }
            $value = xmlrpc_decode($answer, 'utf-8');
            if (is_array($value) && xmlrpc_is_fault($value)) {
                throw new RuntimeException($value['faultString']);
            }
            return $value;
        }
    }

    function php_xmlrpc_encode($value): string
    {
        if (is_int($value)) {
            return "<value><int>$value</int></value>";
        }
        if (is_string($value)) {
            return '<value><string>' . htmlspecialchars($value, ENT_XML1 | ENT_QUOTES) . '</string></value>';
        }
        $inner = '';
        if ($value === array_values($value)) {
            foreach ($value as $element) {
                $inner .= php_xmlrpc_encode($element);
            }
            return "<value><array><data>$inner</data></array></value>";
        }
        foreach ($value as $name => $member) {
            $inner .= "<member><name>$name</name>" . php_xmlrpc_encode($member) . '</member>';
        }
        return "<value><struct>$inner</struct></value>";
    }

    /** The iSDK, as far as it knows where calls go. */
    class iSDK
    {
        public $client;
        public $key;

        public function cfgCon(string $lines): void
        {
            $connInfo = [];
            eval($lines);
            $this->key = explode(':', $connInfo[0])[3];
        }

        public function call(string $method, ...$arguments)
        {
            return $this->client->send(new xmlrpcmsg($method, array_merge([$this->key], $arguments)));
        }
    }
}

namespace Infusionsoft {
    /** Keap's SDK, as far as it speaks XML-RPC. */
    class Infusionsoft
    {
        private $key;
        private $url = '';

        public function __construct(array $config)
        {
            $this->key = $config['apikey'];
        }

        public function setUrl(string $url): void
        {
            $this->url = $url;
        }

        public function request(string $method, ...$arguments)
        {
            $client = new \xmlrpc_client($this->url);
            $client->fields = ["X-Keap-API-Key: $this->key"];
            return $client->send(new \xmlrpcmsg($method, array_merge(['backwards-compatability'], $arguments)));
        }
    }
}

namespace {
    [, $program, $file] = $argv;
    $lines = file_get_contents($file);
    switch ($program) {
        case 'isdk':
            $app = new iSDK();
            $app->cfgCon($lines);
            $ada = ['Email' => 'ada@example.org', 'FirstName' => 'Ada'];
            $id = $app->call('ContactService.addWithDupCheck', $ada, 'Email');
            $shown = $app->call('ContactService.load', $id, ['FirstName', 'LastName']);
            break;
        case 'sdk':
            eval($lines);
            $ada = ['Email' => 'ada@example.org', 'LastName' => 'Löve<lace>'];
            $id = $infusionsoft->request('ContactService.addWithDupCheck', $ada, 'Email');
            $shown = $infusionsoft->request('ContactService.load', $id, ['FirstName', 'LastName']);
            break;
        default:
            eval($lines);
            $found = $client->send(new xmlrpcmsg('ContactService.findByEmail', [$key, 'ada@example.org', ['Id']]));
            $id = $found[0]['Id'];
            $client->send(new xmlrpcmsg('ContactService.update', [$key, $id, ['JobTitle' => 'Countess & engineer']]));
            $names = ['FirstName', 'JobTitle', 'LastName'];
            $shown = $client->send(new xmlrpcmsg('ContactService.load', [$key, $id, $names]));
    }
    ksort($shown);
    echo json_encode($shown, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
}
