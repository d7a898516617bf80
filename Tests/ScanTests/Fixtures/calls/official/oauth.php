<?php
session_start();
require_once 'vendor/autoload.php';

$infusionsoft = new \Infusionsoft\Infusionsoft(array(
    'clientId'     => getenv('KEAP_ID'),
    'clientSecret' => getenv('KEAP_SECRET'),
    'redirectUri'  => 'https://shop.example/callback',
));

function addWithDupCheck($infusionsoft) {
    $contact = array('FirstName' => 'Ada', 'Email' => 'ada@example.org');
    return $infusionsoft->contacts('xml')->addWithDupCheck($contact, 'Email');
}

if ($infusionsoft->getToken()) {
    try {
        $cid = addWithDupCheck($infusionsoft);
    } catch (\Infusionsoft\TokenExpiredException $e) {
        $infusionsoft->refreshAccessToken();
        $cid = addWithDupCheck($infusionsoft);
    }
    $infusionsoft->contacts('xml')->add(array('FirstName' => 'Bob'));
    $infusionsoft->contacts->addToGroup($cid, 97);
    $infusionsoft->contacts()->load($cid, ['Id']);
    $person = $infusionsoft->contacts()->find($cid);
    $infusionsoft->tags()->find(97)->addContacts([$cid]);
    $rows = $infusionsoft->data()->query('Contact', 1000, 0, ['Email' => 'ada@example.org'], ['Id'], 'Id', true);
    $rows = $infusionsoft->data->query("RecurringOrder", 10, 0, ['ContactId' => $cid], ['Id', 'Status'], 'Id', false);
    $infusionsoft->data()->update('Contact', $cid, ['_Colour' => 'blue']);
    $infusionsoft->emails('xml')->optIn('ada@example.org', 'asked');
    $infusionsoft->emails()->getOptStatus('ada@example.org');
    $infusionsoft->invoices()->createBlankOrder($cid, 'Book', new DateTime, 0, 0);
    $infusionsoft->invoices->chargeInvoice(1, '', 2, 3, false);
    $infusionsoft->orders('xml')->placeOrder($cid, 1, 0, [7], [], false, [], 0, 0);
    $infusionsoft->products('xml')->getInventory(7);
    $infusionsoft->files('xml')->getFile(3);
    $infusionsoft->funnels()->achieveGoal('shop', 'bought', $cid);
    $infusionsoft->webForms()->getMap();
    $infusionsoft->webTracking()->getWebTrackingScriptTag();
    $infusionsoft->search()->getSavedSearchResults(12, 1, 0, ['Id']);
    $infusionsoft->affiliates()->affPayouts(3, '2026-01-01', '2026-02-01');
    $infusionsoft->affiliatePrograms()->getAffiliatePrograms();
    $infusionsoft->creditcards()->requestCcSubmissionToken($cid, 'a', 'b');
    $infusionsoft->discounts()->getFreeTrial(4);
    $infusionsoft->shipping()->getAllShippingOptions();
    $infusionsoft->request('ContactService.merge', $cid, 78);
}
