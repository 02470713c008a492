#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks that are full, quotas, and limits to the size of files: what fits is there as .tmp, and said.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap packets ng_section ng_interface ng_block ng_option ng_packet);
use Faults qw($build $dir $sanitized run private frame capture tool place left records holds_prefix readable);

private('small disks');
my @tools = qw(vtap-decap vtap-fixlen vtap-split vtap-tap);
my $large = spew("$dir/large.pcap", capture(1100, 900));
my $small = spew("$dir/small.pcap", capture(60, 900));
my $disk = place();

# A disk of its own; with `free` bytes only, its inodes are enough.
sub disk {
	my ($size) = @_;
	system 'umount', $disk if `mountpoint -q $disk && echo y`;
	system('mount', '-t', 'tmpfs', '-o', "size=$size", 'none', $disk) == 0 or BAIL_OUT('no tmpfs');
	return $disk;
}

sub fill { return system "head -c 100M /dev/zero >$disk/filler 2>/dev/null" }

# What a run on a disk that is large enough writes.
sub reference {
	my ($tool, $format, $from) = @_;
	my $place = place();
	my ($status, undef, $err) = run(tool($tool, $place, $format, $from));
	is("$status$err", '0', "$tool to $format");
	my $bytes = slurp("$place/out-if0.$format");
	unlink "$place/out-if0.$format";
	return $bytes;
}

# One line, which names the .tmp and the cause; nothing has its final name; the .tmp is the beginning of what should be.
sub told {
	my ($tool, $format, $place, $want, $cause, $status, undef, $err) = @_;
	my $tmp = $tool eq 'vtap-split' && $format eq 'snoop' ? 'out-if0.snoop.pcapng.tmp' : "out-if0.$format.tmp";
	is($status, 1, '... exit 1');
	like($err, qr{\A\Q$tool\E: [^\n]*\Q$place/$tmp\E\b[^\n]*: $cause\n\z}, '... says why and where it is');
	is_deeply([grep { $_ ne 'filler' } left($place)], [$tmp], '... which is all there is');
	return -s "$place/$tmp" if $tmp =~ /snoop\.pcapng/;
	return holds_prefix("$place/$tmp", $want, '... with what fitted');
}

# The outcomes add up to the packets read, whatever failed: the one that could not be written has an outcome, too.
sub balanced {
	my ($unwritten) = @_;
	my $stats = decode_json(slurp("$dir/books") || '{}');
	my $sum = 0;
	$sum += $_ for values %{$stats->{outcomes} // {}};
	is($sum, $stats->{in}, '... its outcomes add up');
	is($stats->{outcomes}{unwritten}, $unwritten, "... $unwritten unwritten");
	return $stats;
}

for my $tool (@tools) {
	for my $format (qw(pcap pcapng snoop)) {
		my $want = reference($tool, $format, $large);
		disk('500k');
		my $got = told($tool, $format, $disk, $want, 'No space left on device', run(tool($tool, $disk, $format, $large) . " --stats $dir/books"));
		my $stats = balanced(1);
		is($stats->{out}, $stats->{in} - 1, '... and is not out') if $tool ne 'vtap-split';
		cmp_ok($got, '>', 400_000, '... up to the last page');
		if ($format eq 'pcap') {
			my ($count, $rest) = records(slurp("$disk/out-if0.pcap.tmp"));
			cmp_ok($rest, '>', 0, '... the last record is cut in the middle');
			is(scalar(() = `tshark -r $disk/out-if0.pcap.tmp -T fields -e frame.number 2>/dev/null` =~ /\n/g), $count,
				'... tshark reads all in front of it');
		}
		run("mount -o remount,size=4m $disk");
		# What the first run has written would be kept under another name.
		unlink map { "$disk/$_" } left($disk);
		my ($status, undef, $err) = run(tool($tool, $disk, $format, $large));
		is("$status$err" . join(' ', left($disk)), "0out-if0.$format", '... with more room it is written');
		ok(slurp("$disk/out-if0.$format") eq $want, '... whole');

		$want = reference($tool, $format, $small);
		disk('64k');
		fill();
		told($tool, $format, $disk, $want, 'No space left on device', run(tool($tool, $disk, $format, $small) . " --stats $dir/books"));
		balanced(0); # it was in a buffer when the disk turned out to be full
	}
}

# A fragment that waits for the rest of its datagram when the disk is full has an outcome, too.
{
	my $fragment = frame(1, 0, 900);
	substr $fragment, 20, 2, pack 'n', 0x2000;
	substr $fragment, 36, 2, pack 'n', 4789;
	my $held = spew("$dir/held.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000, $_, $_ ? frame(1, $_, 900) : $fragment] } 0 .. 1099));
	disk('500k');
	my ($status, undef, $err) = run(tool('vtap-decap', $disk, 'pcap', $held) . " --stats $dir/books");
	is($status, 1, 'a fragment is held on a full disk: exit 1');
	balanced(2);
}

# What stands beside: --stats, --manifest, the temporary files of blocks and of pipes.
for my $tool (@tools) {
	disk('64k');
	fill();
	my $place = place();
	my ($status, undef, $err) = run(tool($tool, $place, 'pcap', $small) . " --stats $disk/stats");
	is($status, 1, "$tool --stats on a full disk: exit 1");
	like($err, qr{\A\Q$tool\E: [^\n]*\Q$disk\E/stats[^\n]*: No space left on device\n\z}, '... said');
	is(join(' ', left($place)), 'out-if0.pcap', '... the capture is good');
	ok(!-e "$disk/stats", '... no half of the figures');
	disk('64k');
	spew("$disk/stats", 'of before');
	fill();
	run(tool($tool, place(), 'pcap', $small) . " --stats $disk/stats");
	is(slurp("$disk/stats"), 'of before', '... and the old ones stay');
}
disk('64k');
fill();
my ($status, undef, $err) = run(tool('vtap-split', place(), 'pcap', $small) . " --manifest $disk/manifest");
is($status, 1, '--manifest on a full disk: exit 1');
like($err, qr{\Avtap-split: --manifest: \Q$disk\E/manifest: No space left on device\n\z}, '... said');

unlink "$disk/manifest";
fill();
my $blocks = spew("$dir/blocks.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 2, 'if0')),
	map { (ng_packet('<', 0, $_, frame(1, $_), 46), ng_block('<', 0x0bad, pack('N', $_) x 100)) } 1 .. 400);
my $place = place();
($status, undef, $err) = run("TMPDIR=$disk " . tool('vtap-split', $place, 'pcapng', $blocks));
is($status, 1, 'blocks that do not fit into TMPDIR: exit 1');
like($err, qr{\Avtap-split: [^\n]*temporary file[^\n]*: No space left on device\n\z}, '... said');
is(join(' ', left($place)), 'out-if0.pcapng.tmp', '... what was written is unfinished');
is(join(' ', grep { $_ ne 'filler' } left($disk)), '', '... nothing stays in TMPDIR');
system "editcap -F snoop $large $dir/large.snoop";
($status, undef, $err) = run("cat $dir/large.snoop | TMPDIR=$disk " . tool('vtap-fixlen', $place, 'pcap', '-'));
is($status, 1, 'a pipe for wiretap that does not fit into TMPDIR: exit 1');
like($err, qr{\Avtap-fixlen: standard input: [^\n]*temporary file[^\n]*: No space left on device\n\z}, '... said');
is(join(' ', grep { $_ ne 'filler' } left($disk)), '', '... nothing stays in TMPDIR');

# Many files on a disk that fills up: each has the beginning of what it should have.
my $place_of_all = place();
run("$build/vtap-split --by ip-src -r $large -w '$place_of_all/{key}.pcap'");
disk('700k');
($status, undef, $err) = run("$build/vtap-split --by ip-src -r $large -w '$disk/{key}.pcap'");
is($status, 1, 'seven files: exit 1');
like($err, qr{\Avtap-split: what was written is in \Q$disk\E/10\.0\.0\.\d\.pcap\.tmp: [^\n]*: No space left on device\n\z}, '... said');
for (left($disk)) {
	my $whole = slurp("$place_of_all/" . s/\.tmp$//r);
	my $len = holds_prefix("$disk/$_", $whole, "... $_ is good as far as it goes");
	is($len, length $whole, '... and whole') if !/\.tmp$/;
}

# A limit to the size of files raises SIGXFSZ.
for my $tool (@tools) {
	for my $format (qw(pcap pcapng)) {
		my $want = reference($tool, $format, $large);
		my $limited = place();
		told($tool, $format, $limited, $want, 'File too large', run('ulimit -f 400; ' . tool($tool, $limited, $format, $large)));
		is(-s "$limited/out-if0.$format.tmp", 400 * 1024, '... as much as may be');
	}
}

# A quota, of the first file system that this kernel can give one: tmpfs (6.6 and later), ext4 or btrfs.
sub quota {
	system 'umount', $disk if `mountpoint -q $disk && echo y`;
	my $mounts = '';
	return 'tmpfs' if !system "mount -t tmpfs -o usrquota,usrquota_block_hardlimit=600k none $disk 2>>$dir/quota";
	system "truncate -s 120M $dir/image";
	if (!system "mkfs.btrfs -q -m single $dir/image >>$dir/quota 2>&1 && mount -o loop $dir/image $disk 2>>$dir/quota") {
		return 'btrfs' if !system "{ btrfs quota enable $disk && btrfs subvolume create $disk/held && btrfs qgroup limit 600K $disk/held && sync -f $disk; } >>$dir/quota 2>&1";
	}
	return;
}
my $kind = quota();
SKIP: {
	BAIL_OUT('no file system with a quota: ' . slurp("$dir/quota")) if !$kind && $ENV{VTAP_REQUIRE_LIVE};
	skip('no file system with a quota', 1) if !$kind;
	my $held = $kind eq 'btrfs' ? "$disk/held" : $disk;
	chmod 0777, $held;
	system "cp $build/$_ $dir/$_ && chmod 755 $dir $dir/$_" for @tools;
	for my $tool (@tools) {
		my $want = reference($tool, 'pcap', $large);
		unlink glob "$held/*";
		system 'sync', '-f', $held;
		my $as = $kind eq 'tmpfs' ? 'setpriv --reuid 65534 --regid 65534 --clear-groups' : '';
		my $command = tool($tool, $held, 'pcap', $large) =~ s/^\Q$build\E/$dir/r;
		told($tool, 'pcap', $held, $want, 'Disk quota exceeded', run("$as $command"));
	}
}
END { system "umount $disk 2>/dev/null" if $disk && !$ENV{VTAP_TEST_INSIDE} }
done_testing;
