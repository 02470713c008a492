#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A host with a bridge and guests on it: what they tell each other never leaves the host, but for the mirror. Ports,
# VLAN tags, a guest's tap device; jumbo frames over an underlay of 9000 bytes and one of 1500.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Lab qw($dir enter able sh on hosts cable bridge start ready stop finish stats said until_true fields packets reaches slurp tool
	receive arrived tap mirrored speak numbers);

enter();
plan skip_all => 'no bridge device' if !able('ip link add probe type bridge && ip link del probe');
hosts(qw(one two host sink));
my @ports = qw(vm1 vm2);
cable(['host', 'vm1'], ['one', 'eth0', '192.0.2.1/24'], 9000);
cable(['host', 'vm2'], ['two', 'eth0', '192.0.2.2/24'], 9000);
# A guest as KVM has them; its system is a program that writes frames.
my $guest = -e '/dev/net/tun' && able('ip -n host tuntap add tap0 mode tap && ip -n host link set tap0 mtu 9000 up');
push @ports, 'tap0' if $guest;
bridge('host', 'br0', @ports);
cable(['host', 'jumbo', '10.0.2.5/24', 'fd00:a::5/64'], ['sink', 'eth0', '10.0.2.9/24', 'fd00:a::9/64'], 9000);
cable(['host', 'plain', '10.0.3.5/24', 'fd00:b::5/64'], ['sink', 'eth1', '10.0.3.9/24', 'fd00:b::9/64'], 1500);
reaches('one', '192.0.2.2') or die 'the bridge carries nothing';
for (qw(10.0.2.9 10.0.3.9 fd00:a::9 fd00:b::9)) {
	reaches('host', $_) or die "no way to $_";
}

# frame(HOST, DEVICE, HEX): as it is.
sub frame {
	my ($host, $device, $hex) = @_;
	on($host, "python3 -c 'import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind((\"$device\", 0)); s.send(bytes.fromhex(\"$hex\"))'");
}

sub mac {
	my ($host, $device) = @_;
	`ip -n $host -o link show $device` =~ m{link/ether (\S+)} or die "$device: no address";
	return $1 =~ tr/://dr;
}

# What the receiver has of a network: its filter for tshark.
sub of { return "frame.interface_name matches \"-$_[0]\@\"" }

my $all = join ' ', 1 .. 50;
{
	my $sink = receive('sink', 'guests', '-l', 'vxlan://:4789');
	my %taps = (
		1 => [qw(-i br0)],
		3 => [qw(-i vm1)],
		4 => [qw(-i vm1 -i vm2)],
		5 => [qw(-i vm1 -Q out)],
		$guest ? (6 => [qw(-i tap0)]) : (),
	);
	my @taps = map { tap('host', "tap.$_", '-t', "vxlan://10.0.2.9/$_", @{$taps{$_}}) } sort keys %taps;
	speak('one', '192.0.2.2', 1, 50);
	my ($one, $two) = (mac('one', 'eth0'), mac('two', 'eth0'));
	frame('one', 'eth0', "$two${one}8100602a88b5" . 'cafe' x 30);
	my $writer;
	if ($guest) {
		# The bridge takes what comes once it has seen that the device has a user.
		my $write = 'import fcntl, os, struct, subprocess, time; f = os.open("/dev/net/tun", os.O_RDWR); fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", b"tap0", 0x1002))'
			. '; any("state forwarding" in subprocess.getoutput("bridge link show dev tap0") or time.sleep(0.02) for _ in range(250))'
			. "; [os.write(f, bytes.fromhex(\"$two" . '02000000000588b6' . '"'
			. ') + struct.pack(">I", n) + bytes(60)) for n in range(20)]; open("' . $dir . '/written", "w"); os.read(0, 1)';
		pipe my $quiet, my $keep or die "pipe: $!";
		$writer = start('host', 'guest', ['python3', '-c', $write], in => $quiet);
		until_true(sub { -e "$dir/written" }) or diag said($writer);
		close $keep;
	}
	finish($writer) if $writer;
	ok mirrored($sink, @taps), 'taps and their receiver end well';
	my $file = "$dir/guests.pcapng";
	my $got = sub { join ' ', numbers($file, of(@_)) };
	is $got->(1), $all, 'guest to guest, off the bridge';
	is $got->(3), $all, '... off one port';
	is join(' ', sort { $a <=> $b } numbers($file, of(4))), join(' ', map { ($_, $_) } 1 .. 50), '... off both: there are two of each';
	is $got->(5), '', '... of one direction none goes out to its sender';
	my @tagged = fields($file, 'vlan', qw(frame.interface_name vlan.id vlan.priority vlan.etype frame.len));
	is join("\n", sort @tagged), join("\n", map { "vxlan-$_\@10.0.2.5 42 3 0x88b5 78" } 1, 3, 4, 4), 'a VLAN tag arrives where it was';
	SKIP: {
		skip 'no tap devices', 2 if !$guest;
		is packets($file, of(6) . ' && eth.type == 0x88b6'), 20, 'a guest on a tap device';
		is packets($file, of(1) . ' && eth.type == 0x88b6'), 20, '... also off the bridge';
	}
	is stats($taps[$_])->{details}{kernel_dropped}, 0, "... $taps[$_]{name}: and nothing lost" for 0 .. $#taps;
}

# Without promiscuous mode there is what is for the host, or for all.
{
	my $sink = receive('sink', 'modest', '-l', 'vxlan://:4789');
	my $tap = tap('host', 'tap.modest', qw(-i br0 -p -t vxlan://10.0.2.9/1));
	speak('one', '192.0.2.2', 1, 50);
	frame('one', 'eth0', 'ffffffffffff' . mac('one', 'eth0') . '88b7' . 'cafe' x 30);
	ok mirrored($sink, $tap), '-p: all end well';
	is join(' ', numbers("$dir/modest.pcapng")), '', '... nothing from guest to guest';
	is packets("$dir/modest.pcapng", 'eth.type == 0x88b7'), 1, '... but a broadcast';
}

# Jumbo frames of 8,028 bytes with their headers, and a few small ones.
{
	my $sockets = receive('sink', 'sockets', '-l', 'vxlan://:4789');
	# On a veth device -i sees a run of UDP_SEGMENT as one packet; no wire carries that.
	sh("ip netns exec host ethtool -K $_ tx-udp-segmentation off") for qw(jumbo plain);
	my $interfaces = receive('sink', 'interfaces', qw(-i eth0 -i eth1 -e vxlan));
	my %taps = (
		1 => ['10.0.2.9', qw(--engine udp)],
		2 => ['10.0.3.9', qw(--engine udp)],
		3 => ['10.0.3.9', qw(--oversize drop)],
		4 => ['10.0.3.9', qw(--oversize fragment --engine udp)],
		5 => ['10.0.3.9', qw(--oversize fragment --engine packet)],
		6 => ['[fd00:b::9]', qw(--oversize fragment --engine udp)],
		7 => ['[fd00:b::9]', qw(--oversize fragment --engine packet)],
		8 => ['[fd00:b::9]'],
		9 => ['10.0.3.9', qw(--engine packet)],
	);
	my %tap;
	for (sort keys %taps) {
		my ($to, @options) = @{$taps{$_}};
		$tap{$_} = tap('host', "jumbo.$_", '-i', 'vm1', '-t', "vxlan://$to/$_", @options, 'udp port 40000');
	}
	speak('one', '192.0.2.2', 1, 40, 8000);
	speak('one', '192.0.2.2', 41, 50, 100);
	ok mirrored($sockets, map { $tap{$_} } sort keys %tap), 'jumbo frames: all end well';
	my %stats = map { ($_ => stats($tap{$_})) } keys %tap;
	my $sent = 0;
	$sent += $stats{$_}{outcomes}{sent} for keys %stats;
	until_true(sub { $sent <= arrived('interfaces.pcapng') });
	is stop($interfaces), 0, '... the receiver on interfaces, too';
	for my $name (qw(sockets interfaces)) {
		my $file = "$dir/$name.pcapng";
		my %got;
		for (fields($file, 'udp.dstport == 40000', qw(frame.interface_name frame.len udp.payload))) {
			my ($net, $len, $payload) = /-(\d+)@\S+ (\d+) (\S+)/;
			push @{$got{$net}}, [$len, hex substr $payload, 0, 8];
		}
		for (1, 4 .. 7) {
			is join(' ', map { $_->[1] } @{$got{$_}}), $all, "$name: $_: all come";
			is scalar(grep { $_->[0] == 8042 } @{$got{$_}}), 40, '... whole';
		}
		is join(' ', map { $_->[0] } @{$got{$_}}), join(' ', (1464) x 40, (142) x 10), "$name: $_: what fits into 1500 bytes" for 2, 9;
		is join(' ', map { $_->[0] } @{$got{8}}), join(' ', (1444) x 40, (142) x 10), "$name: 8: of IPv6, too";
		is join(' ', map { $_->[1] } @{$got{3}}), join(' ', 41 .. 50), "$name: 3: drop";
	}
	is "@{$stats{$_}{details}}{qw(mtu_truncated fragmented largest_oversize)}", '40 0 8078', "$_: truncated, and said so" for 2, 9;
	is "@{$stats{8}{details}}{qw(mtu_truncated fragmented largest_oversize)}", '40 0 8098', '8: truncated, and said so';
	is "@{$stats{3}{outcomes}}{qw(oversize sent)} $stats{3}{details}{largest_oversize}", '40 10 8078', '3: dropped, and said so';
	is "@{$stats{$_}{details}}{qw(mtu_truncated fragmented)}", '0 40', "$_: fragmented, and said so" for 4 .. 7;
	is "@{$stats{1}{details}}{qw(mtu_truncated fragmented largest_oversize)}", '0 0 0', '1: nothing was oversize';
	is stats($interfaces)->{details}{datagrams_reassembled}, 160, '-i put fragments together';
}
done_testing;
