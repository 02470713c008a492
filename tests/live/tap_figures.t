#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The figures of vtap-tap, live: where each packet went, to the packet, also under overload; what SIGUSR1,
# --stats-interval and --metrics show. The kernel's counters, jq and promtool judge.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp spew);
use Host qw($dir $bin enter sh there launch tap stop finish stats said until_true dump_on ended_dump count_of stream
	fields counter have adds_up);

enter();
# Only what the tap sends leaves.
sh('sysctl -qw net.ipv6.conf.ul.disable_ipv6=1');
there('sysctl -qw net.ipv6.conf.far.disable_ipv6=1');
# Nobody answers: the collector's kernel drops what has another's address, after it was counted.
sh('ip neigh replace 10.50.0.2 lladdr 02:00:00:00:99:99 dev ul nud permanent');

# All that the guest sends and the collector's device receives while something happens.
sub during {
	my ($what) = @_;
	my $count = sub { (counter('guest', 'g0', 'tx_packets'), counter('far', 'far', 'rx_packets')) };
	my @before = $count->();
	$what->();
	my @after = $count->();
	return map { $after[$_] - $before[$_] } 0, 1;
}

# The tap with those arguments under a stream of those words: counters, generated, delivered.
sub under {
	my ($words, @arguments) = @_;
	my $stats;
	my ($generated, $delivered) = during(sub {
		my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://10.50.0.2/7', @arguments);
		stream(0, @$words);
		is stop($tap), 0, "@arguments: ends well";
		$stats = stats('tap');
	});
	return ($stats, $generated, $delivered);
}

for my $case ([[qw(count=3000 flows=8)]], [[qw(count=60000 size=200 flows=8)], qw(-B 32)],
	[[qw(count=60000 size=200 flows=8)], qw(-B 32 --engine packet)], [[qw(count=20000 size=1400 flows=8)], qw(-B 64 --engine udp)],
	[[qw(count=5000 size=300 flows=8)], qw(--pps 1000)], [[qw(count=5000 size=300 flows=8)], qw(--rate 2M)],
	[[qw(count=5000 size=300 flows=8)], qw(--sample 7 -s 100)]) {
	my ($words, @arguments) = @$case;
	my ($stats, $generated, $delivered) = under($words, @arguments);
	my $outcomes = $stats->{outcomes};
	my $name = "@$words";
	ok adds_up($stats), '... in = sum of outcomes';
	is $stats->{in} + $stats->{details}{kernel_dropped}, $generated, "... generated = in + kernel_dropped ($stats->{details}{kernel_dropped})";
	is $delivered, $outcomes->{sent}, "... delivered = sent ($delivered of $generated)";
	is $delivered, $stats->{targets}[0]{sent}, '... and so says its target';
	cmp_ok $outcomes->{rate_limited}, '>', 100, '... the limit held back some' if "@arguments" =~ /rate|pps/;
	cmp_ok $stats->{details}{kernel_dropped}, '>', 0, '... it was overload' if "@arguments" =~ /-B 32/;
	is $outcomes->{sent}, 715, '... one in seven' if "@arguments" =~ /sample/;
}

# A queue that is too narrow: what it refuses is failed, and the rest arrives.
SKIP: {
	skip 'no tbf', 5 if system('tc qdisc replace dev ul root tbf rate 20mbit burst 32kbit limit 30000 2>/dev/null') != 0;
	my ($stats, $generated, $delivered) = under([qw(count=8000 size=700 flows=8)], '--engine', 'udp');
	is $stats->{in} + $stats->{details}{kernel_dropped}, $generated, '... a queue that overflows: generated = in + kernel_dropped';
	is $delivered, $stats->{outcomes}{sent}, '... delivered = sent';
	ok adds_up($stats), '... in = sum of outcomes';
	my $errors = $stats->{targets}[0]{errors};
	cmp_ok $errors->{ENOBUFS} // 0, '>', 0, '... refused with ENOBUFS';
	sh('tc qdisc del dev ul root');
}

# Two targets: each has all, and the outer bytes are those of the wire.
{
	my $far = dump_on('far', 'far', 'far', 'src 10.50.0.1');
	my ($stats) = under([qw(count=200 size=100)], '-t', 'gre://10.50.0.2/9');
	is_deeply [map { $_->{sent} } @{ $stats->{targets} }], [200, 200], 'two targets have 200 each';
	is ended_dump($far, 'far', 400), 400, '... on the wire';
	my %bytes;
	for (fields('far', '', 'ip.proto', 'ip.len')) {
		my ($protocol, $len) = map { (split /,/)[0] } split / /;
		$bytes{$protocol} += $len;
	}
	my @wire = @bytes{17, 47};
	is_deeply [map { $_->{bytes} } @{ $stats->{targets} }], \@wire, '... and bytes of outer packets as counted';
}

# SIGUSR1, as often as one likes, while it runs.
{
	my $before = counter('far', 'far', 'rx_packets');
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', 'udp dst port 9');
	stream(0, 'count=50');
	my $printed = sub { my $n = () = said('tap') =~ /^\{"schema_version".*\}$/mg; $n };
	until_true(sub { counter('far', 'far', 'rx_packets') >= $before + 50 });
	for my $nth (1 .. 3) {
		kill 'USR1', $tap;
		ok until_true(sub { $printed->() == $nth }), "SIGUSR1 prints a line ($nth)";
	}
	my $last = decode_json((said('tap') =~ /^(\{.*\})$/mg)[-1]);
	is_deeply [@$last{qw(in out)}, $last->{outcomes}{sent}, @{ $last->{targets}[0] }{qw(sent bytes)}], [50, 50, 50, 50, 7100],
		'... of what was captured and sent';
	is stop($tap, 'TERM'), 0, '... and it goes on until SIGTERM';
	is stats('tap')->{outcomes}{sent}, 50, '... with nothing lost';
}

# --stats-interval
{
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--stats-interval', '0.2', 'udp dst port 9');
	stream(0, 'count=50');
	my $lines = sub { grep { /^vtap-tap: / } split /\n/, said('tap') };
	ok until_true(sub { $lines->() >= 4 }), '--stats-interval prints lines';
	my ($with) = grep { /\b50\b/ } $lines->();
	ok $with, '... with the counters' or diag said('tap');
	unlike said('tap'), qr/[\r\033]/, '... whole ones';
	stop($tap);
}

# --metrics: replaced as a whole, and good for promtool.
{
	my $file = "$dir/tap.prom";
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '-t', 'gre://10.50.0.2/1', '--metrics', $file, 'udp dst port 9');
	ok until_true(sub { -s $file }), '--metrics writes a file';
	# Whoever has it open reads on in the old one, whole: it is replaced, never written over.
	link $file, "$dir/old.prom" or die "link: $!";
	my $old = slurp($file);
	stream(0, 'count=3000');
	stop($tap);
	my $text = slurp($file);
	my $stats = stats('tap');
	like $old, qr/\A# HELP .*^vtap_tap_in_packets_total\{tap="t0"\} 0\n.*\n\z/ms, '... whole at its first moment';
	is slurp("$dir/old.prom"), $old, '... and replaced as a whole';
	like $text, qr/^vtap_tap_in_packets_total\{tap="t0"\} $stats->{in}$/m, '... in the end with the counters of --stats';
	my $sum = 0;
	$sum += $_ for $text =~ /^vtap_tap_packets_total\{tap="t0",outcome="\w+"\} (\d+)$/mg;
	is $sum, $stats->{in}, '... outcomes add up';
	like $text, qr/^vtap_tap_target_sent_packets_total\{tap="t0",target="gre:\/\/10.50.0.2\/1"\} 3000$/m, '... by target';
	is_deeply [grep { !/^tap\.prom$/ } map { s{.*/}{}r } glob "$dir/tap.prom*"], [], '... and nothing beside it';
	SKIP: {
		# It is no package of its own everywhere.
		Test::More::skip('no promtool', 2) if !have('promtool');
		is system("promtool check metrics <$file >$dir/promtool 2>&1"), 0, '... promtool accepts it' or diag slurp("$dir/promtool");
		is slurp("$dir/promtool"), '', '... without a word';
	}
}

# Not only as often as a line.
{
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--metrics', "$dir/hour.prom", '--stats-interval', 3600);
	ok until_true(sub { -s "$dir/hour.prom" }), '--metrics does not wait for --stats-interval';
	unlike said('tap'), qr/packets\/s/, '... which has no line yet';
	stop($tap);
	is scalar(() = said('tap') =~ /packets\/s/g), 1, '... but one at the end';
}

# With -q only the lines are away.
{
	my $tap = tap('tap', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--metrics', "$dir/quiet.prom", '--stats-interval', '0.02', '-q', '--duration', '0.5');
	is finish($tap), 0, '-q, --stats-interval and --metrics go together';
	is said('tap'), '', '... no line';
	like slurp("$dir/quiet.prom") // '', qr/^vtap_tap_packets_total\{/m, '... and the metrics';
}

# Whose samples they are: the interfaces', or those of the tap's name.
for (['t0,any', '-i', 'any'], ['left', '--name', 'left']) {
	my ($label, @more) = @$_;
	my $tap = tap('named', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--metrics', "$dir/named.prom", '--duration', '0.1', @more);
	is finish($tap), 0, "tap $label";
	my @samples = grep { !/^#/ } split /^/, slurp("$dir/named.prom") // '';
	is scalar(grep { /^\w+\{tap="$label"[,}]/ } @samples), @samples || 'some', '... stands in every sample';
}

# Without timers there would be neither figures nor an end.
SKIP: {
	skip 'no prlimit(1)', 2 if !have('prlimit');
	my $tap = launch('', 'timers', qw(prlimit --sigpending=0), "$bin/vtap-tap", qw(-i t0 -t vxlan://10.50.0.2/7 --duration 0.1));
	is finish($tap), 1, 'no timers: ends';
	is said('timers'), "vtap-tap: the timer for the counters: Resource temporarily unavailable\n", '... and says why';
}

# A terminal sees one line that lives (progress.t).
{
	my $tap = tap('tap', '-v', '-i', 't0', '-t', 'vxlan://10.50.0.2/7', '--duration', '1.3');
	is finish($tap), 0, 'without a terminal';
	unlike said('tap'), qr/\033|\r/, '... there is no such line';
}

# --stats is JSON, for jq.
is `jq -r '[.outcomes[]] | add == (input.in // 0)' $dir/tap.json $dir/tap.json`, "true\n", 'jq reads --stats' if have('jq');

done_testing();
