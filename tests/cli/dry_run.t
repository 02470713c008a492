#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split -n: the table says what a run writes, and nothing is made or looked at.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_block ng_packet);
use Scratch qw(scratch);
use Run qw(run_told);

my $build = abs_path($ENV{BUILD} || 'build');
my $data = abs_path('tests/data');
my $mirrored = "$data/mirrored.pcap";
my $dir = scratch();
chdir $dir or die;

# Lines of the table behind its heading, as [key, packets, bytes, first, last].
sub table { my ($head, @lines) = map { [split] } split /\n/, slurp('table') // ''; return ("@{$head // []}", @lines) }

# What the files of a real run have: by the name without its ending, as the table says it.
sub written {
	my ($options) = @_;
	run_told("vtap-split -q $options -w 'o/{key}.pcapng' --manifest manifest");
	my %sums;
	for (map { decode_json($_) } split /\n/, slurp('manifest')) {
		my ($key) = $_->{name} =~ m{^o/(.*)\.pcapng$};
		$sums{$key} = [$key, @$_{qw(packets bytes first last)}];
	}
	return \%sums;
}

my %wanted = map { $_ => written("--by $_ -r $mirrored") } 'source', 'host', 'flow', 'id,mac-src', 'vlan', 'linktype';
for my $by (sort keys %wanted) {
	my ($status, $err) = run_told("vtap-split -n -q --by $by -r $mirrored >table");
	my ($head, @lines) = table();
	is("$status @$err", '0 ', "-n --by $by");
	is($head, 'key packets bytes first last', '... has a heading');
	is_deeply({map { $_->[0] => $_ } @lines}, $wanted{$by}, '... and says what is written');
	is_deeply([map { $_->[1] } @lines], [sort { $b <=> $a } map { $_->[1] } @lines], '... the most packets first');
	my @widths = map { /^(\S+ +\S+ +\S+ +)/ ? length $1 : 0 } split /\n/, slurp('table');
	is((grep { $_ != $widths[0] } @widths), 0, '... in columns');
}

# As the tool that reads the capture says it: packets and times of one host.
my ($count, @times) = (0);
for (`tshark -r $mirrored -Y 'ip.addr == 192.168.7.10' -T fields -e frame.time_epoch 2>/dev/null`) { $count++; push @times, $_ + 0 }
run_told("vtap-split -n --by host -r $mirrored >table");
my ($host) = grep { $_->[0] eq '192.168.7.10' } (table())[1 .. 4];
is($host->[1], $count, 'tshark counts as many packets of a host');
like($host->[3], qr/^2026-11-21T05:41:02\.124484000Z$/, '... from its first');

# Any command line that writes can be tried first; nothing is made, and the counters are those of the run.
my $real = "--by source -C 10K -G 1 -z 'touch ran; :' --jobs 2 --overwrite --sync --max-open 3 -F pcap -w 'o/x/{key}-{n}.pcap' --manifest lines -r $mirrored";
my ($status, $err, $stats) = run_told("vtap-split -n $real --stats stats >table");
is("$status @$err", '0 vtap-split: a dry run leaves out --manifest and -z', 'a whole command line and -n');
is(join(' ', grep { !/^(manifest|stats|stderr|table)$/ } glob '*'), '', '... makes nothing');
is_deeply([sort map { $_->[0] } (table())[1 .. 3]], [sort keys %{$wanted{source}}], '... and prints the keys');
is_deeply([map { [@$_{qw(name packets bytes first last files)}] } sort { $a->{name} cmp $b->{name} } @{$stats->{sources}}],
	[map { [@{$wanted{source}{$_}}, 0] } sort keys %{$wanted{source}}], '... so does --stats');
is("$stats->{in} $stats->{out} $stats->{outcomes}{written}", '764 764 764', '... with every packet');
($status, $err) = run_told("vtap-split -n -C 10K -G 1 --by source -r $mirrored >table");
is("$status @$err", '0 ', '-C and -G need no -w then');

# No file is opened, made, asked for or removed but the inputs: a folder where nobody may do anything will do, and one that is not there.
for my $place ('/proc/none', '/nowhere', '/dev/null') {
	($status, $err) = run_told("vtap-split -n --by source -w '$place/{key}.pcap' -r $mirrored >table");
	is("$status @$err " . (() = table()), '0  4', "-n -w $place/{key}.pcap");
}
mkdir 'o';
my ($key) = sort keys %{$wanted{source}};
spew("o/$key.pcap", 'is taken');
($status, $err) = run_told("mkdir o; echo taken >'o/$key.pcap'; vtap-split -n --by source -w 'o/{key}.pcap' -r $mirrored >table");
is("$status @$err", '0 ', 'a name that is taken is not looked at');
is(slurp("o/$key.pcap"), "taken\n", '... and stays');
SKIP: {
	skip 'a sanitizer asks for files of its own', 2 if $ENV{ASAN_OPTIONS};
	skip 'no strace', 2 if system 'command -v strace >/dev/null';
	system "cd / && strace -f -o $dir/calls $build/vtap-split --no-sandbox -n --by source -w '$dir/o/{key}.pcap' -r $mirrored >$dir/table 2>$dir/stderr";
	my @calls = split /\n/, slurp('calls');
	my ($probed) = grep { $calls[$_] =~ /open.*mirrored\.pcap/ } 0 .. $#calls;
	ok(defined $probed, 'strace sees the input being opened');
	is(join("\n", grep { !/execve|\.gcda/ && m{\Q$dir\E/o|/tmp|mkdir|rename|unlink|O_CREAT|memfd} } @calls), '', '... and no other file');
}

spew('blocks.pcapng', ng_section('<'), ng_interface('<', 1, 0), map { (ng_block('<', 0xbad, 'x' x 100), ng_packet('<', 0, $_, "\0" x 60, 60)) } 1 .. 9);
($status, $err) = run_told("TMPDIR=/nowhere vtap-split -n --by linktype -r blocks.pcapng >table");
is("$status @$err " . (table())[1][1], '0  9', 'blocks beside packets are kept nowhere');

# What the table is for: standard output alone, whatever else is asked for.
($status, $err) = run_told("vtap-split -n --by vlan -r $mirrored >table");
is("$status @$err", '0 vtap-split: no packet has the key of --by vlan: no packet has a VLAN tag', 'what is told goes to standard error');
is((table())[1][0], 'none', '... and the table has none');
($status, $err) = run_told("vtap-split -n -q --fail-if-none --by vlan -r $mirrored >table");
is($status, 1, '--fail-if-none');
($status, $err) = run_told("vtap-split -n --by source -r $mirrored --stats - >table");
is(decode_json(slurp('table'))->{in}, 764, '--stats -: the counters take its place');
($status, $err) = run_told("vtap-split -n --by source -r $mirrored --stats /dev/stdout | cat >table");
is(decode_json(slurp('table'))->{in}, 764, '--stats /dev/stdout: so they do');
($status, $err) = run_told("vtap-split -n -v --by source -r $mirrored >table");
like("@$err", qr/764 packets \(511 kB\) in, 764 \(511 kB\) out/, '-v: the counters beside it');
($status, $err) = run_told("set -o pipefail; vtap-split -n --by flow -r $mirrored | head -n 1 >/dev/null");
is("$status @$err", '0 ', 'a reader that goes away');
SKIP: {
	skip 'no /dev/full', 1 if !-c '/dev/full';
	($status, $err) = run_told("vtap-split -n --by flow -r $mirrored >/dev/full");
	is("$status @$err", '1 vtap-split: standard output: No space left on device', 'standard output is full');
}

# Keys stand as in names of files: no blanks, and --names takes them as they are; its labels are what would be written.
ok((my $renamed = do { run_told("vtap-decap -q -r $mirrored -w plain.pcapng"); slurp('plain.pcapng') }) =~ s/vxlan-5\@fd00:1::7/a \x1b[31m b "c" def/, 'an interface with bytes for a terminal');
spew('renamed.pcapng', $renamed);
run_told("vtap-split -n --by interface -r renamed.pcapng >table");
is((table())[3][0], 'a%20%1B%5B31m%20b%20%22c%22%20def', '... is shown as in a name');
spew('names', (table())[3][0] . " uplink\nvxlan-3000\@10.0.1.5 uplink\n");
run_told("vtap-split -n --names names --by interface -r renamed.pcapng >table");
is_deeply([map { "@$_[0, 1]" } (table())[1, 2]], ['uplink 453', 'vxlan-3001@10.0.1.6 311'], '... and can be given a name');

# Several inputs, packets out of order, -c, pipes, no packet at all.
spew('late.pcap', pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, pack('H24 n', '020000000002020000000001', 0x88b5) . "\0" x 46] } 10, 30, 20, 5));
run_told("vtap-split -n --by linktype late.pcap >table");
is("@{(table())[1]}", '1 4 240 1970-01-01T00:00:10.000000000Z 1970-01-01T00:00:30.000000000Z', 'packets out of order');
run_told("cat late.pcap | vtap-split -n --window 60 --by linktype >table");
is("@{(table())[1]}", '1 4 240 1970-01-01T00:00:05.000000000Z 1970-01-01T00:00:30.000000000Z', '... that --window sorts, from a pipe');
run_told("vtap-split -n -c 3 --by linktype late.pcap $mirrored >table");
is((table())[1][1], 3, '-c of several inputs');
spew('empty.pcap', pcap('<', 0xa1b2c3d4, 1));
($status, $err) = run_told("vtap-split -n --by linktype empty.pcap >table");
is("$status @$err " . slurp('table'), "0  key      packets           bytes  first                           last\n", 'no packet: the heading alone');
spew('cut.pcap', substr slurp('late.pcap'), 0, -10);
($status, $err) = run_told("vtap-split -n --by linktype cut.pcap >table");
is($status, 1, 'an input that is cut: exit 1');
is((table())[1][1], 3, '... the table has what was read');

# What is wrong is told as without -n.
for (["--by nothing", 2], ["", 2], ["--by source -w '{n}'", 2], ["--by source -w -", 2], ["--by source -F nonsense", 2]) {
	($status) = run_told("vtap-split -n $_->[0] -r $mirrored >table");
	is("$status " . slurp('table'), "$_->[1] ", "-n $_->[0]: exit $_->[1]");
}
done_testing();
