# SPDX-License-Identifier: GPL-2.0-or-later
# What is waited for are conditions. The deadline is there for a test that fails: a busy machine does not reach it.
package Wait;
use strict;
use warnings;
use Exporter qw(import);
use Config;
use Time::HiRes qw(sleep time);
use Capture qw(slurp);

our @EXPORT_OK = qw(until_true state_of waits_in has_signals handled caught_up $hangs);

# Seconds after which a whole test file hangs, whatever runs beside it and however slow a sanitizer makes it.
our $hangs = 900;

# Whoever does not look at the result would not notice.
sub in_vain {
	my ($seconds) = @_;
	my (undef, $file, $line) = caller 1;
	warn "# waited in vain: $file line $line\n" if !$seconds;
	return 0;
}

# True as soon as the condition is, false when it has not become so in a minute (or SECONDS): the last look begins after
# that. Looks less often the longer it takes.
sub until_true {
	my ($true, $seconds) = @_;
	my $end = time + ($seconds // 60);
	my $pause = 0.001;
	while (1) {
		my $last = time > $end;
		return 1 if $true->();
		return in_vain($seconds) if $last;
		sleep $pause;
		$pause *= 1.5 if $pause < 0.03;
	}
}

# The letter of a process' state; '' when it is no more.
sub state_of { return (slurp("/proc/$_[0]/stat") // '') =~ /.*\) (\w)/s ? $1 : '' }

# Whether a process waits in a function of the kernel's.
sub waits_in {
	my ($pid, $pattern) = @_;
	return (slurp("/proc/$pid/wchan") // '') =~ $pattern;
}

sub signals_of {
	my ($pid, $which) = @_;
	return (slurp("/proc/$pid/status") // '') =~ /^$which:\s*([0-9a-f]+)/m ? hex substr $1, -8 : 0;
}

# POSIX knows no SIGWINCH.
my %number;
@number{ split ' ', $Config{sig_name} } = split ' ', $Config{sig_num};

sub bit { return 1 << $number{ $_[0] } - 1 }

# Whether a process catches a signal by now, by its name.
sub has_signals { return !!(signals_of($_[0], 'SigCgt') & bit($_[1])) }

# Whether a process that catches a signal has been given the one that was sent to it.
sub handled {
	my ($pid, $signal) = @_;
	return !((signals_of($pid, 'ShdPnd') | signals_of($pid, 'SigPnd')) & bit($signal));
}

my %answer; # the last one of each, and how often it came

# Whether a tcpdump in immediate mode has written all that its filter took until now: SIGUSR1 makes it say so, in the
# file that its messages go to. What it has not read when it is ended is lost. Packets from before its filter was set are
# counted as received and never captured: then it has to say the same three times.
sub caught_up {
	my ($pid, $log) = @_;
	my $count = qr/^(?:tcpdump: )?(\d+) packets? captured, (\d+) packets? received by filter, (\d+) packets? dropped by kernel$/m;
	my $answers = () = (slurp($log) // '') =~ /$count/g;
	my @figures;
	kill 'USR1', $pid;
	until_true(sub { @figures = slurp($log) =~ /$count/g; @figures > $answers }) or return 0;
	my ($captured, $received, $dropped) = @figures[-3 .. -1];
	return 1 if $captured + $dropped >= $received;
	my $said = "$captured $received $dropped";
	$answer{$pid} = [$said, 0] if !$answer{$pid} || $answer{$pid}[0] ne $said;
	return ++$answer{$pid}[1] >= 3;
}

1;
