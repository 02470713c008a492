#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Inputs that invent flows, sources and VLANs, one packet each: vtap-stat stays within the memory that its manual states,
# its time grows with the packets, and no packet is missing in the sums of its records.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Compile qw(compile);
use Faults qw($build $dir $sanitized);
use Thorough qw($thorough);

use constant CHUNK => 10_000; # packets
my $small = $sanitized || $ENV{GCOV_ERROR_FILE}; # builds with memory of their own, and slow ones: only the sums
my $count = $thorough ? 10_000_000 : $small ? 40_000 : 400_000;
my $keys = $thorough ? 1_000_000 : $count / 8;
my $limit = (73 << 10) + ($keys * 192 >> 10); # KiB: 192 bytes a key or flow, 64 MiB for all else that they have; 256 MiB by default

sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[3], 0, 0x4000, 64, $_[0], 0, $_[1], $_[2]) . $_[3] }
sub ethernet { return pack('H24', '020000000002020000000001') . $_[0] }
my $data = pack('n n N N C C n n n', 1000, 443, 1, 1, 0x50, 0x10, 1000, 0, 0) . 'x' x 20;
my $plain = pack('n', 0x800) . ip(6, 0x0a000001, 0x0a000002, $data);
my $inner = ethernet($plain);
my $tunnel = pack('n n n n N N', 1000, 4789, 16 + length $inner, 0, 0x08000000, 5 << 8) . $inner;

# Of packet NUMBER. What differs is at most 32 bits, so that a packet is two strings with the number between them.
my %made = (
	flows => ['--by flow', sub { ethernet(pack('n', 0x800) . ip(6, $_[0], 0x0a000002, $data)) }],
	sources => ['--by source', sub { ethernet(pack('n', 0x800) . ip(17, $_[0], 0x0a000009, $tunnel)) }],
	VLANs => ['--by vlan', sub { ethernet(pack('n n n n', 0x88a8, $_[0] >> 12 & 0xfff, 0x8100, $_[0] & 0xfff) . $plain) }],
);

# As many packets as wanted, one each microsecond: no flow is idle before the end.
sub send_packets {
	my ($to, $frame, $wanted) = @_;
	my $len = length $frame->(0);
	print $to pack('V S S V4', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1);
	for (my $at = 0; $at < $wanted; $at += CHUNK) {
		print $to join '', map { pack('V4', 1_700_000_000 + $_ / 1e6, $_ % 1e6, $len, $len) . $frame->($_) } $at .. $at + CHUNK - 1;
	}
	return $len;
}

# Adds up what csv has: records, packets, bytes.
my $adder = q{
	chomp(my @names = split /,/, scalar <STDIN>);
	my ($packets, $bytes) = map { my $name = $_; grep { $names[$_] eq $name } 0 .. $#names } qw(network_packets network_bytes);
	my @sum = (0, 0, 0);
	while (<STDIN>) { my @value = split /,/; $sum[0]++; $sum[1] += $value[$packets]; $sum[2] += $value[$bytes] }
	print "@sum";
};

# Peak in KiB, processor seconds, sums of the records.
sub run_with {
	my ($args, $frame, $wanted) = @_;
	local $ENV{ADDER} = $adder;
	my $command = "cd $dir && ./measure usage $build/vtap-stat -q $args --max-keys $keys -F csv --stats stats 2>said | $^X -e \"\$ADDER\" >sums; echo \${PIPESTATUS[0]} >status";
	open my $to, '|-', 'bash', '-c', $command or die;
	binmode $to;
	my $len = send_packets($to, $frame, $wanted);
	close $to;
	is(slurp("$dir/status") . slurp("$dir/said"), "0\n", "$args, $wanted packets: exit 0");
	my (undef, $sum, $bytes) = split ' ', slurp("$dir/sums");
	is("$sum $bytes", "$wanted " . $wanted * $len, '... every packet is in a record');
	my ($peak, undef, $own) = split ' ', slurp("$dir/usage");
	return ($peak, $own / 1e6);
}

compile('faults/measure.c', "$dir/measure");
$SIG{PIPE} = 'IGNORE';
for my $what (sort keys %made) {
	my ($args, $frame) = @{$made{$what}};
	my (undef, $quarter) = run_with($args, $frame, $count / 4);
	my ($peak, $seconds) = run_with($args, $frame, $count);
	my $stats = decode_json(slurp("$dir/stats"));
	is($stats->{outcomes}{counted}, $count, "... $what: all are counted");
	cmp_ok($stats->{details}{keys_forgotten}, '>', 0, '... some had to go before the end');
	note sprintf '%s: %d MiB of %d, %.2f s, a quarter in %.2f s', $what, $peak >> 10, $limit >> 10, $seconds, $quarter;
	next if $small;
	cmp_ok($peak, '<', $limit, '... memory, KiB');
	cmp_ok($seconds, '<', 8 * $quarter + 0.2, '... four times as many take four times as long, 8 at most');
}

done_testing;
