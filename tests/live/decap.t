#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-decap -i: tunnels on an interface, beside the kernel; fragments, tags, no ICMP errors.
use strict;
use warnings;
use Socket qw(:all);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp blocks);
use Wait qw(caught_up);
use Receiver qw($dir enter sh there start stop finish until_true inner vxlan geneve udp sent);

use constant { AF_PACKET => 17, ECONNREFUSED => 111, IP_MTU_DISCOVER => 10, UDP_SEGMENT => 103 };

enter();
my $file = "$dir/out.pcapng";

sub fields {
	my ($name, @fields) = @_;
	my $which = join ' ', map { "-e $_" } @fields;
	return map { chomp; $_ } `tshark -r $name -T fields -E separator=' ' $which 2>/dev/null`;
}

# The interface is watched as soon as the ports are held.
sub watch { return start(6081, qw(-i far -w), $file, @_) }

sub index_of { return (split /:/, `ip -o link show $_[0]`)[0] }

# A frame as it is, on the wire.
socket my $wire, AF_PACKET, SOCK_RAW, 0 or die "socket: $!";

sub put {
	my ($frame, $device) = @_;
	defined send $wire, $frame, 0, pack('S n i S C C a8', AF_PACKET, 3, index_of($device // 'near'), 0, 0, 6, '') or die "send: $!";
}

sub ip4 {
	my ($protocol, $payload, %field) = @_;
	my $head = pack('C C n n n C C n a4 a4', 0x45, 0, 20 + length $payload, $field{id} // 0, $field{fragment} // 0, 64,
		$protocol, 0, inet_aton('10.77.0.1'), inet_aton('10.77.0.2'));
	my $sum = unpack '%32n*', $head;
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	substr $head, 10, 2, pack 'n', ~$sum & 0xffff;
	return $head . $payload;
}

sub ethernet { return pack('H24', '02000000000a02000000000b') . join '', @_ }
sub tag { return pack('n n', @_) }
sub in_udp { return pack('n n n n', 50000, $_[0], 8 + length $_[1], 0) . $_[1] }

# Tags, fragments, what has no ports; and what nobody asked for.
{
	my $pid = watch();
	my $plain = ip4(17, in_udp(4789, vxlan(1, inner('plain'))));
	put(ethernet(pack('n', 0x0800), $plain));
	put(ethernet(tag(0x8100, 7), pack('n', 0x0800), ip4(17, in_udp(4789, vxlan(2, inner('tag'))))));
	put(ethernet(tag(0x88a8, 7), tag(0x8100, 8), pack('n', 0x0800), ip4(17, in_udp(4789, vxlan(3, inner('tags'))))));
	put(ethernet(pack('n', 0x0800), ip4(47, pack('n n N', 0x2000, 0x6558, 9) . inner('gre'))));
	my $datagram = in_udp(6081, geneve(4, inner('f' x 1000)));
	for my $tags ('', tag(0x8100, 9)) {
		my $id = 1 + length $tags;
		put(ethernet($tags, pack('n', 0x0800), ip4(17, substr($datagram, 0, 512), id => $id, fragment => 0x2000)));
		put(ethernet($tags, pack('n', 0x0800), ip4(17, substr($datagram, 512), id => $id, fragment => 64)));
	}
	put(ethernet(pack('n', 0x0800), ip4(17, in_udp(53, 'no tunnel')))) for 1 .. 100;
	until_true(sub { 6 <= fields($file, 'frame.number') });
	my ($status, $stats) = stop($pid);
	is $status, 0, 'it ends with 0';
	is_deeply [sort(fields($file, 'frame.interface_name'))], [sort(map { "$_\@10.77.0.1" } qw(vxlan-1 vxlan-2 vxlan-3 gre-9 geneve-4 geneve-4))],
		'with and without VLAN tags, GRE, and datagrams of fragments';
	is $stats->{outcomes}{stripped} + $stats->{outcomes}{fragments_reassembled}, 8, '... each packet of which has an outcome';
	is $stats->{outcomes}{not_a_tunnel}, $stats->{in} - 8, '... what else could have been one, too';
	cmp_ok $stats->{in}, '<', 100, '... and the rest stays in the kernel';
	is_deeply [map { scalar grep { $_->[0] == 5 } blocks(slurp($file)) } 1], [5], '... with a statistics block for each source';
	is slurp("$dir/stderr"), '', '... and says nothing more';
}

# -f sees what was in the tunnels, not the tunnels; a source of which nothing is written is no interface of the file.
for my $way (['-i', sub { watch(@_) }], ['-l', sub { start(4789, '-l', 'vxlan://', '-w', $file, @_) }]) {
	my ($name, $watch) = @$way;
	my $pid = $watch->('-f', 'udp port 9 and len >= 100 and src host 192.168.0.1', '--since', '-1h', '--until', '+1h');
	sent(udp('10.77.0.1'), 4789, map { my $len = $_; map { vxlan($_, inner('f' x ($_ == 3 ? 10 : $len))) } 1 .. 3 } 10, 100, 10, 100);
	until_true(sub { 4 <= fields($file, 'frame.number') });
	my ($status, $stats) = stop($pid);
	is $status, 0, "$name -f: it ends with 0";
	is_deeply [sort(fields($file, 'frame.interface_name', 'frame.len'))], [map { ("vxlan-$_\@10.77.0.1 142") x 2 } 1, 2], '... packets that match, of their sources';
	is_deeply [@{ $stats->{outcomes} }{qw(stripped filtered out_of_time)}], [4, 8, 0], '... the others are counted';
	is_deeply [map { my $type = $_; scalar grep { $_->[0] == $type } blocks(slurp($file)) } 1, 5], [2, 2], '... interfaces and statistics of what is written';
	is slurp("$dir/stderr"), '', '... and says nothing more';
}

# Beside an interface without Ethernet headers, whose filter cannot have VLAN tags, that of the others still has them.
SKIP: {
	skip 'no tun device', 2 if system('ip netns exec there ip tuntap add tun9 mode tun 2>/dev/null');
	there('ip link set tun9 up');
	my $pid = watch(qw(-i tun9));
	put(ethernet(tag(0x88a8, 7), tag(0x8100, 8), pack('n', 0x0800), ip4(17, in_udp(4789, vxlan(5, inner('tag'))))));
	until_true(sub { 1 <= fields($file, 'frame.number') });
	my ($status, $stats) = stop($pid);
	is $status, 0, 'an interface without Ethernet headers beside one with them';
	is_deeply [fields($file, 'frame.interface_name')], ['vxlan-5@10.77.0.1'], '... which sees behind its tags';
	there('ip link del tun9');
}

# Tags of switches, which the filter in the kernel cannot look behind; behind VLAN tags, too.
{
	my $vxlan = sub { return ip4(17, in_udp(4789, vxlan($_[0], inner('tag')))) };
	my $frame = pack 'H24', '02000000000c02000000000d';
	my %links = (11 => '8926000100020800', 12 => '893f0001100203040800', 13 => '89090101000100050800',
		14 => "89030460" . unpack('H*', $frame) . '0800', 15 => '88e700000064' . unpack('H*', $frame) . '0800',
		16 => '892f002200010800', 17 => '88e5001e000000010800', 18 => '00a0aaaa030000000800',
		19 => '920000640800', 20 => '820000640800', 21 => '8847000641' . '40');
	my $pid = watch();
	for my $tags ('', tag(0x8100, 9), tag(0x88a8, 8) . tag(0x8100, 9)) {
		put(ethernet($tags, pack('H*', $links{$_}), $vxlan->($_))) for keys %links;
	}
	put(ethernet(map({ tag(0x8100, $_) } 1 .. 5), pack('n', 0x0800), $vxlan->(22)));
	until_true(sub { 34 <= fields($file, 'frame.number') });
	my ($status, $stats) = stop($pid);
	is_deeply [sort(fields($file, 'frame.interface_name'))], [sort('vxlan-22@10.77.0.1', map { ("vxlan-$_\@10.77.0.1") x 3 } keys %links)],
		'tags of switches, with and without VLAN tags in front, and five VLAN tags';
	is $stats->{outcomes}{stripped}, 34, '... all are stripped';
}

# A sender that fragments: the kernel's VXLAN device over a smaller MTU.
SKIP: {
	skip 'no vxlan device', 2 if system('ip link add vx0 type vxlan id 42 remote 10.77.0.2 local 10.77.0.1 dstport 4789 df unset 2>/dev/null');
	sh('ip link set vx0 mtu 4000 up');
	my $pid = watch();
	put(inner('x' x 3000), 'vx0') for 1 .. 20;
	my $whole = sub { grep { $_ eq 'vxlan-42@10.77.0.1 3008' } fields($file, 'frame.interface_name', 'udp.length') };
	until_true(sub { 20 <= $whole->() });
	my ($status, $stats) = stop($pid);
	is scalar($whole->()), 20, 'packets that the sender fragmented are whole again';
	cmp_ok $stats->{details}{datagrams_reassembled}, '>=', 20, '... from their fragments';
	sh('ip link del vx0');
}

# Nobody listens: without the tool that is an ICMP error, with it none.
{
	my $speaker = sub {
		my $socket = udp('10.77.0.1');
		connect $socket, pack_sockaddr_in(4789, inet_aton('10.77.0.2')) or die;
		return $socket;
	};
	my $refused = sub { return !defined send($_[0], vxlan(1, inner('anybody')), 0) && $! == ECONNREFUSED };
	my $unheard = $speaker->();
	ok until_true(sub { $refused->($unheard) }), 'without it a sender hears that nobody listens';
	my $pid = watch();
	my $heard = $speaker->();
	my $errors = grep { $refused->($heard) } 1 .. 50;
	my ($status, $stats) = stop($pid);
	is $errors . unpack('i', getsockopt $heard, SOL_SOCKET, SO_ERROR), '00', '... with -i it does not';
	is $stats->{outcomes}{stripped}, 50, '... and all is received';
}

# Beside a device of the kernel's.
SKIP: {
	skip 'no vxlan device', 3 if system('ip netns exec there ip link add vx9 type vxlan id 9 dstport 4789 remote 10.77.0.1 dev far 2>/dev/null');
	there('ip link set vx9 up');
	my $pid = watch();
	sent(udp('10.77.0.1'), 4789, vxlan(9, inner('both')));
	until_true(sub { 1 <= grep { $_ eq 'vxlan-9@10.77.0.1' } fields($file, 'frame.interface_name') });
	my ($status, $stats) = stop($pid);
	is $status, 0, 'it works beside a device of the kernel\'s';
	ok 1 <= scalar(grep { $_ eq 'vxlan-9@10.77.0.1' } fields($file, 'frame.interface_name')), '... and hears the same';
	like slurp("$dir/stderr"), qr/^vtap-decap: UDP port 4789 is held by the vxlan device vx9/m, '... which it says';
	there('ip link del vx9');
}

# A run that left as one send: a packet socket sees one datagram.
SKIP: {
	my $pid = watch();
	my $recording = "$dir/run.pcap";
	my $tcpdump = fork() // die "fork: $!";
	if ($tcpdump == 0) {
		open STDERR, '>', "$dir/tcpdump";
		exec qw(ip netns exec there tcpdump --immediate-mode -U -i far -s 0 -w), $recording, 'udp port 4789';
		die;
	}
	until_true(sub { (slurp("$dir/tcpdump") // '') =~ /listening/ });
	my $socket = udp('10.77.0.1');
	my ($size, $count) = (8 + 14 + 50, 40);
	setsockopt $socket, 17, UDP_SEGMENT, pack('i', $size) or skip 'no UDP_SEGMENT', 3;
	sent($socket, 4789, join '', map { vxlan(5, substr inner(sprintf('%03d', $_) . 'x' x 1000), 0, $size - 8) } 1 .. $count);
	until_true(sub { $count <= grep { /vxlan-5@/ } fields($file, 'frame.interface_name') });
	my ($status, $stats) = stop($pid);
	until_true(sub { -s $recording > 24 && caught_up($tcpdump, "$dir/tcpdump") }) or diag slurp("$dir/tcpdump");
	kill INT => $tcpdump;
	waitpid $tcpdump, 0;
	is $stats->{outcomes}{stripped}, $count, 'a joined run is cut into its datagrams';
	ok $stats->{details}{gso_split} >= 1, '... and counted as one';
	my @seen = `"\${BUILD:-build}/vtap-decap" -r $recording | tshark -r - -T fields -e frame.cap_len 2>/dev/null`;
	is scalar(grep { $_ == $size - 8 } @seen), $count, '... from a recording, too';
}

# Rights and names.
{
	my $pid = watch();
	my ($effective) = slurp("/proc/$pid/status") =~ /^CapEff:\s*(\S+)/m;
	ok until_true(sub { slurp("/proc/$pid/status") =~ /^CapEff:\s*0+$/m }), 'no capability is left once it runs';
	is((stop($pid))[0], 0, '... and it ends well');
	is finish(start(1, qw(-i nowhere -w /dev/null))), 1, 'an interface that is not there';
	like slurp("$dir/stderr"), qr/^vtap-decap: [^\n]*nowhere[^\n]*\n$/, '... is named in one line';
}

done_testing;
