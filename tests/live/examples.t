#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of the manual pages and of --help that use a network, as they stand there, between a host, a guest of it and
# a collector; and what came out of each. tests/cli/examples.t runs the others, and asks for an example of each option.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Examples qw(examples is_live row_of);
use Lab qw($dir enter hosts cable bridge on sh start ready stop finish said until_true fields packets arrived receive speak slurp);
use Wait qw(caught_up);

enter();
$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
my $data = abs_path('tests/data');
hosts(qw(here there guest));
cable(['here', 'eth0', '10.0.1.5/16'], ['there', 'eth0', '10.0.2.9/16', '10.0.2.10/16']);
cable(['here', 'eth1', '10.1.1.5/16'], ['there', 'eth1', '10.1.2.9/16']);
cable(['here', 'port'], ['guest', 'eth0', '10.7.0.2/24']);
bridge('here', 'br0', 'port');
sh('ip -n here addr add 10.7.0.1/24 dev br0');
sh("vtap-decap -F pcap -r $data/mirrored.pcap -w $dir/plain.pcap");
sh("editcap -F pcapng $dir/plain.pcap $dir/original.pcapng");

# The process of an example that its traffic goes to: the first of a pipeline.
sub first_process {
	my ($pid) = map { m{/proc/(\d+)/} } grep { (slurp($_) // '') =~ /^vtap-(decap|tap)$/m } glob '/proc/[0-9]*/comm';
	return $pid;
}

my $name = 'example0';

# Starts an example in a folder of its own, which is named like its run; the run, and its process.
sub begin {
	my ($example) = @_;
	$name++;
	mkdir "$dir/$name";
	chmod 0777, "$dir/$name";
	symlink "$dir/original.pcapng", "$dir/$name/original.pcapng";
	sh("mount -t tmpfs -o size=20g none $dir/$name") if $example =~ /--min-free/;
	my $run = start('here', $name, ['bash', '-o', 'pipefail', '-c', "cd $dir/$name\n$example"]);
	my $pid;
	until_true(sub { $pid = first_process() }) or diag "$example: ", said($run);
	ready({ %$run, pid => $pid }) if $pid;
	return ($run, $pid);
}

# Ends the first process alone: those behind it end when they have all of it.
sub finished {
	my ($run, $pid) = @_;
	kill 'INT', $pid;
	return is(finish($run), 0, '... ends well') || diag(said($run));
}

# The collector mirrors the packets of original.pcapng to the host, ten times slower than they were, so that nothing is lost.
sub mirror {
	my ($target, $speed) = @_;
	on('there', "vtap-tap -q -r $dir/original.pcapng --speed " . ($speed // 0.1) . " -t $target");
}

# Waits until the process itself tells so. No check while it writes: what is finished then is looked at by captures.t.
sub has_read {
	my ($run, $pid, $count) = @_;
	until_true(sub { kill 'USR1', $pid; said($run) =~ /"in": $count,[^\n]*\n\z/ }) or diag("not $count packets: ", said($run));
}

# Runs a receiver while something is sent to it: what it printed.
sub receives {
	my ($example, @targets) = @_;
	my ($run, $pid) = begin($example);
	mirror($_) for @targets;
	has_read($run, $pid, 764 * @targets);
	finished($run, $pid);
	return slurp("$dir/$name.out");
}

# How many packets of each source a file has, as tshark reads it.
sub sources {
	my ($file) = @_;
	my %count;
	$count{$_}++ for fields("$dir/$name/$file", 'frame', 'frame.interface_name');
	return \%count;
}

# Files below the folder of the run, with their packets.
sub written {
	my %count;
	for my $file (map { s{^\Q$dir/$name/\E}{}r } grep { -f } glob "$dir/$name/*/* $dir/$name/*/*/*") {
		sh("gunzip '$dir/$name/$file'") if $file =~ s/\.gz$//;
		$count{ $file =~ s/\d{8}T\d{6}\.\d{9}Z/START/r } += arrived("$name/$file");
	}
	return \%count;
}

sub user_of { return (slurp("/proc/$_[0]/status") // '') =~ /^Uid:\t(\d+)/m ? scalar getpwuid $1 : 'nobody there' }
sub is_promiscuous { return `ip -n here -d link show $_[0]` !~ /promiscuity 0 / }

# Runs a tap while a sub makes traffic; what came to the collector is in outer.pcap.
sub taps {
	my ($example, $work) = @_;
	unlink "$dir/outer.pcap";
	my $dump = start('there', 'outer', [qw(tcpdump -n -i eth0 -U --immediate-mode -Z root -w), "$dir/outer.pcap", 'udp dst port 4789']);
	until_true(sub { said($dump) =~ /listening on/ }) or diag(said($dump));
	my ($run, $pid) = begin($example);
	$work->($run, $pid);
	finished($run, $pid);
	until_true(sub { caught_up($dump->{pid}, "$dir/outer.err") });
	stop($dump);
	return $run;
}

# The datagrams 1 to 20 are in the tunnel, each once.
sub arrive {
	my ($vni) = @_;
	my @numbers = map { hex substr $_, 0, 8 } split /\n/, `tshark -n -r $dir/outer.pcap -Y 'vxlan.vni == $vni && udp.dstport == 40000 && !icmp' -T fields -E occurrence=l -e data.data 2>/dev/null`;
	is("@numbers", "@{[1 .. 20]}", '... the collector gets each packet once');
}

sub of_outer { my %seen; $seen{$_}++ for fields("$dir/outer.pcap", 'vxlan', @_); return join ', ', sort keys %seen }

sub minutes { receives($_[0], 'vxlan://10.0.1.5/3000'); is_deeply(written(), { 'spool/vxlan-3000@10.0.2.9/START.pcapng' => 764 }, '... a file for the source') }
sub look { is(scalar(() = receives($_[0], 'vxlan://10.0.1.5/3000') =~ /^ +\d+ .*$/mg), 764, '... tshark prints each packet') }

sub both {
	my ($run, $pid) = begin($_[0]);
	my $six = (slurp("/proc/$pid/net/udp6") // '') =~ /:12B5 |:17C1 /;
	mirror($_) for 'vxlan://10.0.1.5/3000', 'geneve://10.0.1.5/7';
	has_read($run, $pid, 2 * 764);
	finished($run, $pid);
	ok(!$six, '... over IPv4 only');
	is_deeply(sources('both.pcapng'), { 'vxlan-3000@10.0.2.9' => 764, 'geneve-7@10.0.2.9' => 764 }, '... both are in the file');
}

sub everything {
	receives($_[0], 'vxlan://10.0.1.5/3000', 'gre://10.0.1.5/9', 'erspan2://10.0.1.5/5');
	is_deeply(sources('all.pcapng'), { 'vxlan-3000@10.0.2.9' => 764, 'gre-9@10.0.2.9' => 764, 'erspan2-5@10.0.2.9' => 764 }, '... all three tunnels are in the file');
}

sub first_packets {
	my ($run, $pid) = begin($_[0]);
	my ($user, $promiscuous) = (user_of($pid), is_promiscuous('eth0'));
	mirror('vxlan://10.0.1.5/3000', 1) for 1 .. 14;
	is(finish($run), 0, '... ends by itself') or diag(said($run));
	is($user, 'nobody', '... it ran as another user');
	ok(!$promiscuous, '... the interface stayed as it was');
	is(arrived("$name/first.pcapng"), 10000, '... with so many packets');
}

sub watched {
	receives($_[0], 'vxlan://10.0.1.5/3000');
	like(slurp("$dir/$name/decap.prom"), qr/^vtap_decap_in_packets_total\{run="decap"\} 764$/m, '... Prometheus gets the counters');
	is(arrived("$name/collected.pcapng"), 764, '... and the file the packets');
}

sub ring {
	receives($_[0], 'vxlan://10.1.1.5/3000');
	is_deeply(written(), { 'ring/vxlan-3000@10.1.2.9-START.pcap' => 764 }, '... a compressed file for the source');
	sh("umount $dir/$name");
}

sub sensor {
	taps($_[0], sub {
		my ($run, $pid) = @_;
		is(user_of($pid), 'nobody', '... runs as another user');
		ok(!is_promiscuous('eth0'), '... the interface stays as it is');
		speak('there', '10.0.1.5', 1, 20);
	});
	arrive(3000);
}

# The guest's device comes when the tap is there already.
sub guest {
	my $run = taps($_[0], sub {
		my ($run) = @_;
		ok(until_true(sub { said($run) =~ /vnet0/ }), '... waits for the guest');
		cable(['here', 'vnet0', '10.7.1.1/24'], ['guest', 'eth1', '10.7.1.2/24']);
		ok(until_true(sub { speak('guest', '10.7.1.1', 1, 1); arrived('outer.pcap') }), '... and mirrors it when it is there');
	});
	is(of_outer(qw(ip.dsfield.dscp ip.ttl udp.checksum.status)), '8 1 1', '... DSCP, TTL and a good checksum');
}

# Sockets hand over many packets as one, which tcpdump would see on a veth: a socket receives them.
sub recording {
	my $receiver = receive('there', 'received', '-l', 'vxlan://:4789');
	taps($_[0], sub { ok(until_true(sub { arrived('received.pcapng') >= 764 }), '... all packets come') });
	is(stop($receiver), 0, '... and the receiver ends well');
	is(packets("$dir/received.pcapng", 'frame.interface_name == "vxlan-3000@10.0.1.5"'), 764, '... each once');
	my %ports = map { $_ => 1 } fields("$dir/outer.pcap", 'vxlan', 'udp.srcport');
	cmp_ok(scalar(keys %ports), '>', 4, '... from many source ports') or diag(-s "$dir/outer.pcap", ' bytes: ', slurp("$dir/outer.err"));
}

sub without_ssh {
	taps($_[0], sub { sh("ip netns exec there bash -c 'echo >/dev/udp/10.0.1.5/22'"); speak('there', '10.0.1.5', 1, 20) });
	arrive(3000);
	is(packets("$dir/outer.pcap", 'udp.port == 22 && !icmp'), 0, '... without SSH');
}

sub cut {
	taps($_[0], sub { speak('there', '10.0.1.5', 1, 20, 600) });
	is(packets("$dir/outer.pcap", 'vxlan.vni == 3000 && udp.dstport == 40000 && !icmp && frame.len == 178'), 20, '... 128 bytes of each packet');
	is(packets("$dir/outer.pcap", 'frame.len > 178'), 0, '... and of no packet more');
}

# 40 flows into the bridge: each is at one collector.
sub balanced {
	my $run = taps($_[0], sub { speak('guest', '10.7.0.1', 1, 5) for 1 .. 40 });
	my (%collectors, %flows);
	for (`tshark -n -r $dir/outer.pcap -Y 'udp.dstport == 40000' -T fields -e ip.dst -e vxlan.vni -e udp.srcport 2>/dev/null`) {
		my ($to, $vni, $port) = /^([\d.]+),\S+\t(\d+)\t\d+,(\d+)/ or next;
		$collectors{"$to $vni"}++;
		$flows{$port}{$to}++;
	}
	is_deeply([sort keys %collectors], ['10.0.2.10 2', '10.0.2.9 1'], '... both collectors get some');
	is_deeply([grep { keys %$_ > 1 } values %flows], [], '... a flow goes to one of them');
	is(scalar(map { values %$_ } values %flows), scalar(keys %flows), '... each flow to one');
	is(packets("$dir/outer.pcap", 'icmp.type == 3'), 0, '... and what goes out to none');
	like(said($run), qr/^vtap-tap: \d+ packets .*\n +\d+  /m, '... a table at the end');
	like(slurp("$dir/$name/tap.prom"), qr/^vtap_tap_target_sent_packets_total\{.*10\.0\.2\.10.*\} [1-9]/m, '... and counters of each collector');
}

sub checked {
	my $run = start('here', ++$name, ['bash', '-c', $_[0]]);
	is(finish($run), 0, '... nothing is missing') or diag(said($run));
	like(slurp("$dir/$name.out") . said($run), qr/vnet0/, '... it found the guest');
	is(first_process(), undef, '... and taps nothing');
}

my @rows = (
	[qr/^vtap-decap -l vxlan:\/\/:4789 \| vtap-fixlen/, \&minutes],
	[qr/^vtap-decap -l vxlan:\/\/:4789 (-w - )?\| tshark/, \&look],
	[qr/both.pcapng/, \&both],
	[qr/all.pcapng/, \&everything],
	[qr/first.pcapng/, \&first_packets],
	[qr/collected.pcapng/, \&watched],
	[qr/--min-free/, \&ring],
	[qr/--no-follow/, \&sensor],
	[qr/ --follow/, \&guest],
	[qr/--engine udp/, \&recording],
	[qr/--check/, \&checked],
	[qr/'not port 22'/, \&without_ssh],
	[qr/-s 128 --rate/, \&cut],
	[qr/--balance/, \&balanced],
);

my %used;
for (grep { is_live($_->[1]) } examples()) {
	my ($where, $example) = @$_;
	my $row = row_of($example, \%used, @rows);
	ok($row, "$where: $example") or next;
	$row->[1]->($example);
}
is_deeply([grep { !$used{$_} } map { $_->[0] } @rows], [], 'each row has its example');
done_testing();
