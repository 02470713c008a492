# SPDX-License-Identifier: GPL-2.0-or-later
# A network of namespaces, and the tools running in it. All of it goes with the process: networks, mounts and
# processes are the test's own.
package Lab;
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Run qw(fork_usual);
use Required qw(lacks insist);
use Scratch qw(scratch);
use Wait qw(until_true $hangs);

our @EXPORT_OK = qw($dir enter able sh on hosts cable bridge start ready stop finish stats said until_true fields
	packets reaches neighbour slurp tool
	receive arrived tap mirrored speak numbers);
our $dir;
my $build = $ENV{BUILD} || 'build';
my %running;

sub tool { return "$build/$_[0]" }

# Runs the test again where nothing is shared: network, mounts, processes.
sub enter {
	my @inside = qw(unshare -n -m -p -f --kill-child --mount-proc);
	if (!$ENV{VTAP_TEST_INSIDE}) {
		my $able = $> == 0 && system(@inside, 'true') == 0;
		lacks('needs root and network namespaces') if !$able;
		$ENV{VTAP_TEST_INSIDE} = 1;
		exec @inside, $^X, $0, @ARGV or die "unshare: $!";
	}
	delete $ENV{VTAP_TEST_INSIDE};
	insist();
	$dir = scratch();
	chmod 0777, $dir;
	$SIG{ALRM} = sub { BAIL_OUT('the test hangs') };
	$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
	alarm $hangs;
	# ip-netns keeps names in /run/netns: here nobody else sees them.
	sh('mount -t tmpfs none /run');
}

sub able { return system("($_[0]) >>$dir/sh.log 2>&1") == 0 }

sub sh {
	my ($command) = @_;
	able($command) or die "$command: $?: " . slurp("$dir/sh.log");
}

# on(HOST, COMMAND ...)
sub on {
	my ($host, @commands) = @_;
	sh("ip netns exec $host $_") for @commands;
}

# Nothing is on the wires but what the test sends: no router solicitations, no address detection.
sub hosts {
	for (@_) {
		sh("ip netns add $_");
		on($_, 'sysctl -qw net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0',
			'ip link set lo up');
	}
}

sub is_up { return `ip -n $_[0] -o link show $_[1]` =~ /state UP/ }

# cable([HOST, DEVICE, ADDRESS ...], [HOST, DEVICE, ADDRESS ...], MTU): up when it returns.
sub cable {
	my ($here, $there, $mtu) = @_;
	sh("ip -n $here->[0] link add $here->[1] type veth peer name $there->[1] netns $there->[0]");
	for ($here, $there) {
		my ($host, $device, @addresses) = @$_;
		sh("ip -n $host link set $device mtu " . ($mtu || 1500) . ' up');
		sh("ip -n $host addr add $_ dev $device") for @addresses;
	}
	until_true(sub { is_up(@$here) && is_up(@$there) }) or die "@$here: no link";
}

sub bridge {
	my ($host, $name, @ports) = @_;
	sh("ip -n $host link add $name type bridge mcast_snooping 0");
	sh("ip -n $host link set $_ master $name") for @ports;
	sh("ip -n $host link set $name up");
	until_true(sub { is_up($host, $name) }) or die "$name: no link" if @ports;
}

# start(HOST, NAME, [COMMAND, ARGUMENT ...], in => HANDLE, out => HANDLE). What it prints is in NAME.out and
# NAME.err; --stats of our tools in NAME.json.
sub start {
	my ($host, $name, $command, %io) = @_;
	my @command = map { m{/vtap-\w+$} ? ($_, '--stats', "$dir/$name.json") : $_ } @$command;
	unlink "$dir/$name.err", "$dir/$name.out"; # of an earlier one of that name
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDIN, '<&', $io{in} // 0 or die;
		open STDERR, '>', "$dir/$name.err" or die;
		$io{out} ? open(STDOUT, '>&', $io{out}) : open(STDOUT, '>', "$dir/$name.out") or die;
		exec 'ip', 'netns', 'exec', $host, @command or POSIX::_exit(127);
	}
	my $run = { pid => $pid, name => $name, what => "@command" };
	$running{$pid} = $run;
	return $run;
}

sub said { return slurp("$dir/$_[0]{name}.err") // '' }

sub ended {
	my ($run) = @_;
	return 1 if defined $run->{status};
	return 0 if waitpid($run->{pid}, WNOHANG) != $run->{pid};
	$run->{status} = $?;
	delete $running{$run->{pid}};
	return 1;
}

# Our live tools catch SIGUSR1 once everything is open and rights are given up.
sub ready {
	my ($run) = @_;
	# The filter of system calls comes last.
	my $caught = sub {
		my $status = slurp("/proc/$run->{pid}/status") // '';
		return $status =~ /^SigCgt:\s*(\S+)/m && hex(substr $1, -4) & 1 << 9 && $status =~ /^Seccomp:\s*2$/m;
	};
	until_true(sub { ended($run) || ((slurp("/proc/$run->{pid}/comm") // '') =~ /^vtap-/ && $caught->()) })
		&& !ended($run) or diag "$run->{what}: not ready: ", said($run);
	return $run;
}

# Its exit status, -1 when it does not end by itself.
sub finish {
	my ($run, $seconds) = @_;
	my $in_time = until_true(sub { ended($run) }, $seconds);
	if (!$in_time) {
		kill 'KILL', $run->{pid};
		waitpid $run->{pid}, 0;
		delete $running{$run->{pid}};
		return -1;
	}
	return $run->{status} & 127 ? 128 + ($run->{status} & 127) : $run->{status} >> 8;
}

sub stop {
	my ($run, $signal) = @_;
	kill $signal || 'INT', $run->{pid} if !ended($run);
	return finish($run);
}

# The counters of one that has ended; of one that runs as SIGUSR1 prints them are in said().
sub stats {
	my $text = slurp("$dir/$_[0]{name}.json") || '{}';
	return decode_json($text);
}

# fields(FILE, FILTER, FIELD ...): what tshark finds, a string a packet.
sub fields {
	my ($file, $filter, @fields) = @_;
	my $which = join ' ', map { "-e $_" } @fields;
	return map { chomp; $_ } `tshark -n -r '$file' -Y '$filter' -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator=' ' -E occurrence=f $which 2>/dev/null`;
}

sub packets { return scalar(() = fields($_[0], $_[1] // 'frame', 'frame.number')) }

# True when host reaches address.
# Waits until host reaches address: a port where nobody listens answers.
sub reaches {
	my ($host, $address) = @_;
	my $probe = 'IO::Socket::IP->new(PeerHost => shift, PeerPort => 1, Timeout => 2); exit !$!{ECONNREFUSED}';
	return until_true(sub { able("ip netns exec $host perl -MErrno -MIO::Socket::IP -e '$probe' $address") });
}

# receive(HOST, NAME, OPTION ...): vtap-decap, what it takes in NAME.pcapng.
sub receive {
	my ($host, $name, @options) = @_;
	my $run = ready(start($host, $name, [tool('vtap-decap'), '-w', "$dir/$name.pcapng", @options]));
	return $run;
}

# How many packets a capture has, which may be growing.
sub arrived {
	my ($name) = @_;
	return -s "$dir/$name" ? scalar Capture::packets("$dir/$name") : 0;
}

# tap(HOST, NAME, OPTION ...): vtap-tap, everything open.
sub tap {
	my ($host, $name, @options) = @_;
	return ready(start($host, $name, [tool('vtap-tap'), @options]));
}

# Ends taps of one target each, then their receiver when all that they sent has come; true when everything went well.
sub mirrored {
	my ($receiver, @taps) = @_;
	my ($sent, $good) = (0, 1);
	for my $tap (@taps) {
		my $status = stop($tap);
		$status == 0 or diag "$tap->{name}: status $status: ", said($tap);
		$good &&= $status == 0;
		$sent += stats($tap)->{outcomes}{sent};
	}
	my $file = "$receiver->{name}.pcapng";
	until_true(sub { $sent <= arrived($file) }) or diag "$file: ", arrived($file), " of $sent";
	return stop($receiver) == 0 && $good;
}

# speak(HOST, ADDRESS, FIRST, LAST, SIZE): numbered datagrams to port 40000; whoever has an interface, a packet each.
sub speak {
	my ($host, $address, $first, $last, $size) = @_;
	my $code = 'my ($to, $n, $last, $size) = @ARGV; my $s = IO::Socket::IP->new(Proto => "udp", PeerHost => $to, PeerPort => 40000) or die $!; '
		. 'for (; $n <= $last; $n++) { $s->send(pack("N", $n) . "x" x ($size - 4)) // redo }';
	sh("ip netns exec $host perl -MIO::Socket::IP -e '$code' $address $first $last " . ($size || 100));
}

# The numbers of those datagrams in a file, as they come.
sub numbers {
	my ($file, $filter) = @_;
	return map { hex substr $_, 0, 8 } fields($file, 'udp.dstport == 40000 && !icmp && !icmpv6' . ($filter ? " && $filter" : ''), 'udp.payload');
}

sub neighbour {
	my ($host, $device, $address, $mac) = @_;
	sh("ip -n $host neigh replace $address lladdr $mac nud permanent dev $device");
}

END {
	my $status = $?;
	kill 'KILL', $_ for keys %running;
	$? = $status;
}

1;
