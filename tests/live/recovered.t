#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A target takes packets again when it has taken one, not when nobody asked it.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Lab qw($dir enter on hosts cable neighbour stop stats said until_true reaches tap receive speak);

enter();
hosts(qw(guest host sink));
cable(['host', 'ul', '10.0.2.5/24'], ['sink', 'eth0', '10.0.2.9/24']);
cable(['host', 'port'], ['guest', 'eth0', '192.0.1.1/24']);
neighbour('guest', 'eth0', '192.0.1.254', '02:00:00:00:00:99');
on('sink', 'sysctl -qw net.ipv4.icmp_ratemask=0');
reaches('host', '10.0.2.9') or die 'no way';

for my $engine ('udp', 'packet') {
	my $tap = tap('host', $engine, '--engine', $engine, qw(-i port -Q in -t vxlan://10.0.2.9/1 --stats-interval 0.05), 'udp port 40000');
	my $n = 1;
	ok until_true(sub { speak('guest', '192.0.1.254', $n, $n); $n++; return said($tap) =~ /Connection refused: nothing listens on UDP port \d+ there$/m }), "$engine: nobody listens";
	my $lines = sub { return scalar(() = said($tap) =~ / in \(/g) };
	# What is sent before ICMP says so is a second old by then, and ticks go on.
	my $then = $lines->() + 40;
	ok until_true(sub { $lines->() >= $then }), '... two seconds of nothing' or diag said($tap);
	is scalar(() = said($tap) =~ /takes packets again/g), 0, '... not a word that it takes packets again';
	my $sink = receive('sink', "sink.$engine", '-l', 'vxlan://:4789');
	ok until_true(sub { speak('guest', '192.0.1.254', $n, $n); $n++; return said($tap) =~ /takes packets again/ }), '... when it does, it is told' or diag said($tap);
	is stop($tap), 0, '... ends well';
	is scalar(() = said($tap) =~ /takes packets again/g), 1, '... once';
	stop($sink);
}
done_testing;
