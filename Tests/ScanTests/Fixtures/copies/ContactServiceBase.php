<?php
class Infusionsoft_ContactServiceBase extends Infusionsoft_Service {
    public static function add($data) { return parent::send(null, "ContactService.add", array($data)); }
}
