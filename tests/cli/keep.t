#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split -W: the newest files of each key stay, older ones of this run go when their command has ended, and nothing else does.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(remove_tree);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Scratch qw(scratch);
use Run qw(run_told);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;

# Ten packets of each of two hosts, one a second in turn: with -G 2 each has ten files of one packet, with -C 130 five of two.
sub frame { return pack('H24 n C C n n n C C n C4 C4 N', '020000000002020000000001', 0x0800, 0x45, 0, 24, 0, 0, 64, 253, 0, 10, 0, 0, $_[0], 10, 0, 1, 1, $_[1]) . "\0" x 22 }
my @records = map { my $i = $_; [100 + $i, 0, frame(1 + $i % 2, $i)] } 0 .. 19;
spew('in.pcap', pcap('<', 0xa1b2c3d4, 1, @records));
my $split = "vtap-split --by ip-src -F pcap -r in.pcap -w 'o/{key}-{n}.pcap'";

sub files { return map { s/^o\///r } sort split /\n/, `find o -type f 2>/dev/null` }
sub lines { return map { decode_json($_) } split /\n/, slurp('manifest') // '' }
# What the manifest says is there: finished and not removed.
sub told { my %there; for (lines()) { if ($_->{removed}) { delete $there{$_->{name}} } else { $there{$_->{name}} = $_->{packets} } } return \%there }

sub finished { return grep { $_->{name} eq $_[0] } lines() }

my ($status, $err, $stats) = run_told("$split -q -G 2 --manifest manifest");
my %all = map { $_ => slurp("o/$_") } files();
is(scalar keys %all, 20, '-G 2: twenty files');

# What stays is as it would have been.
sub keeps {
	my ($what, $options, $want, $more) = @_;
	my ($status, $err, $stats) = run_told(($more // '') . "$split $options --stats stats --manifest manifest");
	is($status, 0, $what) or diag "@$err";
	is(join(' ', files()), $want, '... what is there');
	my $told = told();
	is_deeply([map { "o/$_" } grep { !/^(.*)\.(?:gz|zst)$/ || !finished("o/$1") } files()], [sort grep { -e } keys %$told], '... as the manifest says');
	return ($stats, $err);
}
($stats, $err) = keeps('-G 2 -W 3', '-G 2 -W 3', join ' ', map { my $h = $_; map { "10.0.0.$h-$_.pcap" } 10, 8, 9 } 1, 2);
is((grep { slurp("o/$_") ne $all{$_} } files()), 0, '... whole');
is_deeply([map { $stats->{details}{$_} } qw(files rotated freed unremoved packets_removed)], [20, 14, 0, 0, 14], '... counted');
is_deeply($stats->{outcomes}, {written => 20, none => 0, refused => 0, filtered => 0, out_of_time => 0, unwritten => 0}, '... each packet was written');
is("@$err", 'vtap-split: 14 files removed: -W keeps the newest 3 of each key', '... told');
my @first = map { [@$_{qw(name key label removed)}] } grep { $_->{removed} } lines();
is_deeply($first[0], ['o/10.0.0.1-1.pcap', '10.0.0.1', '10.0.0.1', 'rotated'], '... the manifest says what went');
my %order; # a file is told as finished first
my @bad = grep { $_->{removed} ? !$order{$_->{name}} : $order{$_->{name}}++ } lines();
is(scalar @bad, 0, '... after it was finished');
(undef, $err) = keeps('-q', '-q -G 2 -W 1', '10.0.0.1-10.pcap 10.0.0.2-10.pcap');
is("@$err", '', '... tells nothing');
(undef, $err) = keeps('-v', '-v -G 2 -W 1', '10.0.0.1-10.pcap 10.0.0.2-10.pcap');
like(join("\n", @$err), qr/^ +18  files removed: -W keeps newer ones of their key$/m, '... has it in the table');
keeps('-W more than there are', '-q -G 2 -W 10', join ' ', sort keys %all);
spew('long.pcap', pcap('<', 0xa1b2c3d4, 1, map { [$_->[0], 0, $_->[2] . "\0" x 700] } @records));
run_told("vtap-split -q --by ip-src -F pcap -r long.pcap -w 'o/{key}-{n}.pcap' -C 1K -W 2");
is_deeply({map { $_ => scalar(() = packets("o/$_")) } files()}, {map { my $h = $_; map { ("10.0.0.$h-$_.pcap" => 2) } 4, 5 } 1, 2}, '-C 1K -W 2');
keeps('--sync, one descriptor', '-q -G 2 -W 2 --sync --max-open 1', '10.0.0.1-10.pcap 10.0.0.1-9.pcap 10.0.0.2-10.pcap 10.0.0.2-9.pcap');
keeps('-F snoop, which is converted at the end', "-q -G 2 -W 1 -F snoop -w 'o/{key}-{n}.snoop'", '10.0.0.1-10.snoop 10.0.0.2-10.snoop');
keeps('compressed', "-q -G 2 -W 1 -w 'o/{key}-{n}.pcap.gz'", '10.0.0.1-10.pcap.gz 10.0.0.2-10.pcap.gz');
keeps('{start}, in folders', "-q -G 2 -W 1 -w 'o/{key}/{start}.pcap'", '10.0.0.1/19700101T000158.000000000Z.pcap 10.0.0.2/19700101T000159.000000000Z.pcap');
spew('names', "10.0.0.1 both\n10.0.0.2 both\n");
keeps('--names: two keys of one name are one', '-q -G 2 -W 2 --names names', 'both-10.pcap both-9.pcap');
keeps('--no-sandbox', '-q -G 2 -W 1 --no-sandbox', '10.0.0.1-10.pcap 10.0.0.2-10.pcap');

# What -z left goes with its file: alone, or beside it.
for my $run (['gzip', 'pcap.gz'], ['zstd -q --rm', 'pcap.zst'], ['gzip -k', 'pcap', 'pcap.gz'], ['zstd -q', 'pcap', 'pcap.zst']) {
	my ($command, @left) = @$run;
	for my $jobs (1, 8) {
		($stats) = keeps("-z '$command' --jobs $jobs", "-q -G 2 -W 2 -z '$command' --jobs $jobs", join ' ', sort map { my $h = $_; map { my $n = $_; map { "10.0.0.$h-$n.$_" } @left } 9, 10 } 1, 2);
		is("$stats->{details}{rotated} $stats->{details}{commands}", '16 20', '... every command has run');
	}
}
keeps('-z that fails is an end, too', "-q -G 2 -W 1 -z 'f() { [ \"\${1%-3.pcap}\" = \"\$1\" ] || exec sleep 0; }; f'", '10.0.0.1-10.pcap 10.0.0.2-10.pcap');

# What the run did not make stays: files of before, what others put there meanwhile, what -z moved away.
sub before { return "mkdir o; echo before | tee " . join(' ', map { "o/$_" } @_) . " >/dev/null; " }
keeps('a .gz that was there before', '-q -G 2 -W 1 -z true', '10.0.0.1-1.pcap.gz 10.0.0.1-10.pcap 10.0.0.2-10.pcap 10.0.0.2-3.pcap.zst', before('10.0.0.1-1.pcap.gz', '10.0.0.2-3.pcap.zst'));
keeps('... but not what -z put in its place', "-q -G 2 -W 1 -z 'gzip -f'", '10.0.0.1-10.pcap.gz 10.0.0.2-10.pcap.gz', before('10.0.0.1-1.pcap.gz'));
keeps('without -z a .gz is nobody\'s', '-q -G 2 -W 1', '10.0.0.1-1.pcap.gz 10.0.0.1-10.pcap 10.0.0.2-10.pcap', before('10.0.0.1-1.pcap.gz'));
($status, $err) = run_told(before('10.0.0.1-2.pcap', '10.0.0.9-1.pcap') . "$split -q -G 2 -W 1");
is(join(' ', files()), '10.0.0.1-11.pcap 10.0.0.1-2.pcap 10.0.0.2-10.pcap 10.0.0.9-1.pcap', 'files of an earlier run stay');
is(slurp('o/10.0.0.1-2.pcap'), "before\n", '... as they were');
my $old = "o/10.0.0.1-1.pcap";
my $swap = "f() { case \$1 in $old) echo other >new; mv new $old;; esac; }; f";
($status, $err, $stats) = run_told("$split -q -G 2 -W 1 --stats stats --manifest manifest -z '$swap'");
is(join(' ', files()), '10.0.0.1-1.pcap 10.0.0.1-10.pcap 10.0.0.2-10.pcap', 'a file that another one has taken the place of');
is(slurp($old), "other\n", '... which stays');
is("$status $stats->{details}{rotated} $stats->{details}{unremoved}", '0 17 0', '... and is not counted');
is((grep { $_->{removed} && $_->{name} eq $old } lines()), 0, '... nor told');
($status, $err, $stats) = run_told("mkdir p; $split -q -G 2 -W 1 --stats stats -z 'f() { mv \"\$1\" p; }; f'");
is("$status " . join(' ', files()) . scalar(() = glob 'p/*'), '0 20', 'files that -z moves away stay there');
is($stats->{details}{rotated}, 0, '... and are not counted');
remove_tree('p');
($status) = run_told("$split -q -G 2 -W 1 -z 'f() { case \$1 in $old) ln -s /etc/passwd \$1.gz; rm \$1;; esac; }; f'");
is("$status " . (-l "$old.gz" ? 'link' : ''), '0 link', 'a link is nothing that -z left');

# --overwrite: files of before make room as ever, and only this run's go.
($status, $err) = run_told("$split -q -G 2; $split -q -G 2 -W 2 --overwrite --stats stats");
is("$status @$err", '0 ', '--overwrite');
is(join(' ', files()), '10.0.0.1-10.pcap 10.0.0.1-9.pcap 10.0.0.2-10.pcap 10.0.0.2-9.pcap', '... what the run has replaced is its own');

# From a pipe a taken name is evaded, and what is removed is the file with the other name.
my $start = '19700101T000140.000000000Z';
($status, $err) = run_told("mkdir o; echo before >o/10.0.0.1-$start.pcap; cat in.pcap | vtap-split -q --by ip-src -G 2 -W 1 -w 'o/{key}-{start}.pcap' --manifest manifest");
is($status, 0, 'a name that is taken, from a pipe');
is(slurp("o/10.0.0.1-$start.pcap"), "before\n", '... stays');
is((lines())[0]{name}, "o/10.0.0.1-$start-2.pcap", '... the file of the run had another one');
is(scalar files(), 3, '... and is gone');

# A file goes only after its command has ended, and then without a further packet. The commands wait for the file `go`.
for my $folder ('sandbox', 'no sandbox') {
	remove_tree('o');
	unlink 'go', 'gone', 'manifest';
	my $wait = 'f() { while [ ! -e go ]; do sleep 0.01; done; [ -e "$1" ] || echo "$1" >>gone; }; f';
	my $pid = open(my $to, '|-') // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', 'stderr';
		exec "$build/vtap-split", $folder eq 'sandbox' ? () : '--no-sandbox', qw(-q --by ip-src -F pcap -C 1K -W 1 -w o/{key}-{n}.pcap --manifest manifest --jobs 32 -z), $wait;
	}
	syswrite $to, slurp('long.pcap');
	ok(until_true(sub { lines() == 8 }), "$folder: files are finished, and their commands run");
	is(scalar(grep { !/\.tmp$/ } files()), 8, '... so none is removed');
	spew('go');
	ok(until_true(sub { (grep { !/\.tmp$/ } files()) == 2 }), '... they are, when the commands have ended, though no packet comes') or diag join ' ', files();
	close $to;
	is($? >> 8, 0, '... the run ends');
	is(join(' ', files()), '10.0.0.1-5.pcap 10.0.0.2-5.pcap', '... with the newest');
	is(slurp('gone') // '', '', '... and no command lost its file');
}

# More commands than the socket to the helper can hold.
spew('many.pcap', pcap('<', 0xa1b2c3d4, 1, map { [100 + 2 * $_, 0, frame(1, $_)] } 1 .. 700));
($status, $err, $stats) = run_told("vtap-split -q --by ip-src -G 2 -W 5 -r many.pcap -w 'o/{key}-{n}.pcap' -z : --jobs 64 --stats stats");
is("$status @$err " . join(' ', map { $stats->{details}{$_} } qw(files rotated commands failed)), '0  700 695 700 0', '700 files and commands');
is(join(' ', files()), join(' ', map { "10.0.0.1-$_.pcap" } 696 .. 700), '... the newest five stay');

# Wrong command lines.
for (['-W 0 -G 2', 'expected a whole number, at least 1'], ['-W x -G 2', 'expected a whole number'], ['-W 3', '-W keeps the newest of several files of a key: expected -C or -G']) {
	($status, $err) = run_told("$split $_->[0]");
	is($status, 2, "$_->[0]: exit 2");
	like("@$err", qr/\Q$_->[1]/, '... and why');
}
done_testing();
