#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# An interface vanishes while its ring holds more than can be written: what it got is delivered, however long that takes.
# And it comes back while there is no memory: that is told.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Compile qw(compile);
use Lab qw($dir enter sh hosts cable start ready stop finish stats said until_true tool);
use Thorough qw($thorough some);
use Wait qw(state_of waits_in);

enter();
hosts(qw(host guest));

# Frames of 1400 bytes, as fast as it goes.
my $frames = 'my ($device, $count) = @ARGV; socket my $s, 17, 3, 0 or die; my ($index) = `ip -o link show $device` =~ /^(\d+)/; '
	. 'my $to = pack "S n i S C C a8", 17, 0x88b5, $index, 0, 0, 6, ""; '
	. 'for (1 .. $count) { send($s, pack("H24 n N x1382", "020000000002020000000001", 0x88b5, $_), 0, $to) // die "send: $!" }';

# A pipe whose reader waits holds the tap up for longer than a ring needs to be handed over.
for my $other (0, 1) {
	cable(['host', 'port'], ['guest', 'eth0']);
	cable(['host', 'other'], ['guest', 'eth1']) if $other;
	my ($fifo, $go, $out) = map { "$dir/$_$other" } qw(fifo go out);
	POSIX::mkfifo($fifo, 0600);
	my $reader = start('host', 'reader', ['sh', '-c', "exec 3<$fifo; until [ -e $go ]; do sleep 0.02; done; exec cat <&3 >$out"]);
	my $tap = ready(start('host', 'tap', [tool('vtap-tap'), qw(-B 16384 -i port), ($other ? qw(-i other) : ()),
		qw(-t vxlan://192.0.2.9/1 --from 192.0.2.1 -w), $fifo, 'ether proto 0x88b5']));
	# Stopped while it waits, it looks at its interfaces as soon as it goes on, before it reads.
	until_true(sub { waits_in($tap->{pid}, qr/poll/) }) or diag 'it does not wait';
	kill 'STOP', $tap->{pid};
	until_true(sub { state_of($tap->{pid}) eq 'T' });
	sh("ip netns exec guest perl -e '$frames' $_ 3000") for 'eth0', $other ? 'eth1' : ();
	sh('ip -n host link del port');
	kill 'CONT', $tap->{pid};
	ok until_true(sub { said($tap) =~ /port is gone/ }), 'an interface vanishes';
	ok until_true(sub { waits_in($tap->{pid}, qr/pipe/) }), '... while the pipe is full';
	select undef, undef, undef, 0.3; # a longer one changes nothing
	sh("touch $go");
	my $sent = 3000 * (1 + $other);
	is stop($tap), 0, '... it ends well' or diag said($tap);
	is stats($tap)->{details}{kernel_dropped} . ' ' . stats($tap)->{in}, "0 $sent", '... and all that the ring held is delivered';
	is finish($reader), 0, '... to the reader';
	sh('ip -n host link del other') if $other;
}

# Frames without end, from before the interface is there.
my $noise = '$SIG{__WARN__} = sub {}; socket my $s, 17, 3, 0 or die; my $index; '
	. 'until ($index) { my $request = pack "a16 x24", "eth0"; $index = unpack "x16 i", $request if ioctl $s, 0x8933, $request } '
	. 'my $to = pack "S n i S C C a8", 17, 0x88b5, $index, 0, 0, 6, ""; '
	. 'send $s, pack("H24 n x46", "020000000002020000000001", 0x88b5), 0, $to while 1;';

# Memory that is asked for when the interface comes: none, each time in turn.
SKIP: {
	# No machine could run it: not the skip() that fails where a live test has to run.
	Test::More::skip('sanitizers have their own malloc()', 2) if `ldd @{[tool('vtap-tap')]}` =~ /asan/;
	compile('faults/memory.c', "$dir/memory.so", qw(-fPIC -shared));
	my $late = sub {
		my ($comes, %memory) = @_;
		my $run = ready(start('host', 'late', ['env', "LD_PRELOAD=$dir/memory.so", (map { "MEMORY_$_=$memory{$_}" } keys %memory),
			tool('vtap-tap'), qw(-i port -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w), "$dir/late.pcapng", 'ether proto 0x88b5']));
		my $sender = $comes && start('guest', 'noise', ['perl', '-e', $noise]);
		cable(['guest', 'eth0'], ['host', 'port']) if $comes;
		until_true(sub { said($run) =~ /port is there|memory/ }) if $comes;
		my $status = stop($run);
		sh('ip -n host link del port') if $comes;
		stop($sender, 'KILL') if $comes;
		return ($status, said($run));
	};
	my ($before, $all) = map { $late->($_, COUNT => "$dir/count"); 0 + slurp("$dir/count") } 0, 1;
	my ($without, @wrong) = 0;
	for my $n (some(2, $before + 1 .. $all)) {
		my ($status, $said) = $late->(1, AT => $n);
		my $told = $said =~ /^vtap-tap: [^\n]*(?:memory|Cannot allocate)/m;
		diag "$n: $status: $said" if $ENV{VTAP_TEST_VERBOSE};
		# How often memory is asked for differs a little between runs.
		# Only what is asked of the kernel is tried again.
		my $fails = $said =~ /^vtap-tap: (?!cannot ask for the interfaces)[^\n]*(?:memory|Cannot allocate)(?!.*; trying again)/m;
		push @wrong, "$n of $before to $all: $status: $said" if $status != ($fails ? 1 : 0);
		$without++ if $told;
	}
	is "@wrong", '', 'no memory for an interface that comes: told each time, and the run fails or tries again';
	cmp_ok $without, '>', $thorough ? 5 : 1, '... more than once, or than five times if all are tried';
}
done_testing;
