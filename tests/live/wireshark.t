#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Wireshark itself, on a screen that nobody sees: packets of three taps that begin one after the other, the name of each in
# the column of the profile, and a stop that leaves nothing. SCREENSHOT=FILE keeps what is seen (make screenshot). And the
# interface of Wireshark's that runs the tools on a sink that is far away.
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use lib 'tests/lib';
use Extcap qw(enter_wireshark real add_profile $tshark datagram mirror left bound launch ends said_by);
use Capture qw(slurp spew);
use Lab qw(sh);
use Required qw(lacks);
use Wait qw(until_true);

for my $needed (qw(wireshark Xvfb xdotool xclip import sshd ssh-keygen)) {
	lacks("needs $needed: tests/deps desk") if !grep { -x "$_/$needed" } split(/:/, $ENV{PATH}), '/usr/sbin';
}
my $shot = $ENV{SCREENSHOT} || ($ENV{BUILD} || 'build') . '/tests/wireshark.png';
my $dir = enter_wireshark();
add_profile();
my $packets = 3; # of each tap: all of them are in view

# A screen of its own: Xvfb chooses a number that is free, and says it when it is ready.
my $log = "$dir/screen";
sh('mkdir -p /tmp/.X11-unix && mount -t tmpfs -o mode=1777 none /tmp/.X11-unix'); # of another run's screen
my $screen = launch('xvfb', 'sh', '-c', "exec Xvfb -displayfd 3 -screen 0 1100x560x24 -nolisten tcp 3>$log");
ok(until_true(sub { (slurp($log) // '') =~ /^\d+\n/ }), 'a screen') or BAIL_OUT(said_by('xvfb'));
chomp($ENV{DISPLAY} = ':' . slurp($log));
$ENV{TMPDIR} = $dir; # for the capture
mkdir "$dir/runtime", 0700;
$ENV{XDG_RUNTIME_DIR} = "$dir/runtime";

my $title = 'Capturing from Mirrored traffic on UDP ports: vtap';
my $wireshark = launch('wireshark', 'wireshark', '-C', 'vtap', '-k', '-i', 'vtap', '-o', 'privs.warn_if_elevated:FALSE');
my $window;
sub window { return ($window) = `xdotool search --onlyvisible --name '^\Q$title\E\$' 2>/dev/null` =~ /^(\d+)$/m }
ok(until_true(sub { window() && bound() eq '4789 6081' }, 120), "wireshark -k -i vtap: $title") or diag said_by('wireshark');
system("xdotool windowmove $window 0 0 windowsize --sync $window 1100 560 windowfocus $window >/dev/null 2>&1");

# The last line of the list, as Wireshark copies it: the number of the packet, its time, its tap and so on.
# Two clicks on one place would open a window.
my $clicks = 0;
sub last_line {
	my $x = 200 + 80 * ($clicks++ % 8);
	system("xdotool mousemove $x 124 click 1 key --clearmodifiers ctrl+End key --clearmodifiers ctrl+c >/dev/null 2>&1");
	return `timeout 5 xclip -o -selection clipboard 2>/dev/null`;
}
for my $n (1 .. 3) {
	my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => "127.0.0.$n", PeerAddr => '127.0.0.1', PeerPort => 4789) or die;
	$socket->send(datagram($_, $n == 2 ? 60 : undef)) for 1 .. $packets;
	my ($count, $line) = ($n * $packets);
	ok(until_true(sub { ($line = last_line()) =~ /^$count\t\S+\tvxlan-3000\@127\.0\.0\.$n\t10\.0\.0\.1\t10\.0\.0\.2\tUDP\t106\t/ }, 120), "tap $n begins: Wireshark has $count packets, and the name of this one in its column") or diag $line;
}
is(system("import -window root '$dir/shot.png' && cp '$dir/shot.png' '$shot'"), 0, "a screenshot: $shot");

system('xdotool key --clearmodifiers ctrl+e');
ok(until_true(sub { left() eq 'wireshark' && bound() eq '' }), 'Stop means stop: only Wireshark is left') or diag left() . ' ' . bound();
like(`xdotool getwindowname $window`, qr/^\*?Mirrored traffic on UDP ports: vtap$/, '... which has the capture');
my ($file) = glob "$dir/wireshark_*.pcapng";
my %of;
$of{$_}++ for map { chomp; $_ } `$tshark -r '$file' -T fields -e frame.interface_name 2>/dev/null`;
is_deeply(\%of, { map { ("vxlan-3000\@127.0.0.$_" => $packets) } 1 .. 3 }, '... with all packets of the three');

# It begins again, and is killed.
system('xdotool key --clearmodifiers ctrl+e');
ok(until_true(sub {
	# It asks what to do with the first capture: continue without saving it.
	system('xdotool key --clearmodifiers alt+w') if bound() eq '';
	bound() eq '4789 6081';
}), 'Start begins another capture') or diag left();
kill 'KILL', $wireshark;
is(ends($wireshark), 137, 'Wireshark is killed');
ok(until_true(sub { left() eq '' && bound() eq '' }), '... and nothing stays') or diag left();
kill 'TERM', $screen;
ends($screen);

# A sink that is far away: sshdump, with the chain as its command.
{
	mkdir '/run/sshd', 0755;
	my $key = "$dir/key";
	system('ssh-keygen', '-q', '-t', 'ecdsa', '-b', '256', '-m', 'PEM', '-N', '', '-f', $key) == 0 or die;
	system('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', "$dir/host") == 0 or die;
	spew("$dir/sshd_config", "Port 2222\nListenAddress 127.0.0.1\nHostKey $dir/host\nAuthorizedKeysFile $key.pub\nPermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\nPidFile none\n");
	my $sshd = launch('sshd', real('sshd') // '/usr/sbin/sshd', '-D', '-e', '-f', "$dir/sshd_config");
	ok(until_true(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 2222) }), 'a sink with sshd') or diag said_by('sshd');
	my $command = "$dir/extcap/vtap-decap -q -l vxlan://:4789 | $dir/extcap/vtap-fixlen -q";
	my %set = (remotehost => '127.0.0.1', remoteport => 2222, remoteusername => 'root', sshkey => $key, remotecapturecommandselect => 'other', remotecapturecommand => $command);
	my $pid = launch('tshark', $tshark, '-i', 'sshdump', (map { ('-o', "extcap.sshdump.$_:$set{$_}") } sort keys %set), qw(-l -n -T fields -e frame.interface_name -e frame.len));
	ok(until_true(sub { bound() eq '4789' }), 'sshdump runs the chain there') or diag said_by('tshark') . said_by('sshd');
	ok(mirror(2, 4789, sub { (slurp("$dir/tshark.out") // '') =~ /^vxlan-3000\@127\.0\.0\.2\t106$/m }, 60), '... and its packets come, with name and length') or diag slurp("$dir/tshark.out") . said_by('tshark');
	kill 'INT', $pid;
	ends($pid);
	ok(until_true(sub { left() eq '' && bound() eq '' }), '... until it is stopped: nothing stays there') or diag left();
	kill 'TERM', $sshd;
	ends($sshd);
}

done_testing;
