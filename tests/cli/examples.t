#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of the manual pages and of --help that go from file to file, each in a folder of its own, and what comes out:
# files with their packets, what is said, what other programs read. Each option of each tool is in an example, and each
# example has a row here or in tests/live/examples.t.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use List::Util qw(sum);
use Test::More;
use lib 'tests/lib';
use Capture qw(ng_interface ng_option ng_packet ng_section packets slurp spew);
use Examples qw(examples in_folders is_live row_of without_example);
use Scratch qw(scratch);

my $data = abs_path('tests/data');
my $build = abs_path($ENV{BUILD} || 'build');
$ENV{PATH} = "$build:$ENV{PATH}";
$ENV{LC_ALL} = 'C';

# A shell's exit status, output and errors; tshark's remark about root depends on who runs it.
sub shell {
	my ($folder, $commands) = @_;
	local $ENV{EXAMPLE} = $commands;
	my $out = qx(cd '$folder' && bash -eo pipefail -c "\$EXAMPLE" 2>.stderr </dev/null);
	return ($? >> 8, $out, slurp("$folder/.stderr") =~ s/^Running as user .*\n//mgr);
}

# What a host says to another, as a frame: (source, destination, protocol/port there/port here, payload).
sub frame {
	my ($from, $to, $service, $payload) = @_;
	my ($protocol, $port, $own) = split m{/}, $service;
	$payload //= '';
	my $l4 = $protocol eq 'tcp' ? pack('nnNNnnnn', $own // 40000, $port, 1, 1, 0x5010, 1000, 0, 0) : pack('nnnn', $own // 40000, $port, 8 + length $payload, 0);
	my $ip = pack('CCnnnCCna4a4', 0x45, 0, 20 + length $l4 . $payload, 0, 0, 64, $protocol eq 'tcp' ? 6 : 17, 0, map { pack 'C4', split /\./ } $from, $to);
	return pack('H24n', '020000000002020000000001', 0x0800) . $ip . $l4 . $payload;
}

# A capture of such frames: [in or out, what frame() takes, bytes that the record claims beyond the frame].
sub talk {
	my $capture = ng_section('<') . ng_interface('<', 1, 0);
	for (@_) {
		my ($way, @words) = @$_;
		my $frame = frame(@words[0 .. 3]);
		$capture .= ng_packet('<', 0, 1_700_000_000_000_000, $frame, length($frame) + ($words[4] // 0), ng_option('<', 2, pack 'V', $way eq 'in' ? 1 : 2), pack 'V', 0);
	}
	return $capture;
}

# Commands that make what an example reads, beside captures/mirrored.pcap and mirrored.pcap. original.pcapng is in no tunnel.
my $twice = 'mergecap -a -F pcap -w twice.pcap mirrored.pcap mirrored.pcap; rm mirrored.pcap; mv twice.pcap mirrored.pcap';
my $plain = 'vtap-decap -r mirrored.pcap | vtap-fixlen -w plain.pcapng';
my $original = 'vtap-decap -F pcap -r mirrored.pcap | editcap -F pcapng - original.pcapng';

# A spool with the captures of three sources, of one that names none, and an archive of them.
my $spool = "mkdir archive; vtap-decap -r mirrored.pcap | vtap-split --by source -w 'spool/{source}/{start}.pcapng'";
my $nameless = 'mkdir archive spool; cp mirrored.pcap spool/web.pcap';
my $archive = "$spool; vtap-archive --once spool archive";

# What tshark finds, one line a packet or how many.
sub fields { return "tshark -r $_[0] -Y '$_[1]' -T fields @{[map { qq(-e $_) } @_[2 .. $#_]]}" }
sub number { return "tshark -r $_[0] -Y '$_[1]' | wc -l" }

my %mirrored = ('vxlan-3000@10.0.1.5' => 299, 'vxlan-3001@10.0.1.6' => 311, 'vxlan-5@fd00:1::7' => 154);
my $all = { 'plain.pcapng' => 764 };
my %hosts = ('192.168.7.10' => 316, '192.168.7.80' => 316, 'fd00:7::10' => 448, 'fd00:7::80' => 448);
sub sources { my ($before, $after) = @_; return { map { ("$before$_$after" => $mirrored{$_}) } keys %mirrored } }
sub no_loss { return map { [number($_, 'tcp.analysis.lost_segment'), "0\n"] } @_ }
sub no_tunnel { return [number($_[0], 'vxlan'), "0\n"] }

# In each file that fits, packets have the times of their order.
sub in_order { return ["for f in $_[0]; do tshark -r \$f -Y 'frame.time_delta < 0'; done | wc -l", "0\n"] }

# [what an example has in it, files => {name => packets, or a pattern of what is in a file that is no capture}, talk =>
# [a file that is there, packets as above], make => commands that make others, out and err => patterns of what is printed, ask => [[command, what it
# prints], ...]]. Nothing is printed where nothing is said here.
my @rows = (
	# vtap-decap
	[qr/^vtap-decap -r mirrored.pcap \| vtap-fixlen \| \\\n\s+vtap-split --by source$/, files => sources('', '.pcapng'), ask => [no_loss('vxlan-3001@*')]],
	[qr/--id 3000 .*vni3000/, files => { 'vni3000.pcapng' => 299 }, err => qr/^vtap-decap: 465 dropped: not a selected tunnel$/,
		ask => [[number('vni3000.pcapng', 'frame.interface_name == "vxlan-3000@10.0.1.5"'), "299\n"]]],
	[qr/^vtap-decap -r mirrored.pcap \| tshark/, files => {}, out => qr/\A(?:.*\n){299}\z/],
	[qr/-e geneve/, make => "rm mirrored.pcap; cp $data/geneve-vxlan.pcap mirrored.pcap", files => { 'inner.pcapng' => 24 },
		ask => [[number('inner.pcapng', 'geneve'), "0\n"], [number('inner.pcapng', 'vxlan.vni == 102'), "24\n"]]],
	[qr/--port vxlan:12345/, make => "rm mirrored.pcap; cp $data/vxlan-fragments.pcap mirrored.pcap", files => { 'plain.pcapng' => 24 }, ask => [no_tunnel('plain.pcapng')]],
	[qr/-f 'port 53'/, make => 'editcap -t 120 mirrored.pcap later.pcap; mergecap -F pcap -w both.pcap mirrored.pcap later.pcap; mv both.pcap mirrored.pcap; rm later.pcap',
		files => { 'dns.pcapng' => 36 }, ask => [[number('dns.pcapng', 'dns && frame.time < "2026-11-21T05:42:00Z"'), "36\n"]]],
	[qr/-x --ether/, make => "rm mirrored.pcap; mergecap -F pcap -w mirrored.pcap $data/geneve-ip.pcap $data/tags.pcap", files => { 'plain.pcap' => 55 },
		err => qr/^vtap-decap: 19 dropped: not a selected tunnel$/, ask => [[number('plain.pcap', 'eth && !geneve && !vxlan'), "55\n"]]],
	[qr/^vtap-decap --stats/, make => "rm mirrored.pcap; editcap $data/erspan2.pcap mirrored.pcap 5", files => { 'plain.pcapng' => 23, 'stats.json' => qr/"sequence_missing": 1\b/ }],
	[qr/--reassembly-mem/, make => "mkdir captures/below; cp $data/vxlan-fragments.pcap captures/below", files => { 'plain.pcapng' => 788 },
		err => qr/788  stripped\n +3  fragments reassembled/, ask => [no_tunnel('plain.pcapng')]],
	[qr/--depth 1/, make => "cp $data/geneve-vxlan.pcap captures", files => { 'outermost.pcapng' => 788 }, ask => [[number('outermost.pcapng', 'geneve'), "0\n"], [number('outermost.pcapng', 'vxlan'), "24\n"]]],
	# With reserved bits of VXLAN; from a tap that cut and said so.
	[qr/--strict/, talk => ['reserved.pcapng', ['in', '10.0.1.5', '10.0.1.9', 'udp/4789', pack('NN', 0x08000001, 1 << 8) . frame('10.0.0.1', '10.0.0.2', 'udp/9')]],
		make => "vtap-tap -r $data/ipip.pcap -t geneve://10.0.2.9/7 --meta -s 64 --from 10.0.1.5 -w cut.pcap; mergecap -F pcap -w both.pcap mirrored.pcap reserved.pcapng cut.pcap; mv both.pcap mirrored.pcap",
		files => { 'strict.pcapng' => 801 }, ask => [[number('strict.pcapng', 'vxlan'), "1\n"], [number('strict.pcapng', 'frame.len > 64 && frame.cap_len < frame.len'), "0\n"]]],
	[qr/^vtap-decap --reader wiretap/, make => 'gzip -c mirrored.pcap >mirrored.pcap.gz', files => $all, ask => [no_tunnel('plain.pcapng')]],
	[qr/--list-encaps/, files => {}, out => qr/^vxlan +VNI +UDP port 4789, .*^lo \[up\]/ms],
	[qr/^vtap-decap -h/, files => {}, out => qr/\Ausage: vtap-decap .*^vtap-decap --help .*^vtap-decap \d/ms],
	[qr/^vtap-decap -r mirrored.pcap -w plain.pcapng$/, files => $all, ask => [no_tunnel('plain.pcapng')]],
	[qr/--id 3000-3002/, files => { 'some.pcapng' => 610 }, err => qr/^vtap-decap: 154 dropped: not a selected tunnel$/, ask => [no_tunnel('some.pcapng')]],
	[qr/--config decap.conf/, files => { 'plain.pcapng' => 764, 'decap.conf' => qr/\Aencap = vxlan\nquiet\ndrop\n\z/ }, ask => [no_tunnel('plain.pcapng')]],
	# vtap-fixlen
	[qr/^vtap-fixlen -n -r/, files => {}, err => qr/203  length restored from headers\n +561  already correct\n/],
	[qr/--rewrite-outer/, files => { 'fixed.pcap' => 764 }, ask => [no_loss('fixed.pcap'), [number('fixed.pcap', 'vxlan'), "764\n"]]],
	[qr/-nq --fail-if-none/, files => {}, out => qr/\Acut\n\z/],
	[qr/^find captures.*vtap-fixlen/s, make => "cp $data/vxlan-cut.pcap captures", files => { 'all.pcap' => 800 }, ask => [[number('all.pcap', 'frame.cap_len < frame.len'), "215\n"]]],
	# The record claims 1000 bytes more than the packet has.
	[qr/--lower/, talk => ['captures/below/large.pcapng', ['in', '10.0.0.1', '10.0.0.2', 'udp/9', 'x' x 100, 1000]],
		files => { 'fixed.pcapng' => 765, 'stats.json' => qr/"lowered": 1\b/ }, err => qr/203  length restored/],
	[qr/^vtap-fixlen -c 1000/, make => $twice, files => { 'first.pcapng' => 1000 }],
	[qr/^sudo vtap-fixlen/, files => { 'fixed.pcap' => 764 }, ask => [[number('fixed.pcap', 'frame.cap_len < frame.len'), "203\n"]]],
	[qr/^vtap-fixlen --metrics/, files => { 'watched.pcap' => 764, 'fixlen.prom' => qr/^vtap_fixlen_packets_total\{run="fixlen",outcome="raised"\} 203$/m }],
	[qr/^vtap-fixlen -h/, files => {}, out => qr/\Ausage: vtap-fixlen .*^vtap-fixlen --help .*^vtap-fixlen \d/ms],
	[qr/^vtap-fixlen -r cut.pcap/, make => 'cp mirrored.pcap cut.pcap', files => { 'fixed.pcap' => 764 }, ask => [[number('fixed.pcap', 'frame.cap_len < frame.len'), "203\n"]]],
	[qr/^vtap-fixlen -n cut.pcap/, make => 'cp mirrored.pcap cut.pcap', files => {}, err => qr/203  length restored/],
	[qr/vtap-fixlen -w fixed.pcapng/, files => { 'fixed.pcapng' => 764 }, ask => [no_loss('fixed.pcapng')]],
	[qr/--config fixlen.conf/, files => { 'fixed.pcap' => 764, 'fixlen.conf' => qr/\Aquiet\nwrite = fixed.pcap\n\z/ }, ask => [[number('fixed.pcap', 'frame.cap_len < frame.len'), "203\n"]]],
	# vtap-split
	[qr/--config split.conf/, files => { %{sources('tap-', '.pcapng')}, 'split.conf' => qr/\Aby = source\nwrite = tap-\{source\}\.pcapng\n\z/ }],
	[qr/--by source -w 'out\/\{source\}/, files => sources('out/', '.pcapng'), ask => [no_loss('out/vxlan-3001@*')]],
	# One of them is there, from an earlier run.
	[qr/--by id,source -w/, make => 'mkdir -p by-vni/3000; head -c 24 mirrored.pcap >by-vni/3000/vxlan-3000@10.0.1.5.pcap', files => { map { (/^vxlan-(\d+)/ ? "by-vni/$1/$_.pcap" : '' => $mirrored{$_}) } keys %mirrored },
		ask => [[number('by-vni/3000/*', 'vxlan.vni == 3000'), "299\n"]]],
	# One tap's packets are up to a second out of order.
	[qr/vtap-split .*--window 2/, make => 'editcap -t 1 mirrored.pcap later.pcap; mergecap -a -F pcap -w tap1.pcap later.pcap mirrored.pcap; rm later.pcap; gzip -c mirrored.pcap >tap2.pcap.gz',
		files => { map { ("$_.pcapng" => 3 * $hosts{$_}) } keys %hosts }, err => qr/^vtap-split: 2,292 packets .* in/, ask => [in_order('*.pcapng')]],
	[qr/--max-open 64/, files => 'flows'],
	[qr/vtap-split .*--since \+60s/s, make => 'vtap-decap -r mirrored.pcap -w now.pcapng; editcap -t 90 now.pcapng later.pcapng; mergecap -w plain.pcapng now.pcapng later.pcapng; rm now.pcapng later.pcapng',
		files => { 'dns/192.168.7.10.pcapng' => 9, 'dns/fd00:7::10.pcapng' => 9 }, ask => [map { [number($_, 'dns.flags.response == 0 && frame.time > "2026-11-21T05:42:00Z"'), "9\n"] } 'dns/192*', 'dns/fd00*']],
	[qr/^vtap-split -n/, files => {}, out => qr/^3000,vxlan-3000\@10\.0\.1\.5 +299 +300244 +2026-11-21T05:41:02\.155147000Z /m],
	[qr/--names names/, files => { 'names' => qr/./, 'out/eni-0abc.pcapng' => 299, 'out/3001.pcapng' => 311, 'out/5.pcapng' => 154 }],
	[qr/--jobs 2/, files => sources('minutes/', '-START.pcap.gz')],
	[qr/^find captures.*vtap-split/s, make => "cp $data/vxlan-inner-qinq.pcap captures", files => { 'vlan/200.100.pcapng' => 24, 'vlan/none.pcapng' => 764 },
		ask => [[number('vlan/200*', 'ieee8021ad.id == 200 && vlan.id == 100'), "24\n"]]],
	# 15 MB of packets.
	[qr/--portable-names/, make => 'mkdir captures/below; mergecap -a -F pcap -w captures/below/more.pcap $(yes mirrored.pcap | head -30)', files => 'hosts'],
	[qr/vtap-split --by encap -c 1000/, make => $twice, files => { 'vxlan.pcapng' => 1000 }],
	[qr/^install -d/, files => sources('spool/', '.pcapng'), ask => [["stat -c %U spool/*", "nobody\n" x 3]]],
	[qr/^vtap-split --by id --metrics/, files => { 'ids/3000.pcapng' => 299, 'ids/3001.pcapng' => 311, 'ids/5.pcapng' => 154, 'split.prom' => qr/^vtap_split_files_total\{run="split"\} 3$/m }],
	[qr/^vtap-split -h/, files => {}, out => qr/\Ausage: vtap-split .*^vtap-split --help .*^vtap-split \d/ms],
	[qr/--by source -r mirrored.pcap -w 'out/, files => sources('out/', '.pcapng')],
	[qr/^vtap-split --by host -G 60/, files => { map { ("$_/START.pcap.gz" => $hosts{$_}) } keys %hosts }],
	[qr/first.pcap second.pcap/, make => "cp $data/vxlan-inner-qinq.pcap first.pcap; cp mirrored.pcap second.pcap", files => { 'vlan-200.100.pcapng' => 24, 'vlan-none.pcapng' => 764 }],
	# vtap-stat: in the tables a row has packets, and bytes on the wire.
	[qr/^vtap-stat -r mirrored.pcap$/, files => {}, out => qr/^vxlan-3001\@10\.0\.1\.6 +311 .* 203 .*run it through vtap-fixlen first/ms],
	[qr/vtap-stat -v --top 2/, files => {}, out => qr/^vxlan-3001\@10\.0\.1\.6 +311 +306 kB .*^others \(at least 1\) +154 /ms, err => qr/^vtap-stat: 764 packets .*^ +203  cut: fewer/ms],
	[qr/vtap-stat .* --by flow -F ndjson$/, make => $plain, files => {}, out => qr/\A(?:\{.*\}\n){22}\z/],
	# All flows, then that of which packets were taken out, as jq prints it.
	[qr/jq -c 'select/, make => "$plain; editcap plain.pcapng some.pcapng 40-45; mv some.pcapng plain.pcapng", files => {},
		out => qr/\A(?:\{"\@timestamp": ".*\}\n){22}(?:\{"\@timestamp":"(?:(?!"missing").)*"missing":\{[^\n]*"bytes":[1-9][^\n]*\}\n)+\z/],
	[qr/-w traffic.csv/, files => { 'traffic.csv' => qr/\Atimestamp,.*\r\n(?:2026-11-21T05:41:06\.000000000Z,.*\r\n){3}\z/ }],
	[qr/-w vlans.csv/, make => "cp $data/vxlan-inner-qinq.pcap captures", files => { 'vlans.csv' => qr/,vlan,200\.100,/ }],
	# 1000 packets of which 10 are late, so that --window has to sort them.
	[qr/-w flows.ndjson/, make => 'mkdir captures/below; cp mirrored.pcap captures/below', files => { 'flows.ndjson' => qr/\A(?:\{.*"by": ?"none,flow".*\}\n){18}\z/, 'stats.json' => qr/"in": 1528,/ }],
	[qr/vtap-stat .*--since \+60s/s, make => 'vtap-decap -r mirrored.pcap -w now.pcapng; editcap -t 90 now.pcapng later.pcapng; mergecap -w plain.pcapng now.pcapng later.pcapng; rm now.pcapng later.pcapng',
		files => {}, out => qr/^fd00:7::10 +9 .*^192\.168\.7\.10 +9 /ms],
	[qr/vtap-stat --by encap/, make => $twice, files => {}, out => qr/^vxlan +1\.0 k /m],
	[qr/^sudo vtap-stat/, files => {}, out => qr/^(?:\S+) +764 /m],
	[qr/-w sources.prom/, files => { 'sources.prom' => qr/^vtap_stat_packets_total\{key="vxlan-3000\@10\.0\.1\.5"\} 299$/m, 'stat.prom' => qr/^vtap_stat_in_packets_total\{run="stat"\} 764$/m }],
	[qr/^vtap-stat -h/, files => {}, out => qr/\Ausage: vtap-stat .*^vtap-stat --help .*^vtap-stat \d/ms],
	[qr/--config stat.conf/, files => { 'ids.csv' => qr/,3000,/, 'stat.conf' => qr/\Aby = id\nquiet\nwrite = ids\.csv\n\z/ }],
	# vtap-archive
	[qr/\bvtap-split .*\nvtap-archive --once spool archive$/s, make => 'mkdir archive', files => 'archive'],
	[qr/--source web1/, make => $nameless, files => 'archive'],
	[qr/^vtap-archive -v --once --proof-download/, make => $spool, files => 'archive', err => qr/\bproven\b/],
	[qr/--once --cap 100G/, make => $spool, files => 'archive'],
	[qr/--settle 120/, make => $spool, files => 'archive'],
	[qr/^sudo vtap-archive/, make => "$spool; chown -R nobody spool archive", files => 'archive'],
	[qr/^vtap-archive -h/, files => {}, out => qr/\Ausage: vtap-archive .*^vtap-archive --help .*^vtap-archive \d/ms],
	[qr/--config archive.conf/, make => $spool, files => 'archive'],
	[qr/^vtap-archive \/var\/spool\/vtap oci:captures\/site1$/, make => $spool, files => 'archive'],
	[qr/^vtap-archive --once --manifest proven.ndjson/, make => $spool, files => 'archive'],
	[qr/^vtap-archive --cap 50GiB/, make => $spool, files => 'archive'],
	# vtap-recall: of a day, as objects, of everything; in the lists a row has objects and packets.
	[qr/^vtap-recall --list --since 2026-11-21 .*jq -r .object/s, make => $archive, files => {},
		out => qr/^(?=.*vxlan-3001\@10\.0\.1\.6)(?=.*\b311\b).*^2026-11-21\/05\/vxlan-3001\@10\.0\.1\.6\/20261121T\S+--311--[0-9a-f]{16}\.pcapng\.zst\n(?=.*vxlan-3001\@10\.0\.1\.6)(?=.*\b311\b)/ms],
	[qr/'tcp port 80' \| tshark -r -$/, make => $archive, files => {}, out => qr/\A(?:.*\n){229}\z/],
	[qr/--source '\*\@10.0.1.5' --source/, make => $archive, files => { 'dns.pcapng' => 24 },
		ask => [[number('dns.pcapng', 'udp.port == 53 && frame.interface_name == "vxlan-3001@10.0.1.6"'), "12\n"], in_order('dns.pcapng')]],
	[qr/--since -10950d/, make => $archive, files => { 'first.pcap' => 100 }, ask => [in_order('first.pcap')]],
	[qr/--jobs 16 --cache 8G/, make => $archive, files => { 'all.pcapng' => 764, 'stats.json' => qr/"fetched": 3\b/, 'recall.prom' => qr/^vtap_recall_packets_total\{run="recall",outcome="written"\} 764$/m },
		err => qr/^vtap-recall: .*\b764\b/ms, ask => [in_order('all.pcapng')]],
	[qr/^sudo vtap-recall/, make => $archive, files => { 'all.pcapng' => 764 }],
	[qr/^vtap-recall -h/, files => {}, out => qr/\Ausage: vtap-recall .*^vtap-recall --help .*^vtap-recall \d/ms],
	[qr/--config recall.conf/, make => $archive, files => { 'all.pcapng' => 764, 'recall.conf' => qr/\Aquiet\nsince = \@0\nwrite = all.pcapng\narchive = archive\n\z/ }],
	[qr/^vtap-recall oci:site1 --source .* \| tshark -r -$/, make => $archive, files => {}, out => qr/\A(?:.*\n){299}\z/],
	[qr/^vtap-recall oci:captures --since \S+ --until \S+ --list$/, make => $archive, files => {}, out => qr/^(?=.*vxlan-3001\@10\.0\.1\.6)(?=.*\b311\b)/m],
	[qr/^vtap-recall \/srv\/captures --since \@0 -w all.pcapng$/, make => $archive, files => { 'all.pcapng' => 764 }, ask => [in_order('all.pcapng')]],
	# vtap-tap
	[qr/-w same.pcap/, make => $original, files => { 'same.pcap' => 764 }, ask => [['editcap -F pcap original.pcapng back.pcap; cmp back.pcap same.pcap && echo same', "same\n"]]],
	# One packet of SSH is left out.
	[qr/-t gre:.*not port 22/s, talk => ['ssh.pcapng', ['in', '10.0.0.1', '10.0.0.2', 'tcp/22']], make => "$original; mergecap -a -w o.pcapng original.pcapng ssh.pcapng; mv o.pcapng original.pcapng",
		files => { 'wrapped.pcapng' => 1528 }, ask => [[number('wrapped.pcapng', 'geneve.vni == 7 && ip.dst == 10.0.2.9 && frame.len <= 306'), "764\n"], [number('wrapped.pcapng', 'gre && ip.dst == 10.0.2.10'), "764\n"], [number('wrapped.pcapng', 'tcp.port == 22'), "0\n"]]],
	[qr/--meta/, make => $original, files => { 'cut.pcapng' => 764 }, ask => [[number('cut.pcapng', 'frame.cap_len > 128'), "0\n"],
		['for f in cut original; do tshark -r $f.pcapng -T fields -e frame.time_epoch -e frame.len >$f; done; cmp cut original && echo same', "same\n"],
		[number('cut.pcapng', 'frame.interface_description contains "tap pod7"'), "764\n"]]],
	[qr/--oversize fragment/, make => $original, files => { 'fragments.pcapng' => 1021 }, ask => [[number('fragments.pcapng', 'frame.len > 1514'), "0\n"], [number('fragments.pcapng', 'vxlan.vni == 3000'), "764\n"]]],
	[qr/--sample-flows/, talk => ['original.pcapng', map { my $to = '10.1.' . int($_ / 250) . '.' . $_ % 250; (['in', '10.0.0.1', $to, 'udp/9'], ['out', $to, '10.0.0.1', 'udp/40000/9']) } 1 .. 1000],
		files => { 'sampled.pcapng' => 22, 'stats.json' => qr/"sampled_out": 1978\b/ },
		ask => [["@{[fields('sampled.pcapng', 'erspan', qw(ip.src ip.dst))]} | grep -o '10\\.1\\.[.0-9]*' | sort | uniq -c | grep -vc ' 2 ' || :", "0\n"]]],
	[qr/oci.rules/, talk => ['original.pcapng', map { ['in', $_, '10.9.9.9', 'tcp/80'] } qw(10.1.1.1 10.1.1.2 10.1.2.3 10.2.0.1)],
		files => { 'oci.rules' => qr/./, 'oci.pcapng' => 2 }, ask => [[fields('oci.pcapng', 'vxlan', 'ip.src'), "10.0.1.5,10.1.1.2\n10.0.1.5,10.1.2.3\n"]]],
	[qr/net.rules/, talk => ['original.pcapng', ['in', '10.0.3.1', '10.0.3.2', 'udp/53'], ['in', '10.0.1.5', '10.0.3.1', 'tcp/80'], ['in', '10.0.3.1', '10.9.9.9', 'udp/9'], ['in', '10.8.0.1', '10.9.9.8', 'tcp/443'], ['in', '10.8.0.2', '10.9.9.9', 'tcp/22']],
		files => { 'net.rules' => qr/./, 'net.pcapng' => 2 }, ask => [[fields('net.pcapng', 'vxlan', 'ip.dst'), "10.0.2.9,10.9.9.9\n10.0.2.9,10.9.9.8\n"]]],
	[qr/aws.rules/, talk => ['original.pcapng', ['out', '10.0.0.1', '10.0.0.2', 'tcp/80'], ['out', '10.0.0.1', '192.0.2.1', 'tcp/80'], ['in', '10.0.0.3', '10.0.0.1', 'tcp/80'], ['in', '192.0.2.2', '10.0.0.1', 'tcp/80']],
		files => { 'aws.rules' => qr/./, 'aws.pcapng' => 2 }, ask => [[fields('aws.pcapng', 'vxlan', qw(ip.src ip.dst)), "10.0.1.5,10.0.0.1\t10.0.2.9,192.0.2.1\n10.0.1.5,192.0.2.2\t10.0.2.9,10.0.0.1\n"]]],
	# 20 packets of two segments each, then those that are in a tunnel.
	[qr/--max-depth 0/, talk => ['original.pcapng', map { ['out', '10.0.0.1', "10.0.1.$_", 'tcp/80', 'x' x 2920] } 1 .. 20], make => 'mergecap -a -w o.pcapng original.pcapng mirrored.pcap; mv o.pcapng original.pcapng',
		err => qr/^vtap-tap: packets in more than 0 tunnels are not mirrored/, files => { 'sampled.pcap' => 4 }, ask => [[fields('sampled.pcap', 'erspan && !gre.sequence_number', 'ip.len'), "1550,1500\n" x 4], ['capinfos -t sampled.pcap | grep -c nanosecond', "1\n"]]],
	[qr/--no-segment/, talk => ['original.pcapng', map { ['out', '10.0.0.1', "10.0.1.$_", 'tcp/80', 'x' x 2920] } 1 .. 3], files => { 'large.pcapng' => 3 }, ask => [[fields('large.pcapng', 'gre', 'ip.len'), "3002,2960\n" x 3]]],
	[qr/^vtap-tap -D/, files => {}, out => qr/^lo \[up\].*127\.0\.0\.1/m],
	[qr/^vtap-tap -h/, files => {}, out => qr/\Ausage: vtap-tap .*^vtap-tap --help .*^vtap-tap \d/ms],
	[qr/--config tap.conf/, make => $original, files => { 'outer.pcap' => 764, 'tap.conf' => qr/\Afrom = 10.0.1.5\n.*^to = gre:/ms }, ask => [[number('outer.pcap', 'gre && frame.cap_len <= 170'), "764\n"]]],
	[qr/-w gre.pcap/, make => $original, files => { 'gre.pcap' => 764 }, ask => [[number('gre.pcap', 'gre && ip.src == 10.0.1.5'), "764\n"]]],
);

# The files below a folder that were not there before, with their packets or, of no capture, their bytes. START stands for a time.
sub files_of { return qx(cd '$_[0]' && find . -type f ! -name .stderr -printf '%i %P\\n') =~ /^(\d+ .*)$/mg }

sub new_files {
	my ($folder, %before) = @_;
	my %found;
	for my $file (map { s/^\d+ //r } grep { !$before{$_} } files_of($folder)) {
		my $name = $file =~ s/\d{8}T\d{6}\.\d{9}Z/START/r;
		my $plain = "$folder/$file";
		system("gzip -dc '$folder/$file' >'" . ($plain = scratch() . '/plain') . "'") if $file =~ /\.gz$/;
		$found{$name} = $file =~ /\.pcap(ng)?(\.gz)?$/ ? () = packets($plain) : slurp($plain);
	}
	return \%found;
}

sub judge_files {
	my ($found, $want) = @_;
	my %counts = map { $_ => ref($want->{$_}) || $found->{$_} !~ /^\d+$/ ? 'text' : $found->{$_} } keys %$found;
	my %wanted = map { $_ => ref($want->{$_}) ? 'text' : $want->{$_} } keys %$want;
	is_deeply(\%counts, \%wanted, '... the files, and their packets') or diag(explain(\%counts));
	like($found->{$_} // '', $want->{$_}, "... $_") for grep { ref $want->{$_} } sort keys %$want;
}

# Where names come from the packets: as many files as the manifest has lines, a connection each, with all packets.
sub judge_flows {
	my ($found) = @_;
	my @names = (delete($found->{'flows.json'}) // '') =~ /"name": "([^"]*)"/g;
	is_deeply([sort @names], [sort keys %$found], '... the manifest names the files');
	is(scalar(grep { m{^flows/(tcp|udp|icmp6?)_[^/]+\.pcapng$} } @names), 18, '... of which there are 18');
	is(sum(values %$found), 764, '... with all packets');
}

sub judge_hosts {
	my ($found, $folder) = @_;
	like(delete($found->{'stats.json'}) // '', qr/"in": 23684,/, '... --stats has what was read');
	is_deeply([grep { !m{^hosts/[\w.%]+-\d+\.pcap$} } keys %$found], [], '... names are portable');
	cmp_ok(scalar(keys %$found), '>', 4, '... more than one file a host');
	is(sum(values %$found), 31 * sum(values %hosts), '... with all packets');
	is_deeply([grep { -s > 10_100_000 } glob "$folder/hosts/*"], [], '... none much larger than was said');
}
# What vtap-archive writes beside an archive, and what is in it.
my %beside = (
	'proven.json' => qr/\A\{.*"source": "web1".*"proof": "read"\}\n\z/, 'proven.ndjson' => qr/\A(?:\{.*"proof": "read"\}\n){3}\z/, 'stats.json' => qr/"proven": 3\b/,
	'archive.prom' => qr/^vtap_archive_captures_total\{run="archive",outcome="proven"\} 3$/m, 'archive.conf' => qr/\Aonce\nquiet\nspool = spool\narchive = archive\n\z/,
);

# Each object is a capture of so many packets as its name says, and all of them have all packets; in the spool nothing is left.
sub judge_archive {
	my ($found, $folder) = @_;
	my ($sum, %sources) = 0;
	for my $name (map { s{^\d+ }{}r } files_of("$folder/archive")) {
		my ($source, $packets, $digits) = $name =~ m{^2026-11-21/05/([^/]+)/20261121T0541\S+Z--20261121T0541\S+Z--(\d+)--([0-9a-f]{16})\.pcap(?:ng)?\.zst$};
		ok($source, "... $name is a name") or next;
		system("zstd -qdcf '$folder/archive/$name' >$folder/.plain");
		is(scalar(() = packets("$folder/.plain")), $packets, '... it has its packets');
		like(qx(sha256sum <$folder/.plain), qr/^$digits/, '... and its bytes');
		$sources{$source} = $packets;
		$sum += $packets;
	}
	unlink "$folder/.plain";
	is($sum, 764, '... the archive has all packets');
	is_deeply(\%sources, exists $sources{web1} ? { web1 => 764 } : \%mirrored, '... by source') or diag(explain(\%sources));
	is(join(' ', files_of("$folder/spool")), '', '... and the spool is empty');
	like($found->{$_}, $beside{$_} // qr/\A(?!)/, "... $_") for grep { !m{^archive/} } sort keys %$found;
}
my %judge = (flows => \&judge_flows, hosts => \&judge_hosts, archive => \&judge_archive);

sub run_example {
	my ($where, $example, %of) = @_;
	my $folder = scratch();
	chmod 0755, $folder;
	mkdir "$folder/captures";
	symlink "$data/mirrored.pcap", "$folder/$_" for 'mirrored.pcap', 'captures/mirrored.pcap';
	my ($file, @talk) = @{ $of{talk} // [] };
	make_path(dirname("$folder/$file")), spew("$folder/$file", talk(@talk)) if $file;
	my ($status, $out, $err) = shell($folder, $of{make} // ':');
	is("$status$err", '0', "$where: its inputs") or return;
	my %before = map { $_ => 1 } files_of($folder);
	($status, $out, $err) = shell($folder, "sudo() { \"\$@\"; }; " . in_folders($example));
	is($status, 0, "$where: $example") or diag($err);
	like($out, $of{out} // qr/\A\z/, '... what it prints');
	like($err, $of{err} // qr/\A\z/, '... what it says');
	my $found = new_files($folder, %before);
	ref $of{files} ? judge_files($found, $of{files}) : $judge{ $of{files} }->($found, $folder);
	is((shell($folder, $_->[0]))[1], $_->[1], "... $_->[0]") for @{ $of{ask} // [] };
}

my (@all, %used);
for (examples()) {
	my ($where, $example) = @$_;
	push @all, $example;
	next if is_live($example);
	my $row = row_of($example, \%used, @rows);
	ok($row, "$where: one row says what comes out") or diag($example) or next;
	SKIP: {
		skip 'another user needs root', 1 if $> != 0 && $example =~ / -Z /;
		run_example($where, $example, @$row[1 .. $#$row]);
	}
}
is_deeply([grep { !$used{$_} } map { $_->[0] } @rows], [], 'each row has its example');
is_deeply([without_example($_, @all)], [], "$_: each option has an example that runs") for map { s{.*/}{}r } glob 'tools/*';
done_testing();
