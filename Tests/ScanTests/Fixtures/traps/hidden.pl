use strict;
# $cli->send_request('ContactService.add');

=head1 NAME

$old->call('DataService.query');

=cut

my $last = $#{$list};
print 'ContactService.add';
die "ContactService.add";
