#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Files in .tmp: locked while their writer lives; what a dead run has left makes room and is kept; nothing else is touched.
use strict;
use warnings;
use Fcntl qw(:flock);
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Faults qw($build $dir run place left);
use Readers qw(read_by_all);
use Wait qw(until_true);

# Packets of three VLANs, so of three keys.
my @frames = map { [1_700_000_000 + $_, 0, pack('H24 n n n', '0' x 24, 0x8100, 1 + $_ % 3, 0x0806) . '0' x 42] } 0 .. 8;
my $bytes = pcap("<", 0xa1b2c3d4, 1, @frames);
my $input = spew("$dir/input.pcap", $bytes);

my %writes = (
	'vtap-decap' => '-q -w x.pcap', 'vtap-fixlen' => '-q -w x.pcap', 'vtap-tap' => '-q -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w x.pcap',
	'vtap-split' => "--by vlan -w '{key}.pcap'",
);

# Starts a command that reads a pipe, and waits until its files in .tmp have bytes.
sub started {
	my ($place, $command, $files) = @_;
	my $pid = open my $pipe, '|-', "cd $place; exec $build/$command 2>$dir/stderr" or die;
	$pipe->autoflush;
	print $pipe $bytes;
	until_true(sub { $files == grep { -s } glob "$place/*.tmp $place/*/*.tmp" }) or diag slurp("$dir/stderr");
	return ($pid, $pipe);
}

sub killed {
	my ($pid, $pipe) = @_;
	kill KILL => $pid;
	close $pipe;
	return;
}

# Whether somebody else could have this lock on a file or folder.
sub could_have {
	my ($name, $lock) = @_;
	open my $file, '<', $name or die "$name: $!";
	return flock($file, $lock | LOCK_NB) ? 1 : 0;
}

sub state_of_all {
	my ($place) = @_;
	return join "\n", map { my @of = lstat "$place/$_"; join ' ', $_, @of[0 .. 7, 9] } left($place);
}

# What one tool writes is locked, for all tools alike; a second one stops. What a dead one has left makes room.
for my $tool (sort keys %writes) {
	my $place = place();
	my $count = $tool eq 'vtap-split' ? 3 : 1;
	my ($pid, $pipe) = started($place, "$tool $writes{$tool}", $count);
	my @tmp = glob "$place/*.tmp";
	is(join(' ', map { could_have($_, LOCK_SH) } @tmp), join(' ', (0) x $count), "$tool holds a lock on what it writes");
	my $before = state_of_all($place);
	my ($status, undef, $err) = run("cd $place && $build/$tool $writes{$tool} -r $input");
	like("$status $err", qr/\A1 $tool: \S+\.pcap\.tmp: is being written by another process[:,] [^\n]*\n\z/, '... a second run stops, and says why');
	is(state_of_all($place), $before, '... and touches nothing');
	close $pipe;
	is($?, 0, '... and the first one ends well');
	is(join(' ', map { s/.*\///r } glob "$place/*"), $tool eq 'vtap-split' ? '1.pcap 2.pcap 3.pcap' : 'x.pcap', '... with all names');

	for my $number (1, 2) {
		unlink glob "$place/?.pcap";
		killed(started($place, "$tool $writes{$tool} --no-sandbox", $count));
		@tmp = glob "$place/*.tmp";
		my %was = map { s/.*\/(.*)\.pcap\.tmp/$1/r => slurp($_) } @tmp;
		($status, undef, $err) = run("cd $place && $build/$tool $writes{$tool} -r $input" =~ s/-q //r);
		is($status, 0, "$tool: .tmp of a dead run are in nobody's way");
		is(join('', sort $err =~ /^$tool: (\S+ was left by a run .*)\n/mg), join('', map { "$_.pcap.tmp was left by a run that did not end: it is kept as $_.abandoned-$number.pcap" } sort keys %was), '... told');
		is(join(' ', map { slurp("$place/$_.abandoned-$number.pcap") eq $was{$_} ? 'kept' : 'lost' } keys %was), join(' ', ('kept') x $count), '... with all that was written');
		is(scalar(() = glob "$place/*.tmp"), 0, '... and no .tmp is left');
	}
	spew("$place/x.pcap.tmp", '') if $tool ne 'vtap-split';
	do { unlink glob "$place/?.pcap"; spew("$place/$_.pcap.tmp", '') for 1 .. 3 } if $tool eq 'vtap-split';
	$before = join ' ', grep { /aband/ } left($place);
	($status, undef, $err) = run("cd $place && $build/$tool $writes{$tool} -r $input");
	is("$status$err" . join(' ', grep { /aband|tmp/ } left($place)), "0$before", "$tool: an empty .tmp is removed");

	# What is no regular file of this user.
	for my $what (['a link', sub { symlink 'victim', $_[0] }], ['a link to nothing', sub { symlink 'nowhere', $_[0] }], ['a FIFO', sub { mkfifo($_[0], 0600) }],
		['a folder', sub { mkdir $_[0] }], ['a file of another user', sub { spew($_[0], 'mine'); chown 12345, 12345, $_[0] }]) {
		my ($is, $make) = @$what;
		next if $is =~ /user/ && $> != 0;
		$place = place();
		spew("$place/victim", '');
		$make->("$place/" . ($tool eq 'vtap-split' ? '1' : 'x') . '.pcap.tmp');
		$before = state_of_all($place);
		($status, undef, $err) = run("cd $place && $build/$tool $writes{$tool} -r $input");
		like("$status $err", qr/\A1 $tool: \S\.pcap\.tmp: is no regular file of this user[,:] [^\n]*\n\z/, "$tool: $is called .tmp blocks its name");
		is(state_of_all($place), $before, '... and is never touched');
	}
}

# Names of what is kept: [template, format, a .tmp, its name then].
for my $case (['{key}', 'pcapng', '1.tmp', '1.abandoned-1'], ['{key}.pcap.gz', 'pcap', '1.pcap.gz.tmp', '1.abandoned-1.pcap.gz'], ['10.0.0.{key}', 'pcapng', '10.0.0.1.tmp', '10.0.0.1.abandoned-1'],
	['a.b/{key}', 'pcapng', 'a.b/1.tmp', 'a.b/1.abandoned-1'], ['{key}/x.snoop', 'snoop', '1/x.snoop.pcapng.tmp', '1/x.snoop.abandoned-1.pcapng'],
	['{key}/x.snoop', 'snoop', '1/x.snoop.tmp', '1/x.abandoned-1.snoop'], ['{key}-{n}.pcapng', 'pcapng', '1-1.pcapng.tmp', '1-1.abandoned-1.pcapng']) {
	my ($template, $format, $tmp, $now) = @$case;
	my $place = place();
	mkdir "$place/$1" if $tmp =~ m{(.*)/};
	spew("$place/$tmp", 'bytes');
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by vlan -F $format -w '$template' -r $input");
	is("$status $err", "0 vtap-split: $tmp was left by a run that did not end: it is kept as $now\n", "-w $template: $tmp makes room");
	is(slurp("$place/$now") // 'nothing', 'bytes', "... as $now");
}

# Files that are closed and opened again: the lock on the folder says that their writer lives.
{
	my $place = place();
	my $live = "vtap-split --by vlan --max-open 1 -w 'out/{key}.pcap'";
	my ($pid, $pipe) = started($place, $live, 3);
	is(join('', map { could_have("$place/out/$_.pcap.tmp", LOCK_EX) } 1 .. 3) =~ tr/1//, 2, 'two of three files are closed');
	is(could_have("$place/out", LOCK_EX) . could_have("$place/out", LOCK_SH), '01', '... and there is a shared lock on the folder of the template');
	my ($status, undef, $err) = run("cd $place && cat $input | $build/$live");
	is($status, 0, '... another run from a pipe');
	is(() = $err =~ /^vtap-split: out\/\d\.pcap\.tmp: (?:is being written by another process|may be that of another process, which holds a lock on its folder): the packets go to out\/\d-2\.pcap$/mg, 3,
		'... takes other names') or diag $err;
	($status, undef, $err) = run("cd $place/out && cat $input | $build/vtap-split --no-sandbox --by vlan -w '{key}.pcap'");
	is($status . (() = $err =~ /-3\.pcap$/mg), '03', '... also one whose folder is that below') or diag $err;
	is(could_have("$place/out", LOCK_EX), 0, '... the first run still has its lock');
	print $pipe substr $bytes, 24;
	close $pipe;
	is($?, 0, '... and ends well');
	read_by_all("$place/out/$_.pcap", 6, "... $_.pcap has all packets") for 1 .. 3;
	is(join(' ', left("$place/out")), join(' ', map { ("$_-2.pcap", "$_-3.pcap", "$_.pcap") } 1 .. 3), '... and nothing else is there');
}
# A run in a folder below holds its lock there.
{
	my $place = place();
	my ($pid, $pipe) = started($place, "vtap-split --by vlan --max-open 1 -w '1/{key}.pcap'", 3);
	mkdir "$place/1";
	my ($status, undef, $err) = run("cd $place && cat $input | $build/vtap-split --by vlan,linktype -w '{vlan}/{linktype}.pcap'; exit \$?");
	like("$status $err", qr/\A0 vtap-split: 1\/1\.pcap\.tmp: [^\n]* another process[^\n]*: the packets go to 1\/1-2\.pcap\n\z/, 'a folder below that of the template is looked at, too');
	close $pipe;
	is($?, 0, '... and its run ends well');
}
# Commands of -z have no lock.
{
	my $place = place();
	spew("$place/wait", '');
	my $pid = open my $pipe, '|-', "cd $place; exec $build/vtap-split --by vlan -z 'while test -e $place/wait; do sleep 0.05; done; :' -w 'out/{key}-{start}.pcap' -G 2 2>$dir/stderr" or die;
	$pipe->autoflush;
	print $pipe $bytes;
	ok(until_true(sub { my @done = glob "$place/out/*.pcap"; @done > 0 }), 'a file is complete');
	killed($pid, $pipe);
	ok(until_true(sub { could_have("$place/out", LOCK_EX) }), '... its command outlives the run, and holds no lock on the folder');
	my @tmp = glob "$place/out/*.tmp";
	is(join(' ', map { could_have($_, LOCK_EX) } @tmp), join(' ', (1) x @tmp), '... nor on files');
	unlink "$place/wait";
}
# A lock of somebody else's on the .tmp or on a folder: the file stays.
for my $what ('out/1.pcap.tmp', 'out') {
	my $place = place();
	mkdir "$place/out";
	spew("$place/out/1.pcap.tmp", 'bytes');
	open my $held, '<', "$place/$what" or die;
	flock $held, LOCK_SH or die;
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by vlan -w 'out/{key}.pcap' -r $input");
	like("$status $err", qr/\A1 vtap-split: out\/2\.pcap|\A1 vtap-split: out\/1\.pcap\.tmp: /, "a lock of somebody else on $what");
	is(slurp("$place/out/1.pcap.tmp"), 'bytes', '... protects the .tmp');
}
# Small texts are no loss.
{
	my $place = place();
	spew("$place/stats.tmp", 'old');
	my ($status, undef, $err) = run("cd $place && $build/vtap-decap -q -r $input -w x.pcap --stats stats");
	is("$status$err" . join(' ', left($place)), '0stats x.pcap', 'a .tmp of --stats is removed');
}
done_testing;
