<?php
$url = 'https://shop.infusionsoft.com/api/xmlrpc';

// PHP's own extension
$body = xmlrpc_encode_request('ContactService.add', array($key, array('Email' => 'ada@example.org')));
$body = xmlrpc_encode_request("DataService.query", array($key, 'Affiliate', 10, 0, array('Id' => '%'), array('Id')));

// phpxmlrpc
$client = new xmlrpc_client($url);
$client->setSSLVerifyPeer(true);
function addTag($CID, $TID) {
    global $client, $key;
    $call = new xmlrpcmsg("ContactService.addToGroup", array(
        php_xmlrpc_encode($key),
        php_xmlrpc_encode($CID),
        php_xmlrpc_encode($TID),
    ));
    return $client->send($call);
}
$msg = new xmlrpcmsg('DataService.query');
$msg->addParam(new xmlrpcval($key));
$msg->addParam(new xmlrpcval('ContactGroupCategory'));
$msg->addParam(new xmlrpcval(1000, 'int'));

// IXR, as in WordPress
$ixr = new IXR_Client($url);
if (!$ixr->query('ContactService.findByEmail', $key, 'ada@example.org', array('Id'))) {
    die($ixr->getErrorCode() . ' : ' . $ixr->getErrorMessage());
}
$wp = new WP_HTTP_IXR_Client($url);
$wp->query($_POST['method'], $key);

// Zend and others
$zend = new Zend\XmlRpc\Client($url);
$zend->call('InvoiceService.getPayments', array($key, 3));
$contacts = $zend->getProxy('ContactService');
$contacts->merge($key, 1, 2);
$proxy = $zend->getProxy();
$proxy->DataService->load($key, 'Contact', 4, array('Id'));

function keap_call($method, $params) {
    global $client;
    return $client->send(new xmlrpcmsg($method, $params));
}
keap_call('WebFormService.getHTML', array(3));
const FIND = 'SearchService.quickSearch';
keap_call(FIND, array());
$call = $isNew ? 'ContactService.add' : 'ContactService.update';
$batch = array(array('methodName' => 'DataService.findByField', 'params' => array($key, 'Contact', 1, 0, 'Id', 4, array('Id'))));
function lone_call($name) {
    return xmlrpc_encode_request($name, array());
}
$body = xmlrpc_encode_request('ContactService.' . $_GET['do'], array($key));
