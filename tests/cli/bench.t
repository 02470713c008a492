#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What make bench compares does the same work: lower bounds write what the tools write. No times.
use strict;
use warnings;
use Test::More;
use FindBin qw($Bin);
use JSON::PP qw(decode_json);
use lib "$Bin/../lib";
use Capture qw(slurp spew blocks);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();
my %made = (vxlan => '', cut => '-c 200', geneve => '-g', plain => '-x');

sub sh { system(@_) == 0 or die "$_[0]: status $?" }
sub generate { sh "$build/bench/generate -m 1 $_[0] >$dir/$_[1] 2>$dir/$_[1].packets" }

generate("$made{$_} ", "$_.pcap") for keys %made;
generate("$made{$_} -n", "$_.pcapng") for qw(vxlan cut);

# Output of the bound and of the tool for one input.
sub both {
	my ($input, $bound, $tool) = @_;
	sh "$build/bench/$bound <$dir/$input >$dir/bound";
	sh "$build/$tool -r $dir/$input -w $dir/tool";
	return (slurp("$dir/bound"), slurp("$dir/tool"));
}

sub same {
	my ($name, $bound, $tool) = @_;
	ok(length $bound > 300_000 && $bound eq $tool, "$name: the bound writes the bytes of the tool");
}

for my $input (qw(vxlan.pcap cut.pcap geneve.pcap)) {
	my ($bound, $tool) = both($input, 'bound_decap pcap', 'vtap-decap -F pcap');
	same("decap, $input", $bound, $tool);
	cmp_ok(length $bound, '<', -s "$dir/$input", "decap, $input: tunnels are off");
}
for my $input (qw(vxlan.pcap cut.pcap vxlan.pcapng cut.pcapng)) {
	my ($format) = $input =~ /\.(.*)/;
	my ($bound, $tool) = both($input, "bound_fixlen $format", "vtap-fixlen -F $format");
	same("fixlen, $input", $bound, $tool);
	is($bound eq slurp("$dir/$input"), $input =~ /vxlan/, "fixlen, $input: it had lengths to raise only if cut");
}

# In pcapng the bound's interfaces have no names, and those of the input are there, too, which have no packet any more:
# packets are the same but for the numbers of their interfaces.
sub enhanced { join '', map { substr($_->[2], 0, 8) . substr($_->[2], 12) } grep { $_->[0] == 6 } blocks($_[0]) }
sub interfaces { scalar grep { $_->[0] == 1 } blocks($_[0]) }
for (['vxlan.pcap', 'convert', 1 + 16], ['vxlan.pcapng', 'pcapng', 64 + 16]) {
	my ($input, $mode, $count) = @$_;
	my ($bound, $tool) = both($input, "bound_decap $mode", 'vtap-decap -F pcapng');
	same("decap, $input to pcapng", enhanced($bound), enhanced($tool));
	is_deeply([interfaces($bound), interfaces($tool)], [$count, 16], '... from an interface for each source');
}

# The bound's flows share a UDP source port.
sub without_ports {
	my ($bytes) = @_;
	for (my $at = 24; $at < length $bytes; ) {
		my $caplen = unpack 'x8 V', substr $bytes, $at, 16;
		substr($bytes, $at + 16 + 34, 2) = '';
		$at += 16 + $caplen - 2;
	}
	return $bytes;
}
same('tap, plain.pcap', map { without_ports($_) }
	both('plain.pcap', 'bound_tap', 'vtap-tap -t vxlan://10.0.2.9/3000 --from 10.0.1.5 -F pcap'));

mkdir "$dir/$_" for qw(bounds tools);
sh "$build/bench/bound_split $dir/bounds 16 <$dir/vxlan.pcap";
sh "$build/vtap-split --by source -r $dir/vxlan.pcap -w '$dir/tools/{source}.pcap'";
my @tools = sort map { slurp($_) } glob "$dir/tools/*";
is(scalar @tools, 16, 'split: 16 sources');
is_deeply([sort map { slurp($_) } glob "$dir/bounds/*"], \@tools, 'split: the bound writes the bytes of the tool');

generate("-p $_/8", "part$_.pcap") for 0 .. 7;
my %records = map { $_ => length(slurp("$dir/$_.pcap")) - 24 } 'vxlan', map { "part$_" } 0 .. 7;
my $whole = delete $records{vxlan};
my $sum = 0;
$sum += $_ for values %records;
is($sum, $whole, 'generate -p: the parts are the whole');

# -v: after n rounds each tunnel was seen n times, in an order that changes.
generate("-k 60 -s 5 -v 3", 'rounds.pcap');
my (@tunnels, %seen);
for (my $at = 24, my $bytes = slurp("$dir/rounds.pcap"); $at < length $bytes; ) {
	my $frame = substr $bytes, $at + 16, unpack 'x8 V', substr $bytes, $at, 16;
	my $udp = index $frame, pack('n', 4789), 36;
	push @tunnels, unpack 'H*', substr($frame, $udp - 10, 4) . substr $frame, $udp + 10, 3;
	$at += 16 + length $frame;
}
$seen{$_}++ for @tunnels;
is_deeply([scalar @tunnels, sort values %seen], [60, (4) x 15], 'generate -v: four rounds of 15 tunnels');
is(scalar(keys %{ { map { $_ => 1 } @tunnels[0 .. 14] } }), 15, 'generate -v: each tunnel once in a round');
isnt("@tunnels[0 .. 14]", "@tunnels[15 .. 29]", 'generate -v: no round is like the one before');

is(system("$build/bench/timed false 2>$dir/err") >> 8, 1, 'timed: a command that fails fails');
like(qx($build/bench/timed -n 2 cat /dev/null '|' cat), qr/\A(?:\d\.\d+(?: \d+ \d\.\d+){2}\n){2}\z/, 'timed: seconds; KiB and seconds of each');

# Valgrind and the address sanitizer exclude each other, and the tools are slow with it.
SKIP: {
	skip 'no table of sanitized tools', 1 if $ENV{ASAN_OPTIONS};
	my $run = "BUILD=$build BENCH_MB=1 BENCH_RUNS=1 $Bin/../bench/run";
	my $table = qx($run --json $dir/json 2>$dir/err);
	is($?, 0, 'bench: exits 0') or diag slurp("$dir/err");
	like($table, qr/^\Q$_\E  .*(?:ok|MISSES|not installed)$/m, "bench: $_")
		for 'decap, pcap', 'decap, pcap to pcapng', 'decap, pcapng', 'decap, pcap, cut', 'decap, pcapng, cut',
		'decap, geneve', 'fixlen, pcap', 'fixlen, pcapng', 'split, 16 files', 'split, 10000 files',
		'split, 8 inputs merged', 'stat', 'stat, 1000 flows', 'stat, 100000 flows', 'stat --by flow', 'decap | fixlen | split', 'tap', 'start-up, decap', 'start-up, tap',
		'instructions, decap';
	qx(BENCH_ONLY='^tap' $run --json $dir/json 2>&1);
	my @runs = map { decode_json($_) } split /\n/, slurp("$dir/json");
	is(scalar @runs, 2, 'bench --json: a line for each call');
	ok($runs[0]{$_}, "bench --json: $_") for qw(machine cores commit date rows);
	my ($row) = grep { $_->{job} eq 'tap' && $_->{who} eq 'vtap' } @{ $runs[1]{rows} };
	ok($row->{seconds} > 0 && $row->{to_bound} > 0 && @{ $row->{goals} } == 2, 'bench --json: a row');
}

done_testing;
