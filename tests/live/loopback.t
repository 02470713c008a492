#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The loopback device, where each packet is seen leaving and arriving, and libpcap passes over one of the two after the
# kernel has counted it: the end comes as soon as all is read, nothing is lost at the start, and -Q out is not nothing.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Lab qw($dir enter sh hosts start ready stop finish stats said until_true tool tap fields);

enter();
hosts('host');
my @to = qw(-t vxlan://192.0.2.9/1 --from 192.0.2.1 -w);
my @meta = qw(-t geneve://192.0.2.9/1 --meta --name x --from 192.0.2.1 -w);

# Datagrams to a port of this host, one after the other.
my $send = 'my ($port, $n) = @ARGV; my $s = IO::Socket::IP->new(Proto => "udp", PeerHost => "127.0.0.1", PeerPort => $port) or die $!; '
	. 'my $listens = IO::Socket::IP->new(Proto => "udp", LocalHost => "127.0.0.1", LocalPort => $port) or die $!; '
	. 'for (my $i = 0; $i != $n; $i++) { $s->send(pack "N", $i) // redo }';

sub datagrams {
	my ($port, $count) = @_;
	sh("ip netns exec host perl -MIO::Socket::IP -e '$send' $port $count");
}

# An end that has to wait for what never comes takes a second; a busy machine makes one late, but not each.
for my $case (['lo'], ['lo', @meta], ['any'], ['any', 'udp'], ['any', @meta]) {
	my ($device, @more) = @$case;
	my @into = @more > 1 ? () : @to;
	my ($least, $in) = (9, 0);
	for my $try (1 .. 10) {
		my $run = tap('host', 'quick', '-i', $device, @into, (@into ? () : @more), "$dir/quick.pcapng", @into ? @more : ());
		datagrams(7777, 100);
		my $begin = time;
		is stop($run), 0, "-i $device @more: ends well" or diag said($run);
		$in = stats($run)->{in};
		is $in, 100, '... each packet once' or last;
		$least = time - $begin if time - $begin < $least;
		last if $least < 0.8;
	}
	cmp_ok $least, '<', 0.8, '... as soon as all is read';
}

# What does not match the filter comes all the while: the first that matches is there, too.
{
	my $noise = start('host', 'noise', ['perl', '-MIO::Socket::IP', '-e', $send, 7000, -1]);
	for my $device ('lo', 'any', 'lo', 'any', 'lo', 'lo') {
		my $run = tap('host', 'first', '-i', $device, @to, "$dir/first.pcapng", 'udp port 7777');
		datagrams(7777, 20);
		is stop($run), 0, "-i $device, among others: ends well";
		is stats($run)->{in}, 20, '... with all that match';
	}
	stop($noise, 'KILL');
}

# Each packet leaves.
for my $case (['lo', 'out', '0x00000002'], ['lo', 'in', '0x00000001']) {
	my ($device, $way, $flags) = @$case;
	my $run = tap('host', 'way', '-i', $device, '-Q', $way, @meta, "$dir/way.pcapng", 'udp port 7777');
	datagrams(7777, 5);
	is stop($run), 0, "-i $device -Q $way: ends well";
	is stats($run)->{outcomes}{sent}, 5, '... each packet once';
	system(tool('vtap-decap') . " -q -r $dir/way.pcapng -w $dir/plain.pcapng");
	is join(' ', fields("$dir/plain.pcapng", 'udp', 'frame.packet_flags_direction')), join(' ', ($flags) x 5), '... of that direction';
}
done_testing;
