<?php
class Mailer {
    function add($email, $first) {
        $xml = <<<XML
<?xml version="1.0"?>
<methodCall>
  <methodName>ContactService.addWithDupCheck</methodName>
  <params>
    <param><value><string>{$this->key}</string></value></param>
    <param><value><struct><member><name>Email</name><value><string>$email</string></value></member></struct></value></param>
  </params>
</methodCall>
XML;
        return $this->post($xml, 'https://api.infusionsoft.com/crm/xmlrpc/v1');
    }

    function tags() {
        return $this->post("<?xml version=\"1.0\" encoding=\"UTF-8\"?>
            <methodCall>
            <methodName>DataService.query</methodName>
            <params>
                <param><value><string>{$this->key}</string></value></param>
                <param><value><string>ContactGroup</string></value></param>
                <param><value><int>1000</int></value></param>
            </params></methodCall>");
    }

    function any($method) {
        $this->post('<methodCall><methodName>' . $method . '</methodName><params/></methodCall>');
        $this->post("<methodCall><methodName>{$this->service}.add</methodName></methodCall>");
        return '<methodName>' . 'ContactService.load' . '</methodName>';
    }

    function now() {
        return $this->post(<<<'X'
            <methodCall><methodName>DataService.getUserInfo</methodName></methodCall>
            X);
    }

    function show() { ob_start(); ?>
<methodCall>
<methodName>ContactService.update</methodName>
<params><param><value><?= $this->key ?></value></param></params>
</methodCall>
<?php return ob_get_clean(); }
}
