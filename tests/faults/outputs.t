#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of outputs where somebody else was first: links, files of others, second names. Nothing that such a name leads to
# is written to, by root neither; what the user names on purpose (FIFOs, devices, descriptors) is.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = tempdir(CLEANUP => 1);
chmod 0777, $dir;
my $nobody = getpwnam('nobody');
my $in = spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, pack('H24 n', '0' x 24, 0x0806) . '0' x 40, 54] } 1 .. 3));
my $number = 0;

# Each writes one small text or capture to NAME, from three packets.
my %writes = (
	'--manifest' => sub { "vtap-split --by linktype -w out/{key}-{n}.pcap --manifest $_[0] $in" },
	'--stats' => sub { "vtap-decap -r $in -w out/x.pcap --stats $_[0]" },
	'-w' => sub { "vtap-fixlen -r $in -w $_[0]" },
	'-w, of wiretap' => sub { "vtap-decap -r $in -F snoop -w $_[0]" },
	'-w of the tap' => sub { "vtap-tap -r $in -t vxlan://10.0.2.9/1 --from 10.0.1.5 -F pcap -w $_[0]" },
);

# A folder with a precious file, which $prepare has filled; runs a command in it.
sub run {
	my ($command, $prepare) = @_;
	my $place = "$dir/" . ++$number;
	mkdir $place;
	mkdir "$place/out";
	chmod 0777, $place, "$place/out";
	spew("$place/victim", 'precious');
	chdir $place or die;
	$prepare->() if $prepare;
	system "$build/$command >stdout 2>stderr </dev/null";
	return ($? >> 8, slurp('stderr'));
}

sub is_left {
	my ($what) = @_;
	return is(slurp('victim'), 'precious', "$what: what the name leads to is as it was");
}

# Only the manifest is written under its own name from the start; the others replace what has the name.
for my $option (sort keys %writes) {
	for my $as ('', ' -Z nobody') {
		next if $as && ($> != 0 || !defined $nobody);
		my ($status, $err) = run($writes{$option}->('mine') . $as, sub { symlink 'victim', 'mine' });
		is_left("$option$as, a link");
		if ($option eq '--manifest') {
			is("$status $err", "1 vtap-split: --manifest: mine: is a symbolic link\n", '... said');
		} else {
			is("$status $err" . (-l 'mine' ? ' a link' : ''), '0 ', '... and the link has made room');
		}
		run($writes{$option}->('mine') . $as, sub { link 'victim', 'mine' });
		is_left("$option$as, a hard link");
		($status) = run($writes{$option}->('mine') . $as, sub { symlink 'victim', 'mine.tmp' });
		is_left("$option$as, a link called .tmp");
		is($status, 0, '... which is in nobody\'s way');
		($status, $err) = run($writes{$option}->('mine') . $as, sub { mkfifo('fifo', 0666); symlink 'fifo', 'mine' });
		is($status, 1, "$option$as, a link to a FIFO: exit 1") or diag $err;
		like($err, qr/mine: is a symbolic link\n/, '... said');
	}
}

SKIP: {
	skip 'not root, or there is no user nobody', 8 if $> != 0 || !defined $nobody;
	my $by = sub { my ($id) = @_; return sub { spew('mine', 'an old line'); chown $id, $id, 'mine' } };
	my ($status, $err) = run($writes{'--manifest'}->('mine'), $by->($nobody));
	is("$status $err" . slurp('mine'), "1 vtap-split: --manifest: mine: belongs to another user ($nobody): remove it first\nan old line",
		'a manifest of another user is not emptied');
	($status, $err) = run($writes{'--manifest'}->('mine') . ' -Z nobody', $by->(12345));
	is($status . slurp('mine'), '1an old line', '... nor one of a third user with -Z');
	for my $id (0, $nobody) {
		($status, $err) = run($writes{'--manifest'}->('mine') . ' -Z nobody', $by->($id));
		is("$status $err", '0 ', "... but one of user $id with -Z nobody is");
		is(decode_json(slurp('mine'))->{packets}, 3, '... and has its line');
	}
	($status, $err) = run($writes{'--manifest'}->('mine') . ' -Z nosuchuser', $by->(0));
	is("$status $err" . slurp('mine'), "1 vtap-split: there is no user nosuchuser\nan old line", 'a user who is not there: nothing is touched');
	($status, $err) = run($writes{'-w'}->('disk'), sub { system 'mknod disk b 7 200 2>/dev/null' });
	like("$status $err", qr/\A(?:1 vtap-fixlen: disk: is neither a file nor a FIFO nor a character device\n|0 )\z/, 'a block device is no output');
}

# What is named on purpose.
my $last = qr/"packets":\s*3/;
for my $name ('/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '-') {
	my ($status, $err) = run($writes{'--manifest'}->($name));
	is("$status $err", '0 ', "--manifest $name");
	like(slurp('stdout'), $last, '... is written there');
}
{
	my ($status, $err) = run($writes{'--manifest'}->('/dev/stderr'));
	like($err, $last, '--manifest /dev/stderr');
	($status, $err) = run($writes{'--manifest'}->('/dev/null'));
	is("$status $err", '0 ', '--manifest /dev/null');
	($status, $err) = run($writes{'--manifest'}->('/dev/fd/7') . ' 7>seven');
	like(slurp('seven'), $last, '--manifest /dev/fd/7');
	($status, $err) = run($writes{'--manifest'}->('fifo'), sub { mkfifo('fifo', 0600); system 'cat fifo >read &' });
	until_true(sub { -s 'read' });
	like(slurp('read'), $last, '--manifest FIFO');
	($status, $err) = run($writes{'--manifest'}->('there/m'), sub { symlink 'out', 'there' });
	like("$status$err" . slurp('out/m'), $last, 'a link among the folders that the user typed is followed');
}
chdir '/';
done_testing();
