#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# --config of a live vtap-tap, and SIGHUP: what can change changes between two packets, without a loss; a file that is wrong, or that
# needs a new start, is one line and changes nothing.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Host qw($dir enter sh tap stop finish stats said until_true dump_on ended_dump count_of stream fields);
use Scratch qw(scratch);

enter();

# A folder in which nothing else is allowed to be read or written: not that of --stats.
my $folder = scratch();
my $config = "$folder/tap.conf";

# A new file takes the name of the old one, as from an editor.
sub write_config {
	my (@lines) = @_;
	spew("$config.new", join '', map { "$_\n" } @lines);
	rename "$config.new", $config or die "rename: $!";
}

# The counters of a tap after a signal: events are handled together, the reload before the line.
my %lines;
sub counters {
	my ($tap, @signals) = @_;
	my $before = () = said('tap') =~ /^\{"schema_version"/mg;
	kill $_, $tap for @signals, 'USR1';
	until_true(sub { (() = said('tap') =~ /^\{"schema_version"/mg) > $before });
	return decode_json((said('tap') =~ /^(\{"schema_version".*)$/mg)[-1]);
}
sub reload { return counters($_[0], 'HUP') }

# What the tap says beside counters and of the far side, on which nobody listens.
sub told { return said('tap') =~ s/^(?:\{"schema_version".*|vtap-tap: vxlan-\S+: (?:Connection refused: nothing listens on UDP port 4789 there|takes packets again))\n//gmr }

# Ten packets to port 9 and ten to port 10, numbered from $first and $first + 50 on, have all passed the filter or not, when those
# have that come last, of which there are $last more in the far capture.
my $arrived = 0;
sub ten {
	my ($first, $last, @others) = @_;
	stream(0, 'count=10', "port=$_", 'first=' . ($first + ($_ == 9 ? 0 : 50))) for @others;
	$arrived += $last;
	return until_true(sub { count_of('far') >= $arrived });
}
sub numbers { return map { hex $_ } map { /^(?:\S+,)?([0-9a-f]{8})/ ? $1 : () } fields('far', '-Y vxlan', 'udp.payload') }

for my $engine (qw(udp packet)) {
	my @base = ('to = vxlan://10.50.0.2/7', 'interface = t0', 'direction = in', "engine = $engine");
	$arrived = 0;
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	write_config(@base, 'expression = udp port 9');
	my $tap = tap('tap', '--config', $config);

	# Each stream that must not pass comes first: when the other one is there, nothing waits.
	ok(ten(0, 10, 10, 9), "$engine: an expression of the file");
	write_config(@base, 'expression = udp port 10');
	is(reload($tap)->{in}, 10, '... the kernel runs it');
	ok(ten(100, 10, 9, 10), '... another one after SIGHUP');
	write_config(@base);
	reload($tap);
	ok(ten(200, 20, 9, 10), '... none any more');
	write_config(@base, 'expression = port http or port 9');
	like((reload($tap), told())[1], qr/\A(?:vtap-tap: [^\n]*; nothing was changed\n)?\z/, '... names of services need an expression at the start, or are known');

	spew("$folder/rules", "include udp dport 9\n");
	write_config(@base, "rules = $folder/rules");
	reload($tap);
	ok(ten(300, 10, 10, 9), "$engine: rules");
	is(counters($tap)->{outcomes}{filtered}, 10, '... exclude');
	spew("$folder/rules", "include udp dport discard\ninclude udp dport 10\n");
	write_config(@base, "rules = $folder/rules", 'sample = 5');
	reload($tap);
	ok(ten(400, 4, 9, 10), "$engine: sample, and rules that are read again");
	is(counters($tap)->{outcomes}{sampled_out}, 16, '... leaves out');

	write_config(@base, 'snaplen = 60');
	reload($tap);
	ok(ten(500, 10, 9), "$engine: snaplen");
	my $was = counters($tap);
	is_deeply([@{$was->{details}}{qw(snapped)}], [10], '... cuts');

	# One packet may pass each second: ten have to take less than that a few times, not always.
	for (['pps', 'pps = 1', 'burst = 1ms'], ['rate', 'rate = 1k']) {
		my ($name, @limit) = @$_;
		write_config(@base, @limit);
		my $before = reload($tap)->{outcomes};
		stream(0, 'count=10', 'size=1000', 'port=9', 'first=600');
		my $after;
		until_true(sub { $after = counters($tap)->{outcomes}; $after->{sent} + $after->{rate_limited} == $before->{sent} + $before->{rate_limited} + 10 });
		cmp_ok($after->{rate_limited} - $before->{rate_limited}, '>=', 5, "$engine: $name limits");
		cmp_ok($after->{sent} - $before->{sent}, '>=', 1, '... and lets pass');
		$arrived += $after->{sent} - $before->{sent};
	}
	write_config(@base);
	reload($tap);
	ok(ten(700, 10, 9), '... until it is gone from the file');
	is(told() =~ s/^vtap-tap: [^\n]*nothing was changed\n//gmr, '', '... and nothing is said');
	is(stop($tap), 0, '... ends well');
	my $stats = stats('tap');
	is(ended_dump($dump, 'far', $arrived), $arrived, "$engine: what was counted arrives");
	is($stats->{outcomes}{sent}, $arrived, '... as it was counted');
	is($stats->{details}{kernel_dropped}, 0, '... and nothing is lost');
	my @want = (0 .. 9, 150 .. 159, 200 .. 209, 250 .. 259, 300 .. 309);
	is_deeply([(numbers())[0 .. $#want]], \@want, '... each by the filter of its time');
	is_deeply([(numbers())[-10 .. -1]], [700 .. 709], '... to the last one');
}

# Filters that change while packets flow: what both let pass is there, each once, in order; also where the ring is cooked.
for my $interface ('t0', 'any') {
	my @base = ('to = vxlan://10.50.0.2/7', "interface = $interface", 'engine = packet');
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	write_config(@base, 'expression = udp dst port 9');
	my $tap = tap('tap', '--config', $config);
	my $pid = stream(1, 'count=2000', 'pause=500', 'port=9');
	until_true(sub { count_of('far') > 100 });
	for my $round (1 .. 10) {
		write_config(@base, 'expression = udp dst port 9 or tcp port ' . $round, $round % 2 ? 'snaplen = 0' : ());
		reload($tap);
	}
	is(finish($pid), 0, "$interface: a stream while the filter changes ten times");
	until_true(sub { count_of('far') >= 2000 });
	write_config(@base, 'expression = arp');
	reload($tap);
	stream(0, 'count=10', 'port=9', 'first=5000');
	is(stop($tap), 0, '... ends well');
	is(ended_dump($dump, 'far', 2000), 2000, '... all of it arrives');
	is_deeply([numbers()], [0 .. 1999], '... each once, in order, and nothing of what the last filter refuses');
	is(stats('tap')->{details}{kernel_dropped}, 0, '... nothing is lost');
	is(told(), '', '... and nothing is said');
}

# The command line stays, whatever the file says.
{
	my @base = ('to = vxlan://10.50.0.2/7', 'interface = t0', 'direction = in');
	write_config(@base, 'snaplen = 60');
	$arrived = 0;
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '--config', $config, '-s', '0', 'udp', 'port', '9');
	write_config(@base, 'snaplen = 50', 'expression = udp port 10', 'sample = 1');
	reload($tap);
	ok(ten(0, 10, 10, 9), 'options of the command line stay');
	is(counters($tap)->{details}{snapped}, 0, '... all of them');
	is(told(), '', '... without a word');

	# All or nothing: a line for each, and the tap goes on as it did.
	spew("$folder/wrong", "include\ninclude nonsense\n");
	spew("$folder/ways", "include in\n");
	my @good = (@base, 'sample = 1');
	my @wrong = (
		[['sample = 2', 'pps = x'], qr/\Q$config\E:5: pps: expected [^\n]*/],
		[['sample = 2', 'sampel = 2'], qr/\Q$config\E:5: unknown option sampel: did you mean sample\?/],
		[['sample = 2', 'burst = 1s'], qr/--burst needs --rate or --pps/],
		[['sample = 2', "rules = $folder/wrong"], qr/\Q$folder\E\/wrong:2:9: .*/],
		[['sample = 2', "rules = $folder/missing"], qr/\Q$folder\E\/missing: No such file or directory/],
		[['sample = 2', 'buffer = 1M'], qr/\Q$config\E: buffer is another one, which needs a new start/],
		[['sample = 2', 'to = vxlan://10.50.0.2/8'], qr/\Q$config\E: to is another one, which needs a new start/],
		[['sample = 2', 'quiet'], qr/\Q$config\E: quiet is another one, which needs a new start/],
		[['sample = 2', 'sample-flows = 2'], qr/\Q$config\E: sample-flows is another one, which needs a new start/],
	);
	my $said = '';
	for (@wrong) {
		my ($lines, $want) = @$_;
		write_config(@base, @$lines);
		reload($tap);
		my $new = substr told(), length $said;
		$said = told();
		like($new, qr/\Avtap-tap: $want; nothing was changed\n\z/, "one line: $lines->[1]");
	}
	unlink $config;
	reload($tap);
	is(substr(told(), length $said), "vtap-tap: $config: No such file or directory; nothing was changed\n", 'a file that is gone: one line');
	$said = told();
	ok(ten(100, 10, 10, 9), '... and each packet passes as before');
	is(counters($tap)->{outcomes}{sampled_out}, 0, '... nothing of a wrong file was taken');
	write_config(@base, 'sample = 5');
	reload($tap);
	ok(ten(200, 2, 10, 9), 'a file that is back counts');
	is(told(), $said, '... without a word');
	is(stop($tap), 0, '... the tap ends well');
	is(ended_dump($dump, 'far', $arrived), $arrived, '... and all of it arrived');
}

# An expression that is wrong, and one that the file has in the place of none, with --no-follow: no right to capture is left.
{
	my @base = ('to = vxlan://10.50.0.2/7', 'interface = t0', 'direction = in', 'no-follow');
	write_config(@base);
	$arrived = 0;
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '--config', $config);
	write_config(@base, 'snaplen = 60', 'expression = udp prt 9');
	reload($tap);
	like(told(), qr/\Avtap-tap: \Q$config\E: t0: filter expression: [^\n]*; nothing was changed\n\z/, 'an expression that is wrong is one line');
	ok(ten(0, 20, 9, 10), '... and changes nothing');
	is(counters($tap)->{details}{snapped}, 0, '... nor does what stands beside it');
	write_config(@base, 'snaplen = 60', 'expression = udp port 9');
	reload($tap);
	ok(ten(100, 10, 10, 9), 'a first expression by SIGHUP, without a right that is left');
	is(counters($tap)->{details}{snapped}, 10, '... and what stands beside it');
	is(stop($tap), 0, '... the tap ends well');
	ended_dump($dump, 'far', $arrived);
	is_deeply([numbers()], [0 .. 9, 50 .. 59, 100 .. 109], '... which packets say, too');
}

# Packets of a file that is sent: the stage runs the expression.
{
	my @base = ('to = vxlan://10.50.0.2/7', "read = $folder/pipe");
	my $bytes = slurp("$dir/far.pcap");
	sh("mkfifo $folder/pipe");
	write_config(@base);
	my $writer = fork() // die;
	if (!$writer) {
		open my $pipe, '>', "$folder/pipe" or POSIX::_exit(1);
		syswrite $pipe, $bytes;
		until_true(sub { -e "$folder/more" });
		syswrite $pipe, substr $bytes, 24;
		POSIX::_exit(0);
	}
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '--config', $config, '--speed', 'max');
	until_true(sub { count_of('far') >= 30 });
	write_config(@base, 'expression = arp');
	is(reload($tap)->{outcomes}{sent}, 30, 'a capture that is sent');
	spew("$folder/more", '');
	is(finish($tap), 0, '... to its end');
	waitpid $writer, 0;
	is_deeply([@{stats('tap')->{outcomes}}{qw(sent filtered)}], [30, 30], '... by the expression of the file that was read again');
	is(told(), '', '... without a word');
	ended_dump($dump, 'far', 30);
}

# An interface that comes back after a second file, which has the expression of the first one. What the first file held is gone by
# then, and overwritten.
{
	my @base = ('to = vxlan://10.50.0.2/7', 'interface = t0', 'direction = in');
	write_config(@base);
	$arrived = 0;
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	local $ENV{MALLOC_PERTURB_} = 85;
	my $tap = tap('tap', '--config', $config);
	for my $snaplen (90, 60) {
		write_config(@base, "snaplen = $snaplen", 'expression = udp port 9');
		reload($tap);
	}
	is(told(), '', 'two files');
	sh("ip link set t0 $_") for 'down', 'name t9';
	ok(until_true(sub { told() =~ /t0 is gone/ }), 'the interface goes');
	sh("ip link set $_") for 't9 name t0', 't0 up';
	ok(until_true(sub { told() =~ /t0 is back/ }), '... and comes back') or diag told();
	ok(ten(0, 10, 10, 9), '... with the expression of the file');
	is(counters($tap)->{details}{snapped}, 10, '... and what stands beside it');
	is(stop($tap), 0, '... the tap ends well') or diag told();
	ended_dump($dump, 'far', $arrived);
	is_deeply([numbers()], [0 .. 9], '... which packets say, too');
}
done_testing();
