use Helpers;
my $id = $proxy->ContactService->add($key, { FirstName => 'Ada' });
proxy()->DataService->query($key, 'Contact', 10, 0, {}, ['Id']);
