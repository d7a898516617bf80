<?php

namespace App\Services;

use App\User;
use Infusionsoft\Infusionsoft;
use Infusionsoft\Api\ContactService as Contacts;

class CrmService
{
    /** @var Infusionsoft */
    protected $account;

    /**
     * @var \Infusionsoft\Infusionsoft
     */
    private $other;

    private const TABLE = 'Stage';

    public function __construct(private Infusionsoft $crm) {}

    public function handle(User $user, $service)
    {
        $con_service = $this->account->contacts('xml');
        $data = $this->other->data();
        $id = $con_service->add(['Email' => $user->email]);
        $con_service->runActionSequence($id, 4);
        $data->count('Contact', ['Id' => '%']);
        $stages = $this->crm->data()->query(self::TABLE, 1000, 0, ['Id' => '%'], ['Id'], 'StageOrder', true);
        $this->crm->data()->query($service, 10, 0, [], [], '', true);
        $this->crm->$service()->load($id, []);
        $this->keapClient->data()->load('User', 1, ['Id']);
        app('infusionsoft')->data()->findByField('Contact', 1, 0, 'Id', $id, ['Id']);
        $user->contacts('xml')->findByEmail('ada@example.org', ['Id']);
        $list = (new Contacts($this->crm))->linkContacts(1, 2, 3);
        return $this->crm->data()->$service('Contact', 1);
    }
}

class FacadeUser
{
    public function sync()
    {
        return \Infusionsoft::data()->query('ContactGroup', 1000, 0, ['GroupCategoryId' => '68'], ['Id'], '', false);
    }
}
