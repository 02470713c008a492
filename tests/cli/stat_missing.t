#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-stat: packets that never came. Where tunnels are on, their numbers say it; where they are off, statistics blocks do.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use List::Util qw(sum0);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap ng_section ng_interface ng_block ng_option ng_packet);
use Scratch qw(scratch);
use Segments qw(records keep told);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;

sub runs {
	my ($command) = @_;
	my $said = `{ $command\n} 2>&1 </dev/null`;
	is(($? >> 8) . $said, '0', $command);
}

# What is missing, as "KEY TUNNEL KERNEL" of each record with something, in order of the keys.
sub missing {
	my ($file, $options) = @_;
	my ($said, @records) = told($file, $options);
	is($said, '', "vtap-stat $options");
	my %of;
	for my $record (@records) {
		my $missing = $record->{vtap}{missing};
		is($missing->{packets}, $missing->{tunnel}{packets} + $missing->{kernel}{packets}, '... sum') if $missing->{packets};
		$of{$record->{vtap}{key}}[0] += $missing->{tunnel}{packets};
		$of{$record->{vtap}{key}}[1] += $missing->{kernel}{packets};
	}
	return join ', ', map { "$_ @{$of{$_}}" } grep { sum0(@{$of{$_}}) } sort keys %of;
}

# 3000 packets in 300 seconds, to three sorts of tunnels, from two taps.
my $frame = pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 46, 7, 0, 64, 17, 0, 0x0a000001, 0x0a000002) . pack('n4', 5, 9, 26, 0) . 'x' x 18;
keep('plain.pcap', map { [1_700_000_000 + int($_ / 10), $_ % 10 * 100_000, $frame, length $frame] } 0 .. 2999);
my %out = map { $_ => 1 } 3, 7, 8, 30, 1500 .. 1549, 2000 .. 2800, 2990, 2997;
for my $target ('gre://10.0.2.9/3000', 'erspan2://10.0.2.9/5', 'erspan3://10.0.2.9/5', '--meta -t geneve://10.0.2.9/3000', 'vxlan://10.0.2.9/3000') {
	my $words = $target =~ /^--meta/ ? $target : "-t $target";
	my ($name) = map { s/\?.*//r } $target =~ m{(\w+)://};
	my $id = $target =~ m{/(\d+)$} ? $1 : 0;
	runs("$build/vtap-tap $words --from 10.0.1.$_ -r plain.pcap -w $_.pcap") for 5, 6;
	my ($one, $other) = map { [records("$_.pcap")] } 5, 6;
	keep('lossy.pcap', map { (($out{$_} ? () : $one->[$_]), ($_ == 20 ? () : $other->[$_])) } 0 .. 2999);
	my $want = $name eq 'vxlan' ? '' : join ', ', map { "$_->[0] $_->[1] 0" } ["$name-$id\@10.0.1.5", scalar keys %out], ["$name-$id\@10.0.1.6", 1];
	is(missing('lossy.pcap', '--by source'), $want, "$target: missing are those that were taken out, of each source");
	is(missing('lossy.pcap', '--by source -G 1'), $want, '... in intervals of a second');
	is(missing('lossy.pcap', '--by source -G 60 --no-flows'), $want, '... of a minute');
	is(missing('lossy.pcap', '--by flow'), $want =~ s/( \d+ 0)/,none$1/gr, '... beside flows');
	my $all = keys(%out) + 1;
	is(missing('lossy.pcap', '--by none'), $want && "none $all 0", '... and in all');
	is(missing('lossy.pcap', "--by source -f 'src 10.0.1.5'"), $want =~ s/, .*//r, '... packets that -f leaves out are not missing');
	keep('late.pcap', @$one[0 .. 9, 11 .. 400, 10, 401 .. 2999]);
	is(missing('late.pcap', "--by source $_"), '', '... a number that comes late is not missing') for '', '-G 1';
	keep('again.pcap', @$one[0 .. 99, 0 .. 99]);
	is(missing('again.pcap', '--by source'), '', '... nor is anything where the tap began anew');
	is(missing('lossy.pcap', '--by source --max-keys 16'), $want, '... nor does it need room for keys');
}

# vtap-decap's statistics blocks say the same of what it took the tunnels off.
runs("$build/vtap-tap -t gre://10.0.2.9/3000 --from 10.0.1.5 -r plain.pcap -w 5.pcap");
my @one = records('5.pcap');
keep('lossy.pcap', map { $out{$_} ? () : $one[$_] } 0 .. 2999);
runs("$build/vtap-decap -r lossy.pcap -w off.pcapng");
my $lost = keys %out;
is(missing('off.pcapng', '--by source'), "gre-3000\@10.0.1.5 $lost 0", 'behind vtap-decap: as its blocks say');
is(missing('off.pcapng', '--by source -G 60'), "gre-3000\@10.0.1.5 $lost 0", '... with -G');
runs("$build/vtap-fixlen -r off.pcapng -w fixed.pcapng; $build/vtap-split --by source -r fixed.pcapng -w '{source}.pcapng'");
is(missing('gre-3000@10.0.1.5.pcapng', ''), "gre-3000\@10.0.1.5 $lost 0", '... and through vtap-fixlen and vtap-split');

# Blocks of others: without osdrop, ifdrop is the kernel's; counts go on from block to block; nothing of them belongs to a source.
sub statistics {
	my ($o, $id, %figure) = @_;
	my %code = (recv => 4, drop => 5, osdrop => 7);
	return ng_block($o, 5, pack("L$o L$o L$o", $id, 0, 0) . join('', map { ng_option($o, $code{$_}, pack "Q$o", $figure{$_}) } sort keys %figure) . pack("L$o", 0));
}
for my $o ('<', '>') {
	my @begin = (ng_section($o), (map { ng_interface($o, 1, 0, ng_option($o, 2, "tap$_")) } 0, 1));
	my @packets = map { ng_packet($o, $_ % 2, 1_700_000_000_000_000 + $_, $frame, length $frame) } 0 .. 3;
	spew('dumpcap.pcapng', @begin, @packets[0, 1], statistics($o, 0, recv => 10, drop => 3), @packets[2, 3], statistics($o, 0, recv => 20, drop => 8), statistics($o, 1, recv => 5));
	is(missing('dumpcap.pcapng', '--by source'), 'none 0 8', "blocks of others $o: ifdrop is the kernel's, counted once");
	spew('vtap.pcapng', @begin, @packets, statistics($o, 0, recv => 20, drop => 8, osdrop => 4), statistics($o, 1, recv => 5, drop => 2, osdrop => 0));
	is(missing('vtap.pcapng', '--by source'), 'none 0 4, tap0 8 0, tap1 2 0', '... with osdrop: of each source, and of none');
	spew('anew.pcapng', @begin, @packets, statistics($o, 0, drop => 8), statistics($o, 0, drop => 3));
	is(missing('anew.pcapng', '--by source'), 'none 0 11', '... a count that falls began anew');
	# No sum begins at 0 again, whatever stands there.
	my @apart = map { ng_packet($o, 0, 1_700_000_000_000_000 + $_ * 1_000_000, $frame, length $frame) } 0 .. 4;
	spew('nonsense.pcapng', @begin, map { ($apart[$_], statistics($o, 0, drop => (1 << 63, 10, 1 << 63, 10, 20)[$_])) } 0 .. 4);
	is(missing('nonsense.pcapng', $_), 'none 0 ' . (2 * (1 << 48) + 30), '... nonsense counts as 2^48') for '--by source', '--by source -G 1';
	spew('cut.pcapng', @begin, @packets, ng_block($o, 5, pack("L$o L$o L$o", 0, 0, 0) . pack("S$o S$o", 5, 8) . 'abcd'), ng_block($o, 5, 'abc!'), ng_block($o, 5, pack("L$o L$o L$o", 99, 0, 0)));
	is(missing('cut.pcapng', '--by source'), '', '... blocks that are no statistics count nothing');
}
done_testing;
