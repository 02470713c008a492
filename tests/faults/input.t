#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Inputs that change while they are read, and times that cannot be: captures that grow or are cut, packets and clocks
# that go back, times before 1970 and after 2106.
use strict;
use warnings;
use Errno qw(EINTR);
use JSON::PP qw(decode_json);
use Socket;
use Test::More;
use Time::HiRes qw(sleep time);
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_option ng_packet);
use Wait qw(until_true waits_in);
use Faults qw($build $dir $sanitized run fault private frame capture tool place left records readable);

private('clocks');
my @tools = qw(vtap-decap vtap-fixlen vtap-tap);

# A tool that has read the first block of a capture and waits for its reader; what changes happens then.
sub while_reading {
	my ($tool, $reader, $bytes, $change) = @_;
	my $file = spew("$dir/changing.pcap", $bytes);
	my $command = tool($tool, $dir, 'pcap', $file) =~ s/ -w .*/ --reader $reader -w -/r;
	my $pid = open(my $from, '-|', "exec $command 2>$dir/said") // die;
	ok(until_true(sub { waits_in($pid, qr/pipe/) }), "$tool, reader $reader, is in the middle");
	$change->($file);
	local $/;
	binmode $from;
	my $out = <$from>;
	close $from;
	return ($?, slurp("$dir/said"), $out);
}

# What a tool makes of all these bytes.
sub made_of {
	my ($tool, $bytes) = @_;
	my $file = spew("$dir/still.pcap", $bytes);
	return (run(tool($tool, $dir, 'pcap', $file) =~ s/ -w .*/ -w -/r))[1];
}

my $whole = capture(5000, 1000);
my $record = 16 + length frame(0, 0, 1000);
for my $tool (@tools) {
	my $want = made_of($tool, $whole);
	for my $reader (qw(auto wiretap)) {
		my $half = substr $whole, 0, 24 + 3000 * $record;
		my ($status, $err, $out) = while_reading($tool, $reader, $half, sub { open my $to, '>>:raw', $_[0]; print $to substr $whole, length $half });
		is("$status$err", '0', '... it grows: a good end');
		ok($out eq $want, '... with what was added');
		($status, $err, $out) = while_reading($tool, $reader, $half, sub { open my $to, '>>:raw', $_[0]; print $to substr $whole, length $half, 500 });
		is($status, 256, '... by half a record: exit 1');
		like($err, qr{\A\Q$tool\E: \Q$dir\E/changing\.pcap: packet 3001: [^\n]*\n\z}, '... said');
		ok(index($want, $out) == 0 && (records($out))[0] == 3000 && !(records($out))[1], '... with what was whole');
		for my $len (24 + 1500 * $record, 24 + 1500 * $record + 99, 0) {
			($status, $err, $out) = while_reading($tool, $reader, $whole, sub { truncate $_[0], $len });
			my ($count, $rest) = records($out);
			ok(index($want, $out) == 0 && $rest == 0, "... it is cut to $len bytes: the beginning comes out, whole records");
			cmp_ok($count, '>=', 100, '... all that was read before, at least');
			ok($status == 0 ? $err eq '' : $status == 256 && $err =~ /\A\Q$tool\E: [^\n]*changing\.pcap: packet \d+: [^\n]*\n\z/, '... and said if in the middle of one')
				or diag "$status $err";
		}
	}
}

# Packets whose times go back, jump and cannot be: all are written, and counted where they are late.
my @times = ((map { 1_700_000_000 + $_ } 1 .. 50), (map { 1_600_000_000 - $_ } 1 .. 50), 0, 4_294_967_295, map { 1_700_000_100 + $_ } 1 .. 50);
my $back = spew("$dir/back.pcap", pcap('<', 0xa1b2c3d4, 1, map { [$times[$_], 0, frame($_ % 3, $_)] } 0 .. $#times));
for my $options ('', '-G 1', '-C 1K', '--window 5', '-G 60 --window 1000000000') {
	my $place = place();
	my ($status, undef, $err) = run("$build/vtap-split --by ip-src $options -r $back -w '$place/{key}-{n}-{start}-{end}.pcap' --stats $dir/stats");
	is("$status$err", '0', "packets that go back: vtap-split $options");
	my $stats = decode_json(slurp("$dir/stats"));
	is($stats->{in} . ' ' . $stats->{outcomes}{written}, scalar(@times) . ' ' . @times, '... all are written');
	is(join("\n", sort map { packets("$place/$_") } left($place)), join("\n", sort(packets($back))), '... each once');
	cmp_ok($stats->{details}{late}, '>=', 50, '... late ones counted') if $options !~ /window/;
}

# Half a datagram of the future and the other half of the past.
my $vxlan = sub {
	my ($number) = @_;
	my $inner = frame(1, $number, 100);
	my $udp = pack('n n n n', 1000, 4789, 16 + length $inner, 0) . pack('N N', 0x08000000, 5 << 8) . $inner;
	my $at = 64;
	return map {
		my $bytes = $_ ? substr $udp, $at : substr $udp, 0, $at;
		pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 20 + length $bytes, $number,
			$_ ? $at / 8 : 0x2000, 64, 17, 0, 0x0a000001, 0x0a000002) . $bytes;
	} 0, 1;
};
my $halves = spew("$dir/halves.pcap", pcap('<', 0xa1b2c3d4, 1, map { my @half = $vxlan->($_); [2_000_000_000 - $_ * 100, 0, $half[0]], [2_000_000_000 - $_ * 100 - ($_ % 2 ? 1 : 3600), 0, $half[1]] } 1 .. 40));
my ($status, undef, $err) = run("$build/vtap-decap -r $halves -w $dir/joined.pcapng --stats $dir/stats");
is("$status$err", '0', 'fragments whose times go back');
my $stats = decode_json(slurp("$dir/stats"));
is_deeply([@{$stats->{outcomes}}{qw(stripped fragments_reassembled)}], [20, 20], '... near ones are joined, the others are not');
is(eval { my $sum = 0; $sum += $_ for values %{$stats->{outcomes}}; $sum }, 80, '... and all are counted');

# Times before 1970 and after 2106: kept by pcapng, the nearest in pcap and what wiretap writes, and counted.
my ($mirrored) = slurp('tests/data/mirrored.pcap') =~ /\A.{40}(.{124})/s;
for ([before => -4_000_000_000, 0], [after => 4_300_000_000, 4_294_967_295]) {
	my ($name, $offset, $nearest) = @$_;
	for my $o ('<', '>') {
		my $file = spew("$dir/$name.pcapng", ng_section($o), ng_interface($o, 1, 0, ng_option($o, 2, 'if0'), ng_option($o, 9, "\x09"), ng_option($o, 14, pack "q$o", $offset)),
			map { ng_packet($o, 0, 1_000_000_000 * $_, $mirrored, 124) } 1 .. 5);
		for my $tool ('vtap-decap', 'vtap-fixlen', 'vtap-split') {
			for my $format (qw(pcapng pcap nsecpcap snoop)) {
				my $place = place();
				my ($status, undef, $err) = run(tool($tool, $place, $format, $file) . " --stats $dir/stats");
				is("$status$err", '0', "$tool to $format: times $name pcap's ($o)");
				my @seconds = $format eq 'snoop' ? map { /^(\d+)/ } `tshark -r $place/out-if0.snoop -T fields -e frame.time_epoch 2>/dev/null`
					: map { use integer; (split)[0] / 1_000_000_000 } packets("$place/out-if0.$format");
				my @want = map { $format eq 'pcapng' ? $offset + $_ : $nearest } 1 .. 5;
				is("@seconds", "@want", '... as near as can be');
				is(decode_json(slurp("$dir/stats"))->{details}{timestamps_clamped}, $format eq 'pcapng' ? 0 : 5, '... counted where not exact');
			}
		}
	}
}
for my $offset (-9e18, 9e18) {
	my $file = spew("$dir/far.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 2, 'if0'), ng_option('<', 14, pack 'q<', $offset)),
		map { ng_packet('<', 0, 0, $mirrored, 124) } 1 .. 5);
	my $place = place();
	($status, undef, $err) = run("$build/vtap-split --by interface -r $file -G 1 -w '$place/{key}-{start}-{end}.pcapng' --manifest $dir/manifest");
	is("$status$err", '0', "an offset of $offset seconds");
	my $year = $offset < 0 ? 1677 : 2262;
	like(join(' ', left($place)), qr/^if0-$year\d{4}T\d{6}\.\d{9}Z-$year\d{4}T\d{6}\.\d{9}Z\.pcapng$/, '... the name has the nearest time');
	like(slurp("$dir/manifest"), qr/"first": "$year-.*"last": "$year-/, '... the manifest too');
}

# What a clock says that falls back is no measure of how long to wait.
system 'ip link set lo up';
socket my $receiver, PF_INET, SOCK_DGRAM, 0 or die;
bind $receiver, pack_sockaddr_in(4789, inet_aton('127.0.0.1')) or die;
my $paced = spew("$dir/paced.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, frame(1, $_)] } 1 .. 4));
($status, undef, $err) = run('timeout 120 ' . fault(STEP => 86_400_000_000_000) . " $build/vtap-tap -r $paced -t vxlan://127.0.0.1/1 --speed 10 --stats $dir/stats");
is("$status$err", '0', 'packets at their pace while the clock falls back');
is(decode_json(slurp("$dir/stats"))->{in}, 4, '... all of them');
close $receiver;

# A clock that falls back a day with each look, and calls that are interrupted, while packets come.
sub live {
	my ($name, $command, %fault) = @_;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDERR, '>', "$dir/live.err";
		open STDOUT, '>', '/dev/null';
		exec 'bash', '-c', 'exec ' . fault(%fault) . " $build/$command --stats $dir/live.json" or POSIX::_exit(127);
	}
	socket my $socket, PF_INET, SOCK_DGRAM, 0 or die;
	my $sent = 0;
	my $until = time + 60;
	my $count = sub { -e "$dir/live.pcap" ? scalar(() = slurp("$dir/live.pcap") =~ /marked/g) : 0 };
	while ($count->() < 50 && time < $until) {
		my $data = $command =~ /-l / ? pack('N N', 0x08000000, 5 << 8) . frame(1, $sent, 20) . 'marked' : 'marked';
		send $socket, $data, 0, pack_sockaddr_in(4789, inet_aton('127.0.0.1'));
		$sent++;
		sleep 0.005;
	}
	cmp_ok($count->(), '>=', 50, "$name: packets come");
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($? . slurp("$dir/live.err"), '0', '... a good end');
	my $stats = decode_json(slurp("$dir/live.json"));
	my $sum = 0;
	$sum += $_ for values %{$stats->{outcomes}};
	is($sum, $stats->{in}, '... all are counted');
	unlink "$dir/live.pcap", "$dir/live.json";
}
my %how = ('a clock that falls back' => [STEP => 86_400_000_000_000],
	'EINTR' => [CALLS => 'read,poll,receive,send,close,write', ERROR => EINTR, AT => 'first']);
for my $how (sort keys %how) {
	live("vtap-decap -l, $how", "vtap-decap -l vxlan://:4789 -F pcap -w $dir/live.pcap", @{$how{$how}});
	live("vtap-decap -i, $how", "vtap-decap -q -i lo -F pcap -w $dir/live.pcap", @{$how{$how}});
	live("vtap-tap --meta, $how", "vtap-tap -i lo -t geneve://192.0.2.9/1 --from 192.0.2.1 --meta -F pcap -w $dir/live.pcap", @{$how{$how}});
}
done_testing;
