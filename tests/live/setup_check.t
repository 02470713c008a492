#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup check: each fact on a host where all is well, and each made to fail once. Between the two looks, packets pass,
# or figures are written that a run would take long for.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Lab qw($dir enter hosts cable bridge on sh able start stop until_true said);
use Setup qw(settle setup between calls facts inside fake unfake);

enter();
hosts(qw(host sink guest));
cable(['host', 'eth0', '10.0.2.5/24'], ['sink', 'eth0', '10.0.2.9/24'], 1600);
cable(['host', 'port'], ['guest', 'eth0', '10.7.0.2/24']);
bridge('host', 'br0', 'port');
on('host', 'ip addr add 10.7.0.1/24 dev br0');
settle(qw(host sink));

my $source = "$dir/sink/spool/vtap/default/vxlan-3000\@10.0.2.5";
my ($tap_figures, $sink_figures) = ("$dir/host/run/vtap/tap-default.prom", "$dir/sink/run/vtap/sink-default.prom");

sub unit { my ($host, $kind) = @_; return "$dir/$host/units/vtap-$kind\@default.service" }
sub pid { return slurp(unit(@_) . '.pid') }
sub systemctl { my ($host, @words) = @_; system inside($host, 'systemctl', @words) }

# One fact, or all of some that are not ok.
sub fact { my ($host, $what, @words) = @_; return facts($host, @words)->{$what} // 'not told' }
sub bad { my ($fact) = @_; return join ', ', map { "$_: $fact->{$_}" } grep { $fact->{$_} !~ /^ok / && $_ ne 'status' } sort keys %$fact }

# Until the figures of a run have a line.
sub figure { my ($file, $pattern) = @_; return until_true(sub { (slurp($file) // '') =~ $pattern }) }

# Changes a figure between the looks: the run whose it is does not write meanwhile.
sub grown {
	my ($host, $kind, $file, $name, $value) = @_;
	kill 'STOP', my $pid = pid($host, $kind);
	my @stopped = ($pid, map { m{/proc/(\d+)/} } grep { (slurp($_) // '') =~ /^vtap-decap$/ && $kind eq 'sink' } glob '/proc/[0-9]*/comm');
	kill 'STOP', @stopped;
	my $before = slurp($file);
	my $changed = $before =~ s/^(\Q$name\E)(\{[^\n]*\}) (\d+)$/"$1$2 " . ($3 + $value)/mger;
	$changed .= "$name$value" if $name =~ /\{/ && $changed !~ s/^\Q$name\E\d+$/$name$value/m;
	spew("$dir/$host/grown", $changed);
	sh("touch $file");
	between($host, "cp $dir/$host/grown $file");
	my $fact = facts($host);
	kill 'CONT', @stopped;
	spew($file, $before);
	between($host, '');
	return $fact;
}

is(fact('host', 'neither a tap nor a collector is set up'), 'FAIL vtap-setup tap --to URI, or vtap-setup sink', 'nothing is set up');
is((setup('host', 'check'))[0], 1, '... exit 1');
setup('sink', 'sink');
setup('host', 'tap', '--to', 'vxlan://10.0.2.9/3000');
figure($_, qr/in_packets_total/) or diag("no $_") for $tap_figures, $sink_figures;

# All is well. Packets pass between the looks, and the figures follow.
my $guest = start('guest', 'guest', [qw(/bin/sleep 1000)]);
sub traffic { my ($count) = @_; return "nsenter -t $guest->{pid} -n perl -MIO::Socket::IP -e '\$s = IO::Socket::IP->new(Proto => q(udp), PeerHost => q(10.7.0.1), PeerPort => 9) or die; \$s->send(q(x)) for 1 .. $count'" }
between('host', traffic(20) . "; while ! grep -q '^vtap_tap_in_packets_total{.*} [1-9]' /run/vtap/tap-default.prom; do perl -e 'select undef, undef, undef, 0.1'; done");
my $fact = facts('host');
is(bad($fact), '', 'a tap where all is well');
is(join(' ', sort grep { $_ ne 'status' } keys %$fact), 'MTU collector interface kernel packets rights route unit', '... each fact is told');
is($fact->{status}, 0, '... exit 0');
is($fact->{rights}, 'ok the process has CAP_NET_RAW', '... rights');
is($fact->{interface}, 'ok br0: up, MTU 1500', '... interface');
like($fact->{route}, qr{^ok vxlan://10\.0\.2\.9/3000: 10\.0\.2\.9 by eth0}, '... route');
like($fact->{packets}, qr/^ok [1-9]\d* in 6 s, [1-9]\d* sent$/, '... packets since the last look');
between('host', '');
ok(until_true(sub { my @files = glob "$source/*"; @files }), 'the collector writes');
between('sink', "while ! grep -q '^vtap_decap_in_packets_total{.*} [1-9]' /run/vtap/sink-default.prom; do perl -e 'select undef, undef, undef, 0.1'; done");
$fact = facts('sink');
is(bad($fact) =~ s/^packets: warn none.*//r, '', 'a collector where all is well');
is(join(' ', sort grep { $_ ne 'status' } keys %$fact), "buffer kernel packets port source vxlan-3000\@10.0.2.5 space unit", '... each fact is told');
is($fact->{port} =~ s/\d+\)/N)/r, 'ok UDP port 4789 is bound by vtap-decap (N)', '... by whom the port is bound');
between('sink', '');

# --quick does not look at figures, and does not wait.
fake('sleep', 'echo slept >>"$UNITS/calls"');
calls('host');
$fact = facts('host', '--quick');
is(join(' ', sort grep { $_ ne 'status' } keys %$fact), 'MTU interface rights route unit', '--quick: no figures');
is(calls('host'), '', '... no waiting');
facts('host');
is(calls('host'), "slept\n", '... but without it');
fake('sleep', 'sh "$HERE/between"');

# The tap.
like(fact('host', 'packets'), qr/^warn none in 6 s: is there traffic\?/, 'no packets');
$fact = grown('host', 'tap', $tap_figures, 'vtap_tap_kernel_dropped_total', 7);
like($fact->{kernel}, qr/^warn 7 packets dropped in 6 s: a larger buffer \(buffer = 64M\)/, 'kernel drops');
$fact = grown('host', 'tap', $tap_figures, 'vtap_tap_target_errors_total{tap="default",target="vxlan://10.0.2.9/3000",error="EHOSTUNREACH"} ', 3);
like($fact->{collector}, qr/^FAIL 3 ICMP errors in 6 s \(EHOSTUNREACH\): nobody listens there, or a firewall refuses/, 'ICMP errors');
is($fact->{status}, 1, '... exit 1');
$fact = grown('host', 'tap', $tap_figures, 'vtap_tap_target_errors_total{tap="default",target="vxlan://10.0.2.9/3000",error="ENOBUFS"} ', 3);
like($fact->{collector}, qr/^ok /, '... and not what this host says itself');
sh("touch -d '1 minute ago' $tap_figures");
kill 'STOP', pid('host', 'tap');
like(fact('host', 'figures'), qr{^FAIL /run/vtap/tap-default.prom has not been written for 15 seconds}, 'figures that are not written');
kill 'CONT', pid('host', 'tap');

my $file = "$dir/host/etc/vtap/tap/default.conf";
my $good = slurp($file);
spew($file, $good =~ s/^to = .*/to = nonsense/mr);
is(fact('host', 'MTU', '--quick'), 'not told', 'MTU: where nothing was looked at, nothing is said');
spew($file, $good);
on('host', 'ip link set eth0 mtu 1500');
is(fact('host', 'MTU', '--quick'), 'warn vxlan://10.0.2.9/3000: a full-sized packet needs 1550, the path takes 1500: it will be cut to 1450 (--oversize fragment sends it whole); '
	. 'remedy: an MTU of 1600 on the whole way to the collector, or the line "oversize = fragment" in /etc/vtap/tap/default.conf', 'MTU');
on('host', 'ip link set eth0 down');
like(fact('host', 'route', '--quick'), qr{^FAIL vxlan://10\.0\.2\.9/3000: .*; the tap waits for a route}, 'route');
on('host', 'ip link set eth0 mtu 1600 up');
on('host', 'ip link set br0 down');
like(fact('host', 'interface', '--quick'), qr/^FAIL br0 is down: nothing can be captured \(ip link set br0 up\)/, 'interface: down');
on('host', 'ip link del br0');
like(fact('host', 'interface', '--quick'), qr/^FAIL there is no interface br0; .*the tap waits for it, or name another/, 'interface: none');
bridge('host', 'br0', 'port');

chmod 0600, $file;
is(fact('host', 'rights', '--quick'), 'FAIL the user vtap cannot read /etc/vtap/tap/default.conf: chmod 755 /etc/vtap /etc/vtap/tap, chmod 644 /etc/vtap/tap/default.conf', 'rights: the file');
chmod 0644, $file;
my $other = start('host', 'other', [qw(setpriv --reuid 65534 --clear-groups --bounding-set=-all --inh-caps=-all /bin/sleep 1000)]);
until_true(sub { (slurp("/proc/$other->{pid}/status") // '') =~ /^CapEff:\s*0+$/m });
my $pid = pid('host', 'tap');
spew(unit('host', 'tap') . '.pid', $other->{pid});
like(fact('host', 'rights', '--quick'), qr/^FAIL the process has no CAP_NET_RAW: has a drop-in changed it\? systemctl cat vtap-tap\@default.service/, 'rights: the process');
spew(unit('host', 'tap') . '.pid', $pid);
stop($other, 'KILL');

unlink unit('host', 'tap') . '.enabled';
is(fact('host', 'unit', '--quick'), 'warn vtap-tap@default.service runs, but does not start with the next boot: systemctl enable vtap-tap@default.service', 'unit: not enabled');
systemctl('host', 'stop', 'vtap-tap@default.service');
$fact = facts('host', '--quick');
is($fact->{unit}, 'FAIL vtap-tap@default.service is failed: what it said last: systemctl restart vtap-tap@default.service, journalctl -u vtap-tap@default.service', 'unit: does not run');
is("$fact->{rights} $fact->{status}", 'warn not known, for the unit does not run 1', '... nor are its rights known');
spew($file, "${good}snaplen = many\n");
like(fact('host', 'options', '--quick'), qr{^FAIL .*/etc/vtap/tap/default\.conf.*snaplen.*; mend /etc/vtap/tap/default.conf, systemctl restart}, 'options');
spew($file, $good);

# The collector. Without the rights of root, its captures are out of sight.
{
	local @Setup::shell = ('setpriv', map { ("--$_", '-dac_override,-dac_read_search') } 'inh-caps', 'bounding-set');
	chmod 0750, "$dir/sink/spool/vtap";
	is(fact('sink', 'files', '--quick'), 'warn /var/spool/vtap/default is for root and the group vtap', 'files that a user cannot see');
	chmod 0755, "$dir/sink/spool/vtap";
}
spew("$dir/sink/rmem", "212992\n");
is(fact('sink', 'buffer', '--quick'), 'warn the kernel gives 208 KiB, not 32768: sysctl -w net.core.rmem_max=33554432, systemctl restart vtap-sink@default.service', 'buffer');
spew("$dir/sink/rmem", "33554432\n");
my $decap = "$dir/sink/etc/vtap/sink/default/decap.conf";
spew($decap, slurp($decap) . "buffer = 64M\n");
like(fact('sink', 'buffer', '--quick'), qr/^warn the kernel gives 32768 KiB, not 65536/, '... as the file asks for');
spew($decap, slurp($decap) =~ s/^buffer.*\n//mr);
$fact = grown('sink', 'sink', $sink_figures, 'vtap_decap_kernel_dropped_total', 1);
like($fact->{kernel}, qr/^FAIL 1 packet dropped in 6 s, for which the buffer had no room/, 'kernel drops');
like($fact->{packets}, qr/^warn none in 6 s: vtap-setup check on a host that is tapped/, 'no packets');

sh("find $source -type f -exec touch -d '20 minutes ago' {} +");
like(fact('sink', "source vxlan-3000\@10.0.2.5", '--quick'), qr/^warn nothing for 20 minutes: vtap-setup check on that host$/, 'a source that is silent');
sh("mount -t tmpfs -o size=1m none $dir/sink/spool/vtap");
like(fact('sink', 'files', '--quick'), qr{^warn there is none yet below /var/spool/vtap/default}, 'no files');
sh("head -c 950000 /dev/zero >$dir/sink/spool/vtap/fill");
like(fact('sink', 'space', '--quick'), qr{^warn 0 MiB are free on the disk of /var/spool/vtap/default \(9\d% used\): remove old captures}, 'little space');
sh("head -c 2000000 /dev/zero >$dir/sink/spool/vtap/fill 2>/dev/null || :");
like(fact('sink', 'space', '--quick'), qr{^FAIL 0 MiB are free on the disk of .* \(100% used\)}, 'no space');
sh("umount $dir/sink/spool/vtap");

systemctl('sink', 'stop', 'vtap-sink@default.service');
$fact = facts('sink', '--quick');
is($fact->{port}, 'FAIL nothing is bound to UDP port 4789: systemctl restart vtap-sink@default.service, journalctl -u vtap-sink@default.service', 'port: not bound');
like($fact->{unit}, qr/^FAIL vtap-sink\@default.service is failed/, 'unit: does not run');
my $thief = start('sink', 'thief', ['perl', '-MIO::Socket::IP', '-e', '$s = IO::Socket::IP->new(Proto => "udp", LocalHost => "0.0.0.0", LocalPort => 4789) or die; print STDERR "bound\n"; sleep 1000']);
until_true(sub { said($thief) =~ /bound/ });
like(fact('sink', 'port', '--quick'), qr/^FAIL UDP port 4789 is bound by perl \(\d+\): stop that, or choose another: vtap-setup sink --listen/, 'port: bound by another program');
stop($thief, 'KILL');
SKIP: {
	skip 'no vxlan devices', 1 if !able('ip -n sink link add vx0 up type vxlan id 1 dstport 4789');
	like(fact('sink', 'port', '--quick'), qr/^FAIL UDP port 4789 is bound by the kernel, as for a tunnel device/, 'port: bound by the kernel');
}

# The real thing: a collector that is not there answers by ICMP.
systemctl('host', 'start', 'vtap-tap@default.service');
on('sink', 'ip link del vx0') if able('ip -n sink link show vx0');
on('host', 'ip addr add 10.7.0.1/24 dev br0');
figure($tap_figures, qr/^vtap_tap_in_packets_total\{[^\n]*\} 0$/m);
between('host', traffic(20) . "; while ! grep -q '^vtap_tap_target_errors_total{.*ECONNREFUSED' /run/vtap/tap-default.prom; do " . traffic(1) . "; perl -e 'select undef, undef, undef, 0.2'; done");
like(fact('host', 'collector'), qr/^FAIL \d+ ICMP errors? in 6 s \(ECONNREFUSED\)/, 'a collector that is not there');
done_testing();
END { sh("for pid in $dir/*/units/*.pid; do kill \$(cat \$pid) 2>/dev/null || :; done") if $dir }
