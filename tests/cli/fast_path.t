#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Between pcap and pcapng packets take the fast path (common/pipeline/fast_path.h). A pcap in the other byte order and
# a pcapng with an end mark behind no options cannot take it. Both ways write equal files: of odd records too, up to
# any limit, through any pipe.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();

# [seconds, part, caplen, len, bytes] of a pcap of this byte order.
sub records {
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!";
	my $all = do { local $/; <$in> };
	my @records;
	for (my $at = 24; $at + 16 <= length $all;) {
		my @head = unpack 'V4', substr $all, $at, 16;
		push @records, [@head, substr $all, $at + 16, $head[2]];
		$at += 16 + $head[2];
	}
	return @records;
}

sub pcap {
	my ($word, $short, $magic, @records) = @_;
	my $head = pack "$word$short$short${word}4", $magic, 2, 4, 0, 0, 262144, 1;
	return join '', $head, map { pack("${word}4", @$_[0 .. 3]) . $_->[4] } @records;
}

sub keep {
	my ($name, $bytes) = @_;
	open my $out, '>:raw', "$dir/$name" or die "$name: $!";
	print $out $bytes;
	close $out or die "$name: $!";
	return "$dir/$name";
}

sub slurp { open my $in, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return scalar(<$in>) // '' }

# Output, status, message and counters of a tool, without the file's name.
sub tool {
	my ($tool, $file, $name, @options) = @_;
	unshift @options, '-F pcap' if "@options" !~ /-F/;
	my $status = system "$build/$tool @options -r $file -w $dir/$name.out --stats $dir/$name.json 2>$dir/$name.err";
	my ($err, $json) = (slurp("$dir/$name.err"), slurp("$dir/$name.json"));
	s/\Q$file\E|\Q$dir\E\S*//g for $err, $json;
	rename "$dir/$name.out.tmp", "$dir/$name.out" if $status;
	return { out => slurp("$dir/$name.out"), status => $status, err => $err, json => $json };
}

sub decap { return tool('vtap-decap', @_) }

my $order = '<'; # of what is packed

sub block {
	my ($type, $body) = @_;
	my $len = 12 + length $body;
	return pack("L$order L$order", $type, $len) . $body . pack "L$order", $len;
}

sub padded { return $_[0] . "\xee" x (-length($_[0]) % 4) }

# A section of three interfaces, of microseconds and nanoseconds, with a block that nobody knows in
# the middle. $options stand behind each packet.
sub section {
	my ($options, @records) = @_;
	my ($long, $short, $number) = ("L$order", "S$order", 0);
	my @packets = map {
		my ($seconds, $part, $caplen, $len, $bytes) = @$_;
		my $id = $number++ % 3;
		my $ticks = $seconds * ($id == 2 ? 1_000_000_000 : 1_000_000) + $part;
		my $own = $number % 50 == 0 ? pack("${short}2 a8 $long", 1, 5, 'hello', 0) : $options;
		my $block = block(6, pack("${long}5", $id, $ticks >> 32, $ticks & 0xffffffff, $caplen, $len) . padded($bytes) . $own);
		$number == 70 ? (block(0x40000001, 'unknown.'), $block) : $block;
	} @records;
	return join '', block(0x0a0d0d0a, pack "$long ${short}2 ${long}2", 0x1a2b3c4d, 1, 0, 0xffffffff, 0xffffffff),
		block(1, pack("${short}2 $long ${short}2 a4 $long", 1, 0, 262144, 2, 3, 'one', 0)),
		block(1, pack "${short}2 $long", 1, 0, 262144),
		block(1, pack "${short}2 $long ${short}2 C x3 $long", 1, 0, 262144, 9, 1, 9, 0), @packets;
}

# Two sections, one of the other byte order, and a last one.
sub sections {
	my ($options, $first, $second) = @_;
	my @all = section($options, @$first);
	$order = '>';
	push @all, section($options, @$second);
	$order = '<';
	return join '', @all, section($options, @$second);
}

my @mirrored = map { records("tests/data/$_.pcap") }
	qw(mirrored geneve geneve6 vxlan-qinq vxlan-cut vxlan-gbp vxlan-gpe tzsp vxlan-fragments);
my @odd = map { [@$_] } (grep { $_->[2] > 200 && $_->[2] < 1500 } @mirrored)[0 .. 5];
$odd[0][1] = 1_000_000;     # microseconds that are a second
$odd[1][1] = 4_294_967_295;
$odd[2][3] += 100;          # longer on the wire
$odd[3][3] -= 20;           # shorter on the wire than present
$odd[4][0] = 4_294_967_295; # 2106
@{ $odd[5] }[2 .. 4] = (0, 0, '');
# Datagrams of one sender that left as one (UDP_SEGMENT), whole ones and cut ones.
sub run_of {
	my ($record, $size, $count) = @_;
	my $bytes = substr($record->[4], 0, 42) . substr($record->[4], 42, $size) x $count;
	substr $bytes, 16, 2, pack 'n', length($bytes) - 14;
	substr $bytes, 38, 2, pack 'n', length($bytes) - 34;
	# The checksum of a run is left to the card: the sum of the pseudo-header.
	my $sum = 17 + length($bytes) - 34;
	$sum += $_ for unpack 'n4', substr $bytes, 26, 8;
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	substr $bytes, 40, 2, pack 'n', $sum;
	return [@$record[0, 1], (length $bytes) x 2, $bytes];
}
my ($whole) = grep { $_->[2] > 300 && substr($_->[4], 12, 2) eq "\x08\x00" && substr($_->[4], 36, 2) eq "\x12\xb5" } @mirrored;
push @odd, run_of($whole, 200, 3), run_of($whole, length($whole->[4]) - 42, 4), run_of($whole, 200, 1);
my @all = ((@mirrored) x 2, @odd, (@mirrored) x 2);

for my $case (['microseconds', 0xa1b2c3d4], ['nanoseconds', 0xa1b23c4d]) {
	my ($what, $magic) = @$case;
	my $host = keep('host.pcap', pcap('V', 'v', $magic, @all));
	my $swapped = keep('swapped.pcap', pcap('N', 'n', $magic, @all));
	my ($short, $long) = (decap($host, 'short'), decap($swapped, 'long'));
	is($short->{status}, 0, "$what: exit status");
	cmp_ok(length $short->{out}, '>', 50 * @all, "$what: much comes out");
	ok($short->{out} eq $long->{out}, "$what: the same from both byte orders");
	is($short->{json}, $long->{json}, "$what: and the same is counted");
	like($short->{json}, qr/"gso_split": 2\b/, "$what: the runs are cut");
}

my $host = keep('host.pcap', pcap('V', 'v', 0xa1b2c3d4, @all));
my $swapped = keep('swapped.pcap', pcap('N', 'n', 0xa1b2c3d4, @all));
for my $options ('-c 1', '-c 2', '-c 100', '-x', '--ether', '--strict', '-x --id 3000', '-e geneve -x', '-F nsecpcap', "-f 'tcp and greater 80'", '--since +0.5 --until +2',
	"-xf 'ip6' --since \@1795239662.13 -c 900", "-xf 'host 192.0.2.99'", "-f 'vxlan 7'", '--until 1999-01-01', "-xf 'ip6' -c 3",
	"-xf 'udp' -F nsecpcap") {
	my ($short, $long) = (decap($host, 'short', $options), decap($swapped, 'long', $options));
	ok($short->{out} eq $long->{out} && $short->{json} eq $long->{json}, "$options: both ways the same")
		or diag $short->{err}, $long->{err};
}

# Records that stay as they are but for their length: not even copied.
for my $options ('', '--lower', '-c 3', '--rewrite-outer') {
	my %got;
	for my $file ($host, $swapped) {
		my $name = $file eq $host ? 'short' : 'long';
		is(system("$build/vtap-fixlen $options -r $file -w $dir/$name.pcap --stats $dir/$name.json 2>/dev/null"), 0,
			"vtap-fixlen $options, $name way");
		($got{$name} = slurp("$dir/$name.pcap") . slurp("$dir/$name.json")) =~ s/\Q$file\E|\Q$dir\E\S*//g;
	}
	cmp_ok(length $got{short}, '>', 400, 'something comes out');
	ok($got{short} eq $got{long}, 'both ways the same');
}

# To pcapng, whose interfaces are made on the way.
for my $options ('-F pcapng', '-F pcapng -c 77', '-F pcapng -x', "-F pcapng -f 'tcp or udp'", "-F pcapng -xf 'ip6 and tcp'", '-F pcapng -x --since @1795239662.13') {
	my ($short, $long) = (decap($host, 'short', $options), decap($swapped, 'long', $options));
	cmp_ok(length $short->{out}, '>', 4000, "$options: much comes out");
	ok($short->{out} eq $long->{out} && $short->{json} eq $long->{json}, "$options: both ways the same");
}

# From pcapng. What passes unchanged keeps its end mark: only what is stripped is compared.
{
	my @two = ([@mirrored, @odd[3 .. $#odd], @mirrored], [reverse @mirrored]);
	my $plain = keep('plain.pcapng', sections('', @two));
	my $marked = keep('marked.pcapng', sections("\0\0\0\0", @two));
	for my $options ('-F pcapng -x', '-F pcapng -x -c 333', '-F pcapng -x --strict', "-F pcapng -x -f 'not ip' --since +0.01", "-F pcapng -xf tcp", '-F pcapng -x --until +2 -c 321') {
		my ($short, $long) = (decap($plain, 'short', $options), decap($marked, 'long', $options));
		cmp_ok(length $short->{out}, '>', 9000, "pcapng, $options: much comes out");
		ok($short->{out} eq $long->{out} && $short->{json} eq $long->{json}, "pcapng, $options: both ways the same")
			or diag $short->{err}, $long->{err}, $short->{json}, $long->{json};
	}
	# vtap-fixlen keeps whole blocks: the marks are taken out again to compare.
	my ($short, $long) = (tool('vtap-fixlen', $plain, 'short', '-F pcapng'), tool('vtap-fixlen', $marked, 'long', '-F pcapng'));
	cmp_ok($short->{json} =~ /"raised": (\d+)/ && $1, '>', 10, 'lengths were raised');
	is($short->{json}, $long->{json}, 'vtap-fixlen counts the same');
	my $unmarked = '';
	for (my $at = 0; $at < length $long->{out};) {
		$order = substr($long->{out}, $at + 8, 1) eq "\x4d" ? '<' : '>' if substr($long->{out}, $at, 4) eq "\x0a\x0d\x0d\x0a";
		my ($type, $len) = unpack "L$order L$order", substr $long->{out}, $at, 8;
		my $block = substr $long->{out}, $at, $len;
		my $caplen = $type == 6 ? unpack "L$order", substr $block, 20, 4 : 0;
		$block = block(6, substr $block, 8, -8) if $type == 6 && $len == 36 + $caplen + -$caplen % 4;
		$unmarked .= $block;
		$at += $len;
	}
	ok($short->{out} eq $unmarked, '... and writes the same');
}

# Damage behind good blocks.
for my $case (['its end says another length', 4, 0x11], ['of no interface', 0, 7]) {
	my ($what, $from_end, $value) = @$case;
	my ($first, @rest) = ($whole) x 41; # the last two on interfaces that are alike
	my @damaged = map {
		my $mark = $_;
		my $bytes = section($mark, @rest);
		my $at = length $bytes;
		$bytes .= substr section($mark, $first), 28 + 32 + 20 + 32;
		substr $bytes, $from_end ? -4 : $at + 8, 4, pack 'V', $value;
		$bytes . substr section($mark, $first), 28 + 32 + 20 + 32;
	} '', "\0\0\0\0";
	my ($short, $long) = map { decap(keep('damaged.pcapng', $_), 'damaged', '-F pcapng -x') } @damaged;
	is($short->{status} >> 8, 1, "a block, $what: status");
	for my $run ($short, $long) {
		s/offset \d+|length \d+|at byte \d+//g for @$run{qw(err json)};
	}
	is_deeply($short, $long, '... and all else is the same');
}

# Cut inside a record, inside its numbers, behind one: what stands before is there, the rest is said.
my $host_whole = slurp($host);
my $swapped_whole = slurp($swapped);
for my $off (1, 17, 60, 500) {
	my $short = decap(keep('host-cut.pcap', substr $host_whole, 0, -$off), 'short');
	my $long = decap(keep('swapped-cut.pcap', substr $swapped_whole, 0, -$off), 'long');
	is_deeply($short, $long, "$off bytes less: output, message and status");
	is($short->{status} >> 8, 1, "... which is 1");
}

# Bare IP among Ethernet: a pcap cannot hold both.
{
	my @mixed = ((@mirrored) x 2, records('tests/data/geneve-ip.pcap'), @mirrored);
	my $short = decap(keep('host-mixed.pcap', pcap('V', 'v', 0xa1b2c3d4, @mixed)), 'short');
	my $long = decap(keep('swapped-mixed.pcap', pcap('N', 'n', 0xa1b2c3d4, @mixed)), 'long');
	is_deeply($short, $long, 'two link types: output, message and status');
	like($short->{err}, qr/link type/, '... which says so');
}

# Blocks that end anywhere.
my $out = decap($host, 'short')->{out};
for my $size (61, 4096) {
	my $got = `dd if=$host bs=$size status=none | $build/vtap-decap -F pcap`;
	ok($got eq $out, "in pieces of $size bytes") or diag length $got, ' of ', length $out;
}
done_testing;
