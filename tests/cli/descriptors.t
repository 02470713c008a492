#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that stand for what is open already, /dev/stdout and its kind, are written to and never replaced: root could.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Sandbox qw(status_of);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $sample = abs_path('tests/data/vxlan-gbp.pcap');
my $dir = scratch();
my $tap = '-t vxlan://192.0.2.1/1 --from 192.0.2.9';
chdir $dir or die "$dir: $!\n";
# As /dev/stdout is; that one is not for tests.
symlink '/proc/self/fd/1', 'stdout';
symlink '/proc/self/fd/2', 'stderr';
symlink 'stdout', 'again';
mkdir 'folder';
symlink '../stdout', 'folder/above';

# What the shell has of a run.
sub shell {
	my ($command) = @_;
	is(system('timeout', '120', 'bash', '-c', $command =~ s/(vtap-)/$build\/$1/r), 0, $command =~ s/\Q$sample\E/SAMPLE/r);
}

shell("vtap-fixlen -r $sample -w - >expected");
my $expected = slurp('expected');
for my $name ('stdout', 'again', 'folder/above', "$dir/stdout", '/proc/self/fd/1', '/dev/fd/1') {
	for my $sandbox ('', '--no-sandbox ') {
		shell("vtap-fixlen $sandbox-r $sample -w $name >file");
		ok(slurp('file') eq $expected, '... is there');
	}
}
shell("vtap-fixlen -r $sample -w /dev/fd/7 7>file");
ok(slurp('file') eq $expected, '... is there');
shell("vtap-fixlen -r $sample -w stdout | cat >file");
ok(slurp('file') eq $expected, '... is there');
shell("vtap-tap -r $sample $tap -w stdout >file");
ok(-s 'file', '... is there');

# Neither emptied nor written from the start.
spew('file', "before\n");
shell("(vtap-fixlen -r $sample -w stdout; echo after) >>file");
ok(slurp('file') eq "before\n${expected}after\n", '... stands between others');
spew('log', "before\n");
shell("(vtap-fixlen -r $sample -w /dev/null --stats stderr; echo after >&2) 2>>log");
like(slurp('log'), qr/\Abefore\n\{.*\}\nafter\n\z/s, '... stands between others');
spew('log', "before\n");
shell("(vtap-split --by ip-src -r $sample -w 'out/{key}.pcap' --manifest stderr --stats /proc/self/fd/2) 2>>log");
like(slurp('log'), qr/\Abefore\n(?:\{.*\}\n){2}\{.*\}\n\z/s, '... stands between others');

is(readlink $_->[0], $_->[1], "$_->[0] is what it was") for ['stdout', '/proc/self/fd/1'], ['stderr', '/proc/self/fd/2'], ['again', 'stdout'], ['folder/above', '../stdout'];
is(join(' ', sort glob '*'), 'again expected file folder log out stderr stdout', 'nothing else is left');

# The folder of such a name is not to be written to: no right is kept for it.
SKIP: {
	skip 'not root', 2 if $>;
	my $pid = open(my $to, '|-') // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>', 'file';
		exec "$build/vtap-fixlen", '-w', '/proc/self/fd/1';
	}
	syswrite $to, substr slurp($sample), 0, 24;
	until_true(sub { status_of($pid, 'NoNewPrivs') });
	my $kept = status_of($pid, 'CapPrm');
	close $to;
	is($?, 0, 'a file without packets');
	is($kept, '0' x 16, '... and no capability is kept');
}

done_testing;
