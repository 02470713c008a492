#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Which system calls each live option leaves, read off the filter that is loaded; tests/cli/filter.t has the others.
use strict;
use warnings;
use lib 'tests/lib';
use Test::More;
use Lab qw(enter);
BEGIN { enter() }
use Capture qw(spew);
use Filter qw(leaves);
use Sandbox qw($dir lax);

plan skip_all => lax() if lax();
system 'ip link set lo up' and die 'no lo';
mkdir "$dir/out";
spew("$dir/rules", "include\n");
spew("$dir/config", "snaplen = 60\n");
my $for = '--duration 0.2';
my $to = '-t vxlan://127.0.0.1:4444/1';
my $read = "-r tests/data/vxlan-gbp.pcap --speed max $to";

# The file of -w is open before.
leaves('vtap-decap', "-l vxlan://127.0.0.1:4789 $for >$dir/piped", 'receive');
leaves('vtap-decap', "-l vxlan://127.0.0.1:4789 $for -w $dir/out/a.pcapng", 'receive');
leaves('vtap-decap', "-l vxlan://127.0.0.1:4789 $for --stats $dir/out/stats >$dir/piped", 'receive', 'files');
leaves('vtap-decap', "-i lo $for >$dir/piped", 'interfaces', 'netlink');
leaves('vtap-decap', "-l vxlan://127.0.0.1:4789 $for -f udp >$dir/piped", 'receive', 'hosts');
leaves('vtap-decap', "-i lo $for -f udp >$dir/piped", 'interfaces', 'netlink', 'hosts');
leaves('vtap-tap', $read, 'netlink', 'send');
leaves('vtap-tap', "$read --metrics $dir/out/metrics", 'netlink', 'send', 'files');
leaves('vtap-tap', "$read --rules $dir/rules", 'netlink', 'send', 'rules');
leaves('vtap-tap', "$read --config $dir/config", 'netlink', 'send', 'rules');
leaves('vtap-tap', "-i lo --no-follow $for --engine udp --config $dir/config $to udp", 'interfaces', 'netlink', 'send', 'hosts');
leaves('vtap-tap', "$read udp", 'netlink', 'send', 'hosts');
leaves('vtap-tap', "-r tests/data/vxlan-gbp.pcap --speed max -t vxlan://localhost:4444/1", 'netlink', 'send', 'hosts');
leaves('vtap-tap', "-i lo $for --engine udp $to", 'interfaces', 'netlink', 'send', 'again');
leaves('vtap-tap', "-i lo $for --engine udp $to udp", 'interfaces', 'netlink', 'send', 'again', 'hosts');
# The process that asks for names, whose filter is loaded first.
leaves('vtap-tap', "-i lo $for --engine udp -t vxlan://localhost:4444/1", 'hosts');
leaves('vtap-tap', "-i lo --no-follow $for --engine udp $to", 'interfaces', 'netlink', 'send');
leaves('vtap-tap', "-i lo --no-follow $for --engine udp $to udp", 'interfaces', 'netlink', 'send');
leaves('vtap-tap', "-i lo --no-follow $for -w - --from 192.0.2.1 $to >$dir/piped", 'interfaces', 'netlink');
leaves('vtap-tap', "-i lo $for -w - --from 192.0.2.1 $to >$dir/piped", 'interfaces', 'netlink', 'again');

done_testing;
