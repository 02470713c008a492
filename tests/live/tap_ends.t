#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# How vtap-tap ends, live, and what it chooses: counts, durations, signals, -Z, rates, samples, --balance, --speed.
# The kernel's counters, tcpdump and tshark judge.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Capture qw(slurp spew pcap packets);
use Wait qw(handled state_of);
use Host qw($dir $bin enter sh there guest launch tap ready stop finish stats said until_true dump_on ended_dump count_of
	stream fields counter adds_up);

enter();
sh("ip neigh replace 10.50.0.$_ lladdr 02:00:00:00:99:99 dev ul nud permanent") for 2, 3;
my @tap = qw(-i t0 -t vxlan://10.50.0.2/7);
my @ours = ('src 10.50.0.1 and udp port 4789');
my $udp = 'udp dst port 9';

# -c and --duration
{
	my $dump = dump_on('far', 'far', 'far', @ours);
	my $tap = tap('tap', @tap, '-c', 70, $udp);
	stream(0, 'count=200');
	is finish($tap), 0, '-c ends by itself';
	is_deeply [stats('tap')->{in}, stats('tap')->{outcomes}{sent}], [70, 70], '... after 70 packets';
	is ended_dump($dump, 'far', 70), 70, '... which are the wire\'s';
	my $begin = time;
	$tap = tap('tap', @tap, '--duration', '0.7', $udp);
	is finish($tap), 0, '--duration ends by itself';
	cmp_ok time - $begin, '>', 0.69, '... not before';
}

# What was captured before a signal arrives.
for my $case (['INT', 'udp'], ['TERM', 'packet']) {
	my ($signal, $engine) = @$case;
	my $dump = dump_on('far', 'far', 'far', @ours);
	my $tap = tap('tap', @tap, '--engine', $engine, $udp);
	stream(0, 'count=700', 'flows=3');
	is stop($tap, $signal), 0, "SIG$signal ends with 0, $engine";
	is ended_dump($dump, 'far', 700), 700, '... after all that was captured';
	is stats('tap')->{outcomes}{sent}, 700, '... as it was counted';
}

# A second signal ends at once, while the first waits for a reader that does not read.
{
	POSIX::mkfifo("$dir/fifo", 0600);
	my $reader = launch('', 'reader', 'sh', '-c', "exec 3<$dir/fifo; exec sleep infinity");
	my $tap = launch('', 'tap', "$bin/vtap-tap", @tap, '--from', '10.50.0.1', '-w', "$dir/fifo", $udp);
	ready($tap);
	stream(0, 'count=3000', 'size=1400');
	kill 'INT', $tap;
	until_true(sub { handled($tap, 'INT') });
	select undef, undef, undef, 1.2; # what comes within a second is the first signal again
	ok kill(0, $tap), 'a first signal drains';
	is stop($tap), 256 + 2, '... a second ends at once';
	stop($reader);
}

# -Z nobody, sending and with a file.
for my $more ([], ['--from', '10.50.0.1', '-w', "$dir/out.pcap"]) {
	my $before = counter('far', 'far', 'rx_packets');
	unlink "$dir/out.pcap";
	my $tap = tap('tap', @tap, '-Z', 'nobody', '--stats', "$dir/tap.json", @$more, $udp);
	my ($uids) = slurp("/proc/$tap/status") =~ /^Uid:\s*(.*)/m;
	my $nobody = getpwnam('nobody');
	is_deeply [split ' ', $uids], [($nobody) x 4], "-Z nobody @$more";
	my ($capabilities) = slurp("/proc/$tap/status") =~ /^CapPrm:\s*(\S+)/m;
	is hex $capabilities, 1 << 13, '... keeps CAP_NET_RAW alone';
	stream(0, 'count=40');
	is stop($tap), 0, '... ends well';
	is stats('tap')->{outcomes}{sent}, 40, '... all is sent';
	is @$more ? scalar packets("$dir/out.pcap") : counter('far', 'far', 'rx_packets') - $before, 40, '... and there';
}

# --pps and --rate: the burst first, then the rate; more would be against the time that passed.
for my $case (['--pps', 200, '--burst', '0.5', 100], ['--rate', '800k', '--burst', '0.1', 19]) {
	my ($option, $rate, $word, $seconds, $burst) = @$case;
	# 458 bytes are 536 of the outer packet: 186 a second.
	my $a_second = $option eq '--pps' ? 200 : 800_000 / 8 / 536;
	# Who sends or taps may come to a halt on a busy machine, and what is due meanwhile is more than a burst: lost.
	my $due = 0;
	for my $try (1 .. 10) {
		my $dump = dump_on('far', 'far', 'far', @ours);
		my $begin = time;
		my $tap = tap('tap', @tap, $option, $rate, $word, $seconds, $udp);
		stream(0, 'count=2000', 'size=458', 'pause=300');
		stop($tap);
		my $took = time - $begin;
		my $stats = stats('tap');
		my $sent = $stats->{outcomes}{sent};
		is ended_dump($dump, 'far', $sent), $sent, "$option $rate: sent is the wire's";
		cmp_ok $sent, '<=', $burst + 1 + $a_second * $took, '... no more than the rate and the burst';
		is $stats->{outcomes}{rate_limited} + $sent, 2000, '... the rest was held back';
		my @times = fields('far', '', 'frame.time_epoch');
		$due = $burst * 0.8 + $a_second * ($times[-1] - $times[0]) * 0.8;
		last if $sent >= $due;
		note "try $try: $sent of $due";
		$due = 0;
	}
	ok $due, '... and no less';
}

# --sample: the first of ten; --sample-flows: two taps choose the same flows.
{
	my $dump = dump_on('far', 'far', 'far', @ours);
	my $tap = tap('tap', @tap, '--sample', '10', $udp);
	stream(0, 'count=100');
	stop($tap);
	ended_dump($dump, 'far', 10);
	is_deeply [map { hex substr((split /,/)[-1], 0, 8) } fields('far', '', 'udp.payload')],
		[map { 10 * $_ } 0 .. 9], '--sample 10: the first of each ten';
	my $both = dump_on('far', 'far', 'far', @ours);
	my @taps = map { tap("tap$_", '-i', 't0', '-t', "vxlan://10.50.0.2/$_", '--sample-flows', '4', $udp) } 1, 2;
	stream(0, 'count=640', 'flows=64');
	stop($_) for @taps;
	my $sent = stats('tap1')->{outcomes}{sent};
	ended_dump($both, 'far', 2 * $sent);
	my %flows;
	$flows{(split ' ')[0]}{(split /[ ,]/, (split ' ')[1])[-1]}++ for fields('far', '', 'vxlan.vni', 'udp.srcport');
	is_deeply $flows{1}, $flows{2}, '--sample-flows: two taps choose the same flows';
	my $chosen = keys %{ $flows{1} };
	ok $chosen > 3 && $chosen < 40, "... $chosen of 64";
	is_deeply [values %{ $flows{1} }], [(10) x $chosen], '... whole ones';
}

# --balance: both directions of a flow at one collector.
{
	my $echo = launch('', 'echo', $^X, '-e', 'use Socket; socket $s, AF_INET, SOCK_DGRAM, 0; bind $s, pack_sockaddr_in(7777, INADDR_ANY) or die;
		print STDERR "ready"; while (defined($from = recv $s, $data, 2000, 0)) { send $s, $data, 0, $from }');
	until_true(sub { said('echo') =~ /ready/ });
	my $dump = dump_on('far', 'far', 'far', @ours);
	my $tap = tap('tap', @tap, '-t', 'vxlan://10.50.0.3/7', '--balance', 'udp port 7777');
	stream(0, 'count=320', 'flows=32', 'port=7777', 'pause=100');
	until_true(sub { count_of('far') >= 640 });
	stop($tap);
	is ended_dump($dump, 'far', 640), 640, '--balance: each packet once';
	my (%where, %count);
	for (fields('far', '', 'ip.dst', 'udp.srcport', 'udp.dstport')) {
		my ($to, $from_port, $to_port) = map { [split /,/] } split / /;
		my ($flow) = grep { $_ != 7777 } $from_port->[1], $to_port->[1];
		$where{$flow}{ $to->[0] }++;
		$count{ $to->[0] }++;
	}
	is scalar(keys %where), 32, '... of 32 flows';
	is_deeply [grep { $_ != 1 } map { scalar keys %$_ } values %where], [], '... both directions at one collector';
	is scalar(keys %count), 2, '... and both collectors have some';
	is_deeply [map { $_->{sent} } @{ stats('tap')->{targets} }], [@count{'10.50.0.2', '10.50.0.3'}], '... as they are counted';
	stop($echo, 'KILL');
}

# --speed 2: half the distances at the receiver.
{
	my @at = (0, 0.2, 0.2, 0.6, 1.4);
	my $file = spew("$dir/paced.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1000 + int $_, int(($_ - int $_) * 1e6 + 0.5),
		"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" . 'x' x 50] } @at));
	# A busy machine may be late, with the first one too, so that the others seem early; but not each time.
	my ($earliest, $latest);
	for my $try (1 .. 10) {
		my $dump = dump_on('far', 'far', 'far', @ours);
		my $status = finish(launch('', 'tap', "$bin/vtap-tap", '-r', $file, '-t', 'vxlan://10.50.0.2/7', '--speed', '2'));
		is $status, 0, '--speed 2 ends well';
		is ended_dump($dump, 'far', scalar @at), scalar @at, '... all is there';
		my @times = fields('far', '', 'frame.time_epoch');
		($earliest, $latest) = (sort { $a <=> $b } map { $times[$_] - $times[0] - $at[$_] / 2 } 1 .. $#at)[0, -1];
		last if $earliest > -0.02 && $latest < 0.25;
		note "try $try: $earliest to $latest seconds late";
	}
	cmp_ok $earliest, '>', -0.02, '... no packet before half its time';
	cmp_ok $latest, '<', 0.25, '... and each at half its time';
}

done_testing();
