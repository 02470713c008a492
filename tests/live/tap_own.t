#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-tap on the very interface that its tunnel leaves by: its own tunnel is never mirrored, all else is, also what
# goes to the collector. tcpdump and the kernel's counters judge.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Host qw($dir enter sh there launch tap stop stats said until_true dump_on ended_dump count_of fields counter
	adds_up);

enter();

# A server for TCP and UDP at the collector, on port 2222, and clients of it here.
my $server = launch('far', 'server', $^X, '-e', <<'PERL');
use IO::Socket::INET;
my $tcp = IO::Socket::INET->new(LocalPort => 2222, Listen => 5, ReuseAddr => 1) or die;
my $udp = IO::Socket::INET->new(LocalPort => 2222, Proto => 'udp') or die;
$| = 1;
print "ready\n";
while (my $client = $tcp->accept) {
	while (defined(my $line = <$client>)) { print $client $line }
}
PERL
until_true(sub { (slurp("$dir/server.out") // '') =~ /ready/ });

my $client = <<'PERL';
use IO::Socket::INET;
my $tcp = IO::Socket::INET->new(PeerAddr => '10.50.0.2:2222') or die "connect: $!";
$tcp->autoflush(1);
for (1 .. 20) { print $tcp "line $_\n"; <$tcp> }
my $udp = IO::Socket::INET->new(PeerAddr => '10.50.0.2:2222', Proto => 'udp') or die;
for (1 .. 20) { $udp->send("datagram $_") or die }
# A port beside the tunnel's is no tunnel either.
$udp = IO::Socket::INET->new(PeerAddr => '10.50.0.2:4788', Proto => 'udp') or die;
for (1 .. 20) { $udp->send("datagram $_") }
PERL

# What a socket at the tunnel's port takes makes no ICMP.
my $sink = launch('far', 'sink', $^X, '-e', 'use IO::Socket::INET; $s = IO::Socket::INET->new(LocalPort => $_, Proto => "udp"), push @s, $s for 4789, 6081, 4788; print STDERR "ready"; sleep');
until_true(sub { said('sink') =~ /ready/ });

# What the running tap has counted: in, sent, own tunnel.
sub now {
	my ($pid) = @_;
	my $lines = sub { return said('tap') =~ /^(\{.*\})$/mg };
	my $before = () = $lines->();
	kill 'USR1', $pid;
	until_true(sub { (my @now = $lines->()) > $before }) or diag 'no figures';
	my $now = decode_json(($lines->())[-1]);
	return ($now->{in}, @{$now->{outcomes}}{qw(sent own_tunnel)});
}

# COUNT datagrams of this host, from an address (or the route's) to a port of the collector.
sub speak {
	my ($count, $port, @from) = @_;
	sh(qq{perl -MIO::Socket::INET -e 'IO::Socket::INET->new(\@ARGV, PeerAddr => "10.50.0.2:$port", Proto => "udp")->send("x") for 1 .. $count' @from});
}

# A datagram to the tunnel's port again and again, until it is taken for the tunnel: how many there were. The tap looks
# once a second whether the addresses of this host have changed, and mirrors what comes meanwhile.
sub becomes_own {
	my ($tap, @from) = @_;
	my $said = 0;
	ok until_true(sub {
		my (undef, $sent) = now($tap);
		my ($in, $now) = (0, 0);
		speak(1, 4789, @from);
		$said++;
		# What is mirrored comes by as a tunnel, too.
		until_true(sub { ($in, $now) = now($tap); $in >= $said });
		quiet();
		(undef, $now) = now($tap);
		return $now == $sent;
	}), 'an address that came later is seen';
	return $said;
}

sub talk { return Host::finish(launch('', 'client', $^X, '-e', $client)) }

# No more than so many packets leave, and then no more.
sub quiet {
	my ($last, $same) = (-1, 0);
	return until_true(sub {
		my $now = counter('', 'ul', 'tx_packets');
		$same = $now == $last ? $same + 1 : 0;
		$last = $now;
		select undef, undef, undef, 0.02;
		return $same > 25;
	});
}

for my $engine (qw(udp packet)) {
	my $all = dump_on('far', 'far', 'all', 'ip and not icmp and src 10.50.0.1');
	my $other = dump_on('', 'ul', 'other', 'not udp port 4789 and (tcp or udp)');
	my $outer = dump_on('far', 'far', 'outer', 'udp dst port 4789');
	my $tap = tap('tap', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', '--engine', $engine, 'tcp or udp');
	is talk(), 0, "$engine: the host talks to its collector";
	ok quiet(), '... and what is sent comes to an end';
	is stop($tap), 0, '... the tap ends well';
	my $stats = stats('tap');
	my $talk = ended_dump($other, 'other', 60);
	my $sent = ended_dump($outer, 'outer', $talk);
	cmp_ok $talk, '>=', 80, "... ($talk packets of TCP and UDP)";
	is $stats->{outcomes}{sent}, $talk, '... all of it is mirrored';
	is $sent, $talk, '... once';
	is $stats->{outcomes}{own_tunnel}, $talk, '... its own tunnel is not';
	ok adds_up($stats), '... in = sum of outcomes';
	my $whole = $stats->{targets}[0]{sent} + grep({ /^10.50.0.1$/ } fields('other', '', 'ip.src'));
	is ended_dump($all, 'all', $whole), $whole, '... and nothing else leaves';
}

# A packet socket sends from any address: the tunnel is its own all the same.
{
	my $other = dump_on('', 'ul', 'other', 'not udp port 4789 and (tcp or udp)');
	my $tap = tap('tap', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', '--engine', 'packet', '--from', '10.9.9.9', 'tcp or udp');
	talk();
	ok quiet(), '--from an address of nobody: what is sent comes to an end';
	stop($tap);
	my $talk = ended_dump($other, 'other', 60);
	my $outcomes = stats('tap')->{outcomes};
	is_deeply [@$outcomes{qw(sent own_tunnel)}], [$talk, $talk], '... the tunnel is not mirrored';
}

# An address that the host gets later is its own, and no line of figures has to come first.
{
	my $tap = tap('tap', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', '--stats-interval', 3600, 'src host 10.50.0.77 and udp');
	sh('ip addr add 10.50.0.77/24 dev ul');
	my $said = becomes_own($tap, 'LocalAddr', '10.50.0.77');
	my (undef, $sent, $own) = now($tap);
	is $sent + $own, $said, '... each datagram is mirrored or own tunnel';
	speak(20, 4789, 'LocalAddr', '10.50.0.77');
	stop($tap);
	sh('ip addr del 10.50.0.77/24 dev ul');
	is_deeply [@{stats('tap')->{outcomes}}{qw(sent own_tunnel)}], [$sent, $own + 20], '... and from then on own tunnel, too';
}

# Two taps of one host to one collector do not feed each other, whatever their encapsulation and kind.
for my $pair (['vxlan://10.50.0.2/7', 'vxlan://10.50.0.2/8'], ['vxlan://10.50.0.2/7', 'vxlan://10.50.0.2/7'],
	['gre://10.50.0.2/5', 'gre://10.50.0.2/6']) {
	my $other = dump_on('', 'ul', 'other', 'not udp port 4789 and not proto 47 and (tcp or udp)');
	my @taps = map { tap("tap$_", '-i', 'ul', '-t', $pair->[$_], 'tcp or udp or proto 47') } 0, 1;
	talk();
	my $ends = quiet();
	ok $ends, "two taps, @$pair: they do not feed each other";
	is_deeply [map { stop($_) } @taps], [0, 0], '... and end well';
	my $talk = ended_dump($other, 'other', 60);
	my @stats = map { stats("tap$_") } 0, 1;
	is_deeply [map { $_->{outcomes}{sent} } @stats], [$talk, $talk], '... each mirrors what there was';
	is_deeply [map { $_->{outcomes}{own_tunnel} } @stats], [2 * $talk, 2 * $talk], '... and knows both tunnels';
}

# A collector that is down answers each packet with ICMP: that belongs to the tunnel. Errors about others do not.
stop($sink, 'KILL');
there('sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000');
{
	my $icmp = dump_on('', 'ul', 'icmp', 'icmp');
	my $other = dump_on('', 'ul', 'other', 'not udp port 4789 and (tcp or udp)');
	my $tap = tap('tap', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', '--engine', 'packet');
	talk();
	ok quiet(), 'a collector that is down: its answers are not mirrored';
	stop($tap);
	my $stats = stats('tap');
	my $talk = ended_dump($other, 'other', 60);
	ended_dump($icmp, 'icmp', 1);
	my @quoted = map { (split /,/)[0] } grep { /\S/ } fields('icmp', '-Y icmp.type==3', 'udp.dstport');
	my $own = grep { $_ == 4789 } @quoted;
	my $others = grep { $_ == 4788 } @quoted;
	cmp_ok $own, '>', 20, "... there were $own about the tunnel";
	cmp_ok $others, '>', 0, "... and $others about another port";
	is $stats->{outcomes}{sent}, $talk + $others, '... which are mirrored' or diag explain $stats;
	is $stats->{outcomes}{own_tunnel}, $own + $talk + $others, '... and own_tunnel counts the answers, too';
	like said('tap'), qr/\A(?:vtap-tap: .*\n){0,3}\z/, '... said in few lines';
}

# The packet engine goes on with an address that this host has no more: its tunnel as before.
{
	my $tap = tap('tap', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', '--engine', 'packet', 'udp dst port 4788 or udp dst port 4789');
	sh('ip addr add 10.50.0.77/24 dev ul && ip addr del 10.50.0.1/24 dev ul');
	sh('ip addr replace 10.50.0.77/24 dev ul');
	becomes_own($tap);
	my (undef, $sent, $own) = now($tap);
	speak(20, 4788);
	ok quiet(), 'an address that has gone: what is sent comes to an end';
	stop($tap);
	sh('ip addr add 10.50.0.1/24 dev ul && ip addr del 10.50.0.77/24 dev ul');
	sh('ip addr replace 10.50.0.1/24 dev ul');
	my $outcomes = stats("tap")->{outcomes};
	is_deeply [@$outcomes{qw(sent own_tunnel)}], [$sent + 20, $own + 20], "... the tunnel is not mirrored" or diag explain $outcomes;
}

done_testing();
