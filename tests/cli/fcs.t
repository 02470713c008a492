#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Frame check sequences in captures: in the head of a pcap, in if_fcslen and in epb_flags. tshark takes them off frames
# where a file says so, and takes payload for them where a file says so wrongly.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks options pcap ng_section ng_interface ng_option ng_packet);
use Readers qw(complaints read_by_all);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();
my ($decap, $fixlen, $split, $tap) = map { "$build/vtap-$_" } qw(decap fixlen split tap);

# Runs a command, which must succeed in silence, and returns what --stats "$dir/stats" says.
sub runs {
	my ($command) = @_;
	unlink "$dir/stats";
	my $said = `{ $command\n} 2>&1 </dev/null`;
	is(($? >> 8) . $said, '0', $command);
	return -s "$dir/stats" ? decode_json(slurp("$dir/stats")) : undef;
}

# "frame.len frame.cap_len tcp.len eth.fcs", one line a packet.
sub fields {
	my ($file) = @_;
	my @lines = qx(tshark -nr '$file' -T fields -E separator=/s -e frame.len -e frame.cap_len -e tcp.len -e eth.fcs 2>/dev/null);
	chomp @lines;
	return \@lines;
}
sub link_field { return sprintf '%08x', unpack(($_[1] // 'x20 L<'), slurp($_[0])) }

# The value of if_fcslen of each interface, in bits.
sub fcs_bits {
	my ($file) = @_;
	return [map { my (undef, $o, $block) = @$_;
		join ',', map { $_->[0] == 13 ? ord $_->[1] : () } options(substr($block, 16, -4), $o) } grep { $_->[0] == 1 } blocks(slurp($file))];
}

sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[1], 1, 0, 64, $_[0], 0, 0x0a000105, 0x0a000209) . $_[1] }
sub eth { return pack('H24 n', '02000000000a02000000000b', 0x0800) . $_[0] }
sub tcp { my $seq = 1; return pack('n n N N n n n n', 40000, 443, $seq, 1, 0x5018, 500, 0, 0) . 'x' x $_[0] }
my $plain = eth(ip(6, tcp(100)));
my $vxlan = eth(ip(17, pack('n4', 5000, 4789, 8 + 8 + length $plain, 0) . pack('N N', 0x08000000, 3000 << 8) . $plain));
my $fcs = "\xde\xad\xbe\xef";
my $flag = 0x24000001;
my $tunnel_len = length $vxlan;
my $s = 1_700_000_000;

sub file { my ($name, $order, $magic, $link, @packets) = @_; return spew("$dir/$name", pcap($order, $magic, $link, map { [$s++, 5, ref $_ ? @$_ : $_] } @packets)) }
sub on { my ($bytes, $len, @options) = @_; return ng_packet('<', 0, 1_700_000_000_000_000, $bytes, $len // length $bytes, @options) }
sub ng { my ($name, $options, @packets) = @_; return spew("$dir/$name", ng_section('<'), ng_interface('<', 1, 262144, @$options), @packets) }
my $epb = ng_option('<', 2, pack 'L<', 4 << 5);

# The same two frames, a tunnel and a plain one, in the three ways to tell of a check sequence, and in variations of them.
my @told = (
	['a pcap', file('flag.pcap', '<', 0xa1b2c3d4, $flag, $vxlan . $fcs, $plain . $fcs)],
	['a pcap of the other byte order', file('big.pcap', '>', 0xa1b2c3d4, $flag, $vxlan . $fcs, $plain . $fcs)],
	['a pcap of nanoseconds', file('nano.pcap', '<', 0xa1b23c4d, $flag, $vxlan . $fcs, $plain . $fcs)],
	['if_fcslen', ng('bits.pcapng', [ng_option('<', 13, chr 32)], on($vxlan . $fcs), on($plain . $fcs))],
	['if_fcslen in bytes', ng('bytes.pcapng', [ng_option('<', 13, chr 4)], on($vxlan . $fcs), on($plain . $fcs))],
	['epb_flags', ng('epb.pcapng', [], map { on($_ . $fcs, undef, $epb) } $vxlan, $plain)],
	['epb_flags and if_fcslen', ng('twice.pcapng', [ng_option('<', 13, chr 32)], map { on($_ . $fcs, undef, $epb) } $vxlan, $plain)],
	['epb_flags against if_fcslen', ng('both.pcapng', [ng_option('<', 13, chr 16)], map { on($_ . $fcs, undef, $epb) } $vxlan, $plain)],
);
for (@told) {
	my ($what, $in) = @$_;
	my $stats = runs("$decap -r $in -F pcap -w $dir/out.pcap --stats $dir/stats");
	is(link_field("$dir/out.pcap"), '00000001', "$what: the pcap of vtap-decap tells of no check sequence");
	is_deeply(fields("$dir/out.pcap"), [('154 154 100 ') x 2], '... and has none');
	is($stats->{details}{fcs_removed}, 1, '... as it is taken off the frame that passes');
	read_by_all("$dir/out.pcap", 2, $what) if $what eq 'a pcap';
	runs("$decap -qx -r $in -w $dir/out.pcapng");
	is_deeply(fields("$dir/out.pcapng"), ['154 154 100 '], "$what: of what was in a tunnel nothing is told in a pcapng either");
	is_deeply(fcs_bits("$dir/out.pcapng"), [''], '... by its interface');
	runs("$decap -r $in -w $dir/out.pcapng");
	is_deeply(fields("$dir/out.pcapng"), ['154 154 100 ', '158 158 100 0xdeadbeef'], '... but the frame that passes keeps its check sequence');
	runs("$decap -r $in | $split --by linktype -w '$dir/split/{key}.pcap'");
	is(link_field("$dir/split/1.pcap"), '00000001', '... up to a pcap that vtap-split makes of both');
	is_deeply(fields("$dir/split/1.pcap"), [('154 154 100 ') x 2], '... whose lengths are right');
	unlink "$dir/split/1.pcap";
	runs("$tap -r $in -t geneve://10.0.2.9/7 --from 10.0.1.5 -w $dir/tap.pcapng --stats $dir/stats");
	runs("$decap -r $dir/tap.pcapng --depth 1 -w $dir/out.pcapng");
	is_deeply([map { s/ .*//r } @{fields("$dir/out.pcapng")}], [$tunnel_len, 154], "$what: no check sequence is mirrored");
	is_deeply(fields("$dir/tap.pcapng")->[1], '204 204 100 ', '... nor told of the mirror\'s frame');
}
runs("$decap -r $dir/flag.pcap -w $dir/out.pcapng");
is_deeply(fcs_bits("$dir/out.pcapng"), ['', '32'], 'an interface of a pcap tells its check sequence in a pcapng');
runs("$decap --reader wiretap -r $dir/bits.pcapng -F pcap -w $dir/out.pcap");
is_deeply(fields("$dir/out.pcap"), [('154 154 100 ') x 2], 'if_fcslen through wiretap');
my $none = file('none.pcap', '<', 0xa1b2c3d4, $flag);
runs("$decap -r $none -F pcap -w $dir/out.pcap");
is(link_field("$dir/out.pcap"), '00000001', 'without packets nothing is told either');

# Cut: the first without a trace, the second by the capture, inside and in front of its check sequence.
my $whole = $plain . $fcs;
my @cut = (substr($whole, 0, 90), [substr($whole, 0, 156), 158], [substr($whole, 0, 120), 158], $whole, substr($whole, 0, 154));
my @fixed = ('158 90 100 ', '158 156 100 ', '158 120 100 ', '158 158 100 0xdeadbeef', '158 154 100 ');
my @cut_files = (
	['a pcap', file('cut.pcap', '<', 0xa1b2c3d4, $flag, @cut), 'pcap'],
	['a pcap of the other byte order', file('cut-big.pcap', '>', 0xa1b2c3d4, $flag, @cut), 'pcap'],
	['if_fcslen', ng('cut.pcapng', [ng_option('<', 13, chr 32)], map { on(ref $_ ? @$_ : $_) } @cut), 'pcapng'],
	['epb_flags', ng('cut-epb.pcapng', [], map { on(ref $_ ? ($_->[0], $_->[1], $epb) : ($_, undef, $epb)) } @cut), 'pcapng'],
);
for (@cut_files) {
	my ($what, $in, $format) = @$_;
	my $stats = runs("$fixlen -r $in -w $dir/fixed.$format --stats $dir/stats");
	is_deeply(fields("$dir/fixed.$format"), \@fixed, "$what: vtap-fixlen counts the check sequence");
	is_deeply([@{$stats->{outcomes}}{qw(raised already_right)}], [2, 3], '... raised and right');
	runs("cat $in | $fixlen -F pcapng -w $dir/fixed.pcapng");
	is_deeply(fields("$dir/fixed.pcapng"), \@fixed, '... and tells of it in a pcapng');
	runs("$decap -q -r $dir/fixed.pcapng -F pcap -w $dir/out.pcap");
	is_deeply(fields("$dir/out.pcap"), ['154 90 100 ', '154 154 100 ', '154 120 100 ', '154 154 100 ', '154 154 100 '],
		'... what is there of it is taken off in a pcap of vtap-decap');
	read_by_all("$dir/out.pcap", 5, $what) if $what eq 'if_fcslen';
}
is(link_field("$dir/fixed.pcap"), '24000001', 'vtap-fixlen keeps the head of a pcap');
runs("$fixlen -r $dir/cut.pcapng -w $dir/fixed.pcap");
is(link_field("$dir/fixed.pcap"), '00000001', '... of a pcapng it makes one without check sequences');
is_deeply([map { (split)[0] } @{fields("$dir/fixed.pcap")}], [(154) x 5], '... and shorter frames');

# A tunnel often enough for the fast path, and a short frame, whose padding is in front of its check sequence.
my @many = (map { substr($vxlan, 0, 150) } 1 .. 20);
my $many = file('many.pcap', '<', 0xa1b2c3d4, $flag, @many, eth(ip(17, pack 'n4', 1, 2, 8, 0)) . "\0" x 18 . $fcs);
my $stats = runs("$fixlen -r $many -w $dir/many-fixed.pcap --stats $dir/stats");
is_deeply([map { (split)[0] } @{fields("$dir/many-fixed.pcap")}], [($tunnel_len + 4) x 20, 64], 'the fast path counts it, too');
is_deeply([@{$stats->{outcomes}}{qw(raised padded longer)}], [20, 1, 0], '... padding is explained');

# vtap-split: one pcap stays as it is; one with and one without check sequences become a file of one kind.
runs("$split --by linktype -w '$dir/one/{key}.pcap' -r $dir/flag.pcap");
is(substr(slurp("$dir/one/1.pcap"), 20), substr(slurp("$dir/flag.pcap"), 20), 'vtap-split keeps the head of a pcap');
runs("$split --by linktype -w '$dir/one/{key}.pcapng' -r $dir/flag.pcap");
is_deeply(fcs_bits("$dir/one/1.pcapng"), ['32'], '... and tells of it in a pcapng');
my $bare = file('bare.pcap', '<', 0xa1b2c3d4, 1, $plain);
my $later = file('later.pcap', '<', 0xa1b2c3d4, $flag, $whole);
$stats = runs("$split --by linktype -w '$dir/first-without/{key}.pcap' -r $bare $later --stats $dir/stats");
is(link_field("$dir/first-without/1.pcap"), '00000001', 'a file that begins without check sequences');
is_deeply(fields("$dir/first-without/1.pcap"), [('154 154 100 ') x 2], '... has none');
is($stats->{details}{fcs_removed}, 1, '... counted');
my $last = file('last.pcap', '<', 0xa1b2c3d4, 1, $plain);
runs("$split --by linktype -w '$dir/first-with/{key}.pcap' -r $later $last");
is(link_field("$dir/first-with/1.pcap"), '24000001', 'a file that begins with check sequences');
is_deeply(fields("$dir/first-with/1.pcap"), ['158 158 100 0xdeadbeef', '158 154 100 '], '... says of other frames that theirs is not captured');
is(complaints("$dir/first-with/1.pcap"), '', '... and is read');
done_testing();
