#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Options that are too many, out of range or against each other: exit status 2, one line that says which.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
my $to = '-t vxlan://192.0.2.1/1';

# Files that options name twice: one of two hard links, and one that is yet to be made.
my $kept = spew("$dir/a", 'what was there');
link $kept, "$dir/b" or die;

# An option N times, with the numbers from 1 on.
sub repeated {
	my ($n, $option) = @_;
	return join ' ', map { $option =~ s/#/$_/gr } 1 .. $n;
}

my @refused = (
	['vtap-decap', repeated(65, '--port vxlan:#'), 'at most 64 ports'],
	['vtap-decap', repeated(64, '--port vxlan:#') . ' -l vxlan://:999', '-l, --port: expected at most 64 ports'],
	['vtap-decap', '--port vxlan', 'expected NAME:PORT'],
	['vtap-decap', '--port gre:1', 'expected NAME:PORT'],
	['vtap-decap', '--port vxlan:0', 'whole number'],
	['vtap-decap', '--port vxlan:4789 -l geneve://:4789', 'cannot carry both'],
	['vtap-decap', '-l geneve://10.0.0.2:4789 -l vxlan://10.0.0.1:4789', 'port 4789 cannot carry both geneve and vxlan'],
	['vtap-decap', '-l vxlan://10.0.0.1:4789 -l geneve://10.0.0.2:4789', 'port 4789 cannot carry both vxlan and geneve'],
	['vtap-decap', '-i lo -B 2097152', 'from 1K to 2047M'],
	['vtap-decap', '--id ' . join(',', map { 2 * $_ } 1 .. 65), 'at most 64 numbers and ranges'],
	['vtap-decap', '--id 7-5', '--id'],
	['vtap-decap', repeated(33, '-l vxlan://:#'), 'at most 32 sockets'],
	['vtap-decap', "-i ''", 'expected the name of an interface'],
	['vtap-decap', '-B 0 -i lo', 'from 1K to 2047M'],
	['vtap-decap', '-B big -i lo', 'a number alone is KiB'],
	['vtap-tap', "$to -i lo -B 2GiB", 'from 1K to 2047M'],
	['vtap-tap', "$to -i lo --rate 10MB", 'expected bits a second, such as 500k, 10M'],
	['vtap-tap', "$to -i lo --pps 1.5", 'such as 500, 20k or 1M'],
	['vtap-tap', "$to --speed 2m", 'such as 2 or 0.5, or max'],
	['vtap-tap', "$to -i lo --stats-interval 5ms", 'at least 10ms'],
	['vtap-decap', '-B 64', '-B needs -l or -i'],
	['vtap-decap', '--duration 1', '--duration needs -l or -i'],
	['vtap-decap', '--duration 0 -i lo', 'more than 0 seconds'],
	['vtap-decap', '--duration x -i lo', 'expected a time such as 60 (seconds)'],
	['vtap-decap', '--no-promiscuous -l vxlan://:4789', '-p needs -i'],
	['vtap-decap', '-l vxlan://:4789 -i lo', 'exclude each other'],
	['vtap-decap', '-l vxlan://:4789 -r x', '-r and -l exclude each other'],
	['vtap-decap', '-i lo -r x', '-r and -i exclude each other'],
	['vtap-decap', '-l vxlan://:4789 -r -', '-r and -l exclude each other'],
	['vtap-decap', '-i lo -r -', '-r and -i exclude each other'],
	['vtap-tap', "$to -i lo -r -", 'exclude each other'],
	['vtap-decap', '--reassembly-mem 1000', 'from 1M to'],
	['vtap-decap', '--reassembly-mem much', 'expected'],
	['vtap-decap', '-l vxlan://[::1', 'expected ] behind'],
	['vtap-decap', '-l vxlan://1.2.3.4.5', 'expected'],
	['vtap-decap', '-l vxlan://:0', 'from 1 to 65535'],
	['vtap-decap', '-l vxlan://:1/2', 'port'],
	['vtap-decap', '-l nothing://:1', 'expected'],
	['vtap-decap', "-f ''", 'expected an expression'],
	['vtap-decap', "-f 'udp prt 53'", "-f 'udp prt 53': filter expression"],
	['vtap-decap', '--since yesterday', "--since 'yesterday': expected a time such as"],
	['vtap-decap', '--until 2026-02-29', "--until '2026-02-29': there is no such day"],
	['vtap-decap', '--since 9999-01-01', "--since '9999-01-01': expected a time from 1677"],
	['vtap-decap', '--since 2026-11-18 --until 2026-11-17', '--since is not before --until'],
	['vtap-decap', '--since +5 --until +5s', '--since is not before --until'],
	['vtap-decap', "-l vxlan://127.0.0.1:9 -f 'udp prt 53'", 'filter expression'],
	['vtap-split', "--by source -f 'udp prt 53'", "-f 'udp prt 53': filter expression"],
	['vtap-split', '--by source --since -1h --until -2h', '--since is not before --until'],
	['vtap-split', '--by source --until 16:05', "--until '16:05': expected a time such as"],
	['vtap-split', "-w ''", 'expected a file name'],
	['vtap-split', '-C 0', 'above 0'],
	['vtap-split', '-C x', 'a number alone is millions of bytes'],
	['vtap-split', '-C 10Mb', 'such as 64M, 64MiB or 10MB'],
	['vtap-split', '-G 0', 'above 0'],
	['vtap-split', '-G x', 'expected a time such as 60 (seconds)'],
	['vtap-split', '--by source --max-open 100000', 'fewer descriptors'],
	['vtap-split', '--memory 0', 'above 0'],
	['vtap-split', '--memory much', 'expected'],
	['vtap-split', '--by source --manifest - --stats -', 'both name standard output'],
	['vtap-split', '--by nothing', '--by'],
	['vtap-split', '--by source -w {pair}.pcap', '{'],
	['vtap-split', '--by source -F nothing', 'nothing'],
	['vtap-decap', '-F pcapgn', '-F pcapgn: no such format: did you mean pcapng?'],
	['vtap-tap', repeated(65, '-t vxlan://192.0.2.1/#'), 'at most 64 targets'],
	['vtap-tap', "$to -i ''", 'name of an interface'],
	['vtap-tap', "$to --from 1.2.3", 'IPv4 or IPv6 address'],
	['vtap-tap', "$to --from 1.2.3.4 --from 1.2.3.5", 'one address of each family'],
	['vtap-tap', "$to --speed 0", 'such as 2 or 0.5, or max'],
	['vtap-tap', "$to --speed fast", 'such as 2 or 0.5, or max'],
	['vtap-tap', "$to --speed 2m", 'such as 2 or 0.5, or max'],
	['vtap-split', '-G 5min', '500ms, 10m, 2h or 1d'],
	['vtap-tap', "$to --ports 65", 'from 1 to 64'],
	['vtap-tap', "$to --dscp 64", 'from 0 to 63'],
	['vtap-tap', "$to --ttl 0", 'from 1 to 255'],
	['vtap-tap', "$to --segment 67", 'from 68'],
	['vtap-tap', "$to --oversize burn", '--oversize'],
	['vtap-tap', "$to --engine steam", '--engine'],
	['vtap-tap', "$to -Q up -i lo", '-Q'],
	['vtap-tap', "$to --rules ''", 'expected a file name'],
	['vtap-tap', "$to --follow --no-follow -i lo", 'exclude each other'],
	['vtap-tap', "$to --segment 1500 --no-segment", 'exclude each other'],
	['vtap-tap', "$to -i lo -r x", '-i and -r'],
	['vtap-tap', "$to --burst 1", '--burst needs'],
	['vtap-tap', "$to --name a", '--name needs'],
	['vtap-tap', "$to -p -r x", '-p is for interfaces'],
	['vtap-tap', "$to -F pcap -r x", '-F is for writing'],
	['vtap-tap', "$to -w x --engine udp", '--engine is for sending'],
	['vtap-tap', "$to -w x --speed 2", '--speed is for sending'],
	['vtap-tap', "$to -w x --duration 2", '--duration is for interfaces'],
	['vtap-tap', '-t vxlan://192.0.2.1/16777216', 'VNI'],
	['vtap-tap', '-t vxlan://0.0.0.0/1', 'an address to send to'],
	['vtap-tap', '-t vxlan://[::ffff:1.2.3.4]/1', 'an address to send to'],
	['vtap-tap', '-t gre://192.0.2.1:5', 'expected no port'],
	['vtap-tap', '-t vxlan://192.0.2.1:0/1', 'port'],
	['vtap-tap', '-t vxlan://', 'vxlan://'],
	['vtap-tap', '--rulez x', 'unknown option --rulez: did you mean --rules?'],
	['vtap-tap', '--sampel=3', 'unknown option --sampel: did you mean --sample?'],
	['vtap-tap', '--zoo', 'unknown option --zoo (vtap-tap --help'],
	['vtap-decap', '--interfaces lo', 'did you mean --interface?'],
	['vtap-decap', '-e gre,vxlna', "unknown vxlna: did you mean vxlan?"],
	['vtap-decap', '-e VXLAN', "did you mean vxlan?"],
	['vtap-decap', '-e nothing', "'nothing' is not one"],
	['vtap-decap', '--port genev:1', 'did you mean geneve:PORT?'],
	['vtap-decap', '--port erspan:1', 'expected NAME:PORT'],
	['vtap-decap', '-l vxaln://:4789', 'did you mean vxlan://?'],
	['vtap-decap', '-l vxlan:4789', 'expected NAME://'],
	['vtap-decap', '-l erspam1://:4789', 'expected NAME://[ADDRESS][:PORT] with NAME one of vxlan, '],
	['vtap-tap', '-t genve://192.0.2.1/1', 'did you mean geneve://?'],
	['vtap-tap', '-t gtpuu://192.0.2.1/1', 'expected one of vxlan://, '],
	['vtap-split', '--by host,sorce', 'unknown sorce: did you mean source?'],
	['vtap-split', '--by inter-face', 'did you mean interface?'],
	['vtap-split', '--by vni', 'expected source, outer-src, id (VNI, key, session), encap, '],
	['vtap-split', '--by source -w out/', "names a directory: expected out/{key}.pcapng"],
	['vtap-decap', 'a out.pcap', "there is no file 'out.pcap' to read: the output goes behind -w"],
	['vtap-fixlen', 'a out.pcap', "there is no file 'out.pcap' to read: the output goes behind -w"],
	['vtap-decap', "a 'host 10.0.1.5'", "there is no file 'host 10.0.1.5': a filter goes behind -f"],
	['vtap-split', '--by source a tcp port 80', "there is no file 'tcp': a filter goes behind -f"],
	['vtap-tap', "$to -i lo -f 'not port 22'", 'unknown option -f: the expression comes last, as in tcpdump'],
	['vtap-tap', "$to -i lo --filter=arp", 'unknown option --filter: the expression comes last'],
	['vtap-split', '--by source --json', 'unknown option --json: --stats - prints JSON'],
	['vtap-decap', '-n a', 'unknown option -n: -v -w /dev/null counts'],
	['vtap-fixlen', '-c 0', '-c'],
	['vtap-fixlen', '-c 1.5', 'whole number'],
	['vtap-fixlen', '--reader eyes', '--reader'],
	['vtap-fixlen', '-w x --stats ./x', '-w and --stats both name ./x'],
	['vtap-fixlen', '-w b --stats a', '-w and --stats both name a'],
	['vtap-fixlen', '--stats /dev/stdout', '-w and --stats both name /dev/stdout'],
	['vtap-fixlen', '-w stdout --stats -', '-w and --stats both name standard output'],
	['vtap-decap', '-r a --stats b', '-r and --stats both name b'],
	['vtap-decap', '-l vxlan://127.0.0.1:9 -w x --stats x', '-w and --stats both name x'],
	['vtap-split', '--by source --stats x --manifest ./x', '--stats and --manifest both name ./x'],
	['vtap-split', '--by source --manifest b a', '-r and --manifest both name b'],
	['vtap-split', '--by source --stats b a', '-r and --stats both name b'],
	['vtap-tap', "$to -i lo -w x --from 1.2.3.4 --metrics x", '-w and --metrics both name x'],
	['vtap-tap', "$to -i lo --stats x --metrics ./x", '--stats and --metrics both name ./x'],
	['vtap-tap', "$to -r a --metrics b", '-r and --metrics both name b'],
);

for my $row (@refused) {
	my ($tool, $arguments, $message) = @$row;
	my $name = "$tool $arguments" =~ s/(.{60}).+/$1.../r;
	system "ulimit -n 4096; cd $dir && timeout 120 $build/$tool $arguments >stdout 2>stderr </dev/null";
	my $said = slurp("$dir/stderr");
	is($? >> 8, 2, "$name: exit status 2") or diag $said;
	like($said, qr/\A\Q$tool\E: [^\n]*\Q$message\E[^\n]*\n\z/, "... $message");
}
is(slurp($kept), 'what was there', 'nothing is overwritten');
done_testing();
