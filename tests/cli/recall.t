#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-recall: what comes back from a folder, judged by Capture.pm, tshark and capinfos; archives are made without the tools under test.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use File::Path qw(remove_tree make_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Archive qw(capture object_name put_object put time_text encoded $second $hour $day);
use Capture qw(slurp spew packets ng_section ng_interface ng_simple ng_packet);
use Run qw(fork_usual);
use Scratch qw(scratch);
use Thorough qw($thorough);
use Wait qw(until_true waits_in);

my $recall = abs_path($ENV{BUILD} || 'build') . '/vtap-recall';
my $time = '/usr/bin/time';
my $dir = scratch();
chdir $dir or die;
mkdir 'tmp';
$ENV{TMPDIR} = "$dir/tmp";

# Exit status and standard error of vtap-recall; what it writes is in `out`.
sub recalled {
	my ($args) = @_;
	unlink 'out';
	system 'bash', '-c', "timeout 120 $recall $args >out 2>stderr </dev/null";
	my ($status, $said) = ($? & 127 ? -1 : $? >> 8, slurp('stderr'));
	return ($status, $said =~ s/\Q$dir\E\///gr);
}

sub left { return join ' ', map { s/.*\///r } glob 'tmp/*' }

# A packet as Capture.pm writes it.
sub line {
	my ($ns, $bytes, $name) = @{$_[0]};
	return join ' ', $ns, 1, length $bytes, length $bytes, $name, md5_hex($bytes);
}

my $serial = 0;
sub packet { return [$_[0], sprintf('packet %08d %s', $serial++, 'x' x ($_[2] // 40)), $_[1]] }

my $base = 1_795_017_900 * $second; # 2026-11-18 16:05

my @of_a; # objects

# Everything comes back once, in the order of time, on interfaces that say its source.
{
	my @a = map { packet($base + $_ * $second, 'vxlan-3000@10.0.1.5') } 0 .. 9;
	my @b = map { packet($base + $_ * $second + 7, 'vxlan-1@10.0.1.5') } 0 .. 9;
	my @c = map { packet($base + 2 * $hour + $_, '') } 0 .. 9;
	@of_a = (put_object('a', \@a), put_object('a', \@b, type => 'pcapng'), put_object('a', \@c, source => 'eth0'));
	put('a', '2026-11-18/16/eth0/half.tmp', 'half');
	my ($status, $said) = recalled('a --since @0 --stats stats -v');
	is($status, 0, 'everything comes back');
	my @all = sort { $a->[0] <=> $b->[0] } @a, @b, map { [@$_[0, 1], 'eth0'] } @c;
	is_deeply([packets('out')], [map { line($_) } @all], '... each packet once, in order, byte for byte, with the name of its source');
	like(`capinfos -c out`, qr/packets:\s+30/, '... capinfos counts them, too');
	is(`tshark -r out -T fields -e frame.interface_name 2>/dev/null | sort -u`, "eth0\nvxlan-1\@10.0.1.5\nvxlan-3000\@10.0.1.5\n",
		'... tshark sees an interface for each source');
	my $stats = decode_json(slurp('stats'));
	is_deeply($stats->{outcomes}, { written => 30, outside => 0, other_source => 0, filtered => 0 }, '... their outcome is written');
	is_deeply($stats->{objects}, { listed => 3, fetched => 3, damaged => 0 }, '... objects are counted');
	is($stats->{in}, 30, '... and packets');
	is(left(), '', '... nothing is left in TMPDIR');
	($status) = recalled("a --since \@1795017903 --until \@1795017905.000000007 --source '*\@10.0.1.5' --stats stats");
	is_deeply([packets('out')], [map { line($_) } $a[3], $b[3], $a[4], $b[4], $a[5]], 'the first moment is included, the last one is not');
	$stats = decode_json(slurp('stats'));
	is_deeply([$stats->{in}, $stats->{outcomes}{outside}, $stats->{objects}{listed}], [20, 15, 2], '... what is outside is counted');
	recalled("a --since \@0 --source vxlan-1\@10.0.1.5");
	is_deeply([packets('out')], [map { line($_) } @b], 'a source that is spelled out');
	recalled("a --since \@0 --source vxlan-1\@10.0.1.5 --source eth?");
	is(scalar(packets('out')), 20, 'two patterns');
	recalled("a --since \@0 -c 7");
	is(scalar(packets('out')), 7, '-c');
	recalled("a --since \@0 'ether[7:2] = 0x3030 and less 1000' --stats stats");
	is_deeply([$status, scalar(packets('out')) + decode_json(slurp('stats'))->{outcomes}{filtered}], [0, 30], 'an expression');
	recalled("a --since \@0 -F pcap -w made.pcap --source eth0");
	is(scalar(packets('made.pcap')), 10, '-F and -w');
}

# --list is exact.
{
	my ($status, $said) = recalled('a --list --json');
	my @lines = map { decode_json($_) } split /\n/, slurp('out');
	is_deeply([map { [sort keys %$_] } @lines], [([sort qw(object key packets stored first last sha256)]) x 3], '--list --json has the members');
	is_deeply([map { "$_->{object} $_->{stored}" } @lines], [map { "$_ " . -s "a/$_" } @of_a], '... the objects in the order of time, and their bytes');
	is_deeply([@{$lines[0]}{qw(key packets first last)}], ['vxlan-3000@10.0.1.5', 10, time_text($base), time_text($base + 9 * $second)], '... of a line');
	recalled('a --list --since 2026-11-18 --until 2026-11-18T17:00');
	is(slurp('out') =~ s/[\d.]+ k?B/N/gr =~ s/ +/ /gr, <<"END", '--list prints a line for each source, and which UTC it was');
since 2026-11-18T00:00:00.000000000Z
until 2026-11-18T17:00:00.000000000Z
 OBJECTS PACKETS STORED FIRST LAST SOURCE
 1 10 N 2026-11-18T16:05:00.000000007Z 2026-11-18T16:05:09.000000007Z vxlan-1\@10.0.1.5
 1 10 N 2026-11-18T16:05:00.000000000Z 2026-11-18T16:05:09.000000000Z vxlan-3000\@10.0.1.5
 2 20 N 2026-11-18T16:05:00.000000000Z 2026-11-18T16:05:09.000000007Z all
END
}

# Nothing matches.
{
	my ($status, $said) = recalled('a --since 2026-11-18T17:00 --until 2026-11-18T17:30');
	is("$status $said", "1 vtap-recall: a: no capture from 2026-11-18T17:00:00.000000000Z to 2026-11-18T17:30:00.000000000Z; before it there is "
		. time_text($base + 9 * $second + 7) . ', after it ' . time_text($base + 2 * $hour) . "\n", 'no capture: the nearest times');
	($status, $said) = recalled("a --since 2026-11-18T17:00 --until 2026-11-18T17:30 --source 'vxlan-3*' -w none.pcapng");
	is($said, "vtap-recall: a: no capture of these sources from 2026-11-18T17:00:00.000000000Z to 2026-11-18T17:30:00.000000000Z; before it there is "
		. time_text($base + 9 * $second) . ", after it nothing\n", '... of these sources');
	ok(!-e 'none.pcapng' && !-e 'none.pcapng.tmp', '... no file is made');
	($status, $said) = recalled('a --since 2026-12-24 --until 2026-12-25 --list');
	like($said, qr/before it there is \Q@{[time_text($base + 2 * $hour + 9)]}\E, after it nothing/, '... of a later day, by --list');
	is($status, 1, '... exit 1');
	mkdir 'empty';
	($status, $said) = recalled('empty --list');
	is("$status $said", "1 vtap-recall: empty: no capture; before it there is nothing, after it nothing\n", 'an archive that is empty');
	($status, $said) = recalled('nowhere --list');
	is("$status $said", "1 vtap-recall: nowhere: No such file or directory\n", 'an archive that is not there');
}

# Usage.
for (['a', '--since @0 to bring back everything'], ['a --since 2026-11-18 --until 2026-11-17', 'not before'], ['a --since +90s', 'no first packet'],
	['a --since soon', '--since'], ['a --since @0 -f ip tcp', 'one of both'], ['a --since @0 --json', '--json is for --list'],
	['--since @0', 'ARCHIVE is missing'], ["a --since \@0 'foo bar'", 'foo bar'], ['a --since @0 --cache 0', '--cache'], ["a --since \@0 --source ''", '--source']) {
	my ($args, $part) = @$_;
	my ($status, $said) = recalled($args);
	ok($status == 2 && index($said, $part) >= 0 && $said =~ /^vtap-recall: /, "usage: $args") or diag "$status $said";
}

# Times: captures of all spans, found by every interval that touches them, by no other.
{
	my @objects;
	for ([59 * 60, $base], [61 * 60, $base], [25 * 3600, $base], [30, $base + 55 * 60 * $second], [3599, $base + 1800 * $second], [3600, $base],
		[3601, $base + 5 * $second], [86_400, $base - 3 * $hour], [86_401, $base - 3 * $hour], [7200, 1_795_046_000 * $second], [40 * 86_400, $base - 30 * $day],
		[10, 0], [0, 3 * $second], [100, 4_294_967_290 * $second], [5, 4_300_000_000 * $second]) {
		my ($span, $first) = @$_;
		my $last = $first + $span * $second;
		my @times = ($first, $first + int($span / 3) * $second, $last);
		@times = reverse @times if @objects % 2;
		my @packets = map { packet($_, 's' . @objects) } @times;
		push @objects, { first => $first, last => $last, packets => \@packets, name => put_object('times', \@packets, type => @objects % 3 ? 'pcapng' : 'pcapng.zst') };
	}
	my @edges = map { ($_->{first}, $_->{last}) } @objects;
	srand 16;
	my ($wrong, $wrong_packets, $hits) = (0, 0, 0);
	my $intervals = $thorough ? 1000 : 200;
	for my $i (1 .. $intervals) {
		my ($since, $until) = sort { $a <=> $b } map {
			my $edge = $edges[rand @edges] + (int(rand 3) - 1) * (1, $second, $hour, $day)[rand 4];
			$edge < 0 ? 0 : $edge } 1, 2;
		$until++ if $since == $until;
		my $args = sprintf 'times --since @%s --until @%s', map { sprintf '%d.%09d', ($_ - $_ % $second) / $second, $_ % $second } $since, $until;
		my @touched = grep { $_->{first} < $until && $_->{last} >= $since } @objects;
		recalled("$args --list --json");
		my @found = map { decode_json($_)->{object} } split /\n/, slurp('out');
		$hits += @touched;
		$wrong++ if join(' ', sort @found) ne join ' ', sort map { $_->{name} } @touched;
		next if $i % 5 || !@touched;
		recalled($args);
		my @expected = sort map { line($_) } grep { $_->[0] >= $since && $_->[0] < $until } map { @{$_->{packets}} } @touched;
		$wrong_packets++ if join("\n", sort(packets('out'))) ne join "\n", @expected;
	}
	is($wrong, 0, "$intervals random intervals find what a full scan finds");
	is($wrong_packets, 0, '... and bring back those packets');
	cmp_ok($hits, '>', $intervals, '... of many captures');
}

# An object that goes backwards keeps its order; ties go to the smaller name.
{
	my @back = map { packet($base + $_, 'b') } 5, 3, 9;
	my @other = map { packet($base + $_, 'a') } 3, 5, 9;
	put_object('ties', \@back);
	put_object('ties', \@other);
	recalled('ties --since @0');
	is_deeply([packets('out')], [map { line($_) } $other[0], $other[1], $back[0], $back[1], $other[2], $back[2]], 'ties go to the smaller name, an object keeps its order');
}

# ... also if the other one began earlier.
{
	my @early = map { packet($base + $_, 'z') } 1, 5;
	my @late = map { packet($base + $_, 'y') } 3, 5;
	put_object('ties2', $_) for \@early, \@late;
	recalled('ties2 --since @0');
	is_deeply([packets('out')], [map { line($_) } $early[0], @late, $early[1]], 'ties go to the smaller name, whichever object began earlier');
}

# Packets without a time stay behind the one in front of them; if none has one, they are of 1970.
{
	my $bytes = ng_section('<') . ng_interface('<', 1, 0) . ng_simple('<', 'simple packet of 24 byte');
	put_object('simple', [packet(0, '')], bytes => $bytes, source => 'x');
	my ($status) = recalled('simple --since @0 --until @1');
	is_deeply([$status, scalar(packets('out'))], [0, 1], 'a packet without a time comes back');
}

# Names.
{
	my @names = ('a:b', 'c@d', 'e/f/../g', 'h=i', 'j+k', 'l%m', 'n o', 'vxlan-1@2001:db8::1', "gr\xc3\xbcn", 'Case', 'case', 'mixed', 'failed', 'none', 'others',
		'.hidden', '-dash', 'x.tmp', '[ab]', 'w*');
	my $i = 0;
	my %of = map { $_ => packet($base + $i++ * $second, $_) } @names;
	put_object('names', [$of{$_}]) for @names;
	my ($status, $said) = recalled('names --since @0');
	is("$status$said", '0', 'names of all kinds');
	is_deeply([packets('out')], [map { line($of{$_}) } @names], '... come back as they were');
	for my $name (@names) {
		my $pattern = $name =~ s/([\[\]*?\\])/\\$1/gr;
		spew('pattern', $pattern);
		recalled('names --since @0 --source "$(cat pattern)"');
		is_deeply([packets('out')], [line($of{$name})], "... --source $pattern");
	}
	my $long = 'y' x 249 . 'z';
	my @long = map { packet($base + $_, $long) } 0 .. 2;
	my $cut = ('y' x 183) . '~0123456789ABCDEF';
	put_object('long', \@long, source => $cut);
	put_object('long', [packet($base, 'y' x 250)], source => ('y' x 183) . '~FEDCBA9876543210');
	recalled("long --since \@0 --source '*z' --stats stats");
	is_deeply([packets('out')], [map { line($_) } @long], 'a name of 250 bytes that was cut: packet by packet');
	is(decode_json(slurp('stats'))->{outcomes}{other_source}, 1, '... those of another one are counted');
	my @mixed = map { packet($base + $_, $_ % 2 ? 'odd' : 'even') } 0 .. 5;
	put_object('mixed', \@mixed);
	for my $name ('odd', 'o*') {
		recalled("mixed --since \@0 --source '$name' --stats stats");
		is_deeply([packets('out')], [map { line($_) } @mixed[1, 3, 5]], "of a mixed capture the packets of $name");
		is(decode_json(slurp('stats'))->{outcomes}{other_source}, 3, '... the others are counted');
	}
	put_object('unnamed', [packet($base, '')], source => 'sink%20one');
	recalled("unnamed --since \@0 --source 'sink one'");
	like((packets('out'))[0], qr/ sink one /, 'packets without the name of an interface get that of SOURCE, decoded');
}

# Damage: named, the rest intact, exit 1.
sub damaged {
	my ($what, $spoil, $pattern, $count) = @_;
	remove_tree('d');
	my @names = map { my $s = $_; put_object('d', [map { packet($base + $_ * $second + length $s, "s$s", 400) } 0 .. 99], type => $s == 2 ? 'pcapng' : 'pcapng.zst') } 1 .. 3;
	$spoil->(@names);
	my ($status, $said) = recalled('d --since @0 --stats stats');
	is($status, 1, "$what: exit 1");
	like($said, $pattern, '... it is named');
	my %of;
	/ (s\d) / && $of{$1}++ for packets('out');
	$of{s1} = $of{s1} ? 'some' : 0 if $count->[0] eq 'some';
	is_deeply([map { $_ // 0 } @of{'s1', 's2', 's3'}], $count, '... what is good comes, and the rest');
	is(left(), '', '... nothing is left');
}

sub change {
	my ($name, $work) = @_;
	my $bytes = slurp($name);
	$work->($bytes);
	spew($name, $bytes);
}

damaged('a byte of a pcapng', sub { change("d/$_[1]", sub { substr($_[0], index($_[0], 'xxxx', 5000), 1) = 'X' }) }, qr/: d: \S*s2\S*: its SHA-256 is not/, [100, 100, 100]);
damaged('a byte of a zst', sub { my $at = int((-s "d/$_[0]") / 2); change("d/$_[0]", sub { substr($_[0], $at, 1) ^= "\x55" }) }, qr/: d: \S*s1\S*: /, ['some', 100, 100]);
damaged('a cut pcapng', sub { truncate "d/$_[1]", 20_000 }, qr/: d: \S*s2\S*: its SHA-256/, [100, 44, 100]);
damaged('two objects swapped', sub { rename "d/$_[0]", 'x'; rename "d/$_[2]", "d/$_[0]"; rename 'x', "d/$_[2]" }, qr/s1\S*: its SHA-256.*\n.*s3\S*: its SHA-256/, [100, 100, 100]);
damaged('a wrong number of packets', sub { rename "d/$_[0]", 'd/' . $_[0] =~ s/--100--/--99--/r }, qr/s1\S*: it has 100 packets, and its name says 99/, [100, 100, 100]);
damaged('a link', sub { rename "d/$_[1]", 'target'; symlink '../../../../target', "d/$_[1]" }, qr/s2\S*: this is no regular file/, [100, 0, 100]);
damaged('a folder that is a link', sub { my $f = $_[1] =~ s/\/[^\/]*$//r; rename "d/$f", 'folder'; symlink '../../../folder', "d/$f" }, qr/s2: this is no folder/, [100, 0, 100]);
damaged('a FIFO', sub { unlink "d/$_[1]"; system 'mkfifo', "d/$_[1]" }, qr/s2\S*: this is no regular file/, [100, 0, 100]);
damaged('a strange name', sub { rename "d/$_[1]", 'd/' . $_[1] =~ s/--100--/--1e2--/r }, qr/s2\S*: this is no name of an object/, [100, 0, 100]);

# The same capture of another TYPE is read when the first one is damaged.
{
	my @packets = map { packet($base + $_, 'twice', 400) } 0 .. 9;
	my $first = put_object('twice', \@packets);
	put_object('twice', \@packets, type => 'pcapng');
	my ($status) = recalled('twice --since @0');
	is_deeply([$status, packets('out')], [0, map { line($_) } @packets], 'of two objects of a capture one is read');
	truncate "twice/$first", 100;
	($status, my $said) = recalled('twice --since @0');
	is_deeply([$status, packets('out')], [1, map { line($_) } @packets], '... the other one if it is damaged');
	like($said, qr/^vtap-recall: twice: \Q$first\E: [^\n]*\n$/, '... which is named');
}

# Captures of other formats, and other compressions.
{
	my @packets = map { packet($base + $_ * $second, '') } 0 .. 9;
	spew('c.pcapng', capture(@packets));
	my $lz4 = grep { -x "$_/lz4" } split /:/, $ENV{PATH};
	for (['editcap -F snoop c.pcapng', 'snoop.zst'], ['editcap -F nsecpcap c.pcapng', 'pcap'], ['gzip -c c.pcapng >', 'pcapng.gz'],
		$lz4 ? ['lz4 -q -c c.pcapng >', 'pcapng.lz4'] : ()) {
		my ($command, $type) = @$_;
		system("$command made 2>/dev/null") == 0 or die $command;
		remove_tree('types');
		put_object('types', \@packets, bytes => scalar(slurp('made')), type => $type, source => 'x');
		my ($status, $said) = recalled('types --since @0');
		is_deeply([$status, packets('out')], [0, map { line([@$_[0, 1], 'x']) =~ s/\d{9} /000000000 /r } @packets], "a $type") or diag $said;
	}
}

# A bomb, and what does not fit at once.
{
	my $zeros = capture(packet($base, 'bomb', 1)) . ("\0" x 30_000_000);
	put_object('bomb', [packet($base, 'bomb')], bytes => $zeros);
	my @good = map { packet($base + $_ * $second, 'good', 100) } 0 .. 9;
	put_object('bomb', \@good);
	my ($status, $said) = recalled('bomb --since @0 --cache 10MB');
	is_deeply([$status, packets('out')], [1, map { line($_) } @good], 'an object that unpacks to more than --cache is left out, the rest comes');
	like($said, qr/: bomb: \S*bomb\S*: it unpacks to more than --cache 10\.0 MB: left out\n$/, '... and it is named');
	my @all = map { my $s = $_; map { packet($base + $_ * $second + $s, "v$s", 200_000) } 0 .. 9 } 1 .. 6;
	for my $s (1 .. 6) { put_object('wide', [grep { $_->[2] eq "v$s" } @all]) }
	($status, $said) = recalled('wide --since @0 --cache 5MB');
	my ($takes) = $said =~ /^vtap-recall: captures that overlap in time .* more than --cache 5\.0 MB: try --cache (\d+MB)/;
	ok($status == 1 && $takes, 'what overlaps has to be there at once') or diag "$status $said";
	($status, $said) = recalled("wide --since \@0 --cache $takes");
	is_deeply([$status, scalar(packets('out'))], [0, 60], "... with --cache $takes it is") or diag $said;
	my @later = map { my $n = $_; put_object('series', [map { packet($base + $n * 60 * $second + $_, 'one', 200_000) } 0 .. 9]) } 0 .. 9;
	($status, $said) = recalled('series --since @0 --cache 5MB');
	is_deeply([$status, scalar(packets('out'))], [0, 100], 'what does not overlap needs room for one') or diag $said;
}

# A thousand objects at once, in 64 MiB.
{
	for my $n (1 .. 1000) {
		put_object('many', [map { packet($base + $_ * $second + $n, "m$n", 900) } 0 .. 199]);
	}
	unlink 'out';
	my $status = system "$time -f '%M' -o peak $recall many --since \@0 -w out 2>stderr";
	my @times = map { /^(\d+)/ } packets('out');
	is_deeply([$status, scalar @times], [0, 200_000], 'a thousand objects at once') or diag slurp('stderr');
	is(scalar(grep { $times[$_] < $times[$_ - 1] } 1 .. $#times), 0, '... in order');
	my ($peak) = slurp('peak') =~ /(\d+)$/;
	SKIP: {
		skip 'sanitizers take more', 1 if `nm $recall 2>/dev/null` =~ /__asan_init/;
		cmp_ok($peak, '<=', 64 * 1024, '... in 64 MiB');
	}
	remove_tree('many');
}

# Ends: SIGTERM and SIGKILL while the reader is slow, and a reader that goes away.
{
	put_object('big', [map { packet($base + $_ * 1000, 'big', 1400) } 0 .. 4999]);
	for my $signal (qw(TERM INT KILL)) {
		pipe my $from, my $to or die;
		my $pid = fork_usual();
		if ($pid == 0) {
			open STDOUT, '>&', $to;
			exec $recall, 'big', '--since', '@0' or POSIX::_exit(127);
		}
		close $to;
		ok(until_true(sub { waits_in($pid, qr/pipe_w/) }), "SIG$signal while it writes");
		like(left(), qr/^vtap-recall-\w{6}$/, '... its folder is there') if $signal eq 'KILL';
		kill $signal, $pid;
		until_true(sub { !waits_in($pid, qr/pipe_w/) }, 1) if $signal eq 'KILL';
		binmode $from;
		local $/;
		spew('part', scalar <$from>);
		waitpid $pid, 0;
		is($?, $signal eq 'KILL' ? 9 : 0, '... exit status');
		if ($signal ne 'KILL') {
			my $whole = `capinfos -c part 2>&1`;
			ok($whole =~ /packets:\s+(\d+)/ && $1 > 0 && $1 < 5000 && $? == 0, '... a valid capture of what came') or diag $whole;
		}
		ok(until_true(sub { left() eq '' }), '... its folder is gone');
	}
	is(system('bash', '-c', "set -o pipefail; $recall big --since \@0 2>stderr | head -c 100 >/dev/null"), 0, 'the reader goes away: exit 0');
	is(slurp('stderr'), '', '... without a word');
	ok(until_true(sub { left() eq '' }), '... its folder is gone');
}

done_testing;
