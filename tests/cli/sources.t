#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of sources that -v prints, of all four tools: its order, its numbers, and on a terminal its length.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use List::Util qw(sum);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;
$ENV{PATH} = "$build:$ENV{PATH}";

# GRE with IPv4 inside, of 30 sources: the Nth sends N packets, and the tenth 1000 more.
sub ip4 {
	my ($source, $protocol, $payload) = @_;
	return pack('C2 n3 C2 n C4 C4', 0x45, 0, 20 + length $payload, 0, 0, 64, $protocol, 0, split(/\./, $source), 10, 0, 1, 9) . $payload;
}
my %packets = map { $_ => $_ + ($_ == 10 ? 1000 : 0) } 1 .. 30;
my @frames = map {
	my $frame = pack('H24 n', '020000000002020000000001', 0x800) . ip4("10.0.0.$_", 47, pack('n2', 0, 0x800) . ip4("10.1.0.$_", 17, pack('n4', 7, 7, 8 + 100, 0) . 'x' x 100));
	($frame) x $packets{$_};
} 1 .. 30;
spew('in.pcap', pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, $frames[$_]] } 0 .. $#frames));
my $total = @frames;
system('vtap-decap -r in.pcap -w named.pcapng') == 0 or BAIL_OUT('vtap-decap');

my %command = (
	'vtap-decap' => ['-r in.pcap -w out', 'gre@10.0.0.%d', 'source'],
	'vtap-fixlen' => ['-r in.pcap -w out', 'gre@10.0.0.%d', 'source'],
	'vtap-split' => ["-r in.pcap --by outer-src --overwrite -w 'o/{key}.pcap'", '10.0.0.%d', 'key'],
	'vtap-tap' => ['-r named.pcapng -t vxlan://10.0.2.9/7 --from 10.0.1.5 -w out', 'gre@10.0.0.%d', 'interface'],
);

# The table: its heading, and [name, packets, bytes] of each row.
sub table {
	my ($text) = @_;
	my ($heading, $rows) = $text =~ /^( +packets +bytes .*)\n((?: +[\d,]+ +[\d.]+ k?B .*\n)+)/m or return ('');
	return ($heading, map { my ($packets, $bytes, $unit, @more) = split; [$more[-1], $packets =~ s/,//gr, "$bytes $unit"] } split /\n/, $rows);
}

# What a terminal of so many lines gets.
sub on_terminal {
	my ($command, $lines) = @_;
	unlink 'typescript';
	system 'script', '-qec', "stty rows $lines columns 80; exec $command", 'typescript';
	return (slurp('typescript') // '') =~ s/\r//gr;
}

my @order = map { $_->[0] } sort { $b->[1] <=> $a->[1] } map { [$_, $packets{$_}] } keys %packets;
for my $tool (sort keys %command) {
	my ($arguments, $name, $noun) = @{$command{$tool}};
	is(system("$tool $arguments -v --stats stats 2>said"), 0, "$tool: runs");
	my ($heading, @rows) = table(slurp('said'));
	like($heading, qr/^ +packets +bytes(?:  .*)?  \Q$noun\E$/, '... a heading');
	is_deeply([map { $_->[0] } @rows], [map { sprintf $name, $_ } @order], '... a row for each, most packets first');
	is_deeply([map { $_->[1] } @rows], [map { $packets{$_} } @order], '... with its packets');
	like(slurp('said'), qr/^ +1,010  +\d/m, '... as people write them');
	my %exact = map { $_->{name} => $_ } @{decode_json(slurp('stats'))->{sources}};
	is_deeply({ map { $_->[0] => $_->[1] } @rows }, { map { $_ => $exact{$_}{packets} } keys %exact }, '... those of --stats');
	my $bytes = $exact{sprintf $name, 10}{bytes};
	is($rows[0][2], sprintf($bytes < 99_950 ? '%.1f kB' : '%.0f kB', $bytes / 1000), '... and its bytes, which are exact there');
	is(sum(map { $_->[1] } @rows), $total, '... all packets');
SKIP: {
		skip 'no script(1)', 9 if system('command -v script >/dev/null 2>&1') != 0;
		for my $lines (10, 24) {
			my ($head, @few) = table(on_terminal("$tool $arguments -v", $lines));
			is(@few + 1, $lines - 1, "... on a terminal of $lines lines: as many, but for that of the next command");
			is($few[-1][0], 'others', '... the last are the others');
			is(sum(map { $_->[1] } @few), $total, '... of all packets');
			is_deeply([map { $_->[0] } @few[0 .. $#few - 1]], [map { sprintf $name, $_ } @order[0 .. $#few - 1]], '... behind those that sent most');
		}
		my (undef, @all) = table(on_terminal("$tool $arguments -v", 40));
		is(@all, 30, '... with room for all of them: no others');
	}
}

done_testing;
