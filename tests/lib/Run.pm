# SPDX-License-Identifier: GPL-2.0-or-later
# Shell commands with the tools of the build, in the folder of a test.
package Run;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Path qw(remove_tree);
use JSON::PP qw(decode_json);
use POSIX ();
use Capture qw(slurp);

our @EXPORT_OK = qw(fork_usual run_told start_reading);
my $build = abs_path($ENV{BUILD} || 'build');

# fork(2) for a program: in the child signals are as they are usually, whatever this process and the one that has started it do with them. A signal to the child that comes earlier ends it, too.
sub fork_usual {
	my @names = qw(INT QUIT TERM HUP PIPE);
	my $held = POSIX::SigSet->new(map { POSIX->can("SIG$_")->() } @names);
	my $before = POSIX::SigSet->new;
	POSIX::sigprocmask(POSIX::SIG_BLOCK(), $held, $before);
	my $pid = fork // die "fork: $!";
	@SIG{@names} = ('DEFAULT') x @names if $pid == 0;
	POSIX::sigprocmask(POSIX::SIG_SETMASK(), $before);
	return $pid;
}

# Exit status, lines of standard error, and what "--stats stats" of the command says. The folder "o" and the file "out" of an earlier command are gone.
sub run_told {
	my ($command) = @_;
	remove_tree('o');
	unlink 'stats', 'out';
	system 'bash', '-c', "PATH=$build:\$PATH; { $command\n} 2>stderr";
	my $stats = slurp('stats');
	return ($? & 127 ? -1 : $? >> 8, [split /\n/, slurp('stderr')], $stats ? decode_json($stats) : {});
}

# Starts a command that reads a pipe, with its standard error in the file SAID. Returns its process and the pipe's other end.
sub start_reading {
	my ($command, $said) = @_;
	pipe my $from, my $to or die;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $from;
		open STDERR, '>', $said;
		close $to;
		exec "exec $command" or POSIX::_exit(127);
	}
	close $from;
	binmode $to;
	return ($pid, $to);
}

1;
