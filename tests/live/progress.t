#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The line of progress of tools that read interfaces and ports, and of a capture that is sent as fast as it was recorded, as
# a person sees it on a terminal. tests/cli/progress.t has what all lines have in common.
use strict;
use warnings;
use Socket qw(:all);
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Host qw($dir $bin enter sh stream until_true);
BEGIN { enter() }
use Capture qw(spew pcap);
use Terminal;
use Wait qw(has_signals state_of);

# Nobody answers.
sh('ip neigh replace 10.50.0.2 lladdr 02:00:00:00:99:99 dev ul nud permanent');

my $number = qr/\d+(?:\.\d)?/;

# Interfaces, with -v: packets, rates, what was dropped, interfaces. Messages and the table stand alone.
for my $columns (40, 80, 200) {
	sh('ip link add gone0 type veth peer name gone1 && ip link set gone0 up && ip link set gone1 up');
	my $terminal = Terminal->new($columns)->start("exec $bin/vtap-tap -v -i t0 -i gone0 -t vxlan://10.50.0.2/7 udp dst port 9");
	ok($terminal->shows(qr/^tap  0 pkt/m), "vtap-tap -v -i in $columns columns") or diag $terminal->text;
	stream(0, 'count=30');
	ok($terminal->shows(qr/^tap  30 pkt/m), '... drawn again') or diag $terminal->text;
	my @lines = $terminal->lines;
	like($lines[0], qr{^vtap-tap: vxlan://10\.50\.0\.2/7: engine (?:udp|packet)\z}, '... the engine above it');
	my $rest = $columns == 40 ? "(?:  $number pkt/s)?  0 dropped" : "  $number pkt/s  $number k?bit/s  0 dropped  2 interfaces\\z";
	like($lines[-1], qr/^tap  30 pkt$rest/, '... packets, rates, drops, interfaces');
	cmp_ok(length $lines[-1], '<', $columns, '... in one row');
	sh('ip link del gone0');
	ok($terminal->shows(qr/^vtap-tap: gone0[^\n]*\ntap  30 pkt[^\n]*\z/m), '... which makes way for what else is to be said') or diag $terminal->text;
	$terminal->type("\x03");
	is($terminal->status, 0, '... control-C ends it');
	like($terminal->text, qr/^vtap-tap: 30 packets .* in/m, '... with the table');
	unlike($terminal->text, qr/^tap  |\^C/m, '... below which no line is left');
}

# Without -v there is none.
{
	my $terminal = Terminal->new(80)->start("exec $bin/vtap-tap -i t0 -t vxlan://10.50.0.2/7 udp dst port 9");
	until_true(sub { has_signals($terminal->{pid}, 'USR1') });
	until_true(sub { $terminal->see; time > $terminal->{started} + 2.5 });
	is($terminal->text, '', 'vtap-tap -i without -v: no line');
	$terminal->type("\x03");
	is($terminal->status, 0, '... ends');
}

# A capture of a minute that is sent in that time.
{
	my $frame = pack('H28', '0200000000020200000000010800') . pack('C C n n n C C n N N', 0x45, 0, 60, 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002) . pack('n n n n', 1, 9, 40, 0) . 'x' x 32;
	spew("$dir/minute.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + int($_ / 1000), $_ % 1000 * 1000, $frame] } 0 .. 60_000));
	for my $words ('', '--speed 2 -q -v') {
		my $terminal = Terminal->new(80)->start("exec $bin/vtap-tap $words -r $dir/minute.pcap -t vxlan://10.50.0.2/7");
		if ($words) {
			until_true(sub { has_signals($terminal->{pid}, 'USR1') });
			until_true(sub { $terminal->see; time > $terminal->{started} + 2.5 });
			is($terminal->text =~ s/^.*engine.*\n?//r, '', "vtap-tap -r $words: no line");
		} else {
			ok($terminal->shows(qr/^tap +[2-9]%/), 'vtap-tap -r, to a target') or diag $terminal->text;
			my ($line, @others) = $terminal->lines;
			my ($percent, $read) = $line =~ m{^tap +(\d+)%  0\.\d/5\.4 MB  ($number) kpkt  $number kB/s  eta (?:\d+ min )?\d+ (?:min|s)\z};
			ok(defined $read && abs($percent - $read / 0.6) < 2, "... as far as it is in the capture: $line");
			is("@others", '', '... one line');
		}
		$terminal->type("\x03");
		is($terminal->status, 0, '... control-C ends it');
		unlike($terminal->text, $words ? qr/%/ : qr/%|\^C/, '... and no line is left') or diag $terminal->text;
	}
}

# A port: what the kernel drops while the tool is stopped.
{
	my $terminal = Terminal->new(80)->start("exec $bin/vtap-decap -v -B 64 -l vxlan://127.0.0.1:4789 -w $dir/port.pcapng");
	ok($terminal->shows(qr{^decap  0 pkt  0 pkt/s  0 bit/s  0 dropped  0 sources\z}), 'vtap-decap -v -l') or diag $terminal->text;
	socket my $socket, AF_INET, SOCK_DGRAM, 0 or die;
	connect $socket, pack_sockaddr_in(4789, inet_aton('127.0.0.1')) or die;
	my $datagram = pack('N N', 0x08000000, 7 << 8) . pack('H28', '0200000000020200000000010800') . pack('C C n n n C C n N N', 0x45, 0, 28, 0, 0, 64, 17, 0, 1, 2) . pack('n n n n', 1, 2, 8, 0);
	kill 'STOP', $terminal->{pid};
	until_true(sub { state_of($terminal->{pid}) eq 'T' });
	send $socket, $datagram, 0 for 1 .. 2000;
	kill 'CONT', $terminal->{pid};
	ok($terminal->shows(qr/[1-9][\d,]* dropped/), '... what the kernel dropped') or diag $terminal->text;
	$terminal->shows(qr/ 0 pkt\/s/);
	my ($read, $unit, $dropped) = $terminal->text =~ m{^decap  ($number) (k?)pkt  $number k?pkt/s  $number [kM]?bit/s  ([\d,]+) dropped  1 source\z};
	ok(defined $dropped && abs(($unit ? 1000 : 1) * $read + ($dropped =~ s/,//r) - 2000) < 60, '... and what it did not: ' . $terminal->text);
	$terminal->type("\x03");
	is($terminal->status, 0, '... control-C ends it');
	unlike($terminal->text, qr/pkt|\^C/, '... and no line is left') or diag $terminal->text;
}

done_testing;
