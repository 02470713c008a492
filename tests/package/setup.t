#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Five minutes: two machines with nothing but the package and its dependencies, one command on each, and packets between
# guests are in files of the right source; after a reboot of both, too. And a tap whose route comes long after its start.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Container qw($dir enter boot inside worked files changed copy_in reboot halt);
use Wait qw(until_true);

enter();
my $debs = ($ENV{BUILD} || 'build') . '/deb';
my ($deb) = glob "$debs/vtap_*.deb" or BAIL_OUT("no package in $debs: make deb");
my $sink = boot('sink', '10.9.0.9/24');
my $host = boot('host', '10.9.0.5/24');

# Two guests on a bridge of the host, one with a web server.
sub guests {
	worked($host, 'ip link add br0 type bridge; ip link set br0 up; '
		. 'for n in 1 2; do ip netns add g$n; ip link add vnet$n type veth peer name eth0 netns g$n; ip link set vnet$n master br0 up; '
		. 'ip -n g$n addr add 10.7.0.$n/24 dev eth0; ip -n g$n link set eth0 up; done', 'two guests');
	my $server = '$s = IO::Socket::INET->new(Listen => 5, LocalPort => 80, ReuseAddr => 1) or die; '
		. 'while ($c = $s->accept) { <$c>; print $c "HTTP/1.0 200 OK\r\n\r\nthe page\n"; close $c }';
	worked($host, "setsid ip netns exec g2 perl -MIO::Socket::INET -e '$server' >/dev/null 2>&1 &", 'a web server');
}

sub fetch { return (inside($host, 'ip netns exec g1 curl -s --max-time 5 http://10.7.0.2/'))[0] }

# Folders of the collector that have files, and whether any of these holds the page.
sub sources { return join ' ', map { m{/default/([^/]*)/} ? $1 : () } split /\n/, inside($sink, 'find /var/spool/vtap -type f -size +1k') }
sub has_page { return inside($sink, 'grep -rlaF "the page" /var/spool/vtap') =~ /pcapng/ }

# Until a page that is fetched now is in a file that did not hold it before.
sub mirrored {
	my ($what) = @_;
	inside($sink, 'find /var/spool/vtap -name "*.pcapng*" -delete; :');
	# The page may come a moment before the rest of its connection, in a file that is still small.
	my $found = '';
	ok(until_true(sub { fetch() eq "the page\n" && has_page() && ($found = sources()) }, 120), $what)
		or diag inside($host, 'vtap-setup check; journalctl -n 30 --no-pager -u vtap-tap@default'), inside($sink, 'vtap-setup check; journalctl -n 30 --no-pager -u vtap-sink@default; find /var/spool/vtap');
	my %sources = map { $_ => 1 } split / /, $found;
	is(join(' ', sort keys %sources), 'vxlan-3000@10.9.0.5', '... under the name of its source');
}

my %before = map { $_->{name} => [files($_)] } $sink, $host;
guests();
copy_in($_, '/root', $deb) for $sink, $host;
my $begin = time;
worked($sink, 'apt-get install -y --no-install-recommends /root/vtap_*.deb', 'the package on the collector');
my $said = worked($sink, 'vtap-setup sink', 'vtap-setup sink');
my ($line) = $said =~ /^  sudo (vtap-setup tap --to \S+)$/m;
is($line, 'vtap-setup tap --to vxlan://10.9.0.9/3000', '... prints the line for the taps') or $line = 'vtap-setup tap --to vxlan://10.9.0.9/3000';
worked($host, 'apt-get install -y --no-install-recommends /root/vtap_*.deb', 'the package on the host');
like(worked($host, $line, $line), qr/^taking br0: a bridge with 2 guests: vnet1, vnet2$/m, '... takes the bridge of the guests');
mirrored('packets of guests are at the collector');
diag sprintf 'install to the first packet in a file: %.0f s', time - $begin;
$said = worked($host, 'ip netns exec g1 curl -s http://10.7.0.2/ >/dev/null; vtap-setup check', 'vtap-setup check on the host');
unlike($said, qr/^FAIL/m, '... fails in nothing');
like($said, qr/^ok    tap default: rights: the process has CAP_NET_RAW$/m, '... with the right to capture');
$said = worked($sink, 'vtap-setup check', 'vtap-setup check on the collector');
like($said, qr/^ok    sink default: port: UDP port 4789 is bound by vtap-decap \(\d+\)$/m, '... which receives');
worked($sink, 'vtap-setup sink', 'vtap-setup sink again');
like(worked($host, $line, "$line again"), qr/^vtap-tap\@default\.service runs$/m, '... and nothing begins anew');

ok(reboot($sink) && reboot($host), 'a reboot of both');
guests();
mirrored('packets of guests are at the collector, and nobody has done anything');

# The collector is out of reach when the host boots.
worked($host, 'mv /etc/systemd/network/10-host0.network /root/', 'a host without an address');
ok(reboot($host), '... boots');
guests();
ok(until_true(sub { inside($host, 'systemctl is-active vtap-tap@default') eq "active\n" }), '... its tap runs');
like(inside($host, 'vtap-setup check --quick'), qr{^FAIL  tap default: route: vxlan://10\.9\.0\.9/3000: }m, '... and has no route');
fetch() for 1 .. 10;
my $starts = inside($host, 'systemctl show -p MainPID --value vtap-tap@default');
worked($host, 'ip link set host0 up; ip addr add 10.9.0.5/24 dev host0', 'the address comes');
mirrored('packets are at the collector without help');
is(inside($host, 'systemctl show -p MainPID --value vtap-tap@default'), $starts, '... from the same process');

worked($host, 'vtap-setup remove', 'vtap-setup remove on the host');
worked($sink, 'vtap-setup remove', '... and on the collector');
is(inside($host, 'systemctl is-enabled vtap-tap@default; systemctl is-active vtap-tap@default; ls /etc/vtap') =~ s/ls:.*\n//r, "disabled\ninactive\n", '... no unit, no file');
ok(has_page(), '... captures stay');

# The package goes, too, and so does what vtap-setup made before; only the name of a file of the network has changed, above.
worked($host, 'mv /root/10-host0.network /etc/systemd/network/');
for my $machine ($sink, $host) {
	worked($machine, ($machine == $sink ? 'vtap-setup sink' : $line) . ' && apt-get purge -y vtap && rm -rf /var/spool/vtap', "$machine->{name}: set up again, and purged");
	is(changed($before{$machine->{name}}, [files($machine)]), '', '... nothing is left over');
}
halt($_) for $host, $sink;
done_testing();
