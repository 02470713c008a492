#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-decap -l: what the kernel's VXLAN device and plain sockets send, judged by tshark, capinfos and
# the kernel's own counters.
use strict;
use warnings;
use POSIX qw(mkfifo);
use Socket qw(:all);
use Test::More;
use Time::HiRes qw(sleep time);
use lib 'tests/lib';
use Capture qw(slurp statistics);
use Receiver qw($dir enter sh there start stop finish until_true unread inner vxlan geneve udp sent);

use constant { UDP_NO_CHECK6_TX => 101, UDP_SEGMENT => 103, SOL_UDP => 17 };

enter();
my $file = "$dir/out.pcapng";

# Fields of each packet of a capture, joined by spaces.
sub fields {
	my ($name, @fields) = @_;
	my $which = join ' ', map { "-e $_" } @fields;
	return map { chomp; $_ } `tshark -r $name -T fields -E separator=' ' $which 2>/dev/null`;
}

sub packets { return scalar fields($_[0], 'frame.number') }

# [interface, packets written, numbers missing, drops of the kernel] of each statistics block.
sub figures { return map { [@$_{qw(id recv drop osdrop)}] } statistics(slurp($file)) }

# The kernel's VXLAN device sends what its host sends into it.
{
	sh($_) for 'ip link add vx0 type vxlan id 42 remote 10.77.0.2 local 10.77.0.1 dstport 4789 dev near',
		'ip link set vx0 up', 'ip addr add 192.168.9.1/24 dev vx0',
		'ip neigh add 192.168.9.2 lladdr 02:00:00:00:00:99 dev vx0';
	my $pid = start(4789, '-l', 'vxlan://:4789', '-w', $file);
	my $socket = udp('192.168.9.1', 4000);
	my $to = pack_sockaddr_in(9, inet_aton('192.168.9.2'));
	send $socket, 'x' x $_, 0, $to for 1 .. 5;
	ok until_true(sub { 5 <= grep { / 9$/ } fields($file, 'udp.length', 'udp.dstport') }), 'a capture can be read while it grows';
	ok !-e "$file.tmp", '... under its own name';
	my ($status) = stop($pid);
	is $status, 0, 'SIGINT ends with 0';
	my @got = grep { / 9 / } fields($file, qw(frame.interface_name udp.dstport udp.length));
	is_deeply \@got, [map { 'vxlan-42@10.77.0.1 9 ' . (8 + $_) } 1 .. 5], "the kernel's VXLAN device is heard, over IPv4 on a socket for both";
	my ($time) = fields($file, 'frame.time_epoch');
	cmp_ok abs($time - time), '<', 60, '... with the time of arrival';
	sh('ip link del vx0');
}

# Promptness: nothing comes behind the datagram that would push it out.
{
	pipe my $read, my $write or die;
	open my $stdout, '>&', \*STDOUT or die;
	open STDOUT, '>&', $write or die;
	my $pid = start(4789, '-l', 'vxlan://10.77.0.2:4789', '-w', '-');
	open STDOUT, '>&', $stdout or die;
	close $write;
	my ($socket, $best, $all) = (udp('10.77.0.1'), 1e9, 1);
	# A busy machine may be slow, but not each time.
	for (1 .. 50) {
		last if $_ > 5 && $best < 0.1;
		my $began = time;
		sent($socket, 4789, vxlan(1, inner('prompt')));
		vec(my $bits = '', fileno $read, 1) = 1;
		my $ready = select $bits, undef, undef, 60;
		my $took = time - $began;
		$all &&= $ready && sysread $read, my $bytes, 65536;
		$best = $took if $took < $best;
		sleep 0.05;
	}
	ok $all, 'each packet comes out without another behind it';
	cmp_ok $best, '<', 0.2, '... within 200 ms';

	# A sender that never pauses.
	my $child = fork() // die;
	if ($child == 0) {
		sent($socket, 4789, vxlan(1, inner('busy'))) while 1;
	}
	my ($seen, $began) = (0, time);
	while (time - $began < 0.6 || $seen < 2 && time - $began < 60) {
		vec(my $bits = '', fileno $read, 1) = 1;
		$seen++ if select($bits, undef, undef, 0.6) && sysread $read, my $bytes, 1 << 20;
	}
	kill 'KILL', $child;
	waitpid $child, 0;
	cmp_ok $seen, '>', 1, 'under load output flows, too';
	kill 'INT', $pid;
	1 while sysread $read, my $bytes, 1 << 20;
	is finish($pid), 0, '... and the end comes';
}

# What the kernel holds when the end is asked for.
{
	my $pid = start(4789, '-l', 'vxlan://:4789', '-w', $file);
	kill 'STOP', $pid;
	my $sent = sent(udp('10.77.0.1'), 4789, map { vxlan(1, inner("n$_")) } 1 .. 300);
	kill 'INT', $pid;
	kill 'CONT', $pid;
	my ($status, $stats) = stop($pid, 'CONT');
	is "$status $stats->{in} $stats->{outcomes}{stripped}", "0 $sent $sent", 'SIGINT: all that the socket holds is read';
	is packets($file), $sent, '... and written';
	is_deeply [figures()], [[0, $sent, 0, 0]], '... with a statistics block';
	like `capinfos $file`, qr/Number of stat entries = 1/, '... that capinfos reads';
}

# More than the buffer holds: every datagram is in a counter.
{
	my $pid = start(4789, '-l', 'vxlan://:4789', '-B', 64, '-w', $file);
	my $before = errors($pid);
	kill 'STOP', $pid;
	my @datagrams = map { vxlan($_ % 2, inner('d' x 1000)) } 1 .. 600;
	my $sent = sent(udp('10.77.0.1'), 4789, @datagrams);
	my $dropped = errors($pid) - $before;
	kill 'INT', $pid;
	my ($status, $stats) = stop($pid, 'CONT');
	my @statistics = figures();
	cmp_ok $dropped, '>', 0, 'a small buffer overflows';
	is $stats->{details}{kernel_dropped}, $dropped, '... as often as the kernel says';
	is $stats->{in} + $stats->{details}{kernel_dropped}, $sent, '... received and dropped are what was sent';
	is_deeply [map { [@$_[2, 3]] } @statistics], [[0, $dropped], [0, 0]], '... the drops are those of the first interface';
	is $statistics[0][1] + $statistics[1][1], $stats->{in}, '... and each has what it received';
	like slurp("$dir/stderr"), qr/$dropped dropped by the kernel/, '... said without -v';
}

sub errors {
	my ($pid) = @_;
	my ($six) = slurp("/proc/$pid/net/snmp6") =~ /^Udp6RcvbufErrors\s+(\d+)/m;
	my ($names, $values) = grep { /^Udp:/ } split /\n/, slurp("/proc/$pid/net/snmp");
	my %udp;
	@udp{split ' ', $names} = split ' ', $values;
	return $six + $udp{RcvbufErrors};
}

# Families: IPv6 without checksums, one socket each, sources as they appear.
{
	my $pid = start(4789, qw(-l vxlan://0.0.0.0 -l vxlan://[::]:4789 -l geneve://:7000 -w), $file);
	sent(udp('10.77.0.1'), 4789, vxlan(5, inner('four')));
	ok until_true(sub { packets($file) == 1 }), 'the first source is in the file';
	sent(udp('fd00:77::1', 0, [SOL_UDP, UDP_NO_CHECK6_TX, 1]), 4789, vxlan(6, inner('six')));
	sent(udp('10.77.0.3'), 7000, geneve(7, inner('other port')));
	ok until_true(sub { packets($file) == 3 }), '... and others as they come';
	my ($status, $stats) = stop($pid, 'TERM');
	is $status, 0, 'SIGTERM ends with 0';
	is_deeply [sort(fields($file, 'frame.interface_name'))], [sort('vxlan-5@10.77.0.1', 'vxlan-6@fd00:77::1', 'geneve-7@10.77.0.3')],
		'IPv4 and IPv6 sockets side by side, IPv6 without checksum, a port of one\'s own';
}

# Joined by the kernel: one send of many datagrams, the last one shorter.
{
	my $pid = start(4789, qw(-l vxlan://:4789 -c 23 -w), $file);
	for my $address ('10.77.0.1', 'fd00:77::1') {
		my @frames = map { vxlan(8, inner(sprintf '%04d', $_ x 2)) } 1 .. 10;
		my $last = vxlan(8, inner('z'));
		sent(udp($address, 0, [SOL_UDP, UDP_SEGMENT, length $frames[0]]), 4789, join '', @frames, $last);
	}
	sent(udp('10.77.0.1'), 4789, vxlan(8, inner('plain')));
	is finish($pid), 0, '-c ends it';
	my @got = fields($file, qw(frame.interface_name frame.len udp.payload));
	my @run = ((map { 46 . ' ' . unpack 'H*', sprintf '%04d', $_ x 2 } 1 .. 10), '43 7a');
	is_deeply \@got, [(map { "vxlan-8\@10.77.0.1 $_" } @run), (map { "vxlan-8\@fd00:77::1 $_" } @run), 'vxlan-8@10.77.0.1 47 ' . unpack 'H*', 'plain'],
		'a run of joined datagrams is cut where they were joined';
}

# The kernel doubles what is asked for. A number alone is KiB.
for my $size ('256', '256K', '0.25MiB', '262.144kB') {
	my $pid = start(4789, qw(-l vxlan://10.77.0.2:4789 -w), $file, '-B', $size);
	like `ip netns exec there ss -Huanm sport = :4789`, qr/\brb524288\b/, "-B $size: a buffer of 256 KiB";
	stop($pid);
}

# Joined datagrams are dropped: from then on they come one by one, and none is cut wrong meanwhile.
{
	my $pid = start(4789, qw(-l vxlan://:4789 -B 256 -w), $file);
	my $frame = vxlan(8, inner('j' x 900));
	my $socket = udp('10.77.0.1', 0, [SOL_UDP, UDP_SEGMENT, length $frame]);
	kill 'STOP', $pid;
	sent($socket, 4789, ($frame x 20) x 100);
	kill 'CONT', $pid;
	# There is room for each of those behind the drops.
	for (1 .. 20) {
		until_true(sub { unread($pid, 4789) == 0 }) or diag 'the receiver does not read';
		sent($socket, 4789, $frame x 20);
	}
	my ($status, $stats) = stop($pid);
	is_deeply [grep { $_ != 942 } fields($file, 'frame.len')], [], 'drops of joined datagrams: all that come are cut right';
	cmp_ok $stats->{outcomes}{stripped}, '>=', 400, '... and those behind the drops do come';
	cmp_ok $stats->{details}{kernel_dropped}, '>', 0, '... the drops are counted';
	like slurp("$dir/stderr"), qr/at least as many/, '... as a lower bound, which is said';
}

# A reader that takes long. From ports all that was queued is written, since the kernel refuses what comes after the end was
# asked for. From an interface, what is still held a second later is lost, and counted.
for my $way (['-l', 'vxlan://:4789', 6000], [qw(-i far -e vxlan), 30000]) {
	my ($count, @from) = (pop @$way, @$way);
	my $fifo = "$dir/fifo";
	mkfifo($fifo, 0600) or die "mkfifo: $!";
	my $reader = fork() // die "fork: $!";
	if ($reader == 0) {
		open my $in, '<', $fifo or POSIX::_exit(1);
		sleep 0.06 while sysread $in, my $some, 65536;
		POSIX::_exit(0);
	}
	my $pid = start(4789, @from, '-w', $fifo, '-F', 'pcapng');
	my $sent = sent(udp('10.77.0.1'), 4789, (vxlan(5, inner('x' x 900))) x $count);
	my $asked = time;
	my ($status, $stats) = stop($pid);
	my $took = time - $asked;
	is $status, 0, "@from, a slow reader: ends";
	if ($from[0] eq '-l') {
		cmp_ok $took, '>', 2, '... when the reader has all'; # which takes five
		is $stats->{details}{kernel_dropped}, 0, '... and nothing is lost';
	} else {
		cmp_ok $took, '<', 15, '... soon'; # the reader would take 25 s and more
		cmp_ok $stats->{details}{kernel_dropped}, '>', 0, '... before all is written';
	}
	is $stats->{in} + $stats->{details}{kernel_dropped}, $sent, '... and each packet is counted';
	waitpid $reader, 0;
	unlink $fifo;
}

# What is no tunnel passes in headers that say from where it came.
{
	my $pid = start(4789, qw(-l vxlan://:4789 -w), $file);
	sent(udp('10.77.0.1', 50001), 4789, 'cut');
	sent(udp('fd00:77::1', 50002), 4789, 'cut', '');
	until_true(sub { packets($file) == 3 });
	my ($status, $stats) = stop($pid);
	is_deeply [fields($file, qw(frame.interface_name frame.len ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport udp.length))],
		['listen 31 10.77.0.1 10.77.0.2   50001 4789 11', 'listen 51   fd00:77::1 fd00:77::2 50002 4789 11', 'listen 48   fd00:77::1 fd00:77::2 50002 4789 8'],
		'addresses and ports of a datagram that is no tunnel';
	is $stats->{outcomes}{passed_malformed}, 3, '... which is too short for one';
	my @bad = `tshark -o ip.check_checksum:TRUE -r $file -Y 'ip.checksum.status == 0' 2>/dev/null`;
	is_deeply \@bad, [], '... and tshark finds the checksum right';
}

# Ends by itself; gives up what it has.
{
	my $pid = start(4789, qw(-l vxlan://:4789 --duration 1 -Z nobody -w), $file);
	my $uid = getpwnam 'nobody';
	ok until_true(sub { (slurp("/proc/$pid/status") // '') =~ /^Uid:\s+$uid\s+$uid\s+$uid/m }), '-Z becomes the user';
	sent(udp('10.77.0.1'), 4789, vxlan(5, inner('as nobody')));
	is finish($pid), 0, '--duration ends it';
	is packets($file), 1, '... and it received as that user';
}

# Clear errors.
{
	my $run = sub {
		my (@arguments) = @_;
		my $pid = start(1, @arguments, '-w', '/dev/null');
		return finish($pid) . ' ' . slurp("$dir/stderr");
	};
	my $held = start(4789, qw(-l vxlan://:4789 -w), $file);
	like $run->(qw(-l vxlan://:4789)), qr/^1 vtap-decap: UDP port 4789 is in use by another socket[^\n]*\n$/, 'a port in use';
	stop($held);
	there('ip link add vx9 type vxlan id 9 dstport 4789 remote 10.77.0.1 dev far');
	there('ip link set vx9 up');
	like $run->(qw(-l vxlan://:4789)), qr/^1 vtap-decap: UDP port 4789 is held by [^\n]* vxlan device vx9: use -i[^\n]*\n$/, "a device of the kernel's, named";
	there('ip link del vx9');
	like $run->(qw(-l vxlan://10.99.0.1)), qr/^1 vtap-decap: 10\.99\.0\.1 is no address of this host\n$/, 'an address of another host';
	like $run->(qw(-l gre://)), qr/^2 .*expected NAME:.*vxlan/, 'no UDP in GRE';
	like $run->(qw(-l vxlan://host:4789)), qr/^2 .*host is not one/, 'names are not resolved';
	like $run->(qw(-l vxlan://:4789 -i lo)), qr/^2 .*-l and -i/, '-l with -i';
	like $run->(qw(-l vxlan://:4789 -r x)), qr/^2 .*-r and -l/, '-l with -r';
	like $run->(qw(-l vxlan://:5000 -l geneve://10.77.0.2:5000)), qr/^2 .*vxlan and geneve/, 'one port, two encapsulations';
}

done_testing;
