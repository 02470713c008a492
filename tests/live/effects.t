#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What options do to the kernel, seen there: promiscuous mode, source ports.
use strict;
use warnings;
use IO::Socket::INET;
use lib 'tests/lib';
use Test::More;
use Lab qw(enter until_true);
BEGIN { enter() }
use Capture qw(slurp spew pcap);
use Sandbox qw($build $dir status_of);

sub sh { system(@_) == 0 or die "@_\n" }
sh('ip link set lo up');
sh('ip link add v0 type veth peer name v1');
sh("ip link set $_ up") for 'v0', 'v1';

# Whether v0 is in promiscuous mode while a tool runs.
sub promiscuous {
	my ($tool, @arguments) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$dir/stderr";
		exec "$build/$tool", '-i', 'v0', @arguments;
	}
	until_true(sub { status_of($pid, 'NoNewPrivs') });
	my ($is) = `ip -d link show v0` =~ /promiscuity (\d+)/;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, "$tool -i @arguments: ends well") or diag slurp("$dir/stderr");
	return $is;
}

my @to = ('-t', 'vxlan://192.0.2.9/1', '--from', '192.0.2.1', '-w', '-');
is(promiscuous('vtap-decap'), 1, '... promiscuous');
is(promiscuous('vtap-decap', '-p'), 0, '... not promiscuous');
is(promiscuous('vtap-tap', @to), 1, '... promiscuous');
is(promiscuous('vtap-tap', @to, '-p'), 0, '... not promiscuous');

# 64 flows: UDP over IPv4 from as many ports.
sub flow { return pack 'H24 n H*', '02' x 12, 0x0800, '4500002000000000401100000a0000010a000002' . sprintf('%04x', 1000 + $_[0]) . '0009000c0000' . 'cafecafe' }
spew("$dir/flows.pcap", pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, flow($_)] } 1 .. 64));

# Ports that these are sent from.
sub ports {
	my ($count) = @_;
	my $collector = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die "socket: $@";
	my $to = 'vxlan://127.0.0.1:' . $collector->sockport . '/1';
	my (%ports, $bytes);
	my $tap = "$build/vtap-tap -q -r $dir/flows.pcap --speed max -s 100 --engine udp --ports $count -t $to";
	is(system("timeout 120 $tap 2>$dir/stderr"), 0, "--ports $count: ends well") or diag slurp("$dir/stderr");
	$collector->blocking(0);
	while (defined $collector->recv($bytes, 2048)) {
		$ports{ $collector->peerport }++;
	}
	return scalar keys %ports;
}

is(ports(1), 1, '... one');
is(ports(4), 4, '... four');

done_testing;
