<?php
// A wrapper as it grew over the years.
class Shop_Keap {
    private static $methods = array('tag' => 'ContactService.addToGroup', 'one' => 'ContactService.load');
    protected $app;
    function __construct($app = null) { $this->app = $app ? $app : new iSDK; }
    function app() { return $this->app; }
    static function shared() { static $it; $it = $it ?: new iSDK(); return $it; }
    function typed(): ?iSDK { return find_app(); }
    function tag($id) { return $this->app()->achieveGoal('shop', 'tagged', $id); }
    function out($mail) { return self::shared()->optOut($mail); }
    function file($id) { return $this->typed()->getFile($id); }
    function raw($id) { return xmlrpc_encode_request(self::$methods['tag'], array($this->key, $id, 97)); }
    function calls($id) {
        $call = array($this->app, 'mergeCon');
        add_filter('keap_people', [$this->app, 'dsQuery']);
        add_action('init', array($this, 'optIn'));
        call_user_func([$this->app, 'dsLoad'], 'Company', 4, array('Company'));
        call_user_func_array(array($this->app, 'dsAdd'), array('ContactGroup', array('GroupName' => 'new')));
        return $call($id, 5);
    }
    function optIn() { global $isdk; return $isdk->optIn('ada@example.org'); }
    function others() {
        $list = array('one' => new iSDK, 'two' => null);
        $list['one']->optStatus('ada@example.org');
        $GLOBALS['crm'] = new iSDK();
        $GLOBALS['crm']->getInventory(7);
        $copy = clone $this->app;
        $copy->sendTemplate(array(3), 44);
        $class = 'iSDK';
        $made = new $class();
        return $made->uploadFile('a.txt', 'YQ==', 3);
    }
}
define('KEAP_MERGE', 'ContactService.merge');
$body = xmlrpc_encode_request(KEAP_MERGE, array($key, 1, 2));
$app->dsGetSetting('Contact', 'optiontitles');
$other = new Shop_Keap; $other->app()->renameFile(3, 'b.txt');
