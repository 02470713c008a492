#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# When the kernel cannot be asked about queueing disciplines, one that splits UDP_SEGMENT messages may be there: datagrams
# leave one by one, and it is asked again. A veth shows a message as the one long datagram that it is.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Compile qw(compile preload);
use Lab qw($dir enter sh hosts cable neighbour start ready stop finish stats said until_true reaches tool speak);

enter();
hosts(qw(host far guest));
cable(['host', 'ul', '10.0.2.5/24'], ['far', 'eth0', '10.0.2.9/24']);
cable(['host', 'port'], ['guest', 'eth0', '192.0.1.1/24']);
neighbour('guest', 'eth0', '192.0.1.254', '02:00:00:00:00:99');
reaches('host', '10.0.2.9') or die 'no way';
compile('lib/netlink.c', "$dir/netlink.so", qw(-fPIC -shared));
my $file = spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1, $_, pack('H24 n x86', '020000000002020000000001', 0x88b5)] } 1 .. 60));

# The lengths of outer UDP datagrams, a line each.
my $lengths = 'socket my $s, 17, 3, 0x0300 or die; setsockopt $s, 1, 33, pack("i", 1 << 24); $| = 1; print STDERR "listening\n"; '
	. 'while (defined recv $s, my $f, 70000, 0) { my ($type, $protocol, $port, $len) = unpack "x12 n x9 C x12 n n", $f; '
	. 'print "$len\n" if $type == 0x0800 && $protocol == 17 && $port == 4789 }';

sub listener {
	my ($name) = @_;
	my $run = start('far', $name, [$^X, '-e', $lengths]);
	until_true(sub { said($run) =~ /listening/ });
	return $run;
}

sub seen { return split /\n/, slurp("$dir/$_[0].out") // '' }
sub total { my $sum = 0; $sum += $_ for @_; return $sum }

my @front = ('env', preload(tool('vtap-tap'), "$dir/netlink.so"));
my @udp = (tool('vtap-tap'), qw(--engine udp --ports 1 -t vxlan://10.0.2.9/1));
for my $failures (0, 1000) {
	my $listener = listener("far$failures");
	my $run = start('host', 'tap', [@front, "NO_QDISCS=$failures", @udp, '-r', $file, '--speed', 'max']);
	is finish($run), 0, "$failures answers fail: it ends well" or diag said($run);
	# An inner frame of 100 bytes, VXLAN and UDP; a long one has further headers of VXLAN, but not of UDP.
	ok until_true(sub { my @seen = seen("far$failures"); total(@seen) - 8 * @seen == 60 * 108 }), '... all of it arrives' or diag join ' ', seen("far$failures");
	my $long = grep { $_ > 116 } seen("far$failures");
	is !!$long, !$failures, $failures ? '... datagram by datagram' : '... in long messages';
	stop($listener);
}
my $listener = listener('again');
my $run = ready(start('host', 'tap', [@front, 'NO_QDISCS=1', @udp, qw(-i port -Q in), 'udp port 40000']));
my $n = 0;
ok until_true(sub { speak('guest', '192.0.1.254', $n + 1, $n + 50, 100); $n += 50; return grep { $_ > 200 } seen('again') }),
	'one answer fails: asked again, long messages later' or diag join ' ', seen('again');
is stop($run), 0, '... it ends well';
is stats($run)->{outcomes}{sent}, $n, '... all of it sent';
stop($listener);
done_testing;
