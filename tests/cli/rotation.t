#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# More inputs than are open at once: files are opened by their first time, closed at their end, and must be what they were.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use JSON::PP qw(decode_json);
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_option ng_block ng_packet ng_simple);
use Readers qw(read_by_all);
use Run qw(run_told);
use Scratch qw(scratch);
use Wait qw(until_true waits_in);

my $build = abs_path($ENV{BUILD} || 'build');
my $root = abs_path('.');
my $dir = scratch();
chdir $dir or die;

sub states { my %n; $n{$_->{state}}++ for @{$_[0]{inputs}}; return join ', ', map { "$n{$_} $_" } sort keys %n }

# Frames that tell which they are.
sub frame { return pack('H24 n', '020000000002020000000001', 0x88b5) . "\0" x 42 . pack 'L<', $_[0] }
sub pcap_of { return pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, frame($_)] } @_) }
sub ng_of { return join '', ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 2, 'mon0')),
	map { ng_packet('<', 0, $_ * 1e6, frame($_), 60) } @_ }
sub seconds { return map { (split)[0] / 1e9 } packets($_[0]) }
# The bytes of each packet tell its second, too, so that none is taken for another.
sub right { my ($file, @want) = @_;
	my $whole = pcap_of(@want);
	spew('want', $whole);
	return join("\n", map { s/ \S* (?=\S+$)/ /r } packets($file)) eq join "\n", map { s/ \S* (?=\S+$)/ /r } packets('want') }

# 5,000 files of a minute.
mkdir 'day';
spew(sprintf('day/%04d.pcap', $_), pcap_of($_ * 60, $_ * 60 + 30, $_ * 60 + 59)) for 0 .. 4999;
my $whole = pcap_of(map { ($_ * 60, $_ * 60 + 30, $_ * 60 + 59) } 0 .. 4999);
for my $limit ('-Sn 256', '-n 64') {
	for my $tool ('vtap-decap -q -w out -F pcap', 'vtap-fixlen -q -w out', "vtap-split -q --by linktype -w 'o/{key}.pcap'") {
		my $out = $tool =~ /split/ ? 'o/1.pcap' : 'out';
		my ($status, $err, $stats) = run_told("ulimit $limit; $tool --stats stats day");
		is("$status @$err " . states($stats), '0  5000 ok', "5,000 files, ulimit $limit: $tool");
		ok(substr(slurp($out), 24) eq substr($whole, 24), '... every packet, in time order');
	}
}
read_by_all('o/1.pcap', 15000, '5,000 files');
remove_tree('day');

# 150 files that overlap, in each format, against the packets in the order of their times.
my @all = map { [map { 1000 + $_ } $_, $_ + 500, $_ + 1000] } map { $_ * 7 % 150 } 0 .. 149;
my @sorted = sort { $a <=> $b } map { @$_ } @all;
mkdir $_ for qw(pcap ng gz zst snoop);
for my $i (0 .. $#all) {
	spew("pcap/$i.pcap", pcap_of(@{$all[$i]}));
	spew("ng/$i.pcapng", ng_of(@{$all[$i]}));
	spew("snoop/$i.cap", "snoop\0\0\0", pack('L>2', 2, 4), map { pack('L>6', 60, 60, 84, 0, $_, 0) . frame($_) } @{$all[$i]});
}
system 'cp pcap/*.pcap gz && gzip gz/* && cp ng/*.pcapng zst && zstd -q --rm zst/*' and die;
for my $run (['', 'pcap'], ['', 'ng'], ['', 'gz'], ['', 'zst'], ['', 'snoop'], ['--reader wiretap', 'ng'], ['--no-sandbox', 'pcap']) {
	my ($options, $folder) = @$run;
	my ($status, $err, $stats) = run_told("vtap-fixlen -q $options --stats stats -F pcapng $folder -w out");
	is("$status @$err " . states($stats), '0  150 ok', "$folder $options: 150 files that overlap");
	ok(right('out', @sorted), '... as they were');
	is(scalar(() = `capinfos out` =~ /Interface #\d+ info/g), 1, '... on one interface');
	($status, $err) = run_told("vtap-split -q $options --window 3 --by linktype -w 'o/{key}.pcap' $folder");
	is("$status @$err", '0 ', '... --window');
	ok(right('o/1.pcap', @sorted), '... as they were');
}
my ($status, $err, $stats) = run_told("cat pcap/7.pcap | vtap-fixlen -q --stats stats \$(ls pcap/*.pcap | grep -v /7.pcap) - -w out <pcap/7.pcap");
is("$status @$err " . states($stats), '0  150 ok', 'standard input, a file, among them');
ok(right('out', @sorted), '... is read from where it is open');
($status, $err, $stats) = run_told("cat pcap/7.pcap | vtap-fixlen -q --stats stats - \$(ls pcap/*.pcap | grep -v /7.pcap) -w out");
is("$status @$err " . states($stats), '0  150 ok', 'a pipe among them');
ok(right('out', @sorted), '... too');
($status, $err, $stats) = run_told('vtap-fixlen -q --stats stats -c 100 pcap -w out');
is("$status @$err " . states($stats), '0  50 not read, 100 ok', '-c: later files are not read');
ok(right('out', @sorted[0 .. 99]), '... of the packets the earliest are');
mkdir 'links';
symlink "../pcap/$_.pcap", "links/$_" for 0 .. 149;
($status, $err, $stats) = run_told('vtap-fixlen -q --stats stats links -w out');
is("$status @$err " . states($stats), '0  150 ok', 'links into another folder');
ok(right('out', @sorted), '... are followed');

# A window sorts within each file, and the file is opened by the earliest of its window.
mkdir 'late';
spew(sprintf('late/%02d.pcap', $_), pcap_of($_ * 60 + 2, $_ * 60, $_ * 60 + 1)) for 0 .. 99;
($status, $err) = run_told("vtap-split -q --window 5 --by linktype -w 'o/{key}.pcap' late");
ok(right('o/1.pcap', map { ($_ * 60, $_ * 60 + 1, $_ * 60 + 2) } 0 .. 99), '--window: packets out of order');

# Other blocks come with their packets, also of a file that has none; simple packets have no time.
mkdir 'blocks';
spew("blocks/$_.pcapng", ng_of($_ + 10)) for 0 .. 79;
my $names = sub { ng_block('<', 4, pack 'S<2 C4 a4 S<2', 1, 8, 192, 0, 2, $_[0], "n$_[0]\0", 0, 0) };
spew('blocks/80.pcapng', ng_of(), $names->(33));
spew('blocks/81.pcapng', ng_section('<'), ng_interface('<', 1, 0), ng_simple('<', frame(7)));
spew('blocks/82.pcapng', ng_section('<'), ng_interface('<', 1, 0), $names->(44), ng_packet('<', 0, 5e6, frame(5), 60));
($status, $err, $stats) = run_told('vtap-fixlen -q --stats stats blocks -w out');
is("$status @$err " . states($stats) . " $stats->{in}", '0  83 ok 82', 'files without packets, and packets without time');
like(slurp('out'), qr/n33\0/, '... names of a file without packets are kept');
like(slurp('out'), qr/n44\0/, '... and those in front of a packet');

# Bad ones cost themselves, and each is told once.
mkdir 'bad';
spew("bad/$_.pcap", pcap_of($_ + 10, $_ + 200)) for 0 .. 79;
spew('bad/zero.pcap');
spew('bad/text.pcap', "a text that is no capture, and longer than any head\n" x 2);
spew('bad/cut.pcap', substr pcap_of(5, 6), 0, -10);
spew('bad/damaged.pcap', pcap_of() . pack('L<4', 11, 0, 0x7fffffff, 60) . 'x' x 60);
spew('bad/cut.pcapng', substr ng_of(7, 8), 0, -10);
system 'gzip -k bad/cut.pcapng' and die;
my %state = ('zero.pcap' => 'empty 0', 'text.pcap' => 'not a capture 0', 'missing.pcap' => 'unreadable 0', 'cut.pcap' => 'truncated at byte 100 1',
	'damaged.pcap' => 'damaged at byte 24 0', 'cut.pcapng' => 'truncated at byte 152 1', 'cut.pcapng.gz' => 'truncated at byte 152 1');
for my $tool ('vtap-decap -q -w out', 'vtap-fixlen -q -w out', "vtap-split -q --by linktype -w 'o/{key}.pcap'") {
	($status, $err, $stats) = run_told("$tool --stats stats bad bad/missing.pcap");
	is($status, 1, "$tool: bad files among many: exit 1");
	is(join(' ', sort map { m{bad/(.*?): } } @$err), join(' ', sort keys %state), '... a line for each');
	is_deeply({map { ($_->{name} =~ s{.*/}{}r => "$_->{state} $_->{packets}") } grep { $_->{state} ne 'ok' } @{$stats->{inputs}}}, \%state, '... --stats says which');
	is($stats->{in}, 163, '... and the others are read');
}

# A file that is another one by the time that it is opened again. What is read first is a FIFO, which holds the run up.
mkdir 'ring';
sub make_ring { spew("ring/$_.pcap", pcap_of($_ + 10)) for 0 .. 79; unlink 'fifo'; system 'mkfifo fifo' and die }
for my $case (['replaced', sub { spew('new', pcap_of(99)); rename 'new', 'ring/7.pcap' }, qr/^vtap-\w+: ring\/7\.pcap: is another file than when the run began: left out$/],
	['removed', sub { unlink 'ring/7.pcap' }, qr/^vtap-\w+: ring\/7\.pcap: No such file or directory$/],
	['a folder', sub { unlink 'ring/7.pcap'; mkdir 'ring/7.pcap' }, qr/^vtap-\w+: ring\/7\.pcap: (?:is another file than when the run began: left out|Permission denied)$/],
	['a FIFO', sub { unlink 'ring/7.pcap'; mkfifo('ring/7.pcap', 0600) or die }, qr/^vtap-\w+: ring\/7\.pcap: is another file than when the run began: left out$/],
	['emptied', sub { truncate 'ring/7.pcap', 0 or die }, qr/^vtap-\w+: ring\/7\.pcap: empty \(0 bytes\): it held a capture when the run began$/, 'empty'],
	['a link', sub { link 'ring/7.pcap', 'ring/.kept'; symlink '.kept', 'new'; rename 'new', 'ring/7.pcap' }, undef]) {
	my ($what, $change, $told, $state) = @$case;
	for my $tool ('vtap-decap -q -w out -F pcap', 'vtap-fixlen -q -w out -F pcap', "vtap-split -q --by linktype -w 'o/{key}.pcap'") {
		remove_tree('ring/7.pcap');
		unlink 'ring/7.pcap', 'ring/.kept', 'stats', 'out';
		remove_tree('o');
		make_ring();
		my $pid = fork // die;
		exec 'bash', '-c', "PATH=$build:\$PATH; exec $tool --stats stats ring fifo 2>stderr" if !$pid;
		open my $fifo, '>', 'fifo' or die; # the files were all probed
		syswrite $fifo, pcap_of();
		# The run has looked at each file, and waits for the packets of the FIFO.
		ok(until_true(sub { slurp("/proc/$pid/status") =~ /^Seccomp:\s*2/m && waits_in($pid, qr/poll/) }), "$tool: waits");
		$change->();
		syswrite $fifo, substr pcap_of(1), 24;
		close $fifo;
		waitpid $pid, 0;
		$status = $? >> 8;
		$stats = decode_json(slurp('stats'));
		my @others = grep { $_ != 17 } 10 .. 89;
		my $out = $tool =~ /split/ ? 'o/1.pcap' : 'out';
		if (!$told) {
			is("$status " . slurp('stderr') . states($stats), '0 81 ok', "$tool: $what to the file: it is the file");
			ok(right($out, 1, 10 .. 89), '... which is read');
			next;
		}
		is($status, 1, "$tool: a file that is $what meanwhile: exit 1");
		like(slurp('stderr') =~ s/\n\z//r, $told, '... told');
		is(states($stats), join(', ', map { ($_ eq 'ok' ? 80 : 1) . " $_" } sort 'ok', $state // 'unreadable'), '... --stats says it');
		ok(right($out, 1, @others), '... and the others are read');
	}
}
remove_tree('ring');

# Outer fragments meet when each is in a file of its own, and interfaces that are alike are one after their files are closed.
my $sample = slurp("$root/tests/data/vxlan-fragments.pcap");
my @records;
for (my $at = 24; $at < length $sample; $at += length $records[-1]) {
	push @records, substr $sample, $at, 16 + unpack 'L<', substr $sample, $at + 8, 4;
}
mkdir 'fragments';
my $copies = 1 + int 70 / @records;
for my $copy (0 .. $copies - 1) {
	for my $i (0 .. $#records) {
		my $record = $records[$i];
		substr $record, 0, 4, pack 'L<', 1000 * $copy + unpack 'L<', $record;
		spew(sprintf('fragments/%03d-%02d.pcap', $copy, $i), substr($sample, 0, 24), $record);
	}
}
run_told("vtap-decap -q --stats stats -r $root/tests/data/vxlan-fragments.pcap -w whole.pcap");
my $once = decode_json(slurp('stats'))->{details}{datagrams_reassembled};
($status, $err, $stats) = run_told('vtap-decap -q --stats stats fragments -w out');
is("$status @$err", '0 ', 'fragments, each in a file of its own');
is($stats->{details}{datagrams_reassembled}, $copies * $once, '... meet');
is($stats->{out}, $copies * packets('whole.pcap'), '... all of them');

# Who reads the files: root of others' files, and the user of -Z.
SKIP: {
	skip 'not root', 9 if $>;
	my ($nobody, $daemon) = map { (getpwnam $_)[2] } 'nobody', 'daemon';
	chmod 0755, $dir;
	make_path('theirs', 'written');
	for (0 .. 79) {
		spew("theirs/$_.pcap", pcap_of($_ + 10));
		chmod 0600, "theirs/$_.pcap";
		chown $daemon, -1, "theirs/$_.pcap";
	}
	chown $daemon, -1, 'theirs';
	chown $nobody, -1, 'written';
	chmod 0700, 'theirs';
	($status, $err, $stats) = run_told('vtap-fixlen -q --stats stats theirs -w out');
	is("$status @$err " . states($stats), '0  80 ok', 'root reads files in a folder that only another user may read');
	($status, $err) = run_told('vtap-fixlen -q -Z daemon theirs >out');
	is("$status @$err", '0 ', '-Z: a user who may read them');
	ok(right('out', 10 .. 89), '... reads them');
	for my $tool ('vtap-fixlen -w written/out', 'vtap-decap -w written/out', "vtap-split --by linktype -w 'written/{key}.pcap'") {
		($status, $err) = run_told("$tool -q -Z nobody theirs");
		is("$status " . @$err, '1 1', "$tool -Z nobody: one who may not: exit 1, one line");
		like($err->[0], qr/^vtap-\w+: theirs\/0\.pcap: nobody \(-Z\) cannot read it, .*: Permission denied$/, '... names the first');
	}
	chmod 0755, 'theirs';
	chmod 0644, glob 'theirs/*';
	chmod 0600, 'theirs/33.pcap';
	($status, $err) = run_told('vtap-fixlen -q -Z nobody theirs -w written/out');
	like("$status @$err", qr/^1 vtap-fixlen: theirs\/33\.pcap: nobody/, '... the first that is not readable');
	is(join(' ', glob 'written/*'), '', '... before anything is written');
	($status, $err) = run_told('vtap-fixlen -q -Z nobody theirs/1*.pcap theirs/33.pcap -w written/out');
	is("$status @$err", '0 ', 'few files are open before -Z');
}

done_testing();
