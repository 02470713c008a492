#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-stat: sums are those of capinfos, whatever --by and -G are, and records are those of the files of vtap-split.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
my $stat = "$build/vtap-stat";
my $dir = scratch();
chdir $dir or die;

# Status, standard output and standard error.
sub run {
	my ($args) = @_;
	my $out = `bash -c '$stat $args 2>stderr </dev/null'`;
	return ($? & 127 ? -1 : $? >> 8, $out, slurp('stderr'));
}

# All counters of all records, by name.
sub sums {
	my ($file, $args) = @_;
	my ($status, $out, $err) = run("-F ndjson $args -r $file");
	my %sum;
	add(\%sum, '', decode_json($_)) for split /\n/, $out;
	return ("$status$err", \%sum);
}

# source and destination are parts of network.
sub add {
	my ($sum, $name, $value) = @_;
	if (ref $value eq 'HASH') {
		add($sum, "$name.$_", $value->{$_}) for keys %$value;
	} elsif ($name =~ /\.(packets|bytes|gaps|wire_packets)$/) {
		$sum->{$name} += $value;
	}
}

# All of them on the first capture, three on each other one: tests/corpus/stat.t has all on many.
my @lists = ('source', 'flow', 'none', 'none,flow', 'vlan', 'pair', 'linktype', 'ip-src,vlan', 'id,flow');
system "editcap -s 60 $root/tests/data/mirrored.pcap short.pcap";
my $turn = 0;
for my $file ('short.pcap', sort glob "$root/tests/data/*.pcap") {
	$turn++;
	my $name = $file =~ s/.*\///r;
	my (undef, $packets, $bytes) = split /,/, `capinfos -Tmrcd $file 2>/dev/null`;
	chomp $bytes;
	my @wrong;
	for my $by ($name eq 'short.pcap' ? @lists : @lists[grep { $_ % 3 == $turn % 3 } 0 .. $#lists]) {
		my ($said, $sum) = sums($file, "--by $by");
		push @wrong, "$by: $said" if $said ne '0';
		push @wrong, "$by: packets" if $sum->{'.network.packets'} != $packets;
		push @wrong, "$by: bytes" if $sum->{'.network.bytes'} != $bytes;
	}
	is("@wrong", '', "$name: packets and bytes of each --by are those of capinfos");
}

# vtap-split by the same key makes a file of each record, of which capinfos says the same. KEY => "packets bytes".
sub of_records {
	my ($file, $by) = @_;
	my ($status, $out) = run("-q -F ndjson --by $by -r $file");
	return { map { $_->{vtap}{key} => "$_->{network}{packets} $_->{network}{bytes}" } map { decode_json($_) } split /\n/, $out };
}

sub of_files {
	my ($file, $by) = @_;
	system "rm -rf split; $build/vtap-split -q --by $by -r $file -w 'split/{key}.pcapng' >/dev/null 2>&1";
	my %files;
	for (`capinfos -TmrQcd split/* 2>/dev/null`) {
		my ($name, $packets, $bytes) = /"split\/(.*)\.pcapng","(\d+)","(\d+)"/ or next;
		$files{$name} = "$packets $bytes";
	}
	return \%files;
}

my $compared = 0;
for my $file (map { "$root/tests/data/$_.pcap" } qw(mirrored vxlan-qinq)) {
	for my $by (qw(source id outer-src encap interface mac-src mac ip-src ip-dst host pair vlan linktype), 'encap,vlan', 'host,linktype') {
		my $files = of_files($file, $by);
		is_deeply(of_records($file, $by), $files, $file =~ s/.*\///r . " --by $by: what vtap-split and capinfos say");
		$compared += keys %$files;
	}
}
cmp_ok($compared, '>', 30, "$compared files of vtap-split were compared");

# A capture of minutes: one packet each 700 ms, late ones, a hole in TCP that is acknowledged, an end.
my $id = 0;
sub tcp {
	my ($ns, $from, $seq, $ack, $flags, $payload) = @_;
	my ($a, $b) = $from ? (2, 1) : (1, 2);
	my $tcp = pack('n n N N C C n n n', $a, $b, $seq, $ack, 0x50, $flags, 1000, 0, 0) . $payload;
	my $ip = pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $tcp, ++$id, 0, 64, 6, 0, 10, 0, 0, $a, 10, 0, 0, $b);
	my $frame = pack('H24 n', '020000000002020000000001', 0x800) . $ip . $tcp;
	return pack('V V V V', 1_700_000_000 + int($ns / 1e9), $ns % 1e9, length $frame, length $frame) . $frame;
}

my $capture = pack('V v v V V V V', 0xa1b23c4d, 2, 4, 0, 0, 65535, 1);
$capture .= tcp(0, 0, 99, 0, 2, '') . tcp(1e6, 1, 499, 100, 18, '');
for my $i (0 .. 299) {
	next if $i == 150;
	my $ns = 7e8 * $i + ($i % 40 == 39 ? -2e9 : 0);
	$capture .= tcp($ns + 2e6, 0, 100 + 10 * $i, 500, 16, 'x' x 10) . tcp($ns + 3e6, 1, 500, 110 + 10 * $i, 16, '');
}
$capture .= tcp(2.2e11, 0, 3100, 500, 17, '') . tcp(2.201e11, 1, 500, 3101, 17, '');
spew('minutes.pcap', $capture);

for my $by (@lists) {
	my ($said, $whole) = sums('minutes.pcap', "--by $by");
	is($said, '0', "--by $by");
	is($whole->{'.vtap.missing.tap.bytes'}, $by eq 'ip-src,vlan' ? 0 : 10, '... what was taken out is missing');
	cmp_ok($whole->{'.vtap.late.packets'}, '>', 5, '... some packets are late');
	for my $seconds (1, 7, 60) {
		my (undef, $sum) = sums('minutes.pcap', "--by $by -G $seconds");
		is_deeply($sum, $whole, "... -G $seconds adds up to the whole, in every counter");
	}
	my (undef, $few) = sums('minutes.pcap', "--by $by --max-keys 16 -G 60");
	is_deeply($few, $whole, '... with a table of 16');
}
my ($status, $out) = run('-G 60 -F ndjson -r minutes.pcap');
my @ends = map { decode_json($_)->{'@timestamp'} } split /\n/, $out;
is("@ends", join(' ', map { "2023-11-14T22:1$_:00.000000000Z" } 4 .. 8), '-G 60: ends of minutes');

# More keys than the table has: told early, sums exact.
my ($said, $few) = sums("$root/tests/data/mirrored.pcap", '--by flow --max-keys 16');
is($few->{'.network.packets'}, 764, '--max-keys 16: no packet is lost');
($status, $out) = run("--by flow --max-keys 16 -F ndjson -r $root/tests/data/mirrored.pcap");
like($out, qr/"end": "resources"/, '... flows are told early');

# Usage and failures.
for my $args ('--by flow --no-flows', '--by flow -F prometheus', '--top 0 -F prometheus', '--by flow,vlan', '--by none,vlan', '-G 0.5', '-G 0',
	'--max-keys 0', '--flow-idle 0', '-F xml') {
	my ($status, $out, $err) = run("$args -r minutes.pcap");
	is("$status$out", '2', "$args: exit 2");
}
($status, $out, my $err) = run('-F ndjson -r minutes.pcap -w /dev/full');
is($status, 1, 'a full disk: exit 1');
like($err, qr/\/dev\/full.*No space left/, '... and its name');
($status, $out, $err) = run('-r minutes.pcap -w missing.d/x.csv/');
is($status, 1, '-w that cannot be written: exit 1');
spew('empty.pcap', substr $capture, 0, 24);
($status, $out, $err) = run('-r empty.pcap');
is("$status$err", '0', 'no packets: exit 0');
like($out, qr/packets/, '... and the header of a table');
spew('cut.pcap', substr $capture, 0, -5);
($status, $out, $err) = run('--by none -F csv -r cut.pcap');
is($status, 1, 'a damaged file: exit 1');
is(scalar(split /\n/, $out), 2, '... with the records of what came before');

done_testing;
