#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-tap --check: says what is missing, all of it at once, and what the path does to a full-sized packet; sends nothing.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(spew pcap slurp);
use Lab qw($dir enter sh on hosts cable start ready stop finish stats said until_true fields neighbour tool receive arrived
	tap);

enter();
hosts(qw(guest host near));
cable(['host', 'ul', '10.0.2.5/24', 'fd02::5/64'], ['near', 'eth0', '10.0.2.9/24', 'fd02::9/64']);
cable(['host', 'port'], ['guest', 'eth1', '192.0.1.1/24']);
neighbour('guest', 'eth1', '192.0.1.254', '02:00:00:00:00:99');
sh('ip -n host link add unplugged type veth peer name away netns near');
sh('ip -n host link set unplugged up');
sh('ip -n host addr add 10.0.7.5/24 dev unplugged');
sh('ip -n host link add low type bridge');
sh("cp " . tool('vtap-tap') . " $dir/vtap-tap && chmod 755 $dir/vtap-tap");
spew("$dir/good.rules", "include udp port 53\nexclude net 10.0.0.0/8\n");
spew("$dir/bad.rules", "include udp\ninclude udp dport x\n");
spew("$dir/one.pcap", pcap('<', 0xa1b2c3d4, 1, [1, 0, 'x' x 60]));


# Its exit status, what it prints, what it complains of.
sub check {
	my ($arguments, @before) = @_;
	my $run = start('host', 'check', [@before, "$dir/vtap-tap", '--check', split / /, $arguments]);
	my $status = finish($run);
	my $found = slurp("$dir/check.out");
	my $ready = $found =~ s/^ready; nothing was sent\n\z//m || 0;
	is $ready, $status == 0 && $arguments !~ /^-q/ ? 1 : 0, "$arguments: ready or not";
	return ($status, $found, said($run) =~ s/^vtap-tap: //gmr);
}


sub sent_by {
	my ($device) = @_;
	return `ip netns exec host cat /proc/net/dev` =~ /^\s*$device:(?:\s+\d+){9}\s+(\d+)/m ? $1 : die "no $device";
}

my $before = sent_by('ul');
is_deeply [check("-i port -t vxlan://10.0.2.9/3000 --mtu 1500 --rules $dir/good.rules --oversize fragment --engine packet udp")],
	[0, "rules: $dir/good.rules: 2\nexpression: udp\ninterface: port: up, MTU 1500\ntarget: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500\n",
	"vxlan://10.0.2.9/3000: a full-sized packet needs 1550, the path takes 1500: it will be sent in fragments\n"], 'all that is asked for is there';
is_deeply [check('-i port -s 1400 -t vxlan://10.0.2.9/3000 -t gre://[fd02::9] -t vxlan://localhost/1')],
	[0, join('', map { "$_\n" } 'interface: port: up, MTU 1500', 'target: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500',
	'target: gre://[fd02::9]: fd02::9 by ul, from fd02::5, MTU 1500', 'target: vxlan://localhost/1: 127.0.0.1 by lo, from 127.0.0.1, MTU 65536'), ''],
	'... for several targets, with a snap length that fits';
is_deeply [check('-q -i port -t vxlan://10.0.2.9/3000')], [0, '', ''], '-q: not a word';
is_deeply [check("-r $dir/one.pcap -t vxlan://10.0.2.9/3000", qw(setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all))],
	[0, "target: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500\n", ''], 'a file is sent without rights';
is_deeply [check("-r $dir/one.pcap -t vxlan://10.0.2.9/3000 --rate 100")],
	[0, "target: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500\n",
	"--rate: 100 bit/s is less than one full-sized packet a second; k, M and G are 1000, 1000^2 and 1000^3\n"], 'a rate without its letter';
is_deeply [check("-r $dir/one.pcap -w $dir/two.pcap -t vxlan://10.77.0.9/3000 --from 10.77.0.1")], [0, '', ''], 'for a file nobody needs a route';
ok !-e "$dir/two.pcap", '... which is not written';

# [options, what a full-sized packet of the interface needs, what becomes of it]
for (['-t vxlan://10.0.2.9/3000', 1550, 'cut to 1450 (--oversize fragment sends it whole)'],
	['-t vxlan://[fd02::9]/3000', 1570, 'cut to 1430 (--oversize fragment sends it whole)'],
	['-t gre://10.0.2.9 --no-sequence', 1538, 'cut to 1462 (--oversize fragment sends it whole)'],
	['-t vxlan://10.0.2.9/3000 --oversize drop', 1550, 'dropped (--oversize fragment sends it whole)'],
	['-t vxlan://10.0.2.9/3000 -s 1500', 1536, 'cut to 1450 (--oversize fragment sends it whole)'],
	['-t geneve://10.0.2.9/3000 --meta --name a', 1582, 'cut to 1418 (--oversize fragment sends it whole)']) {
	my ($arguments, $needs, $fate) = @$_;
	my ($status, $found, $said) = check("-i port $arguments");
	my ($uri) = $arguments =~ /(\S+:\S+)/;
	is "$status $said", "0 $uri: a full-sized packet needs $needs, the path takes 1500: it will be $fate\n", "$arguments: a warning";
	# So it is.
	my $receiver = receive('near', 'got', '-i', 'eth0');
	my $tap = tap('host', 'tap', '-i', 'port', split(/ /, $arguments), 'udp port 40000');
	Lab::speak('guest', '192.0.1.254', 1, 1, 1472);
	until_true(sub { ($tap->{now} = sent_by('ul')) > $before });
	is stop($tap), 0, '... the tap ends well';
	my $outer = stats($tap);
	my $wanted = $fate =~ /cut to (\d+)/ ? $1 : 0;
	if ($wanted) {
		until_true(sub { arrived('got.pcapng') > 0 });
		is $outer->{details}{mtu_truncated}, 1, '... and cuts it';
		is $outer->{targets}[0]{bytes}, 1500, '... to the MTU';
		is $outer->{details}{largest_oversize}, $needs, '... of what was needed';
		my ($caplen) = fields("$dir/got.pcapng", 'udp.dstport == 40000', 'frame.cap_len');
		is $caplen, 14 + $wanted, '... so much of it arrives';
	} else {
		is $outer->{outcomes}{oversize}, 1, '... and drops it';
	}
	stop($receiver);
	$before = sent_by('ul');
}

is_deeply [check('-i port -t vxlan://10.0.2.9/3000 --mtu 9000')], [0,
	"interface: port: up, MTU 1500\ntarget: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500\n",
	"vxlan://10.0.2.9/3000: the path takes 1500, less than --mtu 9000: packets in between cannot be sent (--mtu auto)\n"], 'an MTU above that of the path';

# [arguments, what is missing]
my $to = '-t vxlan://10.0.2.9/3000 -s 64';
for (["-i nowhere $to", 'there is no interface nowhere; vtap-tap -D lists them'],
	["-i low $to", 'low is down: nothing can be captured (ip link set low up)'],
	["-i port -s 64 -t vxlan://10.9.9.9/1", 'vxlan://10.9.9.9/1: no route to 10.9.9.9'],
	["-i port -s 64 -t vxlan://[fd09::9]/1", 'vxlan://[fd09::9]/1: no route to fd09::9'],
	["-i port -s 64 -t vxlan://10.9.9.9/1 --from 10.0.2.5", 'vxlan://10.9.9.9/1: no route to 10.9.9.9'],
	["-i port -s 64 -t vxlan://10.0.7.9/1", 'vxlan://10.0.7.9/1: unplugged, which leads there, has no carrier'],
	["-i port -s 64 -t vxlan://[fe80::1%nowhere]/1", 'vxlan://[fe80::1%nowhere]/1: cannot find the address of fe80::1%nowhere: there is no interface nowhere'],
	["-i port $to --from 10.1.1.1 --engine udp", 'vxlan://10.0.2.9/3000: 10.1.1.1 is not an address of this host'],
	["-i port -s 64 -t vxlan://127.0.0.1/1 --engine packet", 'vxlan://127.0.0.1/1: this host itself: --engine packet cannot send there'],
	["-i port $to -Z nosuchuser", 'there is no user nosuchuser'],
	["-i port $to --rules $dir/no.rules", "$dir/no.rules: No such file or directory"],
	["-r $dir/no.pcap $to", "$dir/no.pcap: No such file or directory"]) {
	my ($arguments, $want) = @$_;
	my ($status, $found, $said) = check($arguments);
	is "$status $said", "1 $want\n", "$arguments: is missing";
}
{
	my ($status, $found, $said) = check("-i port $to", qw(setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all));
	is "$status $said", "1 no packet socket: needs CAP_NET_RAW (root, or make install SETCAP=1): Operation not permitted\n", 'rights are missing';
	($status, $found, $said) = check("-i nowhere -i low -i port -s 64 -t vxlan://nobody.invalid/1 -t vxlan://10.9.9.9/1 -t vxlan://10.0.2.9/3000");
	is $status, 1, 'four things are missing';
	is scalar(() = $said =~ /\n/g), 4, '... and all are told' or diag $said;
	is $found, "interface: port: up, MTU 1500\ntarget: vxlan://10.0.2.9/3000: 10.0.2.9 by ul, from 10.0.2.5, MTU 1500\n", '... beside what is there';
}

# [arguments, what is wrong]
for (["-i nowhere $to --rules $dir/bad.rules", qr/\A\Q$dir\E\/bad\.rules:2:\d+: .*\nthere is no interface nowhere/],
	["-i port $to tpc", qr/\Afilter expression: .*syntax error/],
	["-i port $to --mtu 20", qr/\A--mtu 20: expected at least/],
	["-i port $to --mtu 900 --oversize fragment --engine udp", qr/\A--oversize fragment with --mtu 900 needs --engine packet/],
	["-i port", qr/\Athere is no target/],
	["-i port $to -r $dir/one.pcap", qr/\A-i and -r exclude/]) {
	my ($arguments, $want) = @$_;
	my ($status, $found, $said) = check($arguments);
	is $status, 2, "$arguments: is wrong";
	like $said, $want, '... and why';
}

$before = sent_by('ul');
check("-i port -t $_") for 'vxlan://10.0.2.9/3000', 'vxlan://[fd02::9]/3000', 'vxlan://10.0.2.99/3000';
is sent_by('ul'), $before, 'nothing was sent';
done_testing;
