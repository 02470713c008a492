#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A name is not a guest: an interface that comes back with another address or kind is told and counted, one that is as it
# was is not. ip(8) makes them, tshark reads whose packets arrived.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Lab qw($dir enter sh on hosts start ready stop finish stats said until_true fields tool tap);

enter();
hosts('host');
my ($one, $two) = map { "02:00:00:00:00:0$_" } 1, 2;

sub make {
	my ($address, $kind, $name) = @_;
	sh("ip -n host link add " . ($name // 'vnet0') . " address $address type $kind");
	sh("ip -n host link set " . ($name // 'vnet0') . ' up');
}

sub veth { make($_[0], 'veth peer name peer', $_[1]) }
sub remove { sh('ip -n host link del vnet0') }

sub lines {
	my ($run, $count) = @_;
	return until_true(sub { $count == (() = said($run) =~ /\n/g) });
}

# What is said last, without the tool and the seconds.
sub last_line { return (split /\n/, said($_[0]))[-1] =~ s/^\S+: //r =~ s/after \S+ s/after N s/r }

sub replaced { return stats($_[0])->{details}{interface_replaced} }

# Each row: how it comes back, and what is said of it.
my $lines = 0;
veth($one);
my $tap = tap('host', 'tap', qw(-i vnet0 -i any -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w), "$dir/tap.pcapng");
for my $row ([sub { veth($one) }, ''], [sub { veth($two) }, ", but it is another interface, veth $two (was veth $one)"],
	[sub { make($two, 'bridge') }, ", but it is another interface, bridge $two (was veth $two)"],
	[sub { make($two, 'bridge') }, '']) {
	my ($back, $text) = @$row;
	remove();
	$lines++;
	lines($tap, $lines) or diag said($tap);
	is last_line($tap), 'vnet0 is gone; waiting for it', 'it goes';
	$back->();
	$lines++;
	lines($tap, $lines) or diag said($tap);
	is last_line($tap), "vnet0 is back after N s$text", '... and is back: ' . ($text ? 'told that it is another' : 'not a word of another');
}

# Renamed: the name goes to another one; an address that changes while nobody goes is not another interface.
veth($one, 'spare');
sh("ip -n host link set $_") for 'vnet0 address 02:00:00:00:00:03', 'vnet0 down', 'vnet0 name away', 'spare down', 'spare name vnet0', 'vnet0 up';
until_true(sub { said($tap) =~ /\(was bridge 02:00:00:00:00:03\)\n\z/ }) or diag said($tap);
is last_line($tap), "vnet0 is back after N s, but it is another interface, veth $one (was bridge 02:00:00:00:00:03)", 'renamed: another one has the name';
is stop($tap), 0, 'it ends well';
is replaced($tap), 3, '... and has counted three others';
is stats($tap)->{details}{interface_gaps}, 5, '... of five gaps';
sh('ip -n host link del away');
remove();

# vtap-decap ends when its interface goes, and so does vtap-tap --no-follow. They look when both has happened.
my @runs = (['decap', tool('vtap-decap'), qw(-i vnet0 -w)], ['ending', tool('vtap-tap'), qw(--no-follow -i vnet0 -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w)]);
for my $case (["; the name is that of another interface, veth $two (was veth $one)", 1, $two], ['', 0, $one]) {
	my ($text, $count, $address) = @$case;
	for (@runs) {
		my ($name, @command) = @$_;
		veth($one);
		my $run = ready(start('host', $name, [@command, "$dir/$name.pcapng"]));
		kill 'STOP', $run->{pid};
		remove();
		veth($address);
		kill 'CONT', $run->{pid};
		is finish($run), 1, "$name: ends when it goes";
		is((grep { /is gone/ } split /\n/, said($run))[0] =~ s/^\S+: //r, "vnet0: the interface is gone$text", '... and says whose the name is');
		is replaced($run), $count, '... counted';
		remove();
	}
}
done_testing;
