# SPDX-License-Identifier: GPL-2.0-or-later
# Packets of a pcap of Ethernet as records that a test takes out, swaps and cuts; what their TCP headers say; and what
# vtap-stat says of a file. Nothing of the library under test reads them.
package Segments;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use JSON::PP qw(decode_json);
use Capture qw(slurp spew pcap);

our @EXPORT_OK = qw(records keep segment told counters seen_late);
my $stat = abs_path($ENV{BUILD} || 'build') . '/vtap-stat';

# The records of a pcap with microseconds in this machine's order, as tcpdump writes it: [SECONDS, PART, BYTES, LEN].
sub records {
	my ($file) = @_;
	my $bytes = slurp($file);
	my ($at, @records) = (24);
	while (length($bytes) - $at >= 16) {
		my ($s, $part, $caplen, $len) = unpack 'L4', substr $bytes, $at, 16;
		last if length($bytes) - $at < 16 + $caplen;
		push @records, [$s, $part, substr($bytes, $at + 16, $caplen), $len];
		$at += 16 + $caplen;
	}
	return @records;
}

sub keep {
	my ($file, @records) = @_;
	return spew($file, pcap('<', 0xa1b2c3d4, 1, @records));
}

# {id, from (port), to, seq, len (of the payload), flags, end (number behind it)} of a record of IPv4, or undef.
sub segment {
	my ($record) = @_;
	my ($type, $version, $ip_len, $id, $protocol) = unpack 'x12 n C x n n x3 C', $record->[2];
	return undef if $type != 0x800 || $version != 0x45 || $protocol != 6;
	my ($from, $to, $seq, $offset, $flags) = unpack 'x34 n n N x4 C C', $record->[2];
	my $len = $ip_len - 20 - ($offset >> 4) * 4;
	my $end = $seq + $len + (($flags & 1) + ($flags >> 1 & 1));
	return { id => $id, from => $from, to => $to, seq => $seq, len => $len, flags => $flags, end => $end & 0xffffffff };
}

# The records that vtap-stat writes of a file, and what it says to standard error.
sub told {
	my ($file, @options) = @_;
	my @lines = `$stat -q -F ndjson @options -r $file 2>$file.said`;
	return (slurp("$file.said") . ($? ? "status $?" : ''), map { decode_json($_) } @lines);
}

# All counters of the records by name, of which source and destination are parts of network.
sub counters {
	my %sum;
	my $add;
	$add = sub {
		my ($name, $value) = @_;
		if (ref $value eq 'HASH') {
			$add->($name eq '' ? $_ : "$name.$_", $value->{$_}) for keys %$value;
		} elsif ($name =~ /\.(?:packets|bytes|gaps|wire_packets)$/) {
			$sum{$name} += $value;
		}
	};
	$add->('', $_) for @_;
	return \%sum;
}

# The bytes of payload from a port, by sequence number relative to the first packet that have it, each as 1 in a string;
# and as 1 in a second one those that came after a byte with a higher number. The first packet is the one with the lowest.
sub seen_late {
	my ($port, @records) = @_;
	my ($first, $high, $seen, $late) = (undef, 0, '', '');
	for (@records) {
		my $segment = segment($_);
		next if !$segment || $segment->{from} != $port;
		$first //= $segment->{seq} + ($segment->{flags} >> 1 & 1);
		next if !$segment->{len};
		my $from = $segment->{seq} - $first & 0xffffffff;
		for my $at ($from .. $from + $segment->{len} - 1) {
			vec($late, $at, 1) = 1 if $at < $high && !vec $seen, $at, 1;
			vec($seen, $at, 1) = 1;
		}
		$high = $from + $segment->{len} if $from + $segment->{len} > $high;
	}
	return ($seen, $late);
}

1;
