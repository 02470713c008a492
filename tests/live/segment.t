#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A bridge between two hosts: TCP superframes come in by one port, and the kernel cuts them for the other, which
# takes none. What vtap-tap --segment makes of a capture of the first is a capture of the second.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Required qw(lacks);
use Scratch qw(scratch);
use Wait qw(until_true caught_up);

my $build = $ENV{BUILD} // 'build';
my $dir = scratch();
my %ns = map { $_ => "vtap-$$-$_" } qw(near bridge far);
my (@namespaces, @running);

sub sh { return system("$_[0] >>$dir/sh.log 2>&1") == 0 }

sub in { return "ip netns exec $ns{$_[0]} $_[1]" }

sub cleanup {
	my $status = $?;
	kill 'KILL', $_ for @running;
	sh("ip netns del $_") for @namespaces;
	$? = $status;
}
END { cleanup() }
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

sub start {
	my ($command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		@namespaces = @running = ();
		exec "exec $command" or die;
	}
	push @running, $pid;
	return $pid;
}

sub slurp {
	open my $file, '<:raw', $_[0] or return '';
	local $/;
	return scalar <$file> // '';
}

# The frames of a pcap file, sorted, for acknowledgements overtake data. Without the TCP checksum: veth devices
# leave it to each other, so the kernel's are partial.
sub frames {
	my $bytes = slurp($_[0]);
	my ($at, @frames) = (24);
	while ($at + 16 <= length $bytes) {
		my $len = unpack 'L', substr $bytes, $at + 8, 4;
		my $frame = substr $bytes, $at + 16, $len;
		substr $frame, 14 + (substr($frame, 12, 1) eq "\x08" ? 20 : 40) + 16, 2, "\0\0";
		push @frames, unpack 'H*', $frame;
		$at += 16 + $len;
	}
	return [sort @frames];
}

# Direction, length, sequence number and checksum of the packets that tshark finds.
sub sums {
	my ($name, $filter) = @_;
	return [map { chomp; $_ } `tshark -r $name -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o tcp.relative_sequence_numbers:FALSE -Y '$filter' -T fields -E separator=: -e tcp.dstport -e frame.len -e tcp.seq -e tcp.checksum 2>/dev/null`];
}

lacks('needs root') if $> != 0;
for (values %ns) {
	lacks('no network namespaces') unless sh("ip netns add $_");
	push @namespaces, $_;
}
lacks('no bridge device') unless sh("ip -n $ns{bridge} link add br0 type bridge");
sh($_) or die "$_: " . slurp("$dir/sh.log")
	for "ip link add va netns $ns{near} type veth peer name vb netns $ns{bridge}",
	"ip link add vd netns $ns{far} type veth peer name vc netns $ns{bridge}",
	(map { "ip -n $ns{bridge} link set $_ master br0 up" } qw(vb vc)),
	"ip -n $ns{bridge} link set br0 up", "ip -n $ns{bridge} link set vc gso_max_segs 1",
	"ip -n $ns{near} link set va up", "ip -n $ns{far} link set vd up",
	"ip -n $ns{near} addr add 10.77.0.1/24 dev va", "ip -n $ns{far} addr add 10.77.0.2/24 dev vd",
	"ip -n $ns{near} addr add fd77::1/64 dev va nodad", "ip -n $ns{far} addr add fd77::2/64 dev vd nodad",
	in('near', 'sysctl -qw net.ipv4.tcp_ecn=1'), in('far', 'sysctl -qw net.ipv4.tcp_ecn=1');

my %tcpdump;
for (qw(vb vc)) {
	$tcpdump{$_} = start(in('bridge', "tcpdump -Z root -s 70000 -U --immediate-mode -B 65536 -i $_ -w $dir/$_.pcap tcp port 5000 2>$dir/$_.log"));
	my $log = "$dir/$_.log";
	until_true(sub { slurp($log) =~ /listening on/ }) or die slurp($log);
}

# 400,000 bytes from near to far; the second time far allows less than the bridge's MTU.
my $listen = 'use IO::Socket::IP; $s = IO::Socket::IP->new(Listen => 1, LocalHost => $ARGV[0], LocalPort => 5000, '
	. 'ReuseAddr => 1) or die; $| = 1; print "ready\n"; $c = $s->accept; 1 while sysread $c, $b, 1 << 20';
my $send = 'use IO::Socket::IP; $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 5000) or die; '
	. '$b = join "", map { pack "N", $_ * 2654435761 % 4294967296 } 1 .. 100000; '
	. 'for ($at = 0; $at < length $b; $at += $n) { $n = syswrite $s, $b, 70001, $at }';
my $streams = 0;
for (['10.77.0.2', 1500], ['fd77::2', 1300]) {
	my ($host, $mtu) = @$_;
	sh("ip -n $ns{far} link set vd mtu $mtu") or die;
	my $far = start(in('far', "perl -e '$listen' $host >$dir/ready.$mtu"));
	until_true(sub { slurp("$dir/ready.$mtu") =~ /ready/ }) or die 'no listener';
	ok sh(in('near', "perl -e '$send' $host")), "a stream to $host";
	waitpid $far, 0;
	$streams++;
}
# Both ends have said the last word: nothing is on its way.
for my $host (qw(near far)) {
	until_true(sub { `ip netns exec $ns{$host} ss -Htn` eq '' }) or diag "$host: still connected";
}
for my $port (qw(vb vc)) {
	until_true(sub { caught_up($tcpdump{$port}, "$dir/$port.log") }) or diag "$port: not all of it";
	cmp_ok scalar(() = `tshark -r $dir/$port.pcap -Y 'tcp.flags.fin == 1' 2>/dev/null` =~ /\n/g), '>=', 2 * $streams, "$port: captured to the end";
	kill 'INT', $tcpdump{$port};
	waitpid $tcpdump{$port}, 0;
	unlike slurp("$dir/$port.log"), qr/[1-9]\d* packets dropped by kernel/, "$port: captured whole";
}
@running = ();

# vtap-decap gives back what vtap-tap mirrored.
for (['vb', '--segment 1500'], ['vc', '']) {
	my ($port, $options) = @$_;
	ok sh("$build/vtap-tap -r $dir/$port.pcap -t vxlan://10.0.0.9/1 --from 10.0.0.1 $options -w $dir/mirror.pcap "
		. "&& $build/vtap-decap -F pcap -r $dir/mirror.pcap -w $dir/$port.out"), "$port: there and back";
}
my ($ours, $kernel) = map { frames("$dir/$_.out") } qw(vb vc);
cmp_ok scalar @{frames("$dir/vb.pcap")}, '<', @$kernel - 300, 'there were superframes';
is scalar @$ours, scalar @$kernel, 'as many packets as the kernel made';
my %count;
$count{$_}++ for @$kernel;
my @wrong = grep { --$count{$_ // ''} < 0 } @$ours;
is scalar @wrong, 0, '... the same, byte by byte' or diag "ours: $wrong[0]";

# Those that were in no superframe are as captured.
my %partial = map { $_ => 1 } @{sums("$dir/vb.pcap", 'tcp')};
my @bad = grep { !$partial{$_} } @{sums("$dir/vb.out", 'tcp.checksum.status == "Bad" || ip.checksum.status == "Bad"')};
is "@bad", '', "tshark: each segment's checksums are right";
is_deeply sums("$dir/vb.out", 'tcp.analysis.lost_segment'), [], '... and none is missing';
done_testing();
