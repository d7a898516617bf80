#!/usr/bin/perl
use strict;
use RPC::XML;
use RPC::XML::Client;
use Frontier::Client;

=pod

$cli->send_request('ContactService.add') is how it was done.

=cut

my $cli = RPC::XML::Client->new('https://shop.infusionsoft.com/api/xmlrpc');
my $id = $cli->simple_request('ContactService.add', $key, { FirstName => 'Ada' });
my $res = $cli->send_request(RPC::XML::request->new('ContactService.addToGroup', $key, $id, 97));
my $old = Frontier::Client->new(url => $url);
$old->call('DataService.query', $key, 'Contact', 10, 0, { Id => '%' }, ['Id']); # ContactService.load
$old->call($ARGV[0], $key);
my $lite = XMLRPC::Lite->proxy($url);
$lite->call("APIEmailService.optOut", $key, 'ada@example.org', 'asked');
my $xml = <<"END";
<methodCall><methodName>ContactService.findByEmail</methodName></methodCall>
END
__END__
$cli->send_request('ContactService.update');
