#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's numbers against what was recorded, not against what the tools say.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Scratch qw(scratch);

$ENV{BUILD} = abs_path($ENV{BUILD} || 'build');
$ENV{TMPDIR} = scratch();
my $root = abs_path('.');

my $text = qx(cd / && '$root/tests/demo' 2>&1 </dev/null);
is($?, 0, 'exit status') or diag($text);
is(join(' ', glob "$ENV{TMPDIR}/*"), '', 'nothing stays behind');

open my $file, '<', 'tests/data/mirrored.lengths' or die "mirrored.lengths: $!";
chomp(my @lengths = <$file>);
my @cut = grep { $_ > 200 } @lengths;
my $restored = 0;
$restored += $_ - 200 for @cut;
open $file, '<', 'tests/data/expected.tsv' or die "expected.tsv: $!";
my ($frames) = map { /^mirrored\t(\d+)/ ? $1 : () } <$file>;

like($text, qr/^vtap-decap +$frames +$frames +\d+ +\d+ +$frames tunnels taken off, 3 sources found$/m, 'decap');
like($text, qr/^vtap-fixlen +$frames +$frames +(\d+) +\1 +${\ scalar @cut} records: length restored, $restored bytes/m, 'fixlen');
like($text, qr/^vtap-split +$frames +$frames +(\d+) +\1 +3 files$/m, 'split');

my %packets;
for my $source ('vxlan-3000@10.0.1.5', 'vxlan-3001@10.0.1.6', 'vxlan-5@fd00:1::7') {
	like($text, qr/^\Q$source\E +(\d+) +(\d+) +(\d+) +0$/m, "$source: no warning after");
	my @row = $text =~ /^\Q$source\E +(\d+) +(\d+) +(\d+) +0$/m ? ($1, $2, $3) : (0, 0, 0);
	$packets{$source} = $row[0];
	my $is_cut = $source =~ /3001/;
	is($row[1], $is_cut ? @cut : 0, "$source: records restored");
	ok($is_cut ? $row[2] > 100 : $row[2] == 0, "$source: warnings before: $row[2]");
}
is($packets{'vxlan-3001@10.0.1.6'}, @lengths, 'as many packets as the tap mirrored');
is(eval { my $sum = 0; $sum += $_ for values %packets; $sum }, $frames, 'sources add up');
like($text, qr/mirrored\.pcap +[1-9]\d*\n.*vtap-decap +[1-9]\d*\n.* together +0\n\n/, 'warnings go to 0');

# The table of vtap-stat, in which the bytes of the cut source are those before the cut.
my $bytes = 0;
$bytes += $_ for @lengths;
my $kilobytes = int($bytes / 1000 + 0.5);
for my $source (sort keys %packets) {
	my $cut = $source =~ /3001/ ? @cut : 0;
	like($text, qr/^\Q$source\E +$packets{$source} +\d+(?:\.\d)? kB +0 B +0 +$cut +0 /m, "$source: a row of vtap-stat");
}
like($text, qr/^vxlan-3001\@10\.0\.1\.6 +\d+ +$kilobytes kB /m, '... with the bytes that were on the wire');

# The live part, between network namespaces.
SKIP: {
	if (!$ENV{VTAP_REQUIRE_LIVE} && ($> != 0 || system('unshare -n -m true 2>/dev/null') != 0)) {
		like($text, qr/only as root, and where there are any\.\n\nWhat is to be kept/, 'without root it says so');
		skip 'the live part needs root', 8;
	}
	my ($captured, $gso, $segments) = $text =~
	    /^tap +(\d+) captured, (\d+) of them GSO packets, made (\d+) segments; \d+ cut, 0 lost$/m;
	ok(defined $segments, 'live: the tap lost nothing');
	my ($received) = $text =~ /^decap +(\d+) received, 0 lost$/m;
	is($received, ($captured // 0) - ($gso // 0) + ($segments // 0), '... and all of it arrived');
	like($text, qr/^fixlen +[1-9]\d* lengths restored/m, '... lengths come back');
	like($text, qr/^tshark +5 HTTP requests, 0 lost segments$/m, '... five requests, whole');
	my $arrived = $received // 'none';
	my ($end) = $text =~ /^What each tap has sent, and when:\n(.*)^What is to be kept/ms;
	like($end // '', qr/^vxlan-3000\@10\.0\.2\.5 +$arrived +\d/m, '... the table has all that arrived');
	like($end // '', qr/Bytes per second, by source/, '... the picture its title');
	like($end // '', qr/\xe2\x96/, '... and block characters');
	like($end // '', qr/^\S+ vxlan-3000\@10\.0\.2\.5 /m, '... and a legend');
}

# The archive: each source has an object, the list its packets, and what comes back is what tshark finds in the recording.
my ($kept) = $text =~ /^What is to be kept (.*)\z/ms;
for my $source (sort keys %packets) {
	like($kept // '', qr{^2026-11-21/05/\Q$source\E/20261121T0541\d\d\.\d{9}Z--20261121T0541\d\d\.\d{9}Z--$packets{$source}--[0-9a-f]{16}\.pcapng\.zst$}m, "$source: an object of the archive");
	like($kept // '', qr/^(?=.*\Q$source\E).*\b$packets{$source}\b/m, '... a row of the list');
}
my @asked = qx(PATH='$ENV{BUILD}':\$PATH; vtap-decap -qr tests/data/mirrored.pcap 2>/dev/null | tshark -r - -Y 'udp.port == 53 && frame.interface_name == "vxlan-3000\@10.0.1.5"' -T fields -e ip.src -e ipv6.src 2>/dev/null);
cmp_ok(scalar @asked, '>', 5, 'a source has asked name servers');
is(scalar(() = ($kept // '') =~ /^ *\d+ +\d+\.\d+ +\S+ \S+ \S+ +DNS /mg), @asked, '... and the archive gives back all that it has asked');

my $chain = "vtap-decap -r tests/data/mirrored.pcap -e vxlan --id 3001 -x -q | vtap-fixlen";
my @got = qx(PATH='$ENV{BUILD}':\$PATH; $chain | tshark -r - -T fields -e frame.len 2>/dev/null);
chomp @got;
is_deeply(\@got, \@lengths, 'every length of the cut source is the one before the cut');
done_testing();
