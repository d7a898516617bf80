<?php
include 'Infusionsoft/infusionsoft.php';

$contact = new Infusionsoft_Contact();
$contact->FirstName = 'Ada';
$contact->Email = 'ada@example.org';
$contact->save();

$again = new Infusionsoft_Contact($_REQUEST['ContactId']);
$again->_LeadScore = $again->_LeadScore + 1;
$again->save();
$again->delete();

$id = Infusionsoft_ContactService::add(array('Email' => 'ada@example.org'));
Infusionsoft_ContactService::addToGroup($id, 97);
\Infusionsoft_ContactService::removeFromGroup($id, 97);
Infusionsoft_ContactService::runActionSequence($id, 5);
$people = Infusionsoft_ContactService::findByEmail('ada@example.org', array('Id'));

$subs = Infusionsoft_DataService::query(new Infusionsoft_RecurringOrder(), array('Status' => 'Active'), 1000, 0);
$rows = Infusionsoft_DataService::queryWithOrderBy(new Infusionsoft_ContactGroupAssign(), array('ContactId' => $id), 'GroupId', true, 100, 0);
$count = Infusionsoft_DataService::count($contact, array('DateCreated' => '%'));
$field = Infusionsoft_CustomFieldService::getCustomFields(new Infusionsoft_Contact());
Infusionsoft_EmailService::optIn('ada@example.org', 'asked');
Infusionsoft_APIEmailService::sendTemplate(array($id), 44);
Infusionsoft_InvoiceService::deleteInvoice(12);
Infusionsoft_FunnelService::achieveGoal('shop', 'left', $id);
$app = Infusionsoft_AppPool::addApp(new Infusionsoft_App('shop.infusionsoft.com', 'key', 443));
$out = $app->send('DataService.delete', array('Contact', $id));
$method = $_GET['m'];
Infusionsoft_ContactService::$method($id);
$services = new Infusionsoft_FunnelServiceBase();
$services->achieveGoal('shop', 'stayed', $id);
call_user_func('Infusionsoft_ContactService::merge', 1, 2);
$ticket = new Infusionsoft_Ticket();
$ticket->load(4);
