#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup tap, sink and remove: what they say, write and start, what they leave alone, and packets that pass then. The
# units are tried with systemd by tests/package/setup.t, vtap-setup check by tests/live/setup_check.t.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Lab qw($dir enter hosts cable bridge on sh able start stop said until_true speak fields);
use Setup qw(settle setup between calls fake unfake inside read_file);

my $build = $ENV{BUILD} || 'build';
enter();
hosts(qw(host sink guest));
cable(['host', 'eth0', '10.0.2.5/24'], ['sink', 'eth0', '10.0.2.9/24']);
cable(['host', 'port'], ['guest', 'eth0', '10.7.0.2/24']);
settle(qw(host sink));

my $nothing = read_file('host', '/etc/vtap');
my @to = ('--to', 'vxlan://10.0.2.9/3000');
my $default = '/etc/vtap/tap/default.conf';

sub options { return join '', map { "$_\n" } grep { !/^#/ } split /\n/, read_file($_[0], $_[1]) // 'none' }

# Exit status and errors of a run that does nothing.
sub plain {
	my @words = map { s{'}{'\\''}gr } @_;
	my $said = qx($build/vtap-setup @{[map { "'$_'" } @words]} 2>&1);
	return ($? >> 8, $said);
}

# What is refused, with nothing done.
for (['', 'expected a command: tap, sink, check or remove'],
	['tap', 'tap needs --to: vxlan://HOST/VNI'],
	['mirror', 'unknown command mirror: there are tap, sink, check and remove'],
	['tap --to', '--to: expected a value'],
	['tap --to=', '--to: expected a value'],
	["tap --to a\nb", '--to: expected a value'],
	['sink -i eth0', 'sink takes no -i'],
	['tap --quick', 'tap takes no --quick'],
	['check -n', 'check takes no -n'],
	['tap --to a --name ../x', '--name: expected letters, digits, _, . and -, not ../x'],
	['tap --to a --frob', 'unknown option --frob'],
	['tap x', 'unexpected word x'],
	['tap --to a --deb none.deb', '--deb: none.deb: there is no such file'],
	['tap --to a --deb tests/lib/Lab.pm', '--deb is for --on; on this host: sudo apt install ./FILE'],
	['check --on -oProxyCommand=x', '--on: -oProxyCommand=x is no USER@HOST'],
	['check --on ,', '--on: expected USER@HOST,...']) {
	my ($words, $said) = @$_;
	is_deeply([plain(split / /, $words)], [2, "vtap-setup: $said\nvtap-setup: try vtap-setup --help\n"], "refused: $words");
}
my ($status, $out, $err) = setup('host', qw(tap -i eth0 --to vxlan:/x));
is($status, 1, 'a target that vtap-tap refuses') or diag($out);
like($err, qr/^vtap-setup: nothing was done: vtap-tap: .*vxlan:\/x/, '... in the words of vtap-tap');
is(calls('host'), '', '... and nothing was done');
($status, $out, $err) = setup('host', 'tap', @to);
is("$status$err", "1vtap-setup: no bridge has guests, and there is no default route: name an interface (-i)\n", 'nothing to mirror');
like(join('', setup('host', '--version')), qr/^0vtap-setup \d+\.\d+/, 'a version');
fake('id', 'echo 1000');
is_deeply([setup('host', 'tap', @to)], [1, '', "vtap-setup: tap needs root: sudo vtap-setup tap ... (or -n, which only says)\n"], 'it needs root');
unfake('id');
spew("$dir/host/units/none", '');
is((setup('host', 'tap', @to))[2], "vtap-setup: there is no unit vtap-tap\@default.service: install the package vtap, or make install\n", 'no units');
unlink "$dir/host/units/none";
ok(!-e "$dir/host/etc/vtap", 'no file was made by any of that');

# Which interface. What is a guest's: a tap, an end of a veth pair whatever its name; not a card, a VLAN or a dummy.
sub chosen { my ($status, $out) = setup('host', 'tap', '-n', @to); return join "\n", $out =~ /^taking (.*)$/mg }
on('host', 'ip route add default via 10.0.2.9');
is(chosen(), 'eth0: no bridge has guests, and it is the interface of the default route', 'the default route');
bridge('host', 'br1');
able("ip -n host link add $_") for 'dummy1 master br1 type dummy', 'link eth0 name eth0.7 master br1 type vlan id 7';
is(chosen(), 'eth0: no bridge has guests, and it is the interface of the default route', '... a bridge of others is none of guests');
on('host', 'ip link set port master br1');
is(chosen(), 'br1: a bridge with 1 guest: port', 'a bridge with an end of a veth pair');
SKIP: {
	skip 'no tun devices', 1 if !able('ip -n host tuntap add mode tap name mytap');
	on('host', 'ip link set mytap master br1');
	is(chosen(), 'br1: a bridge with 2 guests: mytap, port', '... with a tap of any name');
	on('host', 'ip link del mytap');
}
on('host', 'ip link add br0 type bridge', 'ip link set port master br0', 'ip link add vnet3 master br1 type veth peer name peer');
is(chosen(), "br0: a bridge with 1 guest: port\nbr1: a bridge with 1 guest: vnet3", 'two bridges');
on('host', 'ip link del br1', 'ip link del vnet3');
on('host', 'ip route del default', 'ip -6 route add default dev eth0');
on('host', 'ip link set port nomaster');
is(chosen(), 'eth0: no bridge has guests, and it is the interface of the default route', 'the default route of IPv6');
on('host', 'ip link set port master br0', 'ip link set br0 up', 'ip addr add 10.7.0.1/24 dev br0');

# -n says everything and does nothing.
($status, my $would) = setup('host', 'tap', '-n', @to);
is($status, 0, '-n');
ok(!-e "$dir/host/etc/vtap", '... no file');
is(calls('host'), '', '... no call');
($status, my $would_sink) = setup('sink', 'sink', '-n');
ok(!-e "$dir/sink/etc/vtap" && !-e "$dir/sink/etc/sysctl.d/vtap.conf", '... no file of a collector');

# A collector, made by a root whose own files nobody else may read.
my $umask = umask 077;
($status, $out, $err) = setup('sink', 'sink');
umask $umask;
is("$status$err", '0', 'a collector') or diag($out);
is($would_sink, ($out =~ s/^[^\n]* writes a file per source[^\n]*\n\z//mr) . "nothing was done: -n\n", '... says what -n said, which claims nothing');
is(calls('sink'), join('', map { "$_\n" } 'systemd-sysusers vtap.conf', 'systemd-tmpfiles --create vtap.conf', 'enable vtap-sink@default.service', 'start vtap-sink@default.service'), '... user, folders, unit');
is(options('sink', '/etc/vtap/sink/default/decap.conf'), "listen = vxlan://:4789\n", '... what vtap-decap is told');
is(options('sink', '/etc/vtap/sink/default/fixlen.conf'), '', '... vtap-fixlen');
is(options('sink', '/etc/vtap/sink/default/split.conf'), "by = source\nwrite = /var/spool/vtap/default/{source}/{start}.pcapng\nfile-time = 60\n", '... vtap-split');
is(options('sink', '/etc/sysctl.d/vtap.conf') . slurp("$dir/sink/rmem"), "net.core.rmem_max = 33554432\n33554432\n", '... the receive buffer, now and at boot');
like($out, qr{^on each host that is tapped:\n  sudo vtap-setup tap --to vxlan://10\.0\.2\.9/3000$}m, '... the line for the taps');
is(join('', map { sprintf '%o ', (stat "$dir/sink/etc/vtap/sink/default/$_.conf")[2] & 0777 } qw(decap fixlen split)), '644 644 644 ', '... files that the user vtap can read');
is(join('', map { sprintf '%o ', (stat "$dir/sink/etc/vtap$_")[2] & 0777 } '', qw(/sink /sink/default)), '755 755 755 ', '... in folders that it can enter');
($status, $out) = setup('sink', 'sink');
is(calls('sink'), '', 'twice: nothing is done');
unlike($out, qr/^(?:writing|keeping|enabling|starting|restarting|setting)/m, '... nothing is said to be done');
ok(!-e "$dir/sink/etc/vtap/sink/default/decap.conf.old", '... nothing is kept');

# A tap, and packets.
($status, $out, $err) = setup('host', 'tap', @to);
is("$status$err", '0', 'a tap') or diag($out);
is($would, ($out =~ s/^[^\n]* mirrors [^\n]*\n\z//mr) . "nothing was done: -n\n", '... says what -n said, which claims nothing');
is(options('host', $default), "interface = br0\nto = vxlan://10.0.2.9/3000\nname = default\n", '... its file');
is(calls('host'), join('', map { "$_\n" } 'systemd-sysusers vtap.conf', 'systemd-tmpfiles --create vtap.conf', 'enable vtap-tap@default.service', 'start vtap-tap@default.service'), '... its unit');
like($out, qr{^  interface: br0: up, MTU 1500$}m, '... what vtap-tap --check finds');
like($out, qr{needs 1550, the path takes 1500: .*\n(?:  .*\n)*  remedy: an MTU of 1600 on the whole way to the collector, or the line "oversize = fragment" in \Q$default\E$}m, '... and the remedy');
sub written { my @files = glob "$dir/sink/spool/vtap/default/*/*"; return @files }
ok(until_true(sub { speak('guest', '10.7.0.1', 1, 3); written() }), 'packets arrive');
is(join(' ', map { m{/([^/]*)/[^/]*$} } written()), 'vxlan-3000@10.0.2.5', '... under the name of their source');
($status, $out) = setup('host', 'tap', @to);
is(calls('host'), '', 'twice: nothing is done');
unlike($out, qr/^(?:writing|keeping|enabling|starting|restarting)/m, '... nothing is said to be done');

# The remedy stays, however often the same is asked for.
spew("$dir/host/etc/vtap/tap/default.conf", read_file('host', $default) . "oversize = fragment   # by hand\n");
($status, $out) = setup('host', 'tap', @to);
like($out, qr/^\Q$default\E is as it should be$/m, 'an option that somebody has added stays');
like(options('host', $default), qr/^oversize = fragment/m, '... in the file');

# Another --to.
($status, $out) = setup('host', 'tap', '--to', 'vxlan://10.0.2.9:4790/3001', '--to', 'vxlan://10.0.2.9/7', '-i', 'br0', '-i', 'eth0', '-s', 256);
is($status, 0, 'another target');
like($out, qr/^keeping the old \Q$default\E as \Q$default\E\.old$/m, '... says what becomes of the old file');
like(options('host', "$default.old"), qr{^to = vxlan://10\.0\.2\.9/3000\n.*^oversize}ms, '... which is there');
is(options('host', $default), "interface = br0\ninterface = eth0\nto = vxlan://10.0.2.9:4790/3001\nto = vxlan://10.0.2.9/7\nsnaplen = 256\nname = default\n", '... the new one');
is(calls('host'), "restart vtap-tap\@default.service\n", '... and the tap begins anew');

# A second one beside it, of another name; a name that begins alike.
($status) = setup('host', 'tap', @to, qw(--name def -i eth0));
is(options('host', '/etc/vtap/tap/def.conf'), "interface = eth0\nto = vxlan://10.0.2.9/3000\nname = def\n", 'a second tap has a file of its own');
is(calls('host'), join('', map { "$_ vtap-tap\@def.service\n" } qw(enable start)), '... and a unit');
($status, $out) = setup('host', qw(remove --name def));
is(calls('host'), join('', map { "$_ vtap-tap\@def.service\n" } qw(disable stop)), 'it is removed alone');
ok(-e "$dir/host/etc/vtap/tap/default.conf" && !-e "$dir/host/etc/vtap/tap/def.conf", '... with its file');
ok(!-e "$dir/host/run/vtap/tap-def.prom" && -e "$dir/host/run/vtap/tap-default.prom", '... and its figures');

# Several ports, another port; a value of the kernel's that is larger stays.
spew("$dir/sink/rmem", "67108864\n");
($status, $out) = setup('sink', 'sink', '--name', 'two', '-l', 'vxlan://:4799', '--listen=geneve://:6081');
is($status, 0, 'a collector of two ports');
is(options('sink', '/etc/vtap/sink/two/decap.conf'), "listen = vxlan://:4799\nlisten = geneve://:6081\n", '... its file');
like($out, qr{^  sudo vtap-setup tap --to vxlan://10\.0\.2\.9:4799/3000\n  sudo vtap-setup tap --to geneve://10\.0\.2\.9/3000$}m, '... the lines for the taps');
is(slurp("$dir/sink/rmem"), "67108864\n", '... a larger buffer stays');
like(options('sink', '/etc/vtap/sink/two/split.conf'), qr{^write = /var/spool/vtap/two/\{source\}}m, '... with a folder of its own');

# An address of its own is what the taps are told, and an address of IPv6 is no port.
sub told { my (undef, $out) = setup('sink', 'sink', '-n', '-l', $_[0]); return join ' ', $out =~ /--to (\S+)/ }
is(told('vxlan://10.0.2.9'), 'vxlan://10.0.2.9/3000', 'the address of --listen');
is(told('vxlan://[fd00::4799]'), 'vxlan://[fd00::4799]/3000', '... of IPv6');
is(told('vxlan://[fd00::9]:4799'), 'vxlan://[fd00::9]:4799/3000', '... with a port');
is(told($_), 'vxlan://10.0.2.9:4799/3000', "... $_ is any") for 'vxlan://[::]:4799', 'vxlan://0.0.0.0:4799';

# A collector that cannot go on, for its port is taken.
{
	my $thief = start('sink', 'thief', ['perl', '-MIO::Socket::IP', '-e', '$s = IO::Socket::IP->new(Proto => "udp", LocalHost => "0.0.0.0", LocalPort => 4801) or die; print STDERR "bound\n"; sleep 1000']);
	until_true(sub { said($thief) =~ /bound/ });
	between('sink', 'while systemctl -q is-active vtap-sink@taken.service >/dev/null; do perl -e "select undef, undef, undef, 0.05"; done');
	is_deeply([(setup('sink', qw(sink --name taken -l vxlan://:4801)))[0, 2]], [1, "vtap-setup: vtap-sink\@taken.service does not go on running: what it said last: systemctl status vtap-sink\@taken.service, journalctl -u vtap-sink\@taken.service\n"], 'a port that is taken');
	between('sink', '');
	stop($thief, 'KILL');
	setup('sink', qw(remove --name taken));
}

# The firewall that runs is asked, and none is changed.
sub rules_told { my (undef, $out) = setup('sink', 'sink', '-n'); return join '; ', $out =~ /^(?:nftables|firewalld|ufw) lets UDP .*$|^  (?:nft|firewall-cmd|ufw) .*$/mg }
sub nft { return sh("ip netns exec sink nft '$_[0]'") }
nft('add table inet mine; add chain inet mine in { type filter hook input priority 0; policy accept; }');
is(rules_told(), 'nftables lets UDP to port 4789 in', 'nftables that refuses nothing');
nft('add chain inet mine in { policy drop; }; add rule inet mine in tcp dport 4789 accept; add rule inet mine in udp dport 53 accept');
my $before = `ip netns exec sink nft list ruleset`;
my $missing = '  nft insert rule inet mine in udp dport 4789 accept    # and in /etc/nftables.conf';
is(rules_told(), $missing, '... one that drops');
is(`ip netns exec sink nft list ruleset`, $before, '... is left alone');
$missing =~ s/ *#.*//;
on('sink', $missing =~ s/^ *//r);
is(rules_told(), 'nftables lets UDP to port 4789 in', '... with the rule that was told');
nft('flush chain inet mine in; add rule inet mine in ip saddr 10.9.9.9 udp dport 4789 accept; add rule inet mine in meta l4proto tcp th dport 4789 accept; '
	. 'add chain inet mine out { type filter hook output priority 0; policy drop; }; add rule inet mine out udp dport 4789 accept');
like(rules_told(), qr/^\Q$missing\E/, '... which neither one sender, nor TCP, nor what goes out has');
nft('flush chain inet mine in; add rule inet mine in udp dport { 53, 4780-4790 } accept');
is(rules_told(), 'nftables lets UDP to port 4789 in', '... with a set and a range');
nft('flush chain inet mine in; add chain inet mine in { policy accept; }; add rule inet mine in tcp dport 22 accept; add rule inet mine in reject');
like(rules_told(), qr/^  nft insert rule inet mine in udp dport 4789 accept/, '... one that rejects what is left');
nft('flush ruleset');
is(rules_told(), '', 'no firewall: not a word');
fake('ufw', 'echo "ufw $*" >>"$UNITS/calls"; echo "Status: active"; cat "$HERE/ufw"');
spew("$dir/sink/ufw", "22/tcp                     ALLOW       Anywhere\n14789/udp    ALLOW    Anywhere\n");
is(rules_told(), '  ufw allow 4789/udp', 'ufw');
spew("$dir/sink/ufw", "4789/udp                     ALLOW       Anywhere\n");
is(rules_told(), 'ufw lets UDP to port 4789 in', '... that allows it');
unlike(calls('sink'), qr/^ufw (?!status)/m, '... is only asked');
fake('firewall-cmd', 'echo "firewall-cmd $*" >>"$UNITS/calls"; case $* in --state) ;; --query-port=4789/udp) [ -e "$HERE/open" ] ;; *) exit 9 ;; esac');
is(rules_told(), '  firewall-cmd --permanent --add-port=4789/udp && firewall-cmd --reload', 'firewalld');
spew("$dir/sink/open", '');
is(rules_told(), 'firewalld lets UDP to port 4789 in', '... that allows it');
unlike(calls('sink'), qr/^firewall-cmd --(?!state|query)/m, '... is only asked');
unfake($_) for qw(ufw firewall-cmd);

# remove: what was made, and nothing else.
spew("$dir/host/etc/vtap/tap/mine.conf", "interface = eth0\n");
my ($would_status, $would_remove) = setup('host', 'remove', '-n');
ok(-e "$dir/host/etc/vtap/tap/default.conf", 'remove -n removes nothing');
is(calls('host'), '', '... and asks for nothing');
($status, $out) = setup('host', 'remove');
is("$would_status$would_remove", "$status${out}nothing was done: -n\n", 'remove says what -n said');
is(calls('host'), join('', map { "$_ vtap-tap\@default.service\n" } qw(disable stop)), '... the unit');
is(join(' ', map { m{([^/]*)$} } glob "$dir/host/etc/vtap/tap/*"), 'mine.conf', '... and its files, but none that it did not make');
like($out, qr{^/etc/vtap/tap/mine\.conf was not made by this program: it stays}m, '... which it says');
($status, $out) = setup('sink', 'remove');
is($status, 0, 'a collector is removed');
ok(!-e "$dir/sink/etc/vtap" && !-e "$dir/sink/etc/sysctl.d/vtap.conf", '... with all of its files');
like($out, qr/^net\.core\.rmem_max stays as it is until the next boot$/m, '... but the buffer, until the next boot');
is(scalar(grep { /pcapng$/ } written()), scalar(written()), '... captures are complete');
cmp_ok(scalar(written()), '>', 0, '... and stay');
is((setup('sink', 'remove'))[1], "there is nothing to remove\n", '... once');
unlink "$dir/host/etc/vtap/tap/mine.conf";

# Without systemd running, as in a chroot: from the next boot on.
rmdir "$dir/host/run/systemd/system";
calls('host');
($status, $out) = setup('host', 'tap', @to);
is(calls('host'), "enable vtap-tap\@default.service\n", 'where systemd does not run the unit is enabled');
like($out, qr/^systemd does not run here: vtap-tap\@default.service starts with the next boot$/m, '... which it says');

done_testing();
END { sh("for pid in $dir/*/units/*.pid; do kill \$(cat \$pid) || :; done") if $dir }
