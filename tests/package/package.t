#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The package in a booted Debian 12 with nothing but its dependencies: installed, its units run, upgraded, removed, purged.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp spew);
use Container qw($dir enter boot inside worked files changed copy_in halt leader);
use Numbered qw(stream ended_stream refused numbers);
use Wait qw(until_true);

enter();
system('ip addr add 10.9.0.254/24 dev vtapbr0') == 0 or BAIL_OUT('ip');
my $debs = ($ENV{BUILD} || 'build') . '/deb';
my ($deb) = glob "$debs/vtap_*.deb" or BAIL_OUT("no package in $debs: make deb");
my $host = boot('host', '10.9.0.2/24');

# LINE and the file of a unit.
sub write_in {
	my ($path, $text) = @_;
	system('mkdir', '-p', "$host->{root}" . ($path =~ s{/[^/]*$}{}r));
	spew("$host->{root}$path", $text);
}

sub state_of_unit { return inside($host, "systemctl is-active $_[0]") =~ s/\s+//gr }
sub pid_of { return inside($host, "systemctl show -p MainPID --value $_[0]") + 0 }

my @before = files($host);
copy_in($host, '/root', $deb);
worked($host, 'apt-get install -y --no-install-recommends /root/vtap_*.deb', 'the package installs without a network');
like(scalar inside($host, 'getent passwd vtap'), qr{^vtap:x:\d+:\d+:[^:]*:/var/spool/vtap:/usr/sbin/nologin$}m, 'the user is there');
is(scalar inside($host, 'stat -c "%a %U:%G" /run/vtap /run/vtap/taps /var/spool/vtap'), "1775 root:vtap\n755 root:root\n750 vtap:vtap\n", 'and its folders');
is(scalar inside($host, 'stat -c "%a" /usr/bin/vtap-* | sort -u; getcap /usr/bin/vtap-*'), "755\n", 'tools are 0755, without capabilities');
is(scalar inside($host, 'systemctl list-units --plain --no-legend "vtap*"'), '', 'nothing runs that nobody asked for');

# Units.
for my $unit ('vtap-tap@x', 'vtap-sink@x', 'vtap-archive@x') {
	my ($level) = inside($host, "systemd-analyze security --no-pager $unit.service") =~ /exposure level for \S+: ([\d.]+)/;
	cmp_ok($level // 10, '<=', 2.0, "$unit: exposed by $level at most");
	# No page of a manual is installed here, for dpkg leaves them out.
	is(inside($host, "systemd-analyze verify $unit.service") =~ s/.*'man .*\n//gr, '', '... and systemd has nothing to say');
}
worked($host, 'ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up && ip addr add 192.168.7.1/24 dev d0');
write_in('/etc/vtap/tap/one.conf', "interface = d0\nto = vxlan://10.9.0.2:4789/7\n");
write_in('/etc/vtap/tap/two.conf', "interface = d1\nto = vxlan://10.9.0.2:4789/8\n");
write_in('/etc/vtap/sink/all/decap.conf', "listen = vxlan://:4789\n");
write_in('/etc/vtap/sink/all/fixlen.conf', '');
write_in('/etc/vtap/sink/all/split.conf', "by = source\nwrite = /var/spool/vtap/all/{source}/{n}.pcapng\n");
worked($host, 'systemctl enable --now vtap-sink@all vtap-tap@one vtap-tap@two');
for my $name (qw(tap-one tap-two sink-all)) {
	my $unit = "vtap-$name" =~ s/-(?=\w+$)/@/r;
	ok(until_true(sub { -s "$host->{root}/run/x" || inside($host, "test -s /run/vtap/$name.prom && echo y") =~ /y/ }), "$unit runs and writes its figures")
		or diag scalar inside($host, "systemctl status --no-pager -n 20 $unit");
	is(scalar inside($host, "stat -c '%a %U' /run/vtap/$name.prom"), "644 vtap\n", '... which others may read');
	is(state_of_unit($unit), 'active', '... and goes on');
}
my ($tap) = pid_of('vtap-tap@one');
is(scalar inside($host, "grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/$tap/status"),
	"CapPrm:\t0000000000002000\nCapEff:\t0000000000002000\nCapBnd:\t0000000000002000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n",
	'a tap has CAP_NET_RAW and nothing else') or diag scalar inside($host, "cat /proc/$tap/status");

# Packets.
worked($host, 'ip neigh add 192.168.7.9 lladdr 02:00:00:00:00:09 dev d0 && for i in 1 2 3 4 5; do echo x | bash -c "cat >/dev/udp/192.168.7.9/9"; done');
ok(until_true(sub { inside($host, 'find /var/spool/vtap -name "*.pcapng*" -size +0') =~ m{/all/vxlan-7\@10\.9\.0\.2/} }), 'what is mirrored arrives') or
	diag scalar inside($host, 'systemctl status --no-pager -n 30 vtap-tap@one vtap-sink@all; cat /run/vtap/*.prom | grep packets_total; find /var/spool/vtap');

# Figures, every five seconds though the journal gets a line an hour.
my $stamp = inside($host, 'stat -c %Y /run/vtap/tap-one.prom /run/vtap/sink-all.prom');
ok(until_true(sub { my @old = split ' ', $stamp; my @new = split ' ', inside($host, 'stat -c %Y /run/vtap/tap-one.prom /run/vtap/sink-all.prom');
	$new[0] >= $old[0] + 5 && $new[0] <= $old[0] + 60 && $new[1] >= $old[1] + 5 }), 'figures are written again');
# The sysctl of the receive buffer is vtap-setup's to write.
is(scalar inside($host, 'journalctl -q --no-pager -o cat -t vtap-tap -t vtap-decap -t vtap-split -t vtap-fixlen -t sink | grep -v rmem_max'), '', 'the journal has nothing of theirs, for all is well');

# A tap reads its file again, a collector says that it does not.
write_in('/etc/vtap/tap/one.conf', "interface = d0\nto = vxlan://10.9.0.2:4789/7\nexpression = not udp port 99\n");
worked($host, 'systemctl reload vtap-tap@one', 'reload of a tap');
# The kernel filters for an interface, so that of 20 packets and another one, only that one is sent. The signal takes its time.
sub sent { return inside($host, 'cat /run/vtap/tap-one.prom') =~ /outcome="sent"\} (\d+)/ ? $1 : 0 }
sub sends_one_of_21 {
	my $before = sent();
	inside($host, 'for port in 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 98; do echo x | bash -c "cat >/dev/udp/192.168.7.9/$port"; done');
	my $written = inside($host, 'date +%s');
	until_true(sub { inside($host, 'stat -c %Y /run/vtap/tap-one.prom') > $written });
	return sent() > $before && sent() - $before < 20;
}
ok(until_true(\&sends_one_of_21), '... reads its expression') or diag scalar inside($host, 'grep outcome /run/vtap/tap-one.prom; journalctl -q --no-pager -u vtap-tap@one');
is(pid_of('vtap-tap@one'), $tap, '... and is the same process');
my ($said, $status) = inside($host, 'systemctl reload vtap-sink@all');
is($status ? 'refused' : 'done', 'refused', 'reload of a collector is refused');
like($said, qr/not (supported|applicable)/, '... and systemd says so');

# Two instances.
worked($host, 'systemctl stop vtap-tap@one');
is(scalar inside($host, 'test -s /run/vtap/tap-two.prom && test -d /run/vtap/taps && echo there'), "there\n", 'one stops, and the figures of the other are there');
my $two = inside($host, 'stat -c %Y /run/vtap/tap-two.prom');
ok(until_true(sub { inside($host, 'stat -c %Y /run/vtap/tap-two.prom') > $two }), '... and go on');
is(state_of_unit('vtap-tap@two'), 'active', '... as it does');
like(scalar inside($host, 'journalctl -q --no-pager -o cat -u vtap-tap@one'), qr/^vtap-tap: \d\S* in .*, \d\S* out, 0 dropped$/m, 'the one said what it did at its end');

# What cannot start is tried again without end.
write_in('/etc/vtap/tap/bad.conf', "interface = d0\nto = nonsense\n");
worked($host, 'mkdir -p /run/systemd/system/vtap-tap@bad.service.d && printf "[Service]\nRestartSec=100ms\n" >/run/systemd/system/vtap-tap@bad.service.d/soon.conf && systemctl daemon-reload && systemctl start vtap-tap@bad');
ok(until_true(sub { inside($host, 'systemctl show -p NRestarts --value vtap-tap@bad') > 8 }), 'a tap that fails is started again, more than five times in ten seconds');
worked($host, 'systemctl stop vtap-tap@bad; rm -r /run/systemd/system/vtap-tap@bad.service.d /etc/vtap/tap/bad.conf; systemctl daemon-reload; systemctl reset-failed');

# An upgrade from itself, with a unit that was another one before: what runs goes on with the new programs and units.
worked($host, 'sed -i "s/^RestartSec=5$/RestartSec=7/" $(systemctl show -p FragmentPath --value vtap-sink@all) && systemctl daemon-reload');
my $sink = pid_of('vtap-sink@all');
worked($host, 'apt-get install -y --reinstall --no-install-recommends /root/vtap_*.deb', 'upgraded from itself');
# apt waits until the old one has stopped, not for the new one.
ok(until_true(sub { state_of_unit('vtap-sink@all') eq 'active' && pid_of('vtap-sink@all') != $sink }), '... the collector is another process');
is(scalar inside($host, 'systemctl show -p RestartUSec -p NeedDaemonReload --value vtap-sink@all | sort | xargs'), "5s no\n", '... of the new unit');
is(state_of_unit('vtap-tap@one'), 'inactive', '... and what was stopped stays so');

# All of them by one name.
worked($host, 'systemctl stop vtap.target');
is(join(' ', map { state_of_unit($_) } 'vtap-tap@two', 'vtap-sink@all'), 'inactive inactive', 'the target stops all, and waits for them');

# A collector is stopped in the middle of a stream.
my $tries = $ENV{VTAP_STOPS} || 20;
my $place = "$host->{root}/var/spool/vtap/all/vxlan-7\@10.9.0.254";
my (@wrong, $written);
for my $try (1 .. $tries) {
	inside($host, 'rm -rf /var/spool/vtap/*; systemctl reset-failed; systemctl start vtap-sink@all');
	until_true(sub { inside($host, 'cat /proc/net/udp /proc/net/udp6') =~ /:12B5 / }) or diag 'no port is bound';
	my $sum = refused(leader($host));
	my ($sender, $told) = stream('10.9.0.2', 4789);
	until_true(sub { -s (glob("$place/*.pcapng*") // '/none') });
	my ($text, $failed) = inside($host, 'systemctl stop vtap-sink@all; systemctl is-failed vtap-sink@all');
	my $late = refused(leader($host));
	until_true(sub { refused(leader($host)) > $late + 50 });
	my $sent = ended_stream($sender, $told);
	my $not = refused(leader($host)) - $sum;
	my @numbers = map { numbers($_) } sort { length $a <=> length $b || $a cmp $b } glob "$place/*.pcapng";
	my $gaps = grep { $numbers[$_] != $_ } 0 .. $#numbers;
	my ($in) = inside($host, 'cat /run/vtap/sink-all.prom') =~ /^vtap_decap_in_packets_total(?:\{[^}]*\})? (\d+)/m;
	$written += @numbers;
	push @wrong, "$try: sent $sent, written " . @numbers . ", received $in, refused $not, $gaps out of place, $text"
		if @numbers + $not != $sent || $gaps || $in != @numbers || $text !~ /^inactive/;
}
is(join("\n", @wrong), '', "systemctl stop, $tries times: sent is written and refused, to the packet");
cmp_ok($written, '>', $tries * 100, "... $written packets were written");

# Removed and purged.
worked($host, 'systemctl start vtap-tap@two vtap-sink@all');
write_in("/etc/sysctl.d/vtap.conf$_", "net.core.rmem_max = 33554432\n") for '', '.old';
worked($host, 'apt-get remove -y vtap', 'the package is removed');
is(scalar inside($host, 'pgrep -c vtap-'), "0\n", '... nothing of it runs');
like(scalar inside($host, 'ls -d /etc/vtap/tap/one.conf /var/spool/vtap/all /run/vtap 2>&1'),
	qr{\A(?:ls: cannot access '/run/vtap'.*\n)/etc/vtap/tap/one.conf\n/var/spool/vtap/all\n\z}, '... spool and /etc/vtap stay');
worked($host, 'apt-get install -y --no-install-recommends /root/vtap_*.deb', 'installed again');
my $purged = worked($host, 'apt-get purge -y vtap', 'purged');
like($purged, qr{/var/spool/vtap is not empty and was kept}, '... which names what is kept');
worked($host, 'test -d /var/spool/vtap/all && test ! -e /etc/vtap && test ! -e /etc/sysctl.d/vtap.conf && getent passwd vtap', '... the captures, and the user');
inside($host, 'rm -r /var/spool/vtap; rm -f /root/*.deb');
is(changed(\@before, [files($host)]), '', '... and nothing else is left over');
copy_in($host, '/root', $deb);
worked($host, 'apt-get install -y --no-install-recommends /root/vtap_*.deb && apt-get purge -y vtap && test ! -e /var/spool/vtap', 'an empty spool goes');


# Without the libraries that are loaded when they are needed.
worked($host, 'apt-get install -y --no-install-recommends /root/vtap_*.deb && dpkg --force-depends --purge libpcap0.8 && ! ls /usr/lib/*/libwiretap.so*', 'neither libpcap nor libwiretap');
copy_in($host, '/root', 'tests/data/mirrored.pcap');
system("editcap -F snoop tests/data/mirrored.pcap $host->{root}/root/x.snoop") == 0 or BAIL_OUT('editcap');
worked($host, 'cd /root && vtap-decap -r mirrored.pcap -w a.pcapng && vtap-decap -r a.pcapng -F pcap -w b.pcap && test -s b.pcap', '... pcap and pcapng work');
like(scalar inside($host, 'cd /root && vtap-decap -r x.snoop -w c.pcap'), qr/apt install libwiretap\d+\)$/m, '... for a foreign format the package is named');
like(scalar inside($host, 'cd /root && vtap-decap -r a.pcapng -f udp -w c.pcap'), qr/apt install libpcap0\.8\)$/m, '... and for an expression');

ok(halt($host), 'the machine ends');
done_testing;
