<?php namespace Infusionsoft\Api;
class ContactService extends AbstractApi {
    public function add($data) { return $this->client->request('ContactService.add', $data); }
}
