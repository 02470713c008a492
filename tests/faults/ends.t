#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Ends at any moment: signals in the middle of a split and of a rotation, readers that go away or stop.
# SEED=N repeats a run.
use strict;
use warnings;
use Fcntl qw(O_NONBLOCK O_RDONLY O_WRONLY);
use IO::Select;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp spew blocks pcap ng_section ng_interface ng_block ng_option ng_packet);
use Thorough qw($thorough);
use Wait qw(until_true state_of waits_in handled has_signals);
use Faults qw($build $dir $sanitized run fault frame capture tool place left records readable);
use Run qw(fork_usual);

my $seed = $ENV{SEED} // 20261121;
srand $seed;
diag "SEED=$seed" if $ENV{SEED};
note "SEED=$seed";
my $moments = $ENV{MOMENTS} // ($sanitized ? 6 : $thorough ? 50 : 20);
my $head = ng_section('<') . ng_interface('<', 1, 0, ng_option('<', 2, 'if0'));
my ($keys, $burst, $bursts) = (8, 24, 40);

# The numbers of the packets in a pcapng, and whether it is whole.
sub numbers {
	my ($bytes) = @_;
	my $len = 0;
	my @numbers;
	for (blocks($bytes)) {
		$len += length $_->[2];
		push @numbers, unpack 'N', substr $_->[2], 28 + 42, 4 if $_->[0] == 6;
	}
	return ($len == length $bytes, @numbers);
}

# Packets of each burst in turn to all keys, some 80 a second: a rotation with each third burst.
sub packets_of {
	my ($number) = @_;
	return join '', map { ng_packet('<', 0, 1_000_000 * 1_700_000_000 + 12_000 * $_, frame($_ % $keys, $_), 46) }
		$number * $burst .. $number * $burst + $burst - 1;
}

# The state of a process, and how much of a pipe it has not read.
sub idle {
	my ($pid, $pipe) = @_;
	my $unread = pack 'i', 0;
	ioctl $pipe, 0x541b, $unread;
	return unpack('i', $unread) == 0 && state_of($pid) eq 'S';
}

sub start {
	my ($place, $args) = @_;
	pipe my $from, my $to or die;
	fcntl $to, 1031, 1 << 20;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $from;
		open STDERR, '>', "$place.stderr";
		close $to;
		exec "$build/vtap-split", split ' ', $args or POSIX::_exit(127);
	}
	close $from;
	binmode $to;
	return ($pid, $to);
}

# Until a process catches signals, has read its pipe and waits.
sub settle {
	my ($pid, $to) = @_;
	return until_true(sub { has_signals($pid, 'TERM') && idle($pid, $to) });
}

# Feeds bursts and sends a signal somewhere in between; how many bursts it has surely read, written, and what it ended with.
sub interrupted {
	my ($place, $args, $signal, $moment) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my ($pid, $to) = start($place, $args);
	my ($sure, $fed, $last) = (0, 0, int rand $bursts);
	syswrite $to, $head;
	if ($moment % 10) { # else it may not have begun
		settle($pid, $to);
	}
	for (; $fed < $last; $fed++) {
		syswrite $to, packets_of($fed);
		next if $moment % 2; # as fast as it goes
		until_true(sub { idle($pid, $to) });
		$sure = $fed + 1;
	}
	syswrite $to, packets_of($fed++);
	sleep rand 0.003 if rand() < 0.8;
	kill $signal, $pid;
	close $to if $signal ne 'KILL' && rand() < 0.5;
	my $gone;
	until_true(sub { $gone = waitpid $pid, WNOHANG });
	my $status = $?;
	kill('KILL', $pid), waitpid $pid, 0 if !$gone;
	close $to;
	return ($gone ? $status : 'hangs', $sure, $fed);
}

# What is wrong with the manifest: it names files as soon as they are final. After SIGKILL the last may be missing,
# or its line be torn: the kernel looks for that signal at each page of a write, and a line may lie across two.
sub judge_manifest {
	my ($place, $signal, @final) = @_;
	my $text = slurp("$place.manifest") // '';
	$text =~ s/[^\n]+\z// if $signal eq 'KILL';
	my %named = map { /^\{"name": "\Q$place\E\/([^"]+)".*\}$/ ? ($1 => 1) : ($_ => 0) } split /\n/, $text;
	my @missing = grep { !delete $named{$_} } @final;
	my @wrong = map { "the manifest says $_" } keys %named;
	push @wrong, 'the manifest ends in a line' if $text !~ /(?:\A|\n)\z/;
	push @wrong, "the manifest lacks @missing" if @missing > ($signal eq 'KILL' ? 1 : 0);
	return @wrong;
}

# What is wrong with what was left behind; the files with final names go to @$final.
sub judge {
	my ($place, $signal, $status, $sure, $fed, $early, $final) = @_;
	my (@wrong, %of);
	for my $name (left($place)) {
		my ($whole, @numbers) = numbers(slurp("$place/$name"));
		push @wrong, "$name is something else" if $name !~ /^10\.0\.0\.\d+-\d+\.pcapng(?:\.tmp)?$/;
		push @wrong, "$name is not whole" if !$whole && $name !~ /\.tmp$/;
		push @wrong, "$name is unfinished" if $name =~ /\.tmp$/ && $signal ne 'KILL' && $status == 0;
		push @$final, "$place/$name" if $name !~ /\.tmp$/;
		my ($host, $n) = $name =~ /\.(\d+)-(\d+)\./;
		$of{$host // ''}{$n // 0} = \@numbers;
	}
	for my $host (0 .. $keys - 1) {
		my @got = map { @{$of{$host}{$_}} } sort { $a <=> $b } keys %{$of{$host}};
		my @want = grep { $_ % $keys == $host } 0 .. $fed * $burst - 1;
		my $must = grep { $_ % $keys == $host } 0 .. $sure * $burst - 1;
		push @wrong, "10.0.0.$host: " . @got . " packets, $must were flushed" if @got < $must;
		push @wrong, "10.0.0.$host: not its first packets" if "@got" ne join ' ', @want[0 .. $#got];
	}
	push @wrong, judge_manifest($place, $signal, grep { !/\.tmp$/ } left($place));
	my %number = (INT => 2, TERM => 15, HUP => 1, KILL => 9);
	# It was there to catch the signal, and had not read yet.
	my $nothing = "vtap-split: standard input: ended by a signal before anything came\n";
	return @wrong if $early && $status eq 256 && slurp("$place.stderr") eq $nothing && !left($place);
	push @wrong, "status $status" if $status ne ($signal eq 'KILL' ? 9 : 0) && !($status eq $number{$signal} && $early && !left($place));
	push @wrong, 'said: ' . slurp("$place.stderr") if -s "$place.stderr";
	return @wrong;
}

my %way = (split => '', rotation => '-G 1', 'rotation by size' => '-C 1K');
for my $way ('split', 'rotation', 'rotation by size') {
	for my $signal (qw(INT TERM HUP KILL)) {
		my (@wrong, @final);
		for my $moment (1 .. ($way eq "rotation by size" ? int $moments / 5 + 1 : $moments)) {
			my $place = place();
			my $args = "--by ip-src --max-open 5 $way{$way} -w $place/{key}-{n}.pcapng --manifest $place.manifest";
			my ($status, $sure, $fed) = interrupted($place, $args, $signal, $moment);
			push @wrong, map { "moment $moment: $_" } judge($place, $signal, $status, $sure, $fed, $moment % 10 == 0, \@final);
		}
		is(join("\n", @wrong), '', "SIG$signal at random moments of a $way");
		my $least = $sanitized ? -1 : $way eq 'rotation by size' ? 5 : $signal eq 'KILL' && $way eq 'split' ? -1 : 20;
		cmp_ok(scalar @final, '>', $least, '... there are files with final names');
		ok(readable(@final), '... all of them are captures');
		system 'rm', '-r', glob "$dir/place*";
	}
}

# What is held back when the signal comes is written: the first half of a datagram.
for my $signal (qw(INT TERM HUP)) {
	my $half = pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 44, 7, 0x2000, 64, 17, 0, 1, 2) . 'x' x 24;
	pipe my $from, my $to or die;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $from;
		close $to;
		exec "$build/vtap-decap", '-w', "$dir/held.pcap", '--stats', "$dir/stats" or POSIX::_exit(127);
	}
	close $from;
	binmode $to;
	syswrite $to, pcap('<', 0xa1b2c3d4, 1, [1_700_000_000, 0, $half]);
	settle($pid, $to);
	kill $signal, $pid;
	waitpid $pid, 0;
	is($?, 0, "SIG$signal while a packet is held: a good end");
	is(join(' ', records(slurp("$dir/held.pcap") // '')), '1 0', '... and it is there');
	unlink "$dir/held.pcap";
}

# A reader that goes away ends a tool without a word, what is in files beside is whole.
my $large = spew("$dir/large.pcap", capture(4000, 1000));
for my $tool (qw(vtap-decap vtap-fixlen vtap-tap)) {
	my $command = tool($tool, $dir, 'pcap', $large) =~ s/ -w .*/ -w -/r;
	for my $bytes (0, 1, 100_000, 3_000_000) {
		my ($status, undef, $err) = run("set -o pipefail; $command --stats $dir/stats | head -c $bytes >/dev/null");
		is("$status$err", '0', "$tool: the reader goes after $bytes bytes");
		like(slurp("$dir/stats"), qr/"in":/, '... the figures are there');
	}
	my ($status, undef, $err) = run("{ $command; echo \$? >&2; } >&-");
	like($err, qr/^\Q$tool\E: standard output: Bad file descriptor\n1$/, "$tool: standard output is closed");
	($status, undef, $err) = run("{ $command; echo \$? >&2; } | :", );
	is($err, "0\n", "$tool: nobody reads at all");
}

# A capture without the statistics that vtap-decap writes at the end of what it has.
sub records_of { my ($bytes) = @_; return $bytes =~ /\A\x0a\x0d\x0d\x0a/ ? join '', map { $_->[2] } grep { $_->[0] != 5 } blocks($bytes) : $bytes }

# A reader that stops: nothing grows, nothing is lost when it goes on; the second signal does not wait for it.
for my $case (map { my $tool = $_; map { [$tool, $_] } qw(pcap pcapng snoop) } qw(vtap-decap vtap-fixlen vtap-tap)) {
	my ($tool, $format) = @$case;
	my $command = tool($tool, $dir, $format, '-') =~ s/ -w .*/ -w -/r;
	(undef, my $want) = run("$command <$large");
	for my $end ('goes on', 'never does') {
		my $pid = open(my $from, '-|', "exec $command <$large 2>$dir/stopped") // die;
		ok(until_true(sub { waits_in($pid, qr/pipe/) }), "$tool to $format waits for its reader");
		kill 'TERM', $pid;
		ok(until_true(sub { handled($pid, 'TERM') && state_of($pid) eq 'S' }), '... also when it is asked to end');
		if ($end eq 'goes on') {
			local $/;
			binmode $from;
			my $got = <$from>;
			ok(index(records_of($want), records_of($got)) == 0 && length $got > 200_000, '... what it had is delivered');
			close $from;
			is($? >> 8, 143, '... and it is told from all of it');
			like(slurp("$dir/stopped"), qr/\A\Q$tool\E: interrupted after [\d,]+ packets, \d+% of standard input\n\z/, '... in a line');
		} else {
			# Within a second it is still the first one.
			ok(until_true(sub { kill 'TERM', $pid; waitpid($pid, WNOHANG) == $pid }), '... a second signal ends it at once');
			is($? & 127, 15, '... by the signal');
			close $from;
			is(slurp("$dir/stopped"), '', '... not a word');
		}
	}
}

# A signal in front of the wait itself, behind the last look whether one came.
for my $case (map { my $tool = $_; map { [$tool, $_] } 1 .. 3 } qw(vtap-decap vtap-fixlen vtap-tap)) {
	my ($tool, $at) = @$case;
	my $command = fault(CALLS => 'poll', AT => $at, SIGNAL => 15) . ' ' . (tool($tool, $dir, 'pcap', '-') =~ s/ -w .*/ -w -/r) . " >/dev/null 2>$dir/said";
	pipe my $from, my $to or die;
	syswrite $to, substr slurp($large), 0, 3000;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $from;
		close $to;
		exec "exec timeout -s KILL 120 $command" or POSIX::_exit(127);
	}
	close $from;
	waitpid $pid, 0;
	is($? . slurp("$dir/said"), '0', "$tool: SIGTERM in front of poll() number $at");
	close $to;
}

# A signal before a capture has come, and before all has come of one that wiretap can only read as a whole.
system "editcap -F snoop $large $large.snoop";
for my $case ([0, 'before anything came'], [30_000, 'before all of it came']) {
	my ($bytes, $why) = @$case;
	my $place = place();
	pipe my $from, my $to or die;
	syswrite $to, substr(slurp("$large.snoop") x 9, 0, $bytes) if $bytes;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $from;
		open STDERR, '>', "$dir/said";
		close $to;
		exec "$build/vtap-fixlen", '-w', "$place/out.pcap" or POSIX::_exit(127);
	}
	close $from;
	until_true(sub { waits_in($pid, qr/poll/) });
	kill 'TERM', $pid;
	waitpid $pid, 0;
	like(($? >> 8) . slurp("$dir/said"), qr/\A1vtap-fixlen: standard input: ended by a signal $why/, "SIGTERM $why: said");
	is(join(' ', left($place)), '', '... and no file pretends to be whole');
	close $to;
}

# A signal meets a line of the manifest that its reader is slow to take.
my $place = place();
system 'mkfifo', "$dir/fifo";
my $many = spew("$dir/many.pcapng", $head, map { ng_packet('<', 0, 1e15 + $_, frame($_, $_), 46) } 1 .. 1500);
{
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDERR, '>', "$dir/said";
		exec "$build/vtap-split", '--by', 'ip-src', '-r', $many, '-w', "$place/{key}.pcap", '--manifest', "$dir/fifo" or POSIX::_exit(127);
	}
	open my $from, '<', "$dir/fifo" or die;
	until_true(sub { waits_in($pid, qr/pipe/) });
	kill 'TERM', $pid;
	until_true(sub { handled($pid, 'TERM') });
	my @lines = <$from>;
	waitpid $pid, 0;
	is($? . slurp("$dir/said"), '0', 'SIGTERM while the manifest waits: a good end');
	is(scalar(grep { /^\{"name".*\}$/ } @lines), 1500, '... all lines are whole');
	is(scalar(() = left($place)), 1500, '... for all files');
}

# Who reads the manifest may leave: the captures are not for him.
$place = place();
my ($status, undef, $err) = run("set -o pipefail; $build/vtap-split --by ip-src -r $many -w '$place/{key}.pcap' --manifest - | head -n 1 >/dev/null");
is("$status$err", '0', 'the reader of the manifest goes away');
is(scalar(grep { /\.pcap$/ } left($place)), 1500, '... and all files are there');

# SIGKILL in front of the first line: no command has run that could have missed it. cat ends when the helper has ended.
$place = place();
my $killed = fault(CALLS => 'write', PATH => 'lines', SIGNAL => 9, AT => 1) . " $build/vtap-split";
run("$killed --by ip-src -r $many -w '$place/{key}.pcap' --manifest $dir/lines -z 'touch $dir/ran; :' | cat");
is(join(' ', -s "$dir/lines", scalar(grep { /\.pcap$/ } left($place))), '0 1', 'killed between a file and its line');
ok(!-e "$dir/ran", '... the command of -z comes after the line');
done_testing;
