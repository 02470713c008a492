#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A target without a route, or whose name has no address yet, is waited for: the other targets have everything
# meanwhile, what was for it is counted, and one line says when it begins and one when it is over.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(spew);
use Wait qw(state_of);
use Lab qw($dir enter able sh on hosts cable start ready stop finish stats said until_true neighbour slurp tool
	receive arrived tap speak numbers);

enter();
hosts(qw(guest host near far));
cable(['host', 'ul1', '10.0.2.5/24'], ['near', 'eth0', '10.0.2.9/24']);
cable(['host', 'ul2', '10.0.4.5/24', 'fd04::5/64'], ['far', 'eth0', '10.0.4.9/24', 'fd04::9/64']);
sh('ip -n far addr add 10.9.9.9/32 dev lo');
sh('ip -n far addr add fd09::9/128 dev lo nodad');
cable(['host', 'port'], ['guest', 'eth1', '192.0.1.1/24']);
neighbour('guest', 'eth1', '192.0.1.254', '02:00:00:00:00:99');

# Beside what is said of sockets on a veth, and of a host that takes no GRE.
sub lines { return scalar(() = said($_[0]) =~ /^vtap-tap: (?!.* (?:no network card|Protocol not available))/mg) }
sub speaks { return speak('guest', '192.0.1.254', @_) }
# The numbers that a receiver has, when it has so many packets.
sub came {
	my ($name, $count) = @_;
	until_true(sub { arrived("$name.pcapng") >= $count });
	return join ' ', numbers("$dir/$name.pcapng");
}
sub range { return join ' ', $_[0] .. $_[1] }

# The counters of a run that goes on.
sub now {
	my ($run) = @_;
	my $had = () = said($run) =~ /^\{"schema_version"/mg;
	kill 'USR1', $run->{pid};
	until_true(sub { (() = said($run) =~ /^\{"schema_version".*\n/mg) > $had });
	return JSON::PP::decode_json((said($run) =~ /^(\{"schema_version".*)\n/mg)[-1]);
}

# [what, target, options, what makes it reachable, and no more]
my @ways = (
	['no route, sockets', 'vxlan://10.9.9.9/2', '--engine udp', 'route add 10.9.9.9 via 10.0.4.9', 'route del 10.9.9.9'],
	['no route, packet socket', 'vxlan://10.9.9.9/2', '--engine packet', 'route add 10.9.9.9 via 10.0.4.9', 'route del 10.9.9.9'],
	['no route, --from', 'vxlan://10.9.9.9/2', '--from 10.0.4.5', 'route add 10.9.9.9 via 10.0.4.9', 'route del 10.9.9.9'],
	['no route, IPv6', 'vxlan://[fd09::9]/2', '-Z nobody', '-6 route add fd09::9 via fd04::9', '-6 route del fd09::9'],
	['no route, GRE', 'gre://10.9.9.9/2', '-Z nobody', 'route add 10.9.9.9 via 10.0.4.9', 'route del 10.9.9.9'],
	['a route that refuses', 'vxlan://10.9.9.9/2', '', 'route replace 10.9.9.9 via 10.0.4.9', 'route del 10.9.9.9'],
	['an interface that is not there, of a link-local address', 'vxlan://[fe80::9%later]/2', '', 'link set ul2 down name later up', 'link set later down name ul2 up']);
sh('ip -n far addr add fe80::9/64 dev eth0 nodad');
for my $way (@ways) {
	my ($what, $target, $options, $appear, $go) = @$way;
	sh('ip -n host route add unreachable 10.9.9.9') if $what =~ /refuses/;
	my $near = receive('near', 'near', '-l', 'vxlan://:4789');
	my $far = receive('far', 'far', $target =~ /gre/ ? ('-i', 'eth0', '-e', 'gre', '-x') : ('-l', 'vxlan://:4789'));
	my $tap = tap('host', 'tap', '-i', 'port', '-t', 'vxlan://10.0.2.9/1', '-t', $target, split(' ', $options), 'udp port 40000');
	is lines($tap), 1, "$what: one line" or diag said($tap);
	like said($tap), qr/^vtap-tap: \Q$target\E: .*(?:no route to|no interface later).*; waiting for it \(--no-follow would end the run\)$/m, '... which says that it is waited for';
	speaks(1, 10);
	is came('near', 10), range(1, 10), '... the other target has all';
	my $target_now = now($tap)->{targets}[1];
	is_deeply [@$target_now{qw(sent failed errors)}], [0, 10, { no_route => 10 }], '... what was for it failed as no_route';
	sh("ip -n host $appear");
	ok until_true(sub { lines($tap) == 2 }), '... it comes: another line' or diag said($tap);
	like said($tap), qr/^vtap-tap: \Q$target\E is there after \d+\.\d s$/m, '... which says so';
	speaks(11, 20);
	is came('far', 10), range(11, 20), '... and it has all that follows';
	is stop($tap), 0, '... ends well';
	my $stats = stats($tap);
	is_deeply [$stats->{in}, $stats->{outcomes}{sent}, $stats->{outcomes}{failed}], [20, 20, 0], '... each packet was sent to one at least';
	is_deeply [map { @$_{qw(sent failed)} } @{ $stats->{targets} }], [20, 0, 10, 10], '... and each frame counted';
	is lines($tap), 2, '... with no line more' or diag said($tap);
	stop($_) for $near, $far;
	sh("ip -n host $go");
}

# The only target: nothing is sent, all of it is told, and it ends.
{
	my $tap = tap('host', 'tap', qw(-i port -t vxlan://10.9.9.9/2), 'udp port 40000');
	speaks(1, 10);
	ok until_true(sub { now($tap)->{in} == 10 }), 'the only target: packets come';
	is stop($tap), 0, '... ends well';
	is stats($tap)->{outcomes}{failed}, 10, '... all failed';
}

# A name without an address: a private /etc/hosts, and no name server.
my $hosts = "127.0.0.1 localhost\n10.0.2.9 near.test\n";
spew("$dir/hosts", $hosts);
spew("$dir/resolv.conf", "nameserver 10.99.99.99\n");
sh("mount --bind $dir/$_ /etc/$_") for qw(hosts resolv.conf);
for my $to (['10.0.4.9', 4], ['fd04::9', 6]) {
	my ($address, $version) = @$to;
	my $near = receive('near', 'near', '-l', 'vxlan://:4789');
	my $far = receive('far', 'far', '-l', 'vxlan://:4789');
	my $tap = tap('host', 'tap', qw(-i port -t vxlan://near.test/1 -t vxlan://far.test/2 -Z nobody), 'udp port 40000');
	is lines($tap), 1, "a name without an address, then of IPv$version: one line" or diag said($tap);
	like said($tap), qr{^vtap-tap: vxlan://far\.test/2: cannot find the address of far\.test: .*; waiting for it \(--no-follow would end the run\)$}m, '... which says which';
	my ($helper) = split ' ', slurp("/proc/$tap->{pid}/task/$tap->{pid}/children") // '';
	my $status = slurp("/proc/$helper/status");
	my %is = $status =~ /^(Uid|Seccomp|CapEff|NoNewPrivs):\s+(\w+)/mg;
	is "$is{Uid} $is{Seccomp} " . hex $is{CapEff}, scalar(getpwnam 'nobody') . ' 2 0', '... the process that asks has no rights';
	speaks(1, 10);
	is came('near', 10), range(1, 10), '... the other target has all';
	is_deeply now($tap)->{targets}[1]{errors}, { no_route => 10 }, '... what was for it failed as no_route';
	# SIGHUP is for the others, too.
	kill 'HUP', $tap->{pid};
	is now($tap)->{targets}[0]{failed}, 0, '... SIGHUP changes nothing';
	is lines($tap), 1, '... without a word' or diag said($tap);
	spew('/etc/hosts', "$hosts$address far.test\n");
	ok until_true(sub { lines($tap) == 2 }), '... it gets an address: another line' or diag said($tap);
	speaks(11, 20);
	is came('far', 10), range(11, 20), '... and has all that follows';
	is stop($tap), 0, '... ends well';
	is_deeply [map { @$_{qw(sent failed)} } @{ stats($tap)->{targets} }], [20, 0, 10, 10], '... each frame is counted';
	ok until_true(sub { state_of($helper) =~ /\A[Z]?\z/ }), '... and the process that asked is gone';
	stop($_) for $near, $far;
	spew('/etc/hosts', $hosts);
}

# A name server that does not answer holds nobody up. It notes each question and answers when the file says so.
my $server = q{
	my ($dir) = @ARGV;
	my $socket = IO::Socket::IP->new(Proto => 'udp', LocalHost => '10.0.2.9', LocalPort => 53) or die $!;
	my @asked;
	while (1) {
		my $readable = '';
		vec($readable, fileno $socket, 1) = 1;
		if (select $readable, undef, undef, 0.02) {
			my $from = $socket->recv(my $question, 1500);
			push @asked, [$from, $question];
			open my $note, '>', "$dir/asked";
		}
		next if !-e "$dir/answer";
		for (splice @asked) {
			my ($from, $question) = @$_;
			my ($name, $type) = substr($question, 12) =~ /\A(.*?\x00)(..)/s;
			my $a = $type eq "\x00\x01";
			my $answer = substr($question, 0, 2) . pack('n5', 0x8180, 1, $a ? 1 : 0, 0, 0) . $name . $type . pack('n', 1);
			$answer .= pack('n3Nn C4', 0xc00c, 1, 1, 60, 4, 10, 0, 4, 9) if $a;
			$socket->send($answer, 0, $from);
		}
	}
};
{
	spew("$dir/server.pl", "use IO::Socket::IP;\n$server");
	spew('/etc/resolv.conf', "nameserver 10.0.2.9\noptions timeout:30 attempts:1\n");
	my $server = start('near', 'server', [$^X, "$dir/server.pl", $dir]);
	until_true(sub { `ip netns exec near ss -Huln sport = :53` }) or diag 'no name server';
	my $near = receive('near', 'near', '-l', 'vxlan://:4789');
	my $far = receive('far', 'far', '-l', 'vxlan://:4789');
	my $tap = tap('host', 'tap', qw(-i port -t vxlan://10.0.2.9/1 -t vxlan://far.test/2), 'udp port 40000');
	ok -e "$dir/asked", 'a name server that does not answer is asked';
	is lines($tap), 1, '... one line' or diag said($tap);
	speaks(1, 10);
	ok until_true(sub { arrived('near.pcapng') == 10 }, 20), '... the other target has all while it is waited for';
	is lines($tap), 1, '... without a word more' or diag said($tap);
	spew("$dir/answer", '');
	ok until_true(sub { lines($tap) == 2 }), '... it answers: another line' or diag said($tap);
	speaks(11, 20);
	is came('far', 10), range(11, 20), '... and has all that follows';
	is stop($tap), 0, '... ends well';

	# The service that writes what /etc/resolv.conf leads to starts later than the tap.
	sh($_) for 'umount /etc/resolv.conf', "cp -a /etc $dir/etc", "ln -sf ../run/resolves/later/resolv.conf $dir/etc/resolv.conf",
		"mount --bind $dir/etc /etc", 'mkdir /run/resolves';
	$tap = tap('host', 'tap', qw(-i port -t vxlan://10.0.2.9/1 -t vxlan://far.test/2), 'udp port 40000');
	is lines($tap), 1, 'a name server that is not known yet: one line' or diag said($tap);
	mkdir '/run/resolves/later';
	spew('/run/resolves/later/resolv.conf', "nameserver 10.0.2.9\n");
	ok until_true(sub { lines($tap) == 2 }), '... it is: another line' or diag said($tap);
	is stop($tap), 0, '... ends well';
	sh('umount /etc');
	stop($_) for $near, $far, $server;
}

# Without --follow it is an error, as it is where a file is sent.
spew("$dir/one.pcap", Capture::pcap('<', 0xa1b2c3d4, 1, [1, 0, 'x' x 60]));
for (['--no-follow', qw(-i port --no-follow)], ['a file', '-r', "$dir/one.pcap"]) {
	my ($what, @from) = @$_;
	for my $target ('vxlan://10.9.9.9/2', 'vxlan://far.test/2') {
		my $tap = start('host', 'tap', [tool('vtap-tap'), @from, '-t', 'vxlan://10.0.2.9/1', '-t', $target]);
		is finish($tap), 1, "$what, $target: exit status 1";
		like said($tap), qr/\Avtap-tap: \Q$target\E: (?:no route to|cannot find the address of) [^\n]*\n\z/, '... and one line';
	}
}
done_testing;
