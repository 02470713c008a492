#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals to runs between files and pipes: several at once are one, SIGUSR1 prints the figures of the moment, and the end of
# a file job by a signal is no success.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks);
use Faults qw($build $dir capture tool place left run fault records readable);
use Run qw(fork_usual start_reading);
use Wait qw(until_true has_signals handled waits_in state_of);

sub idle {
	my ($pid, $pipe) = @_;
	my $unread = pack 'i', 0;
	ioctl $pipe, 0x541b, $unread;
	return unpack('i', $unread) == 0 && waits_in($pid, qr/poll/);
}

my %command = map { my $tool = $_; map { ("$tool to $_" => tool($tool, place(), $_, '-')) } qw(pcap pcapng) } qw(vtap-decap vtap-fixlen vtap-tap vtap-split);
$command{'vtap-fixlen -n'} = "$build/vtap-fixlen -n -q";
for my $what (sort keys %command) {
	my $stats = "$dir/stats.json";
	my ($pid, $to) = start_reading("$command{$what} -q --stats $stats", "$dir/said");
	my @lines = (0);
	my $report = sub {
		kill 'USR1', $pid;
		my $more = until_true(sub { (@{[slurp("$dir/said") =~ /\n/g]}) > $#lines });
		my @said = split /\n/, slurp("$dir/said");
		push @lines, my $now = eval { decode_json($said[-1] // '') } // {};
		ok($more && @said == $#lines, "$what: SIGUSR1 prints one line (" . scalar(@said) . ')');
		my $sum = 0;
		$sum += $_ for values %{$now->{outcomes}};
		is($sum, $now->{in}, '... whose outcomes add up');
		return "$now->{in} $now->{out}";
	};
	my $all = capture(100, 100);
	syswrite $to, substr $all, 0, 24 + 10 * 162;
	ok(until_true(sub { has_signals($pid, 'USR1') && idle($pid, $to) }), "$what: it waits for more");
	is($report->(), '10 10', '... of what had come');
	syswrite $to, substr $all, 24 + 10 * 162;
	until_true(sub { idle($pid, $to) });
	is($report->(), '100 100', '... and of what came then');
	my $last = $lines[-1];
	# All of them come before it runs again.
	kill 'STOP', $pid;
	until_true(sub { state_of($pid) eq 'T' });
	kill $_, $pid for qw(TERM INT HUP TERM);
	kill 'CONT', $pid;
	waitpid $pid, 0;
	is($?, 0, '... SIGTERM, SIGINT and SIGHUP at once are one, and a good end');
	my $end = decode_json(slurp($stats));
	delete $_->{details}{files}, delete $_->{sources}, delete $_->{complete} for $last, $end;
	is_deeply($last, $end, '... after which the figures are those of the last line');
}

# A reader that takes nothing: SIGUSR1 prints while the tool waits for it, and the reader gets all the same.
my $much = spew("$dir/much.pcap", capture(6000, 1000));
system("mergecap -F pcapng -w $dir/much.pcapng $much") == 0 or BAIL_OUT('mergecap');
for my $case (['vtap-fixlen', 'pcap'], ['vtap-decap', 'pcapng'], ['vtap-fixlen', 'pcapng'], ['vtap-tap -t vxlan://10.0.2.9/1 --from 10.0.1.5', 'pcap'], ['vtap-fixlen -F snoop', 'pcap'],
	['vtap-decap', 'pcapng', "$dir/fifo.pcapng"]) {
	my ($tool, $format, $fifo) = @$case;
	my $what = "$tool, $format, " . ($fifo // 'standard output');
	my $command = "$build/$tool -q -r $dir/much.$format --stats $dir/stats.json";
	run("$command -w $dir/want");
	my $want = slurp("$dir/want");
	pipe my $from, my $to or die;
	POSIX::mkfifo($fifo, 0600) or die "$fifo: $!" if $fifo;
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDOUT, '>&', $to;
		open STDERR, '>', "$dir/said";
		exec 'sh', '-c', "exec $command" . " -w " . ($fifo // "-") or POSIX::_exit(127);
	}
	close $to;
	open $from, '<', $fifo or die "$fifo: $!" if $fifo;
	binmode $from;
	ok(until_true(sub { waits_in($pid, qr/pipe_w/) }), "$what: it waits for its reader") or diag slurp("/proc/$pid/wchan");
	for my $count (1, 2) {
		kill 'USR1', $pid;
		ok(until_true(sub { (() = slurp("$dir/said") =~ /\n/g) == $count }), "... line $count of SIGUSR1 comes all the same");
		my $now = eval { decode_json((split /\n/, slurp("$dir/said"))[-1] // '') } // {};
		my $sum = 0;
		$sum += $_ for values %{$now->{outcomes}};
		is($sum, $now->{in}, "... whose outcomes add up ($sum)");
		ok($sum > 100 && $sum <= 6000, '... of a run that is under way');
	}
	local $/;
	my $got = <$from>;
	waitpid $pid, 0;
	is($?, 0, '... it ends well when the reader goes on');
	ok($got eq $want, '... which has got everything') or diag length($got), ' bytes of ', length $want;
	is(decode_json(slurp("$dir/stats.json"))->{in}, 6000, '... and the last figures are those of all packets');
}

# timeout(1) signals its child, and then its group.
for my $signal (qw(TERM INT HUP)) {
	my ($pid, $to) = start_reading("timeout -s $signal 0.5 $build/vtap-decap -q -w $dir/out.pcap --stats $dir/stats.json", "$dir/said");
	syswrite $to, capture(100, 100);
	waitpid $pid, 0;
	is($? >> 8, 124, "timeout -s $signal");
	is((records(slurp("$dir/out.pcap") // ''))[0], 100, '... ends it in order: the capture is whole');
	is(decode_json(slurp("$dir/stats.json"))->{in}, 100, '... and the figures are there');
	unlink "$dir/out.pcap", "$dir/stats.json";
}

# A signal in the middle of a job from file to file: in front of its seventh write to the output.
my $big = spew("$dir/big.pcap", capture(4000, 1000));
my ($len, $record) = (-s $big, 16 + 46 + 1000);
system("mergecap -F pcapng -w $dir/big.pcapng $big && gzip -k $big && editcap -F snoop $big $dir/big.snoop") == 0 or BAIL_OUT('mergecap, gzip, editcap');
my %number = (HUP => 1, INT => 2, TERM => 15);

sub packets_of {
	my ($file) = @_;
	return scalar(() = grep { /\S/ } `tshark -r '$file' -T fields -e frame.number 2>/dev/null`);
}

# What a run said, and what of it is wrong: COUNT packets in the files that are left, PART of the input.
sub told {
	my ($what, $err, $name, $rest) = @_;
	my $tool = $what =~ /^([\w-]+)/ ? $1 : '';
	ok($err =~ /\A\Q$tool\E: interrupted after ([\d,]+) packets, (\d+)% of \Q$name\E\Q$rest\E\n\z/, "$what: one line says so") or diag $err;
	my ($packets, $part) = ($1 // '0', $2 // 0);
	is($packets, $packets =~ s/,//gr =~ s/(\d)(?=(\d{3})+$)/$1,/gr, '... with commas');
	return ($packets =~ s/,//gr, $part);
}

for my $case ((map { my $signal = $_; map { [$_, $signal, 'pcap', $big] } qw(vtap-decap vtap-fixlen vtap-tap) } qw(TERM INT HUP)),
	['vtap-fixlen', 'TERM', 'pcapng', "$dir/big.pcapng"], ['vtap-fixlen', 'TERM', 'pcap', "$dir/big.pcap.gz"], ['vtap-decap', 'INT', 'snoop', "$dir/big.snoop"]) {
	my ($tool, $signal, $format, $input) = @$case;
	my $place = place();
	my $out = 'out-if0.' . $format;
	my $command = fault(CALLS => 'write', PATH => $out, AT => 7, SIGNAL => $number{$signal}) . ' ' . tool($tool, $place, $format, $input);
	my ($status, undef, $err) = run("$command -q --stats $dir/stats.json");
	my $what = "$tool, SIG$signal, $input";
	is($status, -$number{$signal}, "$what: status 128 + $number{$signal}");
	my ($packets, $part) = told($what, $err, $input, "; what was written is in $place/$out.tmp");
	is(join(' ', left($place)), "$out.tmp", '... only that is left');
	my $stats = decode_json(slurp("$dir/stats.json"));
	is(join(' ', @$stats{qw(in out)}), "$packets $packets", '... the figures are those of the line');
	ok(!$stats->{complete}, '... and not of a complete run');
	is(packets_of("$place/$out.tmp"), $packets, '... all of them are there');
	cmp_ok($packets, '<', 4000, '... not those of all the input');
	ok(abs($part - 100 * $packets / 4000) <= ($input =~ /gz$/ ? 100 : 1), "... $part% is so many of them");
}

# Through standard input and to a pipe, and without an output: where nothing is .tmp, the line ends earlier.
{
	my $write = fault(CALLS => 'write', AT => 4, SIGNAL => 15);
	my ($status, undef, $err) = run("exec 4>&1; { $write $build/vtap-fixlen -q <$big; echo \$? >&4; } | cat >$dir/part.pcap");
	told('vtap-fixlen to a pipe', $err, 'standard input', '');
	is(slurp("$dir/stdout"), "143\n", '... status 128 + 15');
	($status, undef, $err) = run("cat $big | { $write $build/vtap-fixlen -q -w $dir/whole.pcap; }");
	is("$status$err", '0', 'from a pipe: an end in order, as before');
	ok(readable("$dir/whole.pcap"), '... and a good capture');
	my $read = fault(CALLS => 'read', AT => 5, SIGNAL => 15);
	($status, undef, $err) = run("$read $build/vtap-fixlen -n -q -r $big");
	is($status, -15, 'a dry run: status 128 + 15');
	told('vtap-fixlen -n', $err, $big, '');
	($status, undef, $err) = run("$read $build/vtap-fixlen -q -r $big -c 10 -w $dir/ten.pcap");
	is("$status$err" . (records(slurp("$dir/ten.pcap")))[0], '010', 'what ends before the signal is complete');
}

# Of several inputs, into several files: those that are complete keep their names, and their commands run.
for my $end ('', '-C 200K') {
	my $place = place();
	my $write = fault(CALLS => 'write', PATH => 'pcap.tmp', AT => 9, SIGNAL => 15);
	my ($status, undef, $err) = run("$write $build/vtap-split -q --by ip-src $end -r $big $big -w '$place/{key}-{n}.pcap' -z 'sleep 0.2; echo' >$dir/ran; cat $dir/ran >&2");
	my @left = left($place);
	my @tmp = grep { /\.tmp$/ } @left;
	my @final = map { "$place/$_" } grep { !/\.tmp$/ } @left;
	my ($said, $ran) = $err =~ /\A(.*\n)((?:\/.*\n)*)\z/ ? ($1, $2) : ($err, '');
	my ($packets) = told("vtap-split $end", $said, '2 inputs', '; ' . @tmp . " files stay below $place/ as NAME.tmp, with what was written");
	is(join('', sort split /^/, $ran), join('', map { "$_\n" } sort @final), '... the commands of the others have run');
	ok(!!@final eq !!$end && (!$end || readable(@final)), '... which are good captures');
	my $sum = 0;
	$sum += (records(slurp("$place/$_")))[0] for @left;
	is($sum, $packets, '... all packets of the line are in one of them');
	is((run("$write $build/vtap-split -q --by ip-src $end -r $big $big -w '$dir/again$end-{key}-{n}.pcap'"))[0], -15, '... status 128 + 15');
}
done_testing;
