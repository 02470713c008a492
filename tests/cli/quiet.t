#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split -G on a pipe that falls silent: by the host's clock a file ends, its command runs, and later packets of its
# interval go into another one. By a clock that is turned: tests/unit/vtap-split/split_quiet.c.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Readers qw(read_by_all);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $decap = "$build/vtap-decap";
my $split = "$build/vtap-split";
my $dir = scratch();
chdir $dir or die "$dir: $!\n";
$SIG{PIPE} = 'IGNORE';

my $interval = 0.3;
my $seconds = 1_700_000_000; # a multiple of the interval: all packets are of one
my $places = 0;

# An Ethernet frame of UDP from 10.0.0.$host.
sub frame { return pack('H24 n', '02' x 12, 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 46, 0, 0, 64, 17, 0, 0x0a000000 + $_[0], 0x0a0000ff) . pack('n n n n', 1, 2, 26, 0) . 'x' x 18 }
my $micro = 0; # no two packets have one time
sub record { my $frame = frame(@_); return pack('V4', $seconds, ++$micro, length $frame, length $frame) . $frame }

# A run whose standard input is the pipe that is returned; what it says goes to NAME.err.
sub start {
	my ($place, $options) = @_;
	my $pid = open my $to, '|-', 'bash', '-c', "exec $options 2>$place.err" or die "bash: $!\n";
	binmode $to;
	$to->autoflush(1);
	return ($to, $pid);
}

sub place { mkdir 'p' . ++$places; return "p$places" }

sub packets_of { my ($count) = `capinfos -Mc '$_[0]'` =~ /Number of packets:\s+(\d+)/; return $count // -1 }

# A file ends no earlier than it should, each time; how soon, is the best of the tries of this test.
my $best = 1e9;
sub ends {
	my ($file, $since, $name) = @_;
	ok(until_true(sub { -e $file }), "$name: ends while the pipe is silent");
	my $took = time - $since;
	cmp_ok($took, '>=', $interval + 1, '... not too early');
	$best = $took if $took < $best;
}

# Each format, compressed and not; both kinds of names.
for my $case (['{ip-src}-{n}.pcap', 'pcap'], ['{ip-src}-{start}.pcapng', 'pcapng'], ['{n}/{ip-src}.pcap.gz', 'pcap'], ['{ip-src}-{n}.snoop -F snoop', 'pcap']) {
	my ($names, $format) = @$case;
	my $place = place();
	my ($template, $more) = split / /, $names, 2;
	my ($to) = start($place, "$split --by ip-src -G $interval -w '$place/$template' " . ($more // '') . " -z 'echo >>$place.ran' --manifest $place.manifest --stats $place.json");
	my $since = time;
	print $to pcap('<', 0xa1b2c3d4, 1), record(1), record(2), record(1);
	until_true(sub { 2 == grep { -e } map { chomp; $_ } split /\n/, slurp("$place.ran") // '' });
	my @files = split /\n/, slurp("$place.ran") // '';
	is(@files, 2, "$template: both files end, and their commands run") or diag slurp("$place.err");
	ends($files[0], $since, $files[0]) if @files;
	is((() = slurp("$place.manifest") =~ /\n/g), 2, '... the manifest has them');
	is_deeply([sort { $a <=> $b } map { packets_of($_) } @files], [1, 2], '... whole');
	print $to record(2), record(2), record(3);
	close $to;
	is($?, 0, '... later packets of the interval go into files of their own');
	is(slurp("$place.err"), '', '... and nothing is amiss');
	my @all = map { decode_json($_)->{name} } split /\n/, slurp("$place.manifest");
	is(join(' ', sort { $a <=> $b } map { packets_of($_) } @all), '1 1 2 2', '... all packets are there');
	my $stats = decode_json(slurp("$place.json"));
	is($stats->{outcomes}{written} // $stats->{written}, 6, '... and counted');
	read_by_all($all[-1], packets_of($all[-1]), $all[-1]) if $all[-1] =~ /pcap(?:ng)?$/;
}

# A key whose packets stop, beside one whose packets do not: a file of its own time.
{
	my $place = place();
	my ($to) = start($place, "$split --by ip-src -G $interval -w '$place/{ip-src}-{n}.pcap'");
	print $to pcap('<', 0xa1b2c3d4, 1), record(1);
	my $since = time;
	my $fed = 0;
	until_true(sub { print $to record(2); $fed++; -e "$place/10.0.0.1-1.pcap" });
	ends("$place/10.0.0.1-1.pcap", $since, 'one key of two');
	ok(-e "$place/10.0.0.2-1.pcap.tmp" && !-e "$place/10.0.0.2-1.pcap", '... the other one has its file still');
	close $to;
	is(packets_of("$place/10.0.0.2-1.pcap"), $fed, '... with all of its packets');
}

# A FIFO beside a file is no file job. Another tool in front.
{
	my $place = place();
	mkfifo("$place/fifo", 0600);
	spew("$place/file.pcap", pcap('<', 0xa1b2c3d4, 1), record(5));
	my $pid = fork // die "fork: $!\n";
	exec 'bash', '-c', "exec $split --by ip-src -G $interval -w '$place/o/{ip-src}-{n}.pcapng' $place/file.pcap $place/fifo 2>$place.err" if $pid == 0;
	open my $to, '>', "$place/fifo" or die "$place/fifo: $!\n";
	binmode $to;
	$to->autoflush(1);
	my $since = time;
	print $to pcap('<', 0xa1b2c3d4, 1), record(6), record(7);
	ends("$place/o/10.0.0.5-1.pcapng", $since, 'a FIFO beside a file');
	close $to;
	waitpid $pid, 0;
	is($?, 0, '... ends well') or diag slurp("$place.err");
	is_deeply([map { packets_of("$place/o/10.0.0.$_-1.pcapng") } 5 .. 7], [1, 1, 1], '... all packets are there');
}
{
	my $place = place();
	my ($to) = start($place, "$decap -q | $split --by ip-src -G $interval -w '$place/{ip-src}-{n}.pcap'");
	my $since = time;
	print $to pcap('<', 0xa1b2c3d4, 1), record(1);
	ends("$place/10.0.0.1-1.pcap", $since, 'behind vtap-decap');
	close $to;
	read_by_all("$place/10.0.0.1-1.pcap", 1, 'behind vtap-decap');
}
cmp_ok($best, '<', $interval + 3, 'a file ends soon after that');

# A hangup is the end, as ever, and no event.
{
	my $place = place();
	my ($to, $pid) = start($place, "$split --by ip-src -G 60 -w '$place/{ip-src}-{n}.pcap'");
	print $to pcap('<', 0xa1b2c3d4, 1), record(1);
	ok(until_true(sub { -s "$place/10.0.0.1-1.pcap.tmp" }), 'a packet is in its file at once');
	kill 'HUP', $pid;
	close $to;
	is($?, 0, '... a hangup ends the run in order');
	is(packets_of("$place/10.0.0.1-1.pcap"), 1, '... and the file has its name');
}

done_testing;
