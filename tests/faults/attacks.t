#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that are made to cost: memory stays below what the manual states, time grows with the bytes and no faster.
# Sanitizers use memory of their own, and builds that count lines are slow: there, and where there is little time, only the outcomes count,
# with less of everything.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_block ng_option ng_packet);
use Faults qw($build $dir $sanitized run fault faulty measure frame capture tool place left readable);
use Thorough qw($thorough);

my $small = !$thorough || $sanitized || $ENV{GCOV_ERROR_FILE}; # make coverage sets it
my $less = $small ? 50 : 1;
my $base = 96 << 10; # KiB: the libraries (those of Wireshark 4.4 take 60), 1 MiB for an input, 256 KiB for an output, buffers

# Packets in one file, each with its number times a step in the middle.
sub many {
	my ($name, $count, $before, $step, $after) = @_;
	my $len = length($before) + 4 + length $after;
	my $head = pack('V4', 1_700_000_000, 0, $len, $len) . $before;
	return spew("$dir/$name", pack('V S S V4', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1), map { $head . pack('N', $_ * $step) . $after } 0 .. $count - 1);
}

# The same packet again and again.
sub repeated { return many($_[0], $_[1], substr($_[2], 0, -4), 0, '') }

# Of the process itself: what the system needs to make files, or to fill pages, depends on who else is busy.
sub own_seconds { return (split ' ', slurp("$dir/usage"))[2] / 1e6 }

# Runs on a quarter and on the whole: exit 0 or 1 as wanted, memory, time. The figures of the whole.
sub linear {
	my ($name, $limit, $quarter, $whole, $want) = @_;
	measure($quarter);
	my $seconds_4 = own_seconds();
	my ($peak, undef, $status, undef, $err) = measure($whole);
	my $seconds = own_seconds();
	is($status, $want // 0, "$name: exit " . ($want // 0)) or diag $err;
	note sprintf '%s: %d MiB of %d, %.2f s, a quarter in %.2f s', $name, $peak >> 10, $limit >> 10, $seconds, $seconds_4;
	return if $small;
	cmp_ok($peak, '<', $limit, '... memory, KiB');
	cmp_ok($seconds, '<', 8 * $seconds_4 + 0.2, '... four times as much takes four times as long, 8 at most');
}

# Without the list of sources, which may be long.
sub stats { return decode_json(slurp("$dir/stats") =~ s/,\s*"sources":.*/}/sr) }

sub adds_up {
	my ($name) = @_;
	my $stats = stats();
	my $sum = 0;
	$sum += $_ for values %{$stats->{outcomes}};
	is($sum, $stats->{in}, "... $name are all counted");
	return $stats;
}

sub ip4 { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[1], 0, 0, 64, $_[0], 0, 0x0a000001, 0x0a000002) . $_[1] }
sub eth { return pack('H24 n', '020000000002020000000001', $_[0]) . $_[1] }
sub vxlan { return eth(0x0800, ip4(17, pack('n n n n N N', 1000, 4789, 16 + length $_[0], 0, 0x08000000, 5 << 8) . $_[0])) }

# What waits for being written: --memory is for all files together.
{
	my ($keys, $rounds) = (4000 / $less, 16);
	my ($before, $after) = frame(0, 0, 1000) =~ /\A(.{27}).{3}(.*)\z/s;
	my $head = pack('V4', 1_700_000_000, 0, (30 + length $after) x 2) . $before;
	my @records = map { $head . substr(pack('N', $_), 1) . $after } 1 .. $keys;
	my $file = spew("$dir/waiting", pcap('<', 0xa1b2c3d4, 1), (join '', @records) x $rounds);
	my %peak;
	for my $memory ('1', '2M', '64M') {
		my $place = place();
		($peak{$memory}, undef, my $status, undef, my $err) = measure("$build/vtap-split --by ip-src --memory $memory -r $file -w '$place/{key}.pcap'");
		my @files = left($place);
		is("$status$err" . @files, "0$keys", "--memory $memory");
		is(scalar(grep { -s "$place/$_" != 24 + $rounds * length $records[0] } @files), 0, '... all is written');
	}
	cmp_ok($peak{'2M'} + (30 << 10), '<', $peak{'64M'}, '... 2M take less') or note explain(\%peak) if !$small;
	unlink $file;
}

# Distinct sources on 64 descriptors. What a disk costs for each file is no matter here: they go nowhere.
{
	my $sources = 300_000 / $less;
	my $bytes = frame(0, 0);
	my ($quarter, $whole) = map { many("hosts.$_", $sources / $_, substr($bytes, 0, 26), 1, substr $bytes, 30) } 4, 1;
	my $void = fault(VOID => 'nowhere/') =~ s/^env /\/usr\/bin\/env /r;
	linear('300000 sources', $base + 1.2 * $sources, map { "$void $build/vtap-split --by ip-src --max-open 64 -r $_ -w 'nowhere/{key}.pcap' --stats $dir/stats" } $quarter, $whole);
	is(adds_up('packets')->{details}{files}, $sources, '... each has its file');
	my $place = place();
	my $some = $small ? 1000 : 5000;
	my ($status, undef, $err) = run("$build/vtap-split --by ip-src --max-open 64 -r $quarter -c $some -w '$place/{key}.pcap'");
	my @files = left($place);
	is("$status$err" . @files, "0$some", "... $some of them on a disk");
	is(scalar(grep { -s "$place/$_" != 24 + 62 } @files), 0, '... with one packet each');
	unlink $quarter, $whole;
}

# First fragments of datagrams that are never whole.
{
	my $bytes = eth(0x0800, pack('C C n n n C C n N N', 0x45, 0, 44, 7, 0x2000, 64, 17, 0, 0, 0x0b000001) . 'x' x 24);
	my ($quarter, $whole) = map { many("fragments.$_", 300_000 / $less / $_, substr($bytes, 0, 26), 1, substr $bytes, 30) } 4, 1;
	linear('300000 first fragments', $base + (16 << 10), map { "$build/vtap-decap --reassembly-mem 16M -r $_ -w /dev/null --stats $dir/stats" } $quarter, $whole);
	my $stats = adds_up('fragments');
	is($stats->{in}, 300_000 / $less, '... all of them');
	cmp_ok($stats->{outcomes}{passed_fragment_no_memory}, '>', 0, '... most had to go when memory was used up') if !$small;
	unlink $quarter, $whole;
}

# More sources than are told apart.
{
	my $bytes = vxlan(frame(1, 1));
	my ($quarter, $whole) = map { many("tunnels.$_", 400_000 / $less / $_, substr($bytes, 0, 46), 256, substr $bytes, 50) } 4, 1;
	linear('400000 tunnels, vtap-decap', $base + (300 << 10), map { "$build/vtap-decap -r $_ -w /dev/null --stats $dir/stats" } $quarter, $whole);
	my $stats = adds_up('packets');
	is($stats->{outcomes}{stripped}, 400_000 / $less, '... all are taken off');
	is($stats->{details}{sources_over_limit}, $small ? 0 : 400_000 - 262_144, '... and those that were silent longest made room');
	linear('400000 tunnels, vtap-fixlen', $base + (16 << 10), map { "$build/vtap-fixlen -r $_ -w /dev/null --stats $dir/stats" } $quarter, $whole);
	adds_up('packets');
	unlink $quarter, $whole;
}

# The same with a source that goes on speaking: it is told apart to the end, and no section has too many interfaces.
{
	my $flood = 300_000 / $less;
	my ($before, $after) = unpack 'a46 x4 a*', vxlan(frame(1, 1));
	my $len = length($before) + 4 + length $after;
	my $from = sub { pack('V4', 1_700_000_000, 0, $len, $len) . $before . pack('N', $_[0] << 8) . $after };
	my $in = spew("$dir/flood", pack('V S S V4', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1), map { ($from->($_), $_ % 1000 ? () : $from->(0xffffff)) } 1 .. $flood);
	my ($status, undef, $err) = run("$build/vtap-decap -r $in -w $dir/flood.pcapng --stats $dir/stats");
	is($status, 0, 'a flood of sources');
	my ($steady) = slurp("$dir/stats") =~ /\{\s*"name": *"vxlan-16777215\@10.0.0.1"[^}]*?"packets": *(\d+)/;
	is($steady, int($flood / 1000), '... one that goes on speaking is told apart to the end') or diag substr slurp("$dir/stats"), 0, 2000;
	my ($others) = slurp("$dir/stats") =~ /"name": *"others"[^}]*?"packets": *(\d+)/;
	is($others // 0, $small ? 0 : $flood + 1 - 262_144, '... those that made room are in others');
	my (@sections, %type);
	my $received = 0;
	my $bytes = slurp("$dir/flood.pcapng");
	for (my $at = 0; $at < length $bytes; $at += unpack 'V', substr $bytes, $at + 4, 4) {
		my $type = unpack 'V', substr $bytes, $at, 4;
		$type{$type}++;
		push @sections, 0 if $type == 0x0a0d0d0a;
		$sections[-1]++ if $type == 1;
		$received += unpack 'Q<', substr $bytes, $at + 20 + 2 * 12 + 4, 8 if $type == 5;
	}
	is($type{6}, $flood + int($flood / 1000), '... all packets are written');
	is($received, $type{6}, '... and statistics of all sources count them, also of those that made room');
	is(scalar(grep { $_ > 262_144 } @sections), 0, '... and no section has more interfaces than a reader is to keep');
	is(@sections > 1 ? 1 : 0, $small ? 0 : 1, '... so that a second one begins');
	my ($count) = (run("$build/vtap-split --by linktype -r $dir/flood.pcapng -w '$dir/flood-{key}.pcap'"))[0];
	is($count . scalar(() = packets("$dir/flood-1.pcap")), '0' . ($flood + int($flood / 1000)), '... which is read back');
	unlink $in, glob "$dir/flood*";
}

# Headers on headers, as many as fit.
my %wrap = (
	vxlan => \&vxlan,
	ipip => sub { eth(0x0800, ip4(4, substr $_[0], 14)) },
	gre => sub { eth(0x0800, ip4(47, pack('n n', 0, 0x6558) . $_[0])) },
	vlan => sub { substr($_[0], 0, 12) . pack('n n', 0x8100, 5) . substr $_[0], 12 },
	mpls => sub { eth(0x8847, pack('N', 5 << 12 | (($_[0] =~ /^.{12}\x88\x47/s) ? 0 : 0x100)) . substr $_[0], 14) },
);
sub wrapped {
	my ($kind, $depth) = @_;
	my $bytes = frame(1, 7);
	$bytes = $wrap{$kind}->($bytes) for 1 .. $depth;
	return $bytes;
}
# Each an IPv6 header of 8 bytes; 8000 of them fill a packet.
sub options_of {
	my (undef, $count) = @_;
	return eth(0x86dd, pack('N n C C a16 a16', 0x60000000, 8 * $count + 12, 60, 64, 'a' x 16, 'b' x 16) .
		pack('C C N n', 60, 0, 0x01040000, 0) x ($count - 1) . pack('C C N n', 17, 0, 0x01040000, 0) . pack('n n n n N', 1000, 2000, 12, 0, 7));
}
for my $kind ('destination options', sort keys %wrap) {
	my ($make, @depths) = $kind eq 'destination options' ? (\&options_of, 2000, 8000) : (\&wrapped, 50, 200);
	my ($quarter, $whole) = map { repeated("deep.$_", 300, $make->($kind, $_)) } @depths;
	my @places;
	for my $tool (qw(vtap-decap vtap-fixlen vtap-split vtap-tap)) {
		linear("$depths[1] of $kind: $tool", $base, map { push @places, place(); tool($tool, $places[-1], 'pcapng', $_) =~ s/--by interface/--by flow,source,vlan/r . " --stats $dir/stats" } $quarter, $whole);
		is(adds_up('packets')->{in}, 300, '... all');
	}
	ok(readable(map { my $place = $_; map { "$place/$_" } left($place) } @places), '... what is written are captures');
}

# All options that a GENEVE header has room for.
{
	my $bytes = eth(0x0800, ip4(17, pack('n n n n', 1000, 6081, 16 + 252 + 46, 0) . pack('C C n N', 63, 0, 0x6558, 5 << 8) . pack('n C C', 0x0102, 3, 0) x 63 . frame(1, 7)));
	my ($quarter, $whole) = map { repeated("geneve.$_", 100_000 / $less / $_, $bytes) } 4, 1;
	linear('63 options of GENEVE', $base, map { "$build/vtap-decap -r $_ -w $dir/out.pcapng --stats $dir/stats" } $quarter, $whole);
	is(adds_up('packets')->{outcomes}{stripped}, 100_000 / $less, '... all are taken off');
	unlink $quarter, $whole;
}

# Interfaces, each with its packet.
{
	my $count = 100_000 / $less;
	my @interfaces = map { ng_interface('<', 1, 0, ng_option('<', 2, "if$_")) } 1 .. $count;
	my $packet = ng_packet('<', 0, 1e15, frame(1, 1), 46);
	my ($quarter, $whole) = map {
		my $last = $count / $_ - 1;
		spew("$dir/interfaces.$_", ng_section('<'), @interfaces[0 .. $last], map { substr($packet, 0, 8) . pack('V', $_) . substr $packet, 12 } 0 .. $last);
	} 4, 1;
	for my $reader (qw(auto wiretap)) {
		for (['vtap-decap', '-w out.pcapng'], ['vtap-fixlen', '-w out.pcapng'], ['vtap-split', "--by linktype -w '{key}.pcapng'"]) {
			my ($tool, $args) = @$_;
			linear("100000 interfaces: $tool, reader $reader", $base + (200 << 10), map { "$build/$tool --reader $reader -r $_ " . $args =~ s{-w '?\K}{place() . '/'}er . " --stats $dir/stats" } $quarter, $whole);
			is(adds_up('packets')->{in}, $count, '... all');
		}
	}
	unlink $quarter, $whole;
}

# Link types, for each of which the expression is compiled, and packets of all in turn.
{
	my $types = 60_000 / $less;
	my @interfaces = map { ng_interface('<', 1000 + $_, 0) } 1 .. $types;
	my $packet = ng_packet('<', 0, 1e15, frame(1, 1), 46);
	my ($quarter, $whole) = map {
		my $last = $types / $_ - 1;
		spew("$dir/types.$_", ng_section('<'), @interfaces[0 .. $last], (map { substr($packet, 0, 8) . pack('V', $_) . substr $packet, 12 } 0 .. $last) x 3);
	} 4, 1;
	for (['vtap-decap', '-w out.pcapng'], ['vtap-split', "--by linktype -w '{key}.pcapng'"]) {
		my ($tool, $args) = @$_;
		linear("$types link types: $tool -f", $base + (200 << 10), map { "$build/$tool -q -r $_ -f 'ether proto 0x0800 or ether[0] = 3' " . $args =~ s{-w '?\K}{place() . '/'}er . " --stats $dir/stats" } $quarter, $whole);
		is(adds_up('packets')->{outcomes}{filtered}, 3 * $types, '... all are left out');
	}
	unlink $quarter, $whole;
}

# Sections after many tunnels: what is forgotten with each must not cost what was there once.
{
	my $count = 60_000 / $less;
	my $head = ng_section('<') . ng_interface('<', 1, 0);
	my $bytes = vxlan(frame(1, 1));
	my $number = sub { return ng_packet('<', 0, 1e15, substr($bytes, 0, 46) . pack('N', $_[0] << 8) . substr($bytes, 50), length $bytes) };
	my ($quarter, $whole) = map { my $n = $_; spew("$dir/forgotten.$n", $head, (map { $number->($_) } 1 .. $n), ($head . $number->(7)) x $n) } $count / 4, $count;
	linear("$count sections behind $count tunnels", $base + (60 << 10), map { "$build/vtap-decap -r $_ -w /dev/null --stats $dir/stats" } $quarter, $whole);
	is(adds_up('packets')->{outcomes}{stripped}, 2 * $count, '... all are taken off');
	unlink $quarter, $whole;
}

# What files of vtap-split do not want costs them nothing: blocks in front of each interval's file, blocks of a section behind that of many keys. And a
# key costs only the intervals that it has packets in.
{
	my $count = 4000 / $less;
	my $block = ng_block('<', 0xbad, 'custom data');
	my $head = ng_section('<') . ng_interface('<', 1, 0);
	my $packet = sub { return ng_packet('<', 0, $_[1] * 1_000_000, frame($_[0], 1), 46) };
	my %kinds = (
		"$count intervals behind $count blocks" => sub { my ($n) = @_; return ($head, $block x $n, map { $packet->(0, 10 * $_) } 1 .. $n) },
		"$count blocks behind the section of $count keys" => sub { my ($n) = @_; return ($head, (map { $packet->($_, 0) } 1 .. $n), $head, $block x $n, $packet->(0, 0)) },
		"$count keys, then $count intervals of one" => sub { my ($n) = @_; return ($head, (map { $packet->($_, 0) } 1 .. $n), map { $packet->(0, 10 * $_) } 1 .. $n) },
	);
	for my $name (sort keys %kinds) {
		my ($quarter, $whole) = map { spew("$dir/unwanted.$_", $kinds{$name}->($_)) } $count / 4, $count;
		linear($name, $base, map { "$build/vtap-split --by ip-src -G 1 -r $_ -w '@{[place()]}/{key}-{n}.pcapng' --stats $dir/stats" } $quarter, $whole);
		adds_up('packets');
		unlink $quarter, $whole;
	}
}

# Lengths that a file cannot have.
my $section = ng_section('<') . ng_interface('<', 1, 0);
for my $o ('<', '>') {
	my $head = ng_section($o) . ng_interface($o, 1, 0);
	for (['a block of 4 GiB', $head . pack("L$o L$o", 6, 0xfffffffc) . 'x' x 40], ['a section of 4 GiB', substr($head, 0, 4) . pack("L$o L$o", 0xfffffffc, 0x1a2b3c4d) . 'x' x 88],
		['an interface of 2 GiB', $head . pack("L$o L$o", 1, 0x80000000) . 'x' x 40], ['256 MiB, just what is allowed', $head . pack("L$o L$o", 6, 256 << 20) . 'x' x 40],
		['a packet of 4 GiB', pcap($o, 0xa1b2c3d4, 1) . pack("L$o L$o L$o L$o", 1, 1, 0xffffffff, 0xffffffff) . 'x' x 60],
		['a packet of 256 MiB', pcap($o, 0xa1b2c3d4, 1) . pack("L$o L$o L$o L$o", 1, 1, 256 << 20, 256 << 20) . 'x' x 60]) {
		my ($name, $bytes) = @$_;
		my $file = spew("$dir/length", $bytes);
		for my $tool (qw(vtap-decap vtap-fixlen vtap-split vtap-tap)) {
			for my $reader ('auto', $o eq '<' ? 'wiretap' : ()) {
				my ($peak, $seconds, $status, undef, $err) = measure(tool($tool, place(), 'pcapng', $file) . " --reader $reader");
				my $good = $status == 1 && $err =~ /\A\Q$tool\E: [^\n]+\n\z/ && ($small || ($peak < $base && $seconds < 1));
				ok($good, "$name ($o), $tool, reader $reader: said, at no cost") or diag "$status $peak KiB $seconds s: $err";
			}
		}
	}
}

# What unpacks to a thousand times as much.
{
	my $gzip = sub { my ($name, $make) = @_; system("perl -e '$make' | gzip -1 >$dir/$name.gz") == 0 or die; return "$dir/$name.gz" };
	my $filled = sub { my ($mib) = @_; return "print chr(0) x 1048576 for 1 .. $mib" };
	my $zeros = $filled;
	my $records = sub { return 'print pack("V S S V4", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1); print +(pack("V4", 5, 5, 1032, 1032) . chr(0) x 1032) x 1000 for 1 .. ' . $_[0] };
	my $head = 'pack("V3 S S q V V V S S V V", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28, 1, 20, 1, 0, 0, 20)';
	my $blocks = sub { return "print $head; " . 'print +(pack("V7", 6, 1044, 0, 5, 5, 1012, 1012) . chr(0) x 1012 . pack "V", 1044) x 1000 for 1 .. ' . $_[0] };
	my $one = sub { return "print pack(\"V S S V8\", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1, 5, 5, $_[0] << 20, $_[0] << 20); " . $filled->($_[0]) };
	my $block = sub { return "print $head, pack(\"V7\", 6, ($_[0] << 20) + 32, 0, 5, 5, $_[0] << 20, $_[0] << 20); " . $filled->($_[0]) };
	my $mib = $small ? 16 : 64;
	for (['zeros', $zeros, 1], ['many records', $records, 0], ['many blocks', $blocks, 0], ['one record', $one, 0], ['one block', $block, 1]) {
		my ($name, $make, $status) = @$_;
		my ($quarter, $whole) = map { $gzip->("bomb.$_", $make->($_)) } $mib / 4, $mib;
		linear("gzip of $name", $base, (map { "$build/vtap-fixlen -r $_ -w /dev/null" } $quarter, $whole), $status);
	}
}
# What is kept of a compressed file for as long as it is open may be any amount, so there is a limit.
SKIP: {
	skip 'sanitizers have addresses of their own, builds that count no limits', 7 if $small;
	my $head = join '', ng_section('<'), ng_interface('<', 1, 0), (ng_packet('<', 0, 5e15, frame(1, 1), 46)) x 3;
	my $bomb = "$dir/interfaces.pcapng.gz";
	open my $gzip, '|-', "gzip -1 >$bomb" or die;
	print $gzip $head, (ng_interface('<', 1, 0, ng_option('<', 2, 'eth0'), ng_option('<', 3, 'd' x 200)) x 1000) x 500;
	close $gzip or die;
	# Where it ends up depends on where it is when there is no more: an output that has no memory is not complete.
	my @wrong;
	for my $kib (map { 60_000 + 7919 * $_ } 0 .. 15) {
		my $place = place();
		my ($status, undef, $err) = run("ulimit -v $kib; $build/vtap-fixlen -r $bomb -w $place/out.pcapng");
		push @wrong, "$kib KiB: $status $err" if $status != 1 || $err !~ /\Avtap-fixlen: [^\n]*memory[^\n]*\n\z/ || "@{[left($place)]}" !~ /\Aout\.pcapng(?:\.tmp)?\z/;
		my ($written) = glob "$place/out.pcapng*";
		push @wrong, "$kib KiB: packets are missing" if !$written || (() = packets(spew("$dir/start", substr slurp($written), 0, 4096))) != 3;
	}
	ok(!@wrong, 'interfaces that unpack to more memory than there is: said, and what was in front is written') or diag join "\n", @wrong;
	my $many = spew("$dir/many.pcap", pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, frame(1, $_, 1400)] } 1 .. 4000));
	system("gzip -kf $many") == 0 or die;
	for my $tool (qw(vtap-decap vtap-fixlen vtap-tap)) {
		for (['pcap.gz', 2 << 30], ['pcap', 'unlimited']) {
			my $args = $tool eq 'vtap-tap' ? '-t vxlan://10.0.2.9/1 --from 10.0.1.5' : '';
			my $pid = open my $out, '-|', "exec $build/$tool $args -F pcap -r $dir/many.$_->[0] -w - 2>&1" or die;
			read $out, my $some, 4;
			my ($limit) = slurp("/proc/$pid/limits") =~ /^Max data size +(\S+)/m;
			is($limit, $_->[1], "$tool, $_->[0]: $_->[1] bytes of memory");
			close $out;
		}
	}
}
done_testing;
