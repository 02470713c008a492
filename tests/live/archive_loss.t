#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is lost: captures of vtap-split and of a ring of tcpdump's go to Swift while vtap-archive is killed 50 times (or,
# in make check, 10), its rclone 20 times (4), the object server three times, and a proxy spoils what passes. In the end each packet is in the archive,
# and the spool is empty.
use strict;
use warnings;
use File::Find qw(find);
use IO::Handle;
use POSIX qw(setsid);
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp);
use Lab qw($dir enter able sh tool until_true);
use Required qw(lacks);
use Run qw(start_reading fork_usual);
use Thorough qw($thorough);
use Stores qw(stores swift proxy rules background over);

enter();
stores();
swift('sw', 19_000) or lacks('needs Swift');
proxy('px', 19_250, 19_000);
sh('rclone mkdir sw:captures');
my $spool = "$dir/spool";
mkdir $_ for $spool, "$spool/ring";
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed";

# Packets are numbered by their destination.
my $number = 0;
sub packets {
	my ($count, $size) = @_;
	return join '', map {
		$number++;
		my $udp = pack('n n n n', 1000, 2000, 8 + $size, 0) . 'x' x $size;
		my $ip = pack('C C n n n C C n N N', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 0x0a000000 + $number % 4, 0x0b000000 + $number);
		my $frame = pack('H24 n', '020000000002020000000001', 0x0800) . $ip . $udp;
		pack('V4', 1_794_931_500 + $number / 100, $number % 100 * 10_000, (length $frame) x 2) . $frame;
	} 1 .. $count;
}

# The two writers read pipes.
my $header = pack('V v2 V4', 0xa1b2c3d4, 2, 4, 0, 0, 65_535, 1);
my %writer;
sub writer {
	my ($name, $command) = @_;
	my ($pid, $to) = start_reading($command, "$dir/$name.err");
	$to->autoflush;
	print $to $header;
	$writer{$name} = { pid => $pid, to => $to };
}
writer('split', tool('vtap-split') . " -q --by ip-src -C 20K -w '$spool/{ip-src}/{n}.pcapng'");
writer('ring', "tcpdump -Z root -r - -w $spool/ring/r -C 1 -W 5");

sub in_ring { return scalar(() = glob "$spool/ring/r*") }

# Some more captures; the ring must not overwrite a file that nobody has taken.
sub more {
	print { $writer{split}{to} } packets(120, 500);
	print { $writer{ring}{to} } packets(520, 1900) if in_ring() < 4;
}

sub archive {
	my (@options) = @_;
	my $pid = fork_usual();
	return $pid if $pid;
	setsid();
	open STDERR, '>>', "$dir/archive.err";
	exec tool('vtap-archive'), '-v', '--settle', 1, @options, $spool, 'px:captures' or POSIX::_exit(127);
}

# What the spool has but its folders and the lock.
sub left {
	my @left;
	find({ no_chdir => 1, wanted => sub { push @left, $_ if -f && -e } }, $spool);
	return @left;
}

sub object_server {
	my ($pid) = map { chomp; $_ } (split /^/, slurp("$dir/sw/run/pids"))[3];
	my ($running) = map { /^\s*(\d+)/ } grep { /swift-object-server/ && !/ Z/ } split /^/, `ps -eo pid,stat,args`;
	kill 'KILL', $running // $pid;
	until_true(sub { !able("kill -0 " . ($running // $pid)) || slurp("/proc/" . ($running // $pid) . "/stat") =~ /\) Z/ });
	return background('object', qr/^/, 'swift-object-server', "$dir/sw/etc/object-server.conf");
}

my @faults = ('', '', 'PUT cut-up 300 x2', 'PUT flip-up 100 x2', 'PUT drop-answer x2', 'PUT body-error x2', '* status 503 x2',
	'GET cut-down 100 x1', 'HEAD answer ETag "d41d8cd98f00b204e9800998ecf8427e" x2', 'PUT slow 20000 x3');
my ($early, $alone) = (0, 0);
my $rounds = $thorough ? 50 : 10;
for my $round (1 .. $rounds) {
	rules('px', $faults[rand @faults]);
	more();
	object_server() if $round % 15 == 5;
	my $pid = archive();
	sleep rand 2.5;
	rules('px', $faults[rand @faults]) if $round % 2;
	my $group = rand() < 0.5;
	$alone += !$group;
	$early++ if waitpid($pid, 1) == $pid;
	kill 'KILL', $group ? -$pid : $pid;
	waitpid $pid, 0;
}
is($early, 0, 'it ends by SIGKILL alone') or diag slurp("$dir/archive.err");
note "$alone of $rounds alone; packets: $number; waiting: ", scalar left();
cmp_ok(scalar left(), '>', 0, 'captures wait');
rules('px');

# SIGKILL of rclone alone.
my $pid = archive();
for (1 .. ($thorough ? 20 : 4)) {
	more();
	until_true(sub { able('ps -C rclone -o stat= | grep -qv Z') }, 20);
	sleep rand 0.3;
	able('kill -KILL $(ps -C rclone -o pid=)');
}
close $_->{to} for values %writer;
is(waitpid($_->{pid}, 0) && $?, 0, 'a writer ends') for values %writer;
ok(until_true(sub { !left() }, 300), 'the spool becomes empty') or diag join "\n", left();
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, '... and SIGTERM ends it');
my @told = split /\n/, slurp("$dir/archive.err");
note scalar @told, ' lines told; the last: ', $told[-1];

sh("rclone copy sw:captures $dir/back && find $dir/back -name '*.zst' -exec zstd -dq --rm {} +");
my @captures;
find({ no_chdir => 1, wanted => sub { push @captures, $_ if -f } }, "$dir/back");
cmp_ok(scalar @captures, '>=', $thorough ? 200 : 30, 'captures in the archive: ' . @captures);
sh("find $dir/back -type f | xargs mergecap -w $dir/all.pcapng");
my %seen;
$seen{$_}++ for `tshark -n -r $dir/all.pcapng -T fields -e ip.dst 2>/dev/null`;
is(scalar keys %seen, $number, 'each packet is there');
is((grep { $_ != 1 } values %seen), 0, '... once');
done_testing();
