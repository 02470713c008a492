#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# One packet of another link type ends no collection: GENEVE, GRE and VXLAN-GPE carry Ethernet or bare IP under one id,
# and whoever sends a datagram chooses. What a file cannot hold is left out, counted, told once, and the run exits with 1.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Readers qw(read_by_all);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();

sub eth { return pack('H24 n', '0200000000aa0200000000bb', $_[0]) . $_[1] }
sub ip4 { return pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $_[3], 7, 0, 64, $_[2], 0, split(/\./, $_[0]), split(/\./, $_[1])) . $_[3] }
sub udp { return pack('n n n n', @_[0, 1], 8 + length $_[2], 0) . $_[2] }
sub inner { return ip4('172.16.0.1', '172.16.0.2', 17, udp(1, 2, 'x' x 20)) }

# Bare IP or a frame under one id: what a collector gets from an honest sender and from another.
my %tunnels = (
	geneve => sub { udp(50000, 6081, pack('n n N', 0, $_[0] ? 0x6558 : 0x0800, 7 << 8) . $_[1]), 17 },
	gre => sub { pack('n n N', 0x2000, $_[0] ? 0x6558 : 0x0800, 7) . $_[1], 47 },
	'vxlan-gpe' => sub { udp(50000, 4790, pack('N N', 0x0c000000 | ($_[0] ? 3 : 1), 7 << 8) . $_[1]), 17 },
);

sub tunnel {
	my ($encap, $frame) = @_;
	my ($payload, $protocol) = $tunnels{$encap}->($frame, $frame ? eth(0x0800, inner()) : inner());
	return eth(0x0800, ip4('10.0.1.5', '10.0.2.9', $protocol, $payload));
}

# Packets of a capture: 'f' a frame, 'i' bare IP.
sub capture {
	my ($encap, $kinds) = @_;
	return spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000, 0, $_, length] } map { tunnel($encap, $_ eq 'f') } split //, $kinds));
}

sub run {
	my ($command) = @_;
	unlink "$dir/stats";
	my $said = `cd $dir && { $command; } 2>&1`;
	return ($? >> 8, $said);
}

sub stats {
	my $stats = decode_json(slurp("$dir/stats"));
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	is($sum, $stats->{in}, '... in = sum of outcomes');
	return $stats;
}

my $abs = `cd $build && pwd`;
chomp $abs;
for my $encap (sort keys %tunnels) {
	for my $case (['fffiff', 1, 5], ['iififi', 101, 4], ['ifff', 101, 1]) {
		my ($kinds, $type, $fits) = @$case;
		my $left = length($kinds) - $fits;
		capture($encap, $kinds);
		my ($status, $said) = run("$abs/vtap-decap -r in.pcap -w out.pcap --stats stats");
		is($status, 1, "$encap, $kinds into a pcap: exit 1");
		like($said, qr/\Avtap-decap: out\.pcap: packet \d+ has link type \d+, the first one written has $type, [^\n]*-F pcapng[^\n]*\nvtap-decap: $left left out[^\n]*\n\z/, '... told once, and how many');
		is_deeply([@{ stats()->{outcomes} }{qw(stripped wrong_link_type)}], [$fits, $left], '... counted');
		read_by_all("$dir/out.pcap", $fits, '... what fits');
		is((split / /, (packets("$dir/out.pcap"))[0])[1], $type, '... with the link type of the first packet');
		($status, $said) = run("$abs/vtap-decap -r in.pcap | $abs/vtap-fixlen -F pcap -w out.pcap --stats stats");
		is($status, 1, "... vtap-fixlen: exit 1");
		is(stats()->{outcomes}{wrong_link_type}, $left, '... counted');
		is(scalar packets("$dir/out.pcap"), $fits, '... what fits is there');
		($status, $said) = run("rm -rf o; $abs/vtap-decap -r in.pcap | $abs/vtap-split --by ip-src,host -w 'o/{key}.pcap' --manifest manifest --stats stats");
		is($status, 1, "... vtap-split: exit 1");
		is(scalar(() = $said =~ /link type/g), 1, '... told once') or diag $said;
		like($said, qr/--by linktype,ip-src,host/, '... with the keys that help');
		is_deeply([@{ stats()->{outcomes} }{qw(written refused)}], [$fits, $left], '... counted');
		is_deeply([sort map { s/.*,//r } glob "$dir/o/*"], ['172.16.0.1.pcap', '172.16.0.2.pcap'], '... all files have their names');
		is(scalar packets($_), $fits, '... and what fits') for glob "$dir/o/*";
		($status, $said) = run("rm -rf o; $abs/vtap-decap -r in.pcap | $abs/vtap-split --by linktype,host -w 'o/{key}.pcap'");
		is("$status $said", '0 ', '... and they do help');
		($status, $said) = run("rm -rf o; $abs/vtap-decap -r in.pcap | $abs/vtap-split --by host -w 'o/{key}.pcapng'");
		is("$status $said", '0 ', '... as pcapng does');
	}
}

# Formats of wiretap's: what they cannot hold, also from the first packet on.
for my $kinds ('ffif', 'iff') {
	my $fits = () = $kinds =~ /f/g;
	capture('geneve', $kinds);
	my ($status, $said) = run("$abs/vtap-decap -r in.pcap -F snoop -w out.snoop --stats stats");
	is($status, 1, "$kinds into a snoop: exit 1");
	is(stats()->{outcomes}{stripped}, $fits, '... counted');
	like($said, qr/left out: the output cannot hold their link type\n\z/, '... with a reason that is true of the first packet, too');
	is(`tshark -r $dir/out.snoop 2>/dev/null | wc -l` + 0, $fits, '... what fits is there') or diag $said;
	($status, $said) = run("rm -rf o; $abs/vtap-decap -r in.pcap | $abs/vtap-split --by host -F snoop -w 'o/{key}.snoop' --stats stats");
	is($status, 1, '... vtap-split: exit 1');
	is(`tshark -r '$_' 2>/dev/null | wc -l` + 0, $fits, '... what fits is there') for glob "$dir/o/*.snoop";
	is(scalar(() = glob "$dir/o/*.snoop"), 2, '... in both files') or diag $said;
}

# What passes unchanged, and fragments that are given back at the end, change their outcome, too.
{
	my $fragment = eth(0x0800, ip4('10.0.1.5', '10.0.2.9', 17, udp(50000, 4789, 'x' x 16)));
	substr $fragment, 14 + 6, 2, pack 'n', 0x2000;
	spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000, 0, $_, length] } tunnel('gre', 0), eth(0x0806, '0' x 40), $fragment, tunnel('gre', 0)));
	my ($status) = run("$abs/vtap-decap -r in.pcap -w out.pcap --stats stats");
	my $stats = stats();
	my %left = map { $_ => $stats->{outcomes}{$_} } grep { $stats->{outcomes}{$_} } keys %{ $stats->{outcomes} };
	is_deeply(\%left, { stripped => 2, wrong_link_type => 2 }, 'ARP and a fragment beside bare IP are left out');
	is($stats->{out}, 2, '... and not counted as written');
}
done_testing();
