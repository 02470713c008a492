#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-decap while it receives: SIGUSR1 prints its counters and goes on, SIGHUP ends it as SIGTERM does.
use strict;
use warnings;
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Faults qw($build $dir private readable);
use Wait qw(until_true has_signals);

$SIG{HUP} = 'DEFAULT'; # whoever started us may ignore it, and the tools then do, too

private('a receiver and signals');
system('ip link set lo up') == 0 or BAIL_OUT('ip link');

# Whether it catches SIGUSR1 by now.
sub runs { return has_signals($_[0], 'USR1') }

for my $way ('-l vxlan://127.0.0.1:4789', '-i lo') {
	my $pid = fork // die;
	if (!$pid) {
		open STDERR, '>', "$dir/said" or die;
		exec "$build/vtap-decap", split(' ', $way), '-w', "$dir/out.pcap" or die;
	}
	ok(until_true(sub { runs($pid) }), "$way: it runs");
	kill 'USR1', $pid;
	ok(until_true(sub { (slurp("$dir/said") // '') =~ /^ *packets? in|\bin\b/m }), '... SIGUSR1: its counters');
	is(kill(0, $pid), 1, '... and it goes on');
	kill 'HUP', $pid;
	waitpid $pid, 0;
	is($?, 0, '... SIGHUP: a good end');
	ok(readable("$dir/out.pcap"), '... and a whole capture');
	unlink "$dir/out.pcap", "$dir/said";
}

# nohup(1) starts a program with SIGHUP ignored, and then a hangup ends nothing.
for my $run (['vtap-decap', '-i lo'], ['vtap-tap', '-i lo -t vxlan://127.0.0.2/7']) {
	my ($tool, $args) = @$run;
	my $pid = fork // die;
	if (!$pid) {
		$SIG{HUP} = 'IGNORE';
		open STDERR, '>', "$dir/said" or die;
		exec "$build/$tool", split(' ', $args), $tool eq 'vtap-decap' ? ('-w', "$dir/out.pcap") : () or POSIX::_exit(127);
	}
	ok(until_true(sub { runs($pid) }), "$tool, SIGHUP is ignored: it runs");
	kill 'HUP', $pid;
	kill 'USR1', $pid;
	ok(until_true(sub { (slurp("$dir/said") // '') =~ /\bin\b/ }), '... SIGHUP does not end it');
	my ($ignored) = slurp("/proc/$pid/status") =~ /^SigIgn:\s*([0-9a-f]+)/m;
	is(hex($ignored // 0) & 1, 1, '... and stays ignored');
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... a good end');
	unlink "$dir/out.pcap", "$dir/said";
}

# Whoever starts it without them: what it opens is not taken for where its messages go.
{
	my $pid = fork // die;
	if (!$pid) {
		close $_ for *STDIN, *STDOUT, *STDERR;
		exec "$build/vtap-decap", '-l', 'vxlan://127.0.0.1:4789', '-w', "$dir/out.pcap" or POSIX::_exit(127);
	}
	ok(until_true(sub { runs($pid) }), 'closed standard input, output and error: it runs');
	is(readlink "/proc/$pid/fd/$_", '/dev/null', "... number $_ is none of its own") for 0 .. 2;
	kill 'USR1', $pid;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... a good end');
	ok(readable("$dir/out.pcap"), '... and a whole capture');
}
done_testing();
