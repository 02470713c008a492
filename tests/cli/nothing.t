#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A tool that did nothing of what it is for says so in one line, and why. It fails only with --fail-if-none.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $data = abs_path('tests/data');
$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
my $dir = scratch();
chdir $dir or die;
my $runs = 0;

sub run {
	my ($command) = @_;
	$runs++;
	system 'bash', '-c', "set -o pipefail; { $command; } 2>stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp('stderr'));
}

# The one line that the last tool of a command says; nothing with -q; a failure with --fail-if-none, with -q, too.
sub says {
	my ($command, $line, %is) = @_;
	my $tool = $command =~ s/.*\b(vtap-\w+).*/$1/sr;
	$command =~ s/OUT/o$runs-\%/g;
	$line =~ s/OUT/o$runs-\%/g;
	my $with = sub { ($command =~ s/(.*\b\Q$tool\E)/$1 $_[0]/sr) =~ s/%/$_[1]/gr };
	my $said = sub { "$tool: " . $line =~ s/%/$_[0]/gr . "\n" };
	is_deeply([run($with->('', 1))], [0, $said->(1)], "$command: one line");
	is_deeply([run($with->('-q', 2))], [0, ''], '... not with -q');
	return if $tool eq 'vtap-tap' || $tool eq 'vtap-stat';
	my ($status, $err) = run($with->('-q --fail-if-none', 3));
	is($status, $is{done} ? 0 : 1, '... --fail-if-none');
	is($err, $is{done} ? '' : $is{failure} ? "$tool: $is{failure}\n" : $said->(3), '... which says why with -q, too') if !$is{dropped};
	like((run($with->('-v', 4)))[1], qr/^\Q$tool\E: \d+ packets?\b.*^\Q@{[$said->(4)]}\E\z/ms, '... in -v it stands below the table') if !$is{dropped};
}

sub silent {
	my ($command) = @_;
	is_deeply([run($command =~ s/OUT/o$runs/r)], [0, ''], "$command: nothing to say");
}

# The sample's tunnels on another port: [offset of the UDP header's destination port] of each frame.
sub moved {
	my ($name, $from, $to, $file) = @_;
	my ($bytes, $at) = (slurp("$data/$name.pcap"), 24);
	while ($at < length $bytes) {
		my $len = unpack 'x8 V', substr $bytes, $at, 16;
		my $udp = $at + 16 + 14 + (unpack('n', substr $bytes, $at + 28, 2) == 0x0800 ? 20 : 40);
		substr($bytes, $udp + 2, 2) = pack 'n', $to if unpack('n', substr $bytes, $udp + 2, 2) == $from;
		$at += 16 + $len;
	}
	return spew($file, $bytes);
}

# Frames of Ethernet.
sub pcap {
	my ($name, $link, @frames) = @_;
	return spew($name, pack('V v2 V4', 0xa1b2c3d4, 2, 4, 0, 0, 65535, $link), map { pack('V4', 1, 0, (length) x 2) . $_ } @frames);
}
my $mac = pack 'H24', '020000000002020000000001';
my $arp = $mac . pack 'n x46', 0x0806;
my $ip = sub { $mac . pack('n C2 n3 C2 n C4 C4', 0x0800, 0x45, 0, 20 + length $_[1], 0, 0, 64, $_[0], 0, 10, 0, 0, 1, 10, 0, 0, 2) . $_[1] };
my $udp = sub { $ip->(17, pack('n4', 1000, $_[0], 8 + length $_[1], 0) . $_[1]) };
pcap('arp.pcap', 1, $arp, $arp);
pcap('mixed.pcap', 1, $arp, $udp->(53, 'x' x 30), $udp->(53, "\x08\0\0\0\0\0\1\0" . 'y' x 30), $ip->(6, pack 'n2 N2 C x7', 1, 2, 0, 0, 0x50), $ip->(1, 'z' x 8));
pcap('nothing.pcap', 1);
pcap('strange.pcap', 147, 'x' x 40);
pcap('tagged.pcap', 1, $mac . pack('n2 n x46', 0x8100, 5, 0x0806));

# No tunnel: where the packets went, and what they look like.
my %looks = (mirrored => ['vxlan', 4789, 764], geneve => ['geneve', 6081, 30], gtpu => ['gtpu', 2152, 36], 'vxlan-gpe-ip' => ['vxlan-gpe', 4790, 24], tzsp => ['tzsp', 37008, 24]);
for my $sample (sort keys %looks) {
	my ($encap, $port, $count) = @{$looks{$sample}};
	moved($sample, $port, 12345, "$sample.pcap");
	says("vtap-decap -r $sample.pcap -w OUT", "no tunnel was found: $count went to UDP port 12345 and look like @{[uc $encap]}: try --port $encap:12345");
	silent("vtap-decap --port $encap:12345 -r $sample.pcap -w OUT");
}
moved('mirrored', 4789, 12345, 'mirrored.pcap');
says('vtap-decap -e geneve -r mirrored.pcap -w OUT', 'no tunnel was found that -e selects: 764 went to UDP port 12345 and look like VXLAN: try --port vxlan:12345 -e vxlan');
silent('vtap-decap -e geneve --port vxlan:12345 -e vxlan -r mirrored.pcap -w OUT');
# Those that are off by default, on their own ports: GUE would take the bytes of Teredo, too.
for my $off (['mpls', 6635, 36], ['gue', 6080, 36], ['teredo', 3544, 18]) {
	my ($encap, $port, $count) = @$off;
	says("vtap-decap -r $data/$encap.pcap -w OUT", "no tunnel was found: $count went to UDP port $port and look like @{[uc $encap]}: try -e $encap");
	silent("vtap-decap -e $encap -r $data/$encap.pcap -w OUT");
}
says('vtap-decap -x -r mirrored.pcap -w OUT', 'no tunnel was found: 764 went to UDP port 12345 and look like VXLAN: try --port vxlan:12345; ' .
	'764 dropped: not a selected tunnel', dropped => 1);
says('vtap-decap -r mixed.pcap -w OUT', 'no tunnel was found: 1 went to TCP, 2 went to UDP (2 to port 53), 1 went to other protocols of IP, ' .
	'1 are not IP; 5 passed unchanged: not a selected tunnel');
says('vtap-decap -r strange.pcap -w OUT', 'no tunnel was found: 1 passed unchanged: unknown link type');
silent("vtap-decap -r $data/mirrored.pcap -w OUT");
silent('vtap-decap -r nothing.pcap -w OUT');
is_deeply([run('vtap-decap --fail-if-none -r nothing.pcap -w o')], [1, "vtap-decap: no tunnel was found\n"], 'no packets, with --fail-if-none');

# Tunnels that were not selected.
says("vtap-decap --id 3000 -r $data/mirrored.pcap -w OUT", '465 packets of other ids (3001, 5) passed unchanged; -x drops them', done => 1);
says("vtap-decap --id 7 -r $data/vxlan-fragments.pcap -w OUT", 'no tunnel was found that --id selects: 27 packets of other ids (77) passed unchanged; -x drops them');
says("vtap-decap -e geneve -r $data/gre.pcap -w OUT", 'no tunnel was found that -e selects: 24 packets of other encapsulations passed unchanged; -x drops them');
silent("vtap-decap -e geneve -r $data/geneve-vxlan.pcap -w OUT");
silent("vtap-decap --id 3000,3001,5 -r $data/mirrored.pcap -w OUT");
run("vtap-decap -xe gre --id 1 --stats s -r $data/mirrored.pcap -w o");
like(slurp('s'), qr/"other_encaps": 764\b/, '... counted with -x, too');

# -f, --since and --until leave nothing. What -f sees of tunnels is said where some were.
my $inside = '; -f sees packets without their tunnels: for what is outside, filter in front of vtap-decap';
my $outside = '; -f sees the outside of tunnels: for what is inside, filter behind vtap-decap';
my $from = 'from 2026-11-21T05:41:02.124484000Z to 2026-11-21T05:41:02.192244000Z';
says("vtap-decap -f 'port 9' -r $data/mirrored.pcap -w OUT", "no packet is left: 764 do not match -f$inside");
says("vtap-decap --since 2026-11-22 -r $data/mirrored.pcap -w OUT", "no packet is left: 764 are not within --since and --until; the packets are $from");
says("vtap-decap --since +0.001 -f 'port 9' -r $data/mirrored.pcap -w OUT", "no packet is left: 682 do not match -f, 82 are not within --since and --until$inside; the packets are $from");
says("vtap-decap -f 'src host 172.16.0.1' -r mirrored.pcap -w OUT", 'no packet is left: 764 do not match -f; no tunnel was found: 764 went to UDP port 12345 and look like VXLAN: try --port vxlan:12345');
says("vtap-decap -f 'port 9' -r mixed.pcap -w OUT", 'no packet is left: 5 do not match -f; no tunnel was found');
says("vtap-decap -f 'port 9' --id 7 -r $data/vxlan-fragments.pcap -w OUT", 'no packet is left: 27 do not match -f; no tunnel was found that --id selects: 27 packets of other ids (77) kept their tunnels; -x drops them');
says("vtap-decap -xf 'port 9' -r mixed.pcap -r $data/mirrored.pcap -w OUT", "no packet is left: 764 do not match -f$inside; 5 dropped: not a selected tunnel", dropped => 1);
says("vtap-decap --id 3000 -f 'icmp or icmp6' -r $data/mirrored.pcap -w OUT", '465 packets of other ids (3001, 5) kept their tunnels; -x drops them', done => 1);
says("vtap-split --by host -f 'port 9' -r $data/mirrored.pcap -w 'OUT/{key}.pcap'", "no packet is left: 764 do not match -f$outside");
says("vtap-split --by host --until \@5 -r $data/mirrored.pcap -w 'OUT/{key}.pcap'", "no packet is left: 764 are not within --since and --until; the packets are $from");
says("vtap-split --by host -f 'port 4789 and greater 3000' --until \@9999999 -r arp.pcap -w 'OUT/{key}.pcap'", 'no packet is left: 2 do not match -f');
says("vtap-stat -f 'port 9' -r $data/mirrored.pcap -w OUT", "no packet is left: 764 do not match -f$outside");
says("vtap-stat --by flow --until \@5 -r $data/mirrored.pcap -w OUT", "no packet is left: 764 are not within --since and --until; the packets are $from");
silent("vtap-stat -f 'udp port 4789' -r $data/mirrored.pcap -w OUT");
silent("vtap-stat -f 'port 9' -r nothing.pcap -w OUT");
silent("vtap-decap -f 'udp port 53' -r $data/mirrored.pcap -w OUT");
silent("vtap-split --by host -f 'udp port 4789' -r $data/mirrored.pcap -w 'OUT/{key}.pcap'");
silent("vtap-decap -f 'port 9' -r nothing.pcap -w OUT");

# No key: the file is named where it is known, not where packets of a pipe may have put a number behind its name.
my %none = map { $_ => "; all $_ are in files of the key none" } 764, 24, 2;
my $forgot = 'no packet is in a tunnel, and a pcap does not name sources: have the tool in front write pcapng';
says("vtap-decap -F pcap -r $data/mirrored.pcap | vtap-split --by $_ -w 'OUT/{key}.pcap'", "no packet has the key of --by $_: $forgot$none{764}") for qw(id outer-src encap);
says("vtap-decap -F pcap -r $data/mirrored.pcap | vtap-split --by source -w 'OUT/{key}.pcap'",
	"no packet has the key of --by source: a pcap does not name sources: have the tool in front write pcapng");
says("vtap-decap -F pcap -r $data/mirrored.pcap | vtap-split --by id,flow -w 'OUT/{key}.pcap'", "no packet has the key of --by id: $forgot", done => 1);
says("vtap-split --by id,vlan -r arp.pcap -w 'OUT/{key}.pcap'", "no packet has the key of --by id,vlan: $forgot; no packet has a VLAN tag; all 2 are in OUT/none,none.pcap");
says("vtap-split --by host -r arp.pcap -w 'OUT/{key}.pcap'", 'no packet has the key of --by host: no packet has an IP header that is known; all 2 are in OUT/none.pcap');
says("vtap-split --by mac -r strange.pcap -w 'OUT/{key}.pcap'", 'no packet has the key of --by mac: the innermost packets have no Ethernet header; all 1 are in OUT/none.pcap');
says("vtap-decap -r $data/gre.pcap | vtap-split --by id -w 'OUT/{key}.pcap'", "no packet has the key of --by id: the tunnels have none$none{24}");
says("editcap -F pcapng arp.pcap - | vtap-split --by id -w 'OUT/{key}.pcap'", "no packet has the key of --by id: no packet is in a tunnel, and no interface is named after one$none{2}");
says("vtap-split --by vlan -w 'OUT/{key}-{start}.pcap' -r arp.pcap", "no packet has the key of --by vlan: no packet has a VLAN tag$none{2}");
silent("vtap-split --by $_ -r tagged.pcap -w 'OUT/{key}.pcap'") for 'vlan', 'vlan,host', 'interface', 'linktype';
silent("vtap-decap -r $data/mirrored.pcap | vtap-split --by id,source,encap -w 'OUT/{key}.pcap'");
silent("vtap-split --by id -r nothing.pcap -w 'OUT/{key}.pcap'");

# No name of --names.
spew('names', "3000 eni-0abc\n");
is_deeply([run("vtap-split --by source --names names -r $data/mirrored.pcap -w 'other/{key}.pcap'")],
	[0, "vtap-split: no key is in names: keys of --by source are such as vxlan-3001\@10.0.1.6\n"], 'names of other keys');
silent("vtap-split -q --by source --names names -r $data/mirrored.pcap -w 'OUT/{key}.pcap'");
silent("vtap-split --by id --names names -r $data/mirrored.pcap -w 'OUT/{key}.pcap'");

# No names of sources.
for my $case (['-F pcap -w o.x', 1], ['-w o.pcap', 1], ['-w o.pcapng', 0], ['-F pcapng -w o.pcap', 0]) {
	my ($options, $said) = @$case;
	my (undef, $err) = run("vtap-decap -v $options -r $data/mirrored.pcap");
	is(() = $err =~ /^vtap-decap: a pcap does not name sources: -F pcapng does$/mg, $said, "-v $options: where names go");
}

# No length. That all are right is no news.
says('vtap-fixlen -r arp.pcap -w OUT', 'no length could be judged: 2 unknown: not IP');
says('vtap-fixlen -r strange.pcap -w OUT', 'no length could be judged: 1 unknown: link type not known');
silent("vtap-fixlen -r $data/gre.pcap -w OUT");
silent('vtap-fixlen -r nothing.pcap -w OUT');
is_deeply([run("vtap-fixlen --fail-if-none -r $data/gre.pcap -w o")], [1, "vtap-fixlen: no length was corrected\n"], 'all right, with --fail-if-none');

# Nothing mirrored.
spew('web.rules', "include tcp dport 80\n");
my $tap = 'vtap-tap -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w OUT';
says("$tap -r mixed.pcap --rules web.rules", 'nothing was mirrored: 5 not mirrored: excluded by the filter, the rules or -Q');
says("$tap -r mixed.pcap port 5000", 'nothing was mirrored: 5 not mirrored: excluded by the filter, the rules or -Q');
silent("$tap -r mixed.pcap port 53");
silent("$tap -r nothing.pcap");
SKIP: {
	skip 'no network namespaces', 1 if system('unshare -n true 2>/dev/null') != 0;
	is_deeply([run("unshare -n bash -c 'ip link set lo up; vtap-tap -i lo --duration 0.1 -t vxlan://127.0.0.1/1 port 5000'")],
		[0, "vtap-tap: nothing was mirrored: no packet came on lo that 'port 5000' selects\n"], 'an interface without packets');
	is_deeply([run("unshare -n bash -c 'ip link set lo up; vtap-decap -l vxlan:// --duration 0.1 -w o'")],
		[0, "vtap-decap: no tunnel was found: no packet came\n"], 'a port without packets');
}

# A run that failed has its error, and nothing else to say.
spew('cut.pcap', substr slurp('mixed.pcap'), 0, -3);
my ($status, $err) = run('vtap-decap --fail-if-none -r cut.pcap -w o');
ok($status == 1 && $err =~ /^vtap-decap: cut.pcap: packet 5: [^\n]*\n\z/, 'a damaged input: one line') or diag($err);

done_testing();
