#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Keys of tunnels are the same while the tunnels are on, when vtap-decap took them off, and when it took some of them off.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(remove_tree);
use Test::More;
use lib 'tests/lib';
use Capture qw(packets spew);
use Scratch qw(scratch);

my $root = abs_path('.');
my $data = "$root/tests/data";
$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
my $dir = scratch();
chdir $dir or die;

# The files that a pipeline made below `o`, with the packets of each.
sub files_of {
	my ($pipeline) = @_;
	remove_tree('o');
	is(system('bash', '-o', 'pipefail', '-c', "{ $pipeline; } 2>stderr </dev/null"), 0, $pipeline =~ s/\Q$root\E\///gr);
	return { map { chomp; (substr($_, 2) => scalar(() = packets($_))) } `find o -type f 2>/dev/null` };
}

# Tunnels of each kind, without fragments: what arrives is what is mirrored.
my $by = "vtap-split --by id,outer-src,encap -w 'o/{encap}/{outer-src}/{id}.pcapng'";
for my $sample (qw(mirrored vxlan-sll2 vxlan-gpe-ip geneve6 gre gre-key erspan1 erspan3 ipip gtpu tzsp nvgre)) {
	my $on = files_of("$by -r $data/$sample.pcap");
	cmp_ok(scalar keys %$on, '>=', 1, '... has tunnels');
	is((grep { m{^none/} } keys %$on), 0, '... all known');
	is_deeply(files_of("vtap-decap -r $data/$sample.pcap | vtap-fixlen | $by"), $on, '... that stay known when they are off');
}

# One tunnel in another, which is off, or half of it, or none of it.
my %nested = ('geneve+vxlan/10.0.1.5/0+102.pcapng' => 24);
is_deeply(files_of("vtap-decap $_ -r $data/geneve-vxlan.pcap | $by"), \%nested, '... both tunnels')
	for '', '--depth 1', '-e geneve', '-e gre', '-F pcapng';
is_deeply(files_of("vtap-decap --depth 1 -r $data/geneve-vxlan.pcap | vtap-split --by source -w 'o/{key}.pcapng'"),
	{ 'geneve-0@10.0.1.5+vxlan-102@10.0.9.1.pcapng' => 24 }, '... and so does the source');

# Files that vtap-decap wrote, merged, read by wiretap, and as they come through a pipe of dumpcap's format.
is(system("vtap-decap -r $data/mirrored.pcap -w 1.pcapng && vtap-decap -r $data/gre.pcap -w 2.pcapng"), 0, 'two files');
my %both = ('3000.pcapng' => 299, '3001.pcapng' => 311, '5.pcapng' => 154, 'none.pcapng' => 24);
is_deeply(files_of("vtap-split --by id $_ 1.pcapng 2.pcapng -w 'o/{id}.pcapng'"), \%both, '... as one')
	for '', '--reader wiretap', '--window 1';
is_deeply(files_of("mergecap -w - 1.pcapng 2.pcapng | vtap-split --by id -w 'o/{id}.pcapng'"), \%both, '... from mergecap');

# What the AWS recipe has to tell apart: the packets of two networks that use one address.
sub vxlan {
	my ($vni) = @_;
	my $inner = pack('H*', '020000000002020000000001' . '0800') . pack('C2 n3 C2 n C4 C4 n4', 0x45, 0, 28, 0, 0, 64, 17, 0, 10, 0, 0, 1, 10, 0, 0, 2, 7, 9, 8, 0);
	my $udp = pack('n4 N N', 50000, 4789, 16 + length $inner, 0, 0x08000000, $vni << 8) . $inner;
	return pack('H*', '020000000004020000000003' . '0800') . pack('C2 n3 C2 n C4 C4', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 10, 0, 1, 5, 10, 0, 2, 9) . $udp;
}
my $second = 0;
spew('two.pcap', pack('V v2 V4', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1),
	map { my $frame = vxlan($_); pack('V4', $second++, 0, (length $frame) x 2) . $frame } 1, 2, 2, 1, 2);
is_deeply(files_of("vtap-decap -r two.pcap | vtap-split --by id,flow -w 'o/{id}/{flow}.pcap'"),
	{ '1/udp_10.0.0.1.7_10.0.0.2.9.pcap' => 2, '2/udp_10.0.0.1.7_10.0.0.2.9.pcap' => 3 }, '... two folders');
# What has no tunnel in its interface's name has none.
is_deeply(files_of("vtap-decap -F pcap -r two.pcap | vtap-split --by encap -w 'o/{key}.pcap'"), { 'none.pcap' => 5 }, '... a pcap forgets');

done_testing();
