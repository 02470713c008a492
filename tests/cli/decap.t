#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-decap on captures made here, judged with tshark and capinfos.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks statistics ng_section ng_interface ng_option ng_packet);
use Scratch qw(scratch);

my $decap = ($ENV{BUILD} || 'build') . '/vtap-decap';
my $dir = scratch();
my $next_id = 1;

# The exit status and stderr of a command of bash.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} 2>$dir/stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stderr"));
}

# Headers, each in front of what it carries.
sub eth { return pack('H24 n', '0200000000aa0200000000bb', $_[0]) . $_[1] }
sub vlan { return pack('n n', @_[0, 1]) . $_[2] }

sub ip4 {
	my ($source, $destination, $protocol, $payload, %field) = @_;
	my $head = pack('C C n n n C C n C4 C4', 0x45, 0, 20 + length $payload, $field{id} // 0,
		$field{fragment} // 0, 64, $protocol, 0, split(/\./, $source), split(/\./, $destination));
	my $sum = unpack('%32n*', $head);
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	substr($head, 10, 2) = pack('n', ~$sum & 0xffff);
	return $head . $payload;
}

# Addresses are 2001:db8::SOURCE and 2001:db8::DESTINATION.
sub ip6 {
	my ($source, $destination, $next, $payload) = @_;
	my $prefix = pack('H28', '20010db8' . '0' x 20);
	return pack('N n C C', 0x60000000, length $payload, $next, 64) . $prefix .
		pack('n', $source) . $prefix . pack('n', $destination) . $payload;
}

sub udp { return pack('n n n n', 50000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub vxlan { return udp(4789, pack('N N', 0x08000000, $_[0] << 8) . $_[1]) }
sub geneve { return udp(6081, pack('n n N', 0, $_[0], $_[1] << 8) . $_[2]) }
sub gre { return pack('n n', @_[0, 1]) . $_[2] }

# ERSPAN type II of a session, with a sequence number.
sub erspan { return gre(0x1000, 0x88be, pack('N n n N', $_[1], 0x1000, $_[0], 0) . $_[2]) }

# A frame to be mirrored: UDP to the discard port, told apart by its size.
sub inner { return eth(0x0800, ip4('192.168.0.1', '192.168.0.2', 17, udp(9, 'x' x $_[0]))) }
sub bare { return ip4('192.168.0.1', '192.168.0.2', 17, udp(9, 'x' x $_[0])) }
sub bare6 { return ip6(7, 8, 17, udp(9, 'x' x $_[0])) }

# Records are frames or [frame, bytes captured, microseconds]; one second between two.
sub pcap {
	my ($name, @records) = @_;
	my ($bytes, $second) = (pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1), 1_700_000_000);
	for (@records) {
		my ($frame, $caplen, $micro) = ref $_ ? @$_ : ($_);
		$caplen //= length $frame;
		$bytes .= pack('V V V V', $second++, $micro // 0, $caplen, length $frame) .
			substr $frame, 0, $caplen;
	}
	return spew("$dir/$name", $bytes);
}

# One IPv4 packet as fragments of so many bytes.
sub fragments {
	my ($source, $size, $payload) = @_;
	my ($id, @parts) = $next_id++;
	for (my $at = 0; $at < length $payload; $at += $size) {
		my $more = $at + $size < length $payload ? 0x2000 : 0;
		push @parts, ip4($source, '10.0.0.99', 17, substr($payload, $at, $size),
			id => $id, fragment => $more | $at / 8);
	}
	return @parts;
}

sub fragments6 {
	my ($source, $size, $payload) = @_;
	my ($id, @parts) = $next_id++;
	for (my $at = 0; $at < length $payload; $at += $size) {
		my $more = $at + $size < length $payload;
		push @parts, ip6($source, 99, 44,
			pack('C C n N', 17, 0, $at | $more, $id) . substr $payload, $at, $size);
	}
	return @parts;
}

# Fields of each packet as tshark sees them, one line a packet.
sub seen {
	my ($file, @fields) = @_;
	my $args = join ' ', map { "-e $_" } @fields;
	my @lines = `tshark -n -r $file -T fields -E separator=/s $args 2>$dir/tshark`;
	chomp @lines;
	s/\\ / /g for @lines; # tshark 4.4 escapes the separator
	return \@lines;
}

# Runs the tool from $in to a new file; returns the file. Extra words are options.
sub decap {
	my ($in, $words, $ending) = @_;
	my $out = "$dir/out." . ($ending // 'pcapng');
	unlink $out, "$dir/stats";
	my ($status, $err) = run("$decap -r $in -w $out --stats $dir/stats $words");
	is($status, 0, "vtap-decap $words") or diag $err;
	return $out;
}

# Counters of the last run that are not 0; every packet is in exactly one outcome.
sub counted {
	my $stats = decode_json(slurp("$dir/stats"));
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	is($sum, $stats->{in}, '... outcomes add up');
	my %all = (%{ $stats->{outcomes} }, %{ $stats->{details} });
	delete @all{ grep { !$all{$_} } keys %all };
	return \%all;
}

sub names_and_lengths {
	my %jumbled = (
		vxlan4 => eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(10)))),
		vxlan6 => eth(0x86dd, ip6(1, 0x99, 17, vxlan(5, inner(20)))),
		qinq => eth(0x88a8, vlan(7, 0x8100, vlan(8, 0x0800,
			ip4('10.0.0.1', '10.0.0.99', 47, gre(0x2000, 0x6558, pack('N', 77) . inner(30)))))),
		gre4 => eth(0x0800, ip4('10.0.0.2', '10.0.0.99', 47, gre(0, 0x0800, bare(40)))),
		gre6 => eth(0x0800, ip4('10.0.0.2', '10.0.0.99', 47, gre(0, 0x86dd, bare6(50)))),
		double => eth(0x0800, ip4('10.9.9.9', '10.0.0.99', 17,
			geneve(0x0800, 0, ip4('10.0.0.1', '10.0.0.98', 17, vxlan(5, inner(60)))))),
		session => eth(0x0800, ip4('10.0.0.3', '10.0.0.99', 47, erspan(9, 1, inner(70)))),
		other => inner(80),
	);
	my @order = qw(vxlan4 vxlan6 qinq gre4 gre6 double session other vxlan4);
	my $in = pcap('names.pcap', @jumbled{@order});
	my $out = decap($in, '');
	is_deeply(seen($out, qw(frame.interface_name frame.len frame.cap_len udp.length)), [
		'vxlan-5@10.0.0.1 52 52 18',
		'vxlan-5@2001:db8::1 62 62 28',
		'gre-77@10.0.0.1 72 72 38',
		'gre@10.0.0.2 68 68 48',
		'gre@10.0.0.2 98 98 58',
		'geneve-0@10.9.9.9+vxlan-5@10.0.0.1 102 102 68',
		'erspan2-9@10.0.0.3 112 112 78',
		'unknown 122 122 88',
		'vxlan-5@10.0.0.1 52 52 18',
	], 'sources and lengths');
	is_deeply(seen($out, 'frame.interface_description')->[5],
		'geneve-0@10.9.9.9 > 10.0.0.99+vxlan-5@10.0.0.1 > 10.0.0.98', 'both ends are described');
	is_deeply(seen($out, 'frame.time_epoch'), seen($in, 'frame.time_epoch'), 'times are the same');
	is_deeply([map { s/:.*//r } @{ seen($out, 'frame.protocols') }],
		[qw(eth eth eth raw raw eth eth eth eth)], 'bare IP is raw');
	my $info = `capinfos -I $out`;
	is(() = $info =~ /^ *Encapsulation = /mg, 7, 'one interface a source and link type');
	is(scalar(keys %{ { map { $_ => 1 } $info =~ /Capture length = (\d+)/g } }), 1,
		'one snaplen for all');
	is_deeply(counted(), { stripped => 8, passed_no_tunnel => 1, tunnels_vxlan => 4,
		tunnels_gre => 3, tunnels_geneve => 1, tunnels_erspan2 => 1, sequence_received => 1 },
		'counted');
}

# What the outer headers say bounds what is left; what is missing stays missing.
sub lengths {
	my $mirrored = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(100))));
	my $silent = $mirrored;
	substr($silent, 16, 2) = "\0\0";
	my $in = pcap('lengths.pcap', $mirrored . 'p' x 7, [$mirrored, 100], $silent . 'p' x 7,
		[$mirrored, 45]);
	my $out = decap($in, '');
	is_deeply(seen($out, qw(frame.len frame.cap_len)), ['142 142', '142 50', '142 142', '192 45'],
		'padding goes, a cut stays a cut, no length is made up');
	is_deeply(counted(), { stripped => 3, passed_truncated => 1, tunnels_vxlan => 3 }, 'counted');
}

sub selection {
	my $one = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(10))));
	my $two = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 47, gre(0, 0x6558, inner(20))));
	my $port = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17,
		udp(12345, pack('N N', 0x08000000, 6 << 8) . inner(30))));
	my $double = eth(0x0800, ip4('10.9.9.9', '10.0.0.99', 17, geneve(0x6558, 1,
		eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(40)))))));
	my $odd = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17,
		udp(4789, pack('N N', 0x08000001, 7 << 8) . inner(50))));
	my $in = pcap('selection.pcap', $one, $two, $port, $double, $odd);
	my %want = (
		'' => '52 62 122 82 92',
		'-e vxlan' => '52 100 122 182 92',
		'-e vxlan,gre' => '52 62 122 182 92',
		'-e gre -e geneve' => '102 62 122 132 142',
		'--port vxlan:12345' => '52 62 72 82 92',
		'--port vxlan:12345 --port gtpu:4789 -x' => '62 72 132',
		'--id 5' => '52 100 122 182 142',
		'--id 0-1' => '102 100 122 132 142',
		'--id 6-7,5 --port vxlan:12345' => '52 100 72 182 92',
		'--depth 1' => '52 62 122 132 92',
		'--strict' => '52 62 122 82 142',
		'--strict -x' => '52 62 82',
		'-x' => '52 62 82 92',
		'-x -c 2' => '52 62',
	);
	for my $words (sort keys %want) {
		my $out = decap($in, "-q $words");
		is("@{ seen($out, 'frame.len') }", $want{$words}, "... lengths");
		my $counted = counted();
		is($counted->{dropped_strict} // 0, $words eq '--strict -x' ? 1 : 0, '... strict, dropped');
		is($counted->{left_depth} // 0, $words eq '--depth 1' ? 1 : 0, '... depth');
	}
	decap($in, '-x -q');
	is(counted()->{reserved_bits}, 1, 'reserved bits are counted');
}

sub fragmented {
	my $payload = vxlan(5, inner(2000));
	my ($first, $second, $third) = map { eth(0x0800, $_) } fragments('10.0.0.1', 800, $payload);
	my @v6 = map { eth(0x8100, vlan(9, 0x86dd, $_)) } fragments6(1, 1000, $payload);
	my @dns = map { eth(0x0800, $_) } fragments('10.0.0.2', 800, udp(53, 'x' x 1000));
	my @lost = map { eth(0x0800, $_) } fragments('10.0.0.3', 800, $payload);
	my @bad = map { eth(0x0800, $_) } fragments('10.0.0.4', 800, $payload);
	my $overlap = $bad[1];
	substr($overlap, 21, 1) = chr(ord(substr $overlap, 21, 1) - 1);
	my $in = pcap('fragments.pcap', $third, $first . 'pad', [$second, undef, 123456], reverse(@v6),
		@dns, @lost[0, 2], $bad[0], $overlap, @bad[1, 2]);
	my $out = decap($in, '');
	my $whole = length inner(2000);
	is("@{ seen($out, 'frame.len') }", join(' ', $whole, $whole,
		map { length } @dns, $bad[0], $overlap, @bad[1, 2], @lost[0, 2]),
		'joined in any order, or passed unchanged');
	is_deeply([@{ seen($out, 'frame.interface_name') }[0, 1]],
		['vxlan-5@10.0.0.1', 'vxlan-5@2001:db8::1'], 'the sources are known');
	is(seen($out, 'frame.time_epoch')->[0], seen($in, 'frame.time_epoch')->[2],
		'the time is that of the fragment that completed it');
	is(seen($out, 'udp.length')->[0], 2008, 'nothing is missing inside');
	is_deeply(counted(), { stripped => 2, fragments_reassembled => 4, datagrams_reassembled => 2,
		tunnels_vxlan => 2, passed_fragment_no_tunnel => 2, passed_fragment_incomplete => 2,
		passed_fragment_overlap => 4 }, 'counted');

	$out = decap($in, '-q -x');
	is("@{ seen($out, 'frame.len') }", "$whole $whole", 'with -x only what was stripped is left');
	is_deeply(counted(), { stripped => 2, fragments_reassembled => 4, datagrams_reassembled => 2,
		tunnels_vxlan => 2, dropped_fragment_no_tunnel => 2, dropped_fragment_incomplete => 2,
		dropped_fragment_overlap => 4 }, 'counted');

	$out = decap($in, '--reassembly-time 0.5');
	is(counted()->{passed_fragment_timeout} // 0, 13, 'one second is too long for half a one');
	is(@{ seen($out, 'frame.len') }, 14, 'all fragments pass');
	decap($in, '--reassembly-mem 0');
	is(counted()->{passed_fragment_no_memory} // 0, 14, 'no memory, no reassembly');
	flood($payload);
	seen_twice($payload);
}

# Interfaces "any" show a fragment as often as interfaces have it: in turn, or all of one and then all of the other. An
# identification that is used again at once is another datagram.
sub seen_twice {
	my ($payload) = @_;
	my $whole = length inner(2000);
	my @parts = map { eth(0x0800, $_) } fragments('10.0.0.5', 1400, $payload);
	$next_id--;
	my @again = map { eth(0x0800, $_) } fragments('10.0.0.5', 1400, vxlan(5, inner(2000) =~ s/\A./!/sr));
	my @v6 = map { eth(0x8100, vlan(9, 0x86dd, $_)) } fragments6(1, 1000, $payload);
	my @lone = map { eth(0x0800, $_) } fragments('10.0.0.6', 1400, $payload);
	my @cases = (
		['each in turn', 1, 2, $parts[0], $parts[0], $parts[1], $parts[1]],
		['one behind the other', 1, 4, (@parts) x 3],
		['the last one first', 1, 2, reverse(@parts), reverse @parts],
		['IPv6', 1, scalar @v6, (@v6) x 2],
		['an identification used again', 2, 2, @parts, @again, @parts[1, 1], @again[1, 1]],
		['beside one that is incomplete', 1, 2, @parts, $lone[0], @parts],
	);
	for my $case (@cases) {
		my ($name, $stripped, $copies, @frames) = @$case;
		my $in = pcap('twice.pcap', @frames);
		my $out = decap($in, '-x');
		my $counted = counted();
		is($counted->{stripped}, $stripped, "$name: each datagram is there once") if $name !~ /again/;
		cmp_ok($counted->{stripped}, '>=', $stripped, "$name: each datagram is there") if $name =~ /again/;
		is("@{ seen($out, 'frame.len') }", join(' ', ($whole) x $counted->{stripped}), '... whole');
		next if $name =~ /again/;
		is($counted->{fragments_reassembled} + $stripped, @frames - ($name =~ /beside/ ? 1 : 0), '... its copies are its own');
		is($counted->{dropped_fragment_incomplete} // 0, $name =~ /beside/ ? 1 : 0, '... nothing else is');
	}
	decap(pcap('twice.pcap', @parts, @parts), '-x --reassembly-time 0.5');
	is(counted()->{fragment_copies} // 0, 0, 'what comes later than fragments may wait is no copy');
}

# Datagrams of 65535 bytes by their IP headers, and one whose first fragment has options beyond that.
sub longest {
	my @six = map { eth(0x86dd, $_) } fragments6(1, 16000, vxlan(5, inner(65535 - 58)));
	my @four = map { eth(0x0800, $_) } fragments('10.0.0.7', 16000, vxlan(5, inner(65515 - 58)));
	my @options = fragments('10.0.0.8', 16000, vxlan(5, inner(65515 - 58)));
	substr($options[0], 20, 0) = "\1\1\1\1";
	substr($options[0], 0, 4) = pack('C C n', 0x46, 0, 16024);
	my $out = decap(pcap('longest.pcap', @six, @four, map { eth(0x0800, $_) } @options), '');
	is("@{ seen($out, 'frame.len') }", join(' ', 65535 - 16, 65515 - 16, map { 14 + length } @options),
		'the longest datagrams are joined, and one that is too long is not');
	is_deeply(counted(), { stripped => 2, fragments_reassembled => 8, datagrams_reassembled => 2,
		tunnels_vxlan => 2, passed_fragment_malformed => 5 }, 'counted');
}

# Far more first fragments than memory: all come out, and the datagram behind them is whole.
sub flood {
	my ($payload) = @_;
	my @flood = map { eth(0x0800, (fragments('10.0.0.5', 800, $payload))[0]) } 1 .. 5000;
	my @whole = map { eth(0x0800, $_) } fragments('10.0.0.6', 800, $payload);
	my $in = pcap('flood.pcap', @flood, @whole);
	my $out = decap($in, '--reassembly-mem 1M --reassembly-time 100000');
	my $counted = counted();
	is($counted->{passed_fragment_no_memory} + $counted->{passed_fragment_incomplete}, 5000,
		'a flood of first fragments passes');
	cmp_ok($counted->{passed_fragment_incomplete}, '<', 1000, '... and is not all kept');
	is($counted->{stripped}, 1, '... and what is whole behind it is stripped');
	like(`capinfos -Mc $out`, qr/^Number of packets: *5001$/m, '... nothing is lost');
}

sub formats {
	my $mirrored = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(10))));
	my $gre4 = eth(0x0800, ip4('10.0.0.2', '10.0.0.99', 47, gre(0, 0x0800, bare(40))));
	my $gre6 = eth(0x0800, ip4('10.0.0.2', '10.0.0.99', 47, gre(0, 0x86dd, bare6(50))));
	my $in = pcap('formats.pcap', $mirrored, $gre4, $gre6);
	my ($status, $err) = run("$decap -r $in >$dir/out.any");
	like(`capinfos -t $dir/out.any`, qr/pcapng/, 'pcapng is the default, also for a pcap');
	run("$decap -r $in -F pcap -c 1 >$dir/out.any");
	like(`capinfos -t $dir/out.any`, qr/tcpdump.* - pcap$/m, '-F pcap');
	decap($in, '-c 1', 'pcap');
	like(`capinfos -t $dir/out.pcap`, qr/tcpdump.* - pcap$/m, 'microseconds stay: the name decides');

	($status, $err) = run("$decap -r $in -w $dir/mixed.pcap");
	is($status, 1, 'two link types in a pcap: exit 1');
	like($err, qr/\b101\b.*\b1\b.*pcapng.*--ether/, '... and the message helps');
	like(`capinfos -Mc $dir/mixed.pcap`, qr/^Number of packets: *1$/m, '... and what fits has the final name');
	my $out = decap($in, '--ether', 'pcap');
	is_deeply(seen($out, qw(frame.len eth.dst eth.src eth.type)), [
		'52 02:00:00:00:00:aa 02:00:00:00:00:bb 0x0800',
		'82 02:00:00:00:00:02 02:00:00:00:00:01 0x0800',
		'112 02:00:00:00:00:02 02:00:00:00:00:01 0x86dd',
	], '--ether');
	run("$decap <$in | cat >$dir/out.any");
	($status, $err) = run("cat $in | $decap | cat >$dir/piped; cmp $dir/piped <($decap -r $in)");
	is($status, 0, 'through pipes it is the same') or diag $err;
	($status, $err) = run("$decap --reader wiretap -r $in -w $dir/wiretap.pcapng");
	is_deeply(seen("$dir/wiretap.pcapng", qw(frame.interface_name frame.len frame.time_epoch)),
		seen(decap($in, ''), qw(frame.interface_name frame.len frame.time_epoch)),
		'through wiretap too');
}

sub block { return pack('V V', $_[0], 12 + length $_[1]) . $_[1] . pack('V', 12 + length $_[1]) }
sub pad { return $_[0] . "\0" x (-length($_[0]) % 4) }
sub option { return pack('v v', $_[0], length $_[1]) . pad($_[1]) }

# An enhanced packet block; options are text already.
sub enhanced {
	my ($interface, $ns, $frame, $options) = @_;
	my $len = length $frame;
	return block(6, pack('V V V V V', $interface, $ns >> 32, $ns & 0xffffffff, $len, $len) .
		pad($frame) . $options);
}

# Two sections, nanoseconds, a comment, a hash and an FCS length.
sub sections {
	my $mirrored = eth(0x0800, ip4('10.0.0.1', '10.0.0.99', 17, vxlan(5, inner(10))));
	my $end = pack('v v', 0, 0);
	my $section = block(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1) . option(1, 'here') . $end);
	my $interface = block(1, pack('v v V', 1, 0, 262144) . option(2, 'tap0') . option(9, chr 9) . $end);
	my $options = option(2, pack('V', 0x81)) . option(3, "\x02abcd") . option(1, 'kept') . $end;
	my $ns = 1_700_000_000_123_456_789;
	my $part = $section . $interface . enhanced(0, $ns, $mirrored, $options) .
		enhanced(0, $ns + 1, inner(20), $options);
	my $in = spew("$dir/sections.pcapng", $part . $part);
	my $out = decap($in, '');
	is_deeply(seen($out, qw(frame.interface_name frame.len frame.time_epoch frame.comment)), [
		('vxlan-5@10.0.0.1 52 1700000000.123456789 kept', 'tap0 62 1700000000.123456790 kept') x 2
	], 'two sections keep times, comments and interfaces');
	my $flags = seen($out, qw(frame.packet_flags_direction frame.packet_flags_fcs_length));
	is_deeply($flags, ['0x00000001 0', '0x00000001 4', '0x00000001 0', '0x00000001 4'],
		'a direction stays, an FCS length goes with the frame');
	my $counted = counted();
	is_deeply([@$counted{qw(hashes_dropped fcs_cleared stripped)}], [2, 2, 2], 'counted');
	is(() = slurp($out) =~ /\x02abcd/g, 2, 'the hash stays where the packet does');
	is(() = slurp($out) =~ /\n\r\r\n/g, 2, 'two sections are written');
}

# A fragment and the rest of its datagram in the next section: neither waits for the other.
sub section_end {
	my @parts = map { eth(0x0800, $_) } fragments('10.0.0.1', 800, vxlan(5, inner(1000)));
	my $end = pack('v v', 0, 0);
	my $bytes = '';
	for my $frame (@parts) {
		$bytes .= block(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1)) .
			block(1, pack('v v V', 1, 0, 262144) . option(2, "tap" . length $frame) . $end) .
			enhanced(0, 1_700_000_000_000_000, $frame, $end);
	}
	my $out = decap(spew("$dir/ends.pcapng", $bytes), '');
	my @kept = map { $_->[2] } grep { $_->[0] != 5 } blocks(slurp($out));
	ok(join('', @kept) eq $bytes, 'fragments stay in their section, as they were');
	is_deeply([map { "$_->{section} $_->{name} $_->{recv}" } statistics(slurp($out))], [map { "$_ tap" . length($parts[$_]) . ' 1' } 0, 1],
		'... each with its statistics');
	is_deeply(counted(), { passed_fragment_incomplete => 2 }, 'counted');
}

sub loss {
	my @numbers = ([1, 1], [2, 500], [1, 2], [1, 5], [2, 501], [1, 4], [1, 5], [2, 504]);
	my $in = pcap('loss.pcap', map {
		eth(0x0800, ip4("10.0.0.$_->[0]", '10.0.0.99', 47, erspan(9, $_->[1], inner(10))))
	} @numbers);
	decap($in, '');
	my $sources = decode_json(slurp("$dir/stats"))->{sources};
	is_deeply([map { join ' ', @$_{qw(name packets bytes received missing reordered duplicates)} }
		@$sources], ['erspan2-9@10.0.0.1 5 260 5 1 1 1', 'erspan2-9@10.0.0.2 3 156 3 2 0 0'],
		'loss per source in --stats');
	my ($status, $err) = run("$decap -v -r $in -w /dev/null");
	like($err, qr/^ +packets +bytes +received +missing +reordered +duplicates +source\n.*^ +3 +156 B +3 +2 +0 +0  erspan2-9\@10\.0\.0\.2$/ms, '... and with -v');
	($status, $err) = run("$decap -r $in -w /dev/null");
	is($err, '', '... and no word without');
}

# What a file says of its link type is true of what comes out of a tunnel only when that has the same one; and an
# interface for a tunnel counts time as the one that it came from.
sub files_that_say_more {
	my $frame = eth(0x0800, ip4('10.0.0.1', '10.0.0.2', 47, gre(0, 0x0800, bare(20))));
	my $bytes = slurp(pcap('checked.pcap', $frame . 'FCS?'));
	substr($bytes, 20, 4) = pack('V', 0x24000001);
	run("$decap -q -r " . spew("$dir/checked.pcap", $bytes) . " -w $dir/bare.pcap");
	is_deeply([unpack 'x20 V x12 V', slurp("$dir/bare.pcap")], [101, 48], 'bare IP out of frames with checksums: of the link type no more is said');
	run("$decap -q -e tzsp -r $dir/checked.pcap -w $dir/same.pcap");
	is_deeply([unpack 'x20 V x8 V V', slurp("$dir/same.pcap")], [1, (length $frame) x 2], '... nor of frames that stay: their checksum is taken off');
	for my $o ('<', '>') {
		my $in = spew("$dir/binary.pcapng", ng_section($o), ng_interface($o, 1, 0, ng_option($o, 9, "\x94")),
			ng_packet($o, 0, 3 << 19, eth(0x0800, ip4('10.0.0.1', '10.0.0.2', 17, vxlan(5, inner(20)))), 200));
		run("$decap -q -r $in -w $dir/binary-out.pcapng");
		is(`tshark -r $dir/binary-out.pcapng -T fields -e frame.time_epoch 2>/dev/null`, "1.500000000\n", "times in parts of 2^20 ($o)");
	}
}

sub command_line {
	my $list = `$decap --list-encaps`;
	is(join(' ', $list =~ /^([a-z]\S*)/mg),
		'vxlan vxlan-gpe geneve gre erspan1 erspan2 erspan3 gtpu ipip etherip tzsp mpls gue teredo', '--list-encaps');
	like($list, qr/^vxlan +VNI .*4789, 8472/m, '... with their ports');
	for my $wrong ('-e nothing', '-e vxlan,', '--port vxlan', '--port gre:7', '--port vxlan:70000', '--id x',
		'--id 9-5', '--depth 0', '--depth 17', '--reassembly-mem 5K', '--reassembly-time x') {
		my ($status, $err) = run("$decap $wrong -r /dev/null");
		is($status, 2, $wrong);
		like($err, qr/^vtap-decap: \S+ '[^']*': expected [^\n]*\n\z/, '... one line says what is wrong');
	}
	my ($status, $err) = run("$decap --list-encaps >/dev/full");
	is($status, 1, 'a table that cannot be written');
	my $in = pcap('other.pcap', inner(10));
	($status, $err) = run("$decap -x -r $in -w /dev/null");
	is($err, "vtap-decap: 1 dropped: not a selected tunnel\n", 'what is dropped takes one line');
}

names_and_lengths();
lengths();
selection();
fragmented();
longest();
formats();
sections();
section_end();
loss();
files_that_say_more();
command_line();
done_testing();
