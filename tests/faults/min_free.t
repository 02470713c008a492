#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split --min-free on small disks: the oldest files of the run go, so that room stays; without any the run ends as on a full disk.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets);
use Faults qw($build $dir $sanitized run fault private capture place left);
use Wait qw(until_true waits_in);

private('small disks');
my $disk = place();
my $MB = 1 << 20;
my $large = spew("$dir/large.pcap", capture(9000, 900)); # some 8.5 MB of 7 hosts
$large = "-r $large";

sub disk {
	my ($size) = @_;
	system 'umount', $disk if `mountpoint -q $disk && echo y`;
	system('mount', '-t', 'tmpfs', '-o', "size=$size", 'none', $disk) == 0 or BAIL_OUT('no tmpfs');
	unlink "$dir/manifest", "$dir/books", "$dir/rooms", "$dir/go";
}

sub free { my ($blocks, $size) = split ' ', `stat -f -c '%a %S' $disk`; return $blocks * $size }
sub lines { return map { decode_json($_) } split /\n/, slurp("$dir/manifest") // '' }
sub split_on { return run("cd $disk; $build/vtap-split --by interface -w '{key}-{n}.pcap' --stats $dir/books --manifest $dir/manifest $_[0]") }
sub details { return decode_json(slurp("$dir/books"))->{details} }
sub numbers { return sort { $a <=> $b } map { /-(\d+)\.pcap/ ? $1 : () } left($disk) }

# What is there is the newest, and the disk is never nearly full: a command of -z, which runs after each file, says so.
my $rooms = "f() { stat -f -c %a:%S . >>$dir/rooms; }; f";
for my $run (['-C', '-C 200K'], ['-W, too', '-C 200K -W 50'], ['-G', '-G 300'], ['-F snoop', "-C 200K -F snoop -w '{key}-{n}.pcap'", 0], ['--no-sandbox', '-C 200K --no-sandbox']) {
	my ($what, $options) = @$run;
	disk('5m');
	my ($status, undef, $err) = split_on("$large --min-free 2M $options");
	is($status, 0, "--min-free 2M of 5: $what") or diag $err;
	cmp_ok(free(), '>=', 2 * $MB, '... so much is free at the end');
	cmp_ok(free(), '<', 2.6 * $MB, '... and not much more');
	my @n = numbers();
	cmp_ok(scalar @n, '>', 5, '... files are there: ' . @n);
	is("@n", join(' ', $n[0] .. $n[0] + $#n), '... without a gap');
	my @done = grep { !$_->{removed} } lines();
	is($n[-1], scalar @done, '... up to the newest');
	is(details()->{freed}, @done - @n, '... the others are counted');
	is(details()->{rotated}, 0, '... as removed for room');
	is(scalar(grep { ($_->{removed} // '') eq 'freed' } lines()), @done - @n, '... and are in the manifest');
	is(decode_json(slurp("$dir/books"))->{outcomes}{written}, 9000, '... all packets were written');
	my @told = split /\n/, $err;
	is(scalar @told, 2, '... told in two lines');
	like($told[0], qr/^vtap-split: if0-\d+\.pcap: less than --min-free is free: the oldest files are removed$/, '... one at the first');
	is($told[1], "vtap-split: " . (@done - @n) . " files removed, so that --min-free stays free", '... one at the end');
}
# Between two looks at the disk 1 MiB is written, and what is in a buffer.
disk('5m');
split_on("$large --min-free 2M -C 200K -z '$rooms'");
my @rooms = sort { $a <=> $b } map { my ($blocks, $size) = split /:/; $blocks * $size } split /\n/, slurp("$dir/rooms");
cmp_ok(scalar @rooms, '>', 30, 'how much is free, after each file');
cmp_ok($rooms[0], '>=', 2 * $MB - 300 * 1024, '... is nearly so much');

# What -z leaves, and other keys: the oldest of all.
disk('5m');
my ($status, undef, $err) = split_on("$large --by ip-src -G 100 --min-free 2M -z gzip --jobs 3");
is("$status", '0', 'files that gzip made smaller');
cmp_ok(free(), '>=', 2 * $MB, '... leave room');
cmp_ok(scalar(grep { /\.gz$/ } left($disk)), '>', 10, '... are there');
is(scalar(grep { !/\.gz$/ } left($disk)), 0, '... alone');

# Files of others are not touched, and count for the room.
disk('5m');
system "head -c 2M /dev/zero >$disk/if0-0.pcap";
($status, undef, $err) = split_on("$large -C 200K --min-free 2M");
is($status, 0, 'files of others');
is(-s "$disk/if0-0.pcap", 2 * $MB, '... stay');
cmp_ok(free(), '>=', 2 * $MB, '... and so does the room');

# A file that waits for its command does not go, and a run that has only such files waits for them.
disk('5m');
my $wait = "f() { while [ ! -e $dir/go ]; do sleep 0.01; done; [ -e \"\$1\" ] || echo \"\$1\" >>$dir/gone; }; f";
my $pid = fork // die;
if (!$pid) {
	open STDERR, '>', "$dir/stderr";
	exec 'bash', '-c', "cd $disk; exec $build/vtap-split -q --by interface -w '{key}-{n}.pcap' $large -C 200K --min-free 2M --jobs 64 --stats $dir/books --manifest $dir/manifest -z '$wait'";
}
ok(until_true(sub { free() < 2 * $MB && waits_in($pid, qr/poll/) }), 'all files wait for their commands, and the run for them');
cmp_ok(free(), '>', 0.9 * $MB, '... at once');
spew("$dir/go");
waitpid $pid, 0;
is($? . slurp("$dir/stderr"), '0', '... until they have ended');
is(slurp("$dir/gone") // '', '', '... and none lost its file');
cmp_ok(free(), '>=', 2 * $MB, '... there is room again');

# A signal ends that wait.
disk('5m');
$pid = fork // die;
if (!$pid) {
	open STDERR, '>', "$dir/stderr";
	exec 'bash', '-c', "cd $disk; cat $dir/large.pcap | exec $build/vtap-split -q --by interface -w '{key}-{n}.pcap' -C 200K --min-free 2M --jobs 64 --stats $dir/books -z '$wait' & echo \$! >$dir/pid; wait";
}
my $tool = sub { return (slurp("$dir/pid") // '') =~ /^(\d+)\n/ ? $1 : 0 };
ok(until_true(sub { $tool->() && free() < 2 * $MB && waits_in($tool->(), qr/poll/) }), 'a run that waits so');
kill 'TERM', $tool->();
ok(until_true(sub { !grep { /\.tmp$/ } left($disk) }), '... is ended by a signal: its files have their names');
spew("$dir/go");
waitpid $pid, 0;

# Where nothing can be removed, the run ends as on a full disk.
disk('5m');
($status, undef, $err) = split_on("$large --min-free 2M");
is($status, 1, 'one file that grows: exit 1');
like($err, qr{\Avtap-split: \./: [\d.]+ [kM]B are free, less than --min-free 2M, but no file of this run is left to remove\n\z}, '... says why');
is(join(' ', left($disk)), 'if0-1.pcap.tmp', '... the file is unfinished');
cmp_ok(free(), '>', 0.7 * $MB, '... and there is room for others');
my $books = decode_json(slurp("$dir/books"));
is($books->{outcomes}{written} + $books->{outcomes}{unwritten}, $books->{in}, '... its outcomes add up');
is($books->{outcomes}{unwritten}, 1, '... one packet was not written');
ok(!$books->{complete}, '... and it is not complete');
disk('5m');
($status, undef, $err) = split_on("$large -C 200K --min-free 6M");
is($status, 1, 'too little from the start: exit 1');
like($err, qr{\Avtap-split: \./: [\d.]+ [kM]B are free, less than --min-free 6M\n\z}, '... says so');
is(join(' ', left($disk)), '', '... before anything is written');
($status, undef, $err) = run("cd $disk; $build/vtap-split -q --by interface -w 'new/{key}-{n}.pcap' $large -C 200K --min-free 2M");
is("$status$err", '0', 'a folder that is yet to be made');

# Room that others take while no packet comes is made all the same.
disk('8m');
$pid = open(my $to, '|-') // die;
if (!$pid) {
	open STDERR, '>', "$dir/stderr";
	chdir $disk;
	exec "$build/vtap-split", qw(--by interface -w {key}-{n}.pcap -C 200K --min-free 2M --manifest), "$dir/manifest";
}
syswrite $to, substr slurp("$dir/large.pcap"), 0, 3 * $MB;
ok(until_true(sub { lines() >= 10 }), 'a pipe that is silent');
system "head -c 3M /dev/zero >$disk/others";
ok(until_true(sub { free() >= 2 * $MB }), '... room for others is made');
close $to;
waitpid $pid, 0;

# What cannot be removed is told and counted, and the next one goes. The shim and a sanitizer do not go together.
if (!$sanitized) {
	disk('5m');
	my $shim = fault(CALLS => 'unlink', ERROR => 1, AT => '1', PATH => 'if0-1.pcap');
	($status, undef, $err) = run("cd $disk; $shim $build/vtap-split -q --by interface -w '{key}-{n}.pcap' $large -C 200K --min-free 2M --stats $dir/books");
	is($status, 1, 'a file that cannot be removed: exit 1');
	like($err, qr{\Avtap-split: cannot be removed: if0-1\.pcap: Operation not permitted\nvtap-split: 1 files could not be removed\n\z}, '... told');
	is(details()->{unremoved}, 1, '... counted');
	cmp_ok(free(), '>=', 2 * $MB, '... others make room');
}
END { system "umount $disk 2>/dev/null" if $disk && !$ENV{VTAP_TEST_INSIDE} }
done_testing;
