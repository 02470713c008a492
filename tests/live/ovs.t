#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A receiver that many clouds have: Open vSwitch with the datapath in user space. It takes all that --engine auto sends
# to it over a veth, and drops what UDP sockets send there, as vtap-tap warns.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(spew pcap);
use Lab qw($dir enter able sh hosts cable start finish stop stats said until_true reaches tool);
use Required qw(lacks);

enter();
$ENV{PATH} .= ':/usr/sbin:/sbin';
lacks('Open vSwitch is not there (openvswitch-switch)') if !able('command -v ovs-vswitchd ovsdb-server ovsdb-tool ovs-vsctl');
lacks('there is no /dev/net/tun for the bridges of Open vSwitch') if !-c '/dev/net/tun';
$ENV{"OVS_$_"} = $dir for qw(RUNDIR DBDIR LOGDIR SYSCONFDIR);
hosts(qw(host switch));
cable(['host', 'ul', '10.0.2.5/24'], ['switch', 'port']);

sh("ovsdb-tool create $dir/conf.db /usr/share/openvswitch/vswitch.ovsschema");
my $database = start('switch', 'database', ['ovsdb-server', "$dir/conf.db", "--remote=punix:$dir/db.sock"]);
my $vsctl = "ovs-vsctl --db=unix:$dir/db.sock -t 20";
until_true(sub { able("$vsctl --no-wait init") }) or BAIL_OUT('no database: ' . said($database));
my $switch = start('switch', 'switch', ['ovs-vswitchd', "unix:$dir/db.sock"]);
sh("$vsctl add-br outer -- set bridge outer datapath_type=netdev -- add-port outer port");
sh('ip -n switch addr add 10.0.2.9/24 dev outer && ip -n switch link set outer up');
sh("$vsctl add-br inner -- set bridge inner datapath_type=netdev");
reaches('host', '10.0.2.9') or BAIL_OUT('no way to the switch: ' . said($switch));

my $file = spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1, $_, pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x (40 + $_)] } 1 .. 61));
# Packets that came out of the tunnel of that name: asked from the switch, for the database's figures are 5 s old.
sub taken { return `ovs-ofctl dump-ports inner $_[0]` =~ /rx pkts=(\d+)/ ? $1 : die "$_[0]: no figures" }

sub mirror {
	my ($name, $to, $takes) = @_;
	my $run = start('host', "tap-$name", [tool('vtap-tap'), '-v', '-r', $file, '--speed', 'max', '-t', split ' ', $to]);
	is finish($run), 0, "$to: it ends well" or diag said($run);
	is stats($run)->{outcomes}{sent}, 61, '... all is sent';
	is scalar(() = said($run) =~ /a receiver in user space may drop the packets/g), $to =~ /udp/ || 0, '... with a warning where sockets leave the checksum to no card';
	ok until_true(sub { taken($name) >= 61 }), '... the switch takes it' or diag taken($name) if $takes;
}

# Tunnels of one kind: name, options of Open vSwitch's interface, how the tap reaches it, does the switch take what comes?
# The last one is the proof that what was sent before had come by, too.
my %tunnels = (
	vxlan => [['udp', 'key=7', 'vxlan://10.0.2.9/7 --engine udp', 0], ['vxlan', 'key=8', 'vxlan://10.0.2.9/8', 1],
		['cut', 'key=9', 'vxlan://10.0.2.9/9 -s 64', 1], ['packet', 'key=10', 'vxlan://10.0.2.9/10 --engine packet', 1]],
	geneve => [['geneve', 'key=7', 'geneve://10.0.2.9/7', 1]],
	gre => [['gre', 'key=5', 'gre://10.0.2.9/5', 1], ['nokey', '', 'gre://10.0.2.9', 1]],
	erspan => [['old', 'key=6 erspan_ver=2 erspan_dir=0 erspan_hwid=0', 'erspan3://10.0.2.9/6 --no-sequence', 0],
		['erspan2', 'key=7 erspan_ver=1 erspan_idx=0', 'erspan2://10.0.2.9/7', 1], ['erspan3', 'key=8 erspan_ver=2 erspan_dir=0 erspan_hwid=0', 'erspan3://10.0.2.9/8', 1]],
);
for my $kind (sort keys %tunnels) {
	my @rows = @{$tunnels{$kind}};
	sh("$vsctl add-port inner $_->[0] -- set interface $_->[0] type=$kind " . join ' ', map { "options:$_" } 'remote_ip=10.0.2.5', split ' ', $_->[1]) for @rows;
	mirror(@$_[0, 2, 3]) for @rows;
	is taken($_->[0]), 61 * $_->[3], "$_->[2]: " . ($_->[3] ? 'all of it' : 'the switch drops it, as the manual says') for @rows;
	sh("$vsctl del-port inner $_->[0]") for @rows;
}
stop($_) for $switch, $database;
done_testing;
