#!/usr/bin/env perl
# Plays a story of calls with RPC::XML::Client; README.md beside this file has the rules.

use strict;
use warnings;
use JSON::PP;
use RPC::XML;
use RPC::XML::Client;
use Time::Piece;
use URI::Escape 'uri_escape';

my ($story_file, $address, $credential_file, $place) = @ARGV;
my $json = JSON::PP->new->canonical;
my $right = text_of($credential_file) =~ s/\s+\z//r;
my %told;
$RPC::XML::ENCODING = 'utf-8';
binmode STDOUT, ':encoding(UTF-8)';

sub text_of {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!";
    local $/;
    return scalar readline $file;
}

sub named {
    my ($table, $number) = @_;
    my $numbers = $told{$table} //= [];
    push @$numbers, $number unless grep { $_ == $number } @$numbers;
    my ($turn) = grep { $numbers->[$_] == $number } 0 .. $#$numbers;
    return "\@$table " . ($turn + 1);
}

# Strings of digits become numbers: RPC::XML guesses, and old programs let it.
sub sent {
    my ($value) = @_;
    return RPC::XML::boolean->new($value ? 1 : 0) if JSON::PP::is_bool($value);
    return [map { sent($_) } @$value] if ref $value eq 'ARRAY';
    if (ref $value eq 'HASH') {
        return RPC::XML::datetime_iso8601->new($value->{dateTime}) if join(',', keys %$value) eq 'dateTime';
        return {map { $_ => sent($value->{$_}) } keys %$value};
    }
    return $value =~ /\A@(\w+) (\d+)\z/ ? $told{$1}[$2 - 1] : $value;
}

sub shown {
    my ($value, $numbers, $name) = @_;
    my $type = $value->type;
    return [map { shown($_, $numbers, '') } @$value] if $type eq 'array';
    return {map { $_ => shown($value->{$_}, $numbers, $_) } keys %$value} if $type eq 'struct';
    my $plain = $value->value;
    if (my $table = $numbers->{$name}) { return join ',', map { named($table, $_) } split /,/, $plain }
    return $plain ? JSON::PP::true : JSON::PP::false if $type eq 'boolean';
    return $plain + 0 if $type =~ /\A(?:int|i4|double)\z/;
    return "$plain" unless $type eq 'dateTime.iso8601';
    my $age = time - Time::Piece->strptime($plain, '%Y%m%dT%H:%M:%S')->epoch;
    return {dateTime => abs $age < 86_400 ? 'now' : $plain};
}

sub untyped {
    my ($method, @arguments) = @_;
    my %escapes = ('<' => '&lt;', '>' => '&gt;', '&' => '&amp;');
    my $values = join '', map { '<param><value>' . s/([<>&])/$escapes{$1}/gr . '</value></param>' } @arguments;
    return "<methodCall><methodName>$method</methodName><params>$values</params></methodCall>";
}

sub answer {
    my ($step) = @_;
    my $credential = $step->{isRefused} ? 'none' : $right;
    my $url = $address . ($place eq 'query' ? '?access_token=' . uri_escape($credential) : '');
    my $client = RPC::XML::Client->new($url);
    my ($status, $response);
    $client->useragent->default_header(Authorization => "Bearer $credential") if $place eq 'header';
    $client->useragent->add_handler(response_done => sub { $status = $_[0]->code; return });
    my @arguments = ($place eq 'argument' ? $credential : 'key', map { sent($_) } @{$step->{with}});
    if ($step->{isUntyped}) {
        my $posted = $client->useragent->post(
            $url, 'Content-Type' => 'text/xml', Content => untyped($step->{call}, @arguments));
        $response = RPC::XML::ParserFactory->new->parse($posted->content)->value;
    } else {
        $response = $client->send_request($step->{call}, @arguments);
    }
    return {status => $status} if $status != 200;
    die "$step->{call}: $response\n" unless ref $response;
    return {fault => $response->code + 0, says => $response->string} if $response->is_fault;
    return {gives => $response};
}

for my $step (@{decode_json(text_of($story_file))}) {
    my $line = answer($step);
    if (my $value = $line->{gives}) {
        if ($step->{only}) { $value = RPC::XML::struct->new({map { $_ => $value->{$_} } @{$step->{only}}}) }
        $line->{gives} = shown($value, $step->{numbers} || {}, '');
    }
    print $json->encode($line), "\n";
}
