#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The line of progress, as a person sees it on a terminal: what it says, when it comes, what it makes way for, and that
# nothing of it is left. Reads of the inputs wait until the test lets them pass, and the clock of the tools runs faster than
# that of the test, but where the test is about seconds.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap packets);
use Scratch qw(scratch);
use Terminal;
use Time::HiRes qw(time);
use Wait qw(until_true state_of has_signals);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;

srand 1;
my $noise = join '', map { pack 'N', rand 1 << 32 } 1 .. 1 << 18;

# An Ethernet frame of 1380 bytes, which do not compress, in VXLAN from a host.
sub frame {
	my ($host) = @_;
	my $inner = pack('H28', '0200000000020200000000010800') . ip(0x0b000000, 17, udp(53, substr $noise, rand(1 << 20) - 2000, 1338));
	return pack('H28', '0200000000040200000000030800') . ip(0x0a000000 + $host, 17, udp(4789, pack('N N', 0x08000000, 7 << 8) . $inner));
}
sub udp { return pack('n n n n', 4000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[2], 0, 0, 64, $_[1], 0, $_[0], 0x0a000099) . $_[2] }

# 256 KiB are read at a time. Three hosts send, and towards the end one more.
my $packets = 11000;
my @records = map { [1_700_000_000 + $_, 0, frame($_ % ($_ > 9000 ? 4 : 3))] } 1 .. $packets;
spew('a.pcap', pcap('<', 0xa1b2c3d4, 1, @records));
spew('first.pcap', pcap('<', 0xa1b2c3d4, 1, grep { $_->[0] % 2 } @records));
spew('second.pcap', pcap('<', 0xa1b2c3d4, 1, grep { $_->[0] % 2 == 0 } @records));
my $reads = 50; # of 61: there is more to come
my $megabytes = sprintf '%.1f', (-s 'a.pcap') / 1e6;

my %tool = (
	decap => 'vtap-decap', fixlen => 'vtap-fixlen', split => "vtap-split --by source -w 'FRESH/{key}.pcap'",
	tap => 'vtap-tap -t vxlan://192.0.2.1/1 --from 192.0.2.9 -w -',
);

# Folders, so that names are not taken.
my $folders = 0;
sub fresh { mkdir 'o' . ++$folders; return "o$folders" }

my $speed = 5;

# A tool whose reads wait, but for those that are called piped/TOOL: terminal, command.
sub gated {
	my ($columns, $command, %env) = @_;
	my $terminal = Terminal->new($columns, reflow => delete $env{reflow});
	my $gate = $terminal->gate($dir, delete $env{speed} // $speed);
	my $piped = $gate =~ s/ GATE_FD=.*//r;
	$terminal->{command} = $command =~ s/FRESH/fresh()/er;
	$command = $terminal->{command} =~ s{(?<!/)\bvtap-}{$gate $build/vtap-}gr;
	return $terminal->start($command =~ s{\bpiped/}{$piped $build/}gr, %env);
}

my $number = qr/\d+(?:\.\d)?/;

# Several of them, begun together: what a line takes to come passes once.
sub begun { return map { my $terminal = gated(@$_); $terminal->pass(12); $terminal } @_ }

# Waits for the line of one: terminal, line.
sub line_of {
	my ($terminal, $at_most) = @_;
	ok($terminal->shows_as_it_reads(qr/%|pkt/, $at_most // $reads), $terminal->{command}) or diag $terminal->text;
	my @rows = $terminal->rows;
	is(scalar @rows, 1, '... one line') or diag $terminal->text;
	return ($terminal, $rows[-1] // '');
}

sub drawing { return line_of(gated(@_)) }

# Lets a tool that draws read to its end: no line is left.
sub ends {
	my ($terminal, $status, $left) = @_;
	$terminal->pass;
	is($terminal->status, $status // 0, '... ends');
	is($terminal->text, $left // '', '... and nothing of it is left') if !ref $left;
	like($terminal->text, $left, '... and nothing of it is left') if ref $left;
}

# A message begins with what clears the line: one that is longer would hide that it does not.
sub clears {
	my ($terminal, $pattern) = @_;
	like($terminal->{read}, qr/\r\033\[J$pattern/, '... which is cleared for it');
	unlike($terminal->{read}, qr/(?<!\033\[J)$pattern/, '... each time');
}

# Lets a tool read for as long as a line would take to come, and more: since its first read.
sub reads_on {
	my ($terminal) = @_;
	my ($next, $since) = (0, undef);
	until_true(sub {
			$terminal->see;
			return 0 if time < $next || !$terminal->passed_all;
			$since //= time if $terminal->{passed};
			return 1 if $since && time > $since + 2.2 / $speed;
			$terminal->pass(1);
			$next = time + 0.1 / $speed;
			return 0;
		});
}

# What is not there, long after a line would have come.
sub draws_nothing {
	my ($name, $command, %env) = @_;
	my $terminal = gated(80, $command, %env);
	reads_on($terminal);
	is($terminal->{read}, '', $name);
	return $terminal;
}

# The parts of the line that has a percentage; what a person can add up has to agree.
sub has_parts {
	my ($line, $name, $of) = @_;
	my ($part, $done, $total) = $line =~ m{^$name +(\d+)%  ($number)/($number) MB};
	ok(defined $total, "... says how far: $line") or return;
	is($total, $of // $megabytes, '... of all');
	cmp_ok(abs($part - 100 * $done / $total), '<', 2, '... and in percent');
}

# Four tools, three widths.
my $eta = qr{  eta (?:\d+ (?:d|h|min) )?\d+ (?:h|min|s)};
my %rest = (40 => qr/(?:$eta)?/, 80 => qr{  $number k?pkt  $number [kM]?B/s(?:$eta)?});
$rest{200} = $rest{80};
my %to = map { $_ => $_ eq 'split' ? '' : '>/dev/null' } keys %tool;
for my $columns (40, 80, 200) {
	my @names = sort keys %tool;
	for (begun(map { [$columns, "$tool{$_} -r a.pcap $to{$_}"] } @names)) {
		my $name = shift @names;
		my ($terminal, $line) = line_of($_);
		like($line, qr{^$name +\d+%  $number/$number MB$rest{$columns}\z}, "... of what $columns columns have room for");
		has_parts($line, $name);
		is(join(' ', $terminal->cursor), '0 0', '... with the cursor in front of it');
		ok($terminal->shows_as_it_reads(qr/^(?!\Q$line\E$)$name/, $reads), '... drawn again');
		is(scalar(my @rows = $terminal->rows), 1, '... in its place');
		ends($terminal);
		cmp_ok(($terminal->drawn)[0][0], '>=', 1, '... does not come within a second');
	}
}

# Twice a second. A busy machine draws later, and so never for long.
{
	my ($least, $tries) = (9, 0);
	while ($least > 0.7 && $tries++ < 5) {
		my ($terminal) = gated(80, "$tool{decap} -r a.pcap >/dev/null", speed => 1);
		until_true(sub { $terminal->shows_as_it_reads(qr/decap/, $reads); $terminal->pass(1) if $terminal->{passed} < $reads; 3 <= (my @drawn = $terminal->drawn) });
		my @at = map { $_->[0] } $terminal->drawn;
		my @gaps = sort { $a <=> $b } map { $at[$_] - $at[ $_ - 1 ] } 1 .. $#at;
		$least = $gaps[-1] if @gaps && $gaps[-1] < $least;
		$terminal->pass;
		$terminal->status;
	}
	cmp_ok($least, '<=', 0.7, 'drawn twice a second');
}

# A run that is done within the second has drawn nothing, and no code was written.
{
	my $terminal = gated(80, "$tool{decap} -c 5 -r a.pcap >/dev/null", speed => 1);
	ends($terminal);
	is($terminal->{read}, '', 'a short run: not a byte');
}

# Another size within the second asks for no line before its time.
{
	my ($terminal) = begun([80, "exec $tool{decap} -r a.pcap >/dev/null"]);
	ok(until_true(sub { has_signals($terminal->{pid}, 'WINCH') }), 'another size before the line comes');
	$terminal->size(60);
	$terminal->pass(2);
	ok($terminal->shows_as_it_reads(qr/decap/, $reads), '... it comes');
	cmp_ok(($terminal->drawn)[0][0], '>=', 1, '... after a second');
	ends($terminal);
}

# Regular files, however they come: the place in all of them, of compressed ones as they are on the disk.
system 'gzip -1kf a.pcap && zstd -q -f a.pcap';
my $packed = sprintf '%.1f', (-s 'a.pcap.gz') / 1e6;
my $zstd = sprintf '%.1f', (-s 'a.pcap.zst') / 1e6;
mkdir 'folder';
system 'cp first.pcap second.pcap folder';
my $both = sprintf '%.1f', ((-s 'first.pcap') + -s 'second.pcap') / 1e6;
spew('list', "first.pcap\nsecond.pcap\n");
mkdir 'many';
for my $part (0 .. 99) {
	spew("many/$part.pcap", pcap('<', 0xa1b2c3d4, 1, @records[ $part * 110 .. $part * 110 + 109 ]));
}
my $many = 0;
$many += -s for glob 'many/*';
$many = sprintf '%.1f', $many / 1e6;
my @inputs = (
	['standard input', '<a.pcap', $megabytes], ['gzip', 'a.pcap.gz', $packed], ['zstd on standard input', '<a.pcap.zst', $zstd],
	['several', 'first.pcap second.pcap', $both], ['a folder', 'folder', $both], ['a list', '--files-from list', $both],
	['a list on standard input', '--files-from - <list', $both], ['more than are open at once', 'many', $many, 200 + $reads],
);
my @readers = map { (qw(decap fixlen split))[ $_ % 3 ] } 0 .. $#inputs; # of which each reads some of them
for (begun(map { [80, "$tool{$readers[$_]} $inputs[$_][1] $to{$readers[$_]}"] } 0 .. $#inputs)) {
	my ($what, undef, $of, $at_most) = @{ shift @inputs };
	$_->pass(200) if $at_most;
	my ($terminal, $line) = line_of($_, $at_most);
	has_parts($line, shift @readers, $of);
	ends($terminal);
}

# wiretap reads a file by functions of its own, so that none waits; a slow reader of the output does.
system 'editcap -F snoop a.pcap a.snoop';
{
	my $terminal = Terminal->new(80);
	my $hurry = $terminal->hurry($dir, $speed);
	$terminal->start("$hurry $build/vtap-decap --reader wiretap -r a.snoop | perl -e 'select undef, undef, undef, 0.003 while sysread STDIN, \$_, 65536'");
	ok($terminal->shows(qr/decap/), 'wiretap');
	has_parts(($terminal->rows)[0], 'decap', sprintf '%.1f', (-s 'a.snoop') / 1e6);
	is($terminal->status, 0, '... ends');
	is($terminal->text, '', '... and nothing of it is left');
}

# -c: the end comes earlier than that of the file.
{
	my ($terminal, $line) = drawing(80, "$tool{decap} -c 10000 -r a.pcap >/dev/null");
	my ($percent, $done, $read, $unit) = $line =~ m{^decap +(\d+)%  ($number)/\Q$megabytes\E MB  ($number) (k?)pkt};
	my $counted = $unit ? $read * 1000 : $read;
	cmp_ok(abs($percent - $counted / 100), '<', 2, "... in percent of -c 10000: $line");
	cmp_ok($percent + 1.5, '>=', 100 * $done / $megabytes, '... which is more than that of the file');
	ends($terminal);
}

# Of a file and a pipe nobody knows the end.
{
	my ($terminal, $line) = drawing(80, 'cat second.pcap | vtap-decap first.pcap - >/dev/null');
	like($line, qr{^decap  $number k?pkt  $number k?pkt/s  $number [kM]?bit/s  0 dropped  [34] sources\z}, "... without an end: $line");
	ends($terminal);
}

# Pipes: with -v alone; the table comes below nothing.
{
	my $gated = 'vtap-fixlen -q -r a.pcap'; # whose reads wait, and which draws nothing
	my $terminal = draws_nothing('from a pipe: no line', "$gated | piped/vtap-decap >/dev/null");
	ends($terminal);
	for my $columns (40, 80) {
		my @names = sort keys %tool;
		for (begun(map { [$columns, "$gated | piped/$tool{$_} -v $to{$_}"] } @names)) {
			my $name = shift @names;
			my ($terminal, $line) = line_of($_);
			my %says = (decap => '  3 sources', fixlen => '  3 sources', split => '  3 keys', tap => '(?:  0 interfaces)?');
			my $rate = qr{  $number k?pkt/s};
			my $wide = $columns == 80 ? qr/$rate  $number [kM]?bit\/s/ : qr/(?:$rate)?/;
			like($line, qr{^$name  $number k?pkt$wide  0 dropped(?:$says{$name})@{[ $columns == 80 ? '' : '?' ]}\z}, "... packets, rates, drops, sources: $line");
			ends($terminal, 0, qr/\A(?!.*$name  \d)vtap-$name: [\d,]+ packets/s);
		}
	}
}

# Never: -q, TERM=dumb, no terminal.
{
	ends(draws_nothing('-q', "$tool{decap} -q -r a.pcap >/dev/null"));
	ends(draws_nothing('-q -v: no line', "$tool{decap} -q -v -r a.pcap >/dev/null"), 0, qr/^vtap-decap: 11,000 packets/);
	ends(draws_nothing('TERM=dumb', "$tool{decap} -r a.pcap >/dev/null", TERM => 'dumb'));
	ends(draws_nothing('standard error is a file', "$tool{decap} -r a.pcap >/dev/null 2>told"));
	is(slurp('told'), '', '... which gets nothing');
	ends(draws_nothing('standard error is a pipe', "{ $tool{decap} -r a.pcap >/dev/null; } 2>&1 | cat >told"));
	is(slurp('told'), '', '... which gets nothing');
	my ($terminal) = drawing(80, "$tool{decap} -r a.pcap >/dev/null", TERM => undef);
	ends($terminal);
}

# What is written is what it would be without a terminal: a line does not flush the output, which compresses less then.
{
	system "$build/vtap-fixlen -r a.pcap -w alone.pcap.gz";
	my ($terminal) = drawing(80, "$tool{fixlen} -r a.pcap -w watched.pcap.gz");
	ends($terminal);
	ok(slurp('alone.pcap.gz') eq slurp('watched.pcap.gz'), '... the same bytes, compressed');
}

# An error in the middle: the line makes way, and goes on below it.
{
	spew('cut.pcap', substr slurp('second.pcap'), 0, 5_000_000);
	my $terminal = gated(80, "$tool{decap} first.pcap cut.pcap >/dev/null");
	ok($terminal->shows_as_it_reads(qr/^decap/m, $reads), 'a damaged input');
	ok($terminal->shows_as_it_reads(qr/cut.*\ndecap/, $reads), '... an error comes, and the line after it') or diag $terminal->text;
	my @lines = $terminal->lines;
	like($lines[0], qr/^vtap-decap: cut\.pcap: /, '... the error stands alone');
	like($lines[1], qr/^decap +\d+%/, '... and the line');
	is(scalar @lines, 2, '... nothing else');
	ends($terminal, 1, qr/\Avtap-decap: cut\.pcap: [^\n]*\z/);
	clears($terminal, 'vtap-decap: cut');
}

# SIGUSR1.
{
	my ($terminal) = drawing(80, "exec $tool{decap} -r a.pcap >/dev/null");
	kill 'USR1', $terminal->{pid};
	ok($terminal->shows_as_it_reads(qr/\}\ndecap/, $reads), '... SIGUSR1: the counters, and the line after them');
	my @lines = $terminal->lines;
	like($lines[0], qr/^\{.*\}$/, '... each alone');
	ends($terminal, 0, qr/\A\{[^\n]*\}\z/);
	clears($terminal, '\{"schema_version"');
}

# Control-C, which the terminal shows.
for my $columns (40, 80) {
	my ($terminal) = drawing($columns, "exec $tool{decap} -r a.pcap -w i$columns.pcap");
	$terminal->type("\x03");
	is($terminal->status, 130, '... control-C ends it');
	my @lines = $terminal->lines;
	like($lines[0], qr/^vtap-decap: interrupted after [\d,]+ packets, \d+% of a\.pcap; what was written is in i$columns\.pcap\.tmp\z/, '... which is told alone');
	is(scalar @lines, 1, '... and nothing else stands there') or diag $terminal->text;
	clears($terminal, 'vtap-decap: interrupted');
}

# Another size of the terminal: of one that cuts its lines, of one that breaks them.
for my $reflow (0, 1) {
	my ($terminal, $line) = drawing(80, "$tool{decap} -r a.pcap >/dev/null", reflow => $reflow);
	for my $columns (40, 200, 30, 80) {
		my $before = $terminal->drawn;
		$terminal->size($columns);
		ok($terminal->shows_as_it_reads(qr/\A(?!\Q$line\E\z)decap[^\n]*\z/, $reads) && until_true(sub { $terminal->see; $terminal->drawn > $before || !$terminal->pass(1) }), "... $columns columns")
			or diag $terminal->text;
		my @rows = $terminal->rows;
		is(scalar @rows, 1, '... one line') or diag $terminal->text;
		cmp_ok(length $rows[0], '<', $columns, '... that fits');
		cmp_ok(length $rows[0], '>', 40, '... and says all') if $columns >= 80;
		$line = $rows[0];
	}
	ends($terminal);
}

# What another program prints on the terminal takes the place of the line.
{
	system 'mkfifo said';
	my ($terminal) = drawing(80, "exec 8<>said; $tool{decap} -r a.pcap >/dev/null & read -r words <&8; echo \"\$words\"; wait");
	spew('said', "12:00:00.000000 IP 10.0.0.1.4000 > 10.0.0.153.4789: VXLAN, flags [I] (0x08), vni 7\n");
	ok($terminal->shows_as_it_reads(qr/IP.*\n(?:.*\n)?decap/, $reads), '... another program prints, and the line comes below');
	my @lines = $terminal->lines;
	like($lines[0], qr/^12:00:00.*vni 7\z/, '... and is read as it would be alone');
	like($lines[1], qr/^decap +\d+%/, '... and so is the line');
	ends($terminal, 0, qr/\A12:00:00[^\n]*\z/);
}

# Control-S stops the terminal and not the packets.
{
	my ($terminal) = drawing(80, "$tool{decap} -r a.pcap -w s.pcap");
	$terminal->type("\x13");
	$terminal->pass;
	ok(until_true(sub { -e 's.pcap' }), '... control-S: the run goes on to its end');
	$terminal->type("\x11");
	is($terminal->status, 0, '... control-Q');
	is($terminal->text, '', '... and nothing is left');
	is(scalar packets('s.pcap'), $packets, '... nor lost');
}

# A pipeline: its one reader of a file draws; messages and tables of the others stand alone.
{
	my $split = "vtap-split --by interface -w 'FRESH/{key}.pcap'";
	my ($terminal, $line) = drawing(80, "$tool{decap} -r a.pcap | piped/vtap-fixlen | piped/$split");
	has_parts($line, 'decap');
	ends($terminal);
	($terminal, $line) = drawing(80, "$tool{decap} -v -r a.pcap | piped/vtap-fixlen -v | piped/$split -v");
	has_parts($line, 'decap');
	ok($terminal->shows_as_it_reads(qr/\A(?!\Q$line\E)decap[^\n]*\z/, $reads), '... with -v in all of them, too');
	is(join(' ', map { $_->[1] =~ /^(\w+)/ } grep { $_->[1] !~ /^decap/ } $terminal->drawn), '', '... and no other line was drawn between');
	$terminal->pass;
	is($terminal->status, 0, '... ends');
	my @lines = $terminal->lines;
	is(scalar(grep { /^vtap-(?:decap|fixlen|split): 11,000 packets/ } @lines), 3, '... three tables') or diag $terminal->text;
	is(scalar(grep { /\d%|pkt/ } @lines), 0, '... and no line');
	mkdir 'o';
	spew('o/vxlan-7@10.0.0.3.pcap', 'taken');
	($terminal) = drawing(80, "$tool{decap} -r a.pcap | piped/vtap-split --by interface -w 'o/{key}.pcap'");
	ok($terminal->shows_as_it_reads(qr/packets go to.*\ndecap/, 60), "... another tool's message takes the place of the line") or diag $terminal->text;
	@lines = $terminal->lines;
	like($lines[0], qr/^vtap-split: o\/vxlan-7\@10\.0\.0\.3\.pcap/, '... and stands alone');
	$terminal->pass;
	$terminal->status;
	is(scalar(grep { /%/ } $terminal->lines), 0, '... to the end');
	clears($terminal, 'vtap-split: o/vxlan');
}

# The commands of -z, and what is said of them.
{
	my $terminal = gated(80, "vtap-split --by source -C 2 -z false -w 'o/{key}-{n}.pcap' -r a.pcap");
	ok($terminal->shows_as_it_reads(qr/exit status 1\n(?:.*\n)*split +\d+%/, $reads), '-z: a command fails, and the line goes on below') or diag $terminal->text;
	is(scalar(grep { !/^(?:vtap-split: o\/\S+: -z 'false': exit status 1|split +\d+%.*)\z/ } $terminal->lines), 0, '... each on a line of its own') or diag $terminal->text;
	$terminal->pass;
	$terminal->status;
	is(scalar(grep { /%/ } $terminal->lines), 0, '... and nothing of it is left');
	like($terminal->{read}, qr/(?:split[^\r\n]*\033\[J\r)\r\033\[Jvtap-split: o\/\S+: -z 'false'/, '... which is cleared for it');
	unlike($terminal->{read}, qr/split  [^\r\n]*\033\[J\rvtap/, '... each time');
}

# In the background: no line over what the user types, and no stop because of it. In the foreground again, it goes on.
{
	my $terminal = Terminal->new(80);
	my $gate = $terminal->gate($dir, $speed);
	$terminal->start("set -m; stty tostop; $gate $build/$tool{decap} -r a.pcap >/dev/null & echo pid \$! runs; read -r; fg; read -r; fg; echo status \$?");
	ok($terminal->shows(qr/^pid (\d+) runs/), 'in the background');
	my ($pid) = $terminal->text =~ /^pid (\d+)/;
	reads_on($terminal);
	is($terminal->text, "pid $pid runs", '... no line');
	isnt(state_of($pid), 'T', '... and it is not stopped, whatever the terminal says (tostop)');
	$terminal->type("\n");
	ok($terminal->shows_as_it_reads(qr/^decap +\d+%.*\z/m, $reads), '... in the foreground it is drawn') or diag $terminal->text;
	$terminal->type("\x1a");
	ok(until_true(sub { state_of($pid) eq 'T' }), '... control-Z stops it');
	$terminal->shows(qr/Stopped/);
	my @before = $terminal->drawn;
	$terminal->type("\n");
	ok($terminal->shows_as_it_reads(qr/Stopped.*^decap +\d+%.*\z/ms, 58), '... fg: it is drawn again') or diag $terminal->text;
	$terminal->pass;
	is($terminal->status, 0, '... ends');
	like(($terminal->rows)[-1], qr/^status 0\z/, '... and what comes next begins on an empty line') or diag $terminal->text;
}

done_testing;
