<?php
class iSDK {
    public function addCon($cMap) { return $this->methodCaller("ContactService.add", array($cMap)); }
}
