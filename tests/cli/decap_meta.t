#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What a tap says in GENEVE's meta option, by bytes made here; tshark judges.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $decap = ($ENV{BUILD} || 'build') . '/vtap-decap';
my $dir = scratch();
my $time = 1_600_000_000_123_456_789;

# docs/encapsulations.md has the picture.
sub meta {
	my (%is) = (version => 1, len => 1400, time => $time, instance => 7, sequence => 0, direction => 0, name => '', @_);
	my $name = $is{name} . "\0" x (-length($is{name}) % 4);
	my $flags = $is{direction} | (defined $is{time} ? 4 : 0);
	my $data = pack('C C n N Q> N N', $is{version}, $flags, 0, $is{len}, $is{time} // 0, $is{instance}, $is{sequence}) . $name;
	return pack('n C C', 0xff56, 1, length($data) / 4) . $data;
}

sub ip4 {
	my ($source, $destination, $protocol, $payload) = @_;
	return pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, 0, 0, 64, $protocol, 0,
		split(/\./, $source), split(/\./, $destination)) . $payload;
}

sub udp { return pack('n n n n', 50000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub eth { return pack('H24 n', '0200000000aa0200000000bb', 0x0800) . $_[0] }
sub inner { return eth(ip4('192.168.0.1', '192.168.0.2', 17, udp(9, 'x' x $_[0]))) }

sub geneve {
	my ($options, $payload, $source) = @_;
	return eth(ip4($source // '10.0.0.1', '10.0.0.9', 17,
		udp(6081, pack('n n N', length($options) / 4 << 8, 0x6558, 5 << 8) . $options . $payload)));
}

sub vxlan { return udp(4789, pack('N N', 0x08000000, 7 << 8) . $_[0]) }

# Runs the frames through vtap-decap: a reference to fields of each packet, and the counters.
sub told {
	my ($frames, $arguments, @fields) = @_;
	my $bytes = pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
	$bytes .= pack('V V V V', 1_700_000_000 + $_, 0, (length $frames->[$_]) x 2) . $frames->[$_] for 0 .. $#$frames;
	spew("$dir/in.pcap", $bytes);
	my $status = system "$decap $arguments --stats $dir/stats.json -r $dir/in.pcap -w $dir/out.pcapng";
	my $which = join ' ', map { "-e $_" } @fields;
	my @lines = map { chomp; $_ } `tshark -r $dir/out.pcapng -T fields -E separator=' ' $which 2>/dev/null`;
	return ($status == 0 ? \@lines : "status $status", decode_json(slurp("$dir/stats.json")));
}

my @exact = qw(frame.cap_len frame.len frame.time_epoch);
my ($got, $stats) = told([geneve(meta(), inner(18))], '', @exact);
is_deeply $got, ['60 1400 1600000000.123456789'], 'length and time, to the nanosecond';
is $stats->{details}{meta}, 1, '... counted';

($got) = told([geneve(meta(), inner(18))], '--no-meta', @exact);
is_deeply $got, ['60 60 1700000000.000000000'], '--no-meta believes nobody';

($got) = told([geneve(meta(time => undef, len => 20), inner(18))], '', @exact);
is_deeply $got, ['60 60 1700000000.000000000'], 'no time, and a length that cannot be';

($got) = told([geneve(meta(), eth(ip4('10.1.1.1', '10.1.1.2', 17, vxlan(inner(18)))))], '', @exact);
is_deeply $got, ['60 ' . (1400 - 50) . ' 1600000000.123456789'], 'a tunnel inside loses its headers from the true length';

($got) = told([geneve(meta(len => 3000, time => $time + 5), eth(ip4('10.1.1.1', '10.1.1.2', 17,
	udp(6081, pack('n n N', length(meta()) / 4 << 8, 0x6558, 6 << 8) . meta() . inner(18)))))], '', @exact);
is_deeply $got, ['60 1400 1600000000.123456789'], 'of two taps the one next to the source is believed';

($got) = told([map { geneve(meta(direction => $_), inner(18)) } 0, 1, 2], '', 'frame.packet_flags_direction');
is_deeply [map { $_ eq '' ? '' : hex } @$got], ['', 1, 2], 'the direction is in the flags';

($got, $stats) = told([geneve(meta(version => 2), inner(18)), geneve(pack('n C C N', 0xff56, 1, 1, 1 << 24), inner(18))], '', @exact);
is_deeply $got, ['60 60 1700000000.000000000', '60 60 1700000001.000000000'], 'an unknown version and a short option say nothing';
is "$stats->{details}{meta_unknown_version} $stats->{details}{meta_malformed} $stats->{details}{meta}", '1 1 0', '... and are counted';

# Numbers: a hole, a late one, and what is inside does not matter.
my @numbers = (0, 1, 3, 2, 6);
($got, $stats) = told([map { geneve(meta(sequence => $_, name => 'web-7'),
	$_ % 2 ? inner($_) : eth(ip4('10.1.1.1', '10.1.1.2', 17, vxlan(inner($_))))) } @numbers], '',
	'frame.interface_description');
my %count = %{$stats->{details}};
is "@count{qw(sequence_received sequence_missing sequence_reordered sequence_restarts)}", '5 2 1 0', 'numbers that are missing and late';
is_deeply $stats->{sources}[0]{taps}, ['web-7'], '... of the tap that is named';
like $got->[0] =~ s/\\//gr, qr/, tap web-7$/, '... in the description, too';

# Two taps behind one address, both started anew once.
my @frames;
for my $instance (1, 2) {
	for my $sequence (0 .. 9) {
		push @frames, map { geneve(meta(instance => $instance * 10 + ord, name => $_, sequence => $sequence), inner(18)) } 'a', 'b';
	}
}
($got, $stats) = told(\@frames, '', 'frame.number');
%count = %{$stats->{details}};
is "@count{qw(sequence_received sequence_missing sequence_reordered sequence_duplicates sequence_restarts)}", '40 0 0 0 2',
	'two taps behind one address, each started anew';
is_deeply $stats->{sources}[0]{taps}, ['a', 'b'], '... both named';

done_testing;
