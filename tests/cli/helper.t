#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The process that runs the commands of vtap-split -z, when the terminal signals it together with the tool.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Scratch qw(scratch);
use Wait qw(until_true);

$SIG{HUP} = 'DEFAULT'; # whoever started us may ignore it, and the tools then do, too

my $build = abs_path($ENV{BUILD} || 'build');
my $sample = abs_path('tests/data/vxlan-gbp.pcap');
my $dir = scratch();

# The only child of a process.
sub child_of {
	my ($pid) = @_;
	my ($child) = (slurp("/proc/$pid/task/$pid/children") // '') =~ /^(\d+)/;
	return $child;
}

# Two files are open, and their commands still to be run, when the signal comes: to whom it is told by $whom.
sub signalled {
	my ($name, $signal, $whom) = @_;
	unlink "$dir/done", glob "$dir/*.pcap*";
	my $pid = open(my $to, '|-') // die "fork: $!\n";
	if (!$pid) {
		setpgrp;
		open STDERR, '>', "$dir/stderr";
		exec "$build/vtap-split", '--by', 'ip-src', '-w', "$dir/{key}.pcap", '-z', "f() { echo \"\$1\" >>$dir/done; }; f";
	}
	syswrite $to, slurp($sample);
	until_true(sub { (my @open = glob "$dir/*.tmp") == 2 }) or diag "$name: no files\n";
	kill $signal, $whom->($pid);
	# Whoever closes a pipe to a process waits for that.
	close $to;
	return $? >> 8;
}

for my $signal (qw(INT TERM HUP)) {
	is(signalled("SIG$signal", $signal, sub { -$_[0] }), 0, "SIG$signal to both: exits 0") or diag slurp("$dir/stderr");
	is(join(' ', sort split /\n/, slurp("$dir/done") // ''), join(' ', map { "$dir/192.168.7.$_.pcap" } 10, 80), '... each file has its command run');
}

is(signalled('SIGKILL', 'KILL', \&child_of), 1, 'the helper is killed: exits 1');
like(slurp("$dir/stderr"), qr/^vtap-split: -z '.*': the process that runs it has ended$/m, '... and it is told');
is(scalar(my @files = glob "$dir/*.pcap"), 2, '... the files have their names');

# Whoever starts the tool may ignore the ends of children, and then the kernel keeps none of them to be waited for.
my $ignoring = "env --ignore-signal=CHLD $build/vtap-split --by ip-src -r $sample -w '$dir/again-{key}.pcap' --jobs 1";
is(system("$ignoring -z 'f() { grep SigIgn /proc/\$\$/status >>$dir/ignored; false; }; f' 2>$dir/stderr") >> 8, 1, 'SIGCHLD is ignored: failed commands are counted');
is(scalar(() = slurp("$dir/stderr") =~ /exit status 1$/mg), 2, '... each of them');
like(slurp("$dir/stderr"), qr/failed on 2 of 2 files$/m, '... and summed up');
unlike(slurp("$dir/ignored"), qr/1....$/m, '... and the commands do not ignore it');

done_testing;
