# SPDX-License-Identifier: GPL-2.0-or-later
# Numbered packets for a collector, 20,000 a second, and what became of each: written, or in a counter of the host's.
package Numbered;
use strict;
use warnings;
use Exporter qw(import);
use POSIX ();
use Socket qw(:all);
use Time::HiRes qw(sleep time);
use lib 'tests/lib';
use Capture qw(slurp blocks);
use Receiver qw(inner vxlan);

our @EXPORT_OK = qw(stream ended_stream refused numbers);
my $rate = 20000;

# Starts to send to an address and port. Returns a process and the end of a pipe.
sub stream {
	my ($address, $port) = @_;
	pipe my $read, my $write or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	return ($pid, $read) if $pid && close $write;
	my $sent = send_until_told($address, $port);
	syswrite $write, "$sent\n";
	POSIX::_exit(0);
}

# Sends in small bursts, so that no queue in front of the socket's overflows. Returns how many were sent.
sub send_until_told {
	my ($address, $port) = @_;
	my ($sent, $told, $began) = (0, 0, time);
	local $SIG{TERM} = sub { $told = 1 };
	socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!";
	my $to = pack_sockaddr_in($port, inet_aton($address));
	my $packet = vxlan(7, inner('number 00000000'));
	while (!$told) {
		my $due = int((time - $began) * $rate) - $sent;
		my $late = $due > 200; # what a busy machine has missed is not made up for
		$due = 60 if $due > 60;
		for (1 .. $due) {
			substr $packet, -8, 8, sprintf '%08d', $sent;
			$sent++ if defined send $socket, $packet, 0, $to;
		}
		$began = time - $sent / $rate if $late;
		sleep 0.0005;
	}
	return $sent;
}

# Ends it: how many packets were sent.
sub ended_stream {
	my ($pid, $read) = @_;
	kill 'TERM', $pid;
	my $sent = <$read>;
	waitpid $pid, 0;
	return $sent + 0;
}

# Datagrams that the host of a process has refused so far: those for which there was no room are in InErrors, too. And
# what a processor has dropped in front of all sockets, which only a busy machine does.
sub refused {
	my ($pid) = @_;
	my ($names, $values) = grep { /^Udp:/ } split /\n/, slurp("/proc/$pid/net/snmp");
	my %udp;
	@udp{split ' ', $names} = split ' ', $values;
	my $backlog = 0;
	$backlog += hex for slurp('/proc/net/softnet_stat') =~ /^\S+ (\S+)/mg;
	return $udp{InErrors} + $udp{NoPorts} + $backlog;
}

# The numbers of the packets in a capture, in their order.
sub numbers {
	my ($file) = @_;
	my @numbers;
	for (blocks(slurp($file))) {
		my ($type, $order, $block) = @$_;
		push @numbers, substr($block, 28 + unpack("x20 L$order", $block) - 8, 8) + 0 if $type == 6;
	}
	return @numbers;
}

1;
