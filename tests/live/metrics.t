#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# --metrics of vtap-decap -l while it receives: what came, what the kernel dropped, and how many sources there are, by the
# kernel's own counters; tests/live/tap_figures.t has the tap, tests/cli/metrics.t what is not live.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Receiver qw($dir enter start stop until_true inner vxlan udp sent);

enter();

sub metric {
	my ($name) = @_;
	return (slurp("$dir/decap.prom") // '') =~ /^vtap_decap_\Q$name\E\{run="decap"\} (\d+)$/m ? $1 : -1;
}

sub errors {
	my ($pid) = @_;
	my ($six) = slurp("/proc/$pid/net/snmp6") =~ /^Udp6RcvbufErrors\s+(\d+)/m;
	my ($names, $values) = grep { /^Udp:/ } split /\n/, slurp("/proc/$pid/net/snmp");
	my %udp;
	@udp{split ' ', $names} = split ' ', $values;
	return $six + $udp{RcvbufErrors};
}

my $pid = start(4789, '-l', 'vxlan://:4789', '-B', 64, '-w', "$dir/out.pcapng", '--metrics', "$dir/decap.prom", '--stats-interval', 0.05);
ok until_true(sub { metric('in_packets_total') == 0 }), 'the file is there before the first packet';
is metric('sources'), 0, '... no source';
my $before = errors($pid);
kill 'STOP', $pid;
my $sent = sent(udp('10.77.0.1'), 4789, map { vxlan($_ % 3, inner('d' x 1000)) } 1 .. 600);
my $dropped = errors($pid) - $before;
kill 'CONT', $pid;
cmp_ok $dropped, '>', 0, 'a small buffer overflows';
ok until_true(sub { metric('in_packets_total') == $sent - $dropped }), '... what was received is in the file while it runs';
ok until_true(sub { metric('kernel_dropped_total') == $dropped }), '... and what the kernel dropped, as often as it says';
is metric('sources'), 3, '... of three sources';
like slurp("$dir/stderr"), qr/^vtap-decap: [\d,]+ in \([^)]*\), [\d,]+ out, 0 dropped, $dropped kernel_dropped$/m, '... the line has it, too' or diag slurp("$dir/stderr");
my ($status, $stats) = stop($pid);
is $status, 0, '... it ends well';
is_deeply [metric('in_packets_total'), metric('kernel_dropped_total')], [$stats->{in}, $stats->{details}{kernel_dropped}], '... with the figures of --stats in the file';

# Under the name of another user, who has to be able to write there, and in the sandbox.
mkdir "$dir/own" and chmod 0777, "$dir/own";
$pid = start(4789, '-l', 'vxlan://:4789', '-Z', 'nobody', '-w', '/dev/null', '--metrics', "$dir/own/new/decap.prom", '--stats-interval', 0.05);
ok until_true(sub { -s "$dir/own/new/decap.prom" }), '-Z: the file, and its folder';
is((stat "$dir/own/new")[4], scalar getpwnam('nobody'), '... are those of the user');
stop($pid);
done_testing;
