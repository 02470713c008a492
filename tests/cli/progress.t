#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The line of progress, as a person sees it on a terminal: what it says, when it comes, and that nothing of it is left.
# progress_way.t has what it makes way for.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Progress;
use Terminal;
use Wait qw(until_true has_signals);

# Five tools, three widths.
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
my @readers = map { (qw(decap fixlen split stat))[ $_ % 4 ] } 0 .. $#inputs; # of which each reads some of them
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
			my %says = (decap => '  3 sources', fixlen => '  3 sources', split => '  3 keys', stat => '', tap => '(?:  0 interfaces)?');
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

done_testing;
