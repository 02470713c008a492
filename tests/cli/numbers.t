#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Sizes, rates and times as people write them: what means one amount does one thing, and another amount another.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(pcap spew);
use Scratch qw(scratch);
use Run qw(run_told);

my $dir = scratch();
chdir $dir or die;

# Frames of 100 bytes: 4000 in 400 s, then one that is 90 s late; and 2000 in 2 s.
my $frame = pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N n n n n', 0x45, 0, 86, 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002, 1000, 2000, 66, 0) . 'x' x 58;
sub frames {
	my ($name, @milliseconds) = @_;
	spew($name, pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + int($_ / 1000), $_ % 1000 * 1000, $frame] } @milliseconds));
}
frames('even.pcap', (map { $_ * 100 } 0 .. 3999), 310_000);
frames('fast.pcap', 0 .. 1999);

# What a command wrote: names and sizes of files.
sub made {
	my ($command) = @_;
	my ($status, $told) = run_told($command);
	is($status, 0, $command) or diag "@$told";
	return join ' ', map { "$_:" . -s } glob 'o/*';
}

# Spellings of one amount, and one of another.
sub alike {
	my ($command, $other, $first, @others) = @_;
	my $want = made($command =~ s/#/$first/r);
	isnt($want, '', '... makes files');
	is(made($command =~ s/#/$_/r), $want, '... as much') for @others;
	isnt(made($command =~ s/#/$other/r), $want, "... and $other is another amount");
	return split / /, $want;
}

my $size = "vtap-split --by linktype -r even.pcap -w 'o/{key}-{n}.pcap' -C #";
alike($size, '20kB', '20K', '20k', '20KiB', '0.02048', '0.01953125M');
my @files = alike($size, '100K', '100kB', '100KB', '0.1', '0.1MB');
is($files[0] =~ s/^o.1-1\.pcap://r <=> 100_000, 1, '-C 100kB: a file is full at 100,000 bytes');
cmp_ok($files[0] =~ s/.*://r, '<', 100_200, '... and not at 102,400');

my @minutes = alike("vtap-split --by linktype -r even.pcap -w 'o/{key}-{start}.pcap' -G #", '59', '60', '60s', '1m', '60000ms', '1.0m');
cmp_ok(scalar @minutes, '>=', 7, '-G 1m: 400 s are seven or eight files');
alike("vtap-split --by linktype -r even.pcap -w 'o/{key}-{start}.pcap' -G #", '2h', '120', '2m');
is(scalar(split / /, made("vtap-split --by linktype -r even.pcap -w 'o/{key}-{start}.pcap' -G 1d")), 1, '-G 1d: one');
alike("vtap-split --by linktype -r even.pcap -w 'o/{key}-{n}.pcap' --window # && tshark -r o/1-1.pcap -Y 'frame.time_delta < 0' >o/late", '80', '95', '95s', '1.6m', '0.05h');

my $rate = "mkdir o; vtap-tap -r fast.pcap -t vxlan://10.0.0.9/1 --from 10.0.0.1 -w o/x.pcap --burst 100ms --rate #";
alike($rate, '100k', '1000000', '1m', '1M', '1000k', '1Mbit', '1mbps', '1Mbit/s', '0.001G');
alike("mkdir o; vtap-tap -r fast.pcap -t vxlan://10.0.0.9/1 --from 10.0.0.1 -w o/x.pcap --burst # --rate 500k", '1s', '0.2', '200ms', '0.2s');
alike("mkdir o; vtap-tap -r fast.pcap -t vxlan://10.0.0.9/1 --from 10.0.0.1 -w o/x.pcap --pps #", '2k', '200', '0.2k', '0.0002M');

done_testing();
