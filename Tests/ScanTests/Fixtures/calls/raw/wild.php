<?php
use PhpXmlRpc\Request;
use PhpXmlRpc\Value;
$url = 'https://shop.infusionsoft.com/api/xmlrpc';
$request = new Request($_GET['method'], array());
$request = new Request('DataService.query', [new Value($key), new Value('Invoice'), new Value(10, 'int')]);
curl_setopt($curl, CURLOPT_POSTFIELDS, "<methodCall>\n<methodName>\n  ContactService.findByEmail\n</methodName></methodCall>");
$xml = sprintf('<methodCall><methodName>%s</methodName></methodCall>', 'ContactService.linkContacts');
$service = pick();
$body = xmlrpc_encode_request("$service.load", array());
$body = xmlrpc_encode_request('ContactService' . '.' . $verb, array());
$body = xmlrpc_encode_request('blog.' . $verb, array());
$api->call('ContactService', 'removeFromGroup', array(3, 97));
function send_call($method, $params) {
    return wp_remote_post($url, array('body' => '<methodCall><methodName>' . esc_html($method) . '</methodName>' . $params));
}
send_call('APIEmailService.optOut', $params);
$one = array('x' => 'ContactService.unlinkContacts');
$body = xmlrpc_encode_request($one[$which], array());
$body = xmlrpc_encode_request('DataService.load', array($key, $table, $id, array('Company')));
$name = $isNew ? 'ContactService.add' : 'ContactService.update';
$body = xmlrpc_encode_request($name, array());
$body = xmlrpc_encode_request('DataService.getAppSetting', array($key, 'Order', 'optionsources'));
$xml = sprintf('<methodCall><methodName>%s.%s</methodName></methodCall>', 'APIEmailService', 'getOptStatus');
