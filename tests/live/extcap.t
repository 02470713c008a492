#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap among Wireshark's interfaces: what it answers, what tshark then captures by it, and what it says if it cannot.
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use lib 'tests/lib';
use Extcap qw(enter_wireshark $extcap $tshark mirror left bound launch ends said_by);
use Capture qw(slurp);
use Wait qw(until_true);

my $manual = slurp('man/vtap-extcap.1');
my $dir = enter_wireshark();

# Status, standard output and standard error of a question.
sub ask {
	my $pid = launch('ask', @_);
	return (ends($pid), slurp("$dir/ask.out"), said_by('ask'));
}

# What Wireshark asks.
{
	my $interfaces = "interface {value=vtap}{display=Mirrored traffic on UDP ports}\n";
	my ($status, $out, $err) = ask($extcap, '--extcap-interfaces', '--extcap-version=4.0');
	my $all = $interfaces . "interface {value=vtap-if}{display=Mirrored traffic on an interface}\n";
	like($out, qr/^extcap \{version=[\d.]+\}\{display=vtap\}\n\Q$all\E\z/, 'two interfaces');
	is("$status$err", 0, '... without a word');

	for my $interface (qw(vtap vtap-if)) {
		for my $form (["--extcap-interface=$interface"], ['--extcap-interface', $interface]) {
			($status, $out, $err) = ask($extcap, @$form, '--extcap-dlts');
			is($status . $out . $err, "0dlt {number=1}{name=$interface}{display=Ethernet}\n", "@$form --extcap-dlts");
		}
	}
	($status, $out, $err) = ask($extcap, '--extcap-config', '--extcap-interface', 'vtap');
	is("$status$err", 0, 'vtap has options');
	is(join(' ', $out =~ /\{call=--([\w-]+)\}/g), 'listen id no-fixlen', '... these');
	like($out, qr/\{call=--listen\}.*\{default=vxlan:\/\/:4789 geneve:\/\/:6081\}/, '... and listens to VXLAN and GENEVE');

	($status, $out, $err) = ask($extcap, '--extcap-config', '--extcap-interface', 'vtap-if');
	is("$status$err", 0, 'vtap-if has options');
	is(join(' ', $out =~ /\{call=--([\w-]+)\}/g), 'interface keep id no-fixlen', '... these');
	my @listed = map { [/^(\S+)/, $_] } split /\n/, `$dir/extcap/vtap-decap -D`;
	my $values = join '', map { "value {arg=0}{value=$_->[0]}{display=$_->[1]}\n" } @listed;
	like($out, qr/\n\Q$values\E\z/, '... and a selector with what vtap-decap -D lists');
	system('ip link add late type veth peer name other && ip link set late up && ip link set other up') == 0 or die;
	ok(until_true(sub { `ip -o link show late` =~ /state UP/ }), 'an interface comes');
	(undef, $out) = ask($extcap, '--extcap-config', '--extcap-interface', 'vtap-if', '--extcap-reload-option', 'interface');
	like($out, qr/^(?:value \{arg=0\}.*\n)+\z/, '... which is read again: only values');
	like($out, qr/^value \{arg=0\}\{value=late\}\{display=late \[up\].*\}/m, '... with an interface that has come');
	is(scalar(() = $out =~ /^value \{arg=0\}\{value=(?:late|other)\}.*\{default=true\}$/mg), 1, '... and one that reaches others is the default');

	my $word = "Capture filters do not look into tunnels, so vtap takes none: use a display filter\n";
	($status, $out, $err) = ask($extcap, '--extcap-interface', 'vtap', '--extcap-capture-filter', 'tcp port 80');
	is("$status|$out|$err", "0|$word|", 'a capture filter that is looked at is wrong');
	($status, $out, $err) = ask($extcap, '--extcap-interface', 'vtap', '--extcap-capture-filter', '');
	isnt($status, 0, '... an empty one is none') or diag "$out$err";

	for (['--extcap-dlts', 'expected --extcap-interface vtap or vtap-if'], ['--extcap-config --extcap-interface eth0', "there is no interface 'eth0': vtap and vtap-if are"],
		['--extcap-interface vtap --capture', '--capture needs --fifo'], ['--nothing', '--nothing: unknown, or its value is missing or too much'], ['', 'nothing is to be done'],
		['--extcap-interface vtap --capture --fifo x --keep', '--keep is of vtap-if: vtap-decap -l drops what is in no tunnel'], ['--keep=perhaps', "--keep: expected true or false, not 'perhaps'"], ['word', 'word: unexpected']) {
		($status, $out, $err) = ask($extcap, split / /, $_->[0]);
		is("$status|$out|$err", "2||vtap-extcap: $_->[1] (vtap-extcap --help tells more)\n", "refused: $_->[0]");
	}
	($status, $out) = ask($extcap, '--help');
	is_deeply([sort $out =~ /^  (--[a-z-]+)/mg], [sort map { s/\\//gr } map { /^\.It Fl (\S+)/ ? "-$1" : () } split /\n/, $manual], '--help and the manual page have the same options');
}

# The names of what Wireshark keeps.
my @preferences = `$tshark -G currentprefs 2>/dev/null` =~ /^#?(extcap\.vtap\S*):/mg;
is("@preferences", join(' ', (map { "extcap.vtap.$_" } qw(listen id nofixlen)), map { "extcap.vtap_if.$_" } qw(interface keep id nofixlen)), 'tshark -G currentprefs names them');
like($manual, qr/^\.(?:It )?Va \Q$_\E$/m, "... and the manual page: $_") for @preferences;

# A capture by tshark: of what, its options, the port, and who mirrors. Returns what it printed.
my @fields = qw(-l -n -T fields -e frame.interface_name -e udp.dstport -e frame.len -e frame.cap_len);
sub lines { return split /\n/, slurp("$dir/tshark.out") // '' }
sub has { my ($pattern) = @_; return sub { grep { /$pattern/ } lines() } }

{
	my $pid = launch('tshark', $tshark, '-i', 'vtap', '-o', 'extcap.vtap.listen:vxlan://127.0.0.1:4790,geneve://127.0.0.1:6082', @fields);
	ok(until_true(sub { bound() eq '4790 6082' }), 'extcap.vtap.listen says where to listen') or diag bound() . said_by('tshark');
	for my $n (1 .. 3) {
		ok(mirror($n, 4790, has(qr/^vxlan-3000\@127\.0\.0\.$n\t2000\t/), $n == 2 ? 60 : undef), "tap $n begins, and its packets have its name") or diag slurp("$dir/tshark.out");
	}
	ok(!has(qr/\@127\.0\.0\.[13]\t(?!2000\t106\t106$)/)->(), '... whole ones');
	ok(!has(qr/\@127\.0\.0\.2\t(?!2000\t106\t60$)/)->() && has(qr/\@127\.0\.0\.2\t2000\t106\t60$/)->(), '... and those that a tap has cut have their length back');
	kill 'INT', $pid;
	ends($pid);
	ok(until_true(sub { left() eq '' }), '... and nothing stays') or diag left();
}
{
	my $pid = launch('tshark', $tshark, '-i', 'vtap', '-o', 'extcap.vtap.nofixlen:true', '-o', 'extcap.vtap.id:2999-3000', @fields);
	ok(until_true(sub { bound() eq '4789 6081' }), 'the default ports');
	ok(mirror(1, 4789, has(qr/^vxlan-3000\@127\.0\.0\.1\t2000\t60\t60$/), 60), 'extcap.vtap.nofixlen: lengths stay as they are') or diag slurp("$dir/tshark.out") . said_by('tshark');
	kill 'INT', $pid;
	ends($pid);
}
# What is no tunnel: the word of a capture in a fifo, and options in both forms.
sub captured {
	my ($port, $condition, @options) = @_;
	system("mkfifo $dir/fifo") if !-e "$dir/fifo";
	my $pid = launch('extcap', $extcap, '--capture', '--fifo', "$dir/fifo", @options);
	my $reader = launch('tshark', 'tshark', '-r', "$dir/fifo", @fields); # this one may be the quick one
	my $come = mirror(1, $port, $condition);
	kill 'TERM', $pid;
	is(ends($pid), 0, "@options") or diag said_by('extcap');
	ends($reader);
	return $come;
}
ok(captured(4789, has(qr/^vxlan-3000/), '--extcap-interface=vtap', '--listen=vxlan://:4789', '--id=3000', '--no-fixlen=false'), '... tunnels of the ID are taken off');
ok(captured(4789, has(qr/^vxlan-3000.*\t2000\t/), '--extcap-interface', 'vtap-if', '--interface', 'lo'), '... vtap-if takes them off what dumpcap captures');
ok(!has(qr/\t4789,2000\t/)->(), '... and drops the rest');
ok(captured(4789, has(qr/\t4789,2000\t/), '--extcap-interface=vtap-if', '--interface=lo', '--id', '5', '--keep', 'true'), '... unless told to keep it');

# vtap-if by its preference.
{
	my $pid = launch('tshark', $tshark, '-i', 'vtap-if', '-o', 'extcap.vtap_if.interface:lo', @fields);
	ok(until_true(sub { left() =~ /dumpcap dumpcap .*vtap-fixlen/ }), 'extcap.vtap_if.interface says where to capture') or diag left();
	ok(mirror(2, 4789, has(qr/^vxlan-3000\@127\.0\.0\.2\t2000\t/)), '... packets come') or diag slurp("$dir/tshark.out") . said_by('tshark');
	kill 'INT', $pid;
	ends($pid);
	ok(until_true(sub { left() eq '' }), '... and nothing stays') or diag left();
}

# What cannot be: the line of the tool comes to Wireshark, which waits for nothing, and nothing is bound.
# By vtap-extcap itself, or through tshark, whose start takes a second of processor time.
sub fails {
	my ($what, $pattern, $command) = @_;
	my $status = ends(launch('tshark', @$command));
	ok($status == 1 || "@$command" =~ /tshark/ && $status == 0, "$what: the capture ends") or diag $status;
	like(said_by('tshark'), $pattern, '... with the line of the tool');
	is(scalar(() = said_by('tshark') =~ /(?:vtap-(?:decap|fixlen|extcap)|dumpcap): |Capture filters/g), 1, '... and no other') or diag said_by('tshark');
	ok(until_true(sub { left() eq '' }), '... and nothing stays') or diag left();
}
sub by_tshark { return [$tshark, @_] }
sub by_itself {
	my ($interface, @options) = @_;
	return ['sh', '-c', 'cat "$1" >/dev/null & fifo=$1; shift; "$@"; status=$?; wait; exit $status', 'sh', "$dir/fifo", $extcap, '--capture', '--fifo', "$dir/fifo", '--extcap-interface', $interface, @options];
}
{
	my $taken = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '0.0.0.0', LocalPort => 6081) or die;
	fails('one port of two is in use', qr/vtap-decap: UDP port 6081 is in use/, by_tshark('-i', 'vtap'));
	is(bound(), '6081', '... and the other is not bound');
}
fails('a wrong address', qr/vtap-decap: .*nonsense:\/\/:1/, by_itself('vtap', '--listen', 'vxlan://:4789 nonsense://:1'));
fails('an ID that is none', qr/vtap-decap: .*--id/, by_itself('vtap', '--id=many'));
fails('an interface that is not there', qr/dumpcap: .*nowhere/s, by_itself('vtap-if', '--interface=nowhere'));
fails('no interface is chosen', qr/vtap-extcap: no interface is chosen: set "Capture from", or extcap\.vtap_if\.interface/, by_tshark('-i', 'vtap-if'));
fails('a capture filter', qr/Capture filters do not look into tunnels, so vtap takes none: use a display filter/, by_tshark('-i', 'vtap', '-f', 'udp'));

# Users without privileges. dumpcap is what the package of Wireshark makes of it: for the members of a group.
my ($user, $group) = (65534, 60011);
my @as = ('setpriv', "--reuid=$user", "--regid=$user", '--clear-groups', '--inh-caps=-all');
my @member = ('setpriv', "--reuid=$user", "--regid=$user", "--groups=$group", '--inh-caps=-all');
{
	chomp(my $dumpcap = `command -v dumpcap;`);
	mkdir "$dir/groups";
	system("cp $dumpcap $dir/groups/dumpcap && chown root:$group $dir/groups/dumpcap && chmod 0750 $dir/groups/dumpcap && setcap cap_net_raw,cap_net_admin+eip $dir/groups/dumpcap && mount --bind $dir/groups/dumpcap $dumpcap") == 0 or die;
	mkdir "$dir/home";
	chown $user, $user, "$dir/home";
	$ENV{HOME} = "$dir/home";
	chmod 0666, "$dir/fifo";
	fails('a port of the system for others than root', qr/vtap-decap: UDP port 500: the kernel reserves it/, [@member, @{ by_itself('vtap', '--listen=vxlan://:500') }]);
	my (undef, $out) = ask(@as, $extcap, '--extcap-interfaces');
	is(join(' ', $out =~ /value=(\S+?)\}/g), 'vtap', 'who may not run dumpcap has vtap alone');
	(undef, $out) = ask(@member, $extcap, '--extcap-interfaces');
	is(join(' ', $out =~ /value=(\S+?)\}/g), 'vtap vtap-if', '... a member of the group has both');

	my $pid = launch('tshark', @member, $tshark, '-i', 'vtap', @fields);
	ok(until_true(sub { bound() eq '4789 6081' }), 'a user without privileges: vtap') or diag said_by('tshark');
	ok(mirror(1, 4789, has(qr/^vxlan-3000\@127\.0\.0\.1\t2000\t/)), '... has packets');
	kill 'INT', $pid;
	ends($pid);
	ok(until_true(sub { left() eq '' }), '... and nothing stays') or diag left();

	$pid = launch('tshark', @member, $tshark, '-i', 'vtap-if', '-o', 'extcap.vtap_if.interface:lo', @fields);
	ok(until_true(sub { left() =~ /dumpcap dumpcap .*vtap-fixlen/ }), 'a user in the group of Wireshark: vtap-if') or diag left() . said_by('tshark');
	ok(mirror(3, 4789, has(qr/^vxlan-3000\@127\.0\.0\.3\t2000\t/)), '... has packets') or diag slurp("$dir/tshark.out") . said_by('tshark');
	kill 'INT', $pid;
	ends($pid);
	# dumpcap has capabilities of its file, and gets no signal for the death of its parent.
	ok(until_true(sub { left() eq '' }), '... and nothing stays') or diag left();
}

done_testing;
