<?php
// A shop that speaks of Keap, and calls nothing of it.
class Controller {
    private $routes = array('contacts' => 'ContactController.add', 'keap' => 'KeapController.show');
    function mailer() { return new PHPMailer; }
    function boot($shop) {
        $this->mailer()->optIn('ada@example.org');
        $hook = array($this->mailer(), 'sendEmail');
        $other = [$shop, 'getFile'];
        $own = [$this, 'optOut'];
        $pair = array('ContactService', 'Other');
        $rows = $shop->query(new Row, array());
        foreach ($rows as $row) { $row->save(); }
        $first = array_shift($rows);
        $first->delete();
        $client = new IXR_Client('https://blog.example/xmlrpc.php');
        $client->query('wp.' . $_GET['do'], 1);
        return in_array('ContactService', array('a', 'b')) ?: $shop->call('PostService', 'add', 3);
    }
    function optOut() { return define('KEAP_TABLE', 'Contact'); }
}
