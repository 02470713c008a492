# SPDX-License-Identifier: GPL-2.0-or-later
# Which system calls a tool has left, read off the filter that it loads, and not off its source: tests/lib/filter.c.
package Filter;
use strict;
use warnings;
use Exporter qw(import);
use IO::Pty;
use Test::More;
use Capture qw(slurp);
use Compile qw(compile);
use Sandbox qw($build $dir);

our @EXPORT_OK = qw(leaves confines_nothing %says %of);

my $shim = "$dir/filter.so";
my $read; # of the capture, when the filter was loaded

# By name, as the kernel's headers have them.
my %number = map { /^#define __NR_(\w+) (\d+)$/ ? ($1 => $2) : () } headers();

sub headers {
	my $cc = $ENV{CC} || 'cc';
	return `echo '#include <sys/syscall.h>' | $cc -dM -E -`;
}

# The filter of a run that ends by itself: instructions of classic BPF, as arrays of code, jt, jf, k.
sub filter_of {
	my ($tool, $arguments, $told) = @_;
	local $ENV{TERM} = 'xterm';
	compile('lib/filter.c', $shim, '-fPIC', '-shared', '-lseccomp');
	unlink "$dir/bpf";
	system 'timeout', '120', 'bash', '-c', "FILTER_TO=9 RULES_TO=8 READ_TO=7 LD_PRELOAD=$shim $build/$tool $arguments 9>$dir/bpf 8>$dir/ruleset 7>$dir/read 2>$told";
	ok(-s "$dir/bpf", "$tool $arguments") or diag slurp("$dir/stderr");
	$read = slurp("$dir/read");
	return [map { [unpack 'S C C L', $_] } slurp("$dir/bpf") =~ /(.{8})/gs];
}

# What the filter returns for a call, all values that it may. $word: a word of struct seccomp_data, by its offset; undef:
# any, and both ways are gone.
sub ends {
	my ($filter, $word) = @_;
	my (@ends, %seen);
	my @ways = [0, undef];
	while (my $way = pop @ways) {
		my ($at, $a) = @$way;
		while (1) {
			my ($code, $jt, $jf, $k) = @{ $filter->[$at++] // die "past the end of the filter\n" };
			if ($code == 0x20) { # ld [k]
				$a = $word->($k);
			} elsif ($code == 0x54) { # and #k
				$a &= $k if defined $a;
			} elsif ($code == 0x05) { # ja
				$at += $k;
			} elsif ($code == 0x06) { # ret #k
				push @ends, $k;
				last;
			} elsif (defined $a) { # jeq, jgt, jge, jset
				my %is = (0x15 => $a == $k, 0x25 => $a > $k, 0x35 => $a >= $k, 0x45 => $a & $k);
				die sprintf "unknown instruction %#x\n", $code if !exists $is{$code};
				$at += $is{$code} ? $jt : $jf;
			} else {
				push @ways, [$at + $jf, $a] if !$seen{ $at + $jf }++;
				$at += $jt;
			}
		}
	}
	return @ends;
}

my $ALLOW = 0x7fff0000;

# The machine that the filter is for: what it compares first.
sub machine {
	my ($filter) = @_;
	my ($load, $compare) = @$filter;
	die "the filter does not begin with the machine\n" if $load->[0] != 0x20 || $load->[3] != 4 || $compare->[0] != 0x15;
	return $compare->[3];
}

# Names of the calls that are left; with a question mark where it depends on arguments. Sorted.
sub left {
	my ($filter) = @_;
	my ($machine, @left) = machine($filter);
	for my $name (sort keys %number) {
		my @ends = ends($filter, sub { $_[0] == 0 ? $number{$name} : $_[0] == 4 ? $machine : undef });
		my $allowed = grep { $_ == $ALLOW } @ends;
		push @left, $allowed == @ends ? $name : "$name?" if $allowed;
	}
	return @left;
}

# Whether a call with these arguments is allowed.
sub allows {
	my ($filter, $name, @arguments) = @_;
	my $machine = machine($filter);
	my $word = sub {
		my ($offset) = @_;
		return $number{$name} // die "no $name\n" if $offset == 0;
		return $machine if $offset == 4;
		my $value = $arguments[($offset - 16) >> 3] // 0;
		return $offset & 4 ? $value >> 32 : $value & 0xffffffff;
	};
	return !grep { $_ != $ALLOW } ends($filter, $word);
}

# What an option leaves, as the manual pages say it; see common/host/sandbox.h for the names.
our %of = (
	always => [qw(read write readv writev pread64 pwrite64 lseek close fstat newfstatat? poll ppoll brk mmap? mprotect? munmap
		mremap madvise futex sched_yield rt_sigaction rt_sigprocmask rt_sigreturn restart_syscall timer_settime clock_gettime
		clock_nanosleep nanosleep gettimeofday time getrandom getpid gettid sysinfo exit exit_group fcntl? ioctl? prlimit64?
		tgkill?)],
	wiretap => [qw(memfd_create ftruncate dup dup2 dup3)],
	look => [qw(newfstatat stat lstat statx access faccessat faccessat2 readlink readlinkat open? openat?)],
	write => [qw(open openat flock geteuid ftruncate rename renameat renameat2 unlink unlinkat)],
	folders => [qw(mkdir mkdirat)],
	receive => [qw(recvfrom recvmsg recvmmsg getsockopt setsockopt getsockname)],
	capture => [qw(getdents64)],
	make => [qw(bind sendto sendmsg sendmmsg socket?)],
	connect => [qw(connect)],
	follow => [qw(eventfd eventfd2 uname)],
	names => [qw(uname)],
	sync => [qw(fsync fdatasync)],
	terminal => [],
	truncate => [qw(ftruncate)],
	space => [qw(statfs)],
	spool => [qw(getdents64 linkat inotify_add_watch inotify_rm_watch fadvise64)],
	list => [qw(getdents64)],
	children => [qw(clone? prctl? wait4 set_robust_list)],
);
$of{$_->[0]} = [map { @{ $of{$_} } } @$_[1 .. $#$_]] for ['files', qw(look write)], ['rules', 'look'], ['inputs', 'look'], ['interfaces', qw(receive look capture)],
	['netlink', qw(receive make)], ['send', qw(receive make connect)], ['again', qw(receive look capture make follow)],
	['hosts', qw(receive look make connect names)];

# Sockets that can be made, family/type, by option; all with the flags of socket(2).
my @netlink = map { "16/$_" } 0 .. 10;
my %sockets = (
	netlink => \@netlink,
	send => ['2/2', '10/2', '2/3', '10/3', map { "17/$_" } 0 .. 10],
	again => [@netlink, '2/2', '10/2', map { "17/$_" } 0 .. 10],
	hosts => [@netlink, '2/2', '10/2'],
);
# Numbers of ioctl(2), likewise: TCGETS, TIOCGWINSZ; what netdevice(7) tells; FIONREAD, SIOCGIWNAME.
my @netdevice = (0x8910, 0x8913, 0x8921, 0x8927, 0x8933, 0x8946);
my %ioctls = (
	always => [0x5401, 0x5413],
	(map { $_ => \@netdevice } qw(netlink send interfaces)),
	again => [@netdevice, 0x8b01],
	hosts => [@netdevice, 0x541b],
);

# What the manual page of a tool has for each, and must not have else.
our %says = (
	always => qr/read, write and close what is open, wait/,
	wiretap => qr/formats of wiretap files in memory/,
	files => qr/open, make, rename and remove files/,
	folders => qr/make folders below/,
	receive => qr/receive from the sockets that it has/,
	interfaces => qr{below /sys/class/net , /sys/devices and /proc/net},
	netlink => qr/ask the kernel for links (?:and addresses )?by netlink/,
	send => qr/send; make UDP, GRE, ICMP and packet sockets/,
	again => qr/make packet sockets, to open an interface again/,
	hosts => qr/ask name servers by UDP/,
	sync => qr/wait until files are on the disk/,
	space => qr/ask how much is free/,
	spool => qr/be told of changes/,
	list => qr/for reading, and list them/,
	children => qr/make children of itself/,
	rules => qr/read files in the folder of/,
	truncate => qr/cut off what was written last/,
	terminal => qr/ask who is in the foreground of it, and lock it/,
	inputs => qr/open files for reading in the folders of the inputs/,
);

# Unites lists; a call that is left whatever its arguments is so in all.
sub united {
	my %all = map { $_ => 1 } grep { exists $number{ s/\?//r } } map { @{ $of{$_} } } @_;
	return sort { ($a =~ s/\?//r) cmp ($b =~ s/\?//r) } grep { !(/^(.*)\?$/ && $all{$1}) } keys %all;
}

sub ordered {
	my %all = map { $_ => 1 } @_;
	return join ' ', sort keys %all;
}

# Arguments that no tool needs, and somebody who takes it over would.
my @never = (
	['mmap', 0, 4096, 4], ['mmap', 0, 4096, 7], ['mprotect', 0, 4096, 5],
	['fcntl', 0, 8], ['fcntl', 0, 10], ['fcntl', 0, 15], ['fcntl', 0, 1024], ['fcntl', 0, 1026], ['fcntl', 0, 1033],
	['socket', 16, 3, 12], ['socket', 16, 3, 16], ['prlimit64', 0, 7, 4096], ['tgkill', 1, 1, 9],
);

# Questions about a terminal: F_GETLK, F_SETLK, F_SETLKW; TIOCGPGRP, TIOCSPGRP, TIOCSTI, TIOCSWINSZ.
my @of_terminal = (['fcntl', 5], ['fcntl', 6], ['fcntl', 7], ['ioctl', 0x540f], ['ioctl', 0x5410], ['ioctl', 0x5412], ['ioctl', 0x5414]);

# Of a run of a tool: just what these leave, and nothing with other arguments. Sanitizers' builds refuse nothing.
sub leaves {
	my ($tool, $arguments, @needs) = @_;
	my $terminal = grep({ $_ eq 'terminal' } @needs) ? IO::Pty->new : undef;
	my $filter = filter_of($tool, $arguments, $terminal ? $terminal->ttyname : "$dir/stderr");
	return if !@$filter;
	is(join(' ', left($filter)), join(' ', united('always', @needs)), '... what is left: ' . join ' ', 'always', @needs);
	my @all = map { my $family = $_; map { "$family/$_" } 0 .. 10 } 0 .. 50;
	my @made = grep { allows($filter, 'socket', split '/') } @all;
	is(ordered(@made), ordered(map { @{ $sockets{$_} // [] } } @needs), '... sockets');
	my @asked = grep { allows($filter, 'ioctl', 3, $_) } 0 .. 0xff, map { $_ << 8 .. $_ << 8 | 0xff } 0x54, 0x89, 0x8b;
	is(ordered(@asked), ordered(map { @{ $ioctls{$_} // [] } } 'always', @needs), '... questions to devices');
	my $spool = grep { $_ eq 'spool' } @needs; # of which captures are leased
	is(join(' ', map { "@$_" } grep { allows($filter, @$_) } @never), $spool ? 'fcntl 0 1024' : '', '... none of what nobody needs');
	my @done = map { my $fd = $_; map { "@$_" } grep { allows($filter, @$_) } map { [$_->[0], $fd, $_->[1]] } @of_terminal } 0 .. 3;
	is("@done", $terminal ? 'fcntl 2 5 fcntl 2 6 ioctl 2 21519' : '', '... of a terminal, only of that of standard error');
	others($filter);
	handles_all();
	# What wiretap is to parse is at its start again: nobody looked at more than the first four bytes.
	# Of many inputs none is open.
	is($read, "0\n", '... wiretap has seen nothing yet') if grep({ $_ eq 'wiretap' } @needs) && !grep({ /^(?:inputs|spool|list)$/ } @needs) && $arguments !~ /-F snoop/;
}

# Landlock is to handle, and so refuse, all that the kernel has: rights of files by version, TCP from 4 on, signals and
# abstract sockets from 6 on.
sub handles_all {
SKIP: {
		my $version = syscall(444, 0, 0, 1);
		skip 'no Landlock', 1 if $version < 2;
		my ($files, $tcp, $scoped) = unpack 'Q*', slurp("$dir/ruleset");
		my $bits = $version >= 5 ? 16 : $version >= 3 ? 15 : 14;
		is(join(' ', $files, $tcp // 0, $scoped // 0), join(' ', (1 << $bits) - 1, $version >= 4 ? 3 : 0, $version >= 6 ? 3 : 0), '... Landlock handles all');
	}
}

# Other machines' calls, which this one's kernel would answer.
sub others {
	my ($filter) = @_;
	my $machine = machine($filter);
	my @i386 = grep { my $n = $_; grep { $_ == $ALLOW } ends($filter, sub { $_[0] == 0 ? $n : $_[0] == 4 ? 0x40000003 : undef }) } 0 .. 600;
	my @x32 = grep { my $n = $_ | 0x40000000; grep { $_ == $ALLOW } ends($filter, sub { $_[0] == 0 ? $n : $_[0] == 4 ? $machine : undef }) } 0 .. 600;
	is("@i386 @x32", ' ', '... no calls of i386 and x32');
}

# No filter is loaded.
sub confines_nothing {
	my ($tool, $arguments) = @_;
	compile('lib/filter.c', $shim, '-fPIC', '-shared', '-lseccomp');
	system 'timeout', '120', 'bash', '-c', "FILTER_TO=9 LD_PRELOAD=$shim $build/$tool --no-sandbox $arguments 9>$dir/bpf 2>$dir/stderr";
	is(-s "$dir/bpf", 0, "$tool --no-sandbox $arguments: no filter");
}

1;
