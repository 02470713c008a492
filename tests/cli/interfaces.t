#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Which interfaces stand in a pcapng, where, and with which snap length and link type: libpcap takes a file's link type
# and snap length from its first interface, and refuses the file if another one differs.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks pcap ng_section ng_interface ng_option ng_packet ng_simple ng_block);
use Readers qw(complaints read_by_all);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();

sub runs {
	my ($command) = @_;
	my $said = `{ $command\n} 2>&1 </dev/null`;
	is(($? >> 8) . $said, '0', $command);
}

sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[1], $_[2] // 0, $_[3] // 0, 64, $_[0], 0, 0x0a000105, 0x0a000209) . $_[1] }
sub udp { return pack('n4', 5000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub eth { return pack('H24 n', '02000000000a02000000000b', 0x0800) . $_[0] }
my $bare = ip(17, udp(9, 'x' x 60));
my $inner = eth($bare);
my $vxlan = ip(17, udp(4789, pack('N N', 0x08000000, 3000 << 8) . $inner));
my $gre = ip(47, pack('n n', 0, 0x0800) . $bare);
my $sll2 = pack('n n N n C C a8', 0x0800, 0, 1, 1, 0, 6, '');
my $plain = eth(ip(17, udp(53, 'y' x 40)));

# [link type, snap length] of each interface, in order, and the types of all blocks.
sub interfaces {
	my ($file) = @_;
	return map { my ($type, $o, $block) = @$_; [unpack "x8 S$o x2 L$o", $block] } grep { $_->[0] == 1 } blocks(slurp($file));
}
sub types { return join ' ', map { $_->[0] == 0x0a0d0d0a ? 'S' : $_->[0] } blocks(slurp($_[0])) }

sub records { my $s = 1_700_000_000; return map { [$s++, 0, $_] } @_ }
sub one { my ($name, $link, @packets) = @_; return spew("$dir/$name", pcap('<', 0xa1b2c3d4, $link, records(@packets))) }

sub ng {
	my ($name, @blocks) = @_;
	return spew("$dir/$name", ng_section('<'), @blocks);
}
sub on { my ($id, $bytes, $len) = @_; return ng_packet('<', $id, 1_700_000_000_000_000, $bytes, $len // length $bytes) }
sub statistics { return ng_block('<', 5, pack('L< L< L<', $_[0], 0, 0) . ng_option('<', 4, pack 'Q<', 7) . pack('L<', 0)) }

# Only what was in the tunnels: the interface of the outer packets has no packet.
my $gre_only = one('gre.pcap', 1, eth($gre), eth($gre));
my $any = one('any.pcap', 276, $sll2 . $vxlan, $sll2 . $vxlan);
for (['GRE of IP', $gre_only, [12, 262144]], ['VXLAN captured on any', $any, [1, 262144]]) {
	my ($name, $in, $want) = @$_;
	runs("$build/vtap-decap -x -r $in -w $dir/out.pcapng");
	read_by_all("$dir/out.pcapng", 2, $name);
	is_deeply([interfaces("$dir/out.pcapng")], [$want], '... and no interface without packets');
	runs("$build/vtap-fixlen -r $dir/out.pcapng -w $dir/fixed.pcapng");
	read_by_all("$dir/fixed.pcapng", 2, "$name, after vtap-fixlen");
	runs("cat $in | $build/vtap-decap -x | $build/vtap-split --by linktype -w '$dir/split/$name-{key}.pcapng'");
	my ($file) = glob "'$dir/split/$name-*'";
	read_by_all($file, 2, "$name, through pipes and vtap-split");
}

# Bare IP of several sources: two interfaces, one link type for libpcap; in a pcap it is 101.
my $two = one('two.pcap', 1, eth($gre), eth($gre =~ s/\x0a\x00\x01\x05/\x0a\x00\x01\x06/r));
runs("$build/vtap-decap -r $two -w $dir/two.pcapng");
is_deeply([interfaces("$dir/two.pcapng")], [[12, 262144], [12, 262144]], 'bare IP of two sources');
read_by_all("$dir/two.pcapng", 2, '... two interfaces of bare IP');
runs("$build/vtap-decap -F pcap -r $two -w $dir/bare.pcap");
is(unpack('x20 L<', slurp("$dir/bare.pcap")), 101, '... 101 in a pcap');
runs("$build/vtap-split --by linktype -w '$dir/link/{key}.pcapng' -r $dir/two.pcapng $dir/bare.pcap");
is(join(' ', map { s/.*\///r } glob "$dir/link/*"), '101.pcapng', '... both are one link type to vtap-split');
read_by_all("$dir/link/101.pcapng", 4, '... and one file');
runs("$build/vtap-split --by linktype -w '$dir/pcap/{key}.pcap' -r $dir/two.pcapng $dir/bare.pcap");
read_by_all("$dir/pcap/101.pcap", 4, '... of pcap, too');

# A packet longer than the snap length of the capture, out of fragments.
{
	my $long = udp(4789, pack('N N', 0x08000000, 3000 << 8) . eth(ip(17, udp(9, 'z' x 3000))));
	my @fragments = map { eth(ip(17, substr($long, $_ * 1400, 1400), 7, ($_ * 175) | ($_ < 2 ? 0x2000 : 0))) } 0 .. 2;
	my $bytes = pcap('<', 0xa1b2c3d4, 1, records(@fragments, eth($vxlan)));
	substr $bytes, 16, 4, pack 'L<', 1514;
	spew("$dir/fragments.pcap", $bytes);
	runs("$build/vtap-decap -r $dir/fragments.pcap -w $dir/whole.pcapng");
	read_by_all("$dir/whole.pcapng", 2, 'reassembled beyond the snap length');
	my $after = pcap('<', 0xa1b2c3d4, 1, records($plain, @fragments));
	substr $after, 16, 4, pack 'L<', 1514;
	spew("$dir/after.pcap", $after);
	runs("$build/vtap-decap -r $dir/after.pcap -w $dir/after.pcapng");
	read_by_all("$dir/after.pcapng", 2, '... behind a packet that passes');
	my $section = ng('section.pcapng', ng_interface('<', 1, 1514), map { on(0, $_) } $plain, @fragments);
	runs("$build/vtap-decap -r $section -w $dir/after.pcapng");
	read_by_all("$dir/after.pcapng", 2, '... of a pcapng, too');
	# The snap length in the head of a pcap binds nobody.
	my $wrong = pcap('<', 0xa1b2c3d4, 1, records($plain, $fragments[0]));
	substr $wrong, 16, 4, pack 'L<', 40;
	spew("$dir/wrong.pcap", $wrong);
	runs("$build/$_ -F pcapng -r $dir/wrong.pcap -w $dir/right.pcapng"), read_by_all("$dir/right.pcapng", 2, "$_: records beyond the snap length of a pcap") for 'vtap-fixlen', 'vtap-decap -q';
}

# What takes no tunnel off passes as it came: blocks in their order, interfaces without packets. A snap length may be too small for what comes later.
my $names = ng_block('<', 4, pack 'L<', 0);
my $untouched = ng('untouched.pcapng', $names, ng_interface('<', 1, 96), ng_interface('<', 1, 96), on(1, $plain), statistics(1), statistics(0));
runs("$build/vtap-decap --quiet -r $untouched -w $dir/same.pcapng");
is(types("$dir/same.pcapng"), 'S 1 1 4 6 5 5', 'nothing to take off: the interfaces of the input');
is_deeply([interfaces("$dir/same.pcapng")], [[1, 262144], [1, 262144]], '... with room for long packets');
runs("$build/vtap-fixlen -r $untouched -w $dir/same.pcapng");
is(slurp("$dir/same.pcapng"), slurp($untouched), '... vtap-fixlen changes no byte');

# Several link types: the one that has packets comes first; statistics stay where the link type allows it.
my $mixed = ng('mixed.pcapng', $names, ng_interface('<', 276, 65535), ng_interface('<', 1, 65535), ng_interface('<', 1, 65535),
	on(1, $plain), on(1, eth($vxlan)), statistics(0), statistics(2), statistics(1));
runs("$build/vtap-decap -r $mixed -w $dir/mixed-out.pcapng --stats $dir/stats");
is(types("$dir/mixed-out.pcapng"), 'S 1 4 6 1 6 1 5 5 5', 'several link types: the first packet has the first interface');
read_by_all("$dir/mixed-out.pcapng", 2, '... so libpcap reads it');
is(decode_json(slurp("$dir/stats"))->{details}{blocks_dropped}, 1, '... statistics of a link type that the file has not are counted');

# A new section, an interface of another type in the middle of one, and a section without packets.
my $late = ng('late.pcapng', ng_interface('<', 1, 262144), on(0, $plain), ng_interface('<', 276, 262144), on(0, $plain),
	ng_section('<'), ng_interface('<', 276, 262144), ng_interface('<', 1, 262144), on(1, $plain), ng_section('<'), ng_interface('<', 1, 262144));
runs("$build/vtap-decap --quiet -r $late -w $dir/late-out.pcapng");
is(types("$dir/late-out.pcapng"), 'S 1 6 6 5 S 1 6 5 S', 'interfaces of another link type wait for their packets');
is(complaints("$dir/late-out.pcapng"), '', '... and readers read it');
my $empty = ng('empty.pcapng', ng_interface('<', 1, 65535), $names);
runs("$build/vtap-decap --quiet -r $empty -w $dir/empty-out.pcapng");
is(types("$dir/empty-out.pcapng"), 'S 1 4', 'without packets the interface stays, in front of the names');

# The length of a simple block is that of its packet, or the snap length of the section's first interface: with another one it is no simple block.
my $cut = substr $plain, 0, 40;
for (['another link type', 'S 1 6 5', ng_interface('<', 0, 0)], ['nothing else', 'S 1 6 5']) {
	my ($name, $want, @more) = @$_;
	my $simple = ng('simple.pcapng', ng_interface('<', 1, 40), @more, ng_simple('<', $cut, length $plain));
	runs("$build/vtap-decap --quiet -r $simple -w $dir/simple-out.pcapng");
	is(types("$dir/simple-out.pcapng"), $want, "a simple block that is cut, and $name");
	is(`tshark -nr $dir/simple-out.pcapng -T fields -e frame.len -e frame.cap_len 2>/dev/null`, length($plain) . "\t40\n", '... as tshark reads it');
	is(complaints("$dir/simple-out.pcapng"), '', '... and the others');
}

# Without any interface a file is refused: what is left of a pcapng whose only section is not known, or has none, has one.
for (['a section of version 2', pack('L<3 S<2 q< L<', 0x0a0d0d0a, 28, 0x1a2b3c4d, 2, 0, -1, 28) . ng_interface('<', 1, 0)], ['a section alone', ng_section('<')]) {
	my ($name, $bytes) = @$_;
	spew("$dir/bare.pcapng", $bytes);
	for my $tool (qw(vtap-decap vtap-fixlen)) {
		system "$build/$tool -r $dir/bare.pcapng -w $dir/bare-out.pcapng 2>/dev/null";
		read_by_all("$dir/bare-out.pcapng", 0, "$tool, $name");
	}
}

# What vtap(7) says of reordercap, which wants all interfaces in front of all packets.
SKIP: {
	skip 'reordercap is not installed', 4 if system('command -v reordercap >/dev/null') != 0;
	runs("$build/vtap-split --by source -w '$dir/sources/{source}.pcapng' -r $two");
	runs("mergecap -w $dir/merged.pcapng $dir/sources/*.pcapng && reordercap $dir/merged.pcapng $dir/ordered.pcapng >$dir/said");
	read_by_all("$dir/ordered.pcapng", 2, 'a file for each source, merged, then reordercap');
}

# Inputs with several snap lengths in one file of vtap-split.
my $short = spew("$dir/short.pcap", pcap('<', 0xa1b2c3d4, 1, records($plain)) =~ s/^(.{16})..../$1\x80\0\0\0/sr);
runs("$build/vtap-split --by linktype -w '$dir/snap/{key}.pcapng' -r $short $two $mixed");
is_deeply([map { $_->[1] } interfaces("$dir/snap/1.pcapng")], [(262144) x interfaces("$dir/snap/1.pcapng")], 'one snap length in a file of vtap-split');
read_by_all("$dir/snap/1.pcapng", 5, '... so libpcap reads it');
done_testing();
