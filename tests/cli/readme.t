#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The first page of README.md, by which somebody decides: what stands there, and that each figure in it is still true.
# The drawing below it is the one that its text makes. Sessions are run by docs.t.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(packets slurp);
use Filter qw(%of);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $recording = 'tests/data/mirrored.pcap';
my $dir = scratch();
local $ENV{PATH} = "$build:$ENV{PATH}";

my @page = grep { defined } (split /\n/, slurp('README.md'))[0 .. 24];
my $page = join "\n", @page;
my @commands = map { s/^ {4}//r } grep { /^ {4}\S/ } @page;

like($page, qr/TCP Previous segment not captured.*which VM/s, 'the first 25 lines say what hurts');
is(scalar @commands, 1, '... one line repairs it');
my @rows = $page =~ /^\| (vtap-\w+) \|/mg;
is("@{[sort @rows]}", join(' ', sort map { s{tools/}{}r } glob 'tools/*'), '... there is a table of the tools');
is(scalar(() = $page =~ /^- \*\*/mg), 4, '... four facts');
like($page, qr/`make demo`.*`sudo make install`/s, '... and how to install');

# A fact is found by its words; its figures are in the parentheses of the pattern.
sub fact {
	my ($pattern) = @_;
	my @figures = $page =~ $pattern;
	ok(scalar @figures, "README.md has a fact that fits $pattern");
	return @figures;
}

sub lost_segments {
	my $sum = 0;
	$sum += () = qx(tshark -r '$_' -Y tcp.analysis.lost_segment 2>/dev/null) =~ /\n/g for @_;
	return $sum;
}

my ($before, $after, $packets) = fact(qr/reports (\d+) lost segments before the chain and (\d+) after it, and not one of (\d+) packets/);
is(system("cd '$dir' && ln -s '@{[abs_path($recording)]}' mirrored.pcap && $commands[0]"), 0, 'the line runs');
my @written = map { s{.*/}{}r } glob "$dir/out/*";
is(lost_segments($recording), $before, 'lost segments before the chain');
is(lost_segments(glob "$dir/out/*"), $after, '... and after it');
my $count = 0;
$count += () = packets($_) for glob "$dir/out/*";
is($count, $packets, '... in so many packets');
is(scalar(() = packets($recording)), $packets, '... which are all of them');

# The goals of make bench, which says when one of them is missed, and the table of its last run.
my ($rate, $time, $peer, $memory) = fact(qr{reads ([\d.]+) GB/s, in at most ([\d.]+) x the time of `(.*?)` and at most (\d+) MiB});
my ($goals) = slurp('tests/bench/run') =~ /job\('decap, pcap',(.*?)\bjob\(/s;
my ($row) = slurp('HACKING.md') =~ /^\| decap, pcap \| (.*)/m;
my @cells = split / \| /, $row;
like($goals, qr/'\Q$peer\E': \Q$time\E\b/, 'the time against a peer is a goal of make bench');
like($goals, qr/\bpeak=$memory\b/, '... and so is the memory');
is($cells[2], $rate, 'the rate is that of the last run in HACKING.md');
my ($ratio) = $cells[-1] =~ /\Q$peer\E ([\d.]+)/;
cmp_ok(1 / $ratio, '<=', $time, '... in which the peer took as long as is said');
cmp_ok($cells[3], '<=', $memory, '... and memory was as little');

# Speeds that docs/peers.md quotes are in the same tables.
my $told = slurp('docs/peers.md') =~ s/\s+/ /gr;
my $figures = join "\n", grep { /^\|/ } split /\n/, slurp('HACKING.md');
my @quoted = (
	[qr/takes ([\d.]+) times as long as vtap-decap for the same bytes/, qr/^\| decap, pcap \|.* editcap -C 50 -L ([\d.]+)/m],
	[qr/and ([\d.]+) times on pcapng/, qr/^\| decap, pcapng \|.* editcap -C 50 -L ([\d.]+)/m],
	[qr/in ([\d.]+) times its time/, qr/^\| split, 8 inputs merged \|.* mergecap ([\d.]+)/m],
	[qr/`--fixlen=pad` takes ([\d.]+) times/, qr/^\| fixlen, pcap \|.* tcprewrite --fixlen ([\d.]+)/m],
	[qr/only copies, takes ([\d.]+) times/, qr/^\| decap, pcap \|.* tcpdump -r -w ([\d.]+)/m],
	[qr/takes ([\d.]+) times the processor time of vtap-split/, qr/^\| split --by flow, 1024 files \|.* PcapSplitter -m connection ([\d.]+)/m],
	[qr/takes ([\d.]+) times its processor time at 64 bytes/, qr/^\| vtap-decap -i \| \d+ \(([\d.]+)\)/m],
);
for (@quoted) {
	my ($here, $there) = @$_;
	my ($figure) = $told =~ $here;
	my ($measured) = $figures =~ $there;
	is($figure // 'no figure', $measured // 'no row', "docs/peers.md: $here");
}

my ($encaps) = fact(qr/(\d+) encapsulations, in each other/);
is(scalar(() = qx(vtap-decap --list-encaps) =~ /^[a-z]/mg), $encaps, 'encapsulations');

# tests/cli/filter.t holds the list against the filters that are loaded.
my ($calls) = fact(qr/gives up all but (\d+) system calls/);
is(scalar @{ $of{always} }, $calls, 'system calls');

is(qx(docs/draw <docs/chain.txt), slurp('docs/chain.svg'), 'docs/chain.svg is what docs/draw makes of docs/chain.txt');
my $drawing = slurp('docs/chain.txt');
is_deeply([sort $drawing =~ /(\w+-\d+\@\S+)/g], [sort map { s/\.pcapng$//r } @written], 'the drawing shows the sources of the recording');
is_deeply([$drawing =~ /\b(vtap-\w+)/g], [qw(vtap-tap vtap-decap vtap-fixlen vtap-split)], '... and the tools');
like(slurp('README.md'), qr/\(docs\/chain\.svg\)/, '... in README.md');
like(slurp('docs/chain.svg'), qr/prefers-color-scheme: dark/, '... for light and dark');
is(system('xmllint --noout docs/chain.svg 2>&1'), 0, '... and is XML') if system('command -v xmllint >/dev/null') == 0;

done_testing;
