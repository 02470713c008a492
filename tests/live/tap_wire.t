#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-tap from an interface onto the wire: every encapsulation, over IPv4 and IPv6, by both engines. The kernel's
# VXLAN device and tshark judge; vtap-decap gives back what tcpdump saw on the tapped interface.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Host qw($dir $bin enter sh there guest launch tap stop finish stats said until_true dump_on ended_dump count_of stream
	fields bytes_of counter adds_up decap);

enter();

# The kernel's VXLAN device receives what the guest sends, byte for byte, an ARP request and a ping.
for my $engine (qw(udp packet)) {
	SKIP: {
		skip 'no vxlan device', 3 if system('ip netns exec far ip link add vx7 type vxlan id 7 dstport 4789 local 10.50.0.2 dev far 2>/dev/null') != 0;
		there('ip link set vx7 up');
		my $wire = dump_on('', 't0', 'wire', 'arp or icmp');
		my $device = dump_on('far', 'vx7', 'device', 'arp or icmp');
		my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--engine', $engine);
		guest('ip neigh del 192.168.50.1 dev g0');
		stream(0, 'icmp=1', 'count=3');
		until_true(sub { (grep { /\b(?:8|0|1|2)\b/ } fields('wire', '', 'icmp.type', 'arp.opcode')) >= 8 });
		is stop($tap), 0, "$engine: ends well";
		my $sent = stats('tap')->{outcomes}{sent};
		cmp_ok $sent, '>=', 8, "... and has mirrored ARP and pings ($sent)";
		ended_dump($device, 'device', $sent);
		ended_dump($wire, 'wire', $sent);
		is_deeply [sort { $a cmp $b } bytes_of("$dir/device.pcap")], [sort { $a cmp $b } bytes_of("$dir/wire.pcap")],
			"... the kernel's VXLAN device has them byte for byte";
		there('ip link del vx7');
	}
}

# A guest of the collector answers through that device: the mirrored ARP request and ping reach a stack.
SKIP: {
	skip 'no vxlan device', 1 if system('ip netns exec far ip link add vx7 type vxlan id 7 dstport 4789 local 10.50.0.2 dev far 2>/dev/null') != 0;
	there('ip link set vx7 address 02:00:00:00:50:09 && ip addr add 192.168.50.9/24 dev vx7 && ip link set vx7 up');
	my $echoes = sub { my ($n) = `ip netns exec far nstat -asz IcmpInEchos` =~ /IcmpInEchos\s+(\d+)/; $n // 0 };
	my $before = $echoes->();
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7');
	guest('ip neigh replace 192.168.50.9 lladdr 02:00:00:00:50:09 dev g0 nud permanent');
	stream(0, 'icmp=1', 'count=3', 'to=192.168.50.9');
	ok until_true(sub { $echoes->() == $before + 3 }), 'a ping through the tunnel is taken by the stack behind the VXLAN device';
	stop($tap);
	there('ip link del vx7');
}

# URI, filter of the outer packets, tshark's fields and what they are for every packet.
my @kinds = (
	['vxlan://HOST/0x123456', 'udp dst port 4789', 'vxlan.vni', '1193046'],
	['vxlan-gpe://HOST/77', 'udp dst port 4790', 'vxlan.vni vxlan.next_proto', '77 3'],
	['geneve://HOST/78', 'udp dst port 6081', 'geneve.vni geneve.proto_type', '0x00004e 0x6558'],
	['geneve://HOST:7081/78', 'udp dst port 7081', 'geneve.option.class geneve.option.type', '0xff56 0x01', '--meta', '--name', 'here'],
	['gre://HOST', 'proto 47', 'gre.proto gre.key', '0x6558 '],
	['gre://HOST/4294967295', 'proto 47', 'gre.proto gre.key', '0x6558 0xffffffff'],
	['erspan1://HOST', 'proto 47', 'gre.proto gre.flags.sequence_number', '0x88be 0'],
	['erspan2://HOST/1023', 'proto 47', 'gre.proto erspan.spanid erspan.version', '0x88be 1023 1'],
	['erspan3://HOST/5', 'proto 47', 'gre.proto erspan.spanid erspan.version', '0x22eb 5 2'],
);
my @under = (['10.50.0.2', 'ip.ttl ip.dsfield.dscp ip.flags.df', '33 46 1'],
	['[fd50::2]', 'ipv6.hlim ipv6.tclass.dscp', '33 46']);

# The first of the values that tshark has for a field: the outermost.
sub outermost { return join ' ', map { (split /,/)[0] // '' } split / /, $_[0], -1 }

sub one_kind {
	my ($kind, $under, $engine) = @_;
	my ($uri, $filter, $fields, $want, @more) = @$kind;
	my ($host, $outer_fields, $outer) = @$under;
	my $six = $host =~ /:/;
	$uri =~ s/HOST/$host/;
	$filter =~ s/^proto/ip6 proto/ if $six;
	my $wire = dump_on('', 't0', 'wire', 'udp dst port 9');
	my $far = dump_on('far', 'far', 'far', "$filter and not icmp and not icmp6");
	my $tap = tap('tap', '-v', '-i', 't0', '-t', $uri, '--engine', $engine, '--ttl', 33, '--dscp', 46, @more, 'udp dst port 9');
	stream(0, 'count=60', 'flows=6', 'size=' . (4 + 30 * length $uri));
	my $in_wire = ended_dump($wire, 'wire', 60);
	my $status = stop($tap);
	my $in_far = ended_dump($far, 'far', 60);
	my $stats = stats('tap');
	my $name = "$uri @more $engine";
	is_deeply [$status, $in_wire, $in_far, $stats->{in}, $stats->{outcomes}{sent}, $stats->{targets}[0]{sent}], [0, (60) x 5],
		"$name: 60 in, 60 sent, 60 on the wire" or diag said('tap');
	my $engine_said = $engine eq 'packet' ? 'packet' : $filter =~ /^udp/ ? 'udp' : 'raw ip';
	like said('tap'), qr/: engine $engine_said\n/, '... by that engine';
	# Checksums: 1 good, 3 none.
	my @headers = (split(/ /, $fields), split(/ /, $outer_fields), $six ? () : 'ip.checksum.status',
		$filter =~ /^udp/ ? 'udp.checksum.status' : ());
	my $headers = join ' ', $want, $outer, $six ? () : '1', $filter !~ /^udp/ ? () : $six || $engine eq 'udp' ? '1' : '3';
	$headers .= ' ' . ($filter =~ /^udp.* (\d+)/ ? $1 : 9);
	my (%seen, $inner);
	for (fields('far', '-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -d udp.port==7081,geneve', @headers, 'udp.dstport')) {
		$inner++ if /\b9$/;
		$seen{outermost($_) =~ s/true/1/gir =~ s/false/0/gir}++;
	}
	is_deeply \%seen, { $headers => 60 }, '... tshark has its header, TTL, DSCP, DF and checksums' or diag explain \%seen;
	is $inner, 60, '... and the inner packet';
	my @custom = $uri =~ /:7081/ ? ('--port', 'geneve:7081') : ();
	decap('-r', "$dir/far.pcap", '-F', 'pcap', '-w', "$dir/back.pcap", @custom);
	my ($back, $tapped) = ([bytes_of("$dir/back.pcap")], [bytes_of("$dir/wire.pcap")]);
	($back, $tapped) = ([sort @$back], [sort @$tapped]) if $filter =~ /^udp/;
	is_deeply $back, $tapped, '... and vtap-decap gives back the bytes';
}

for my $engine (qw(udp packet)) {
	for my $kind (@kinds) {
		one_kind($kind, $_, $engine) for @under;
	}
}

# Fragments of the size that was asked for, onto the wire and into a file: 3 of 1478 bytes.
sub in_fragments {
	my ($what, $wire_of, @options) = @_;
	my $wire = dump_on('', 't0', 'wire', 'udp dst port 9');
	my $far = $wire_of && dump_on('far', 'far', 'far', $wire_of);
	my $tap = tap('tap', '-i', 't0', '--mtu', 600, '--oversize', 'fragment', @options, 'udp dst port 9');
	stream(0, 'count=20', 'size=1400');
	ended_dump($wire, 'wire', 20);
	ended_dump($far, 'far', 60) if $far;
	is stop($tap), 0, "--mtu 600 --oversize fragment, $what";
	my @sizes = fields('far', '', 'frame.len');
	is_deeply [scalar @sizes, scalar grep { $_ > 614 } @sizes], [60, 0], '... three fragments each, none above the MTU' or diag "@sizes";
	decap('-r', "$dir/far.pcap", '-F', 'pcap', '-w', "$dir/back.pcap");
	is_deeply [bytes_of("$dir/back.pcap")], [bytes_of("$dir/wire.pcap")], '... and vtap-decap gives back the bytes';
}

in_fragments('IPv4', 'ip and not icmp', '-t', 'geneve://10.50.0.2/7');
in_fragments('IPv6', 'ip6 proto 44', '-t', 'geneve://[fd50::2]/7');
isnt hex((fields('far', '', 'ipv6.fraghdr.ident'))[0]), 0, '... identifications do not begin where all others do';
in_fragments('-w', '', '-t', 'geneve://10.50.0.2/7', '--from', '10.50.0.1', '-F', 'pcap', '-w', "$dir/far.pcap");

# Sockets leave them to the kernel, which knows the MTU of the path only.
{
	my $tap = launch('', 'tap', "$bin/vtap-tap", qw(-i t0 -t vxlan://10.50.0.2/7 --mtu 600 --oversize fragment --engine udp));
	is finish($tap), 2, 'not by sockets';
	like said('tap'), qr/\Avtap-tap: --oversize fragment with --mtu 600 needs --engine packet: .*\n\z/, '... in one line';
}

done_testing();
