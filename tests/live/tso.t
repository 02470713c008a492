#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten seconds of iperf3 between two guests of a bridge, over IPv4 and IPv6 at once, with TSO and GRO. What arrives
# through tunnels at a sink is what a wire would have shown: nothing missing, nothing above the MTU, every byte.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use List::Util qw(sum0);
use Test::More;
use lib 'tests/lib';
use Required qw(lacks);
use Lab qw($dir enter able on hosts cable bridge start ready stop finish stats said until_true fields packets reaches slurp tool);

enter();
lacks('no iperf3') if !able('iperf3 --version');
my $seconds = 10;
hosts(qw(one two host sink));
cable(['host', 'vm1'], ['one', 'eth0', '192.0.2.1/24', 'fd00:2::1/64']);
cable(['host', 'vm2'], ['two', 'eth0', '192.0.2.2/24', 'fd00:2::2/64']);
lacks('no bridge device') if !able('ip -n host link add probe type bridge');
bridge('host', 'br0', 'vm1', 'vm2');
cable(['host', 'uplink', '10.0.2.5/24', 'fd00:a::5/64'], ['sink', 'eth0', '10.0.2.9/24', 'fd00:a::9/64'], 1700);
reaches('one', $_) or die $_ for '192.0.2.2', 'fd00:2::2';
reaches('host', $_) or die $_ for '10.0.2.9', 'fd00:a::9';

# Five taps at once see the same stream: NAME => [PORT OF THE SINK, TARGET, OPTION ...].
my %taps = (
	bridge => [4789, 'vxlan://10.0.2.9/1', qw(-i br0)],
	six => [4790, 'vxlan://[fd00:a::9]:4790/1', qw(-i vm1)],
	cut => [4791, 'vxlan://10.0.2.9:4791/1', qw(-i vm1 -s 128)],
	meta => [6081, 'geneve://10.0.2.9/1', qw(-i vm1 --meta --name one)],
	whole => [6082, 'geneve://10.0.2.9:6082/1', qw(-i vm1 --no-segment --meta -s 128)],
);
my (%tap, %decap, $fixlen);
for my $name (sort keys %taps) {
	my ($port, $to, @options) = @{$taps{$name}};
	my $scheme = $to =~ s/:.*//r;
	my @decap = (tool('vtap-decap'), '-l', "$scheme://:$port");
	my @out = ('-w', "$dir/$name.pcapng");
	if ($name eq 'cut') {
		pipe my $from, my $into or die "pipe: $!";
		$fixlen = start('sink', 'fixlen', [tool('vtap-fixlen'), @out], in => $from);
		$decap{$name} = ready(start('sink', "decap.$name", \@decap, out => $into));
	} else {
		$decap{$name} = ready(start('sink', "decap.$name", [@decap, @out]));
	}
	$tap{$name} = ready(start('host', "tap.$name", [tool('vtap-tap'), '-B', 32768, '-t', $to, @options, 'tcp']));
}

# A sender that moves between processors overtakes itself, and so does one that answers on another: all on one.
my @pinned = qw(taskset -c 0);
my %iperf;
for (['v4', '192.0.2.2'], ['v6', 'fd00:2::2']) {
	my ($name, $address) = @$_;
	start('two', "server.$name", [@pinned, 'iperf3', '-s', '-1', '-B', $address]);
	until_true(sub { `ip netns exec two ss -Hltn` =~ /\Q$address\E\]?:5201/ }) or die 'no iperf3 server';
	$iperf{$name} = start('one', $name, [@pinned, 'iperf3', '-J', '-c', $address, '-t', $seconds, '-b', '12M']);
}
is finish($iperf{$_}, 300), 0, "iperf3 $_" for sort keys %iperf;

my %figures;
for my $name (sort keys %taps) {
	is stop($tap{$name}), 0, "$name: the tap ends with 0";
	my $tap = $figures{$name} = stats($tap{$name});
	my $there = sub { `ip netns exec sink ss -Hlun 'sport = :$taps{$name}[0]'` =~ /^\S+\s+0\s/m };
	until_true($there);
	is stop($decap{$name}), 0, '... the receiver too';
	my $decap = stats($decap{$name});
	is $tap->{details}{kernel_dropped}, 0, '... nothing lost in the ring';
	is $decap->{in} + $decap->{details}{kernel_dropped}, $tap->{targets}[0]{sent}, '... each packet sent is received or counted';
	is $decap->{details}{kernel_dropped}, 0, '... none of them lost';
}
is finish($fixlen), 0, 'vtap-fixlen ends with its input';

# What tshark says of a file, each packet a hash.
my @fields = qw(tcp.srcport tcp.dstport tcp.seq tcp.len frame.len tcp.checksum.status ip.checksum.status tcp.analysis.lost_segment
	tcp.analysis.ack_lost_segment tcp.analysis.out_of_order frame.packet_flags_direction);

sub seen {
	my ($name) = @_;
	return map { my %it; @it{@fields} = split / /, $_, -1; \%it } fields("$dir/$name.pcapng", 'tcp', @fields);
}

# Of a stream's payload, each byte once.
sub payload {
	my ($port, @packets) = @_;
	my (%seen, $bytes);
	for (grep { $_->{'tcp.srcport'} == $port && $_->{'tcp.len'} } @packets) {
		$bytes += $_->{'tcp.len'} if !$seen{$_->{'tcp.seq'}}++;
	}
	return $bytes;
}

# On a machine that is busy enough the guests' own network loses a segment now and then, which TCP sends again.
my $again = sum0(map { map { $_->{sender}{retransmits} } @{decode_json(slurp("$dir/$_.out"))->{end}{streams}} } qw(v4 v6));
note "iperf3 sent $again segments again" if $again;

for my $name (qw(bridge six cut meta)) {
	my @packets = seen($name);
	my $have = sub { my ($field, $value) = @_; scalar grep { $_->{$field} =~ /$value/ } @packets };
	for my $stream (qw(v4 v6)) {
		my $result = decode_json(slurp("$dir/$stream.out"));
		my $bytes = payload($result->{start}{connected}[0]{local_port}, @packets);
		# In front of the stream goes a cookie of 37 bytes.
		cmp_ok $bytes, '<=', $result->{end}{sum_sent}{bytes} + 37, "$name: of $stream no byte too many";
		cmp_ok $bytes, '>=', $result->{end}{sum_received}{bytes} + 37, '... and none too few';
	}
	cmp_ok $have->('tcp.analysis.lost_segment', '.'), '<=', $again, '... no lost segment but the guests\' own';
	is $have->('tcp.analysis.ack_lost_segment', '.'), 0, '... none that was acknowledged';
	is $have->('tcp.analysis.out_of_order', '.'), 0, '... in order' if !$again;
	is scalar(grep { $_->{'frame.len'} > 1514 } @packets), 0, '... nothing above the MTU';
	cmp_ok $figures{$name}{details}{segmented}, '>', 100, '... which were superframes';
	if ($name ne 'cut') {
		is $have->("$_.checksum.status", 0), 0, "... $_ checksums are right" for qw(ip tcp);
		is $have->('tcp.checksum.status', 1), scalar @packets, '... all of them';
	}
	next if $name ne 'meta';
	my %way = map { ("$_->{'tcp.dstport'} $_->{'frame.packet_flags_direction'}" => 1) } grep { $_->{'tcp.len'} > 1000 } @packets;
	is join(',', keys %way), '5201 0x00000001', '... data comes in from the guest';
}
is scalar(seen('cut')), scalar(seen('six')), 'cut or not, as many packets';
cmp_ok scalar(grep { $_->{'frame.len'} > 1514 } seen('whole')), '>', 100, '--no-segment: superframes stay whole';
is $figures{whole}{details}{segmented}, 0, '... none is cut';
done_testing;
