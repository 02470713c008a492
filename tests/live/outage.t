#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What goes wrong in a week of tapping: the interface goes and comes back, the collector restarts, the uplink goes down,
# the route is withdrawn, the far end gets another card. It is counted, other targets notice nothing, and all
# goes on by itself.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Lab qw($dir enter able sh on hosts cable start ready stop finish stats said until_true fields packets reaches neighbour slurp tool
	receive arrived tap mirrored speak numbers);

enter();
hosts(qw(guest host sink other));
cable(['host', 'ul1', '10.0.2.5/24'], ['sink', 'eth0', '10.0.2.9/24']);
cable(['host', 'ul2', '10.0.4.5/24'], ['other', 'eth0', '10.0.4.9/24']);
sh('ip -n sink addr add 10.9.9.9/32 dev lo');
# Its refusals are for both taps.
on('sink', 'sysctl -qw net.ipv4.icmp_ratemask=0');
sh('ip -n host route add 10.9.9.9 via 10.0.2.9');

# The guest speaks to somebody far away: its packets come as far as its port.
sub plug {
	my ($port, $number) = @_;
	cable(['host', $port], ['guest', "eth$number", "192.0.$number.1/24"]);
	neighbour('guest', "eth$number", "192.0.$number.254", '02:00:00:00:00:99');
}

sub lines { return scalar(() = said($_[0]) =~ /\n/g) }
sub range { return join ' ', $_[0] .. $_[1] }

plug('port', 1);
reaches('host', $_) or die "no way to $_" for qw(10.9.9.9 10.0.4.9);

# An interface that goes, is renamed, is not there yet.
{
	my $sink = receive('sink', 'followed', '-l', 'vxlan://:4789');
	my $tap = tap('host', 'tap.follow', qw(-i port -t vxlan://10.9.9.9/1 -Z nobody), 'udp port 40000');
	my $late = tap('host', 'tap.late', qw(-i later -t vxlan://10.9.9.9/2), 'udp port 40000');
	my ($uid, $rights) = slurp("/proc/$tap->{pid}/status") =~ /^Uid:\s+(\d+).*^CapEff:\s*(\S+)/ms;
	is $uid . ' ' . hex $rights, scalar(getpwnam 'nobody') . ' ' . (1 << 13), 'nobody, with CAP_NET_RAW only';
	is lines($late), 1, 'an interface that is not there yet is waited for';
	speak('guest', '192.0.1.254', 1, 10);
	sh('ip -n host link del port');
	ok until_true(sub { lines($tap) == 1 }), 'it goes: one line';
	plug('port', 1);
	ok until_true(sub { lines($tap) == 2 }), '... and is back: another';
	speak('guest', '192.0.1.254', 11, 20);
	sh("ip -n host link set port $_") for 'down', 'name away';
	sh('ip -n host link set away up');
	ok until_true(sub { lines($tap) == 3 }), '... renamed away: gone';
	speak('guest', '192.0.1.254', 21, 30);
	sh("ip -n host link set $_") for 'away down', 'away name port', 'port up';
	ok until_true(sub { lines($tap) == 4 }), '... renamed back: back';
	until_true(sub { `ip -n guest -o link show eth1` =~ /state UP/ });
	speak('guest', '192.0.1.254', 31, 40);
	plug('later', 2);
	ok until_true(sub { lines($late) == 2 }), '... the other one is there';
	speak('guest', '192.0.2.254', 1, 10);
	ok mirrored($sink, $tap, $late), '... all end well';
	my $file = "$dir/followed.pcapng";
	is join(' ', numbers($file, 'frame.interface_name matches "-1@"')), range(1, 20) . ' ' . range(31, 40), 'nothing is missing but what passed while it was gone';
	is join(' ', numbers($file, 'frame.interface_name matches "-2@"')), range(1, 10), '... also of the late one';
	is stats($tap)->{details}{interface_gaps}, 2, 'gaps are counted';
	is stats($tap)->{details}{kernel_dropped}, 0, '... and are no drops';
	is lines($tap), 4, '... with no word more' or diag said($tap);
}

# Two taps, one of each engine, both to a collector with troubles and to one without.
my %way = (1 => 'udp', 2 => 'packet');
my $other = receive('other', 'steady', '-l', 'vxlan://:4789');
my ($n, $runs) = (0, 0);
my ($sink, @files);

sub open_sink {
	$runs++;
	push @files, "$dir/run.$runs.pcapng";
	$sink = receive('sink', "run.$runs", '-l', 'vxlan://:4789');
}

# Packets of the guest; what the other collector has by both ways was tried to this one.
sub more {
	my ($count) = @_;
	speak('guest', '192.0.1.254', $n + 1, $n + $count);
	$n += $count;
	until_true(sub { 2 * $n <= arrived('steady.pcapng') }) or diag "after $n: the steady collector lacks some";
	return $n;
}

sub come { return join ' ', numbers($files[-1], "frame.interface_name matches \"-$_[0]@\"") }

# A packet now and then until one arrives by both ways; then ten, which all have to.
sub resumes {
	my ($what) = @_;
	my $again = sub {
		my $probe = more(1);
		return until_true(sub { -s $files[-1] && 2 == grep { come($_) =~ /\b$probe$/ } keys %way }, 0.5);
	};
	ok until_true($again), "$what: goes on by itself" or diag map { ("$way{$_}: ", come($_), "\n") } keys %way;
	my $first = $n + 1;
	more(10);
	my $all = range($first, $n);
	ok until_true(sub { come($_) =~ /\b$all$/ }), "... $way{$_}: with all that follows" or diag come($_) for sort keys %way;
}

open_sink();
my @taps = map { tap('host', "tap.$way{$_}", '--engine', $way{$_}, '-i', 'port', '-t', "vxlan://10.9.9.9/$_", '-t', "vxlan://10.0.4.9/$_", 'udp port 40000') } sort keys %way;
resumes('at the start');
is stop($sink), 0, 'the collector ends';
more(20);
open_sink();
resumes('the collector');
sh('ip -n host link set ul1 down');
more(20);
sh('ip -n host link set ul1 up');
sh('ip -n host route add 10.9.9.9 via 10.0.2.9');
resumes('the uplink');
sh('ip -n host route del 10.9.9.9 via 10.0.2.9');
more(20);
sh('ip -n host route add 10.9.9.9 via 10.0.2.9');
resumes('the route');
sh('ip -n sink link set eth0 address 02:00:00:00:00:77');
more(5);
# It asks for the host's address, which tells its own.
sh('ip -n sink neigh flush dev eth0');
reaches('sink', '10.0.2.5');
resumes("the far end's other card");
sh("ip -n host neigh replace 10.0.2.9 dev ul1 lladdr 02:00:00:00:00:55 nud permanent");
more(5);
sh("ip -n host neigh replace 10.0.2.9 dev ul1 lladdr 02:00:00:00:00:77 nud permanent");
resumes("the neighbour's entry");

for my $tap (@taps) {
	is stop($tap), 0, "$tap->{name}: ends with 0" or diag said($tap);
	my $stats = stats($tap);
	my ($troubled, $steady) = @{$stats->{targets}};
	is "$stats->{in} $stats->{outcomes}{sent}", "$n $n", '... everything was sent to one at least';
	is $troubled->{sent} + $troubled->{failed}, $n, '... to the troubled one sent or counted';
	cmp_ok $troubled->{failed}, '>=', 40, '... what had no way was counted';
	cmp_ok $troubled->{failed}, '<', $n / 2, '... but not more';
	is "$steady->{sent} $steady->{failed}", "$n 0", '... and nothing failed to the other one';
	diag said($tap) if $ENV{VTAP_TEST_VERBOSE};
}
cmp_ok stats($taps[0])->{targets}[0]{errors}{ECONNREFUSED} // 0, '>', 0, 'a collector that is down is heard of';
until_true(sub { 2 * $n <= arrived('steady.pcapng') });
is stop($other), 0, 'the steady collector ends';
is join(' ', numbers("$dir/steady.pcapng", "frame.interface_name matches \"-$_@\"")), range(1, $n), "... $way{$_}: it has everything, in order" for sort keys %way;
is stop($sink), 0, '... and so does the other';
done_testing;
