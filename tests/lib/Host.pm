# SPDX-License-Identifier: GPL-2.0-or-later
# A host with vtap-tap on it, between a guest whose interface it taps and a collector far away:
#   guest g0 192.168.50.2 | t0 192.168.50.1 host ul 10.50.0.1 | far 10.50.0.2 collector
# The host is this process' own network namespace, and all of it goes with the process.
package Host;
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);
use Test::More;
use lib 'tests/lib';
use Alone qw(alone);
use Capture qw(slurp spew packets);
use Run qw(fork_usual);
use Wait qw(until_true caught_up);

our @EXPORT_OK = qw($dir $bin enter sh there guest launch tap ready stop finish stats said until_true dump_on
	ended_dump count_of stream fields bytes_of counter have adds_up decap);
our $dir;
our $bin = $ENV{BUILD} || 'build';
my %running;

# Runs the test again in namespaces of its own.
sub enter {
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	$dir = alone();
	build_network();
	spew("$dir/stream.pl", join '', <DATA>);
}

sub build_network {
	# ip-netns keeps names in /run/netns: here nobody else sees them.
	sh('mount -t tmpfs none /run');
	# Its counters are those of the namespace that mounts it.
	sh('mount -t sysfs none /sys');
	sh('ip link set lo up');
	for my $way (['guest', 'g0', 't0', '192.168.50'], ['far', 'far', 'ul', '10.50.0']) {
		my ($space, $there, $here, $net) = @$way;
		sh("ip netns add $space");
		sh("ip link add $here type veth peer name $there netns $space");
		# Every frame that a counter sees is one that the test asked for.
		inside($space, "sysctl -qw net.ipv6.conf.$there.accept_dad=0 net.ipv6.conf.$there.router_solicitations=0");
		sh("sysctl -qw net.ipv6.conf.$here.accept_dad=0 net.ipv6.conf.$here.router_solicitations=0");
		inside($space, "ip link set lo up && ip addr add $net.2/24 dev $there");
		sh("ip addr add $net.1/24 dev $here");
		# Superframes would count as one packet, and unfinished checksums differ from the wire's.
		inside($space, "ethtool -K $there tx off tso off gso off gro off >/dev/null");
		sh("ethtool -K $here tx off tso off gso off gro off tx-udp-segmentation off >/dev/null");
	}
	inside('guest', 'sysctl -qw net.ipv6.conf.g0.disable_ipv6=1');
	sh('sysctl -qw net.ipv6.conf.t0.disable_ipv6=1');
	sh('ip addr add fd50::1/64 dev ul nodad');
	inside('far', 'ip addr add fd50::2/64 dev far nodad');
	for (['guest', 'g0', 't0'], ['far', 'far', 'ul']) {
		my ($space, $there, $here) = @$_;
		sh("ip link set $here up");
		inside($space, "ip link set $there up");
		until_true(sub { `ip -o link show $here` =~ /state UP/ });
	}
	neighbours();
}

sub mac_of {
	my ($space, $device) = @_;
	my $prefix = $space ? "ip netns exec $space" : '';
	return `$prefix cat /sys/class/net/$device/address` =~ s/\s+//r;
}

# Nobody has to ask for an address.
sub neighbours {
	my $far = mac_of('far', 'far');
	my $here = mac_of('', 't0');
	sh("ip neigh replace $_ lladdr $far dev ul nud permanent") for '10.50.0.2', 'fd50::2';
	my ($guest, $uplink) = (mac_of('guest', 'g0'), mac_of('', 'ul'));
	sh("ip neigh replace 192.168.50.2 lladdr $guest dev t0 nud permanent");
	inside('far', "ip neigh replace 10.50.0.1 lladdr $uplink dev far nud permanent");
	inside('guest', "ip neigh replace 192.168.50.1 lladdr $here dev g0 nud permanent");
}

sub sh {
	my ($command) = @_;
	system($command) == 0 or die "$command: $?";
}

sub inside {
	my ($space, $command) = @_;
	return sh("ip netns exec $space sh -c '$command'");
}

sub there { return inside('far', $_[0]) }
sub guest { return inside('guest', $_[0]) }

sub have {
	my ($program) = @_;
	return grep { -x "$_/$program" } split /:/, $ENV{PATH};
}

# Starts a command in a namespace ('': here); its output is in files of that name.
sub launch {
	my ($space, $name, @command) = @_;
	unshift @command, 'ip', 'netns', 'exec', $space if $space;
	unlink "$dir/$name.out", "$dir/$name.err";
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$dir/$name.out";
		open STDERR, '>', "$dir/$name.err";
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	$running{$pid} = 1;
	return $pid;
}

# True when a tool has opened everything, handles signals (SIGUSR1) and has given up its rights: the
# filter of system calls comes last.
sub has_begun {
	my ($pid) = @_;
	my $status = slurp("/proc/$pid/status") // '';
	my ($caught) = $status =~ /^SigCgt:\s*(\S+)/m;
	return hex(substr $caught // '0', -8) & 0x200 && $status =~ /^Seccomp:\s*2$/m;
}

sub ready {
	my ($pid) = @_;
	return until_true(sub { has_begun($pid) || (slurp("/proc/$pid/stat") // '') =~ /\) Z/ });
}

# Starts vtap-tap here as NAME: NAME.err is what it says, NAME.json its counters.
sub tap {
	my ($name, @arguments) = @_;
	unlink "$dir/$name.json";
	my $pid = launch('', $name, "$bin/vtap-tap", '--stats', "$dir/$name.json", @arguments);
	ready($pid) or diag "$name does not begin: ", said($name);
	return $pid;
}

sub said { return slurp("$dir/$_[0].err") // '' }
sub stats { return decode_json(slurp("$dir/$_[0].json") || '{}') }

# Waits for the end; the exit status, 256 and the signal, or -1 when it does not end.
sub finish {
	my ($pid) = @_;
	my $status = -1;
	delete $running{$pid};
	if (until_true(sub { waitpid($pid, WNOHANG) == $pid && (($status = $?), 1) })) {
		return $status & 127 ? 256 + ($status & 127) : $status >> 8;
	}
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return -1;
}

sub stop {
	my ($pid, $signal) = @_;
	kill $signal // 'INT', $pid;
	return finish($pid);
}

# tcpdump on a device of a namespace into NAME.pcap, from now on.
sub dump_on {
	my ($space, $device, $name, $filter) = @_;
	unlink "$dir/$name.pcap";
	my $pid = launch($space, $name, 'tcpdump', '-U', '--immediate-mode', '-B', '16384', '-Z', 'root', '-s', '0', '-i', $device,
		'-w', "$dir/$name.pcap", $filter // '');
	until_true(sub { said($name) =~ /listening/ }) or diag "tcpdump: ", said($name);
	return $pid;
}

sub count_of {
	my ($name) = @_;
	my $bytes = slurp("$dir/$name.pcap") // '';
	return length $bytes < 24 ? 0 : scalar Capture::packets("$dir/$name.pcap");
}

# Ends tcpdump when it has so many packets, and all that came with them; how many it has.
sub ended_dump {
	my ($pid, $name, $count) = @_;
	until_true(sub { count_of($name) >= $count });
	until_true(sub { caught_up($pid, "$dir/$name.err") }) or diag "tcpdump: ", said($name);
	stop($pid);
	return count_of($name);
}

# Digests of the bytes of each packet, in order.
sub bytes_of {
	my ($file) = @_;
	return map { (split / /)[-1] } packets($file);
}

# Fields of each packet of a capture, joined by spaces.
sub fields {
	my ($name, $options, @fields) = @_;
	my $which = join ' ', map { "-e $_" } @fields;
	return map { chomp; $_ } `tshark -r $dir/$name.pcap $options -T fields -E separator=' ' $which 2>/dev/null`;
}

# A counter of a device: 'rx_packets', 'tx_packets' ...
sub counter {
	my ($space, $device, $which) = @_;
	my $prefix = $space ? "ip netns exec $space" : '';
	return 0 + `$prefix cat /sys/class/net/$device/statistics/$which`;
}

# Numbered UDP datagrams of the guest to the host (stream.pl has the words); in the background: its pid.
sub stream {
	my ($background, @words) = @_;
	my $pid = launch('guest', 'stream', $^X, "$dir/stream.pl", @words);
	return $pid if $background;
	my $status = finish($pid);
	$status == 0 or diag 'stream: ', said('stream');
	return $status;
}

# vtap-decap with these arguments, to its end.
sub decap {
	return system("$bin/vtap-decap", '-q', @_);
}

# Each packet has one outcome.
sub adds_up {
	my ($stats) = @_;
	my $sum = 0;
	$sum += $_ for values %{ $stats->{outcomes} };
	return $sum == $stats->{in};
}

# What a failed test left behind.
END {
	kill 'KILL', $_ for keys %running;
}

1;

__DATA__
# count=N size=BYTES pause=MICROSECONDS flows=N port=N to=ADDRESS: the payload begins with the number.
# until=FILE: and as many more as it takes until that is there. Prints how many there were.
# icmp=1: echo requests instead, numbered by their sequence.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(usleep);
my %is = (count => 100, size => 64, pause => 0, flows => 1, port => 9, to => '192.168.50.1', first => 0, map { split /=/, $_, 2 } @ARGV);
if ($is{icmp}) {
	socket my $raw, AF_INET, SOCK_RAW, 1 or die $!;
	for (1 .. $is{count}) {
		my $echo = pack('C C n n n', 8, 0, 0, 77, $_) . 'x' x $is{size};
		my $sum = 0;
		$sum += $_ for unpack 'n*', $echo;
		$sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
		substr $echo, 2, 2, pack 'n', ~$sum & 0xffff;
		send $raw, $echo, 0, pack_sockaddr_in(0, inet_aton($is{to})) or die "send: $!";
		usleep($is{pause}) if $is{pause};
	}
	exit;
}
my @sockets = map { socket my $s, AF_INET, SOCK_DGRAM, 0 or die $!; setsockopt $s, SOL_SOCKET, SO_SNDBUF, pack 'i', 1 << 20;
	bind $s, pack_sockaddr_in(20000 + $_, inet_aton('192.168.50.2')) or die $!; $s } 1 .. $is{flows};
my $to = pack_sockaddr_in($is{port}, inet_aton($is{to}));
my $i = 0;
for (; $i < $is{count} || $is{until} && !-e $is{until}; $i++) {
	my $payload = pack('N', $is{first} + $i) . 'x' x ($is{size} - 4);
	send $sockets[$i % $is{flows}], $payload, 0, $to or die "send: $!";
	usleep($is{pause}) if $is{pause};
}
print "$i\n";
