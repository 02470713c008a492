# SPDX-License-Identifier: GPL-2.0-or-later
# What an attacker inside a tool would try, really tried: tests/lib/sandbox.c, as LD_PRELOAD.
package Sandbox;
use strict;
use warnings;
use Cwd qw(abs_path);
use Errno qw(EPERM EACCES);
use Exporter qw(import);
use Test::More;
use Capture qw(slurp spew);
use Compile qw(compile);
use Scratch qw(scratch);

our @EXPORT_OK = qw($build $dir $landlock lax try refused holds status_of);

our $build = abs_path($ENV{BUILD} || 'build');
our $dir = scratch();
my $shim = "$dir/shim.so";

# Whether this kernel can confine files: number and version of landlock_create_ruleset(2).
my $version = syscall(444, 0, 0, 1);
our $landlock = $version >= 2;

# Why nothing is refused in this build, or nothing.
sub lax {
	return 'a sanitizer needs more than any tool' if `nm -D $build/vtap-fixlen` =~ /__[alm]san_|__asan_init/;
	return 'counters of coverage are written at the end' if `nm $build/vtap-fixlen` =~ /__gcov_/;
	return '';
}

# Environment and redirection in front of a tool; its tries are told in a file of this name.
sub prefix {
	my ($tool, %how) = @_;
	compile('lib/sandbox.c', $shim, '-fPIC', '-shared');
	mkdir "$dir/elsewhere";
	rmdir "$dir/elsewhere/folder";
	unlink glob "$dir/elsewhere/*";
	spew("$dir/elsewhere/victim", 'x');
	return join ' ', "env TRY_IN=$tool TRY_PLACE=$dir/elsewhere TRY_TO=9", ($how{at} ? "TRY_AT=$how{at}" : ()), "LD_PRELOAD=$shim";
}

# A run of a tool: what came of each try, by name: 'done' or the number of an error.
sub try {
	my ($tool, $arguments, %how) = @_;
	my $shell = prefix($tool, %how) . " $build/$tool $arguments 9>$dir/tries 2>$dir/stderr";
	my $status = system('timeout', '120', 'bash', '-c', $shell);
	is($status, 0, "$tool $arguments: exits 0") or diag slurp("$dir/stderr");
	my %came = map { split } split /\n/, slurp("$dir/tries");
	ok(scalar keys %came, '... it was tried') or diag slurp("$dir/stderr");
	return \%came;
}

my @always = qw(execve execveat fork tcp connect unix netlink owner setown code ptrace kill setuid mount symlink link chmod lease watch);
my @files = qw(read list write truncate unlink mkdir rename memory);

# All that an attacker tries is refused, but what is allowed, by name.
sub refused {
	my ($tool, $arguments, %how) = @_;
	my %allowed = map { $_ => 1 } @{ $how{allowed} || [] };
	my $came = try($tool, $arguments, %how);
	for my $name (@always, 'udp', @files) {
		next if !exists $came->{$name};
		if ($allowed{$name}) {
			is($came->{$name}, 'done', "... $name is left to it");
			next;
		}
	SKIP: {
			skip 'no Landlock', 1 if !$landlock && $how{opens} && grep { $_ eq $name } @files;
			# A stream socket from before, which no tool has, where datagram sockets are connected.
			skip 'Landlock knows of no TCP before Linux 6.7', 1 if $version < 4 && $allowed{udp} && $name eq 'connect';
			ok($came->{$name} ne 'done' && ($came->{$name} == EPERM || $came->{$name} == EACCES), "... $name is refused")
				or diag "$name: $came->{$name}";
		}
	}
	return if !$landlock && $how{opens};
	is(slurp("$dir/elsewhere/victim"), 'x', '... nothing is harmed');
	is(join(' ', map { s{.*/}{}r } sort glob "$dir/elsewhere/*"), 'victim', '... and nothing made');
}

# The same tries can do harm where nothing stands in the way.
sub holds {
	my ($tool, $arguments, %how) = @_;
	my $came = try($tool, "--no-sandbox $arguments", %how);
	my @done = grep { ($came->{$_} // '') eq 'done' } @always, 'udp', @files;
	is("@done", join(' ', @always, 'udp', @files), '... --no-sandbox refuses nothing');
}

# A field of /proc/PID/status.
sub status_of {
	my ($pid, $field) = @_;
	my ($value) = (slurp("/proc/$pid/status") // '') =~ /^$field:\s*(\S+)/m;
	return $value;
}

1;
