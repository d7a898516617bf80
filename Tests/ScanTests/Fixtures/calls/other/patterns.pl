use RPC::XML::Client;
my $cli = RPC::XML::Client->new('https://shop.infusionsoft.com/api/xmlrpc');
if ($name =~ /it's/) { $cli->simple_request('ContactService.load', $key, 4, ['Id']); }
(my $plain = $name) =~ s/'//g; $cli->simple_request('ContactService.merge', $key, 1, 2);
my ($first) = split /'/, $name; $cli->simple_request('ContactService.add', $key, { FirstName => $first });
$name =~ m{"}x and $cli->simple_request('ContactService.update', $key, 4, { m => 1, s => 2 });
my $ratio = $x / 2; my $quoted = qr#it's#; $cli->simple_request('APIEmailService.optIn', $key, $mail, 'asked');
