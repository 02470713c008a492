#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets in more than --max-depth tunnels are not mirrored, so that taps that see each other's tunnels do not feed each
# other without end. Each round of such a loop is a run here, from the frames of one tap to those of the next.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Scratch qw(scratch);

my $tap = ($ENV{BUILD} || 'build') . '/vtap-tap';
my $dir = scratch();
my $from = '--from 10.0.1.5 --from 2001:db8::5';

# A ping of 98 bytes, and one that fills a packet of 1500.
my $ping = frame(1, pack('C C n n n', 8, 0, 0, 7, 1) . 'x' x 56);
my $large = frame(1, pack('C C n n n', 8, 0, 0, 7, 1) . 'x' x 1472);

sub eth { return pack('H24 n', '0200000000aa0200000000bb', $_[0]) . $_[1] }

sub udp { return pack('n n n n', @_[0, 1], 8 + length $_[2], 0) . $_[2] }

sub ip4 {
	my ($source, $destination, $protocol, $payload) = @_;
	return pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, 7, 0, 64, $protocol, 0,
		split(/\./, $source), split(/\./, $destination)) . $payload;
}

sub frame { return eth(0x0800, ip4('10.0.1.5', '10.0.2.9', @_)) }

sub vxlan { return frame(17, udp(50000, 4789, pack('N N', 0x08000000, 7 << 8) . $_[0])) }

# GENEVE as a gateway load balancer of AWS sends it: bare IP, and three options of its own.
sub gwlb {
	my $options = pack 'n C C H16 n C C H16 n C C N', 0x0108, 1, 2, '1' x 16, 0x0108, 2, 2, '2' x 16, 0x0108, 3, 1, 7;
	return frame(17, udp(60000, 6081, pack('C C n N', length($options) / 4, 0, 0x0800, 0) . $options . substr $_[0], 14));
}

sub capture {
	my ($name, @frames) = @_;
	return spew("$dir/$name.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000, 0, $_, length] } @frames));
}

# Runs a tap from file to file: its counters, and what it says.
sub run {
	my ($in, $words) = @_;
	my $said = `$tap -r $in $from -w $dir/out.pcap --stats $dir/stats $words 2>&1`;
	is($?, 0, "vtap-tap $words") or diag $said;
	my $stats = decode_json(slurp("$dir/stats"));
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	is($sum, $stats->{in}, '... outcomes add up');
	return ($stats, $said);
}

# What each of two taps makes of the other's frames, until nothing is left of them: how many rounds that takes.
sub rounds {
	my ($packet, @words) = @_;
	my ($rounds, $in) = (0, capture('in', $packet));
	while ($rounds < 12) {
		system("$tap -q -r $in $from -w $dir/next.pcap $words[$rounds % @words]") == 0 or return "no end: $words[0]";
		rename "$dir/next.pcap", "$dir/in.pcap";
		return $rounds if !packets("$dir/in.pcap");
		$rounds++;
	}
	return 'no end';
}

my @uris = qw(vxlan://10.0.2.9/7 vxlan://10.0.2.9:14789/7 vxlan-gpe://10.0.2.9/7 geneve://10.0.2.9/7 gre://10.0.2.9
	gre://10.0.2.9/7 erspan1://10.0.2.9 erspan2://10.0.2.9/7 erspan3://10.0.2.9/7 vxlan://[2001:db8::9]/7 gre://[2001:db8::9]/7);
for my $uri (@uris) {
	my @with = ("-t '$uri'", $uri =~ /14789/ ? "-t '$uri'" : '-t geneve://10.0.2.10/7');
	is(rounds($ping, @with), 3, "$uri: three rounds");
	is(rounds($ping, map { "$_ --max-depth 0" } @with), 1, '... one, with --max-depth 0');
	is(rounds($large, map { "$_ --max-depth 4" } @with), 5, '... five, with 4');
	is(rounds($large, map { "$_ -s 20" } @with), 3, '... and three where packets are cut to 20 bytes');
	is(rounds($large, map { "$_ --mtu 1500" } @with), 3, '... where they are truncated to the MTU');
	is(rounds($large, map { "$_ --mtu 200" } @with), 3, '... to one that is nearly all headers');
	for my $mtu (76, 100, 150, 200, 576, 1500) {
		my $rounds = rounds($large, map { "$_ --mtu $mtu --oversize fragment" } @with);
		ok($rounds =~ /^[123]$/, "... and in fragments of $mtu bytes: later ones are as deep as the first") or diag $rounds;
	}
	is(rounds($large, map { "$_ --mtu 576 --oversize fragment --max-depth 4" } @with), 5, '... five, with 4');
}

# What an ICMP error quotes is in as many tunnels.
my $error = frame(1, pack('C C n N', 3, 3, 0, 0) . substr vxlan(vxlan($ping)), 14);
is(rounds($error, '-t vxlan://10.0.2.9/7 --max-depth 1'), 0, 'an error about a packet in two tunnels counts as that');
is(rounds($error, '-t vxlan://10.0.2.9/7'), 3, '... and is mirrored where two may be');

# What is said, and what is counted.
my $deep = capture('deep', $ping, map({ vxlan(vxlan(vxlan($ping))) } 1 .. 3), gwlb($ping), vxlan(gwlb($ping)), vxlan(vxlan($ping)));
my ($stats, $said) = run($deep, '-t gre://10.0.2.9');
is_deeply([@{ $stats->{outcomes} }{qw(sent loop)}], [4, 3], 'packets in three tunnels are a loop, those of AWS in two are none');
is(() = $said =~ /more than 2 tunnels/g, 1, '... which is said once');
like($said, qr/'not udp dst port 4789'/, '... with the expression that helps');
($stats, $said) = run($deep, "-t gre://10.0.2.9 'not udp dst port 4789'");
is_deeply([@{ $stats->{outcomes} }{qw(sent loop filtered)}], [2, 0, 5], '... and it does');
unlike($said, qr/tunnels/, '... in silence');
($stats, $said) = run($deep, '-t gre://10.0.2.9 --max-depth 3');
is($stats->{outcomes}{loop}, 0, '--max-depth 3: all are mirrored');
($stats, $said) = run($deep, '-q -t gre://10.0.2.9');
is($said, '', '-q: nothing is said');
($stats) = run($deep, '-t vxlan://10.0.2.9/7 -s 64');
is_deeply([map { (split)[2] } packets("$dir/out.pcap")], [map { 50 + $_ } 64, length gwlb('x' x 14), length vxlan(gwlb('x' x 14)), 100],
	'-s leaves the headers of tunnels whole');

done_testing();
