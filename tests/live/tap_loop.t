#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Taps that see each other's tunnels: two of one host with two collectors or two encapsulations, and two hosts that
# mirror their uplinks to each other. What they send comes to an end, after few packets.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Host qw($dir $bin enter sh there launch ready stop stats said until_true counter adds_up);

enter();
there('ip addr add 10.50.0.3/24 dev far');
sh('ip neigh replace 10.50.0.3 lladdr $(ip netns exec far cat /sys/class/net/far/address) dev ul nud permanent');

# A tap in a namespace ('': here), as NAME.
sub tap_in {
	my ($space, $name, @arguments) = @_;
	unlink "$dir/$name.json";
	my $pid = launch($space, $name, "$bin/vtap-tap", '--stats', "$dir/$name.json", '--engine', 'packet', @arguments);
	ready($pid) or diag "$name does not begin: ", said($name);
	return $pid;
}

# All frames that passed between the hosts.
sub passed { return counter('', 'ul', 'tx_packets') + counter('', 'ul', 'rx_packets') }

# No further frames pass; false when they do not end, or are too many.
sub quiet {
	my ($most) = @_;
	my ($last, $same, $begin) = (-1, 0, passed());
	return until_true(sub {
		my $now = passed();
		$same = $now == $last ? $same + 1 : 0;
		$last = $now;
		select undef, undef, undef, 0.02;
		return $same > 25 || $now > $begin + $most;
	}) && $last <= $begin + $most;
}

# One echo request, which the other host answers.
sub ping {
	return sh(qq{$^X "$dir/stream.pl" icmp=1 count=1 to=10.50.0.2});
}

# Two taps, [namespace, arguments], and one ping: it ends, and how many frames it became.
sub ping_with {
	my ($name, @taps) = @_;
	my $i = 0;
	my @pids = map { tap_in($_->[0], 'tap' . $i++, @$_[1 .. $#$_]) } @taps;
	my $before = passed();
	ping();
	ok quiet(400), "$name: one ping comes to an end";
	my $frames = passed() - $before;
	cmp_ok $frames, '<', 400, "... after few frames ($frames)";
	is_deeply [map { stop($_) } @pids], [(0) x @pids], '... the taps end well';
	my @stats = map { stats("tap$_") } 0 .. $#taps;
	is scalar(grep { adds_up($_) } @stats), scalar @taps, '... in = sum of outcomes';
	my @loops = map { $_->{outcomes}{loop} } @stats;
	cmp_ok $loops[0] + $loops[1], '>', 0, "... since packets of a loop are known (@loops)";
	my @lines = map { [said("tap$_") =~ /^(vtap-tap: packets in more than.*)$/mg] } 0 .. $#taps;
	is_deeply [map { scalar @$_ } @lines], [map { $_ ? 1 : 0 } @loops], '... told once by whoever sees one';
	return @stats;
}

ping_with('two collectors', ['', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7'], ['', '-i', 'ul', '-t', 'vxlan://10.50.0.3/7']);
ping_with('two encapsulations', ['', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7'], ['', '-i', 'ul', '-t', 'gre://10.50.0.2/7']);
ping_with('two hosts', ['', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7'], ['far', '-i', 'far', '-t', 'vxlan://10.50.0.1/8']);
ping_with('two hosts, ports of their own, cut to 40 bytes', ['', '-i', 'ul', '-t', 'vxlan://10.50.0.2:14789/7', '-s', 40],
	['far', '-i', 'far', '-t', 'vxlan://10.50.0.1:14789/8', '-s', 40]);

# Where the tunnel's datagrams are fragmented, later fragments show no tunnel, and a first one may be too short to show
# three of them.
for my $mtu (68, 100, 150, 200, 576) {
	my @with = ('--mtu', $mtu, '--oversize', 'fragment');
	ping_with("two collectors, fragments of $mtu bytes", ['', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', @with],
		['', '-i', 'ul', '-t', 'vxlan://10.50.0.3/7', @with]);
	ping_with("two encapsulations, fragments of $mtu bytes", ['', '-i', 'ul', '-t', 'geneve://10.50.0.2/7', @with, '--meta'],
		['', '-i', 'ul', '-t', 'gre://10.50.0.2/7', @with]);
}
# Neighbours that are asked for would be mirrored, too.
there('ip neigh replace fd50::1 lladdr ' . slurp('/sys/class/net/ul/address') =~ s/\s+//r . ' dev far nud permanent');
for my $mtu (150, 200, 576) {
	my @with = ('--mtu', $mtu, '--oversize', 'fragment');
	ping_with("over IPv6, fragments of $mtu bytes", ['', '-i', 'ul', '-t', 'vxlan://[fd50::2]/7', @with],
		['far', '-i', 'far', '-t', 'vxlan://[fd50::1]/7', @with]);
}

# What the message advises ends the loop where it begins.
{
	my @taps = (tap_in('', 'tap0', '-i', 'ul', '-t', 'vxlan://10.50.0.2/7', 'not udp dst port 4789'),
		tap_in('far', 'tap1', '-i', 'far', '-t', 'vxlan://10.50.0.1/8', 'not udp dst port 4789'));
	ping();
	ok quiet(100), 'with the expression of the message one ping ends';
	is_deeply [map { stop($_) } @taps], [0, 0], '... the taps end well';
	is_deeply [map { stats("tap$_")->{outcomes}{loop} } 0, 1], [0, 0], '... without a loop';
}

done_testing();
