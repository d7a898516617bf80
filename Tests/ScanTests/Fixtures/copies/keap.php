<?php
/** A copy of the iSDK class under another name. */
class KeapConnection {
    public function addCon($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function updateCon($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function loadCon($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function findByEmail($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function grpAssign($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function grpRemove($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function campAssign($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function runAS($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function dsQuery($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function dsLoad($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function dsAdd($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function dsUpdate($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
    public function dsDelete($a, $b) { return $this->methodCaller('ContactService.add', array($a, $b)); }
}
