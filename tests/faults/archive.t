#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-archive with a folder when it is killed, when disks are full, and on other file systems: no capture is lost or comes twice.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Faults qw($build $dir $sanitized run private frame place left);
use Run qw(fork_usual);
use Wait qw(until_true has_signals);

private('disks of their own');
my $tool = "$build/vtap-archive";
my ($spool, $archive);
my @mounted;
srand 16;

sub tmpfs {
	my ($place, $size) = @_;
	system('mount', '-t', 'tmpfs', '-o', "size=$size", 'none', $place) == 0 or BAIL_OUT('no tmpfs');
	push @mounted, $place;
	return $place;
}

# A pcap of COUNT packets from HOST, of bytes that do not become fewer by zstd.
my $random = join '', map { pack 'L', rand 2**32 } 1 .. 1 << 18;

sub some {
	my ($host, $count) = @_;
	return pcap('<', 0xa1b23c4d, 1, map { [1_794_931_500 + $_, $host, frame($host, $_, 0) . substr $random, rand 1 << 19, 800] } 0 .. $count - 1);
}

sub waits { return join ' ', grep { !m{^\.vtap-archive/failed/} } left($spool) }

# The archive has each of the captures once, whole, and nothing else.
sub holds_all {
	my ($what, @bytes) = @_;
	my (%holds, %want);
	$holds{sha256_hex(/\.zst\z/ ? `zstd -dcq '$archive/$_'` : slurp("$archive/$_"))}++ for left($archive);
	$want{sha256_hex($_)}++ for @bytes;
	is(scalar(keys %holds), scalar(keys %want), "... $what");
	is(scalar(grep { ($holds{$_} // 0) != 1 } keys %want), 0, '... each once, byte for byte');
	return;
}

sub books {
	my $stats = decode_json(slurp("$dir/books"));
	my $sum = 0;
	$sum += $stats->{captures}{$_} for qw(proven dropped failed empty waiting);
	is($sum, $stats->{captures}{found}, '... the books add up');
	return $stats;
}

sub started {
	my ($options) = @_;
	unlink "$dir/metrics";
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDERR, '>>', "$dir/said";
		exec "exec $tool --stats $dir/books --metrics $dir/metrics $options $spool $archive" or POSIX::_exit(127);
	}
	return $pid;
}

sub ready { my ($pid) = @_; return until_true(sub { has_signals($pid, 'USR1') && -e "$dir/metrics" }) }

# Killed 50 times while captures come, some by the names of earlier ones.
($spool, $archive) = (place(), place());
mkdir "$spool/sub" or die;
my @made;
my $middle = 0;
for my $round (1 .. 50) {
	my $pid;
	# A ring's name is free as soon as its capture is claimed.
	for my $name (grep { !-e "$spool/$_" } 'ring.pcap', 'sub/ring.pcap', "x$round.pcap", "sub/y$round.pcap") {
		push @made, some(scalar(@made), 1 + rand 2000);
		spew("$spool/$name", $made[-1]);
		$pid //= started('');
	}
	sleep rand 0.1;
	kill KILL => $pid;
	waitpid $pid, 0;
	$middle++ if grep { m{/(?:taken|stage)/} } left($spool);
}
cmp_ok(scalar(@made), '>=', 100, 'captures came while it was killed');
cmp_ok($middle, '>=', 10, '... often in the middle of a batch');
my ($status, undef, $err) = run("$tool --once --stats $dir/books $spool $archive");
is("$status$err", '0', 'killed 50 times while captures came');
is(waits(), '', '... the spool is empty');
holds_all('all are there', @made);
is(scalar(grep { /\.tmp\z/ } left($archive)), 0, '... and no half object');
books();
unlike(slurp("$dir/said"), qr/another vtap-archive/, '... nothing of a killed one holds the spool');

# An archive that is full.
($spool, $archive) = (place(), tmpfs(place(), '8m'));
@made = map { some($_, 1200) } 1 .. 30;
spew("$spool/$_.pcap", $made[$_]) for 0 .. $#made;
unlink "$dir/said";
my $pid = started('');
ok(until_true(sub { (slurp("$dir/said") // '') =~ /^vtap-archive: \Q$archive\E: [^\n]*No space left on device; \d+ captures, \S+ MB wait$/m }), 'an archive that is full: told') or diag slurp("$dir/said");
my $full = () = left($archive);
cmp_ok($full, '>', 5, '... it has what fits');
is(scalar(grep { /\.tmp\z/ } left($archive)), 0, '... and no half object');
is($full + grep({ m{/taken/} } left($spool)), 30, '... all others wait');
system "mount -o remount,size=64m $archive";
ok(until_true(sub { slurp("$dir/said") =~ /^vtap-archive: \Q$archive\E: works again after [^\n]*; \d captures? waits?$/m }), '... with more room it works again: told') or diag slurp("$dir/said");
kill TERM => $pid;
waitpid $pid, 0;
is(waits(), '', '... the spool is empty');
holds_all('all are there', @made);
books();
is(scalar(() = slurp("$dir/said") =~ /\n/g), 2, '... and nothing else is told');

# A spool without room for compressed captures.
($spool, $archive) = (tmpfs(place(), '4m'), place());
@made = map { some($_, 1200) } 1 .. 3;
spew("$spool/$_.pcap", $made[$_]) for 0 .. $#made;
system "head -c 10M /dev/zero >$spool/.filler 2>/dev/null";
($status, undef, $err) = run("$tool --once --stats $dir/books $spool $archive 2>&1; rm $spool/.filler");
unlike($err, qr/rror/, 'a spool that is full');
holds_all('all are there', @made);
is(scalar(grep { /\.pcap\z/ } left($archive)), 3, '... and are not compressed');

# A part of the spool on another file system.
($spool, $archive) = (place(), place());
mkdir "$spool/other" or die;
tmpfs("$spool/other", '1m');
spew("$spool/other/x.pcap", $made[0]);
spew("$spool/x.pcap", $made[1]);
($status, undef, $err) = run("$tool --once $spool $archive");
like("$status $err", qr{\A1 vtap-archive: \Q$spool\E/other: is on another file system[^\n]*\n\z}, 'a part of the spool is on another file system: exit 1');
is(slurp("$spool/other/x.pcap"), $made[0], '... and nothing there is touched');

# Two sinks with one archive and the same captures.
($spool, $archive) = (place(), place());
my $second = place();
@made = map { some($_, 300) } 1 .. 40;
for my $place ($spool, $second) { spew("$place/$_.pcap", $made[$_]) for 0 .. $#made }
($status, undef, $err) = run("$tool --once $spool $archive & $tool --once $second $archive; one=\$?; wait \$! && exit \$one");
is($status, 0, 'two sinks with the same captures') or diag $err;
is(waits(), '', '... both are done');
holds_all('all are there', @made);

# A sanitizer takes memory of its own.
if (!$sanitized) {
	($spool, $archive) = (place(), place());
	my $packets = some(1, 1000);
	spew("$spool/$_.pcap", substr($packets, 0, 24) . pack('L< L< L< L<', 1_700_000_000, $_, 4, 4) . 'abcd' . substr($packets, 24) x 40) for 1 .. 3;
	my ($peak, undef, $ended, undef, $said) = Faults::measure("$tool --once --compress zstd:9 $spool $archive");
	is("$ended$said", '0', 'large captures at level 9');
	cmp_ok($peak, '<', 64 << 10, '... take less than 64 MiB');
}

system 'umount', '-l', $_ for @mounted;
done_testing;
