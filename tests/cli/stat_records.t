#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-stat: what a record is about. When flows begin and end, which end is the source, keys and intervals, what is cut,
# formats by the ending of the name, records while the input waits, and totals for Prometheus.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew ng_section ng_interface ng_option ng_packet);
use Run qw(start_reading);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $stat = "$build/vtap-stat";
my $mirrored = abs_path('tests/data/mirrored.pcap');
my $dir = scratch();
chdir $dir or die;
my ($FIN, $SYN, $RST, $PSH, $ACK) = (1, 2, 4, 8, 16);
my $first_us = 1_700_000_040_000_000; # a full minute
my $id = 0;

sub ethernet { return pack('H24 n', '020000000002020000000001', $_[0]) . $_[1] }

sub ipv4 {
	my ($protocol, $from, $to, $payload) = @_;
	return ethernet(0x0800, pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, ++$id, 0, 64, $protocol, 0, 10, 0, 0, $from, 10, 0, 0, $to) . $payload);
}

# Host 2 has port 53, the others have ports of their own.
sub udp {
	my ($from, $to) = @_;
	return ipv4(17, $from, $to, pack('n4', (map { $_ == 2 ? 53 : 1000 + $_ } $from, $to), 28, 0) . 'x' x 20);
}

# Port 1000 of host 1 and port 80 of host 2, as they stand behind each other.
sub tcp {
	my ($from, $seq, $ack, $flags, $payload, $options) = @_;
	my @ports = $from == 1 ? (1000, 80) : (80, 1000);
	$options //= '';
	return ipv4(6, $from, 3 - $from, pack('n n N N C C n n n', @ports, $seq, $ack, 0x50 + length($options) * 4, $flags, 1000, 0, 0) . $options . ($payload // ''));
}

my $arp = ethernet(0x0806, pack('H16 H40', '0001080006040001', '02' x 20));

# A pcapng of [seconds behind the first minute, frame, interface, length on the wire], on interfaces a and b.
sub keep {
	my ($name, @packets) = @_;
	my $blocks = ng_section('<') . join '', map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } 'a', 'b';
	return spew($name, $blocks . join '', map { packet(@$_) } @packets);
}

sub packet {
	my ($seconds, $frame, $interface, $len) = @_;
	return ng_packet('<', $interface // 0, $first_us + int($seconds * 1e6), $frame, $len // length $frame);
}

sub records {
	my ($file, $options) = @_;
	my @lines = `$stat -q -F ndjson $options -r $file 2>said`;
	is($? . slurp('said'), '0', "vtap-stat $options");
	return map { decode_json($_) } @lines;
}

# "PACKETS END" of each record, in order of time.
sub ends {
	my ($options, @packets) = @_;
	keep('ends.pcapng', @packets);
	return join ', ', map { "$_->{network}{packets} $_->{vtap}{end}" } sort { $a->{event}{start} cmp $b->{event}{start} } records('ends.pcapng', $options);
}

# When a flow ends.
my @handshake = ([0, tcp(1, 99, 0, $SYN)], [0.1, tcp(2, 499, 100, $SYN | $ACK)], [0.2, tcp(1, 100, 500, $ACK)]);
my @fins = ([1, tcp(1, 100, 500, $FIN | $ACK)], [1.1, tcp(2, 500, 101, $FIN | $ACK)]);
is(ends('--by flow', [0, udp(1, 2)], [60, udp(2, 1)]), '2 end', 'a flow goes on after 60 s');
is(ends('--by flow', [0, udp(1, 2)], [61, udp(2, 1)]), '1 idle, 1 end', '... and not after 61');
is(ends('--by flow --flow-idle 5', [0, udp(1, 2)], [6, udp(2, 1)], [10, udp(1, 2)]), '1 idle, 2 end', '--flow-idle 5');
is(ends('--by flow', [70, udp(1, 2)], [0, udp(3, 2)], [1, udp(3, 2)], [129, udp(2, 1)]), '2 end, 2 end', 'a capture that jumps back ends no flow early');
is(ends('--by flow', @handshake, @fins, [5.9, tcp(1, 101, 501, $ACK)]), '6 end', 'both FINs: the flow goes on for 5 s');
is(ends('--by flow', @handshake, @fins, [7, tcp(1, 101, 501, $ACK)]), '5 finished, 1 end', '... and not longer');
is(ends('--by flow', @handshake, $fins[0], [30, tcp(2, 500, 101, $ACK)]), '5 end', 'one FIN ends nothing');
is(ends('--by flow', @handshake, [1, tcp(2, 500, 100, $RST)], [5.9, tcp(1, 100, 500, $ACK)]), '5 end', 'RST: the flow goes on for 5 s');
is(ends('--by flow', @handshake, [1, tcp(2, 500, 100, $RST)], [7, tcp(1, 100, 500, $ACK)]), '4 reset, 1 end', '... and not longer');
is(ends('--by flow', @handshake, @fins, [2, tcp(1, 7000, 0, $SYN)]), '5 finished, 1 end', 'a SYN of another number behind FINs begins a flow at once');
is(ends('--by flow', @handshake, [1, tcp(2, 500, 100, $RST)], [2, tcp(1, 7000, 0, $SYN)]), '4 reset, 1 end', '... and behind a RST');
is(ends('--by flow', @handshake, [1, tcp(2, 500, 100, $RST)], [2, tcp(1, 99, 0, $SYN)]), '5 end', 'a SYN of the same number does not');
is(ends('--by flow --max-keys 16', map { [$_, udp($_, 2)] } 10 .. 40), join(', ', ('1 resources') x 16, ('1 end') x 15), '--max-keys: the one that was silent longest goes');

# Intervals of flows.
is(ends('--by flow -G 60', [1, udp(1, 2)], [2, udp(2, 1)], [61, udp(1, 2)]), '2 interval, 1 end', '-G: a record for each interval');
is(ends('--by flow -G 60 --flow-idle 1000', [1, udp(1, 2)], [301, udp(1, 2)]), '1 interval, 1 end', '... in which something was to be counted');
keep('late.pcapng', [1, udp(1, 2)], [61, udp(1, 2)], [2, udp(1, 2)], [62, udp(1, 2)]);
is(join(', ', map { join ' ', $_->{'@timestamp'}, $_->{network}{packets}, $_->{vtap}{late}{packets} } records('late.pcapng', '--by source -G 60')),
	'2023-11-14T22:15:00.000000000Z 1 0, 2023-11-14T22:16:00.000000000Z 3 1', 'a late packet counts in the interval that is open, and as late');
is(join(', ', map { "$_->{network}{packets} $_->{vtap}{late}{packets}" } records('late.pcapng', '--by source -G 60 --window 60')), '2 0, 2 0', '--window sorts it');
my ($lone) = records('late.pcapng', '--by source');
is(join(' ', @{$lone->{event}}{qw(start end duration)}, $lone->{'@timestamp'}, exists $lone->{vtap}{interval} ? 1 : 0),
	'2023-11-14T22:14:01.000000000Z 2023-11-14T22:15:02.000000000Z 61000000000 2023-11-14T22:15:02.000000000Z 0', 'times without -G');

# Which end is the source.
sub source_of { my ($options, @packets) = @_; keep('source.pcapng', @packets); return join ', ', map { "$_->{source}{ip} $_->{source}{packets} $_->{destination}{packets}" } records('source.pcapng', $options) }
is(source_of('--by flow', [0, udp(2, 1)], [1, udp(1, 2)], [2, udp(1, 2)]), '10.0.0.2 1 2', 'the sender of the first packet is the source');
is(source_of('--by flow', @handshake), '10.0.0.1 2 1', '... of a handshake, too');
is(source_of('--by flow', @handshake[1, 2]), '10.0.0.1 1 1', '... unless that is a SYN+ACK');
is(source_of('--by flow -G 60', [58, udp(2, 1)], [61, udp(1, 2)], [62, udp(1, 2)]), '10.0.0.2 1 0, 10.0.0.2 0 2', '... and does not change');

# Keys.
keep('keys.pcapng', [0, udp(1, 2)], [1, udp(1, 2), 1], [2, $arp], [3, $arp, 1], [4, ipv4(47, 1, 2, 'x' x 20)], [5, substr(udp(1, 2), 0, 20)]);
my %of = map { $_->{vtap}{key} => $_ } records('keys.pcapng', '--by flow');
is(join(' ', sort keys %of), 'a,none a,proto47_10.0.0.1_10.0.0.2 a,udp_10.0.0.1.1001_10.0.0.2.53 b,none b,udp_10.0.0.1.1001_10.0.0.2.53', '--by flow is source,flow: what has no flow is one record of each source');
is("$of{'a,none'}{event}{kind} $of{'a,none'}{event}{dataset} $of{'a,none'}{network}{packets}", 'metric vtap.source 2', '... of another kind');
my ($flow) = $of{'b,udp_10.0.0.1.1001_10.0.0.2.53'};
is("$flow->{event}{kind} @{$flow->{event}{category}} @{$flow->{event}{type}} $flow->{event}{dataset} $flow->{observer}{ingress}{interface}{name} $flow->{vtap}{source} $flow->{vtap}{by}",
	'event network connection vtap.flow b b source,flow', '... a flow says what it is, and whose');
is(join(' ', sort map { "$_->{vtap}{key} $_->{network}{packets}" } records('keys.pcapng', '--by none,flow')), 'none 3 proto47_10.0.0.1_10.0.0.2 1 udp_10.0.0.1.1001_10.0.0.2.53 2', '--by none,flow joins the sources');
is(join(' ', map { $_->{vtap}{key} . ' ' . $_->{network}{packets} } sort { $a->{vtap}{key} cmp $b->{vtap}{key} } records('keys.pcapng', '--by mac')), '02:00:00:00:00:01 6 02:00:00:00:00:02 6', '--by mac: a packet belongs to two records');
spew('names.pcapng', ng_section('<') . join('', map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } 'none', 'others', "x\ny", '') . join '', map { ng_packet('<', $_, $first_us, $arp, length $arp) } 0 .. 3);
my @named = sort map { $_->{vtap}{key} } records('names.pcapng', '--by source');
is(scalar(grep { /^(?:none|others)$/ } @named), 0, "no name collides with none or others: @named");
system "$build/vtap-split -q --by source -r names.pcapng -w 'split/{key}.pcapng'";
is("@named", join(' ', sort map { m{split/(.*)\.pcapng$} } glob 'split/*'), '... and they are those of the files of vtap-split');

# What is cut: told or hidden, each once, and with tunnels on that of the innermost packet.
my $whole = ipv4(17, 1, 2, pack('n4', 5, 6, 208, 0) . 'x' x 200);
keep('cut.pcapng', [0, $whole], [1, substr($whole, 0, 100)], [2, substr($whole, 0, 100), 0, length $whole], [3, substr($whole, 0, 100), 0, 120]);
my ($cut) = records('cut.pcapng', '--by source');
is("$cut->{vtap}{cut}{packets} $cut->{vtap}{hidden_cut}{packets} $cut->{network}{bytes} $cut->{vtap}{captured}{bytes}",
	'2 1 ' . (2 * length($whole) + 100 + 120) . ' ' . (length($whole) + 300), 'cut, and hidden cut: each packet is one of them');
system "$build/vtap-tap -q --from 10.0.1.5 -t vxlan://10.0.2.9/3000 -r cut.pcapng -w tunnel.pcap 2>said";
my ($on) = records('tunnel.pcap', '--by source');
is("$on->{vtap}{key} $on->{vtap}{cut}{packets} $on->{vtap}{hidden_cut}{packets}", 'vxlan-3000@10.0.1.5 ' . hidden('tunnel.pcap'), '... with tunnels on as vtap-fixlen sees them');
like(`$stat -q -r cut.pcapng`, qr/run it through vtap-fixlen first/, 'the table says what to do');

# "CUT HIDDEN": packets shorter than they say, and those that vtap-fixlen corrects.
sub hidden {
	my ($file) = @_;
	my $cut = grep { my ($caplen, $len) = split ' '; $caplen < $len } `tshark -n -r $file -T fields -E separator=' ' -e frame.cap_len -e frame.len 2>/dev/null`;
	system "$build/vtap-fixlen -q -r $file -w fixed.pcap --stats fixed.json";
	my $after = grep { my ($caplen, $len) = split ' '; $caplen < $len } `tshark -n -r fixed.pcap -T fields -E separator=' ' -e frame.cap_len -e frame.len 2>/dev/null`;
	return "$cut " . ($after - $cut);
}

# Oversize packets.
my $mss = pack('C C n', 2, 4, 1000);
sub oversize {
	my ($options, @packets) = @_;
	keep('big.pcapng', @packets);
	my ($it) = map { $_->{vtap}{oversize} } records('big.pcapng', "--by source $options");
	return "$it->{superframe}{packets} $it->{superframe}{wire_packets} $it->{jumbo}{packets} $it->{unknown}{packets}";
}
my @small = ([0, tcp(1, 99, 0, $SYN, '', $mss)], [0.1, tcp(2, 499, 100, $SYN | $ACK, '', pack('C C n', 2, 4, 1460))]);
my $big = tcp(1, 100, 500, $ACK, 'x' x 4001);
is(oversize('', @small, [1, $big]), '1 5 0 0', 'a superframe: above the smaller MSS of the SYNs, for so many packets of the wire');
is(oversize('', @small, [1, substr($big, 0, 100), 0, length $big]), '1 5 0 0', '... cut or not');
is(oversize('', [0, tcp(1, 100, 500, $ACK, 'x' x 1448)], [1, tcp(1, 1548, 500, $ACK, 'x' x 4001)]), '1 3 0 0', '... without SYNs: above 1460 behind a full packet');
is(oversize('', [0, tcp(1, 100, 500, $ACK | $PSH, 'x' x 1448)], [1, tcp(1, 1548, 500, $ACK, 'x' x 4001)]), '0 0 0 1', '... which one with PSH is not: unknown');
is(oversize('', [0, tcp(1, 99, 0, $SYN, '', pack('C C n', 2, 4, 8960))], [0.1, tcp(2, 499, 100, $SYN | $ACK, '', pack('C C n', 2, 4, 8960))], [1, $big], [2, ipv4(17, 1, 2, pack('n4', 5, 6, 3008, 0) . 'x' x 3000)]),
	'0 0 2 0', 'jumbo: the handshake of the flow allows it, and for UDP one of its source');
is(oversize('--no-flows', @small, [1, $big]), '0 0 0 1', '--no-flows: unknown');
my ($bare) = records('big.pcapng', '--by source --no-flows');
ok(!exists $bare->{vtap}{tcp} && !exists $bare->{vtap}{missing}{bytes} && exists $bare->{vtap}{missing}{packets}, '... and nothing is said of TCP');

# The format, by the ending of the name.
for (['x.ndjson', qr/\A\{.*\}\n\z/], ['x.jsonl', qr/\A\{.*\}\n\z/], ['x.csv', qr/\Atimestamp,.*\r\n.*\r\n\z/], ['x.prom', qr/\A# HELP vtap_stat_/], ['x.txt', qr/\A *missing.*\nsource /], ['x.JSON -F csv', qr/\Atimestamp,/]) {
	my ($name, $want) = @$_;
	system "$stat -q -r cut.pcapng -w $name";
	like(slurp($name =~ s/ .*//r), $want, "-w $name");
}

# Inputs are those of vtap-split: files, folders, pipes and lists, compressed or not, merged in the order of time.
system "mkdir parts; editcap -c 300 $mirrored parts/p.pcap; editcap -F snoop $mirrored m.snoop";
my @parts = glob 'parts/*';
cmp_ok(scalar @parts, '>', 2, 'a capture in parts');
system "gzip -c $mirrored >m.gz; zstd -qc $mirrored >m.zst; lz4 -qc $mirrored >m.lz4; ls parts/* >list";
for my $input ($mirrored, "-r $mirrored", "<$mirrored", 'm.gz', 'm.zst', 'm.lz4', '<m.zst', 'm.snoop', 'parts', "@{[reverse @parts]}", '--files-from list', "$parts[0] - @parts[2 .. $#parts] <$parts[1]") {
	my @lines = map { decode_json($_) } `$stat -q --by none -F ndjson $input 2>said`;
	is(join(' ', $? . slurp('said'), map { ($_->{network}{packets}, $_->{network}{bytes}, $_->{vtap}{late}{packets}) } @lines), '0 764 511107 0', $input);
}

# Lines are there while the input waits, under their own name, and only as a whole.
my $head = ng_section('<') . ng_interface('<', 1, 0, ng_option('<', 2, 'a'));
for my $format (qw(ndjson csv)) {
	my ($pid, $to) = start_reading("$stat -q -G 1 -w waits.$format", 'said');
	syswrite $to, $head . packet(0, $arp) . packet(1.5, $arp);
	ok(until_true(sub { (slurp("waits.$format") // '') =~ /22:14:01\.000000000Z.*\n\z/ }), "$format: the interval that is over can be read while the input waits") or diag slurp("waits.$format"), slurp('said');
	ok(!-e "waits.$format.tmp", '... under its own name');
	close $to;
	waitpid $pid, 0;
	is($? . slurp('said'), '0', '... the run ends');
}

# Prometheus: totals, replaced as a whole at each interval; labels are kept, and nothing falls.
my ($pid, $input) = start_reading("$stat -q -G 1 --top 2 --by ip-src -w totals.prom", 'said');
my %before;
my ($inode, $falls, $steps) = (0, 0, 0);
syswrite $input, $head;
for my $second (0 .. 5) {
	syswrite $input, join('', map { packet($second + 0.1, udp($_, 9)) } 1 .. $second + 1) . packet($second + 0.2, $arp);
	next if $second == 0;
	my %now;
	# What is over by now: all seconds in front of this one.
	my $want = 0;
	$want += $_ + 2 for 0 .. $second - 1;
	my $seen = until_true(sub {
		my $text = slurp('totals.prom') // '';
		%now = $text =~ /^(vtap_stat_packets_total\{.*\}) (\d+)$/mg;
		my $sum = 0;
		$sum += $_ for values %now;
		return $sum == $want;
	});
	ok($seen, "after $second intervals: $want packets") or diag explain \%now;
	$falls += grep { $now{$_} < ($before{$_} // 0) } keys %now;
	$falls += grep { !exists $now{$_} } keys %before;
	$steps += $inode != (stat 'totals.prom')[1];
	$inode = (stat 'totals.prom')[1];
	%before = %now;
}
close $input;
waitpid $pid, 0;
is($falls, 0, 'no value falls, no label goes');
is($steps, 5, 'each time it is another file');
is(join(' ', sort map { /key="(.*?)"/ } keys %before), '10.0.0.1 none others', '... the first keys have labels, all later ones are others') or diag explain \%before;
system "$stat -q --by none -r cut.pcapng -w once.prom";
like(slurp('once.prom'), qr/^vtap_stat_packets_total\{key="none"\} 4$/m, 'without -G it is written once, at the end');
like(slurp('once.prom'), qr/^vtap_stat_hidden_cut_packets_total\{key="none"\} 1$/m, '... with all counters');

done_testing();
