#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What switches and firewalls put in front of IP, judged by tshark where it knows the tag, and by what was written into
# tests/data/tags.pcap and nflog.pcap: all tools look behind it.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();
my ($tags, $nflog) = map { "tests/data/$_.pcap" } qw(tags nflog);

# The exit status and stderr of a command of bash.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} 2>$dir/stderr >$dir/stdout </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stderr"));
}

# Runs a tool that ends with 0; returns its counters.
sub counters {
	my ($tool, $options) = @_;
	my ($status, $err) = run("$build/$tool $options --stats $dir/stats");
	is("$status $err", '0 ', "$tool $options");
	return decode_json(slurp("$dir/stats"));
}

# Fields of each packet as tshark sees them, one line a packet.
sub seen {
	my ($file, @fields) = @_;
	my $args = join ' ', map { "-e $_" } @fields;
	my @lines = `tshark -n -r $file -T fields -E separator='|' $args 2>/dev/null`;
	chomp @lines;
	return @lines;
}

# [bytes, length on the wire] of each record of a little-endian pcap, and its link type.
sub records {
	my ($bytes) = slurp($_[0]);
	my ($at, @records) = 24;
	while ($at < length $bytes) {
		my ($caplen, $len) = unpack 'x8 V V', substr $bytes, $at, 16;
		push @records, [substr($bytes, $at + 16, $caplen), $len];
		$at += 16 + $caplen;
	}
	return (unpack('x20 V', $bytes), @records);
}

# Each record is bytes, or [bytes, length].
sub pcap {
	my ($name, $linktype, @records) = @_;
	return spew("$dir/$name", pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, $linktype), map {
		my ($bytes, $len) = ref $_ ? @$_ : ($_, length $_);
		pack('V V V V', 1_700_000_000, 0, length $bytes, $len) . $bytes;
	} @records);
}

# A packet of a netfilter log with the heads of its attributes in big-endian numbers, whichever they were in.
sub turned_nflog {
	my ($bytes) = @_;
	for (my $at = 4; $at + 4 <= length $bytes;) {
		my ($len, $type) = unpack 'v v', substr $bytes, $at, 4;
		($len, $type) = unpack 'n n', substr $bytes, $at, 4 if ($type & 0x3fff) > 255;
		substr $bytes, $at, 4, pack 'n n', $len, $type;
		$at += ($len + 3) & ~3;
	}
	return $bytes;
}

sub lengths { my (undef, @records) = records($_[0]); return [map { $_->[1] } @records] }

# The packets of each file that vtap-split writes.
sub split_by {
	my ($key, $in) = @_;
	run("rm -rf $dir/out");
	counters('vtap-split', "--by $key -w '$dir/out/{key}.pcap' -r $in");
	return { map { my $file = $_; my (undef, @records) = records($file); m{([^/]+)\.pcap$}; ($1 => scalar @records) } glob "$dir/out/*" };
}

# Tunnels come off, whatever stands in front of them.
for my $file ($tags, $nflog) {
	my (undef, @records) = records($file);
	my $count = @records / 2;
	my $stats = counters('vtap-decap', "-qx -r $file -w $dir/plain.pcapng");
	is($stats->{outcomes}{stripped}, $count, '... every tunnel');
	is_deeply([seen("$dir/plain.pcapng", qw(frame.interface_name frame.len ip.src tcp.len tcp.seq_raw))],
		[map { 'vxlan-3000@10.0.1.5|574|192.168.7.10|520|' . (1 + 520 * $_) } 0 .. $count - 1], '... and its frame as it was');
	is_deeply(split_by('flow', $file), { 'tcp_192.168.7.10.40000_192.168.7.80.80' => $count,
		'tcp_fd00:1::5.40000_fd00:1::100.80' => $count }, '... two flows');
	is_deeply(split_by('outer-src', $file), { '10.0.1.5' => $count, none => $count }, '... one mirror');
}

# tshark 4.0 knows all but some TPIDs and a length of Cisco MetaData.
my @known = grep { !/data/ } map { (split /\|/)[0] } seen($tags, 'frame.protocols');
cmp_ok(scalar @known, '>=', 28, 'tags that tshark knows');
for my $key (['ip.src', 'tcp.srcport'], ['ipv6.src', 'tcp.srcport'], ['vxlan.vni', 'udp.dstport']) {
	my %of = map { $_ => 1 } grep { !/^\|/ } seen($tags, @$key);
	my %want = ('ip.src' => '10.0.1.5,192.168.7.10|40000', 'ipv6.src' => 'fd00:1::5|40000', 'vxlan.vni' => '3000|4789');
	is_deeply([keys %of], [$want{$key->[0]}], "tshark: the same $key->[0] behind each");
}

# VLANs: those of TPIDs that tshark does not know are 100, too, and 100.200 behind 0x8200; an I-Tag's outer one comes first.
{
	my %want = ('100' => 4);
	for (seen($tags, qw(frame.protocols vlan.id ieee8021ad.id))) {
		my ($protocols, $vlan, $outer) = split /\|/, $_, -1;
		$want{join('.', grep { length } $outer, $vlan) || 'none'}++ if $protocols !~ /data/;
	}
	$want{none} += 2; # Cisco MetaData with three options
	$want{100} += 2; # 0x8200
	$want{'100.200'} += 2;
	is_deeply(split_by('vlan', $tags), \%want, 'VLANs: what tshark says');
}

# Lengths: cut without a trace, cut with one, and longer than any trailer.
for my $file ($tags, $nflog) {
	my ($linktype, @records) = records($file);
	my $want = [map { $_->[1] } @records];
	# In a netfilter log two bytes of padding follow the 610 bytes of the outer IP packet.
	my $claimed = [map { $_ - ($linktype == 239 && $_ > 600 ? 2 : 0) } @$want];
	my $cut = pcap('cut.pcap', $linktype, map { substr $_->[0], 0, 130 } @records);
	counters('vtap-fixlen', "-r $cut -w $dir/fixed.pcap");
	is_deeply(lengths("$dir/fixed.pcap"), $claimed, '... lengths come back');
	my $snapped = pcap('snapped.pcap', $linktype, map { [substr($_->[0], 0, 130), $_->[1]] } @records);
	my $stats = counters('vtap-fixlen', "--lower -r $snapped -w $dir/same.pcap");
	is_deeply(lengths("$dir/same.pcap"), $want, '... --lower takes nothing that was on the wire');
	is($stats->{outcomes}{already_right} + $stats->{outcomes}{padded}, scalar @records, '... all are right');
	my $long = pcap('long.pcap', $linktype, map { [substr($_->[0], 0, 130), $_->[1] + 50] } @records);
	counters('vtap-fixlen', "--lower -r $long -w $dir/lowered.pcap");
	is_deeply(lengths("$dir/lowered.pcap"), $claimed, '... and takes what was not');
}

# A trailer of PRP, a frame whose only length is that of IEEE 802.3, and one of 1501 bytes, which is no length.
{
	my $ip = pack('C C n N C C n N N', 0x45, 0, 120, 0, 64, 253, 0, 0x0a000001, 0x0a000002) . 'x' x 100;
	my $macs = pack 'H24', '0180c2000014020000000001';
	my $frames = pcap('frames.pcap', 1, [substr($macs . pack('n', 0x0800) . $ip, 0, 80), 14 + 120 + 6],
		[substr($macs . pack('n', 0x0800) . $ip, 0, 80), 14 + 120 + 6 + 4],
		substr($macs . pack('n H*', 1497, 'fefe0383') . 'x' x 1500, 0, 128),
		substr($macs . pack('n H*', 1501, 'fefe0383') . 'x' x 1500, 0, 128));
	my $stats = counters('vtap-fixlen', "--lower -r $frames -w $dir/frames-fixed.pcap");
	is_deeply(lengths("$dir/frames-fixed.pcap"), [140, 144, 1511, 128], '... a trailer stays, a length counts, 1501 is none');
	is_deeply([@{$stats->{outcomes}}{qw(padded raised unknown_not_ip)}], [2, 1, 1], '... counted');
}

# UDP-Lite and DCCP have ports, and rules see them.
{
	my $ip = sub { pack('C C n N C C n N N', 0x45, 0, 20 + length $_[1], 0, 64, $_[0], 0, 0x0a000001, 0x0a000002) . $_[1] };
	my @packets = map { ($ip->(136, pack('n4', $_, 5004, 8, 0) . 'x' x 20), $ip->(33, pack('n2 C C n N N', $_, 5001, 4, 0, 0, 0x01000000, 1))) } 5004, 6004;
	my $flows = pcap('flows.pcap', 101, @packets);
	is_deeply(split_by('flow', $flows), { map { $_ => 1 } map { ("udplite_10.0.0.1.${_}_10.0.0.2.5004", "dccp_10.0.0.1.${_}_10.0.0.2.5001") } 5004, 6004 },
		'UDP-Lite and DCCP: four flows');
	spew("$dir/rules", "include udplite sport 6004\ninclude dccp dport 5001\n");
	my $stats = counters('vtap-tap', "-q -r $flows --from 10.0.0.8 --rules $dir/rules -t vxlan://10.0.0.9/1 -w $dir/tapped.pcap");
	is($stats->{outcomes}{filtered}, 1, '... rules by their ports');
}

# A netfilter log of a host of the other byte order: its attributes are turned like the numbers of the file around them,
# and back where the file that is written keeps the order.
{
	my (undef, @records) = records($nflog);
	my @want = seen($nflog, qw(nflog.family nflog.prefix nflog.tlv_length nflog.tlv_type ip.src tcp.len));
	my @turned = map { turned_nflog($_->[0]) } @records;
	my $pcap = spew("$dir/other.pcap", pack('N n n N N N N', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 239),
		map { pack('N4', 1_700_000_000, 0, (length) x 2) . $_ } @turned);
	my $ng = spew("$dir/other.pcapng", pack('N3 n2 N3', 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, (0xffffffff) x 2, 28),
		pack('N2 n2 N2', 1, 20, 239, 0, 0, 20), map {
			my $bytes = $_ . "\0" x (-length($_) % 4);
			my $len = 32 + length $bytes;
			pack('N7', 6, $len, 0, 0, 0, (length) x 2) . $bytes . pack('N', $len);
		} @turned);
	for my $from ($pcap, $ng) {
		is_deeply([seen($from, qw(nflog.family nflog.prefix nflog.tlv_length nflog.tlv_type ip.src tcp.len))], \@want, "$from: a log as tshark knows it");
		for my $format (qw(pcap pcapng)) {
			counters('vtap-fixlen', "-r $from -F $format -w $dir/turned.$format");
			is_deeply([seen("$dir/turned.$format", qw(nflog.family nflog.prefix nflog.tlv_length nflog.tlv_type ip.src tcp.len))], \@want,
				"... and as $format");
		}
	}
	ok(slurp("$dir/turned.pcapng") eq slurp($ng), '... and a pcapng keeps its bytes');
	is(counters('vtap-decap', "-q -r $pcap -w $dir/plain.pcapng")->{outcomes}{stripped}, @records / 2, '... tunnels come off');
}
done_testing();
