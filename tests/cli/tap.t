#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-tap from file to file, judged with tshark; and that vtap-decap gives back what it was given.
use strict;
use warnings;
use Digest::MD5 qw(md5);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets options ng_section ng_interface ng_packet ng_option pcap);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my ($tap, $decap) = ("$build/vtap-tap", "$build/vtap-decap");
my $dir = scratch();
my $from = '--from 10.0.1.5 --from 2001:db8::5';

# Exit status, stdout and stderr of a command of bash.
sub run {
	my ($command) = @_;
	system 'bash', '-o', 'pipefail', '-c', "{ $command\n} >$dir/stdout 2>$dir/stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stdout"), slurp("$dir/stderr"));
}

# Runs the tap to a new file; words are its options. Returns the file.
sub tap {
	my ($in, $words, $ending) = @_;
	my $out = "$dir/out." . ($ending // 'pcapng');
	unlink $out, "$dir/stats";
	my ($status, undef, $err) = run("$tap -q -r $in $from -w $out --stats $dir/stats $words");
	is($status, 0, "vtap-tap $words") or diag $err;
	return $out;
}

# Counters of the last run that are not 0; every packet has one outcome.
sub counted {
	my $stats = decode_json(slurp("$dir/stats"));
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	is($sum, $stats->{in}, '... outcomes add up');
	my %all = (%{ $stats->{outcomes} }, %{ $stats->{details} });
	delete @all{ grep { !$all{$_} } keys %all };
	return \%all;
}

# What is asked of files most. A tshark takes half a second to start: it tells all of it at once, for the next questions.
my @asked = qw(frame.interface_name frame.protocols frame.time_epoch frame.packet_flags eth.src eth.dst eth.type
	ip.src ip.dst ip.ttl ip.dsfield ip.dsfield.dscp ip.flags.df ip.id ip.len ip.checksum.status
	ipv6.src ipv6.dst ipv6.hlim ipv6.tclass ipv6.tclass.dscp ipv6.flow ipv6.fraghdr.ident
	udp.srcport udp.dstport udp.length udp.checksum.status vxlan.vni geneve.vni
	gre.key gre.sequence_number gre.flags.sequence_number
	erspan.spanid erspan.version erspan.vlan erspan.cos erspan.truncated erspan.direction);
my %place = map { $asked[$_] => $_ } 0 .. $#asked;
my %told;

# The first value of each field of each packet, one line a packet.
sub seen {
	my ($file, @fields) = @_;
	return tshark($file, @fields) if grep({ !exists $place{$_} } @fields) || !-f $file;
	my $lines = $told{md5(slurp($file))} //= [map { [split /\|/, $_, -1] } @{ tshark($file, @asked) }];
	return [map { join '|', @$_[@place{@fields}] } @$lines];
}

sub tshark {
	my ($file, @fields) = @_;
	my $args = join ' ', map { "-e $_" } @fields;
	my @lines = `tshark -n -r $file -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E occurrence=f -E separator='|' $args 2>$dir/tshark`;
	chomp @lines;
	s/\\ / /g, s/\bTrue\b/1/g, s/\bFalse\b/0/g for @lines; # as tshark 4.4 says it
	return \@lines;
}

# Packets of the field's traffic, made from the inside to the outside.
sub eth { return pack('H24 n', '0200000000aa0200000000bb', $_[0]) . $_[1] }

sub ip4 {
	my ($source, $destination, $protocol, $payload) = @_;
	my $head = pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, 7, 0, 64, $protocol, 0,
		split(/\./, $source), split(/\./, $destination));
	my $sum = unpack('%32n*', $head);
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	substr($head, 10, 2) = pack('n', ~$sum & 0xffff);
	return $head . $payload;
}

sub ip6 {
	my ($source, $destination, $next, $payload) = @_;
	my $prefix = pack('H28', '20010db8' . '0' x 20);
	return pack('N n C C', 0x60000000, length $payload, $next, 64) . $prefix .
		pack('n', $source) . $prefix . pack('n', $destination) . $payload;
}

sub udp { return pack('n n n n', @_[0, 1], 8 + length $_[2], 0) . $_[2] }

# UDP between two hosts, so many bytes of it; $back: the other way.
sub bare {
	my ($size, $back) = @_;
	return ip4('192.168.0.2', '192.168.0.1', 17, udp(5001, 40000, 'x' x $size)) if $back;
	return ip4('192.168.0.1', '192.168.0.2', 17, udp(40000, 5001, 'x' x $size));
}

sub frame { return eth(0x0800, bare(@_)) }
sub arp { return eth(0x0806, pack 'n n C C n H40', 1, 0x0800, 6, 4, 1, '0' x 40) }

# A pcap of frames, or [frame, bytes captured]; one second between two.
sub capture {
	my ($name, @frames) = @_;
	my $second = 1_700_000_000;
	return spew("$dir/$name", pcap('<', 0xa1b23c4d, 1, map {
		my ($frame, $caplen) = ref $_ ? @$_ : ($_, length);
		[$second++, 123_456_789, substr($frame, 0, $caplen), length $frame];
	} @frames));
}

# A pcapng of [link type, bytes, length, direction], an interface for each link type.
sub mixed {
	my ($name, @packets) = @_;
	my (%id, $interfaces, $blocks, $time);
	for (@packets) {
		my ($link, $bytes, $len, $direction) = @$_;
		if (!exists $id{$link}) {
			$interfaces .= ng_interface('<', $link, 0, ng_option('<', 9, chr 9));
			my $next = keys %id;
			$id{$link} = $next;
		}
		$blocks .= ng_packet('<', $id{$link}, 1_700_000_000_000_000_000 + 1_000_001 * ++$time, $bytes,
			$len // length $bytes, $direction ? ng_option('<', 2, pack 'V', $direction) : ());
	}
	return spew("$dir/$name", ng_section('<') . $interfaces . $blocks);
}

my %targets = (
	vxlan => 'vxlan://HOST/3000', 'vxlan-gpe' => 'vxlan-gpe://HOST:14790/3001',
	geneve => 'geneve://HOST/3002', gre => 'gre://HOST', 'gre-key' => 'gre://HOST/77',
	erspan1 => 'erspan1://HOST', erspan2 => 'erspan2://HOST/99', erspan3 => 'erspan3://HOST/1023',
);

sub target {
	my ($encap, $version) = @_;
	my $host = $version == 4 ? '10.0.2.9' : '[2001:db8::9]';
	return $targets{$encap} =~ s/HOST/$host/r;
}

# Every encapsulation over both families: headers, names, ids, checksums.
sub encapsulations {
	my $in = capture('three.pcap', frame(100), frame(100, 1), arp());
	my %protocol = (vxlan => 'udp:vxlan:eth', 'vxlan-gpe' => 'udp', geneve => 'udp:geneve:eth',
		gre => 'gre:eth', 'gre-key' => 'gre:eth', erspan1 => 'gre:erspan:eth', erspan2 => 'gre:erspan:eth',
		erspan3 => 'gre:erspan:eth');
	my %name = ('vxlan-gpe' => 'vxlan-gpe-3001', vxlan => 'vxlan-3000', geneve => 'geneve-3002',
		gre => 'gre', 'gre-key' => 'gre-77', erspan1 => 'erspan1', erspan2 => 'erspan2-99',
		erspan3 => 'erspan3-1023');
	my %id = (vxlan => '3000|||', geneve => '|0x000bba||', 'gre-key' => '||0x0000004d|',
		erspan2 => '|||99', erspan3 => '|||1023');
	my %port = (vxlan => 4789, 'vxlan-gpe' => 14790, geneve => 6081);
	for my $encap (sort keys %targets) {
		for my $version (4, 6) {
			my $out = tap($in, '-t ' . target($encap, $version));
			my $ip = $version == 4 ? 'ip' : 'ipv6';
			my ($source, $host) = $version == 4 ? qw(10.0.1.5 10.0.2.9) : qw(2001:db8::5 2001:db8::9);
			my $outer = seen($out, 'frame.interface_name', "$ip.src", "$ip.dst", 'eth.src', 'eth.dst',
				$version == 4 ? qw(ip.ttl ip.dsfield ip.flags.df ip.id ip.checksum.status)
				: qw(ipv6.hlim ipv6.tclass ipv6.flow));
			my $want = join '|', "$name{$encap}\@$host", $source, $host, '02:00:00:00:00:01',
				'02:00:00:00:00:02', $version == 4 ? qw(64 0x00 1 0x0000 1) : qw(64 0x00000000 0x000000);
			s/0x00000$/0x000000/ for @$outer;
			is_deeply($outer, [($want) x 3], "$encap over IPv$version: outer headers");
			my $inside = seen($out, 'frame.protocols');
			like($inside->[0], qr/^eth:ethertype:$ip:$protocol{$encap}/, '... what is inside');
			is_deeply(seen($out, qw(vxlan.vni geneve.vni gre.key erspan.spanid)),
				[($id{$encap}) x 3], '... the id') if $id{$encap};
			next if !$port{$encap};
			my @udp = map { [split /\|/] } @{ seen($out, qw(udp.srcport udp.dstport udp.checksum.status)) };
			is($udp[0][0], $udp[1][0], '... one source port for both directions');
			is(scalar(grep { $_->[0] < 49152 || $_->[1] != $port{$encap} } @udp), 0, '... ports');
			is_deeply([map { $_->[2] } @udp], [$version == 4 ? (3) x 3 : (1) x 3],
				'... no checksum over IPv4, a right one over IPv6');
		}
	}
	is_deeply(counted(), { sent => 3 }, '... all sent');
}

sub outer_fields {
	my $in = capture('two.pcap', frame(100), frame(333));
	my $out = tap($in, '-t vxlan://10.0.2.9/1 --ttl 7 --dscp 46 --udp-checksum');
	is_deeply(seen($out, qw(ip.ttl ip.dsfield.dscp udp.checksum.status)), ['7|46|1', '7|46|1'],
		'TTL, DSCP, checksum over IPv4');
	$out = tap($in, "-t 'vxlan://[2001:db8::9]/1' --ttl 255 --dscp 63");
	is_deeply(seen($out, qw(ipv6.hlim ipv6.tclass.dscp)), ['255|63', '255|63'], '... and over IPv6');
	$out = tap($in, '-t gre://10.0.2.9/1 -t erspan2://10.0.2.9/5 -t erspan3://10.0.2.9/6 -t erspan1://10.0.2.9');
	is_deeply(seen($out, qw(frame.interface_name gre.sequence_number erspan.version)), [
		'gre-1@10.0.2.9|0|', 'erspan2-5@10.0.2.9|0|1', 'erspan3-6@10.0.2.9|0|2', 'erspan1@10.0.2.9||',
		'gre-1@10.0.2.9|1|', 'erspan2-5@10.0.2.9|1|1', 'erspan3-6@10.0.2.9|1|2', 'erspan1@10.0.2.9||'],
		'sequence numbers, from 0, a count a target; copies follow each other');
	my $times = seen($out, 'frame.time_epoch');
	is_deeply($times, [map { ($_) x 4 } @{ seen($in, 'frame.time_epoch') }], '... with the same time');
	$out = tap($in, '-t gre://10.0.2.9 -t erspan3://10.0.2.9/6 --no-sequence');
	is_deeply(seen($out, 'gre.flags.sequence_number'), [(0) x 4], '--no-sequence');
	is_deeply([map { (split)[1] } packets(tap($in, '-t vxlan://10.0.2.9/1 -F nsecpcap', 'pcap'))], [1, 1],
		'a pcap, with -F');
	is_deeply(counted(), { sent => 2 }, '...');
}

# Seconds, parts of them, and the magic number that says in what.
sub resolution {
	my $frame = frame(64);
	my $target = '-t vxlan://10.0.2.9/1';
	my $micro = spew("$dir/micro.pcap", pcap('<', 0xa1b2c3d4, 1, [1_700_000_000, 123_456, $frame]));
	my $big = spew("$dir/micro-big.pcap", pcap('>', 0xa1b2c3d4, 1, [1_700_000_000, 123_456, $frame]));
	my $nano = spew("$dir/nano.pcap", pcap('<', 0xa1b23c4d, 1, [1_700_000_000, 123_456_789, $frame]));
	my $ng = sub {
		my ($name, @tsresol) = @_;
		my @ticks = map { 1_700_000_000 * 10**$_ + 123_456_789_123_456 % 10**$_ } @tsresol;
		return spew("$dir/$name", ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 9, chr $_)) } @tsresol),
			map { ng_packet('<', $_, $ticks[$_], $frame, length $frame) } 0 .. $#tsresol);
	};
	for (['microseconds', $micro, 0xa1b2c3d4, 123_456], ['microseconds of the other byte order', $big, 0xa1b2c3d4, 123_456],
		['nanoseconds', $nano, 0xa1b23c4d, 123_456_789], ['a pcapng of milliseconds', $ng->('milli.pcapng', 3), 0xa1b2c3d4, 456_000],
		['a pcapng of nanoseconds', $ng->('nano.pcapng', 9), 0xa1b23c4d, 789_123_456 % 1_000_000_000],
		['a pcapng of both', $ng->('both.pcapng', 6, 9), 0xa1b23c4d, 123_456_000]) {
		my ($what, $in, $magic, $part) = @$_;
		my $out = tap($in, $target, 'pcap');
		is_deeply([unpack 'L< x20 L< L<', slurp($out)], [$magic, 1_700_000_000, $part], "$what: a pcap has the resolution of the input");
		counted();
	}
	is_deeply([map { (split)[0] } packets(tap($micro, $target))], ['1700000000123456000'], 'a pcapng has the same times');
	is_deeply([map { (split)[0] } packets(tap("$dir/both.pcapng", $target))], [map { (split)[0] } packets("$dir/both.pcapng")], '... of both');
	my $late = spew("$dir/late.pcapng", slurp($ng->('first.pcapng', 6)), ng_interface('<', 1, 0, ng_option('<', 9, chr 9)),
		ng_packet('<', 1, 1_700_000_001_123_456_789, $frame, length $frame), slurp($micro = $ng->('second.pcapng', 6)));
	is_deeply([map { (split)[0] } packets(tap($late, $target))], [map { (split)[0] } packets($late)], '... of an interface that comes later, and a new section');
}

sub erspan_fields {
	my $tagged = pack('H24 n n', '0200000000aa0200000000bb', 0x8100, 5 << 13 | 77) .
		pack('n', 0x0800) . bare(200);
	my $in = mixed('erspan.pcapng', [1, $tagged, undef, 2], [1, frame(200), undef, 1],
		[1, substr($tagged, 0, 100), length $tagged]);
	for my $type (2, 3) {
		my $out = tap($in, "-t erspan$type://10.0.2.9/5 -s 150");
		is_deeply(seen($out, qw(erspan.vlan erspan.cos erspan.truncated)), ['77|5|1', '0|0|1', '77|5|1'],
			"ERSPAN type $type: the tag, and T for what -s or the capture cut");
		is_deeply(counted(), { sent => 3, snapped => 2 }, '... cut by -s: only those');
		$out = tap($in, "-t erspan$type://10.0.2.9/5");
		is_deeply(seen($out, 'erspan.truncated'), [0, 0, 1], '... by the capture alone');
		next if $type == 2;
		is_deeply(seen($out, qw(erspan.direction erspan.version)), ['1|2', '0|2', '0|2'], '... D is out');
	}
}

# Every byte of the MTU is used, and none more.
sub mtu {
	my @sizes = map { frame($_) } 10, 1000, 2000, 9000;
	my $in = capture('sizes.pcap', @sizes);
	for my $encap (sort keys %targets) {
		for my $version (4, 6) {
			my $out = tap($in, "--mtu 1400 -t " . target($encap, $version));
			my @lens = map { (split)[2] - 14 } packets($out);
			my ($least, @rest) = @lens;
			is_deeply(\@rest, [1000 + 42 - 52 + $least, 1400, 1400], "$encap over IPv$version: --mtu");
			my $largest = 9000 + 42 - 52 + $least;
			my $read = $largest =~ s/(...)$/,$1/r; # as people read it
			is_deeply(counted(), { sent => 4, mtu_truncated => 2, largest_oversize => $largest },
				'... counted, the largest told');
			like((run("$tap -r $in $from -w $dir/none.pcapng --mtu 1400 -t '" . target($encap, $version) . "'"))[2],
				qr/^vtap-tap: 2 truncated to the MTU \(--oversize fragment .*\), $read bytes[^\n]*\n\z/, '... and never silent') if $encap eq 'vxlan';
		}
	}
	my $out = tap($in, '--mtu 1050 --oversize drop -t vxlan://10.0.2.9/1');
	is_deeply([map { (split)[2] } packets($out)], [102], '--oversize drop');
	is_deeply(counted(), { sent => 1, oversize => 3, largest_oversize => 9078 }, '... counted');
	my $told = sub { (run("$tap -r $in $from -w $dir/none.pcapng -t vxlan://10.0.2.9/1 $_[0]"))[2] };
	is($told->('--mtu 1050 --oversize drop'), 'vtap-tap: 3 dropped: larger than the MTU with the outer headers (see --oversize), '
		. "9,078 bytes in the largest outer packet above the MTU\n", '... told, and what can be done');
	is($told->('--mtu 600 --oversize fragment'), '', '--oversize fragment: no word where nothing is lost');
	is($told->('--mtu 600 --oversize fragment --pps 1 --burst 0.001'),
		"vtap-tap: 1 dropped: above --rate or --pps (--burst lets short peaks pass), 9,078 bytes in the largest outer packet above the MTU\n",
		'... but of what is lost');
	for my $version (4, 6) {
		$out = tap($in, '--mtu 600 --oversize fragment -t ' . target('vxlan', $version));
		my @lens = map { (split)[2] - 14 } packets($out);
		is(scalar(grep { $_ > 600 } @lens), 0, "--oversize fragment over IPv$version: none above the MTU");
		cmp_ok(scalar(grep { $_ > 592 } @lens), '>=', 19, '... nearly full ones');
		my $ids = seen($out, $version == 4 ? 'ip.id' : 'ipv6.fraghdr.ident');
		is(scalar(keys %{ { map { $_ => 1 } @$ids } }), 4, '... an identification a packet');
		my $whole = seen($out, qw(vxlan.vni ip.flags.df));
		is(scalar(grep { /^3000/ } @$whole), 4, '... that tshark puts together');
		is_deeply(counted(), { sent => 4, fragmented => 3, largest_oversize => $version == 4 ? 9078 : 9098 },
			'... counted');
	}
	is(scalar(grep { /^1/ } @{ seen(tap($in, '--mtu 600 --oversize fragment -t vxlan://10.0.2.9/1'), 'ip.flags.df') }),
		0, '... DF clear, on what fits too');
}

# What is chosen, in the order of the manual.
sub choice {
	my $in = capture('choice.pcap', (map { frame(10 * $_, $_ % 2) } 1 .. 8), arp(), eth(0x0800,
		ip4('192.168.0.1', '192.168.0.3', 6, pack('n n N N C C n n n', 1, 22, 0, 0, 0x50, 2, 0, 0, 0))));
	my $t = '-t vxlan://10.0.2.9/1';
	my $lens = sub { [map { (split)[2] - 50 } packets($_[0])] };
	is_deeply($lens->(tap($in, "$t udp and dst port 5001")), [62, 82, 102, 122], 'an expression');
	is_deeply(counted(), { sent => 4, filtered => 6 }, '... counted');
	is_deeply($lens->(tap($in, "$t 'not udp'")), [42, 54], '... in one word');
	my $rules = spew("$dir/rules", "exclude udp dport 5001\ninclude udp # rest\r\ninclude tcp dport 22\n");
	is_deeply($lens->(tap($in, "$t --rules $rules")), [52, 72, 92, 112, 54], '--rules');
	is_deeply(counted(), { sent => 5, filtered => 5 }, '... counted');
	spew("$dir/either", "exclude portrange 5001-5010\ninclude udp net 0.0.0.0/0\ninclude tcp port ssh\n");
	is_deeply($lens->(tap($in, "$t --rules $dir/either")), [54], '... of either direction, with a service');
	spew("$dir/either", "include host 192.168.0.2 port 5001\n");
	is_deeply($lens->(tap($in, "$t --rules $dir/either")), [52, 62, 72, 82, 92, 102, 112, 122], '... whichever end it is');
	my $ah = capture('ah.pcap', map { eth(0x86dd, $_) } ip6(1, 2, 51, pack('C C n N N', 17, 1, 0, 1, 1) . udp(1, 9, 'x' x 50)),
		ip6(1, 2, 17, udp(1, 9, 'x' x 60)));
	spew("$dir/ah", "include ah\n");
	is_deeply($lens->(tap($ah, "$t --rules $dir/ah")), [124], '... ah in IPv6');
	is_deeply($lens->(tap($in, "$t --sample 3")), [52, 82, 112, 54], '--sample: the 1st, 4th, 7th, ...');
	is_deeply(counted(), { sent => 4, sampled_out => 6 }, '... counted');
	is_deeply($lens->(tap($in, "$t --sample 3 udp")), [52, 82, 112], '... of what the expression left');
	my $two = $lens->(tap($in, "$t --sample-flows 2"));
	cmp_ok(scalar @$two, '<', 10, '--sample-flows: some');
	is(scalar(grep { $_ > 50 && $_ != 54 } @$two) % 8, 0, '... both directions or none');
	is_deeply($lens->(tap($in, "$t -c 2")), [52, 62], '-c counts what is read');
	is_deeply($lens->(tap($in, "$t --pps 1 --sample 1")), [52, 62, 72, 82, 92, 102, 112, 122, 42, 54],
		'--pps: a packet a second passes');
	my $fast = mixed('fast.pcapng', map { [1, frame(958)] } 1 .. 20);
	is_deeply($lens->(tap($fast, "$t --pps 10")), [1000], '--pps: one of the burst of 100 ms');
	is_deeply(counted(), { sent => 1, rate_limited => 19 }, '... counted');
	# 1036 bytes a packet, 1 Mbit/s: 12,500 bytes of burst and 125 a millisecond.
	is(scalar @{ $lens->(tap($fast, "$t --rate 1M")) }, 14, '--rate: bits of outer packets');
	is(scalar @{ $lens->(tap($fast, "$t --rate 1M --burst 0.05")) }, 8, '--burst');
	my $at_once = spew("$dir/at_once.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1, 0, frame(958)] } 1 .. 10));
	is(scalar @{ $lens->(tap($at_once, "$t --rate 18446744073709552 --burst 1000")) }, 10, '... more than 64 bits can count');
	my $directed = mixed('directed.pcapng', [1, frame(1), undef, 1], [1, frame(2), undef, 2], [1, frame(3)]);
	is_deeply($lens->(tap($directed, "$t -Q in")), [43], '-Q in');
	is_deeply($lens->(tap($directed, "$t -Q out")), [44], '-Q out');
	is_deeply(counted(), { sent => 1, filtered => 2 }, '... an unknown direction is filtered');
	is_deeply($lens->(tap($directed, "$t -Q inout")), [43, 44, 45], '-Q inout: all');
	my $flags = seen(tap($directed, $t), 'frame.packet_flags');
	is_deeply($flags, seen($directed, 'frame.packet_flags'), 'packet options are kept');
	my $flows = capture('flows.pcap', map { my $port = $_;
		map { eth(0x0800, ip4('10.1.0.1', '10.1.0.2', 17, udp($port, 53, 'q'))),
			eth(0x0800, ip4('10.1.0.2', '10.1.0.1', 17, udp(53, $port, 'r'))) } 1 .. 2 } 1000 .. 1099);
	my $out = tap($flows, '--balance -t vxlan://10.0.2.1/1 -t vxlan://10.0.2.2/1');
	my %of;
	for (@{ seen("$out -d udp.port==1,data -Y vxlan", qw(ip.dst udp.srcport)) }) {
		my ($host, $port) = split /\|/;
		$of{$port}{$host}++;
	}
	is(scalar(grep { keys %$_ > 1 } values %of), 0, '--balance: a flow stays on its target');
	my %hosts;
	$hosts{ (keys %$_)[0] }++ for values %of;
	cmp_ok((sort { $a <=> $b } values %hosts, 0)[1], '>', 25, '... both have their share');
}

# Cut packets, and what only --meta keeps.
sub cut {
	my $in = capture('cut.pcap', frame(1000), [frame(1000), 300], frame(10));
	my $out = tap($in, '-s 128 -t vxlan://10.0.2.9/1');
	is_deeply([map { (split)[2] - 50 } packets($out)], [128, 128, 52], '-s counts from the inner Ethernet header');
	is_deeply(seen($out, qw(udp.length ip.len)), ['144|164', '144|164', '68|88'], '... outer lengths are of what is there');
	is_deeply(counted(), { sent => 3, snapped => 2 }, '... counted');
	is_deeply([map { (split)[2] - 50 } packets(tap($in, '-s 0 -t vxlan://10.0.2.9/1'))], [1042, 300, 52], '-s 0: all');
	$out = tap($in, '-s 128 -t geneve://10.0.2.9/1 --meta --name tap-7');
	is_deeply(seen($out, qw(geneve.option.class geneve.option.type geneve.option.length)),
		['0xff56|0x01|36', '0xff56|0x01|36', '0xff56|0x01|36'], '--meta: an option that tshark walks over');
	my @data = map { pack 'H*', s/[^0-9a-f]//gr } @{ seen($out, 'geneve.options') };
	is_deeply([map { join ' ', (unpack 'x4 C C n N Q> N N Z*', $_)[0, 1, 3, 4, 6, 7] } @data], [
		'1 4 1042 1700000000123456789 0 tap-7', '1 4 1042 1700000001123456789 1 tap-7',
		'1 4 52 1700000002123456789 2 tap-7'], '... length, time, number, name');
	is(length $data[0], 36, '... padded to 4');
	run("$decap -q -r $out -w $dir/back.pcapng");
	is_deeply([map { join ' ', (split)[0, 2, 3] } packets("$dir/back.pcapng")], ['1700000000123456789 128 1042',
		'1700000001123456789 128 1042', '1700000002123456789 52 52'], '... and back: times and lengths');
}

# Link types: raw IP, cooked, others.
sub links {
	my $sll = pack('n n n H12 n n', 0, 1, 6, '02000000000a', 0, 0x0800);
	my $sll2 = pack('n n N n C C H12 n', 0x86dd, 0, 3, 1, 4, 6, '02000000000b', 0);
	my @raw = ([101, bare(50)], [12, ip6(1, 2, 17, udp(1, 2, 'x' x 60))], [228, bare(70)], [229, ip6(1, 2, 59, '')]);
	my @cooked = ([113, $sll . bare(30)], [276, $sll2 . ip6(1, 2, 17, udp(1, 2, 'x' x 40))]);
	my $in = mixed('links.pcapng', @raw, @cooked, [0, pack('V', 2) . bare(20)], [228, ip6(1, 2, 59, '')]);
	for my $encap (qw(geneve gre vxlan-gpe)) {
		my $out = tap($in, '-t ' . target($encap, 4));
		is_deeply(counted(), { sent => 6, cooked => 2, unsupported => 2 }, '... raw IP is carried, cooked gets Ethernet');
		run("$decap -r $out -w $dir/back.pcapng --depth 1 --port vxlan-gpe:14790");
		is_deeply([map { join ' ', (split)[1, 2] } packets("$dir/back.pcapng")],
			['12 78', '12 108', '12 98', '12 40', '1 72', '1 102'], '... as such');
		is_deeply([@{ seen("$dir/back.pcapng", qw(eth.src eth.dst eth.type)) }[4, 5]],
			['02:00:00:00:00:0a|00:00:00:00:00:00|0x0800', '02:00:00:00:00:0b|00:00:00:00:00:00|0x86dd'],
			'... the cooked address');
	}
	for my $encap (qw(vxlan erspan1 erspan2 erspan3)) {
		tap($in, '-t ' . target($encap, 4));
		is_deeply(counted(), { sent => 2, cooked => 2, unsupported => 6 }, "... not by $encap");
	}
	my ($status, undef, $err) = run("$tap -r $in $from -w $dir/x.pcapng -t vxlan://10.0.2.9/1");
	is("$status $err", "0 vtap-tap: 6 dropped: a link type that the tunnel cannot carry (gre and geneve take bare IP)\n", '... told in one line');
	my $out = tap($in, '-t vxlan://10.0.2.9/1 -t geneve://10.0.2.9/2');
	is_deeply(counted(), { sent => 6, cooked => 2, unsupported => 2 }, 'sent, if one target takes it');
	my $targets = decode_json(slurp("$dir/stats"))->{targets};
	is_deeply([map { [@$_{qw(uri sent bytes)}] } @$targets], [['vxlan://10.0.2.9/1', 2, 72 + 102 + 2 * 36],
		['geneve://10.0.2.9/2', 6, 78 + 108 + 98 + 40 + 72 + 102 + 6 * 36]], '--stats tells of each target');
	my $info = `capinfos -I $out`;
	is_deeply([$info =~ / Name = (\S+)/g], ['geneve-2@10.0.2.9', 'vxlan-1@10.0.2.9'], 'an interface a target, no other');
}

sub errors {
	my $in = capture('good.pcap', frame(10));
	my $t = '-t vxlan://10.0.2.9/1';
	my $bad = spew("$dir/bad.rules", "include tcp\ninclude frm any\n");
	my %wrong = (
		'' => qr/-t URI/,
		'-t vxlan://10.0.2.9' => qr/expected vxlan:\/\/HOST/,
		'-t tzsp://10.0.2.9' => qr/expected one of vxlan:\/\//,
		'-t vxlan://collector/1' => qr/an address, not a name/,
		"$t --mtu 35" => qr/--mtu 35: expected at least 36/,
		"$t --mtu 55 --oversize fragment" => qr/at least 56/,
		"-t geneve://10.0.2.9/1 --meta --name abcd --mtu 67" => qr/at least 68/,
		"$t --mtu auto" => qr/--mtu auto.*-w/,
		"$t -i eth0" => qr/-i and -r/,
		"$t -r $in" => qr/-r/,
		"$t --speed 2" => qr/--speed/,
		"$t --follow" => qr/--follow/,
		"$t --no-follow" => qr/--no-follow/,
		"$t -p" => qr/^vtap-tap: -p/,
		"$t -B 100" => qr/^vtap-tap: -B/,
		"$t --engine udp" => qr/--engine/,
		"$t --engine fast" => qr/auto, udp or packet/,
		"$t --meta" => qr/geneve/,
		"$t --name x" => qr/--meta/,
		"$t --burst 1" => qr/--rate or --pps/,
		"$t --stats-interval 0.009" => qr/10ms/,
		"$t --rate 1T" => qr/--rate '1T': expected bits/,
		"$t --rate 0" => qr/--rate '0'/,
		"$t --rate 99999999999999999999G" => qr/--rate/,
		"$t --pps 0" => qr/--pps/,
		"$t --ttl 0" => qr/--ttl '0'/,
		"$t --dscp 64" => qr/--dscp '64'/,
		"$t --from 10.0.0.300" => qr/--from/,
		"$t --from ::2" => qr/one address of each family/,
		"$t --sample 0" => qr/--sample/,
		"$t --oversize split" => qr/drop, truncate or fragment/,
		"$t -Q both" => qr/in, out or inout/,
		"$t --rules $bad" => qr/bad\.rules:2:9: /,
		"$t port" => qr/filter expression: syntax error, more is expected at the end: port \(/,
		"$t -- not such a thing" => qr/filter expression: syntax error: not >>>such<<< a thing/,
		"$t tcp dst" => qr/filter expression: /,
		"$t port htpp and udp" => qr/filter expression: unknown port 'htpp': port >>>htpp<<< and udp/,
	);
	for my $words (sort keys %wrong) {
		my ($status, $out, $err) = run("$tap -r $in $from -w $dir/never.pcapng $words");
		is("$status$out", '2', "vtap-tap $words: exit 2");
		like($err, $wrong{$words}, '... says why');
		is($err =~ tr/\n//, 1, '... in one line');
	}
	ok(!-e "$dir/never.pcapng" && !-e "$dir/never.pcapng.tmp", 'no file is made');
	my ($status, $out, $err) = run("$tap -r $in -w $dir/never.pcapng $t");
	is($status, 2, 'no --from: exit 2');
	like($err, qr/--from/, '... says so');
	($status, $out, $err) = run("$tap -r $in -F pcap $t");
	is($status, 2, '-F without -w: exit 2');
	like($err, qr/-F is for writing a file/, '... says so');
	($status, $out, $err) = run("$tap -r $in $from -w $dir/never.pcapng $t --rules $dir/none.rules");
	is($status, 1, 'no such rules: exit 1');
	like($err, qr/none\.rules: No such file/, '... says so');
	($status, $out, $err) = run("$tap <$in $from -w - $t | $decap -F nsecpcap >$dir/piped.pcap");
	is("$status$err", '0', 'as a filter, into vtap-decap');
	is_deeply([packets("$dir/piped.pcap")], [packets($in)], '... which gives it back');
}

# What each packet has to be after the tap and vtap-decap: the line of Capture.pm without link type
# and interface; nothing for what this tunnel cannot carry.
sub expected {
	my ($encap, $meta, @lines) = @_;
	my $raw = $encap =~ /^(geneve|gre|gre-key|vxlan-gpe)$/;
	my %ip = map { $_ => 1 } 12, 14, 101, 228, 229;
	return map {
		my ($ns, $link, $caplen, $len, @rest) = split / /, $_, -1;
		# Without --meta nothing can say that the record was cut already.
		$len = $caplen if !$meta;
		# A cooked header is two or six bytes longer than the Ethernet header in its place.
		my $less = $link == 113 ? 2 : $link == 276 ? 6 : 0;
		$_ -= $less for $caplen, $len;
		my $carried = $link == 1 || $less || ($raw && $ip{$link});
		$carried ? join ' ', $ns, $caplen, $len, $less ? '' : $rest[-1] : ();
	} @lines;
}

# All samples in one capture, through each encapsulation and back.
sub property {
	my @samples = sort glob 'tests/data/*.pcap';
	system("mergecap -a -F pcapng -w $dir/all.pcapng @samples 2>/dev/null");
	my @lines = packets("$dir/all.pcapng");
	cmp_ok(scalar @lines, '>', 1000, 'packets of ' . @samples . ' samples');
	for my $encap (sort(keys %targets), 'geneve --meta') {
		my ($name, $meta) = split / /, $encap;
		my @want = expected($name, $meta, @lines);
		for my $version (4, 6) {
			for my $parts ('', '--mtu 600 --oversize fragment') {
				my ($status, undef, $err) = run("$tap -q -r $dir/all.pcapng $from -w - $parts " . ($meta // '') . ' -t ' .
					target($name, $version) . " | $decap -q --port vxlan-gpe:14790 --depth 1 -w $dir/back.pcapng");
				my @got = map { join ' ', (split)[0, 2, 3, -1] } packets("$dir/back.pcapng");
				is("$status $err", '0 ', "$encap over IPv$version and back $parts") or next;
				my ($first) = grep { index $got[$_] // '', $want[$_] } 0 .. $#want;
				ok(@got == @want && !defined $first, '... the same time, length and bytes')
					or diag @got . ' packets, expected ' . @want . ($first ? ", packet $first: $got[$first], expected $want[$first]" : '');
			}
		}
	}
}

encapsulations();
outer_fields();
resolution();
erspan_fields();
mtu();
choice();
cut();
links();
errors();
property();
done_testing();
