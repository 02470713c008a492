#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that are written compressed: what gzip and zstd make of them is what would be written plain.
use strict;
use warnings;
use Cwd qw(abs_path);
use IO::Select;
use IPC::Open3;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
my ($decap, $fixlen, $split, $tap) = map { "$build/vtap-$_" } qw(decap fixlen split tap);
my %unpack = (gz => 'gzip -dc', zst => 'zstd -qdc');
my $mirrored = abs_path('tests/data/mirrored.pcap');

# Exit status and what was said, of a shell command.
sub run {
	my ($command) = @_;
	system 'bash', '-o', 'pipefail', '-c', "{ $command\n} >$dir/said 2>&1 </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/said"));
}

sub runs {
	my ($command, $name) = @_;
	is(join('', run($command)), '0', $name // $command);
}

# What a compressed file holds; undef if its program finds anything wrong with it.
sub unpacked {
	my ($file) = @_;
	my ($ending) = $file =~ /\.(\w+)$/;
	my $bytes = `$unpack{$ending} '$file' 2>$dir/unpack`;
	return $? == 0 && slurp("$dir/unpack") eq '' ? $bytes : undef;
}

sub holds { my ($file, $want, $name) = @_; ok((unpacked($file) // 'damaged') eq $want, $name) }

for my $ending (sort keys %unpack) {
	for (["$decap -q -r $mirrored -w FILE", 'pcapng'], ["$decap -q -r $mirrored -w FILE", 'pcap'], ["$fixlen -r $mirrored -w FILE", 'pcap'],
		["cat $mirrored | $fixlen -w FILE", 'pcapng'], ["$fixlen -F pcapng -r $mirrored -w FILE", 'out'], ["$fixlen -F nsecpcap -r $mirrored -w FILE", 'pcapng'],
		["$tap -r $mirrored -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w FILE", 'pcap']) {
		my ($command, $format) = @$_;
		runs($command =~ s/FILE/$dir\/plain.$format/r);
		runs($command =~ s/FILE/$dir\/packed.$format.$ending/r);
		holds("$dir/packed.$format.$ending", slurp("$dir/plain.$format"), '... the same');
		is_deeply([glob "$dir/*.tmp"], [], '... nothing else');
		unlink glob "$dir/plain.* $dir/packed.*";
	}
	runs("$decap -q -r $mirrored -w $dir/all.pcapng.$ending");
	# Of them tcpdump alone reads no compressed files.
	is(`capinfos -Mc '$dir/all.pcapng.$ending' 2>&1 | tail -1` =~ s/\D+//gr, 764, "$ending: capinfos reads it");
	runs("$fixlen -r $dir/all.pcapng.$ending -w $dir/again.pcapng.$ending", '... and so do we');
	is(() = packets(spew("$dir/again.pcapng", unpacked("$dir/again.pcapng.$ending"))), 764, '... all of it');
	runs("$fixlen -r $dir/all.pcapng.$ending -n -q -w $dir/never.$ending");
	ok(!-e "$dir/never.$ending", '... a dry run writes none');
	runs("mkfifo $dir/fifo.$ending && { cat $dir/fifo.$ending >$dir/of-fifo.$ending & $fixlen -r $mirrored -w $dir/fifo.$ending; wait; }", '... into a FIFO');
	runs("$fixlen -r $mirrored -w $dir/plain.pcap");
	holds("$dir/of-fifo.$ending", slurp("$dir/plain.pcap"), '... the same');
	my $small = spew("$dir/none.pcap", pcap('<', 0xa1b2c3d4, 1));
	runs("$fixlen -r $small -w $dir/none-out.pcap.$ending", '... of no packet');
	is(length(unpacked("$dir/none-out.pcap.$ending") // ''), 24, '... is a capture');
}
cmp_ok(-s "$dir/all.pcapng.zst", '<', 0.6 * -s "$dir/again.pcapng", 'it is smaller');

# Many files on few descriptors: those that are opened again get further members.
sub tree { my ($top) = @_; return { map { substr($_, 1 + length $top) => $_ } grep { -f } glob "$top/*" } }
for my $ending (sort keys %unpack) {
	for my $options ('--by flow --max-open 16', '--by source -G 5', '--by host --max-open 16') {
		for my $format (qw(pcap pcapng)) {
			run("rm -rf $dir/plain $dir/packed");
			my $name = $options =~ /-G/ ? '{key}-{start}' : '{key}';
			runs("$split -q $options -w '$dir/plain/$name.$format' $mirrored");
			runs("$split -q $options -w '$dir/packed/$name.$format.$ending' $mirrored");
			my ($plain, $packed) = map { tree("$dir/$_") } qw(plain packed);
			is(join(' ', sort keys %$packed), join(' ', map { "$_.$ending" } sort keys %$plain), '... the same files');
			is_deeply([grep { (unpacked($packed->{"$_.$ending"}) // '') ne slurp($plain->{$_}) } sort keys %$plain], [], '... hold the same');
		}
	}
	# -C counts what stands in the file before compression.
	run("rm -rf $dir/plain $dir/packed");
	runs("$split -q --by linktype -C 100K -w '$dir/plain/{key}-{n}.pcap' $mirrored");
	runs("$split -q --by linktype -C 100K -w '$dir/packed/{key}-{n}.pcap.$ending' $mirrored");
	my ($plain, $packed) = map { tree("$dir/$_") } qw(plain packed);
	cmp_ok(scalar keys %$plain, '>', 3, '-C: several files');
	is_deeply([map { length unpacked($packed->{$_}) } sort keys %$packed], [map { -s $plain->{$_} } sort keys %$plain], '... each as long as without compression');
	runs("$split -q --by source -w '$dir/jobs/{source}.pcap.$ending' -z '$unpack{$ending} >/dev/null' $mirrored", '-z gets complete files');
}
# A key that ends like a compressed file does not choose.
run("rm -rf $dir/plain");
runs("$decap -q -r $mirrored | $split -q --by interface -w '$dir/plain/{key}' -F pcap");
like(slurp((glob "$dir/plain/*")[0]), qr/^\xd4\xc3\xb2\xa1/, 'a template without an ending is written plain');

# What is not written says what is.
for my $ending (qw(bz2 xz lz4 br Z)) {
	for my $command ("$fixlen -r $mirrored -w $dir/x.pcap.$ending", "$decap -l vxlan://127.0.0.1:4789 -w $dir/x.$ending", "$split --by source -w '$dir/{key}.pcapng.$ending' $mirrored") {
		my ($status, $said) = run($command);
		is($status, 2, "no .$ending: a usage error");
		like($said, qr/^vtap-\w+: -w [^\n]*: no \.$ending is written: use [^\n]*\.gz or \.zst, or run \w+ afterwards /, '... which says what is possible');
	}
}
my ($status, $said) = run("$fixlen -F snoop -r $mirrored -w $dir/x.snoop.gz");
is($status, 2, 'a foreign format: a usage error');
like($said, qr/format snoop is not compressed, pcap and pcapng are/, '... says so');
is_deeply([glob "$dir/x.*"], [], '... nothing is left of any');

# Whatever waits for input has written what came before it, so that it can be decompressed.
for my $ending (sort keys %unpack) {
	my $frame = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x 46;
	my $record = pack('V4', 1_700_000_000, 5, length $frame, length $frame) . $frame;
	my $pid = open3(my $in, my $out, '>&STDERR', $fixlen, '-q', '-w', "$dir/live.pcap.$ending");
	$in->autoflush(1);
	print $in pcap('<', 0xa1b2c3d4, 1);
	for my $n (1 .. 3) {
		print $in $record;
		my $sees = sub { length(`$unpack{$ending} $dir/live.pcap.$ending.tmp 2>/dev/null`) == 24 + $n * length $record };
		ok(until_true($sees), "$ending: packet $n can be read while the input is idle");
	}
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... a signal ends it');
	holds("$dir/live.pcap.$ending", pcap('<', 0xa1b2c3d4, 1) . $record x 3, '... in order');
}

# An output that fails is told, and stays unfinished.
SKIP: {
	skip 'a device that is full can only be made by root', 2 if system("mknod $dir/full.gz c 1 7 2>/dev/null") != 0 || !-w "$dir/full.gz";
	($status, $said) = run("$fixlen -r $mirrored -w $dir/full.gz");
	is($status, 1, 'a full disk');
	like($said, qr/^vtap-fixlen: \S+full\.gz: No space left on device\n/, '... is told');
}
done_testing();
