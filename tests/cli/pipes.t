#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Filters in pipes: prompt when idle, quiet when the reader goes, whole when a signal ends them.
use strict;
use warnings;
use Test::More;
use IO::Select;
use IPC::Open3;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();

# A pcap of Ethernet frames that no tool has a reason to change.
sub header { pack 'V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1 }
sub frame {
	my $bytes = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x (shift // 46);
	return pack('V V V V', 1_700_000_000, 5, length $bytes, length $bytes) . $bytes;
}

sub start {
	my @command = @_;
	my $pid = open3(my $in, my $out, '>&STDERR', @command);
	binmode $_ for $in, $out;
	$in->autoflush(1);
	return ($pid, $in, $out);
}

# So many bytes, as soon as they come; fewer where they do not.
sub ready {
	my ($out, $count) = @_;
	my $bytes = '';
	my $select = IO::Select->new($out);
	while (length $bytes < $count && $select->can_read(60)) {
		sysread $out, $bytes, 65536, length $bytes or last;
	}
	return $bytes;
}

for my $tool ('vtap-decap', 'vtap-fixlen') {
	my ($pid, $in, $out) = start("$build/$tool", '-F', 'pcap');
	print $in header(), frame();
	my $got = ready($out, 24 + 16 + 60);
	is(length $got, 24 + 16 + 60, "$tool: one packet is out while the input is idle");
	# A busy machine may be slow, but not each time.
	my ($best, $wrong) = (60, 0);
	for (1 .. 20) {
		my $begun = time;
		print $in frame();
		$wrong++ if length ready($out, 16 + 60) != 16 + 60;
		my $took = time - $begun;
		$best = $took if $took < $best;
		last if $best < 0.1;
	}
	is($wrong, 0, "$tool: and the next one");
	cmp_ok($best, '<', 1.5, "$tool: ... promptly");
	kill 'INT', $pid;
	waitpid $pid, 0;
	is($? >> 8, 0, "$tool: SIGINT while it waits is a good end") or diag "status $?";
	is($? & 127, 0, "$tool: no signal killed it");
	close $in;
}

# A file that a signal ends early is complete: its final name, and readable.
{
	my $file = "$dir/interrupted.pcap";
	my ($pid, $in, $out) = start("$build/vtap-fixlen", '-w', $file);
	print $in header(), map { frame() } 1 .. 10;
	until_true(sub { (-s "$file.tmp" // 0) == 24 + 10 * (16 + 60) });
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, 'SIGTERM ends with 0');
	ok(-e $file && !-e "$file.tmp", 'the file has its final name');
	is(scalar(() = `tshark -r $file 2>&1` =~ /0x88b5/g), 10, 'and all packets so far');
}

# The reader goes away in the middle.
{
	my $large = "$dir/large.pcap";
	open my $to, '>', $large or die;
	binmode $to;
	print $to header(), map { frame(1000) } 1 .. 20000;
	close $to;
	for my $tool ('vtap-decap', 'vtap-fixlen') {
		my $said = `bash -c 'set -o pipefail; $build/$tool -r $large | head -c 1000 >/dev/null' 2>&1`;
		is($? >> 8, 0, "$tool: a closed pipe is no failure");
		is($said, '', "$tool: and says nothing");
	}
	my $count = `$build/vtap-decap -r $large -F pcap | $build/vtap-fixlen | tcpdump --count -r - 2>&1`;
	like($count, qr/^20000 packets$/m, 'three filters in a row lose nothing');
	my $same = `$build/vtap-fixlen <$large | cmp - $large 2>&1`;
	is($same, '', 'what nothing had to change is the same to the byte');
}

# A FIFO is written to directly.
{
	my $fifo = "$dir/fifo";
	system('mkfifo', $fifo);
	my $count = `bash -c '$build/vtap-fixlen -r $dir/large.pcap -w $fifo & tcpdump --count -r $fifo 2>&1; wait \$!'`;
	like($count, qr/^20000 packets$/m, 'through a FIFO');
	ok(-p $fifo && !-e "$fifo.tmp", 'the FIFO is still one');
}

# Failing outputs.
{
	my $said = `$build/vtap-fixlen -r $dir/large.pcap -w /dev/full 2>&1`;
	is($? >> 8, 1, 'a full disk: exit 1');
	like($said, qr{^vtap-fixlen: /dev/full: No space left on device\n$}, 'in one line');
	mkdir "$dir/small";
	SKIP: {
		my $need = 'a tmpfs needs root';
		my $mounted = system("mount -t tmpfs -o size=1m none $dir/small 2>/dev/null") == 0;
		die $need if $ENV{VTAP_REQUIRE_LIVE} && !$mounted;
		skip $need, 3 if !$mounted;
		$said = `$build/vtap-fixlen -r $dir/large.pcap -w $dir/small/x.pcap 2>&1`;
		is($? >> 8, 1, 'a disk that fills up: exit 1');
		like($said, qr{^vtap-fixlen: .*$dir/small/x\.pcap\.tmp}, 'the .tmp file is named');
		ok(-s "$dir/small/x.pcap.tmp" && !-e "$dir/small/x.pcap",
			'it is there, and nothing has the final name');
		system("umount $dir/small");
	}
}

done_testing;
