#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Stop means stop: however a capture of vtap-extcap ends, no process and no bound port stay behind, also when no packet ever
# comes.
use strict;
use warnings;
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Thorough qw($thorough);
use Extcap qw(enter_wireshark $extcap $tshark left bound launch ends said_by);
use Capture qw(slurp);
use Wait qw(until_true state_of);

my $dir = enter_wireshark();
my %options = (
	'vtap' => ['--listen', 'vxlan://:4789 geneve://:6081'],
	'vtap, lengths as they are' => ['--listen', 'vxlan://:4789, geneve://:6081', '--no-fixlen'],
	'vtap-if' => ['--interface', 'lo'],
);
my %chain = ('vtap' => 'vtap vtap vtap-decap vtap-fixlen', 'vtap, lengths as they are' => 'vtap vtap vtap-decap', 'vtap-if' => 'dumpcap vtap vtap vtap-decap vtap-fixlen');

# A capture into a fifo that this test reads, below a parent of its own, as Wireshark is one: the numbers of the parent and
# of vtap-extcap, and the fifo.
my $fifos = 0;
sub begin {
	my ($what) = @_;
	my ($interface) = $what =~ /^([\w-]+)/;
	my $fifo = "$dir/fifo" . $fifos++;
	mkfifo($fifo, 0600) or die;
	pipe my $from, my $to or die;
	my $parent = fork // die;
	if ($parent == 0) {
		close $from;
		my $child = launch('extcap', $extcap, '--capture', '--extcap-interface', $interface, '--fifo', $fifo, @{ $options{$what} });
		syswrite $to, "$child\n";
		close $to;
		waitpid $child, 0;
		POSIX::_exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
	}
	close $to;
	chomp(my $child = <$from>);
	return ($parent, $child, $fifo);
}

sub is_clean {
	ok(until_true(sub { left() eq '' }), '... no process stays') or diag left();
	is(bound(), '', '... and no port');
	is(said_by('extcap'), '', '... without a word');
}

my %end = (
	'SIGTERM' => sub { kill 'TERM', $_[1] },
	'a closed fifo' => sub { close $_[2] },
	'SIGKILL of its parent, which leaves a reader' => sub { kill 'KILL', $_[0] },
	'SIGKILL of vtap-extcap' => sub { kill 'KILL', $_[1] },
);
my %status = ('SIGTERM' => 0, 'a closed fifo' => 0, 'SIGKILL of its parent, which leaves a reader' => 137, 'SIGKILL of vtap-extcap' => 137);
for my $what (sort keys %options) {
	for my $how (sort keys %end) {
		my ($parent, $child, $name) = begin($what);
		open my $fifo, '<', $name or die;
		ok(until_true(sub { left() eq $chain{$what} && ($what eq 'vtap-if' || bound() eq '4789 6081') }), "$what runs") or diag left() . ' ' . bound() . said_by('extcap');
		# The header of the capture is there before any packet; dumpcap writes its own first.
		sysread $fifo, my $begin, 4;
		is($begin, "\x0a\x0d\x0d\x0a", '... the fifo has the beginning of a pcapng');
		$end{$how}->($parent, $child, $fifo);
		is(ends($parent), $status{$how}, "... and ends by $how");
		is_clean();
	}
}

# The fifo has no reader yet.
{
	my ($parent, $child) = begin('vtap');
	ok(until_true(sub { left() eq 'vtap' && state_of($child) eq 'S' }), 'nobody reads the fifo: nothing is started');
	kill 'KILL', $parent;
	is(ends($parent), 137, '... its parent is killed');
	is_clean();
	($parent, $child) = begin('vtap');
	ok(until_true(sub { (slurp("/proc/$child/status") // '') =~ /^SigBlk:\s*0*4003$/m }), 'nobody reads the fifo');
	kill 'TERM', $child;
	is(ends($parent), 0, '... SIGTERM is a good end');
	is_clean();
}

# What dies by itself takes the others with it.
for my $victim ('vtap-fixlen', 'vtap-decap', 'dumpcap') {
	my ($parent, $child, $name) = begin('vtap-if');
	open my $fifo, '<', $name or die;
	sysread $fifo, my $begin, 4;
	my ($number) = map { m{/proc/(\d+)/} } grep { (slurp($_) // '') eq "$victim\n" } glob '/proc/[0-9]*/comm';
	kill 'KILL', $number;
	is(ends($parent), 1, "$victim is killed: the capture has failed");
	is_clean();
}

# Below tshark, on a quiet port, which a second capture could not bind if the first had left anything.
# Its own status is left out: a SIGINT at the wrong moment is an error of its select(2).
my $stops = $thorough ? 50 : 2; # they take seconds
my $wrong = 0;
for my $turn (1 .. $stops) {
	my $pid = launch('tshark', $tshark, '-i', 'vtap', '-w', "$dir/quiet.pcapng");
	my $runs = until_true(sub { bound() eq '4789 6081' });
	kill $turn % 2 ? 'KILL' : 'INT', $pid;
	ends($pid);
	next if until_true(sub { left() eq '' }) && bound() eq '' && $runs;
	$wrong++;
	diag "turn $turn: left: " . left() . ', bound: ' . bound() . ' ' . said_by('tshark');
}
is($wrong, 0, "$stops starts and stops of tshark, some by SIGKILL");

done_testing;
