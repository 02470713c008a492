# SPDX-License-Identifier: GPL-2.0-or-later
# Machines that fail: the shim in front of system calls, what a command took, disks that are too small.
package Faults;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Find qw(find);
use POSIX ();
use Test::More;
use Capture qw(slurp spew pcap);
use Compile qw(compile preload);
use Required qw(lacks insist);
use Scratch qw(scratch);

our @EXPORT_OK = qw($build $dir $sanitized run fault faulty calls memory measure private frame capture tool place left
	records holds_prefix readable);

our $build = abs_path($ENV{BUILD} || "build");
our $dir = scratch();
our $sanitized = preload("$build/vtap-fixlen") =~ /libasan/ || $ENV{ASAN_OPTIONS};
my $places = 0;

# The root of mount and network namespaces that end with the test; without root, or the right to have them, it is skipped.
sub private {
	my ($what) = @_;
	return insist() if delete $ENV{VTAP_TEST_INSIDE};
	my $able = $> == 0 && system('unshare', '-n', '-m', 'true') == 0;
	lacks("$what: needs root and namespaces") if !$able;
	$ENV{VTAP_TEST_INSIDE} = 1;
	rmdir $dir; # it gets another one
	exec 'unshare', '-n', '-m', $^X, $0, @ARGV or die "unshare: $!";
}

# A command of bash, a quarter of an hour at most: its exit status (a signal is -number), stdout, stderr.
sub run {
	my ($command, %env) = @_;
	local @ENV{keys %env} = values %env if %env;
	system 'timeout', '--foreground', '-s', 'KILL', '900', 'bash', '-c', "{ $command\n} >$dir/stdout 2>$dir/stderr </dev/null";
	my $status = $? & 127 ? -($? & 127) : $? >> 8;
	$status = 128 - $status if $status > 128; # as a shell tells a signal
	return ($status, slurp("$dir/stdout"), slurp("$dir/stderr"));
}

# What stands in front of a tool whose calls are to go wrong, as FAULT_... say (shim.c).
sub fault {
	my (%fault) = @_;
	compile('faults/shim.c', "$dir/shim.so", '-fPIC', '-shared');
	my $env = join ' ', map { "FAULT_$_='$fault{$_}'" } sort keys %fault;
	my $preload = preload("$build/vtap-fixlen", "$dir/shim.so");
	return "env '$preload' $env";
}

# As fault(), for a tool that runs out of memory: MEMORY_... (memory.c).
sub memory {
	my (%memory) = @_;
	compile('faults/memory.c', "$dir/memory.so", '-fPIC', '-shared');
	return "env LD_PRELOAD='$dir/memory.so' " . join ' ', map { "MEMORY_$_='$memory{$_}'" } sort keys %memory;
}

# As run(), of a tool and its arguments.
sub faulty {
	my ($command, %fault) = @_;
	return run(fault(%fault) . " $command");
}

# How often a run makes these calls.
sub calls {
	my ($command, %fault) = @_;
	my ($status, undef, $err) = faulty($command, COUNT => "$dir/count", %fault);
	diag "status $status: $err" if $status;
	return slurp("$dir/count") + 0;
}

# As run(), of one tool; and in front of that its peak of memory in KiB and its processor time in seconds. It runs in $dir.
sub measure {
	my ($command) = @_;
	compile('faults/measure.c', "$dir/measure");
	my @result = run("cd $dir; exec $dir/measure usage $command");
	my ($peak, $micro) = split ' ', slurp("$dir/usage");
	return ($peak, $micro / 1e6, @result);
}

# An Ethernet frame of UDP over IPv4 from 10.x.x.x, whose lengths are right, with a number in front of its data.
sub frame {
	my ($host, $number, $size) = @_;
	my $udp = pack('n n n n N', 1000, 2000, 12 + ($size // 0), 0, $number) . 'x' x ($size // 0);
	my $ip = pack('C C n n n C C n N N', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 0x0a000000 + $host, 0x0b000001);
	return pack('H24 n', '020000000002020000000001', 0x0800) . $ip . $udp;
}

# A pcap of COUNT frames of SIZE more bytes, one a second.
sub capture {
	my ($count, $size) = @_;
	return pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 5, frame($_ % 7, $_, $size)] } 1 .. $count);
}

# A command line that writes one file in a format; where it goes.
sub tool {
	my ($tool, $place, $format, $input) = @_;
	my %args = ('vtap-decap' => '-q', 'vtap-split' => '--by interface', 'vtap-tap' => '-t vxlan://10.0.2.9/1 --from 10.0.1.5');
	my $name = $tool eq 'vtap-split' ? 'out-{key}' : 'out-if0';
	return "$build/$tool " . ($args{$tool} // '') . " -F $format -r $input -w '$place/$name.$format'";
}

sub place {
	my $place = "$dir/place" . ++$places;
	mkdir $place or die "$place: $!";
	return $place;
}

# What is in a folder, but folders.
sub left {
	my ($place) = @_;
	my @names;
	find({ no_chdir => 1, wanted => sub { push @names, substr $_, 1 + length $place if -l || !-d _ } }, $place);
	return sort @names;
}

# How many whole records stand in the beginning of a pcap, and what is behind them.
sub records {
	my ($bytes) = @_;
	my ($at, $count) = (24, 0);
	while (length($bytes) - $at >= 16) {
		my $len = 16 + unpack 'V', substr $bytes, $at + 8, 4;
		last if $len > length($bytes) - $at;
		$at += $len;
		$count++;
	}
	return ($count, length($bytes) - $at);
}

# The bytes of a file are the first ones of others.
sub holds_prefix {
	my ($file, $bytes, $name) = @_;
	my $got = slurp($file) // '';
	ok($got eq substr($bytes, 0, length $got), $name) or diag length($got) . " bytes of $file, " . length($bytes) . ' wanted';
	return length $got;
}

# Whether capinfos takes all of these for complete captures; an empty file it takes for one, too.
sub readable {
	my (@files) = @_;
	return 0 if grep { !-s } @files;
	while (my @some = splice @files, 0, 500) {
		my $pid = open my $said, '-|';
		if (!$pid) {
			open STDERR, '>', "$dir/capinfos";
			exec 'capinfos', '-TrcM', @some or POSIX::_exit(127);
		}
		my @lines = <$said>;
		return 0 if @lines != @some || -s "$dir/capinfos";
	}
	return 1;
}

1;
