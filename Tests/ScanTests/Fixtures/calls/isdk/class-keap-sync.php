<?php
namespace Shop\Sync;

use iSDK;

/**
 * Keeps customers in step. Calls $this->sdk->grpAssign() and dsQuery().
 */
class KeapSync
{
    private $sdk;
    protected static $shared;

    public function __construct($name, $key)
    {
        $this->sdk = new \iSDK();
        $this->sdk->cfgCon($name, $key);
        self::$shared = $this->sdk;
    }

    public function tag($contactId, array $tags)
    {
        foreach ($tags as $tag) {
            $this->sdk->grpAssign($contactId, $tag);
        }
        return self::$shared->loadCon($contactId, ['Groups']);
    }

    public function mail(iSDK $sdk, $to)
    {
        $sdk->sendEmail([$to], 'shop@example.org', '~Contact.Email~', '', '', 'HTML', 'Hello', '<p>Hello</p>', 'Hello');
        $sdk->sendTemplate([$to], 44);
        return $sdk
            ->attachEmail($to, 'Shop', 'shop@example.org', 'ada@example.org', '', '', 'Text', 'Hi', '', 'Hi', '', '', '', 1);
    }

    public function any($method, $arguments)
    {
        $this->sdk->$method($arguments[0]);
        call_user_func(array($this->sdk, 'updateCon'), 3, []);
        call_user_func_array([$this->sdk, $method], $arguments);
        return $this->sdk->{'ds' . $method}('Contact', 1);
    }

    public function file($id)
    {
        $files = $this->sdk;
        $name = $files->getFile($id);
        $files->uploadFile('a.txt', base64_encode($name), 3);
        $text = "There are {$this->sdk->dsCount('Contact', ['Id' => '%'])} people";
        return (new iSDK)->getDownloadUrl($id) . $text;
    }
}
