#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What a tap knows of its way and of this host, while that changes: a router that does not answer, and a kernel that
# cannot be asked for a while, since the process has no descriptor left. Nothing that is known is forgotten then, and
# what changed meanwhile is noticed afterwards.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Host qw($dir enter sh tap stop said until_true dump_on ended_dump count_of stream counter stats fields have);

enter();
# A collector that says nothing.
sh('ip neigh replace 10.50.0.2 lladdr 02:00:00:00:99:99 dev ul nud permanent');
plan skip_all => 'no prlimit' if !have('prlimit');

# Leaves a process no free descriptor, until the function has ended.
sub starve {
	my ($pid, $function) = @_;
	my $free = 1000;
	# It may just now have one more, for a question.
	for (1 .. 10) {
		my $now = 0;
		$now++ while -e "/proc/$pid/fd/$now";
		$free = $now if $now < $free;
		select undef, undef, undef, 0.02;
	}
	my ($hard) = `prlimit --pid $pid --nofile --noheadings --raw --output HARD` =~ /(\d+)/;
	sh("prlimit --pid $pid --nofile=$free:$hard");
	$function->();
	sh("prlimit --pid $pid --nofile=$hard:$hard");
}

sub lines { return scalar(() = said($_[0]) =~ /\n/g) }

my $short = 'Too many open files';

# Another router, which does not answer: nothing goes to the one before.
{
	sh('ip route add 10.64.0.0/24 via 10.50.0.2');
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', qw(-i t0 -Q in -t vxlan://10.64.0.9/7 --engine packet), 'udp dst port 9');
	stream(0, 'count=10');
	until_true(sub { count_of('far') == 10 });
	sh('ip route replace 10.64.0.0/24 via 10.50.0.99');
	stream(0, 'count=10');
	until_true(sub { said('tap') =~ /No route to host/ }, 5);
	sh('ip neigh replace 10.50.0.99 lladdr 02:00:00:00:62:99 dev ul nud permanent');
	my @to;
	ok until_true(sub {
		stream(0, 'count=1');
		@to = fields('far', '-E occurrence=f', 'eth.dst');
		return $to[-1] eq '02:00:00:00:62:99';
	}), 'a router that answers after a while';
	is stop($tap), 0, '... ends well';
	stop($dump);
	is scalar(grep { $_ eq '02:00:00:00:99:99' } @to), 10, '... nothing went to the one before' or diag "@to";
	my $target = stats('tap')->{targets}[0];
	is $target->{failed}, $target->{errors}{EHOSTUNREACH}, '... what had no way was counted';
	cmp_ok $target->{failed}, '>=', 10, '... all of it';
	sh('ip route del 10.64.0.0/24');
}

# Routes: packets go on by the one that is known.
{
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', qw(-i t0 -Q in -t vxlan://10.50.0.2/7 --engine packet), 'udp dst port 9');
	stream(0, 'count=10');
	until_true(sub { count_of('far') == 10 });
	starve($tap, sub {
		sh('ip route add 10.61.0.0/24 dev ul');
		stream(0, 'count=10', 'pause=5000');
		until_true(sub { count_of('far') == 20 }, 5);
	});
	stream(0, 'count=10');
	is stop($tap), 0, 'a route changes while there is no descriptor: ends well';
	is ended_dump($dump, 'far', 30), 30, '... everything arrives';
	is stats('tap')->{targets}[0]{failed}, 0, '... nothing failed';
	is said('tap'), '', '... and nothing is said' or diag said('tap');
}

# A new way that could not be asked for is found when it can be.
{
	sh('ip addr add 10.62.0.1/24 dev ul && ip neigh replace 10.62.0.2 lladdr 02:00:00:00:62:02 dev ul nud permanent');
	sh('ip route add 10.63.0.0/24 via 10.50.0.2');
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', qw(-i t0 -Q in -t vxlan://10.63.0.9/7 --from 10.50.0.1 --engine packet), 'udp dst port 9');
	stream(0, 'count=10');
	until_true(sub { count_of('far') == 10 });
	starve($tap, sub {
		sh('ip route replace 10.63.0.0/24 via 10.62.0.2');
		stream(0, 'count=10', 'pause=5000');
		until_true(sub { count_of('far') == 20 }, 5);
	});
	my $other = '02:00:00:00:62:02';
	my $moved = sub {
		stream(0, 'count=1');
		return grep { $_ eq $other } fields('far', '-E occurrence=f', 'eth.dst');
	};
	ok until_true($moved), 'a route by another router, found later' or diag said('tap');
	is stop($tap), 0, '... ends well';
	stop($dump);
	sh('ip route del 10.63.0.0/24 && ip addr del 10.62.0.1/24 dev ul');
}

# Addresses of this host, by which it knows its own tunnel.
{
	my $tap = tap('tap', qw(-i ul -Q out -t vxlan://10.50.0.2/7 --engine udp --stats-interval 0.05), 'src 10.50.0.77 and udp');
	starve($tap, sub {
		sh('ip addr add 10.50.0.77/24 dev ul');
		ok until_true(sub { said('tap') =~ /addresses/ }), 'addresses that cannot be read are told';
		select undef, undef, undef, 0.3;
	});
	my @told = grep { /addresses/ } split /\n/, said('tap');
	is "@told", "vtap-tap: cannot ask for the addresses of this host: $short", '... once';
	select undef, undef, undef, 0.3;
	sh(q{perl -MIO::Socket::INET -e 'IO::Socket::INET->new(LocalAddr => "10.50.0.77", PeerAddr => "10.50.0.2:4789", Proto => "udp")->send("x") for 1 .. 5'});
	until_true(sub { said('tap') =~ /\b5 in\b/ }, 2);
	is stop($tap), 0, '... it ends well';
	is_deeply stats('tap')->{outcomes}, { %{ stats('tap')->{outcomes} }, own_tunnel => 5, sent => 0 }, '... and they are read later' or diag explain stats('tap')->{outcomes};
	sh('ip addr del 10.50.0.77/24 dev ul');
}

# An interface is not gone because nobody can tell; if it is, that is found later, without a packet or a notification.
{
	my $tap = tap('tap', qw(-i t0 -Q in -t vxlan://10.50.0.2/7 --engine udp), 'udp dst port 9');
	starve($tap, sub {
		sh('ip link set t0 mtu 1450 && ip link set t0 mtu 1500');
		ok until_true(sub { lines('tap') > 0 }), 'an interface that cannot be asked about is told';
		sh('ip link set ul mtu 1450 && ip link set ul mtu 1500');
		select undef, undef, undef, 0.5;
		is said('tap'), "vtap-tap: cannot ask for the interfaces: $short\n", '... once, and why';
	});
	my $before = counter('far', 'far', 'rx_packets');
	stream(0, 'count=10');
	ok until_true(sub { counter('far', 'far', 'rx_packets') >= $before + 10 }), '... packets go on';
	is lines('tap'), 1, '... without a word more' or diag said('tap');
	starve($tap, sub {
		sh("ip link set t0 $_") for 'down', 'name t9';
		ok until_true(sub { lines('tap') > 1 }), 'renamed meanwhile: told that it cannot be asked about';
	});
	ok until_true(sub { said('tap') =~ /\nvtap-tap: t0 is gone; waiting for it\n/ }), '... and then that it is gone' or diag said('tap');
	diag said("tap"); is stop($tap), 0, '... ends well';
	is stats('tap')->{details}{interface_gaps}, 1, '... one gap';
	sh("ip link set t9 $_") for 'name t0';
	sh('ip link set t0 up');
}

done_testing;
