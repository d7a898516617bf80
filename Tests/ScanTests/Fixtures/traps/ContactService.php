<?php
namespace Shop;

use Shop\Crm\Contact as Infusionsoft_Row;

/** Not Keap's. */
class ContactService
{
    /** @var Repository */
    private $contacts;

    public function add(array $data) { return $this->contacts->add($data); }
    public function load($id) { return $this->contacts()->load($id); }
    private function contacts() { return $this->contacts; }
}

class iSDKLike
{
    public function optIn($mail) { return $this->sendEmail($mail); }
    public function sendEmail($mail) { return true; }
}

$service = new ContactService();
$service->add(array());
ContactService::merge(1, 2);
$like = new iSDKLike();
$like->optIn('ada@example.org');
$like->getFile(3);
$row = new Infusionsoft_Row();
$row->save();
function other($app) { return $app->getFile(3); }
$app = new Slim\App();
$app->add('middleware');
function named(Slim\App $isdk) { $isdk->optOut('x'); }
$isdk = new iSDK();
