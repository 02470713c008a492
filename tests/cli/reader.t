#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A tool that waits notices that the reader of its output is gone, though it has nothing to write: it ends as by SIGTERM,
# whatever it waits for. An output that has no reader to lose keeps it waiting.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(mkfifo WNOHANG);
use Socket;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets);
use Required qw(insist);
use Scratch qw(scratch);
use Wait qw(until_true has_signals waits_in);

insist();
my $build = $ENV{BUILD} || 'build';
my $dir = scratch();

# A pcap of Ethernet frames that no tool has a reason to change.
sub header { pack 'V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1 }
sub frame { my $bytes = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x 46; return pack('V V V V', 1_700_000_000, 5, length $bytes, length $bytes) . $bytes }

# A UDP port that was free a moment ago.
sub port { return IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => 0)->sockport }

sub start {
	my ($in, $out, $tool, @options) = @_;
	my $pid = fork // die;
	if ($pid == 0) {
		$SIG{HUP} = 'DEFAULT';
		open STDIN, '<&', $in or POSIX::_exit(126);
		open STDOUT, '>&', $out or POSIX::_exit(126);
		open STDERR, '>', "$dir/said" or POSIX::_exit(126);
		exec "$build/$tool", '-q', @options or POSIX::_exit(127);
	}
	return $pid;
}

sub waits { my ($pid) = @_; return until_true(sub { has_signals($pid, 'TERM') && waits_in($pid, qr/poll/) }) }

# The status as soon as it has ended; -1, and it is killed, if it does not.
sub ends {
	my ($pid) = @_;
	my $status = -1;
	until_true(sub { waitpid($pid, WNOHANG) == $pid and $status = $?; $status >= 0 }, 3);
	return $status if $status >= 0;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return -1;
}

sub is_quiet { is(slurp("$dir/said"), '', '... and says nothing') }

my ($fifos, $held) = (0, undef);

# Standard input and the words of a command, for each kind of input. What keeps a writer's end open stays in *held.
my %input = (
	'a pipe without a byte' => sub { pipe my $from, $held or die; return $from },
	'a pipe that has given a packet' => sub { pipe my $from, $held or die; syswrite $held, header() . frame(); return $from },
	'a FIFO that nobody writes' => sub { mkfifo(my $name = "$dir/in" . $fifos++, 0600) or die; open my $none, '<', '/dev/null'; return ($none, '-r', $name) },
	'a FIFO that has given a packet' => sub {
		mkfifo(my $name = "$dir/in" . $fifos++, 0600) or die;
		open $held, '+<', $name or die;
		syswrite $held, header() . frame();
		open my $none, '<', '/dev/null';
		return ($none, '-r', $name);
	},
	'a file and a pipe without a byte' => sub { pipe my $from, $held or die; return ($from, '-r', spew("$dir/one.pcap", header(), frame()), '-r', '-') },
	'a file and a pipe' => sub { pipe my $from, $held or die; syswrite $held, header(); return ($from, '-r', spew("$dir/one.pcap", header(), frame()), '-r', '-') },
);
my %live = (
	'a socket (-l)' => sub { open my $none, '<', '/dev/null'; return ($none, '-l', 'vxlan://127.0.0.1:' . port()) },
	'a socket (-l), to pcap' => sub { open my $none, '<', '/dev/null'; return ($none, '-F', 'pcap', '-l', 'vxlan://127.0.0.1:' . port()) },
);
$live{'an interface (-i)'} = sub { open my $none, '<', '/dev/null'; return ($none, '-i', 'lo', '--port', 'vxlan:' . port()) } if $> == 0;
my @cases = ((map { ['vtap-decap', $_, $input{$_}], ['vtap-fixlen', $_, $input{$_}] } sort keys %input), map { ['vtap-decap', $_, $live{$_}] } sort keys %live);

for (@cases) {
	my ($tool, $what, $input) = @$_;
	my ($in, @options) = $input->();
	pipe my $reader, my $out or die;
	my $pid = start($in, $out, $tool, @options);
	close $_ for $in, $out;
	ok(waits($pid), "$tool waits for $what");
	close $reader;
	is(ends($pid), 0, '... and ends well when the reader of its output is gone');
	is_quiet();
}
SKIP: {
	skip('capturing on an interface needs root', 1) if $> != 0;
	ok($live{'an interface (-i)'}, 'interfaces, too');
}

# Outputs that can lose their reader, and what else is written to.
{
	socketpair my $reader, my $out, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
	my $pid = start($input{'a pipe that has given a packet'}->(), $out, 'vtap-fixlen');
	close $out;
	ok(waits($pid), 'the output is a socket, as below sshd');
	close $reader;
	is(ends($pid), 0, '... whose other end is closed: a good end');
	is_quiet();
}
for my $tool (qw(vtap-decap vtap-fixlen)) {
	mkfifo("$dir/out.$tool", 0600) or die;
	open my $none, '>', '/dev/null';
	my $pid = start($input{'a pipe that has given a packet'}->(), $none, $tool, '-w', "$dir/out.$tool");
	open my $reader, '<', "$dir/out.$tool" or die;
	ok(waits($pid), "$tool -w FIFO");
	close $reader;
	is(ends($pid), 0, '... whose reader is gone: a good end');
	is_quiet();
}

# The next bytes of a pipe, which come in as many pieces as the writer likes.
sub read_to {
	my ($from, $length) = @_;
	my $bytes = '';
	while (length $bytes < $length) { sysread($from, $bytes, $length - length $bytes, length $bytes) or last }
	return $bytes;
}

# A reader that stays gets all; a file and a device have none that could go.
{
	my $in = $input{'a pipe that has given a packet'}->();
	pipe my $reader, my $out or die;
	my $pid = start($in, $out, 'vtap-fixlen');
	close $_ for $in, $out;
	my $bytes = read_to($reader, 24 + 76);
	syswrite $held, frame();
	is(length($bytes . read_to($reader, 76)), 24 + 2 * 76, 'a reader that stays gets what comes');
	close $held;
	is(ends($pid), 0, '... to the end');
}
for my $file ("$dir/regular.pcap", '/dev/null') {
	my $in = $input{'a pipe that has given a packet'}->();
	open my $out, '>', $file or die;
	my $pid = start($in, $out, 'vtap-fixlen', '--stats', "$dir/stats");
	close $_ for $in, $out;
	ok(waits($pid), "$file is waited on");
	syswrite $held, frame();
	close $held;
	is(ends($pid), 0, '... to the end of the input');
	like(slurp("$dir/stats"), qr/"out":\s*2\b/, '... with all packets');
}
is(scalar packets("$dir/regular.pcap"), 2, 'the file has both');

# The header of a capture comes before any packet does; what a user types.
my $typed = "$build/vtap-decap -l vxlan://127.0.0.1:" . port() . ' | head -c 1 >/dev/null';
is(system('timeout', '20', 'bash', '-c', "set -o pipefail; $typed"), 0, 'vtap-decap -l vxlan:// | head -c 1 ends');

done_testing;
