#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Interface statistics that vtap-decap writes, from files and pipes: packets, missing numbers, times; what the other
# tools make of them.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use List::Util qw(max min sum0);
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets blocks statistics pcap ng_section ng_interface ng_block ng_option ng_packet);
use Readers qw(read_by_all);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();
my $out = "$dir/out.pcapng";

sub runs {
	my ($command) = @_;
	my $said = `{ $command\n} 2>&1 </dev/null`;
	is(($? >> 8) . $said, '0', $command);
}

sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[1], 0, 0, 64, $_[0], 0, $_[2] // 0x0a000105, 0x0a000209) . $_[1] }
sub udp { return pack('n4', 5000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub eth { return pack('H24 n', '02000000000a02000000000b', 0x0800) . $_[0] }
sub vxlan { return eth(ip(17, udp(4789, pack('N N', 0x08000000, $_[0] << 8) . eth(ip(17, udp(9, 'x' x 60)))), $_[1])) }
my $plain = eth(ip(17, udp(53, 'y' x 40)));

# Figures of each block: name, packets, missing numbers, drops of the kernel.
sub figures { return map { "$_->{name} $_->{recv} $_->{drop} $_->{osdrop}" } statistics(slurp($_[0] // $out)) }

# That a block is right in what all of them have in common: one for each interface with packets, which it counts.
sub holds {
	my ($file, $name) = @_;
	my @statistics = statistics(slurp($file));
	is(sum0(map { $_->{recv} } @statistics), scalar(my @packets = packets($file)), "$name: packets of all interfaces are those written");
	is_deeply([map { $_->{recv} } @statistics], [map { $_->{packets} } @statistics], '... of each interface, too');
	my %seen;
	is_deeply([grep { $seen{"$_->{section} $_->{id}"}++ } @statistics], [], '... which has one block');
	return @statistics;
}

sub times_of { return map { (split ' ')[0] } packets($_[0]) }

# Every sample: from a file, from a pipe, and what another program reads.
for my $sample (sort glob 'tests/data/*.pcap') {
	my $name = $sample =~ s/.*\///r;
	runs("$build/vtap-decap -q -r $sample -w $out");
	my @statistics = holds($out, $name);
	my @times = times_of($sample);
	is_deeply([map { [@$_{qw(start end at)}] } @statistics], [([@times[0, -1, -1]]) x @statistics], '... times of the first and last packet');
	is_deeply([grep { $_->{osdrop} } @statistics], [], '... no kernel dropped any');
	runs("cat $sample | $build/vtap-decap -q >$dir/pipe.pcapng");
	ok(slurp("$dir/pipe.pcapng") eq slurp($out), '... a pipe has them, too');
	next if $name !~ /^(?:mirrored|erspan2|gre-fragments|vxlan6-fragments)\.pcap$/;
	runs("tshark -2 -r $out -w $dir/again.pcapng 2>/dev/null");
	is_deeply([figures("$dir/again.pcapng")], [figures()], '... Wireshark reads and writes every figure');
}
read_by_all($out, scalar(my @all = packets($out)), 'a file with statistics');
runs("$build/vtap-decap -q -r tests/data/mirrored.pcap -F pcap -w $dir/plain.pcap --stats $dir/stats");
is(decode_json(slurp("$dir/stats"))->{details}{blocks_dropped}, 0, 'a pcap has no statistics, and misses none');

# Numbers of three sorts, of two sources, some of which are taken out.
sub records {
	my ($file) = @_;
	my $bytes = slurp($file);
	my @records;
	for (my $at = 24; $at < length $bytes;) {
		my ($caplen) = unpack 'x8 L<', substr $bytes, $at, 16;
		push @records, substr $bytes, $at, 16 + $caplen;
		$at += 16 + $caplen;
	}
	return (substr($bytes, 0, 24), @records);
}
spew("$dir/plain.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, $plain] } 1 .. 40));
for my $target ('gre://10.0.2.9/3000', 'erspan2://10.0.2.9/5', 'erspan3://10.0.2.9/5', '--meta -t geneve://10.0.2.9/3000', 'vxlan://10.0.2.9/3000') {
	my $words = $target =~ /^--meta/ ? $target : "-t $target";
	my @lost = $target =~ /^vxlan/ ? (0, 0) : (4, 1);
	my ($head, @one) = do { runs("$build/vtap-tap $words --from 10.0.1.5 -r $dir/plain.pcap -w $dir/one.pcap"); records("$dir/one.pcap") };
	my (undef, @other) = do { runs("$build/vtap-tap $words --from 10.0.1.6 -r $dir/plain.pcap -w $dir/other.pcap"); records("$dir/other.pcap") };
	my %out = map { $_ => 1 } 3, 7, 8, 30;
	my @left = map { (($out{$_} ? () : $one[$_]), ($_ == 20 ? () : $other[$_])) } 0 .. $#one;
	my $lossy = spew("$dir/lossy.pcap", $head, @left);
	runs("$build/vtap-decap -r $lossy -w $out --stats $dir/stats");
	holds($out, $target);
	is_deeply([map { s/.*@//r } figures()], ["10.0.1.5 36 $lost[0] 0", "10.0.1.6 39 $lost[1] 0"], '... missing are those that were taken out, of each source');
	my $late = spew("$dir/late.pcap", $head, @one[0 .. 9, 11 .. 15, 10, 16 .. 39]);
	runs("$build/vtap-decap -r $late -w $out");
	is_deeply([map { s/.*@//r } figures()], ['10.0.1.5 40 0 0'], '... a number that comes late is not missing');
	runs("$build/vtap-decap -f 'udp port 9999' -r $lossy -w $out --quiet");
	is_deeply([figures()], [], '... sources of which nothing is written have no block');
	runs("$build/vtap-decap --until \@1700000010 -r $lossy -w $out --quiet");
	is((figures())[0] =~ s/.*@//r, "10.0.1.5 6 $lost[0] 0", '... those of packets that are left out are missing all the same');
}

# Sections: each has its blocks, with what was missing in it.
sub section {
	my ($o, $records, @more) = @_;
	my $ticks = 1_700_000_000_000_000;
	return (ng_section($o), ng_interface($o, 1, 262144, ng_option($o, 2, 'tap0')), (map { ng_packet($o, 0, $ticks += 1000, $_, length $_) } @$records), @more);
}
sub frames { my (undef, @records) = records($_[0]); return map { substr $_, 16 } @records }
runs("$build/vtap-tap -t gre://10.0.2.9/1 --from 10.0.1.5 -r $dir/plain.pcap -w $dir/gre.pcap");
my @gre = frames("$dir/gre.pcap");
for my $o ('<', '>') {
	my $in = spew("$dir/sections.pcapng", section($o, [@gre[0, 1, 3]]), section($o, [@gre[4, 5, 9, 10]]), section($o, [$plain, $gre[11]]), section($o, []));
	runs("$build/vtap-decap -r $in -w $out");
	holds($out, "sections $o");
	is_deeply([map { "$_->{section} $_->{name} $_->{recv} $_->{drop}" } statistics(slurp($out))],
		['0 gre-1@10.0.1.5 3 1', '1 gre-1@10.0.1.5 4 3', '2 tap0 1 0', '2 gre-1@10.0.1.5 1 0'], '... each section has its blocks');
	is((statistics(slurp($out)))[1]{end}, 1_700_000_000_004_000_000, '... with the times of its packets');
	is(() = `capinfos -I $out` =~ /Number of stat entries = 1/g, 4, '... that capinfos counts');
}

# A number that was missing when its section ended, and came in the next one: no figure is negative.
my $in = spew("$dir/late.pcapng", section('<', [@gre[0, 2]]), section('<', [@gre[1, 3]]), section('<', [$gre[6]]));
runs("$build/vtap-decap -r $in -w $out");
is_deeply([map { $_->{drop} } statistics(slurp($out))], [1, 0, 1], 'a number that comes a section later: the sum is right at the end');

# Interfaces of the input: those with packets that pass have a block, unless the input has one, which says what its writer said.
sub block { my ($id, $recv, $drop) = @_; return ng_block('<', 5, pack('L<3', $id, 0, 0) . ng_option('<', 4, pack 'Q<', $recv) . ng_option('<', 5, pack 'Q<', $drop) . pack('L<', 0)) }
$in = spew("$dir/passing.pcapng", section('<', [$plain, vxlan(5), $plain]));
runs("$build/vtap-decap -r $in -w $out");
is_deeply([figures()], ['tap0 2 0 0', 'vxlan-5@10.0.1.5 1 0 0'], 'packets that pass are counted on their interface');
$in = spew("$dir/told.pcapng", section('<', [$plain, vxlan(5), $plain], block(0, 77, 3)));
runs("$build/vtap-decap -r $in -w $out");
is_deeply([map { join ' ', @$_{qw(name recv drop)}, $_->{osdrop} // 'none' } statistics(slurp($out))], ['tap0 77 3 none', 'vxlan-5@10.0.1.5 1 0 0'],
	'... but a block of the input stays, and is the only one');
runs("$build/vtap-decap -r $out -w $dir/twice.pcapng --quiet");
ok(slurp("$dir/twice.pcapng") eq slurp($out), '... so that nothing changes a second time');

# Several inputs are one section.
spew("$dir/$_->[0].pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, vxlan(5, 0x0a000105)] } $_->[1] .. $_->[2])) for ['a', 1, 10], ['b', 5, 20];
runs("$build/vtap-decap -r $dir/b.pcap $dir/a.pcap -w $out");
is_deeply([map { @$_{qw(name recv start end)} } statistics(slurp($out))], ['vxlan-5@10.0.1.5', 26, 1_700_000_001_000_000_000, 1_700_000_020_000_000_000], 'two inputs: one source, one block');

# A limit, and an end by a signal.
runs("$build/vtap-decap -c 7 -r $dir/b.pcap -w $out");
is_deeply([map { @$_{qw(recv end)} } statistics(slurp($out))], [7, 1_700_000_011_000_000_000], '-c: packets that were written');
{
	mkfifo("$dir/fifo", 0600) or die;
	my $pid = fork() // die;
	if ($pid == 0) {
		exec "$build/vtap-decap", '-q', '-r', "$dir/fifo", '-w', $out or die;
	}
	open my $fifo, '>', "$dir/fifo" or die;
	syswrite $fifo, slurp("$dir/b.pcap");
	ok(until_true(sub { 16 == (() = map { packets($_) } (grep { -s } "$out.tmp", $out)[0] // ()) }), 'a FIFO that stays open');
	kill 'INT', $pid;
	waitpid $pid, 0;
	my ($file) = grep { -e } "$out.tmp", $out;
	is_deeply([map { @$_{qw(recv drop osdrop)} } statistics(slurp($file))], [16, 0, 0], '... SIGINT: packets that were written');
}

# Behind vtap-decap: vtap-fixlen passes the blocks, vtap-split gives each file those of its interfaces, also in the last of several intervals.
my @frames = map { my $s = $_; map { [1_700_000_000 + $s, 0, vxlan($_, 0x0a000100 + $_)] } 1 .. 3 } 1 .. 30;
spew("$dir/three.pcap", pcap('<', 0xa1b2c3d4, 1, @frames));
runs("$build/vtap-decap -r $dir/three.pcap -w $out");
my @want = figures();
is_deeply(\@want, [map { "vxlan-$_\@10.0.1.$_ 30 0 0" } 1 .. 3], 'three sources');
runs("$build/vtap-fixlen -r $out -w $dir/fixed.pcapng");
is_deeply([figures("$dir/fixed.pcapng")], \@want, '... behind vtap-fixlen');
runs("$build/vtap-decap <$dir/three.pcap | $build/vtap-fixlen | $build/vtap-split --by source -w '$dir/split/{key}.pcapng'");
is_deeply([map { figures($_) } sort glob "$dir/split/*"], \@want, '... behind vtap-split --by source, one in each file');
read_by_all($_, 30, $_) for glob "$dir/split/*";
runs("$build/vtap-split --by source --max-open 4 -r $out -w '$dir/few/{key}.pcapng'");
is_deeply([map { figures($_) } sort glob "$dir/few/*"], \@want, '... with few files open at a time');
runs("$build/vtap-split --by source -G 10 -r $out -w '$dir/intervals/{key}-{start}.pcapng'");
my @files = sort glob "$dir/intervals/*";
is(scalar @files, 12, '... by intervals: several files of each');
is_deeply([map { figures($_) } @files], \@want, '... of which one has the block');
read_by_all($out, 90, 'three sources');
done_testing();
