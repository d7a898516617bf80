<?php

// Four old programs, around the lines that docs/recipes/xmlrpc.md has for each: where calls go, and with which key. The
// libraries that such programs load cannot be had here; what they put on the wire is done by the few functions below.
//
//   old.php isdk|novak|sdk|own LINES
//
// The lines of Novak's SDK are two files: LINES is its configuration, and App.php beside it has the line that sends.

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

    /** The library's client, made of an address, or of a path, a host and a port; the scheme is then said with each call. */
    class xmlrpc_client
    {
        public $fields = [];
        private $address;

        public function __construct(string $address, string $host = '', int $port = 0)
        {
            $this->address = $host === '' ? $address : "://$host:$port$address";
        }

        public function send(xmlrpcmsg $call, int $seconds = 0, string $way = '')
        {
            $curl = curl_init(($way === 'https' ? 'https' : ($way === '' ? '' : 'http')) . $this->address);
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
            // It goes on only if somebody answers.
            if ($this->call('DataService.getAppSetting', 'Application', 'enabled') !== 'yes') {
                throw new RuntimeException('nobody answers for this application');
            }
        }

        public function call(string $method, ...$arguments)
        {
            return $this->client->send(new xmlrpcmsg($method, array_merge([$this->key], $arguments)));
        }
    }
}

namespace {
    /** Novak's SDK, as far as it knows where calls go. */
    class Infusionsoft_App
    {
        private static $sending = '';
        private $client;
        private $key;
        private $timeout = 0;

        /** @param string $sending the line that sends, of `App.php` */
        public static function sendBy(string $sending): void
        {
            self::$sending = $sending;
        }

        public function __construct(string $host, string $key, int $port)
        {
            $this->key = $key;
            $this->client = new xmlrpc_client('/api/xmlrpc', $host, $port);
        }

        public function send(string $method, array $arguments)
        {
            $call = new xmlrpcmsg($method, array_merge([$this->key], $arguments));
            $req = null;
            eval(self::$sending);
            return $req;
        }
    }

    class Infusionsoft_AppPool
    {
        public static $app;

        public static function addApp(Infusionsoft_App $app): void
        {
            self::$app = $app;
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
        case 'novak':
            Infusionsoft_App::sendBy(file_get_contents(dirname($file) . '/App.php'));
            eval($lines);
            $app = Infusionsoft_AppPool::$app;
            $id = $app->send('ContactService.findByEmail', ['ada@example.org', ['Id']])[0]['Id'];
            $app->send('DataService.update', ['Contact', $id, ['JobTitle' => 'Novak & daughter']]);
            $shown = $app->send('DataService.load', ['Contact', $id, ['FirstName', 'JobTitle']]);
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
