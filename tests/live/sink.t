#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The script of a collector's unit: it stops from its head, and each packet is in a file or in a counter of the host's.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Numbered qw(stream ended_stream refused numbers);
use Receiver qw($dir enter sh there finish until_true);
use Wait qw(has_signals);

enter();
my $bin = abs_path($ENV{BUILD} || 'build');
my $script = "$dir/sink";
my %in_its_place = ('@BINDIR@' => $bin, '/etc/vtap' => "$dir/etc", '/run/vtap' => $dir);
spew($script, slurp('units/sink.in') =~ s{(\@BINDIR\@|/etc/vtap|/run/vtap)}{$in_its_place{$1}}gr);
chmod 0755, $script;
my $ours = "$dir/etc/sink/x";
make_path($ours, "$dir/tmp");

# Lines for each of the three.
sub configure {
	my ($decap, $fixlen, $split) = @_;
	spew("$ours/decap.conf", $decap // "listen = vxlan://10.77.0.2:4789\n");
	spew("$ours/fixlen.conf", $fixlen // '');
	spew("$ours/split.conf", $split // "by = source\nwrite = $dir/out/{source}.pcapng\n");
	sh("rm -rf $dir/out");
}

sub launch {
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>', "$dir/stderr";
		$ENV{TMPDIR} = "$dir/tmp";
		$SIG{INT} = 'DEFAULT'; # a shell cannot trap what whoever started us ignores, as for a job in the background
		exec 'ip', 'netns', 'exec', 'there', $script, 'x' or POSIX::_exit(127);
	}
	return $pid;
}

sub children { return split ' ', slurp("/proc/$_[0]/task/$_[0]/children") // '' }

# The process of the script that runs a tool.
sub part {
	my ($pid, $tool) = @_;
	return (grep { (slurp("/proc/$_/comm") // '') eq "$tool\n" } children($pid))[0];
}

sub is_bound {
	my ($pid) = @_;
	my $decap = part($pid, 'vtap-decap') or return 0;
	return (slurp("/proc/$decap/net/udp") // '') =~ /^ *\d+: [0-9A-F]+:12B5 /m && has_signals($decap, 'TERM');
}

# Starts the script, and waits until the port is bound.
sub start {
	my $pid = launch();
	until_true(sub { is_bound($pid) }) or diag 'the collector does not listen: ', slurp("$dir/stderr");
	return $pid;
}

# Stopped in the middle of a stream, which goes on for a while.
configure();
for my $try (1 .. 4) {
	sh("rm -rf $dir/out");
	my $pid = start();
	my $before = refused($pid);
	my ($sender, $told) = stream('10.77.0.2', 4789);
	until_true(sub { (-s "$dir/out/vxlan-7\@10.77.0.1.pcapng.tmp" // 0) > 100_000 * $try }) or diag 'nothing is written: ', slurp("$dir/stderr");
	kill $try % 2 ? 'TERM' : 'INT', $pid;
	my $status = finish($pid);
	# Nobody listens now, which counts, too.
	my $space = namespace();
	my $late = refused($space);
	until_true(sub { refused($space) > $late + 100 });
	my $sent = ended_stream($sender, $told);
	my $refused = refused($space) - $before;
	kill 'KILL', $space;
	waitpid $space, 0;
	is($status, 0, "stop $try: exit status 0") or diag slurp("$dir/stderr");
	my @numbers = numbers("$dir/out/vxlan-7\@10.77.0.1.pcapng");
	is(@numbers + $refused, $sent, '... sent is written and refused, to the packet') or diag scalar(@numbers), " written, $refused refused";
	is_deeply(\@numbers, [0 .. $#numbers], '... and what is written has no gap, up to the stop');
	is(slurp("$dir/stderr") =~ s/^vtap-decap: .*\n//r, '', '... with a line of the receiver alone');
	my ($in) = slurp("$dir/sink-x.prom") =~ /^vtap_decap_in_packets_total(?:\{[^}]*\})? (\d+)/m;
	is($in, @numbers, '... whose figures are the last ones');
	is(join(' ', glob "$dir/tmp/*"), '', '... and nothing is left behind');
}

# A process there, whose counters are that host's when the collector is gone.
sub namespace {
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		exec 'ip', 'netns', 'exec', 'there', 'sleep', '1000' or POSIX::_exit(127);
	}
	until_true(sub { (slurp("/proc/$pid/comm") // '') eq "sleep\n" });
	return $pid;
}

# Without a packet.
{
	configure();
	my $pid = start();
	kill 'TERM', $pid;
	is(finish($pid), 0, 'stopped before the first packet: exit status 0') or diag slurp("$dir/stderr");
}

# Stopped while it starts, at another moment each time.
{
	my ($hung, @wrong) = ('');
	for my $moment (1 .. 20) {
		configure();
		my $pid = launch();
		until_true(sub { (slurp("/proc/$pid/comm") // '') eq "sink\n" });
		select undef, undef, undef, $moment / 500;
		my @parts = children($pid);
		kill 'TERM', $pid;
		my $status = finish($pid);
		$hung .= " $moment" if $status < 0;
		push @wrong, "$moment: exit status $status" if $status > 0;
		kill 'KILL', @parts;
	}
	is($hung, '', 'stopped while it starts: it ends, at each of 20 moments (in ms)');
	is(join("\n", @wrong), '', '... and says that nothing failed') or diag slurp("$dir/stderr");
}

# What is wrong in one of the three ends all, with the line of that tool.
for (['decap', "listen = vxlan://10.99.0.9:4789\n", undef, undef, qr/^vtap-decap: 10\.99\.0\.9 is no address/m],
	['fixlen', undef, "snaplen = no\n", undef, qr/^vtap-fixlen: \S+fixlen\.conf:1: /m],
	['split', undef, undef, "by = nonsense\n", qr/^vtap-split: \S+split\.conf:1: by: /m]) {
	my ($tool, @lines) = @$_;
	my $want = pop @lines;
	configure(@lines);
	my $pid = launch();
	is(finish($pid), 1, "vtap-$tool fails: exit status 1");
	like(slurp("$dir/stderr"), $want, '... and says why');
}

# A part that is killed.
for my $tool (qw(vtap-decap vtap-fixlen vtap-split)) {
	configure();
	my $pid = start();
	my @parts = children($pid);
	until_true(sub { part($pid, $tool) });
	kill 'KILL', part($pid, $tool);
	is(finish($pid), 1, "$tool is killed: all end, exit status 1");
	is(join(' ', grep { -e "/proc/$_" } @parts), '', '... and none is left');
}

done_testing;
