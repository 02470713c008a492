#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Flows of vtap-stat against those of two others: tshark -z conv (both directions) and nfpcapd | nfdump (one record a
# direction, bytes of IP), on samples without their tunnels and on a capture of some hundred flows.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Required qw(insist);
use Scratch qw(scratch);

insist();
$ENV{TZ} = 'UTC'; # nfdump writes local times
my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;

# Samples whose frames are Ethernet, without a tag; the tap cut some of the first.
my @samples = qw(mirrored vxlan-gbp gre gre-key geneve6 erspan3 etherip tzsp gtpu-ethernet);
for my $name (@samples) {
	my $said = `$build/vtap-decap -q -e all -r $root/tests/data/$name.pcap | $build/vtap-fixlen -q -F pcap -w $name.pcap 2>&1`;
	is("$?$said", '0', "$name: the tunnel is off");
}

# A capture of ten seconds: TCP and UDP, IPv4 and IPv6, some in a VLAN, some with one direction only.
my $random = 1;
sub below { $random = ($random * 1103515245 + 12345) % 2**31; return ($random >> 8) % $_[0] }
my @packets;

sub frame {
	my ($flow, $back, $transport) = @_;
	my @addresses = map { $flow->{six} ? pack('H28 n', 'fd00' . '0' x 24, $_) : pack('C4', 10, 0, $_ >> 8, $_ & 255) } @{$flow->{hosts}};
	@addresses = reverse @addresses if $back;
	my $proto = $flow->{udp} ? 17 : 6;
	my $ip = $flow->{six} ? pack('N n C C', 6 << 28, length $transport, $proto, 64)
		: pack('C C n n n C C n', 0x45, 0, 20 + length $transport, below(65536), 0x4000, 64, $proto, 0);
	my $link = pack('H24', $back ? '020000000002020000000001' : '020000000001020000000002');
	$link .= pack('n n', 0x8100, 100 + $flow->{udp}) if $flow->{tag};
	return $link . pack('n', $flow->{six} ? 0x86dd : 0x800) . $ip . join('', @addresses) . $transport;
}

sub packet {
	my ($flow, $back, $flags, $size) = @_;
	my @ports = $back ? reverse @{$flow->{ports}} : @{$flow->{ports}};
	my $transport;
	if ($flow->{udp}) {
		$transport = pack('n n n n', @ports, 8 + $size, 0);
	} else {
		my $seq = $flow->{seq}[$back];
		$transport = pack('n n N N C C n n n', @ports, $seq, $flow->{seq}[!$back || 0], 0x50, $flags, 1000, 0, 0);
		$flow->{seq}[$back] = $seq + $size + ($flags & 3 ? 1 : 0);
	}
	push @packets, [$flow->{time}, frame($flow, $back, $transport . 'x' x $size)];
	$flow->{time} += 100 + below(200_000);
}

# A connection, from its SYN to its last acknowledgment; or datagrams.
sub talk {
	my ($flow) = @_;
	$flow->{seq} = [below(2**20), below(2**20)];
	packet($flow, @$_) for $flow->{udp} ? () : ([0, 2, 0], [1, 18, 0], [0, 16, 0]);
	packet($flow, $flow->{one_way} ? 0 : below(2), 24, 1 + below(1400)) for 0 .. below(9);
	packet($flow, @$_) for $flow->{udp} ? () : ([0, 17, 0], [1, 17, 0], [0, 16, 0]);
}

for my $number (0 .. 399) {
	my $flow = { udp => $number % 3 == 0 ? 1 : 0, six => $number % 4 == 1, tag => $number % 8 == 2, one_way => $number % 5 == 3,
		hosts => [1 + $number % 40, 1000 + below(9)], ports => [20_000 + $number, 1000 + below(500)],
		time => 1_700_000_000_000_000 + below(5_000_000) };
	talk($flow);
	# The same ports again, in a new connection.
	$flow->{time} += 300_000;
	talk($flow) if $number % 16 == 7;
}
spew('made.pcap', pcap('<', 0xa1b2c3d4, 1, map { [int($_->[0] / 1e6), $_->[0] % 1e6, $_->[1]] } sort { $a->[0] <=> $b->[0] } @packets));

# Both directions under one name, whichever came first.
sub pair { return join ' ', $_[0], sort @_[1, 2] }

# Flows of vtap-stat, whose VLANs are in their keys: directions as [packets, IP bytes], pairs as [first, last millisecond, records], and directions as
# those of tshark.
sub of_stat {
	my ($file) = @_;
	my (%way, %flows, %pair);
	open my $from, '-|', "$build/vtap-stat", '-q', '--by', 'vlan,flow', '-F', 'ndjson', '-r', $file or die;
	while (<$from>) {
		my $it = JSON::PP::decode_json($_);
		my $network = $it->{network};
		next if ($network->{transport} // '') !~ /^(?:tcp|udp)$/ || !defined $it->{source}{port};
		my $link = 14 + 4 * grep { defined } $network->{vlan}{id}, $network->{inner}{vlan}{id};
		my @ends = map { "$_->{ip}:$_->{port}" } @$it{qw(source destination)};
		for ([source => @ends], [destination => reverse @ends]) {
			my ($count, $bytes) = @{$it->{shift @$_}}{qw(packets bytes)};
			next if !$count;
			my $sum = $way{"$network->{transport} @$_"} //= [0, 0];
			push @{$flows{"$network->{transport} @$_"}}, "$count " . size($bytes);
			$sum->[0] += $count;
			$sum->[1] += $bytes - $count * $link;
		}
		my $pair = $pair{pair($network->{transport}, @ends)} //= ['9', '', 0];
		my ($start, $end) = map { substr $it->{event}{$_}, 0, 23 } qw(start end);
		$pair->[0] = $start if $start lt $pair->[0];
		$pair->[1] = $end if $end gt $pair->[1];
		$pair->[2]++;
	}
	$_ = [sort @$_] for values %flows;
	return (\%way, \%pair, \%flows);
}

# Bytes as tshark 4.0 prints them, which has no option for exact ones: whole kilobytes from 10,000 on.
sub size {
	my ($bytes) = @_;
	return $bytes >= 10_000_000 ? int($bytes / 1_000_000) . ' MB' : $bytes >= 10_000 ? int($bytes / 1000) . ' kB' : "$bytes bytes";
}

# Those of tshark: directions as a list of "packets size" of each flow, pairs as their number.
sub of_tshark {
	my ($file) = @_;
	my (%way, %pair, $transport);
	open my $from, '-|', "LC_ALL=C tshark -n -q -z conv,tcp -z conv,udp -r $file 2>tshark.said" or die;
	while (<$from>) {
		$transport = lc $1 if /^(TCP|UDP) Conversations/;
		my ($a, $b, @figures) = /^(\S+:\d+)\s+<->\s+(\S+:\d+)\s+(\d+)\s+(\d+ \w+)\s+(\d+)\s+(\d+ \w+)\s/ or next;
		for ("$transport $b $a", "$transport $a $b") {
			my ($count, $size) = splice @figures, 0, 2;
			push @{$way{$_}}, "$count $size" if $count;
		}
		$pair{pair($transport, $a, $b)}++;
	}
	$_ = [sort @$_] for values %way;
	return (\%way, \%pair);
}

# Those of nfpcapd, as nfdump prints them: directions as [packets, IP bytes], pairs as [first, last].
sub of_nfdump {
	my ($file) = @_;
	my $folder = "$file.nfdump";
	mkdir $folder or die;
	my $said = `nfpcapd -r $file -w $folder 2>&1`;
	is($?, 0, "$file: nfpcapd reads it") or diag $said;
	my (%way, %pair);
	for my $it (@{JSON::PP::decode_json(`nfdump -R $folder -o json 2>nfdump.said` || '[]')}) {
		my $transport = { 6 => 'tcp', 17 => 'udp' }->{$it->{proto}} or next;
		my ($from, $to) = map { ($it->{"${_}4_addr"} // $it->{"${_}6_addr"}) . ":$it->{\"${_}_port\"}" } qw(src dst);
		my $sum = $way{"$transport $from $to"} //= [0, 0];
		$sum->[0] += $it->{in_packets};
		$sum->[1] += $it->{in_bytes};
		my $pair = $pair{pair($transport, $from, $to)} //= ['9', ''];
		$pair->[0] = $it->{first} if $it->{first} lt $pair->[0];
		$pair->[1] = $it->{last} if $it->{last} gt $pair->[1];
	}
	return (\%way, \%pair);
}

my $nfdump = grep { -x "$_/nfpcapd" } split /:/, "$ENV{PATH}:/usr/sbin";
my $flows = 0;
for my $name (@samples, 'made') {
	my ($way, $pair, $each) = of_stat("$name.pcap");
	$flows += keys %$pair;
	cmp_ok(scalar keys %$way, '>', 1, "$name: flows");
	my ($shark_way, $shark_pair) = of_tshark("$name.pcap");
	is_deeply($each, $shark_way, '... packets and bytes of each direction are those of tshark');
	is_deeply({ map { $_ => $pair->{$_}[2] } keys %$pair }, $shark_pair, '... and so many flows of each pair') if $name eq 'made';
SKIP: {
		skip 'no nfpcapd (tests/deps check)', 3 if !$nfdump;
		my ($nf_way, $nf_pair) = of_nfdump("$name.pcap");
		is_deeply($way, $nf_way, '... packets and IP bytes are those of nfdump');
		is_deeply({ map { $_ => [@{$pair->{$_}}[0, 1]] } keys %$pair }, $nf_pair, '... first and last time, too');
	}
}
cmp_ok($flows, '>', 400, 'there are hundreds of them');

done_testing;
