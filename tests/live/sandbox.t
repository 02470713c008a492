#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What live tools cannot do any more, tried from within at the end of a run (tests/cli/sandbox.t has the others); and
# what they are seen to be from outside.
use strict;
use warnings;
use lib 'tests/lib';
use Test::More;
use Lab qw(enter until_true);
BEGIN { enter() }
use Capture qw(slurp spew pcap);
use Sandbox qw($build $dir $landlock lax try refused holds status_of);

plan skip_all => lax() if lax();
system 'ip link set lo up' and die 'no lo';
system 'ip addr add 192.0.2.1/32 dev lo';
mkdir "$dir/out";
my $sample = 'tests/data/vxlan-gbp.pcap';
my $tap = '-t vxlan://127.0.0.1:4444/1';
spew("$dir/rules", "include\n");
spew("$dir/config", "snaplen = 60\n");

# What they leave to libpcap, route(7) and name servers is listed in the manual pages.
my %end = (at => 'end');
my $for = '--duration 0.3';
refused('vtap-decap', "-l vxlan://127.0.0.1:4789 $for -w - >$dir/piped", %end);
refused('vtap-decap', "-l vxlan://127.0.0.1:4789 $for -w $dir/out/a.pcapng --stats $dir/out/stats", %end, opens => 1);
refused('vtap-decap', "-i lo $for -w - >$dir/piped", %end, opens => 1);
refused('vtap-decap', "-i lo $for -w $dir/out/b.pcapng", %end, opens => 1);
refused('vtap-tap', "-r $sample --speed max $tap", %end, allowed => ['udp']);
refused('vtap-tap', "-r $sample --speed max $tap --rules $dir/rules --metrics $dir/out/metrics", %end, allowed => ['udp'], opens => 1);
refused('vtap-tap', "-r $sample --speed max $tap --config $dir/config", %end, allowed => ['udp'], opens => 1);
refused('vtap-tap', "-i lo $_ $for --engine udp $tap", %end, allowed => ['udp'], opens => 1) for '', '--no-follow';
refused('vtap-tap', "-i lo --no-follow $for -t vxlan://192.0.2.9/1 --from 192.0.2.1 -w - >$dir/piped", %end, opens => 1);
refused('vtap-tap', "-r $sample --speed max -t vxlan://localhost:4444/1", %end, allowed => ['udp', 'read'], opens => 1);
holds('vtap-decap', "-l vxlan://127.0.0.1:4789 $for -w - >$dir/piped", %end);
holds('vtap-tap', "-i lo $for --engine udp $tap", %end);

# From outside, while they run.
sub runs {
	my ($capabilities, $tool, $arguments) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$dir/stderr";
		exec "$build/$tool", split ' ', $arguments;
	}
	until_true(sub { (status_of($pid, 'Seccomp') // '') eq '2' });
	is(join(' ', map { status_of($pid, $_) } qw(NoNewPrivs Seccomp CapEff CapBnd)), "1 2 $capabilities", "$tool $arguments")
		or diag slurp("$dir/stderr");
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... ends well');
}

my ($none, $raw) = ('0' x 16, '0000000000002000');
runs("$none $none", 'vtap-decap', '-l vxlan://127.0.0.1:4789 -w -');
runs("$none $none", 'vtap-decap', '-i lo -w -');
runs("$none $none", 'vtap-tap', "-i lo --no-follow --engine udp $tap");
runs("$raw $none", 'vtap-tap', "-i lo --engine udp $tap");

# Times of this place, in formats that have them: the zone is that of /etc/localtime also inside. RFC 9636; XST is 9 h east.
my $zone = pack('a5 x15 N6 N C2 a4', 'TZif2', 0, 0, 0, 0, 1, 4, 9 * 3600, 0, 0, "XST\0");
spew("$dir/zone", $zone, $zone, "\nXST-9\n");
system("TZ=XST-9 editcap -F netmon1 $sample $dir/local.cap") == 0 or die "editcap\n";
my $inside = "mount --bind $dir/zone /etc/localtime && unset TZ && $build/vtap-fixlen -r $dir/local.cap -F pcap >$dir/read.pcap && "
	. "$build/vtap-fixlen -r $sample -F netmon1 -w $dir/written.cap";
is(system("unshare -m --propagation private sh -c '$inside'"), 0, 'a capture with local times, read and written');
my ($at, @times) = map { `TZ=XST-9 tshark -c 1 -T fields -e frame.time_epoch -r $_ 2>/dev/null` =~ /^(\d+)/ } $sample, "$dir/read.pcap", "$dir/written.cap";
is("@times", "$at $at", '... is in the zone of the host');

done_testing;
