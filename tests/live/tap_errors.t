#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What vtap-tap says when it cannot begin: one clear line and the right exit status.
use strict;
use warnings;
use Socket ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Host qw($dir $bin enter sh there launch tap ready stop finish stats said until_true stream counter have);

enter();
# A collector that says nothing, at a port of its own.
sh('ip neigh replace 10.50.0.2 lladdr 02:00:00:00:99:99 dev ul nud permanent');
# setpriv and others start it from where everybody may read.
sh("cp $bin/vtap-tap $dir/vtap-tap && chmod 755 $dir/vtap-tap");
my $vtap = "$dir/vtap-tap";
my $to = 'vxlan://10.50.0.2/7';
my $capture = spew("$dir/one.pcap", pcap('<', 0xa1b2c3d4, 1, [1, 0, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" . 'x' x 50]));
spew("$dir/bad.rules", "include tcp\ninclude tcp dport x\n");
chmod 0644, $capture;

# Runs it to its end: the status, what it said.
sub run {
	my (@command) = @_;
	my $status = finish(launch('', 'run', @command));
	return ($status, said('run'));
}

sub refuses {
	my ($what, $want, $pattern, @command) = @_;
	my ($status, $said) = run(@command);
	is $status, $want, "$what: exit status $want";
	like $said, qr/\Avtap-tap: [^\n]*$pattern[^\n]*\n\z/, '... in one line';
}

my @nobody = ('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all');
my @tap = ($vtap, '-i', 't0', '-t', $to);

refuses('--from of another host', 1, '10\.1\.1\.1', @tap, '--from', '10.1.1.1', '--engine', 'udp');
refuses('no route', 1, '10\.99\.0\.1.*(?:route|unreachable)', $vtap, '--no-follow', '-i', 't0', '-t', 'vxlan://10.99.0.1/7');
refuses('no route, IPv6', 1, 'fd99::1.*(?:route|unreachable)', $vtap, '--no-follow', '-i', 't0', '-t', 'vxlan://[fd99::1]/7');
refuses('a name that nobody knows', 1, 'nowhere\.invalid', $vtap, '--no-follow', '-i', 't0', '-t', 'vxlan://nowhere.invalid/7');
refuses('no permission to capture', 1, '(?:t0.*CAP_NET_RAW|CAP_NET_RAW.*t0|t0.*permi)', @nobody, @tap);
refuses('no permission for GRE', 1, 'CAP_NET_RAW', @nobody, $vtap, '-r', $capture, '-t', 'gre://10.50.0.2');
refuses('no permission for engine packet', 1, 'CAP_NET_RAW', @nobody, $vtap, '-r', $capture, '-t', $to, '--engine', 'packet');
refuses('an interface that is not there', 1, 'nil0', $vtap, '--no-follow', '-i', 'nil0', '-t', $to);
refuses('an expression that is wrong', 2, 'filter expression: .*syntax error', @tap, 'tpc port 22');
refuses('an expression that is wrong, and a file', 2, 'filter expression: .*syntax error', $vtap, '-r', $capture, '-t', $to, 'tpc port 22');
refuses('rules that are wrong', 2, "\Q$dir\E/bad\\.rules:2:\\d+: ", @tap, '--rules', "$dir/bad.rules");
refuses('rules that are not there', 1, 'none\.rules', @tap, '--rules', "$dir/none.rules");
refuses('no -t', 2, '-t', $vtap, '-i', 't0');
refuses('-r with -i', 2, '-r', @tap, '-r', $capture);
refuses('--speed with -w', 2, '--speed', $vtap, '-r', $capture, '-t', $to, '--from', '10.50.0.1', '--speed', '2', '-w', "$dir/out.pcap");
refuses('--follow with -r', 2, '--follow', $vtap, '-r', $capture, '-t', $to, '--follow');
refuses('a scheme that is none', 2, 'ipip', $vtap, '-i', 't0', '-t', 'ipip://10.50.0.2');
refuses('a file that is not there', 1, 'none\.pcap', $vtap, '-r', "$dir/none.pcap", '-t', $to);
refuses('a user that is not there', 1, 'nosuchuser', @tap, '-Z', 'nosuchuser');

# What can be done without rights is done.
{
	my ($status, $said) = run(@nobody, $vtap, '-D');
	is $status, 0, '-D needs no rights';
	is $said, '', '... and says nothing else';
	my $listed = slurp("$dir/run.out");
	like $listed, qr/^$_\b/m, "... and lists $_" for qw(t0 ul lo);
	my $before = counter('far', 'far', 'rx_packets');
	($status, $said) = run(@nobody, $vtap, '-r', $capture, '-t', $to, '--speed', 'max');
	is $status, 0, 'a file is sent without rights';
	is $said, '', '... without a word';
	ok until_true(sub { counter('far', 'far', 'rx_packets') > $before }), '... and arrives';
}

# --metrics and --stats below a file, where no folder can be made.
{
	spew("$dir/none", '');
	my ($status, $said) = run($vtap, '-r', $capture, '-t', $to, '--speed', 'max', '--metrics', "$dir/none/tap.prom");
	like $said, qr/^vtap-tap: [^\n]*none\/tap\.prom[^\n]*\n/, '--metrics that cannot be written: says so';
	is scalar(() = $said =~ /\n/g), 1, '... in one line' or diag $said;
	is $status, 1, '... and exit 1';
	($status, $said) = run($vtap, '-r', $capture, '-t', $to, '--speed', 'max', '--metrics', '/dev/full');
	is "$status$said", "1vtap-tap: /dev/full: No space left on device\n", '--metrics on a full disk: the same';
	my $before = counter('far', 'far', 'rx_packets');
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', $to, '--metrics', "$dir/none/tap.prom", '--stats-interval', '0.1');
	stream(0, 'count=10');
	ok until_true(sub { counter('far', 'far', 'rx_packets') >= $before + 10 }), '... and live, packets go on';
	stop($tap);
	($status, $said) = run($vtap, '-r', $capture, '-t', $to, '--speed', 'max', '--stats', "$dir/none/stats.json");
	is $status, 1, '--stats that cannot be written: 1';
	like $said, qr/\Avtap-tap: [^\n]*none\/stats\.json[^\n]*\n\z/, '... in one line';
}

# With -q even that is not said, nor when it goes away.
{
	sh('ip link add quiet0 type veth peer name quiet1 && ip link set quiet0 up');
	my $before = counter('far', 'far', 'rx_packets');
	my $tap = tap('tap', '-q', '-i', 't0', '-i', 'quiet0', '-i', 'later0', '-Q', 'in', '-t', $to, 'udp dst port 9');
	sh('ip link del quiet0');
	stream(0, 'count=10');
	ok until_true(sub { counter('far', 'far', 'rx_packets') >= $before + 10 }), '-q, an interface that is not there and one that goes: goes on';
	is stop($tap), 0, '... ends well';
	is said('tap'), '', '... without a word';
}

# An interface that is not there yet: waits, says so once, and takes it up.
{
	my $tap = tap('tap', '-i', 'later0', '-t', $to, 'udp dst port 9');
	ok until_true(sub { said('tap') =~ /later0/ }), 'an interface that is not there: waits for it';
	select undef, undef, undef, 0.5;
	is scalar(() = said('tap') =~ /\n/g), 1, '... said once' or diag said('tap');
	my $before = counter('far', 'far', 'rx_packets');
	sh('ip link add later0 type veth peer name later1 && ip addr add 192.168.60.1/24 dev later0 && ip link set later1 up && ip link set later0 up');
	sh('ip neigh replace 192.168.60.2 lladdr 02:00:00:00:60:02 dev later0 nud permanent');
	socket my $socket, Socket::AF_INET(), Socket::SOCK_DGRAM(), 0 or die;
	ok until_true(sub {
		send $socket, 'hello', 0, Socket::pack_sockaddr_in(9, Socket::inet_aton('192.168.60.2'));
		select undef, undef, undef, 0.02;
		counter('far', 'far', 'rx_packets') > $before;
	}), '... and takes it up when it comes';
	is stop($tap), 0, '... ends well';
	is scalar(() = said('tap') =~ /\n/g), 2, '... after one more line' or diag said('tap');
}

done_testing();
