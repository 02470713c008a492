#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals to runs between files and pipes: several at once are one, and SIGUSR1 prints the figures of the moment.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Faults qw($build $dir capture tool place records);
use Wait qw(until_true has_signals handled waits_in state_of);

$SIG{HUP} = 'DEFAULT'; # whoever started us may ignore it, and the tools then do, too

# Starts a tool that reads a pipe; returns its number and the pipe's other end.
sub start {
	my ($command) = @_;
	pipe my $from, my $to or die;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDIN, '<&', $from;
		open STDERR, '>', "$dir/said";
		close $to;
		exec "exec $command" or POSIX::_exit(127);
	}
	close $from;
	binmode $to;
	return ($pid, $to);
}

sub idle {
	my ($pid, $pipe) = @_;
	my $unread = pack 'i', 0;
	ioctl $pipe, 0x541b, $unread;
	return unpack('i', $unread) == 0 && waits_in($pid, qr/poll/);
}

my %command = map { my $tool = $_; map { ("$tool to $_" => tool($tool, place(), $_, '-')) } qw(pcap pcapng) } qw(vtap-decap vtap-fixlen vtap-tap vtap-split);
$command{'vtap-fixlen -n'} = "$build/vtap-fixlen -n -q";
for my $what (sort keys %command) {
	my $stats = "$dir/stats.json";
	my ($pid, $to) = start("$command{$what} -q --stats $stats");
	my @lines = (0);
	my $report = sub {
		kill 'USR1', $pid;
		my $more = until_true(sub { (@{[slurp("$dir/said") =~ /\n/g]}) > $#lines });
		my @said = split /\n/, slurp("$dir/said");
		push @lines, my $now = eval { decode_json($said[-1] // '') } // {};
		ok($more && @said == $#lines, "$what: SIGUSR1 prints one line (" . scalar(@said) . ')');
		my $sum = 0;
		$sum += $_ for values %{$now->{outcomes}};
		is($sum, $now->{in}, '... whose outcomes add up');
		return "$now->{in} $now->{out}";
	};
	my $all = capture(100, 100);
	syswrite $to, substr $all, 0, 24 + 10 * 162;
	ok(until_true(sub { has_signals($pid, 'USR1') && idle($pid, $to) }), "$what: it waits for more");
	is($report->(), '10 10', '... of what had come');
	syswrite $to, substr $all, 24 + 10 * 162;
	until_true(sub { idle($pid, $to) });
	is($report->(), '100 100', '... and of what came then');
	my $last = $lines[-1];
	# All of them come before it runs again.
	kill 'STOP', $pid;
	until_true(sub { state_of($pid) eq 'T' });
	kill $_, $pid for qw(TERM INT HUP TERM);
	kill 'CONT', $pid;
	waitpid $pid, 0;
	is($?, 0, '... SIGTERM, SIGINT and SIGHUP at once are one, and a good end');
	my $end = decode_json(slurp($stats));
	delete $_->{details}{files}, delete $_->{sources}, delete $_->{complete} for $last, $end;
	is_deeply($last, $end, '... after which the figures are those of the last line');
}

# timeout(1) signals its child, and then its group.
for my $signal (qw(TERM INT HUP)) {
	my ($pid, $to) = start("timeout -s $signal 0.5 $build/vtap-decap -q -w $dir/out.pcap --stats $dir/stats.json");
	syswrite $to, capture(100, 100);
	waitpid $pid, 0;
	is($? >> 8, 124, "timeout -s $signal");
	is((records(slurp("$dir/out.pcap") // ''))[0], 100, '... ends it in order: the capture is whole');
	is(decode_json(slurp("$dir/stats.json"))->{in}, 100, '... and the figures are there');
	unlink "$dir/out.pcap", "$dir/stats.json";
}
done_testing;
