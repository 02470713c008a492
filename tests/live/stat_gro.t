#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# iperf3 over a veth pair, captured at both ends at once: the sender's capture has what a wire has, the receiver's what
# GRO has joined. vtap-stat finds the joined packets, and says how many the wire had. A network of jumbo frames has none.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Required qw(lacks);
use Lab qw($dir enter able on hosts cable start stop finish until_true reaches);
use Segments qw(told counters segment records);
use Wait qw(caught_up);

enter();
lacks('no iperf3') if !able('iperf3 --version');
lacks('no ethtool') if !able('ethtool --version');
my $megabytes = 20;

# What is sent with an MTU, with GRO on or off: the figures of sender and receiver, and the number of packets of each
# direction's data at the sender.
sub transfer {
	my ($name, $mtu, $gro, $address, $snaplen) = @_;
	my @dumps;
	hosts(map { "$name$_" } qw(one two));
	cable(["${name}one", 'eth0', '192.0.2.1/24', 'fd00:2::1/64'], ["${name}two", 'eth0', '192.0.2.2/24', 'fd00:2::2/64'], $mtu);
	on("${name}one", 'ethtool -K eth0 tso off gso off gro off');
	on("${name}two", "ethtool -K eth0 tso off gso off gro $gro");
	# Segments come in bunches that GRO can join, which it does for as long as this.
	on("${name}two", 'sh -c "echo 200000 >/sys/class/net/eth0/gro_flush_timeout"') if $gro eq 'on';
	reaches("${name}one", $address) or die $address;
	my $server = start("${name}two", "server.$name", ['iperf3', '-s', '-1', '-B', $address]);
	until_true(sub { `ip netns exec ${name}two ss -Hltn` =~ /:5201/ }) or die 'no iperf3 server';
	for my $host (map { "$name$_" } qw(one two)) {
		push @dumps, start($host, "dump.$host", ['tcpdump', '-n', '-U', '--immediate-mode', '-s', $snaplen // 100, '-B', 65536, '-Z', 'root', '-i', 'eth0', '-w', "$dir/$host.pcap", 'tcp port 5201']);
		until_true(sub { (slurp("$dir/dump.$host.err") // '') =~ /listening on/ }) or die 'no tcpdump';
	}
	my $iperf = start("${name}one", "iperf.$name", ['iperf3', '-c', $address, '-n', "${megabytes}M", '-w', '256K']);
	is finish($iperf, 300), 0, "$name: iperf3 ends well" or diag slurp("$dir/iperf.$name.out");
	finish($server);
	for (@dumps) {
		my $log = "$dir/$_->{name}.err";
		until_true(sub { caught_up($_->{pid}, $log) });
		stop($_);
		like slurp($log), qr/\n0 packets dropped by kernel/, "... $_->{name} lost nothing";
	}
	return map { flow_of("$dir/$_.pcap") } "${name}one", "${name}two";
}

# The record of the flow that carries the data.
sub flow_of {
	my ($file) = @_;
	my ($said, @records) = told($file, '--by flow');
	is $said, '', '... vtap-stat has nothing to say';
	my ($most) = sort { $b->{network}{bytes} <=> $a->{network}{bytes} } @records;
	return { %{counters($most)}, file => $file };
}

# How many packets from the source a wire would have had.
sub wire {
	my ($it) = @_;
	return $it->{'source.packets'} - $it->{'vtap.oversize.superframe.packets'} + $it->{'vtap.oversize.superframe.wire_packets'};
}

for my $case (['gro4', '192.0.2.2'], ['gro6', 'fd00:2::2']) {
	my ($name, $address) = @$case;
	my ($one, $two) = transfer($name, 1500, 'on', $address, 0);
	is $one->{'vtap.oversize.superframe.packets'}, 0, "$name: the sender's packets are those of a wire";
	cmp_ok $one->{'source.packets'}, '>', $megabytes * 700, '... many';
	cmp_ok $two->{'vtap.oversize.superframe.packets'}, '>', 100, '... the receiver has superframes';
	is $two->{'vtap.oversize.jumbo.packets'} + $two->{'vtap.oversize.unknown.packets'}, 0, '... and nothing else above 1500 bytes';
	cmp_ok $two->{'source.packets'}, '<', 0.8 * $one->{'source.packets'}, '... so that it sees fewer packets';
	cmp_ok abs(wire($two) - $one->{'source.packets'}), '<=', 0.002 * $one->{'source.packets'}, '... which stand for as many as there were' or diag wire($two), " of $one->{'source.packets'}";
	is $_->{'vtap.missing.tap.bytes'} + $_->{'vtap.missing.open.bytes'}, 0, "... nothing is missing in $_->{file}" for $one, $two;
	my $table = `@{[Lab::tool('vtap-stat')]} -r $two->{file} 2>&1`;
	like $table, qr/ethtool -K \S+ gro off/, '... the table says how to switch it off';
	like $table, qr/vtap-decap -q -r \Q$two->{file}\E \| vtap-tap --segment/, '... and how to cut them here';
	my $command = $table =~ s/.*of this capture:\n//sr =~ s/\\\n *//gr;
	my $cut = do { local $ENV{PATH} = Lab::tool('') . ":$ENV{PATH}"; `( $command ) 2>&1` };
	like $cut, qr/^gre\@192\.0\.2\.2 .* 0 B +0 +0 +0 /m, '... which does it' or diag $command;
	unlike $cut, qr/superframe/, '... without a rest';
}

my ($one, $two) = transfer('off', 1500, 'off', '192.0.2.2');
is $_->{'vtap.oversize.superframe.packets'} + $_->{'vtap.oversize.jumbo.packets'} + $_->{'vtap.oversize.unknown.packets'}, 0, "GRO off: nothing is oversize in $_->{file}" for $one, $two;
unlike `@{[Lab::tool('vtap-stat')]} -r $two->{file} 2>&1`, qr/ethtool/, '... and the table says nothing of it';

($one, $two) = transfer('jumbo', 9000, 'off', '192.0.2.2');
for ($one, $two) {
	is $_->{'vtap.oversize.superframe.packets'}, 0, "a network of 9000: no superframe in $_->{file}";
	cmp_ok $_->{'vtap.oversize.jumbo.packets'}, '>', $megabytes * 100, '... but jumbo frames';
	is $_->{'vtap.oversize.unknown.packets'}, 0, '... that are known';
}
# GRO joins those, too.
($one, $two) = transfer('both', 9000, 'on', '192.0.2.2');
cmp_ok $two->{'vtap.oversize.superframe.packets'}, '>', 10, 'a network of 9000 with GRO: superframes';
cmp_ok abs(wire($two) - $one->{'source.packets'}), '<=', 0.002 * $one->{'source.packets'}, '... which stand for as many as there were' or diag wire($two), " of $one->{'source.packets'}";
done_testing;
