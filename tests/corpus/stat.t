#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-stat on every capture below CORPUS. Packets and bytes are those of capinfos, whatever --by is; intervals add up to
# the whole in every counter; each flow's community_id is the one that tshark has for the same addresses and ports; and a
# flow of TCP misses something only where tshark says so, and always there, if nothing in it was sent again or out of order.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;
use lib 'tests/lib';
use Compile qw(preload);
use Corpus qw(captures in_parallel);
use Segments qw(told counters);

my @files = captures();
@files or plan skip_all => 'CORPUS names no folder with captures';
my $dir = tempdir(CLEANUP => 1);
my $build = abs_path($ENV{BUILD} || 'build');
my @lists = ('source', 'flow', 'none', 'none,flow', 'vlan', 'id', 'pair', 'linktype', 'ip-src', 'ip-dst', 'mac-src', 'interface', 'outer-src', 'encap,vlan', 'vlan,flow');
# A sanitizer takes four times as long.
@lists = ('source', 'flow', 'vlan,flow') if preload($build . '/vtap-stat') =~ /libasan/;
# In tcpseq_synthetic.pcap. The second of its two packets is 240 MB ahead and nothing is acknowledged: vtap-stat waits for
# more before it believes that, as it may be another connection's.
my $stray = '6 0.0.3.0,0 30.0.0.0,0';

sub sums {
	my ($link, $packets, $bytes) = @_;
	my ($first, %whole, @wrong);
	for my $by (@lists) {
		my ($said, @records) = told($link, "--by $by");
		my $sum = counters(@records);
		$whole{$by} = $sum;
		my ($got_packets, $got_bytes) = map { $sum->{"network.$_"} // 0 } qw(packets bytes);
		push @wrong, "$by: $got_packets of $packets packets" if $got_packets != $packets;
		push @wrong, "$by: $got_bytes of $bytes bytes" if $got_bytes != $bytes;
	}
	for my $by (@lists < 4 ? 'source' : ('source', 'none,flow')) {
		for my $seconds (1, 60) {
			my ($said, @records) = told($link, "--by $by -G $seconds");
			my ($sum, $whole) = (counters(@records), $whole{$by});
			push @wrong, map { "$by -G $seconds: $_ " . ($sum->{$_} // 0) . ", not $whole->{$_}" } grep { ($sum->{$_} // 0) != $whole->{$_} } sort keys %$whole;
			push @wrong, "$by -G $seconds: an end before its start" if grep { defined $_->{event}{duration} && $_->{event}{duration} < 0 } @records;
		}
	}
	return @wrong;
}

# What tshark says of the innermost addresses and ports of each packet: KEY => {ids => {ID => a frame}, and of TCP how often
# something was `lost` before a packet, or `moved`: sent again or out of order; hidden => where vtap does not look}. It does
# not put fragments together here, for vtap-stat does not.
sub seen_by_tshark {
	my ($file) = @_;
	my @lost = map { "tcp.analysis.$_" } qw(lost_segment ack_lost_segment);
	my @moved = map { "tcp.analysis.$_" } qw(out_of_order retransmission fast_retransmission spurious_retransmission duplicate_ack keep_alive reused_ports);
	my @fields = (qw(frame.number frame.protocols communityid ip.src ip.dst ip.proto ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport sctp.srcport sctp.dstport _ws.malformed), @lost, @moved);
	my %seen;
	for (`tshark -n -r $file --enable-protocol communityid -o ip.defragment:FALSE -o ipv6.defragment:FALSE -E occurrence=l -T fields @{[map { "-e $_" } @fields]} 2>/dev/null`) {
		chomp;
		my %it;
		@it{@fields} = split /\t/, $_, -1;
		my ($last) = ":$it{'frame.protocols'}" =~ /.*:(ipv?6?)(?=:|$)/;
		next if !$last || $it{communityid} eq '';
		# Behind an error's ICMP stands the packet that it is about, and IPv6 without ports has no identifier of a whole flow.
		next if $it{'frame.protocols'} =~ /:icmp(?:v6)?:.*:?ip|malformed/ || $it{'_ws.malformed'} ne '';
		my ($transport) = grep { $it{"$_.srcport"} ne '' } qw(tcp udp sctp);
		# Inside a tunnel tshark takes the outer protocol's number (47 of GRE) where there are no ports.
		next if !$transport && (() = ":$it{'frame.protocols'}" =~ /:ipv?6?(?=:|$)/g) > 1;
		my $number = $transport ? { tcp => 6, udp => 17, sctp => 132 }->{$transport}
			: $last eq 'ip' ? $it{'ip.proto'} : $it{'frame.protocols'} =~ /icmpv6/ ? 58 : next;
		my $key = key($number, $it{"$last.src"}, $transport ? $it{"$transport.srcport"} : '', $it{"$last.dst"}, $transport ? $it{"$transport.dstport"} : '');
		my $flow = $seen{$key} //= { lost => 0, moved => 0, hidden => 0 };
		$flow->{ids}{$it{communityid}} //= $it{'frame.number'};
		$flow->{lost} += grep { $it{$_} ne '' } @lost;
		$flow->{moved} += grep { $it{$_} ne '' } @moved;
		$flow->{hidden} += $it{'frame.protocols'} =~ /:(?:ipcomp|gtp)/;
	}
	return \%seen;
}

sub key {
	my ($number, @ends) = @_;
	return join ' ', $number, sort "$ends[0],$ends[1]", "$ends[2],$ends[3]";
}

# The flows whose identifier is none of those that tshark has for them, and how many were compared.
sub compare_ids {
	my ($theirs, @records) = @_;
	my ($compared, @wrong) = 0;
	for my $flow (grep { defined $_->{network}{community_id} } @records) {
		my $key = flow_key($flow);
		my $ids = $theirs->{$key}{ids} or next;
		$compared++;
		push @wrong, "$key: $flow->{network}{community_id}, tshark: " . join ' ', map { "$_ (frame $ids->{$_})" } sort keys %$ids
			if !$ids->{$flow->{network}{community_id}};
	}
	return ($compared, @wrong);
}

# Nothing of a flow was sent twice, late, in a fragment or with its header cut, as both say.
sub in_order {
	my ($theirs, $tcp) = @_;
	return !$theirs->{moved} && !$tcp->{filled}{gaps} && !$tcp->{retransmitted}{packets} && !$tcp->{duplicated}{packets} && !$tcp->{unsure}{gaps};
}

# The flows of TCP of which only vtap-stat says that something is missing, or, where they are in order, only tshark; and how
# many there are of one key, in what vtap opens.
sub compare_gaps {
	my ($theirs, @records) = @_;
	my (%ours, @wrong);
	push @{$ours{flow_key($_)}}, $_->{vtap} for grep { ($_->{network}{transport} // '') eq 'tcp' } @records;
	my @compared = grep { $theirs->{$_} && $_ ne $stray && !$theirs->{$_}{hidden} && @{$ours{$_}} == 1 } sort keys %ours;
	for my $key (@compared) {
		my ($gaps, $lost) = ($ours{$key}[0]{missing}{gaps}, $theirs->{$key}{lost});
		push @wrong, "$key: $gaps gaps, tshark: $lost" if $gaps && !$lost || !$gaps && $lost && in_order($theirs->{$key}, $ours{$key}[0]{tcp});
	}
	return (scalar @compared, @wrong);
}

sub flow_key {
	my ($record) = @_;
	return key($record->{network}{iana_number}, map { $record->{$_}{ip}, $record->{$_}{port} // '' } qw(source destination));
}

# [flows compared, those of TCP whose gaps were, what is wrong ...].
sub compare_flows {
	my ($link) = @_;
	my $theirs = seen_by_tshark($link);
	my ($said, @records) = told($link, '--by none,flow');
	my @flows = grep { $_->{source} && $_->{destination} && defined $_->{source}{ip} } @records;
	my ($ids, @wrong) = compare_ids($theirs, @flows);
	my ($gaps, @differ) = compare_gaps($theirs, @flows);
	return ($ids, $gaps, @wrong, @differ);
}

sub try {
	my ($number) = @_;
	my $link = "$dir/$number";
	symlink abs_path($files[$number]), $link or die;
	my ($line) = `capinfos -TmrQcd $link 2>/dev/null`;
	my (undef, $packets, $bytes) = ($line // '') =~ /^"?(.*?)"?,"?(\d+)"?,"?(\d+)/ or return 'capinfos cannot read it';
	$bytes //= 0; # where there is no packet
	$bytes += 4 * $packets if $files[$number] =~ /atm-oam/; # wiretap takes SunATM's pseudo-header off
	return (compare_flows($link), sums($link, $packets, $bytes));
}

my ($compared, $gaps, $read) = (0, 0, 0);
in_parallel(scalar @files, \&try, sub {
	my ($number, $flows, $whole, @wrong) = @_;
	if ($flows !~ /^\d+$/) {
		note "$files[$number]: $flows";
		return;
	}
	$read++;
	$compared += $flows;
	$gaps += $whole;
	ok(!@wrong, "$files[$number]: $flows flows compared") or diag join "\n", @wrong;
});
cmp_ok($read, '>', @files / 2, "$read captures were compared");
cmp_ok($compared, '>', 0, "$compared identifiers of flows were compared");
cmp_ok($gaps, '>', 0, "what $gaps flows of TCP miss was compared");
done_testing();
