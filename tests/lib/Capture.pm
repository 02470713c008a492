# SPDX-License-Identifier: GPL-2.0-or-later
# Captures for tests, read and built without the library under test.
package Capture;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Exporter qw(import);

our @EXPORT_OK = qw(slurp spew packets blocks options statistics kind odd_times pcap ng_section ng_interface ng_block ng_option
	ng_packet ng_simple);

sub slurp {
	my ($name) = @_;
	open my $file, '<:raw', $name or return undef;
	local $/;
	return scalar(<$file>) // '';
}

# What is told of all that a test writes itself (Scratch.pm).
our $spewed = sub { };

sub spew {
	my ($name, @bytes) = @_;
	$spewed->(@bytes);
	open my $file, '>:raw', $name or die "$name: $!";
	print $file @bytes;
	close $file or die "$name: $!";
	return $name;
}

# Calls work(TYPE, '<' or '>', OFFSET, LENGTH) for each block of a pcapng, up to where it is damaged.
sub each_block {
	my ($bytes, $work) = @_;
	my ($at, $order) = (0, '<');
	while (length($bytes) - $at >= 12) {
		my $section = substr($bytes, $at, 4) eq "\x0a\x0d\x0d\x0a";
		$order = substr($bytes, $at + 8, 4) eq "\x4d\x3c\x2b\x1a" ? '<' : '>' if $section;
		my ($type, $len) = unpack "L$order L$order", substr $bytes, $at, 8;
		last if $len < 12 || $len % 4 || $len > length($bytes) - $at;
		last if $len != unpack "L$order", substr $bytes, $at + $len - 4, 4;
		$work->($type, $order, $at, $len);
		$at += $len;
	}
}

# The blocks of a pcapng as [type, '<' or '>', bytes of the block], up to where it is damaged.
sub blocks {
	my ($bytes) = @_;
	my @blocks;
	each_block($bytes, sub { push @blocks, [@_[0, 1], substr $bytes, $_[2], $_[3]] });
	return @blocks;
}

# [code, value] of each option.
sub options {
	my ($bytes, $order) = @_;
	my @options;
	while (length $bytes >= 4) {
		my ($code, $len) = unpack "S$order S$order", $bytes;
		last if $code == 0 || 4 + $len > length $bytes;
		push @options, [$code, substr $bytes, 4, $len];
		my $whole = 4 + ($len + 3 & ~3);
		last if $whole > length $bytes;
		$bytes = substr $bytes, $whole;
	}
	return @options;
}

sub interface {
	my ($block, $order) = @_;
	my ($link, undef, $snaplen) = unpack "x8 S$order S$order L$order", $block;
	my %it = (link => $link, snaplen => $snaplen, ticks => 1_000_000, offset => 0, name => '');
	for (options(substr($block, 16, -4), $order)) {
		my ($code, $value) = @$_;
		$it{name} = $value if $code == 2;
		$it{offset} = unpack "q$order", $value if $code == 14;
		next if $code != 9;
		my $power = ord $value;
		$it{ticks} = $power & 0x80 ? 2**($power & 0x7f) : 10**$power;
	}
	return \%it;
}

# Nanoseconds of a time in ticks of an interface.
sub nanoseconds {
	use integer;
	my ($it, $ticks) = @_;
	my $per_s = $it->{ticks};
	my $part = $per_s > 1_000_000_000 ? $ticks % $per_s / ($per_s / 1_000_000_000) : $ticks % $per_s * 1_000_000_000 / $per_s;
	return ($ticks / $per_s + $it->{offset}) * 1_000_000_000 + $part;
}

# The interface statistics blocks of a pcapng as {section (from 0), id, name (of the interface), at, and start, end, recv,
# drop, osdrop, as far as the block has them; packets: those on the interface in its section}. Times are nanoseconds.
sub statistics {
	my (@found, @interfaces, @packets);
	my $section = -1;
	my $end = sub { $_->{packets} = $packets[$_->{id}] // 0 for grep { $_->{section} == $section } @found };
	my %name = (2 => 'start', 3 => 'end', 4 => 'recv', 5 => 'drop', 7 => 'osdrop');
	for (blocks($_[0])) {
		my ($type, $o, $block) = @$_;
		if ($type == 0x0a0d0d0a) {
			$end->();
			$section++;
			@interfaces = @packets = ();
		}
		push @interfaces, interface($block, $o) if $type == 1;
		$packets[unpack "x8 L$o", $block]++ if $type == 6;
		next if $type != 5;
		my ($id, $high, $low) = unpack "x8 L$o L$o L$o", $block;
		my $of = $interfaces[$id];
		my $it = { section => $section, id => $id, name => $of->{name}, at => nanoseconds($of, $high << 32 | $low) };
		for (options(substr($block, 20, -4), $o)) {
			my ($code, $value) = @$_;
			my ($first, $second) = unpack "L$o L$o", $value;
			$it->{$name{$code} // $code} = $code > 3 ? unpack "Q$o", $value : nanoseconds($of, $first << 32 | $second);
		}
		push @found, $it;
	}
	$end->();
	return @found;
}

# A packet as one line: nanoseconds, link type, captured length, length, interface name, bytes.
sub line {
	my ($it, $ticks, $caplen, $len, $data) = @_;
	return join ' ', nanoseconds($it, $ticks), $it->{link}, $caplen, $len, $it->{name}, md5_hex($data);
}

sub ng_packets {
	my (@interfaces, @lines);
	for (blocks($_[0])) {
		my ($type, $o, $block) = @$_;
		@interfaces = () if $type == 0x0a0d0d0a;
		push @interfaces, interface($block, $o) if $type == 1;
		if ($type == 6 || $type == 2) {
			my $format = $type == 6 ? "x8 L$o" : "x8 S$o x2";
			my ($id, $high, $low, $caplen, $len) = unpack "$format L$o L$o L$o L$o", $block;
			push @lines, line($interfaces[$id], $high << 32 | $low, $caplen, $len,
				substr $block, 28, $caplen);
		} elsif ($type == 3) {
			my $len = unpack "x8 L$o", $block;
			my $snaplen = $interfaces[0]{snaplen};
			my $caplen = $snaplen && $snaplen < $len ? $snaplen : $len;
			push @lines, line($interfaces[0], 0, $caplen, $len, substr $block, 12, $caplen);
		}
	}
	return @lines;
}

sub pcap_packets {
	my ($bytes) = @_;
	my $o = $bytes =~ /^(?:\xd4\xc3\xb2\xa1|\x4d\x3c\xb2\xa1)/ ? '<' : '>';
	my ($magic, $link) = unpack "L$o x16 L$o", $bytes;
	my %it = (link => $link & 0xffff, name => '', offset => 0,
		ticks => $magic == 0xa1b2c3d4 ? 1_000_000 : 1_000_000_000);
	my ($at, @lines) = (24);
	while (length($bytes) - $at >= 16) {
		my ($s, $part, $caplen, $len) = unpack "L$o L$o L$o L$o", substr $bytes, $at, 16;
		push @lines, line(\%it, $s * $it{ticks} + $part, $caplen, $len,
			substr $bytes, $at + 16, $caplen);
		$at += 16 + $caplen;
	}
	return @lines;
}

# The packets of a pcap or pcapng file, one line each.
sub packets {
	my $bytes = slurp($_[0]);
	return substr($bytes, 0, 4) eq "\x0a\x0d\x0d\x0a" ? ng_packets($bytes) : pcap_packets($bytes);
}

# What matters to a program that reads a file: {format, links: how many link types its packets have, sections (of a
# pcapng), orders: in how many byte orders they are, interfaces, first: the link type of the first one}.
sub kind {
	my $bytes = slurp($_[0]);
	return ng_kind($bytes) if substr($bytes, 0, 4) eq "\x0a\x0d\x0d\x0a";
	my $o = $bytes =~ /^(?:\xd4\xc3\xb2\xa1|\x4d\x3c\xb2\xa1)/ ? '<' : '>';
	my $first = unpack("x20 L$o", $bytes) & 0xffff; # above are flags
	return { format => 'pcap', links => 1, sections => 0, orders => 1, interfaces => 1, first => $first };
}

sub ng_kind {
	my ($bytes) = @_;
	my ($sections, $interfaces, $first, @links, %links, %orders) = (0, 0, 'none');
	each_block($bytes, sub {
		my ($type, $o, $at) = @_;
		if ($type == 0x0a0d0d0a) {
			$sections++;
			$orders{$o} = 1;
			@links = ();
		} elsif ($type == 1) {
			push @links, unpack "S$o", substr $bytes, $at + 8, 2;
			$first = $links[0] if ++$interfaces == 1;
		} elsif ($type == 6 || $type == 3) {
			my $id = $type == 3 ? 0 : unpack "L$o", substr $bytes, $at + 8, 4;
			$links{$links[$id] // 'none'} = 1;
		}
	});
	return { format => 'pcapng', links => scalar keys %links, sections => $sections, orders => scalar keys %orders,
		interfaces => $interfaces, first => $first };
}

# True when a pcap has times whose fraction is a second or more.
sub odd_times {
	my $bytes = slurp($_[0]);
	return 0 if $bytes !~ /^(?:\xd4\xc3\xb2\xa1|\x4d\x3c\xb2\xa1|\xa1\xb2)/;
	my $o = $bytes =~ /^[\xd4\x4d]/ ? '<' : '>';
	my $limit = unpack("L$o", $bytes) == 0xa1b2c3d4 ? 1_000_000 : 1_000_000_000;
	for (my $at = 24; length($bytes) - $at >= 16;) {
		my ($part, $caplen) = unpack "x4 L$o L$o", substr $bytes, $at, 16;
		return 1 if $part >= $limit;
		$at += 16 + $caplen;
	}
	return 0;
}

# pcap(ORDER, MAGIC, LINK, [SECONDS, PART, BYTES, LEN] ...)
sub pcap {
	my ($o, $magic, $link, @records) = @_;
	return join '', pack("L$o S$o S$o L$o L$o L$o L$o", $magic, 2, 4, 0, 0, 65535, $link),
		map { pack("L$o L$o L$o L$o", @$_[0, 1], length $_->[2], $_->[3] // length $_->[2]) .
			$_->[2] } @records;
}

sub padded {
	my ($bytes) = @_;
	return $bytes . "\0" x (-length($bytes) % 4);
}

sub ng_option {
	my ($o, $code, $value) = @_;
	return pack("S$o S$o", $code, length $value) . padded($value);
}

sub ng_block {
	my ($o, $type, $body) = @_;
	my $len = 12 + length padded($body);
	return pack("L$o L$o", $type, $len) . padded($body) . pack "L$o", $len;
}

sub ended {
	my ($o, @options) = @_;
	return @options ? join '', @options, pack "S$o S$o", 0, 0 : '';
}

sub ng_section {
	my ($o, @options) = @_;
	return ng_block($o, 0x0a0d0d0a,
		pack("L$o S$o S$o q$o", 0x1a2b3c4d, 1, 0, -1) . ended($o, @options));
}

sub ng_interface {
	my ($o, $link, $snaplen, @options) = @_;
	return ng_block($o, 1, pack("S$o S$o L$o", $link, 0, $snaplen) . ended($o, @options));
}

# ng_packet(ORDER, INTERFACE, TICKS, BYTES, LEN, OPTION ...)
sub ng_packet {
	my ($o, $id, $ticks, $bytes, $len, @options) = @_;
	return ng_block($o, 6, pack("L$o L$o L$o L$o L$o", $id, $ticks >> 32, $ticks & 0xffffffff,
		length $bytes, $len) . padded($bytes) . ended($o, @options));
}

sub ng_simple {
	my ($o, $bytes, $len) = @_;
	return ng_block($o, 3, pack("L$o", $len // length $bytes) . $bytes);
}

1;
