# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-extcap where Wireshark finds it, in namespaces of the test's own: the folder of extcap programs is covered there.
package Extcap;
use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use POSIX ();
use Capture;
use Lab qw($dir enter sh);
use Required qw(lacks);
use Run qw(fork_usual);
use Wait qw(until_true);

our @EXPORT_OK = qw(enter_wireshark real add_profile $extcap $tshark datagram mirror left bound launch ends said_by);

our ($extcap, $tshark);
my $build = $ENV{BUILD} || 'build';

# The program itself: the tshark that `make check` puts first takes no extcap program.
sub real {
	my ($name) = @_;
	my ($path) = grep { -x } map { "$_/$name" } grep { !m{tests/tshark} } split /:/, $ENV{PATH};
	return $path;
}

# Begins the test again where nothing is shared, with vtap among Wireshark's interfaces.
sub enter_wireshark {
	enter();
	$tshark = real('tshark') or lacks('needs tshark');
	# Tools of a working tree may stand where another user does not get.
	$extcap = "$dir/extcap/vtap";
	mkdir "$dir/extcap";
	system('cp', "$build/vtap-$_", "$dir/extcap/" . ($_ eq 'extcap' ? 'vtap' : "vtap-$_")) == 0 or die for qw(extcap decap fixlen);
	my $programs = wireshark_folder();
	mkdir "$dir/programs";
	# It finds the tools beside itself, where the link leads; Wireshark would take them for interfaces.
	sh("cp $programs/sshdump $dir/programs/") if -x "$programs/sshdump";
	sh("ln -s $extcap $dir/programs/vtap && mount --bind $dir/programs $programs");
	sh('ip link set lo up');
	$ENV{HOME} = $dir;
	delete @ENV{qw(XDG_CONFIG_HOME BUILD)};
	return $dir;
}

sub wireshark_folder {
	my ($folder) = `$tshark -G folders 2>/dev/null` =~ /^Extcap path:\s*(\S+)$/m;
	return $folder // lacks('needs a Wireshark with extcap');
}

# Puts the profile where Wireshark has those of all users.
sub add_profile {
	my ($folder) = `$tshark -G folders 2>/dev/null` =~ /^Global configuration:\s*(\S+)$/m;
	sh("mkdir $dir/profiles && cp -r wireshark/profile $dir/profiles/vtap && mount --bind $dir/profiles $folder/profiles");
}

# A VXLAN datagram that carries a UDP packet of its own, of which the tap kept `bytes` bytes (all).
sub datagram {
	my ($number, $bytes) = @_;
	my $payload = pack('N', $number) . 'x' x 60;
	my $frame = pack 'H24 n C2 n n n C2 n a4 a4 n4 a*', '020000000002020000000001', 0x800, 0x45, 0, 28 + length $payload, $number & 0xffff, 0, 64, 17, 0,
		pack('C4', 10, 0, 0, 1), pack('C4', 10, 0, 0, 2), 1000, 2000, 8 + length $payload, 0, $payload;
	return pack('N N', 0x08000000, 3000 << 8) . substr $frame, 0, $bytes // length $frame;
}

# Sends a datagram from 127.0.0.N until the condition is true; false if it does not become so.
sub mirror {
	my ($n, $port, $condition, $bytes) = @_;
	my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => "127.0.0.$n", PeerAddr => '127.0.0.1', PeerPort => $port) or die "socket: $@";
	my $number = 0;
	return until_true(sub { $socket->send(datagram(++$number, $bytes)); $condition->() });
}

# The processes of a capture that are there: nobody else has any in this namespace.
sub left {
	my @names;
	for my $proc (glob '/proc/[0-9]*') {
		my $name = Capture::slurp("$proc/comm") // next;
		my $state = (Capture::slurp("$proc/stat") // '') =~ /\) (\w)/ ? $1 : 'Z';
		push @names, $name =~ s/\n//r if $name =~ /^(?:vtap|dumpcap|tshark|wireshark)/ && $state ne 'Z';
	}
	return join ' ', sort @names;
}

# The UDP ports that are bound.
sub bound { return join ' ', sort { $a <=> $b } keys %{ { map { (hex($_) => 1) } map { /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /mg } map { Capture::slurp("/proc/net/$_") // '' } qw(udp udp6) } } }

# Starts a command whose output goes to NAME.out and NAME.err.
sub launch {
	my ($name, @command) = @_;
	unlink "$dir/$name.out", "$dir/$name.err"; # of an earlier one of that name
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$dir/$name.out";
		open STDERR, '>', "$dir/$name.err";
		exec @command or POSIX::_exit(127);
	}
	return $pid;
}

# The status as soon as it has ended; -1, and it is killed, if it does not.
sub ends {
	my ($pid, $seconds) = @_;
	my $status = -1;
	until_true(sub { $status = $? if waitpid($pid, POSIX::WNOHANG()) == $pid; $status >= 0 }, $seconds);
	return $status & 127 ? 128 + ($status & 127) : $status >> 8 if $status >= 0;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return -1;
}

sub said_by { return Capture::slurp("$dir/$_[0].err") // '' }

1;
