#!/usr/bin/env perl
# An old program in Perl, around the lines of docs/recipes/xmlrpc.md.   old.pl LINES

use strict;
use warnings;
use JSON::PP;
use RPC::XML;
use RPC::XML::Client;

open my $lines, '<', $ARGV[0] or die "$ARGV[0]: $!";
my $text = do { local $/; <$lines> };
my ($client, $secret) = eval "$text\n(\$keap, \$key)" or die $@;

sub call {
    my ($method, @arguments) = @_;
    my $answer = $client->send_request($method, $secret, @arguments);
    die "$method: $answer\n" unless ref $answer;
    die "$method: " . $answer->string . "\n" if $answer->is_fault;
    return $answer->value;
}

my $found = call('ContactService.findByEmail', 'ada@example.org', ['Id']);
my $id = $found->[0]{Id};
call('ContactService.update', $id, {JobTitle => 'Perl diver <deep>'});
print JSON::PP->new->canonical->encode(call('ContactService.load', $id, ['FirstName', 'JobTitle'])), "\n";
