#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What the line of progress makes way for: messages, what is typed, other sizes, other programs of a pipeline, the
# background. progress.t has what it says.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets);
use Progress;
use Terminal;
use Wait qw(until_true state_of);

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
