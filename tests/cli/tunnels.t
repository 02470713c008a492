#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What tunnels carry besides plain Ethernet and IP, and tunnels that are off unless they are named, on packets made
# here; tshark judges what comes out.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $decap = "$build/vtap-decap";
my $dir = scratch();

sub ip4 {
	my ($protocol, $payload, $source) = @_;
	my $head = pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, 1, 0, 64, $protocol, 0,
		split(/\./, $source // '10.0.1.5'), 10, 0, 2, 9);
	my $sum = unpack('%32n*', $head);
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	substr($head, 10, 2) = pack('n', ~$sum & 0xffff);
	return $head . $payload;
}

sub ip6 {
	my ($next, $payload) = @_;
	my $prefix = pack('H28', '20010db8' . '0' x 20);
	return pack('N n C C', 0x60000000, length $payload, $next, 64) . $prefix . pack('n', 1) . $prefix . pack('n', 2) . $payload;
}

sub eth { return pack('H24 n', '0200000000020200000000' . '01', $_[0]) . $_[1] }
sub udp { return pack('n n n n', 50000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub hexadecimal { return pack('H*', $_[0] =~ s/ //gr) }
sub in_udp { return eth(0x0800, ip4(17, udp($_[0], hexadecimal($_[1]) . $_[2]))) }
sub in_ip { return eth(0x0800, ip4($_[0], hexadecimal($_[1]) . $_[2])) }
# RFC 4302: next header, length in words of 4 bytes less 2, security parameters, number, check value.
sub ah { return pack('C C n N N a12', $_[0], 4, 0, 7, 1, 'check value ') . $_[1] }

sub pcap {
	my ($name, @frames) = @_;
	my $bytes = pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1);
	for (@frames) {
		my ($frame, $caplen) = ref $_ ? @$_ : ($_, length $_);
		$bytes .= pack('V V V V', 1_700_000_000, 0, $caplen, length $frame) . substr $frame, 0, $caplen;
	}
	return spew("$dir/$name", $bytes);
}

# Runs vtap-decap; returns fields of each packet as tshark sees them, a line a packet, and the counters.
sub told {
	my ($in, $options, @fields) = @_;
	my $status = system "$decap $options --stats $dir/stats -r $in -w $dir/out.pcapng 2>$dir/stderr";
	is("$status", 0, "vtap-decap $options") or diag slurp("$dir/stderr");
	my $which = join ' ', map { "-e $_" } @fields;
	my @lines = `tshark -n -r $dir/out.pcapng -T fields -E separator=/s -E occurrence=f $which 2>/dev/null`;
	chomp @lines;
	my $stats = decode_json(slurp("$dir/stats"));
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	is($sum, $stats->{in}, '... outcomes add up');
	return (\@lines, $stats);
}

# The packets inside: each has its own size.
sub four { return ip4(17, udp(9, 'x' x $_[0]), '172.16.7.1') }
sub six { return ip6(17, udp(9, 'x' x $_[0])) }
sub frame { return eth(0x0800, four($_[0])) }

my ($labels, $word) = ('00064040 00065140', '00000000');
my @on = (
	['GRE of MPLS', in_ip(47, "00008847 $labels", four(10)), 'gre@10.0.1.5 38 7'],
	['GRE of MPLS, upstream labels, of IPv6', in_ip(47, "20008848 00000005 $labels", six(11)), 'gre-5@10.0.1.5 59 7'],
	['GRE of a pseudowire', in_ip(47, "00008847 $labels $word", frame(12)), 'gre@10.0.1.5 54 1'],
	['GRE of PPP', in_ip(47, '0000880b ff030021', four(13)), 'gre@10.0.1.5 41 7'],
	['GRE of PPP without address and control', in_ip(47, '0000880b 57', six(14)), 'gre@10.0.1.5 62 7'],
	['EtherIP', in_ip(97, '3000', frame(15)), 'etherip@10.0.1.5 57 1'],
	['GENEVE of MPLS', in_udp(6081, "00008847 00000500 $labels", six(16)), 'geneve-5@10.0.1.5 64 7'],
	['GENEVE of a pseudowire', in_udp(6081, "00008847 00000500 $labels $word", frame(17)), 'geneve-5@10.0.1.5 59 1'],
	['GENEVE of PPP', in_udp(6081, '0000880b 00000500 0021', four(18)), 'geneve-5@10.0.1.5 46 7'],
	['GTP-U of Ethernet', in_udp(2152, '30ff003d 00000007', frame(19)), 'gtpu-7@10.0.1.5 61 1'],
	['GTP-U of IPv4', in_udp(2152, '30ff0030 00000007', four(20)), 'gtpu-7@10.0.1.5 48 7'],
);
my @named = (
	['MPLS in UDP', in_udp(6635, $labels, four(30)), 'mpls-101@10.0.1.5 58 7'],
	['MPLS of a pseudowire in UDP', in_udp(6635, "$labels $word", frame(31)), 'mpls-101@10.0.1.5 73 1'],
	['GUE, variant 0', in_udp(6080, '00040000', four(32)), 'gue@10.0.1.5 60 7'],
	['GUE, variant 0, an extension, of Ethernet', in_udp(6080, '018f0000 00000000', frame(33)), 'gue@10.0.1.5 75 1'],
	['GUE, variant 1', in_udp(6080, '', six(34)), 'gue@10.0.1.5 82 7'],
	['Teredo', in_udp(3544, '', six(35)), 'teredo@10.0.1.5 83 7'],
	['Teredo, origin and a trailer', in_udp(3544, '0000 1234 0a000001', six(36) . "\0\4tail"), 'teredo@10.0.1.5 84 7'],
);
my @off = (
	['PPTP', in_ip(47, '3001880b 00420005 00000001 0021', four(40))],
	['GRE of link control', in_ip(47, '0000880b ff03c021 01010004', '')],
	['a pseudowire of something else', in_ip(47, "00008847 $labels $word", 'x' x 11 . "\1" . "\xff" x 40)],
	['CAPWAP', in_udp(5247, '00100200 00000000', frame(41))],
	['L2TP', in_udp(1701, '00020005 0006ff03 0021', four(42))],
	['GRE of 802.11', in_ip(47, '00008200 88020000', 'x' x 40)],
);
my @names = qw(frame.interface_name frame.len frame.encap_type);
my $in = pcap('all.pcap', map { $_->[1] } @on, @named, @off);
my @unchanged = map { 'unknown ' . length($_->[1]) . ' 1' } @named, @off;
my ($lines, $stats) = told($in, '', @names);
is_deeply($lines, [(map { $_->[2] } @on), @unchanged], 'by default');
is($stats->{outcomes}{stripped}, scalar @on, '... counted');
splice @unchanged, 0, @named;
($lines, $stats) = told($in, '-e all', @names);
is_deeply($lines, [(map { $_->[2] } @on, @named), @unchanged], '-e all');
is_deeply([@{ $stats->{details} }{qw(tunnels_mpls tunnels_gue tunnels_teredo)}], [2, 3, 2], '... counted by name');
is_deeply((told($in, '-x -e mpls', @names))[0], [map { $_->[2] } @named[0, 1]], 'by name');
is_deeply((told($in, '-x -e all --id 101', @names))[0], [map { $_->[2] } @named[0, 1]], 'by the label at the bottom');
is(scalar @{ (told($in, '--port gue:7777 -x', @names))[0] }, @on + 3, '--port is a name, too');
is(scalar @{ (told($in, '--port gue:7777 -e gre -x', @names))[0] }, 5, '... but -e has the last word');
my $other = pcap('other.pcap', in_udp(7777, '00040000', four(10)));
is_deeply((told($other, '--port gue:7777 -x', @names))[0], ['gue@10.0.1.5 38 7'], '... and its port counts');
is_deeply([map { [split]->[0] } grep { / off / } `$decap --list-encaps`], [qw(mpls gue teredo)], '--list-encaps says which are off');

# Where tshark knows the tunnel (it has to be told of pseudowires, and does not look for PPP in GENEVE), it finds the packet that comes out.
$in = pcap('known.pcap', map { $_->[1] } grep { $_->[0] !~ /pseudowire|GENEVE of PPP/ } @on, $named[0], $named[5]);
my @wrapped = `tshark -n -r $in -T fields -E occurrence=l -e udp.length 2>/dev/null`;
chomp @wrapped;
is_deeply((told($in, '-x -e all', 'udp.length'))[0], \@wrapped, 'tshark finds the packets inside that come out');

# Each is learned and then told from what carries something else with the same header.
my @pair = ($on[0][1], $on[2][1], $on[1][1] =~ s/\x20\x00\x88\x48.{4}/\0\0\x88\x47/sr, $on[6][1], $on[7][1]);
($lines) = told(pcap('mixed.pcap', (@pair) x 4), '', qw(frame.len frame.encap_type));
is_deeply($lines, [('38 7', '54 1', '59 7', '64 7', '59 1') x 4], 'one header, several payloads');

# TZSP of a wireless sniffer.
my $beacon = hexadecimal('80000000 ffffffffffff 020000000001 020000000001 1000 0000000000000000 6400 2104 000474657374');
$in = pcap('beacon.pcap', in_udp(37008, '01000012 0a01c8 120106 01', $beacon), in_udp(37008, '01000001 01', frame(5)));
is_deeply((told($in, '-x', qw(frame.interface_name frame.len frame.encap_type wlan.ssid)))[0],
	['tzsp@10.0.1.5 42 20 74657374', 'tzsp@10.0.1.5 47 1 '], '802.11 in TZSP, and Ethernet');
is(system("$decap -q -x -c 1 -r $in -w $dir/beacon-out.pcap"), 0, 'into a pcap');
is(unpack('x20 V', slurp("$dir/beacon-out.pcap")), 105, '... of link type 105');
like(`tcpdump -nr $dir/beacon-out.pcap 2>/dev/null`, qr/Beacon \(test\)/, '... which tcpdump reads');
$in = pcap('beacons.pcap', (in_udp(37008, '01000012 0a01c8 120106 01', $beacon)) x 3);
is(system("$build/vtap-fixlen -q --stats $dir/stats -r $in -w $dir/fixed.pcap"), 0, 'vtap-fixlen');
ok(slurp("$dir/fixed.pcap") eq slurp($in), '... leaves it as it was');

# A tunnel of nothing is no packet.
my @empty = (
	(map { in_udp(@$_, '') } [4789, '08000000 00000500'], [4790, '0c000003 00000500'], [6081, '00006558 00000500'],
		[6081, '00000800 00000500'], [6081, '00008847 00000500 00064140'], [2152, '30ff0000 00000007'], [37008, '01000001 01'],
		[6635, '00064140'], [6080, '00040000'], [6080, '008f0000'], [3544, '']),
	(map { in_ip(@$_, '') } [47, '00006558'], [47, '00000800'], [47, '20006558 00000005'], [47, '000088be'],
		[47, '100088be 00000001 1000000500000000'], [47, '000022eb 10000005 00000000 00000000' =~ s/10000005/20000005/r],
		[47, '0000880b ff030021'], [97, '3000'], [4, ''], [41, '']),
);
my @padded = map { $_ . "\0" x 18 } @empty;
for my $link ([whole => @empty], [padded => @padded], [repeated => (@empty, @padded) x 3]) {
	my ($what, @frames) = @$link;
	($lines, $stats) = told(pcap('empty.pcap', @frames), '-e all', qw(frame.len));
	is_deeply($lines, [map { length } @frames], "tunnels of nothing, $what: no record of 0 bytes");
	is($stats->{outcomes}{passed_malformed}, @frames, '... all malformed');
}
my @cut = map { my $frame = in_udp(@$_, frame(20)); [$frame, 42 + length(hexadecimal($_->[1]))] }
	[4789, '08000000 00000500'], [6081, '00006558 00000500'], [6080, '008f0000'];
($lines, $stats) = told(pcap('cut.pcap', @cut), '-e all', qw(frame.len));
is($stats->{outcomes}{passed_truncated}, 3, 'cut behind the tunnel header: truncated');
($lines, $stats) = told(pcap('inside.pcap', in_ip(4, '', ip4(47, hexadecimal('00006558'), '10.0.1.6'))), '', @names);
is_deeply($lines, ['ipip@10.0.1.5 24 7'], 'one of nothing in a tunnel stays on');
is($stats->{details}{left_malformed}, 1, '... counted');

# AH in front of a tunnel.
$in = pcap('ah.pcap', map { (@$_) }
	[eth(0x0800, ip4(51, ah(4, four(10)))), eth(0x86dd, ip6(51, ah(4, four(10))))],
	[eth(0x0800, ip4(51, ah(41, six(11)))), eth(0x86dd, ip6(51, ah(41, six(11))))],
	[eth(0x0800, ip4(51, ah(17, udp(4789, hexadecimal('08000000 00000500') . frame(12)))))],
	[eth(0x0800, ip4(51, ah(51, ah(47, hexadecimal('00000800') . four(13)))))]);
is_deeply((told($in, '', @names))[0], ['ipip@10.0.1.5 38 7', 'ipip@2001:db8::1 38 7', 'ipip@10.0.1.5 59 7', 'ipip@2001:db8::1 59 7',
	'vxlan-5@10.0.1.5 54 1', 'gre@10.0.1.5 41 7'], 'behind AH over IPv4 as over IPv6');

# A direction in the header becomes that of the packet: 1 is inbound, 2 outbound.
sub erspan3 { return in_ip(47, sprintf('%s 20000005 00000000 0000%04x', $_[1] // '000022eb', $_[0]), frame(10)) }
my @directed = (erspan3(0), erspan3(8), erspan3(8, '100022eb 00000001'), erspan3(0), erspan3(0));
is_deeply((told(pcap('directed.pcap', @directed, $on[5][1]), '', 'frame.packet_flags_direction'))[0],
	[qw(0x00000001 0x00000002 0x00000002 0x00000001 0x00000001), ''], 'the direction of ERSPAN III');
is_deeply((told(pcap('nested.pcap', in_ip(47, '000022eb 20000005 00000000 00000008', erspan3(0))), '', 'frame.packet_flags_direction'))[0],
	['0x00000001'], '... of the innermost tunnel that has one');
is(system("$decap -q -r $dir/directed.pcap -w $dir/directed-out.pcap && tcpdump -nr $dir/directed-out.pcap >/dev/null 2>&1"), 0,
	'... and a pcap has none');

# The VLAN in the header of ERSPAN, of frames that lost their tag: a key, and a comment that tshark reads.
sub vlan { return substr($_[1], 0, 12) . pack('n n', 0x8100, $_[0]) . substr $_[1], 12 }
sub in_erspan {
	my ($vlan, $frame, $type) = @_;
	return in_ip(47, sprintf('100022eb 00000001 2%03x0005 00000000 00000000', $vlan), $frame) if ($type // 2) == 3;
	return in_ip(47, sprintf('100088be 00000001 1%03x1005 00000000', $vlan), $frame);
}
sub by_vlan {
	my ($file) = @_;
	system "rm -rf $dir/by && $build/vtap-split -q --by vlan -w '$dir/by/{key}.pcapng' -r $file";
	return join ' ', map { my ($count) = `capinfos -TrcM $_` =~ /\t(\d+)$/; m{([^/]+)\.pcapng$} && "$1:$count" } sort glob "$dir/by/*";
}
$in = pcap('vlan.pcap', in_erspan(10, frame(10)), in_erspan(20, frame(11)), in_erspan(0, frame(12)), in_erspan(4094, frame(13), 3),
	in_erspan(30, vlan(31, frame(14))), vlan(7, in_erspan(10, frame(15))));
is(by_vlan($in), '10:1 20:1 31:1 4094:1 7.10:1 none:1', 'the VLAN in the header of ERSPAN II and III is a key');
my @comments = ('VLAN 10', 'VLAN 20', '', 'VLAN 4094', '', 'VLAN 10');
is_deeply((told($in, '', 'frame.comment'))[0], \@comments, '... and a comment when the tunnel is off');
is(by_vlan("$dir/out.pcapng"), '10:2 20:1 31:1 4094:1 none:1', '... which is a key, too');
system "mergecap -F pcapng -w $dir/merged.pcapng $dir/out.pcapng 2>/dev/null && $build/vtap-fixlen -q -r $dir/merged.pcapng -w $dir/fixed.pcapng";
is(by_vlan("$dir/fixed.pcapng"), '10:2 20:1 31:1 4094:1 none:1', '... behind mergecap and vtap-fixlen as well');
is_deeply((told($in, '', 'frame.len'))[0], [52, 53, 54, 55, 60, 57], '... the frame stays as it was');

# Numbers that stand still are no duplicates.
sub numbered { return map { in_ip(47, sprintf('10006558 %08x', $_), frame(10)) } @_ }
sub duplicates { return (told(pcap('numbers.pcap', @_), '-q', 'frame.len'))[1]{sources}[0] }
my $source = duplicates(numbered((7) x 20));
is_deeply([@$source{qw(received duplicates missing)}], [20, 0, 0], 'one number all the time');
$source = duplicates(numbered(map { ($_, $_) } 1 .. 5));
is_deeply([@$source{qw(received duplicates missing)}], [10, 5, 0], 'each number twice');
$source = duplicates(map { in_udp(2152, '32ff0031 00000007 00000000', four(17)) } 1 .. 5);
is_deeply([@$source{qw(received duplicates missing)}], [5, 0, 0], 'one number in GTP-U');
done_testing();
