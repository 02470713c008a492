#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# From the wires of three hosts to files on a sink whose tools have no rights: cut mirrors, lengths restored, a
# directory a source. GENEVE with --meta, which needs no restoring and tells what was lost; tshark at the end of
# a pipe; IPv6 underlays, link-local addresses too.
use strict;
use warnings;
use File::Path qw(make_path);
use Test::More;
use lib 'tests/lib';
use Required qw(lacks);
use Lab qw($dir enter able sh on hosts cable bridge start ready stop finish stats said until_true fields packets reaches neighbour slurp tool
	receive arrived tap mirrored speak numbers);

enter();
lacks('no bridge device') if !able('ip link add probe type bridge && ip link del probe');
my @hosts = map { "host$_" } 1 .. 3;
hosts(@hosts, 'sink', map { ("client$_", "server$_") } 1 .. 3);
sh('ip -n sink link add br0 type bridge mcast_snooping 0');
sh("ip -n sink addr add $_ dev br0") for '10.0.2.9/24', 'fd00:a::9/64';
for my $n (1 .. 3) {
	cable(["host$n", 'uplink', "10.0.2.1$n/24", "fd00:a::1$n/64"], ['sink', "eth$n"]);
	sh("ip -n sink link set eth$n master br0 up");
	cable(["host$n", 'client'], ["client$n", 'eth0', '192.0.2.1/24', 'fd00:2::1/64']);
	cable(["host$n", 'server'], ["server$n", 'eth0', '192.0.2.2/24', 'fd00:2::2/64']);
	bridge("host$n", 'br0', qw(client server));
}
sh('ip -n sink link set br0 up');
for my $n (1 .. 3) {
	reaches("client$n", '192.0.2.2') && reaches("host$n", '10.0.2.9') && reaches("host$n", 'fd00:a::9') or die 'no network';
}

# stream(NUMBER, BYTES): over TCP from the server to the client, who hangs up first.
my $port = 5000;
sub stream {
	my ($n, $bytes) = @_;
	$port++;
	my $serve = 'my $s = IO::Socket::IP->new(Listen => 1, LocalHost => "192.0.2.2", LocalPort => $ARGV[0], ReuseAddr => 1) or die $!; '
		. 'my $c = $s->accept; my $b = "x" x 1000; my $left = $ARGV[1]; while ($left > 0) { $left -= syswrite $c, $b, $left < 1000 ? $left : 1000 } '
		. 'shutdown $c, 1; sysread $c, $b, 1';
	my $server = start("server$n", "server$n", ['perl', '-MIO::Socket::IP', '-e', $serve, $port, $bytes]);
	until_true(sub { `ip netns exec server$n ss -Hltn` =~ /:$port\b/ }) or die 'no server';
	my $fetch = 'my $s = IO::Socket::IP->new(PeerHost => "192.0.2.2", PeerPort => $ARGV[0]) or die $!; my ($n, $b) = 0; while (my $got = sysread $s, $b, 1 << 16) { $n += $got } print $n';
	my $client = start("client$n", "client$n", ['perl', '-MIO::Socket::IP', '-e', $fetch, $port]);
	return finish($client) == 0 && finish($server) == 0 && slurp("$dir/client$n.out") eq $bytes;
}

sub as_nobody { return (qw(setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all), @_) }

sub bad { return packets($_[0], 'tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment') }

# The chain of the manual: three hosts, one sink.
{
	my $spool = "$dir/spool";
	make_path($spool);
	chmod 0777, $spool;
	pipe my $stripped, my $strip or die "pipe: $!";
	pipe my $fixed, my $fix or die "pipe: $!";
	my $split = start('sink', 'split', [as_nobody(tool('vtap-split'), qw(--by source -G 60 -w), "$spool/{source}/{start}.pcapng")], in => $fixed);
	my $fixlen = start('sink', 'fixlen', [as_nobody(tool('vtap-fixlen'))], in => $stripped, out => $fix);
	my $decap = ready(start('sink', 'decap', [as_nobody(tool('vtap-decap'), '-l', 'vxlan://:4789')], out => $strip));
	close $_ for $stripped, $strip, $fixed, $fix;
	like slurp("/proc/$decap->{pid}/status"), qr/^Uid:\s+(?!0\b)\d+\s.*^CapEff:\s+0+$/ms, 'a sink without rights';
	my %tap = map { ($_ => tap("host$_", "tap.$_", qw(-i br0 -s 256 -t vxlan://10.0.2.9/3000), 'tcp port 5001 or tcp port 5002 or tcp port 5003')) } 1 .. 3;
	ok stream($_, 300_000 * $_), "host $_: a stream of TCP" for 1 .. 3;
	is stop($tap{$_}), 0, "host $_: the tap ends" for 1 .. 3;
	my $sent = 0;
	$sent += stats($tap{$_})->{targets}[0]{sent} for 1 .. 3;
	my $kept = sub { my $n = 0; $n += Capture::packets($_) for glob "$spool/*/*"; $n };
	until_true(sub { `ip netns exec sink ss -Hlun 'sport = :4789'` =~ /^\S+\s+0\s/ });
	is stop($decap), 0, 'SIGINT ends the receiver';
	is finish($_), 0, "... and $_->{name} behind it" for $fixlen, $split;
	is $kept->(), $sent, '... all that was sent is in files';
	is stats($decap)->{in}, $sent, '... and was counted';
	my @files = glob "$spool/*/*";
	is join(' ', map { m{.*/(.*)/} } @files), join(' ', map { "vxlan-3000\@10.0.2.1$_" } 1 .. 3), 'a directory for each source';
	is scalar(grep { !/\.pcapng$/ } @files), 0, '... with whole files';
	for my $n (1 .. 3) {
		my $file = $files[$n - 1];
		ok able("capinfos '$file'"), "source $n: capinfos likes it";
		is bad($file), 0, '... no lost segment';
		my %seen;
		my $bytes = 0;
		for (fields($file, 'tcp.len > 0', qw(tcp.seq tcp.len frame.len frame.cap_len))) {
			my ($sequence, $len) = split / /;
			$bytes += $len if !$seen{$sequence}++;
		}
		is $bytes, 300_000 * $n, '... every byte of the stream accounted for';
		cmp_ok packets($file, 'frame.len > 256 && frame.cap_len == 256'), '>', 100 * $n, '... of frames cut to 256 bytes';
		is packets($file, 'frame.cap_len > 256'), 0, '... without exception';
	}
	cmp_ok stats($fixlen)->{outcomes}{raised}, '>', 0, 'lengths were restored';
}

# Who looks through a pipe may go away.
{
	pipe my $from, my $into or die "pipe: $!";
	my $tshark = start('sink', 'tshark', [qw(tshark -l -n -r - -c 5)], in => $from);
	my $decap = ready(start('sink', 'looked', [tool('vtap-decap'), qw(-l vxlan://:4789 -w -)], out => $into));
	close $_ for $from, $into;
	my $tap = tap('host1', 'tap.looked', qw(-i client -t vxlan://10.0.2.9/1), 'udp port 40000');
	speak('client1', '192.0.2.2', 1, 5);
	is finish($tshark), 0, 'tshark at the end of a pipe has its five packets';
	is scalar(() = slurp("$dir/tshark.out") =~ /192\.0\.2\.1 .*192\.0\.2\.2 .*UDP/g), 5, '... as they come';
	# It hears that nobody reads when it writes again.
	speak('client1', '192.0.2.2', 6, 10);
	is finish($decap), 0, '... and when it goes, vtap-decap ends';
	is said($decap), '', '... quietly';
	is stop($tap), 0, 'which is nothing to the tap';
}

# --meta: what tcpdump saw beside the tap, to the nanosecond, although it was cut; and how much a full uplink lost.
{
	on('host2', 'tc qdisc add dev uplink root tbf rate 1mbit burst 4000 limit 40000');
	my $sink = receive('sink', 'meta', qw(-l geneve://:6081));
	my $raw = start('host2', 'raw', [qw(tcpdump -q -n -U -Z root --time-stamp-precision=nano -i client -w), "$dir/raw.pcap", 'udp port 40000']);
	until_true(sub { said($raw) =~ /listening on/ }) or die said($raw);
	my @taps = map { tap('host2', "tap.$_", qw(-i client -s 96 --meta --name), "ward-$_", '--engine', $_, '-t',
		"geneve://10.0.2.9/" . ($_ eq 'udp' ? 7 : 8), 'udp port 40000') } qw(udp packet);
	my $queue = sub { `ip netns exec host2 tc -s qdisc show dev uplink` };
	my $empty = sub { $queue->() =~ /backlog 0b 0p/ };
	my $said = 0;
	my $say = sub {
		my ($from, $to, $count, $size) = @_;
		speak($from, $to, $said + 1, $said + $count, $size);
		$said += $count;
		until_true(sub { $said <= arrived('raw.pcap') && $empty->() });
	};
	$say->('client2', '192.0.2.2', 30, 1000);
	$say->('server2', '192.0.2.1', 30, 500);
	$say->('client2', '192.0.2.2', 600, 20);
	$say->('client2', '192.0.2.2', 10, 700);
	is stop($raw), 0, 'tcpdump ends';
	is stop($_), 0, "$_->{name} ends" for @taps;
	until_true($empty);
	my ($dropped) = $queue->() =~ /dropped (\d+)/;
	cmp_ok $dropped, '>', 100, 'the uplink loses some';
	my $failed = 0;
	$failed += stats($_)->{targets}[0]{failed} for @taps;
	cmp_ok $failed, '<=', $dropped, '... with what the taps could not send among it';
	until_true(sub { 2 * $said - $dropped <= arrived('meta.pcapng') });
	is stop($sink), 0, 'the receiver ends';
	my %want = map { ($_ => 1) } fields("$dir/raw.pcap", 'frame', qw(frame.time_epoch frame.len));
	my %source = map { ("$_->{name}" => $_) } @{stats($sink)->{sources}};
	for my $net (7, 8) {
		my $which = "frame.interface_name matches \"-$net@\"";
		my @got = fields("$dir/meta.pcapng", $which, qw(frame.time_epoch frame.len frame.cap_len));
		my @strange = grep { my ($time, $len, $caplen) = split / /; !$want{"$time $len"} || $caplen != ($len < 96 ? $len : 96) } @got;
		is "@strange", '', "$net: time and length are those that tcpdump had";
		my %way = map { ($_ => 1) } fields("$dir/meta.pcapng", $which, qw(ip.src frame.packet_flags_direction));
		is join(', ', sort keys %way), '192.0.2.1 0x00000001, 192.0.2.2 0x00000002', '... so are directions';
		my $source = $source{"geneve-$net\@10.0.2.12"};
		is "@{$source->{taps}}", 'ward-' . ($net == 7 ? 'udp' : 'packet'), '... and the name of the tap';
		is @got + $source->{missing}, $said, '... what was lost is counted at the far end';
		is $source->{missing}, stats($taps[$net - 7])->{targets}[0]{failed}, '... and by the tap, to the packet';
	}
}

# IPv6 underneath, and a sink for both.
{
	my $sink = receive('sink', 'dual', '-l', 'vxlan://:4789');
	my %to = (1 => '10.0.2.9', 2 => '[fd00:a::9]', 3 => '[fd00:a::9]', 4 => '10.0.2.9');
	my ($local) = `ip -n sink -6 -o addr show dev br0 scope link` =~ /inet6 (\S+?)\//;
	$to{$_} = "[$local%uplink]" for 5, 6;
	my @taps = map { tap('host3', "tap.dual$_", '-i', 'client', '--engine', $_ % 2 ? 'udp' : 'packet', '-t', "vxlan://$to{$_}/$_", 'udp port 40000') } sort keys %to;
	speak('client3', '192.0.2.2', 1, 20);
	speak('client3', 'fd00:2::2', 21, 40);
	ok mirrored($sink, @taps), 'IPv4, IPv6, link-local: all end well';
	my ($mine) = `ip -n host3 -6 -o addr show dev uplink scope link` =~ /inet6 (\S+?)\//;
	my @from = qw(. 10.0.2.13 fd00:a::13 fd00:a::13 10.0.2.13);
	push @from, ($mine) x 2;
	for my $n (sort keys %to) {
		my %name = map { ($_ => 1) } fields("$dir/dual.pcapng", "frame.interface_name matches \"-$n@\"", 'frame.interface_name');
		my ($name) = keys %name;
		like $name, qr/^vxlan-$n\@\Q$from[$n]\E(?:%\w+)?$/, "to $to{$n}: its source";
		is join(' ', numbers("$dir/dual.pcapng", "frame.interface_name == \"$name\"")), join(' ', 1 .. 40), '... has everything, IPv4 and IPv6';
	}
}
done_testing;
