<?php
require_once 'Infusionsoft/infusionsoft.php';
$people = Infusionsoft_DataService::query(new Infusionsoft_Contact(), array('Email' => 'ada@example.org'));
$ada = array_shift($people);
$ada->FirstName = 'Ada';
$ada->save();
foreach ($people as $person) {
    $person->delete();
}
$companies = Infusionsoft_DataService::queryWithOrderBy(new Infusionsoft_Company(), array('Id' => '%'), 'Id', true);
$companies[0]->save();
