# SPDX-License-Identifier: GPL-2.0-or-later
# Two network namespaces with a veth pair between them, and vtap-decap running live in the second.
# All of it goes with the process: the namespaces are its own.
package Receiver;
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);
use Socket qw(:all);
use Test::More;
use lib 'tests/lib';
use Alone qw(alone);
use Capture qw(slurp);
use Wait qw(until_true);

our @EXPORT_OK = qw($dir enter sh there start stop finish until_true unread inner vxlan geneve udp sent);
our $dir;
my %running;
my $decap = ($ENV{BUILD} || 'build') . '/vtap-decap';

# Runs the test again in namespaces of its own; 10.77.0.1 and fd00:77::1 are here, .2 there.
sub enter {
	$dir = alone();
	# ip-netns keeps names in /run/netns: here nobody else sees them.
	sh($_) for 'mount -t tmpfs none /run', 'ip link set lo up', 'ip netns add there',
		'ip link add near type veth peer name far netns there',
		'ip addr add 10.77.0.1/24 dev near', 'ip addr add 10.77.0.3/24 dev near',
		'ip addr add fd00:77::1/64 dev near nodad', 'ip link set near up';
	there($_) for 'ip link set lo up', 'ip addr add 10.77.0.2/24 dev far',
		'ip addr add fd00:77::2/64 dev far nodad', 'ip link set far up';
	until_true(sub { `ip -o link show near` =~ /state UP/ });
}

sub sh {
	my ($command) = @_;
	system($command) == 0 or die "$command: $?";
}

sub there { return sh("ip netns exec there $_[0]") }

# True when process has a UDP socket on port (in its namespace).
sub listens {
	my ($pid, $port) = @_;
	my $pattern = sprintf '^\s*\d+: [0-9A-F]+:%04X ', $port;
	return grep { (slurp("/proc/$pid/net/$_") // '') =~ /$pattern/m } qw(udp udp6);
}

# How many bytes a process has not read of its UDP sockets on a port.
sub unread {
	my ($pid, $port) = @_;
	my $pattern = sprintf '^\s*\d+: [0-9A-F]+:%04X \S+ \S+ \S+:([0-9A-F]+) ', $port;
	my $bytes = 0;
	$bytes += hex for map { (slurp("/proc/$pid/net/$_") // '') =~ /$pattern/mg } qw(udp udp6);
	return $bytes;
}

# Starts vtap-decap there; waits until it has the port, or has ended.
sub start {
	my ($port, @arguments) = @_;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>', "$dir/stderr";
		exec 'ip', 'netns', 'exec', 'there', $decap, '--stats', "$dir/stats.json", @arguments;
		die;
	}
	$running{$pid} = 1;
	my $ended = '';
	until_true(sub {
		my ($name) = (slurp("/proc/$pid/stat") // '') =~ /\((.*)\) (.)/;
		$ended = (slurp("/proc/$pid/stat") // '') =~ /\) Z/;
		return $ended || ($name eq 'vtap-decap' && listens($pid, $port));
	}) or diag 'vtap-decap does not listen: ', slurp("$dir/stderr");
	return $pid;
}

# Waits for the end; the exit status, -1 when it does not end.
sub finish {
	my ($pid) = @_;
	my $status = -1;
	delete $running{$pid};
	return $status >> 8 if until_true(sub { waitpid($pid, WNOHANG) == $pid && (($status = $?), 1) });
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return -1;
}

# Ends it: the exit status and the counters.
sub stop {
	my ($pid, $signal) = @_;
	kill $signal // 'INT', $pid;
	my $status = finish($pid);
	return ($status, decode_json(slurp("$dir/stats.json") || '{}'));
}

# A frame to be mirrored: UDP to the discard port, told apart by its payload.
sub inner {
	my ($payload) = @_;
	my $ip = pack('C C n n n C C n C4 C4', 0x45, 0, 28 + length $payload, 0, 0, 64, 17, 0, 192, 168, 0, 1, 192, 168, 0, 2);
	return pack('H24 n', '0200000000aa0200000000bb', 0x0800) . $ip . pack('n n n n', 9, 9, 8 + length $payload, 0) . $payload;
}

sub vxlan { return pack('N N', 0x08000000, $_[0] << 8) . $_[1] }
sub geneve { return pack('n n N', 0, 0x6558, $_[0] << 8) . $_[1] }

# A UDP socket here, from an address and a port.
sub udp {
	my ($address, $port, @options) = @_;
	my ($error, $info) = getaddrinfo($address, $port // 0, { flags => AI_NUMERICHOST | AI_PASSIVE, socktype => SOCK_DGRAM });
	die $error if $error;
	socket my $socket, $info->{family}, SOCK_DGRAM, 0 or die "socket: $!";
	setsockopt $socket, $_->[0], $_->[1], pack('i', $_->[2]) or die "setsockopt: $!" for @options;
	bind $socket, $info->{addr} or die "bind: $!";
	return $socket;
}

# Sends datagrams there.
sub sent {
	my ($socket, $port, @datagrams) = @_;
	my $family = sockaddr_family(getsockname $socket);
	my $to = $family == AF_INET ? pack_sockaddr_in($port, inet_aton('10.77.0.2'))
		: pack_sockaddr_in6($port, inet_pton(AF_INET6, 'fd00:77::2'));
	for (@datagrams) {
		defined send($socket, $_, 0, $to) or die "send: $!";
	}
	return scalar @datagrams;
}

# What a failed test left behind, stopped or not.
END {
	kill 'KILL', $_ for keys %running;
}

1;
