#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The native readers, the wiretap reader and Wireshark itself see the same packets.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5);
use File::Basename qw(basename);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets blocks options pcap ng_section ng_interface ng_block ng_option ng_packet
	ng_simple);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
# wiretap 4.0's netmon writer loses 4 KiB when it closes a file.
my $no_leaks = 'ASAN_OPTIONS=detect_leaks=0';
# No tunnel has this id: everything passes untouched and in order.
my $copy = "$build/vtap-decap -e tzsp --id 4294967295 --reassembly-mem 0";

# Exit status (a signal is -1) and standard error of a shell command.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} 2>$dir/stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stderr"));
}

sub succeeds {
	my ($command, $name) = @_;
	my ($status, $stderr) = run($command);
	is($status, 0, $name) or diag $stderr;
	return $status == 0;
}

# Of the same bytes it says the same: it is asked once.
my %seen;
sub tshark {
	my ($file) = @_;
	return $seen{md5(slurp($file))} //= tshark_says($file);
}

sub tshark_says {
	my ($file) = @_;
	my $fields = join ' ', map { "-e $_" }
		qw(frame.time_epoch frame.len frame.cap_len frame.protocols frame.interface_name
		frame.interface_description frame.comment frame.packet_flags);
	my $lines = `tshark -n -r $file -T fields $fields 2>/dev/null`;
	# What pcapng calls an interface without a name, other formats do not have.
	return $lines =~ s/\tunknown(?=\t)/\t/gr;
}

sub same_lists {
	my ($got, $want, $name) = @_;
	is(join("\n", @$got), join("\n", @$want), $name);
}

# What sections and interfaces say, in any order.
sub descriptions {
	my ($file) = @_;
	return map {
		my ($type, $order, $block) = @$_;
		join ' ', sort map { "$_->[0]=" . unpack 'H*', $_->[1] }
			options(substr($block, $type == 1 ? 16 : 24, -4), $order);
	} grep { $_->[0] == 1 || $_->[0] == 0x0a0d0d0a } blocks(slurp($file));
}

# The packets of a file; bare IP has one link type, which pcapng calls 12 or 101.
sub bare_ip {
	my ($file) = @_;
	return map { s/^(\S+) 1[24] /$1 101 /r } packets($file);
}

# Both readers give the same packets, and none are missing.
sub same_packets {
	my ($file, $name) = @_;
	my ($native, $wiretap) = ("$dir/native.pcapng", "$dir/wiretap.pcapng");
	succeeds("$copy -r $file -w $native", "$name: native reader") or return;
	succeeds("$copy --reader wiretap -r $file -w $wiretap", "$name: wiretap reader") or return;
	my @packets = packets($native);
	cmp_ok(scalar @packets, '>', 0, "$name: there are packets");
	same_lists([bare_ip($wiretap)], [bare_ip($native)], "$name: wiretap reads what the native reader reads");
	return $native;
}

# ... and both copies are to Wireshark what the file itself is.
sub same_for_wireshark {
	my ($file) = @_;
	my $name = basename($file);
	my $native = same_packets($file, $name) or return;
	same_lists([bare_ip($native)], [bare_ip($file)], "$name: the same bytes");
	my $want = tshark($file);
	isnt($want, '', "$name: tshark reads it");
	is(tshark($native), $want, "$name: natively copied, tshark sees the same");
	is(tshark("$dir/wiretap.pcapng"), $want, "$name: through wiretap, tshark sees the same");
}

my $ip = pack 'H*', '4500002000010000401166cb0a0000010a000002' . '03e807d0000c0000' . '76746170';
my $frame = pack('H*', '0200000000020200000000010800') . $ip;
my $vlan = pack('H*', '0200000000020200000000018100000708004500') . substr $ip, 2;
my @records = ([1_700_000_000, 1, $frame], [1_700_000_000, 999_999, $vlan, 1500],
	[1_700_000_001, 0, $frame x 3, length($frame) * 3]);

same_packets($_, basename($_)) for sort glob 'tests/data/*.pcap tests/data/*.pcapng';

# pcap: byte orders, resolutions, link types, odd lengths.
for my $order ('<', '>') {
	my $end = $order eq '<' ? 'little' : 'big';
	same_for_wireshark(spew("$dir/micro-$end.pcap", pcap($order, 0xa1b2c3d4, 1, @records)));
	same_for_wireshark(spew("$dir/nano-$end.pcap",
		pcap($order, 0xa1b23c4d, 1, @records, [1_700_000_002, 999_999_999, $frame])));
}
my $null = pack('L<', 2) . $ip;
my $sll = pack('n n n a8 n', 0, 1, 6, "\2\0\0\0\0\1", 0x0800) . $ip;
for (['raw', 101, $ip], ['raw12', 12, $ip], ['ipv4', 228, $ip], ['null', 0, $null],
	['sll', 113, $sll], ['mtp2-with-header', 139, "\1\0\0\0" . $ip],
	['ppp-with-direction', 204, "\1\xff\3\0\x21" . $ip], ['wlan-radio', 105, $ip]) {
	my ($name, $link, $bytes) = @$_;
	same_for_wireshark(spew("$dir/$name.pcap", pcap('<', 0xa1b2c3d4, $link,
		[1_700_000_000, 5, $bytes], [1_700_000_001, 6, $bytes, 4000])));
}

# pcapng: interfaces of different names, link types, resolutions and offsets, comments, sections.
my $ns = 1_700_000_000_123_456_789;
for my $o ('<', '>') {
	my $end = $o eq '<' ? 'little' : 'big';
	my @file = (
		ng_section($o, ng_option($o, 1, 'first'), ng_option($o, 4, 'a test')),
		ng_interface($o, 1, 65535, ng_option($o, 2, 'left'), ng_option($o, 9, "\x09")),
		ng_interface($o, 1, 0, ng_option($o, 2, 'right'), ng_option($o, 3, 'the other'),
			ng_option($o, 8, pack "Q$o", 10_000_000_000), ng_option($o, 12, 'Linux 6.1'),
			ng_option($o, 13, "\4")),
		ng_interface($o, 101, 0, ng_option($o, 2, 'tun'), ng_option($o, 9, "\x03")),
		ng_interface($o, 1, 0, ng_option($o, 2, 'binary'), ng_option($o, 9, "\x94")),
		ng_interface($o, 1, 0, ng_option($o, 2, 'shifted'), ng_option($o, 9, "\x09"),
			ng_option($o, 14, pack "q$o", 3600)),
		ng_packet($o, 0, $ns, $frame, length $frame, ng_option($o, 1, 'a comment')),
		ng_packet($o, 1, 1_700_000_000_123_456, $vlan, 9000, ng_option($o, 2, pack "L$o", 1)),
		ng_packet($o, 2, 1_700_000_000_123, $ip, length $ip),
		ng_packet($o, 3, (1_700_000_000 << 20) + 700_001, $frame, length $frame),
		ng_packet($o, 4, $ns, $frame, length $frame));
	same_for_wireshark(spew("$dir/interfaces-$end.pcapng", @file));
	same_lists([descriptions("$dir/wiretap.pcapng")], [descriptions("$dir/native.pcapng")],
		"interfaces, $end: the same options of section and interfaces") if $o eq '<';
	same_packets(spew("$dir/simple-$end.pcapng", ng_section($o), ng_interface($o, 1, 49),
		ng_simple($o, $frame), ng_simple($o, substr($vlan, 0, 49), 1500)), "simple $end");
}
same_packets(spew("$dir/sections.pcapng",
	ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 2, 'one')),
	ng_packet('<', 0, 1_700_000_000_000_001, $frame, length $frame),
	ng_section('>'), ng_interface('>', 101, 0, ng_option('>', 2, 'two')),
	ng_packet('>', 0, 1_700_000_000_000_002, $ip, length $ip)), 'sections of both byte orders');

# Records that are no packets: the native reader passes them on, through wiretap they are counted.
my $journal = spew("$dir/journal.pcapng", ng_section('<'), ng_interface('<', 1, 0),
	ng_packet('<', 0, 1_700_000_000_000_001, $frame, length $frame),
	ng_block('<', 9, "__REALTIME_TIMESTAMP=1700000000000002\nMESSAGE=hello\n"),
	ng_packet('<', 0, 1_700_000_000_000_003, $frame, length $frame));
same_packets($journal, 'a journal entry');
is(scalar(grep { $_->[0] == 9 } blocks(slurp("$dir/native.pcapng"))), 1,
	'a journal entry: the native reader passes it on');
run("$copy --reader wiretap -r $journal -w $dir/out.pcapng --stats $dir/stats");
like(slurp("$dir/stats"), qr/"records_skipped": 1\b/, '... the wiretap reader counts it');

run("$copy -F snoop -r $journal -w $dir/out.snoop --stats $dir/stats");
like(slurp("$dir/stats"), qr/"blocks_dropped": 1\b/, '... and a format without blocks that it is lost');

# An interface without packets is passed on, too, wherever it stands.
same_packets(spew("$dir/last.pcapng", ng_section('<'), ng_interface('<', 1, 0),
	ng_packet('<', 0, 1_700_000_000_000_001, $frame, length $frame),
	ng_interface('<', 1, 0, ng_option('<', 2, 'last'))), 'an interface at the end');
like(slurp("$dir/wiretap.pcapng"), qr/last/, '... is there');

# Compressed files and pipes of foreign formats, through wiretap on either path.
my $plain = "$dir/micro-little.pcap";
my @plain = packets($plain);
for my $compress ('gzip -c', 'zstd -qc', 'lz4 -qc') {
	my ($tool) = split ' ', $compress;
	SKIP: {
		skip "$tool is not installed", 4 if system("command -v $tool >/dev/null") != 0;
		system "$compress $plain >$dir/packed";
		succeeds("$copy -r $dir/packed -w $dir/out.pcap", "$tool: read");
		same_lists([packets("$dir/out.pcap")], \@plain, "$tool: the same packets");
		succeeds("cat $dir/packed | $copy -F pcap >$dir/out.pcap", "$tool: from a pipe");
		same_lists([packets("$dir/out.pcap")], \@plain, "$tool: the same packets from a pipe");
	}
}

# Standard input that stands behind the start of its file: every reader begins there.
spew("$dir/behind", 'x' x 1000, slurp($plain));
system "{ printf '%1000s' ''; gzip -c $plain; } >$dir/behind.gz";
for (['behind', ''], ['behind', '--reader wiretap'], ['behind.gz', '']) {
	my ($file, $reader) = @$_;
	succeeds("{ dd bs=1000 count=1 of=$dir/rest status=none; $copy $reader -F pcap >$dir/out.pcap; } <$dir/$file",
		"$file, from the middle on: read $reader") or next;
	same_lists([packets("$dir/out.pcap")], \@plain, '... the same packets');
}

# Formats that editcap writes and wiretap reads: the packets come through, and back into the format.
for my $format (qw(snoop netmon1 netmon2 visual ngsniffer modpcap k12text lanalyzer)) {
	my $file = "$dir/in.$format";
	is(system("editcap -F $format $plain $file 2>/dev/null"), 0, "$format: editcap writes it");
	my $want = tshark($file);
	succeeds("$copy -r $file -w $dir/out.pcapng", "$format: read");
	is(tshark("$dir/out.pcapng"), $want, "$format: tshark sees the same packets");
	succeeds("cat $file | $copy -F pcapng >$dir/piped.pcapng", "$format: from a pipe");
	same_lists([packets("$dir/piped.pcapng")], [packets("$dir/out.pcapng")],
		"$format: the same from a pipe");
	succeeds("$no_leaks $copy -F $format -r $plain -w $dir/back", "$format: written");
	is(tshark("$dir/back"), $want, "$format: tshark reads what we wrote as what editcap wrote");
}

# Link types whose header wiretap takes off, and puts back on the way out.
for my $name ('mtp2-with-header', 'ppp-with-direction') {
	my $file = "$dir/$name.pcap";
	succeeds("$copy --reader wiretap -F modpcap -r $file -w $dir/back", "$name: written by wiretap");
	is(tshark("$dir/back"), tshark($file), "$name: tshark sees the same");
}
succeeds("$copy -F erf -r $plain -w $dir/out.erf", 'erf: written from Ethernet');
like(tshark("$dir/out.erf"), qr/\berf:eth:ethertype:ip:udp/, 'erf: tshark finds the frames');
succeeds("$copy -r $dir/out.erf -w $dir/out.pcapng", 'erf: read');
is(tshark("$dir/out.pcapng"), tshark("$dir/out.erf"), 'erf: tshark sees the same');
system "editcap -F nettl $plain $dir/in.nettl 2>/dev/null";
succeeds("$copy -r $dir/in.nettl -w $dir/out.pcapng", 'nettl: read');
same_lists([packets("$dir/out.pcapng")], \@plain, 'nettl: the frames are Ethernet again');

# Formats have their own limits: times before 1970 or after 2106, lengths below what is captured.
spew("$dir/times.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 9, "\x00"),
	ng_option('<', 14, pack 'q<', -1000)), ng_packet('<', 0, 1, $frame, 1),
	ng_packet('<', 0, 8_000_000_000, $frame, length $frame));
succeeds("$copy -F snoop -r $dir/times.pcapng -w $dir/out.snoop --stats $dir/stats", 'odd times: written');
is(tshark("$dir/out.snoop") =~ s/^(\S+)\t(\d+)\t.*\n/$1 $2,/mgr,
	"0.000000000 46,4294967295.999999000 46,", '... as the nearest that fit');
like(slurp("$dir/stats"), qr/"timestamps_clamped": 2\b/, '... and counted');
# What is too fine for a format is counted: as often as tshark sees another time.
spew("$dir/fine.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 9, "\x09")),
	map { ng_packet('<', 0, 1_700_000_000_000_000_000 + $_, $frame, length $frame) } 1, 1000, 1001, 2_000_000, 2_000_001);
my @fine = map { (split)[0] } split /\n/, tshark("$dir/fine.pcapng");
my %cut;
for my $format (qw(5views commview-ncf erf modpcap netmon1 netmon2 nettl ngwsniffer_2_0 nokiapcap snoop visual)) {
	succeeds("$no_leaks $copy -F $format -r $dir/fine.pcapng -w $dir/back --stats $dir/stats", "$format: written");
	my @back = map { (split)[0] } split /\n/, tshark("$dir/back");
	my $cut = $cut{$format} = grep { $fine[$_] ne $back[$_] } 0 .. $#fine;
	like(slurp("$dir/stats"), qr/"timestamps_clamped": $cut\b/, "... $cut times are cut, and counted");
}
is(join(' ', @cut{qw(5views snoop visual)}), '0 3 4', 'nanoseconds, microseconds, milliseconds');
my $netmon = slurp("$dir/in.netmon1");
spew("$dir/early.netmon1", substr($netmon, 0, 8) . pack('v', 1965) . substr $netmon, 10);
for my $format (qw(pcapng snoop)) {
	run("$copy -F $format -r $dir/early.netmon1 -w $dir/out.$format --stats $dir/stats");
	like(tshark("$dir/out.$format"), qr/\A0\.000000000\t/, "a capture of 1965 as $format: the nearest times");
	like(slurp("$dir/stats"), qr/"timestamps_clamped": 3\b/, '... counted');
}
spew("$dir/simple.pcapng", ng_section('<'), ng_interface('<', 1, 0), ng_simple('<', $frame));
run("$copy -F snoop -r $dir/simple.pcapng -w $dir/out.snoop --stats $dir/stats");
like(slurp("$dir/stats"), qr/"simple_to_enhanced": 1\b/, 'a simple packet, which has no time: counted');
spew("$dir/none.pcap", pcap('<', 0xa1b2c3d4, 101));
succeeds("$copy -F modpcap -r $dir/none.pcap -w $dir/out.modpcap", 'no packets: written');
is(unpack('x20 L<', slurp("$dir/out.modpcap")), 101, '... with the link type of the input');

# What cannot be.
my ($status, $stderr) = run("head -c 200 $dir/in.snoop | $copy -w $dir/cut.pcapng");
is($status, 1, 'a cut foreign file: exit 1');
like($stderr, qr/^vtap-decap: standard input: packet 3: offset \d+: .*middle of a record\n\z/,
	'... names packet and offset');
is(scalar(my @before = packets("$dir/cut.pcapng")), 2, '... and what was before it is there');
system "gzip -c tests/data/mirrored.pcap | head -c 5000 >$dir/cut.gz";
($status, $stderr) = run("$copy -r $dir/cut.gz -w $dir/cut.pcapng");
is($status, 1, 'a cut gzip file: exit 1');
like($stderr, qr/^vtap-decap: \S+cut.gz: packet \d+: offset \d+: /, '... names packet and offset');
my @some = packets("$dir/cut.pcapng");
my @all = packets('tests/data/mirrored.pcap');
cmp_ok(scalar @some, '>', 5, '... gives what was before');
same_lists(\@some, [@all[0 .. $#some]], '... unharmed');
spew("$dir/noise", 'this is no capture, however long one looks at it ' x 9);
($status, $stderr) = run("$copy -r $dir/noise -w $dir/never");
is($status, 1, 'not a capture: exit 1');
is($stderr, "vtap-decap: $dir/noise: not a capture that vtap or Wireshark knows\n", '... one line');
ok(!-e "$dir/never", '... and no output');
# Time resolutions: the finest that 64 bits hold, and one more.
for ([9, 0], [19, 0], [20, 1], [0x80 | 63, 0], [0x80 | 64, 1], [0xff, 1]) {
	my ($resolution, $want) = @$_;
	spew("$dir/fine.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 9, chr $resolution)), ng_packet('<', 0, 5, 'x' x 60, 60));
	for my $reader ('auto', 'wiretap') {
		($status, $stderr) = run("$copy -q --reader $reader -r $dir/fine.pcapng -w $dir/fine");
		is($status, $want, "a time resolution of $resolution, --reader $reader: exit $want");
		like($stderr, $want ? qr/\A[^\n]*time resolution is beyond 64 bits[^\n]*\n\z/ : qr/\A\z/, '... and what is said');
	}
}
($status, $stderr) = run("$copy -F btsnoop -r $plain -w $dir/never");
is($status, 1, 'a format that cannot hold Ethernet: exit 1');
like($stderr, qr/format btsnoop cannot hold packets of link type 1 \(Ethernet\)\n\z/, '... says so');
ok(!-e "$dir/never", '... and nothing has the final name');
($status, $stderr) = run("$copy -F snoop -r $dir/interfaces-little.pcapng -w $dir/never");
is($status, 1, 'mixed link types in snoop: exit 1');
like($stderr, qr/link type 101, the first one written has 1\b.*pcapng/, '... names both');
ok(-e "$dir/never" && !-e "$dir/never.tmp", '... what fits has its name');
unlink "$dir/never";
($status, $stderr) = run("$copy -F netmon2 -r $plain | cat >/dev/null; exit \${PIPESTATUS[0]}");
is($status, 1, 'a format that seeks, to a pipe: exit 1');
like($stderr, qr/format netmon2: .*cannot be written to a pipe/, '... says so');
# A full disk that shows only when the file is closed.
($status, $stderr) = run("trap '' XFSZ; ulimit -f 1; $copy -F snoop -c 40 -r tests/data/mirrored.pcap -w $dir/full");
is($status, 1, 'a file that cannot grow: exit 1');
like($stderr, qr/what was written is in $dir\/full\.tmp: $dir\/full: File too large\n\z/, '... names the .tmp');
ok(!-e "$dir/full", '... and nothing has the final name');
# A reader that goes while the tool starts may be there until all fits into the pipe.
($status, $stderr) = run("mkfifo $dir/fifo; exec 3<>$dir/fifo 4>$dir/fifo 3<&-; $copy -F snoop -r tests/data/mirrored.pcap >&4");
is("$status$stderr", '0', 'a closed pipe ends quietly');
done_testing();
