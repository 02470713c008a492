#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Fragments of several senders on one host. A Linux receiver gives a datagram up when more than 64 others of its sender
# came between two of its fragments (net.ipv4.ipfrag_max_dist): so nothing may come between.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Compile qw(compile preload);
use Lab qw($dir enter hosts cable start ready stop stats until_true reaches slurp tool receive arrived tap speak
	numbers);

enter();
hosts(qw(one host sink));
# So narrow a path that what is mirrored becomes more fragments than a batch of the tap's has frames.
cable(['one', 'eth0', '192.0.2.1/24'], ['host', 'in', '192.0.2.2/24'], 65535);
cable(['host', 'out', '10.0.3.5/24'], ['sink', 'eth0', '10.0.3.9/24'], 576);
reaches('one', '192.0.2.2') && reaches('host', '10.0.3.9') or die 'no way';
compile('faults/shim.c', "$dir/shim.so", '-fPIC', '-shared');

# What the sink's kernel counts: ReasmFails, FragCreates ...
sub counted {
	my ($host, $what) = @_;
	my ($names, $values) = map { [split] } grep { s/^Ip: // } split /^/, `ip netns exec $host cat /proc/net/snmp`;
	my %ip;
	@ip{@$names} = @$values;
	return $ip{$what};
}

sub stopped { return (slurp("/proc/$_[0]{pid}/stat") // '') =~ /\) T / }

# Another sender, of the same address: 327 fragments, all of them come.
sub interfere {
	my $before = counted('sink', 'ReasmOKs');
	speak('host', '10.0.3.9', 1, 3, 60000);
	return until_true(sub { counted('sink', 'ReasmOKs') >= $before + 3 });
}

# The tap stops in front of each system call that sends; the other one sends then.
sub between {
	my ($what, @options) = @_;
	my $sink = receive('sink', $what, '-l', 'vxlan://:4789');
	my $tap = ready(start('host', "tap.$what", ['env', preload(tool('vtap-tap'), "$dir/shim.so"), 'FAULT_CALLS=send', 'FAULT_SIGNAL=19',
		'FAULT_AT=1+', tool('vtap-tap'), '-i', 'in', '--oversize', 'fragment', @options, 'udp dst port 40000']));
	my $failed = counted('sink', 'ReasmFails');
	my ($stops, $met) = (0, 0);
	speak('one', '192.0.2.2', 1, 3, 60000);
	until_true(sub {
		if (stopped($tap)) {
			$stops++;
			$met += interfere();
			kill 'CONT', $tap->{pid};
		}
		return arrived("$what.pcapng") >= 3;
	}, 5);
	kill 'CONT', $tap->{pid};
	is stop($tap), 0, "$what: the tap ends well";
	is stop($sink), 0, '... the receiver, too';
	ok $stops > 0 && $met == $stops, "... others sent in front of $stops system calls";
	is join(' ', numbers("$dir/$what.pcapng")), '1 2 3', '... all come';
	is counted('sink', 'ReasmFails'), $failed, '... and the receiver put everything together';
}

between('packet', qw(--engine packet -t vxlan://10.0.3.9/7));
between('udp', qw(--engine udp -t vxlan://10.0.3.9/7));
between('from', qw(--engine packet -t vxlan://10.0.3.9/7 --from 10.0.3.77));

# A path that takes less than was asked for: the kernel cuts what is whole; a fragment of the tap's own is too large.
{
	my $sink = receive('sink', 'wide', '-l', 'vxlan://:4789');
	my $tap = tap('host', 'tap.wide', qw(-i in --oversize fragment --mtu 1000 -t vxlan://10.0.3.9/7), 'udp dst port 40000');
	my $n = 0;
	speak('one', '192.0.2.2', ++$n, $n, $_) for 800, 1500, 100;
	until_true(sub { arrived('wide.pcapng') >= 2 });
	is stop($tap) + stop($sink), 0, '--mtu above that of the path: all end well';
	is join(' ', numbers("$dir/wide.pcapng")), '1 3', '... what the kernel can cut comes';
	is_deeply [@{stats($tap)->{outcomes}}{qw(sent failed)}], [2, 1], '... the other counts as failed, not as sent';
}
done_testing;
