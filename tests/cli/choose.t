#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# -f, --since and --until of vtap-decap and vtap-split: what tcpdump and editcap leave of the output without them. All
# else is as if the other packets had never been, and each of these is counted.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use List::Util qw(sum);
use POSIX qw(strftime);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_packet ng_simple ng_block ng_option);
use Scratch qw(scratch);
use Run qw(run_told);

my $data = abs_path('tests/data');
my $dir = scratch();
$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
chdir $dir or die;

# What a command says, and that its packets add up.
sub told {
	my ($command) = @_;
	my ($status, $said, $stats) = run_told($command);
	is($status, 0, $command) or diag "@$said";
	is(sum(values %{ $stats->{outcomes} }), $stats->{in}, '... in = sum of outcomes') if %$stats;
	return ($said, $stats);
}

# The packets of a capture, one line each; bare IP has one number in pcap and another in pcapng.
sub lines {
	my ($file) = @_;
	return [map { s/^(\S+) 12 /$1 101 /r } packets($file)];
}

# Times in nanoseconds as editcap and vtap take them.
sub stamp {
	my ($ns, $form) = @_;
	return strftime($form // '%Y-%m-%dT%H:%M:%S', gmtime($ns / 1_000_000_000)) . sprintf '.%09dZ', $ns % 1_000_000_000;
}

my @samples = map { m{([^/]+)\.pcap$} } sort glob "$data/*.pcap";
my @expressions = ('tcp', 'ip6 or arp', 'len >= 100', 'src net 10.0.0.0/8 and not udp');

# Every sample, by every way: the packets that tcpdump takes of what is written without the option. tcpdump reads what has
# one link type.
my %judged;
for my $sample (@samples) {
	my $in = "$data/$sample.pcap";
	my ($said, $all) = told("vtap-decap -q -r $in -w all.pcapng --stats stats");
	my @lines = packets('all.pcapng');
	my %links = map { (split)[1] => 1 } @lines;
	if (keys %links == 1) {
		my $expression = $expressions[$judged{expression}++ % @expressions];
		system "tcpdump -r all.pcapng -w want.pcap --time-stamp-precision=nano '$expression' 2>tcpdump.err";
		my ($said, $stats) = told("vtap-decap -q -r $in -w out.pcapng --stats stats -f '$expression'");
		my ($want, $got) = map { [map { s/^(\S+ \S+ \S+ \S+) \S* /$1 /r } @{ lines($_) }] } qw(want.pcap out.pcapng);
		is_deeply($got, $want, "... $sample: packets are those of tcpdump");
		is($stats->{outcomes}{filtered}, $all->{out} - @$want, '... the others are counted');
		is_deeply([grep { my $line = $_; !grep { $_ eq $line } @lines } packets('out.pcapng')], [], '... and their interfaces are the same');
		is($stats->{out}, @$want, '... and those that are written');
		$judged{some}++ if @$want && @$want < @lines;
	}
	# The middle third in time: from one packet's time to another's.
	my @times = sort { $a <=> $b } map { (split)[0] } @lines;
	my ($since, $until) = @times[@times / 3, @times * 2 / 3];
	next if $since == $until;
	system "editcap -F pcapng -A " . stamp($since) . ' -B ' . stamp($until) . ' all.pcapng want.pcapng 2>editcap.err' and die;
	my $stats;
	($said, $stats) = told("vtap-decap -q -r $in -w out.pcapng --stats stats --since " . stamp($since) . ' --until ' . stamp($until));
	is_deeply(lines('out.pcapng'), lines('want.pcapng'), "... $sample: packets are those of editcap");
	is($stats->{outcomes}{out_of_time}, @lines - packets('want.pcapng'), '... the others are counted');
	$judged{times}++;
}
cmp_ok($judged{some}, '>', 15, "expressions left something and not all of $judged{some} samples");
cmp_ok($judged{times}, '>', 30, "times did of $judged{times}");

# What became of a source is what was written of it; its tunnels were taken off all the same.
{
	my (undef, $stats) = told("vtap-decap -q -f 'udp port 53' -r $data/mirrored.pcap -w out --stats stats");
	is(sum(map { $_->{packets} } @{ $stats->{sources} }), 36, 'packets of sources: what was written');
	is($stats->{outcomes}{stripped}, 36, '... as in stripped');
	is($stats->{details}{tunnels_vxlan}, 764, '... all tunnels are counted');
	(undef, $stats) = told("vtap-decap -q -c 100 -f 'udp port 53' -r $data/mirrored.pcap -w out --stats stats");
	is($stats->{in}, 100, '-c counts packets that are read');
	# In a pcap as in a pcapng, from a pipe as from a file.
	my $want = `vtap-decap -F pcap -r $data/mirrored.pcap | tcpdump -r - -w - 'udp port 53' 2>tcpdump.err | md5sum`;
	is(`vtap-decap -F pcap -f 'udp port 53' -r $data/mirrored.pcap | md5sum`, $want, 'a pcap, byte for byte that of tcpdump');
	is(`cat $data/mirrored.pcap | vtap-decap -F pcap -f 'udp port 53' | md5sum`, $want, '... from a pipe');
}

# What passes without a tunnel is asked, too, and what -x drops is dropped before.
{
	my $frame = sub { pack('H24 n', '020000000002020000000001', $_[0]) . 'x' x $_[1] };
	spew('plain.pcap', pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, $frame->($_ % 2 ? 0x0806 : 0x88b5, 60)] } 1 .. 6));
	my (undef, $stats) = told('vtap-decap -q -f arp -r plain.pcap -w out --stats stats');
	is_deeply([@{ $stats->{outcomes} }{qw(filtered passed_no_tunnel)}], [3, 3], 'packets without a tunnel');
	(undef, $stats) = told('vtap-decap -q -x -f arp -r plain.pcap -w out --stats stats');
	is_deeply([@{ $stats->{outcomes} }{qw(filtered dropped_no_tunnel)}], [0, 6], '... with -x');
}

# A packet with an Ethernet header of --ether is a frame.
{
	my ($said, $stats) = told("vtap-decap -f 'ether src 02:00:00:00:00:01' --ether -r $data/geneve-ip.pcap -w out.pcap --stats stats");
	cmp_ok($stats->{out}, '>', 0, '--ether: the header that is written is seen');
	is("@$said", '', '... nothing to say');
}

# Many packets, one after the other a second later: [seconds, ...] in a capture.
sub seconds {
	my ($name, @seconds) = @_;
	my $frame = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x 46;
	return spew($name, pcap('<', 0xa1b2c3d4, 1, map { [int, 1e6 * ($_ - int), $frame . pack('N', $_)] } @seconds));
}

# The seconds of what is left.
sub left {
	my ($command) = @_;
	told("$command -w out.pcap");
	return join ' ', map { (split)[0] / 1e9 } packets('out.pcap');
}

# Every form of TIME, on packets at known times.
{
	my $t = 1_700_000_000; # 2023-11-14 22:13:20 UTC
	seconds('in.pcap', map { $t + $_ } 0 .. 9);
	my $some = sub { join ' ', map { $t + $_ } @_ };
	for my $row (
		["--since '2023-11-14 22:13:25'", 5 .. 9], ['--since 2023-11-14T22:13:25', 5 .. 9], ['--since 2023-11-14T22:13:25.000000001Z', 6 .. 9],
		["--since='2023-11-14 23:13:25+01:00'", 5 .. 9], ['--since 2023-11-14T12:43:25-09:30', 5 .. 9], ['--since 2023-11-14', 0 .. 9],
		['--until 2023-11-14T22:13:25', 0 .. 4], ['--until 2023-11-14T22:13:25.5', 0 .. 5], ['--until 2023-11-15', 0 .. 9],
		['--since @1700000003 --until @1700000006', 3 .. 5], ['--since @1700000003.5', 4 .. 9],
		['--since +3', 3 .. 9], ['--until +3s', 0 .. 2], ['--since +2000ms --until +0.1m', 2 .. 5], ['--since +3 --until 2023-11-14T22:13:25', 3, 4],
		['--since -1000000d', undef],
	) {
		my ($options, @want) = @$row;
		next if !defined $want[0];
		is(left("vtap-decap -q -F pcap $options -r in.pcap"), $some->(@want), "... vtap-decap $options");
		run_told("vtap-split -q --by linktype $options in.pcap -w 'o/{key}.pcap'");
		is(join(' ', map { (split)[0] / 1e9 } packets('o/1.pcap')), $some->(@want), "... vtap-split $options");
	}
	# From now on: the test may take an hour.
	my $now = time;
	seconds('now.pcap', $now - 5 * 3600, $now - 3 * 3600, $now - 3600, $now + 3 * 3600);
	is(left('vtap-decap -q --since -4h -r now.pcap'), join(' ', $now - 3 * 3600, $now - 3600, $now + 3 * 3600), '-4h: four hours before now');
	is(left('vtap-decap -q --since -0.2d --until -120m -r now.pcap'), $now - 3 * 3600, '... from and to');
}

# The first packet: of several inputs the earliest, whatever their order; of one, the first one read; one with a time.
{
	seconds('a.pcap', 105, 107, 109);
	seconds('b.pcap', 100, 103, 106, 108);
	seconds('mess.pcap', 104, 100, 103, 106, 101, 109);
	is(left('vtap-decap -q --since +5 a.pcap b.pcap'), '105 106 107 108 109', 'several inputs: behind the earliest packet');
	is(left('vtap-decap -q --since +3 --until +5 -r mess.pcap'), '', 'one that is out of order: behind the first that is read');
	is(left('vtap-decap -q --until +3 -r mess.pcap'), '104 100 103 106 101', '... and what comes late is there');
	run_told("vtap-split -q --by linktype --window 20 --since +3 --until +5 mess.pcap -w 'o/{key}.pcap'");
	is(join(' ', map { (split)[0] / 1e9 } packets('o/1.pcap')), '103 104', '... --window sorts before');
	# Late packets are no reason to end: those in time come behind others.
	is(left('vtap-decap -q --until @102 -r mess.pcap'), '100 101', 'behind a packet of a later time there may be earlier ones');
	my $frame = 'f' x 60;
	spew('simple.pcapng', ng_section('<'), ng_interface('<', 1, 0), ng_simple('<', $frame), ng_packet('<', 0, 100e6, $frame, 60),
		ng_packet('<', 0, 101e6, $frame, 60), ng_simple('<', $frame), ng_packet('<', 0, 102e6, $frame, 60));
	is(left('vtap-decap -q --since +1 -r simple.pcapng'), '101 102', 'simple packets have no time, and are none of them');
	is(left('vtap-decap -q --until +1 -r simple.pcapng'), '100', '... nor before one');
	is(left('vtap-decap -q -f "greater 60" -r simple.pcapng'), '0 100 101 0 102', '... without times they are there');
}

# In tunnels: a simple packet that is taken out of one has no time either; a packet of vtap-tap --meta has the tap's.
{
	my @frames = map { (unpack 'x24 V4', substr slurp("$data/mirrored.pcap"), 0, 40)[2]; } 1;
	my $bytes = substr slurp("$data/mirrored.pcap"), 40, $frames[0];
	spew('tunnels.pcapng', ng_section('<'), ng_interface('<', 1, 0), ng_simple('<', $bytes), ng_packet('<', 0, 100e6, $bytes, length $bytes), (ng_simple('<', $bytes)) x 3);
	my (undef, $stats) = told('vtap-decap -q --until 2030-01-01 -r tunnels.pcapng -w out.pcapng --stats stats');
	is_deeply([@{ $stats->{outcomes} }{qw(stripped out_of_time)}], [1, 4], 'simple packets in tunnels have no time');
	seconds('tapped.pcap', 1000 .. 1009);
	told('vtap-tap -q -t geneve://192.0.2.1/1 --from 192.0.2.2 --meta -r tapped.pcap -w - | editcap -t 5000 - late.pcap');
	is(left('vtap-decap -q -F pcap --since @1003 --until @1006 -r late.pcap'), '1003 1004 1005', 'the time that is written, not that of the mirrored packet');
	is(left('vtap-decap -q -F pcap --since +3 --until +6 -r late.pcap'), '1003 1004 1005', '... from the first of these');
	is(left('vtap-decap -q -F pcap --no-meta --since @6003 --until @6006 -r late.pcap'), '6003 6004 6005', '... with --no-meta the other');
}

# Link types that come up in the midst of a run, in the sandbox; names are found there, too.
{
	my $ip = pack 'H*', '4500001c0001000040110000' . '7f000001' . '7f000001' . '0050003500080000';
	my $frame = pack('H24 n', '020000000002020000000001', 0x0800) . $ip;
	my @types = (1, 101, 147, 1, 101, 147, 101, 276);
	my %bytes = (1 => $frame, 101 => $ip, 147 => 'x' x 40, 276 => pack('n n N n C C a8', 0x0800, 0, 1, 1, 0, 6, "\2") . $ip);
	my @ids = (1, 101, 147, 276);
	my %id = map { $ids[$_] => $_ } 0 .. $#ids;
	spew('types.pcapng', ng_section('<'), (map { ng_interface('<', $_, 0) } @ids), map { ng_packet('<', $id{ $types[$_] }, 1e6 * (1000 + $_), $bytes{ $types[$_] }, length $bytes{ $types[$_] }) } 0 .. $#types);
	for my $tool ("vtap-decap -r types.pcapng -w out.pcapng", "vtap-split --by linktype types.pcapng -w 'o/{key}.pcapng'") {
		my $seen = sub { join ' ', sort { $a <=> $b } map { map { (split)[1] } @{ lines($_) } } glob($tool =~ /split/ ? 'o/*.pcapng' : 'out.pcapng') };
		my ($said, $stats) = told("$tool -f 'udp port 53' --stats stats");
		is($seen->(), '1 1 101 101 101 276', '... each link type has its program');
		my @nothing = grep { /match nothing/ } @$said;
		is(scalar @nothing, 1, '... one line');
		like($nothing[0], qr/^vtap-\w+: packets of link type 147 match nothing: .*147/, '... about the one that has none');
		is($stats->{outcomes}{filtered}, 2, '... whose packets are filtered');
		($said) = told("$tool -q -f 'udp port 53'");
		is("@$said", '', '... not with -q');
		($said, $stats) = told("$tool -q -f 'host localhost and port domain' --stats stats");
		is($seen->(), '1 1 101 101 101 276', '... names, in the sandbox');
		($said, $stats) = told("$tool -f 'ether src 02:00:00:00:00:01' --stats stats");
		is($seen->(), '1 1', '... an expression that most cannot compile');
		is_deeply([sort map { /packets of link type (\d+) match/ } @$said], [101, 147, 276], '... each is told');
	}
	my @many = 180 .. 199;
	spew('many.pcapng', ng_section('<'), (map { ng_interface('<', $_, 0) } 1, @many), (map { ng_packet('<', $_, 1e9, 'x' x 60, 60) } 0 .. @many) x 3);
	my ($said, $stats) = told("vtap-decap -r many.pcapng -w out.pcapng --stats stats -f 'ether proto 0x7878'");
	is(scalar(grep { /match nothing/ } @$said), 10, '... ten lines at most');
	is_deeply([@$stats{qw(in out)}], [63, 3], '... and all the rest of the run goes on');
}

# vtap-split: files, names, manifests and rotations as of a capture that tcpdump or editcap has cut.
sub tree {
	my %files = map { $_ => slurp($_) } grep { -f } glob 'o/* o/*/* manifest';
	return \%files;
}

# The packets of a compressed pcapng, as lines.
sub unzipped {
	my ($bytes) = @_;
	return $bytes if $bytes !~ /^\x1f\x8b/;
	spew('zipped.gz', $bytes);
	system 'gzip -dc zipped.gz >unzipped' and die;
	return join "\n", packets('unzipped');
}

told("vtap-decap -q -r $data/mirrored.pcap -w plain.pcapng");
my @times = map { (split)[0] } packets('plain.pcapng');
my ($since, $until) = map { stamp($_) } @times[200, 500];
for my $options ("--by flow -w 'o/{key}.pcap'", "--by host -w 'o/{key}.pcap'", "--by source -C 20K -w 'o/{source}/{n}.pcap'", "--by source -G 0.01 -w 'o/{source}-{start}.pcap'",
	"--by source,pair -G 0.02 -C 10K -w 'o/{source}/{pair}-{n}-{end}.pcap'", "--by ip-src -w 'o/{key}.pcapng.gz'") {
	for my $case (["-f 'tcp port 80 or udp'", "tcpdump -r plain.pcapng -w - 'tcp port 80 or udp'"], ["--since $since --until $until", "editcap -F pcapng -A $since -B $until plain.pcapng -"]) {
		my ($choose, $before) = @$case;
		next if $before =~ /^tcpdump/ && $options =~ /source|pcapng/; # a pcap has no names
		my (undef, $stats) = told("vtap-split -q $options --manifest manifest --stats stats $choose plain.pcapng");
		my $got = tree();
		(undef, my $wanted) = told("$before 2>err | vtap-split -q $options --manifest manifest --stats stats");
		my $want = tree();
		is_deeply([sort keys %$got], [sort keys %$want], "... $choose: the same files");
		cmp_ok(scalar keys %$got, '>', 2, '... some');
		# editcap rewrites the blocks of a pcapng, but not its packets.
		$_ = unzipped($_) for grep { $options =~ /pcapng/ } values %$got, values %$want;
		is_deeply($got, $want, '... packet for packet, and the manifest');
		is_deeply($stats->{sources}, $wanted->{sources}, '... sources');
		is($stats->{outcomes}{$_}, $wanted->{outcomes}{$_}, "... $_") for qw(written none refused unwritten);
		is($stats->{outcomes}{filtered} + $stats->{outcomes}{out_of_time}, @times - $wanted->{in}, '... and the others');
	}
}

# Names, statistics and unknown blocks of a pcapng stay; interfaces without packets are none of the output's.
{
	my $name = ng_block('<', 4, pack('v v', 1, 4 + 5) . pack('C4 a5', 10, 0, 0, 1, "here\0") . "\0" x 3 . pack('v v', 0, 0));
	my $frame = sub { pack('H24 n C2 n3 C2 n C4 C4', '020000000002020000000001', 0x0800, 0x45, 0, 28, 0, 0, 64, 17, 0, 10, 0, 0, $_[0], 10, 0, 0, 9) . pack('n4', 1, $_[1], 8, 0) . 'x' x 18 };
	my @packets = map { ng_packet('<', $_ % 2, 1e6 * (1000 + $_), $frame->(1 + $_ % 2, 50 + $_), length $frame->(1, 1)) } 0 .. 9;
	spew('blocks.pcapng', ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } qw(even odd)), $name, @packets[0 .. 4],
		ng_block('<', 0x40000b0b, 'unknown.'), @packets[5 .. 9], ng_block('<', 5, pack 'V3', 0, 0, 0));
	run_told("vtap-split -q --by interface -f 'src host 10.0.0.1' blocks.pcapng -w 'o/{key}.pcapng'");
	is(join(' ', glob 'o/*'), 'o/even.pcapng', 'an interface whose packets are left out has no file');
	my $got = slurp('o/even.pcapng');
	is(() = $got =~ /here\0/g, 1, '... names of the others are there');
	is(() = $got =~ /unknown\./g, 1, '... and other blocks');
	is(scalar packets('o/even.pcapng'), 5, '... and packets');
	run_told("vtap-decap -q -f 'src host 10.0.0.2' -r blocks.pcapng -w out.pcapng");
	is(`tshark -r out.pcapng -T fields -e frame.interface_name 2>/dev/null | sort | uniq -c` =~ s/\s+/ /gr, ' 5 odd ', 'vtap-decap: packets are on their interface');
	like(slurp('out.pcapng'), qr/unknown\./, '... and other blocks stay');
}

done_testing;
