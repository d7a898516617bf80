<?php
// A shop whose services bear such names.
$this->ContactService->add($key, $data);
$container->ContactService->update($id, $data);
$container->FileService->getFile($name);
