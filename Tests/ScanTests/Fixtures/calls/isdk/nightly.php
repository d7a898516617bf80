<?php
// A nightly job that was written for the iSDK class: $app->dsQuery('Contact') in a comment is no call.
require_once __DIR__ . '/lib/isdk.php';

$app = new iSDK;
if (!$app->cfgCon('shop')) {
    die('no connection');
}

$fields = array('Id', 'FirstName', 'LastName', 'Email');
$page = 0;
do {
    $people = $app->dsQuery('Contact', 1000, $page, array('Groups' => '%'), $fields);
    foreach ($people as $person) {
        if ($person['Email'] == '') {
            $app->dsDelete('Contact', $person['Id']);
            continue;
        }
        $app->updateCon($person['Id'], array('_Seen' => $app->infuDate(date('d-m-Y'))));
        $app->grpAssign($person['Id'], 97);
        $app->grpRemove($person['Id'], 98);
    }
    $page++;
} while (count($people) == 1000);

$id = $app->addCon(array('FirstName' => 'Ada', 'Email' => 'ada@example.org'));
$id = $app->addWithDupCheck(['FirstName' => 'Ada', 'Email' => 'ada@example.org'], 'Email');
$ada = $app->loadCon($id, $fields);
$same = $app->findByEmail('ada@example.org', $fields);
$app->mergeCon($id, $same[0]['Id']);
$app->optIn('ada@example.org', 'She asked for it');
$status = $app->optStatus('ada@example.org');
$app->optOut('bob@example.org');
$app->campAssign($id, 12);
$app->campPause($id, 12);
$app->campRemove($id, 12);
$app->runAS($id, 5);
$next = $app->getNextCampaignStep($id, 12);
$app->achieveGoal('shop', 'bought', $id);

# orders
$order = $app->blankOrder($id, 'A book', $app->infuDate('2026-01-02'), 0, 0);
$app->addOrderItem($order, 7, 4, 12.5, 1, 'A book', '');
$app->manualPmt($order, 12.5, $app->infuDate('2026-01-02'), 'Cash', 'at the till', false);
if ($app->amtOwed($order) > 0) {
    $card = $app->locateCard($id, '4242');
    $app->chargeInvoice($order, 'charged by job', $card, 2, true);
}
$app->payPlan($order, true, $card, 2, 1, 3, 5.0, $app->infuDate('2026-02-01'), $app->infuDate('2026-02-01'), 3, 30);
$sub = $app->addRecurringAdv($id, true, 3, 1, 9.99, 0, 2, $card, 0, 0);
$app->recurringInvoice($sub);
$app->updateSubscriptionNextBillDate($sub, $app->infuDate('2026-03-01'));
$app->deleteSubscription($sub);
$app->placeOrder($id, $card, 0, array(7), array(), false, array());

// by table
$tags = $app->dsFind('ContactGroup', 10, 0, 'GroupName', 'customer', array('Id'));
$tag = $app->dsAdd("ContactGroup", array('GroupName' => 'new'));
$row = $app->dsLoad('Company', 4, array('Company'));
$app->dsUpdate('Company', 4, ['Company' => 'Acme']);
$steps = $app->dsQueryOrderBy('CampaignStep', 100, 0, array('Id' => '%'), array('Id'), 'Id', true);
$many = $app->dsCount('Lead', array('StageID' => 3));
$table = 'ContactAction';
$notes = $app->dsQuery($table, 10, 0, ['ContactId' => $id], ['Id']);
$setting = $app->dsGetSetting('Contact', 'optiontypes');
foreach (array('Contact', 'Company') as $each) {
    $app->dsQuery($each, 10, 0, array('Id' => '%'), array('Id'));
}
$found = $app->savedSearchAllFields(12, 1, 0);
