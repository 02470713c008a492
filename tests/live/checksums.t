#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What is counted as sent is what a receiver in user space takes: one that reads frames from a packet socket and judges
# the outer UDP checksum as Open vSwitch's userspace datapath does (udp_extract_tnl_md(), lib/netdev-native-tnl.c). And
# where a card would complete that checksum, sockets send.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Compile qw(compile preload);
use Lab qw($dir enter able sh on hosts cable bridge start ready stop finish stats said until_true neighbour reaches tool speak);

enter();
hosts(qw(host far guest));
cable(['host', 'ul', '10.0.2.5/24', 'fd02::5/64'], ['far', 'eth0', '10.0.2.9/24', 'fd02::9/64']);
cable(['host', 'port'], ['guest', 'eth0', '192.0.1.1/24']);
neighbour('guest', 'eth0', '192.0.1.254', '02:00:00:00:00:99');
reaches('host', $_) or die "no way to $_" for '10.0.2.9', 'fd02::9';

# Sizes vary, one is above the MTU of the way.
my @sizes = map { $_ % 2 ? 100 : 60 + $_ } 1 .. 60;
my $file = spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1, $_, pack('H24 n', '020000000002020000000001', 0x88b5) . chr($_ & 127) x $_] } @sizes, 1600));

# A line a frame: does the receiver take it?
my $judge = spew("$dir/judge.pl", <<'END');
use strict;
use warnings;
sub sum { my $sum = unpack '%32n*', $_[0] . "\0" x (length($_[0]) % 2); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; return $sum }
socket my $socket, 17, 3, 0x0300 or die "socket: $!";
setsockopt $socket, 1, 33, pack('i', 1 << 24) or die "buffer: $!";
$| = 1;
print STDERR "listening\n";
while (defined recv $socket, my $frame, 70000, 0) {
	my $type = unpack 'x12 n', $frame;
	my $ip = substr $frame, 14;
	my ($protocol, $addresses, $udp) = $type == 0x0800 ? (unpack('x9 C', $ip), substr($ip, 12, 8), substr($ip, 4 * (ord($ip) & 15)))
		: $type == 0x86dd ? (unpack('x6 C', $ip), substr($ip, 8, 32), substr($ip, 40)) : next;
	next if $protocol != 17 || ($type == 0x0800 && unpack('x6 n', $ip) & 0x3fff);
	my ($port, $len, $checksum) = unpack 'x2 n n n', $udp;
	next if $port != 4789 && $port != 6081;
	$udp = substr $udp, 0, $len;
	my $good = $checksum ? sum($addresses . pack('x C n', 17, $len) . $udp) == 0xffff : $type == 0x0800;
	print $good ? "good\n" : "bad\n";
}
END

my ($judges, $runs);
sub judged { my ($which) = @_; return scalar(() = (slurp("$dir/$judges->{name}.out") // '') =~ /^$which$/mg) }

sub judge {
	$judges = start('far', 'judge' . ++$runs, [$^X, $judge]);
	until_true(sub { said($judges) =~ /listening/ });
}

my $warning = qr/^\S+: \S+: no network card is seen that completes outer UDP checksums on ul: a receiver in user space may drop the packets \(--engine packet, or ethtool -K ul tx off\)$/m;

our @front;

# Sends the file; the engine, frames that were sent, lines of warning.
sub mirror {
	my (@options) = @_;
	my $run = start('host', 'tap', [@front, tool('vtap-tap'), '-v', '-r', $file, '--speed', 'max', @options]);
	is finish($run), 0, "@options" or BAIL_OUT(said($run));
	my ($engine) = said($run) =~ /: engine (\S+)$/m;
	return ($engine, stats($run)->{targets}[0]{sent}, scalar(() = said($run) =~ /$warning/g));
}

# All that is sent is taken.
for my $options (['-t', 'vxlan://10.0.2.9/1'], [qw(-s 64 -t vxlan://10.0.2.9/1)], ['-t', 'geneve://[fd02::9]/1'], [qw(-s 64 -t vxlan://[fd02::9]/1)],
	[qw(--oversize fragment -t vxlan://10.0.2.9/1)]) {
	judge();
	my ($engine, $sent, $told) = mirror(@$options);
	is "$engine $sent $told", 'packet 61 0', '... by the packet engine, not a word';
	my $whole = "@$options" =~ /fragment/ ? 60 : 61;
	ok until_true(sub { judged('good|bad') == $whole }), '... it arrives';
	is judged('good'), $whole, '... and a receiver in user space takes all of it';
	stop($judges);
}

# Sockets: it takes nothing, and that is told; the device can be asked to complete checksums.
judge();
my ($engine, $sent, $told) = mirror(qw(--engine udp -t vxlan://10.0.2.9/1));
is "$engine $sent $told", 'udp 61 1', '... sockets send, and one line says what that means';
ok until_true(sub { judged('bad') > 0 }), '... a receiver in user space has to drop it';
is judged('good'), 0, '... all of it';
is((mirror(qw(-q --engine udp -t vxlan://10.0.2.9/1)))[2], 0, '... not with -q');
is((mirror(qw(--engine udp -t vxlan://10.0.2.9/1 -t vxlan://10.0.2.9/2)))[2], 2, '... for each target');
is((mirror(qw(--engine packet -t vxlan://10.0.2.9/1)))[2], 0, '... not by the packet engine');
is((mirror(qw(--engine udp -t gre://10.0.2.9/1)))[2], 0, '... GRE has no such checksum');
stop($judges);
sh('ip netns exec host ethtool -K ul tx off >/dev/null');
judge();
($engine, $sent, $told) = mirror(qw(--engine udp --ports 1 -s 64 -t vxlan://10.0.2.9/1));
is "$engine $sent $told", 'udp 61 0', '... not where the kernel completes it';
ok until_true(sub { judged('good|bad') == 61 }), '... datagrams one by one';
is judged('good'), 61, '... which it takes';
stop($judges);
sh('ip netns exec host ethtool -K ul tx on >/dev/null');

# Without the right the packet engine cannot be: sockets, told.
{
	sh("chmod 755 $dir && cp " . tool('vtap-tap') . " $dir/vtap-tap && chmod 755 $dir/vtap-tap && chmod 644 $file");
	my $run = start('host', 'nobody', ['setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups', '--bounding-set', '-all',
		"$dir/./vtap-tap", '-v', '-r', $file, '--speed', 'max', '-t', 'vxlan://10.0.2.9/1']);
	finish($run);
	like said($run), qr/: engine udp$/m, 'without CAP_NET_RAW: sockets';
	like said($run), $warning, '... told';
}

# Cards: netlink tells of them by a library in front.
compile('lib/netlink.c', "$dir/netlink.so", qw(-fPIC -shared));

sub with_cards {
	my ($cards, @options) = @_;
	local @front = ('env', "HARDWARE=$cards", 'BOND=1', preload(tool('vtap-tap'), "$dir/netlink.so"));
	return join ' ', (mirror(@options))[0, 2];
}

{
	is with_cards('ul', '-t', 'vxlan://10.0.2.9/1'), 'udp 0', '... a card: sockets, not a word, without -s too';
	is with_cards('ul', qw(--oversize fragment -t vxlan://10.0.2.9/1)), 'udp 0', '... fragments too';
	is with_cards('ul', '-t', 'gre://10.0.2.9'), 'packet 0', '... GRE as before';
	is with_cards('other', '-t', 'vxlan://10.0.2.9/1'), 'packet 0', '... another has one';
	# Stacked on it.
	sh("ip -n host link add up2 link ul type macvlan mode bridge");
	sh('ip -n host addr del 10.0.2.5/24 dev ul && ip -n host addr add 10.0.2.6/24 dev up2 && ip -n host link set up2 up');
	reaches('host', '10.0.2.9');
	is with_cards('ul', '-t', 'vxlan://10.0.2.9/1'), 'udp 0', '... macvlan on a card';
	is with_cards('', '-t', 'vxlan://10.0.2.9/1'), 'packet 0', '... macvlan on none';
	sh('ip -n host link del up2');
	cable(['host', 'ul2'], ['far', 'eth1']);
	bridge('host', 'bond0', 'ul');
	sh('ip -n host addr add 10.0.2.7/24 dev bond0');
	reaches('host', '10.0.2.9');
	is with_cards('ul', '-t', 'vxlan://10.0.2.9/1'), 'udp 0', '... a bond of cards';
	is with_cards('bond', '-t', 'vxlan://10.0.2.9/1'), 'packet 0', '... of none';
	sh('ip -n host link set ul2 master bond0');
	is with_cards('ul', '-t', 'vxlan://10.0.2.9/1'), 'packet 0', '... of a card and none';
	is with_cards('ul,ul2', '-t', 'vxlan://10.0.2.9/1'), 'udp 0', '... of two cards';
	sh('ip -n host link del bond0 && ip -n host link del ul2 && ip -n host addr add 10.0.2.5/24 dev ul');
}

# The way turns to a device without a card: it is told, in the sandbox too.
{
	cable(['host', 'plain', '10.0.4.5/24'], ['far', 'eth2', '10.0.4.9/24']);
	sh('ip -n far addr add 10.9.9.9/32 dev lo && ip -n host route add 10.9.9.9 via 10.0.2.9');
	reaches('host', $_) for '10.9.9.9', '10.0.4.9';
	my $run = ready(start('host', 'moves', ['env', 'HARDWARE=ul', preload(tool('vtap-tap'), "$dir/netlink.so"), tool('vtap-tap'), qw(-i port -Q in -t vxlan://10.9.9.9/1), 'udp port 40000']));
	is said($run), '', 'by a card: not a word';
	sh('ip -n host route replace 10.9.9.9 via 10.0.4.9');
	my $n = 0;
	ok until_true(sub { $n++; speak('guest', '192.0.1.254', $n, $n); return said($run) =~ /checksums on plain: / }), '... the route changes: told' or diag said($run);
	is stop($run), 0, '... it ends well';
	is scalar(() = said($run) =~ /checksums/g), 1, '... once';
}
done_testing;
