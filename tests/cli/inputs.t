#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Many inputs: one that is bad costs itself alone, every bad one is told, and --stats says what became of each.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets ng_section ng_block ng_interface ng_option ng_packet);
use Run qw(run_told);
use Scratch qw(scratch);

my $root = abs_path('.');
my $dir = scratch();
chdir $dir or die;

sub states { return [map { "$_->{name} $_->{state} $_->{packets}" } @{$_[0]{inputs}}] }

# A frame of 60 bytes whose last byte is a number.
sub frame { return pack('H24 n', '020000000002020000000001', 0x88b5) . "\0" x 45 . chr $_[0] }

sub pcap_head { return pack 'L< S< S< L< L< L< L<', $_[0] // 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1 }

sub pcap_of {
	return join '', pcap_head(), map { pack('L<4', $_, 0, 60, 60) . frame($_) } @_;
}

sub ng_of {
	my $section = pack 'L< L< L< S< S< q< L<', 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28;
	my $interface = pack 'L< L< S< S< L< L<', 1, 20, 1, 0, 262144, 20;
	return join '', $section, $interface,
		map { pack('L< L< L< L< L< L< L<', 6, 92, 0, 0, $_ * 1e6, 60, 60) . frame($_) . pack 'L<', 92 } @_;
}

# The seconds of each packet of a pcap, which are the same numbers.
sub seconds { return join ' ', map { (split)[0] / 1e9 } packets($_[0]) }

# The last byte of each packet, as tshark reads it.
sub numbers {
	my ($file) = @_;
	return join ' ', map { hex substr $_, -2 } split /\n/, `tshark -n -r $file -T fields -e data.data 2>/dev/null`;
}

# The records of a little-endian pcap.
sub records {
	my ($bytes) = @_;
	my @records;
	for (my $at = 24; $at < length $bytes; $at += length $records[-1]) {
		push @records, substr $bytes, $at, 16 + unpack 'L<', substr $bytes, $at + 8, 4;
	}
	return @records;
}

# Times, lengths and bytes of packets, as tshark reads them; what a reader complains about.
sub peers { return scalar `tshark -n -r $_[0] -T fields -e frame.time_epoch -e frame.len -e frame.md5_hash -o frame.generate_md5_hash:TRUE 2>/dev/null` }

sub run_of { return join '', grep { !/^reading from|^Running as/ } `$_[0] 2>&1 >/dev/null` }

my $split = "vtap-split --by linktype -w 'o/{key}.pcap' --stats stats";
spew('good.pcap', pcap_of(1, 4, 9));
spew('other.pcap', pcap_of(2, 3));
spew('none.pcap', pcap_of());
spew('zero.pcap');
spew('text.pcap', "a text that carries the name of a capture, and is longer than any head\n" x 2);
spew('cut.pcap', substr pcap_of(5, 6), 0, -10);
spew('cut.pcapng', substr ng_of(7, 8), 0, -10);
spew('bad.pcap', pcap_of(10) . pack('L<4', 11, 0, 0x7fffffff, 60) . 'x' x 60);
spew('bad.pcapng', substr(ng_of(12), 0, -4) . 'oops');
# Files joined by cat(1), and a section of a version to come.
my @order = ('L< S< S< L< L< L< L<', 'L> S> S> L> L> L> L>');
my @heads = map { my $order = $_; map { pack $order, $_, 2, 4, 0, 0, 262144, 1 } 0xa1b2c3d4, 0xa1b23c4d } @order;
my $zone = pack $order[0], 0xa1b2c3d4, 2, 4, 3600, 0, 262144, 1;
my $big = ng_of(13) =~ s/^.{28}/pack 'L> L> L> S> S> q> L>', 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28/ser;
spew('joined.pcap', pcap_of(14), pcap_of(15));
my @joined = ((map { [pcap_of(14), $_ . pcap_of(15)] } @heads, $zone, ng_of(15), $big),
	(map { [ng_of(14), $_ . pcap_of(15)] } @heads, $zone),
	[pcap_of(14) =~ s/^..../pack 'L<', 0xa1b23c4d/ser, pcap_of(15)], [pcap_of(14) x 1, pcap_of()]);
sub strange { return ng_of(@_) =~ s/^(.{12})../$1 . pack 'S<', 2/ser }
spew('start.pcapng', pack('L<3', 0x0a0d0d0a, 28, 7) . 'x' x 30);
mkdir 'folder.pcap' or die;
system 'gzip -k cut.pcapng' and die;

# Each kind of bad input, in three places of the command line.
my @bad = (
	['zero.pcap', 'empty', 0, qr/empty/],
	['text.pcap', 'not a capture', 0, qr/not a capture/],
	['missing.pcap', 'unreadable', 0, qr/No such file/],
	['folder.pcap', 'unreadable', 0, qr/folder/],
	['cut.pcap', 'truncated at byte 100', 1, qr/packet 2: offset 100: .*middle of a record/, '5'],
	['cut.pcapng', 'truncated at byte 140', 1, qr/packet 2: offset 140: .*middle of a block/, '7'],
	['bad.pcap', 'damaged at byte 100', 1, qr/packet 2: offset 100: /, '10'],
	['bad.pcapng', 'damaged at byte 48', 0, qr/packet 1: offset 48: /],
	['joined.pcap', 'another capture at byte 100', 1, qr/another capture at byte 100/, '14'],
	['start.pcapng', 'damaged at byte 0', 0, qr/offset 0: .*byte-order/],
);
for my $row (@bad) {
	my ($name, $state, $packets, $says, $number) = @$row;
	for my $inputs ([$name, 'good.pcap'], ['good.pcap', $name, 'none.pcap'], ['good.pcap', $name]) {
		my ($status, $err, $stats) = run_told("$split @$inputs");
		is($status, 1, "@$inputs: exit 1");
		is(scalar @$err, 1, '... one line');
		like($err->[0], qr/^vtap-split: \Q$name\E: .*$says|^vtap-split: \Q$name\E: $says/, '... about the bad one');
		is(seconds('o/1.pcap'), join(' ', sort { $a <=> $b } 1, 4, 9, $number // ()), '... all others are read');
		my %packets = ('good.pcap' => 'ok 3', 'none.pcap' => 'ok 0', $name => "$state $packets");
		is_deeply(states($stats), [map { "$_ $packets{$_}" } @$inputs], '... --stats says which');
		ok(!$stats->{complete}, '... the run is not complete');
	}
}

# All of them at once.
my @names = map { $_->[0] } @bad;
my ($status, $err, $stats) = run_told("$split -v good.pcap @names other.pcap");
is($status, 1, 'all of them at once: exit 1');
for my $name (@names) {
	is(scalar(grep { /^vtap-split: \Q$name\E: / } @$err), 1, "... one line about $name");
}
is(numbers('o/1.pcap'), '1 2 3 4 5 7 9 10 14', '... in time order');
is_deeply(states($stats), ['good.pcap ok 3', (map { "$_->[0] $_->[1] $_->[2]" } @bad), 'other.pcap ok 2'],
	'... in the order of the command line');
is(join(' ', @{$stats->{inputs}[0]}{qw(first last)}), '1970-01-01T00:00:01.000000000Z 1970-01-01T00:00:09.000000000Z',
	'... with the times of the first and last packet');
ok(!exists $stats->{inputs}[1]{first}, '... if there is any');
ok((grep { $_ eq ' ' x 13 . '1  cut.pcap: truncated at byte 100' } @$err), '-v: a row for what is bad');
ok((grep { $_ eq ' ' x 13 . '5  2 inputs: ok' } @$err), '... and a sum of the rest');

(undef, $err) = run_told("$split -v -c 2 good.pcap other.pcap");
ok((grep { $_ eq ' ' x 13 . '2  2 inputs: read in part' || $_ eq ' ' x 13 . '2  1 input: read in part' } @$err) && !(grep { /: ok/ } @$err),
	'... those that the run did not read to their end are not ok') or diag "@$err";

# Another capture at a record's place, whole ones and heads alone, for the fast paths and without them.
for my $i (0 .. $#joined) {
	my ($first, $second) = @{$joined[$i]};
	my $at = length $first;
	spew("joined-$i", $first, $second);
	for my $tool ("$split -v -r", 'vtap-decap -w out -F pcap --stats stats -r', 'vtap-decap --stats stats -w out -r',
		'vtap-fixlen --stats stats -w out -r', 'vtap-tap -t vxlan://192.0.2.1/7 --from 192.0.2.2 --stats stats -w out -r') {
		($status, $err, $stats) = run_told("$tool joined-$i");
		is("$status $stats->{inputs}[0]{state} $stats->{in}", "1 another capture at byte $at 1",
			"$tool joined-$i: what stands in front of the second head");
		like("@$err", qr/joined-$i: packet 2: offset $at: another capture at byte $at/, '... told');
	}
}

# More packets than one, so that fast paths run; a record of 0 bytes and one of more bytes than the wire had are none.
spew('zero-record.pcap', pcap_of(1 .. 20), pack('L<4', 21, 0, 0, 0), pack('L<4', 22, 0, 60, 40) . frame(22),
	map { pack('L<4', $_, 0, 60, 60) . frame($_) } 23 .. 40);
for my $tool (qw(vtap-decap vtap-fixlen)) {
	($status, $err, $stats) = run_told("$tool -r zero-record.pcap -w out --stats stats");
	is("$status $stats->{in} @{[scalar packets('out')]}", '0 40 40', "$tool: odd records are packets");
	spew('joined', slurp('zero-record.pcap'), pcap_of(50));
	($status, $err, $stats) = run_told("$tool -r joined -w out --stats stats");
	is("$status $stats->{in} $stats->{inputs}[0]{last}", '1 40 1970-01-01T00:00:40.000000000Z',
		'... and the head behind them is not');
}

# A section of another version costs itself alone.
spew('version.pcapng', strange(16, 17), ng_of(18), strange(19), ng_of(20));
for my $tool (qw(vtap-decap vtap-fixlen)) {
	($status, $err, $stats) = run_told("$tool --stats stats -r version.pcapng -w out");
	is($status, 1, "$tool: a section of version 2: exit 1");
	is(scalar @$err, 1, '... one line');
	like($err->[0], qr/version\.pcapng: packet 1: offset 0: .*version 2\.0 .*skipped/, '... names it');
	is(numbers('out'), '18 20', '... and the others are read');
}

# So does one in front of damage: both are told.
my %damage = ('the file ends in the middle' => substr(ng_of(21), 0, -10), 'begins with length' => substr(ng_of(21), 0, -4) . 'oops', 'another capture' => pcap_of(21));
for my $what (sort keys %damage) {
	spew('version.pcapng', strange(16, 17), ng_of(18), $damage{$what});
	spew('version-last.pcapng', ng_of(18), $what =~ /another/ ? (strange(16), $damage{$what}) : substr strange(16), 0, -10);
	for my $tool ('vtap-decap -w out', 'vtap-fixlen -w out', "vtap-split --by linktype -w 'o/{key}.pcapng'", 'vtap-tap -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w out') {
		($status, $err, $stats) = run_told("$tool --stats stats -r version.pcapng");
		is("$status " . scalar @$err, '1 1', "$tool: a section of version 2, and $what: exit 1, one line");
		like($err->[0], qr/version\.pcapng: packet \d: offset \d+: [^;]*$what[^;]*; in front of that, packet 1: offset 0: section header: version 2\.0 is not known/, '... tells both');
		is($stats->{in}, 1, '... what was good is read');
		($status, $err) = run_told("$tool -r version-last.pcapng");
		like("$status @$err", qr/^1 \S+ \S*version-last\.pcapng: .*in front of that, packet 2: offset \d+: section header: version 2/, '... also where the section is the damaged one');
	}
}

# None is good, or there is only one.
($status, $err, $stats) = run_told("$split zero.pcap missing.pcap text.pcap");
is("$status @{[scalar @$err]}", '1 3', 'no good input: exit 1, a line each');
ok(!-e 'o', '... nothing is written');
is_deeply(states($stats), ['zero.pcap empty 0', 'missing.pcap unreadable 0', 'text.pcap not a capture 0'], '... told');
for my $tool ("vtap-split --by linktype -w 'o/{key}.pcap'", 'vtap-decap -w decap.pcap', 'vtap-fixlen -w fixlen.pcap') {
	($status, $err, $stats) = run_told("$tool --stats stats -r cut.pcap");
	is("$status @{[scalar @$err]}", '1 1', "$tool: one input, which is cut: one line");
	is_deeply($stats->{inputs}, [{name => 'cut.pcap', state => 'truncated at byte 100', packets => 1,
		first => '1970-01-01T00:00:05.000000000Z', last => '1970-01-01T00:00:05.000000000Z'}], '... told');
	($status, $err, $stats) = run_told("$tool --stats stats -r good.pcap -c 2");
	is_deeply($stats->{inputs}, [{name => 'good.pcap', state => 'ok', packets => 2,
		first => '1970-01-01T00:00:01.000000000Z', last => '1970-01-01T00:00:04.000000000Z'}], '... -c 2');
}
($status, $err, $stats) = run_told("$split -r cut.pcapng.gz good.pcap");
like(states($stats)->[0], qr/^cut\.pcapng\.gz truncated at byte \d+ 1$/, 'a compressed file that is cut');

# More inputs than the soft limit of descriptors; commands of -z have the limit of the shell.
mkdir 'many' or die;
symlink '../other.pcap', "many/$_.pcap" for 1 .. 1100;
for my $limit (1024, 64) {
	($status, $err, $stats) = run_told("ulimit -Sn $limit; $split -z 'ulimit -Sn >limit; :' many/*.pcap");
	is("$status @$err $stats->{in}", '0  2200', "1100 inputs at ulimit -Sn $limit");
	is(slurp('limit'), "$limit\n", '... and -z has that limit');
}
($status, $err, $stats) = run_told("ulimit -n 64; $split many/*.pcap");
is($status, 1, 'where the hard limit does not allow it: exit 1');
like($err->[0], qr/too many open files: packets of more than \d+ inputs overlap in time/, '... told');
is($stats->{in}, 2 * grep({ $_->{state} eq 'ok' } @{$stats->{inputs}}), '... and the others are read');

# Files of a rotation are as one file: outer fragments meet, in every format, and in any order of names.
my $whole = "$root/tests/data/vxlan-fragments.pcap";
my @records = records(slurp($whole));
for my $cut (1 .. $#records) {
	spew("part-$_->[0].pcap", substr(slurp($whole), 0, 24), @{$_->[1]}) for [1, [@records[0 .. $cut - 1]]], [2, [@records[$cut .. $#records]]];
	for my $format ('pcap', 'nsecpcap', 'pcapng') {
		for my $part (1, 2) { system("editcap -F $format part-$part.pcap part-$part.$format") and die }
		system("editcap -F $format $whole whole.$format") and die;
		run_told("vtap-decap -r whole.$format -w whole.out --stats stats");
		($status, $err, $stats) = run_told("vtap-decap part-2.$format -r part-1.$format -w parts.out --stats stats");
		is("$status @$err", '0 ', "vtap-decap, $format, cut at $cut");
		ok($stats->{details}{datagrams_reassembled} > 0, '... fragments met');
		is(peers('parts.out'), peers('whole.out'), '... the packets of one file');
		is(run_of('tcpdump -nr parts.out'), '', '... tcpdump takes it');
	}
	last if $cut == 3;
}
for my $format ('pcap', 'nsecpcap', 'pcapng') {
	system("editcap -F $format $_.pcap $_.$format") && die for qw(good other);
	($status, $err, $stats) = run_told("vtap-fixlen -q good.$format other.$format zero.pcap -w fixed.out --stats stats");
	is("$status @{[scalar @$err]}", '1 1', "vtap-fixlen, $format: a bad input costs itself");
	is(numbers('fixed.out'), '1 2 3 4 9', '... time order');
	system('mergecap -w merged.out good.pcap other.pcap') and die;
	is(peers('fixed.out'), peers('merged.out'), '... as mergecap merges them');
	is(run_of('tcpdump -nr fixed.out'), '', '... tcpdump takes it');
	is(scalar(() = `capinfos fixed.out` =~ /Interface #\d+ info/g), 1, '... one interface');
}

# Interfaces: alike in name, link type and resolution; of one file they stay apart.
sub named { my ($name, @t) = @_;
	return ng_section('<') . join('', map { ng_interface('<', 1, 262144, $_ eq '' ? () : ng_option('<', 2, $_)) } @$name)
		. join '', map { ng_packet('<', $_->[0], $_->[1] * 1e6, frame($_->[1]), 60) } @t }
spew('two-1.pcapng', named(['a', 'b', '', ''], [0, 1], [1, 3], [2, 5], [3, 7]));
spew('two-2.pcapng', named(['', 'b', '', 'c'], [0, 2], [1, 4], [2, 6], [3, 8]));
($status, $err, $stats) = run_told('vtap-fixlen -q two-1.pcapng two-2.pcapng -w fixed.out --stats stats');
is("$status @$err", '0 ', 'interfaces of two files');
is(join(' ', map { s/\s//gr } `tshark -n -r fixed.out -T fields -e frame.interface_id 2>/dev/null`), '0 1 2 2 1 3 3 4',
	'... alike by name; the second one without a name is the second of the other');
spew('link.pcapng', ng_section('<'), ng_interface('<', 101, 65535), ng_interface('<', 1, 96),
	ng_block('<', 4, pack 'S<2 C4 a4 S<2', 1, 8, 192, 0, 2, 1, "abc\0", 0, 0), ng_packet('<', 1, 2e6, frame(2), 60));
for my $tool ('vtap-fixlen', 'vtap-decap') {
	($status, $err, $stats) = run_told("$tool link.pcapng good.pcap -F pcapng -w fixed.out --stats stats");
	is(run_of('tcpdump -nr fixed.out'), '', "$tool: tcpdump takes a file of several snap lengths and a link type without packets");
	is(numbers('fixed.out'), '1 2 4 9', '... with all packets');
	is(run_of('mergecap -w merged.out fixed.out') . run_of('editcap fixed.out merged.out'), '', '... and others, though names stood in front');
	like(slurp('fixed.out'), qr/abc\0/, '... which are kept');
}
($status, $err) = run_told('vtap-fixlen - good.pcap -r - -w fixed.out');
like("$status @$err", qr/^2 .*standard input can be read only once/, 'standard input is there once');
($status, $err) = run_told('vtap-decap -l vxlan://127.0.0.1:4789 - good.pcap');
is($status, 2, 'live there are no files');

# What the run did not come to.
($status, $err, $stats) = run_told("$split -c 2 good.pcap other.pcap bad.pcap");
is("$status @$err", '0 ', '-c: damage behind the end is nobody\'s business');
is_deeply(states($stats), ['good.pcap ok 1', 'other.pcap ok 1', 'bad.pcap not read 0'], '... not read');

done_testing();
