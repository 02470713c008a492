#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of outputs where somebody else was first: links, files of others, second names. Nothing that such a name leads to
# is written to, by root neither; what the user names on purpose (FIFOs, devices, descriptors) is.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use IO::Handle;
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap);
use Scratch qw(scratch);
use Wait qw(until_true);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chmod 0777, $dir;
my $nobody = getpwnam('nobody');
my $in = spew("$dir/in.pcap", pcap('<', 0xa1b2c3d4, 1, map { [1_700_000_000 + $_, 0, pack('H24 n', '0' x 24, 0x0806) . '0' x 40, 54] } 1 .. 3));
my $number = 0;

# Each writes one small text or capture to NAME, from three packets.
my %writes = (
	'--manifest' => sub { "vtap-split --by linktype -w out/{key}-{n}.pcap --manifest $_[0] $in" },
	'--stats' => sub { "vtap-decap -q -r $in -w out/x.pcap --stats $_[0]" },
	'-w' => sub { "vtap-fixlen -q -r $in -w $_[0]" },
	'-w, of wiretap' => sub { "vtap-decap -q -r $in -F snoop -w $_[0]" },
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
		is($status, $option =~ /^-w/ ? 1 : 0, $option =~ /^-w/ ? '... which blocks the name' : '... which is in nobody\'s way');
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
# Somebody puts another file where a .tmp file was: [what, how].
my @swaps = (
	['another file', sub { unlink $_[0]; spew($_[0], 'forged') }],
	['a file that was renamed', sub { rename $_[0], "$_[0].away"; spew("$_[0].new", 'forged'); rename "$_[0].new", $_[0] }],
	['a link to the file itself', sub { rename $_[0], "$_[0].away"; symlink "$_[0].away", $_[0] }],
	['nothing', sub { unlink $_[0] }],
);

sub record { return pack('L<4', 1_700_000_000, $_[0], 58, 58) . pack('H24 n n n', '0' x 24, 0x8100, $_[1], 0x0806) . '0' x 40 }

# Feeds a command packets of two VLANs, swaps the .tmp file of VLAN 1 in between, and feeds it the rest: its status, what
# it says, its figures.
sub swapped {
	my ($command, $tmp, $swap, $wait) = @_;
	my $place = "$dir/" . ++$number;
	mkdir $place;
	chdir $place or die;
	open my $pipe, '|-', "exec $build/$command --stats stats 2>stderr" or die;
	$pipe->autoflush;
	local $SIG{PIPE} = 'IGNORE';
	print $pipe pack('L< S<2 L<4', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1), map { record($_, 1 + $_ % 2) } 1 .. 20;
	until_true(sub { -s $tmp && (!$wait || -s $wait) }) or diag slurp('stderr');
	$swap->($tmp);
	print $pipe map { record($_, 1 + $_ % 2) } 21 .. 40;
	close $pipe;
	return ($? >> 8, slurp('stderr'), decode_json(slurp('stats')));
}

for my $swap (@swaps) {
	my ($what, $how) = @$swap;
	for my $format (qw(pcap pcapng snoop)) {
		my $tmp = $format eq 'snoop' ? 'snoop.pcapng.tmp' : "$format.tmp";
		for my $open (1, 8) {
			my ($status, $err, $stats) = swapped("vtap-split --by vlan -F $format -w '{key}.$format' --max-open $open --manifest m",
				"1.$tmp", $how, "2.$tmp");
			like("$status $err", qr/\A1 .*1\.\Q$tmp\E: is another file now.*\n.*lost/s, "$what instead of a $format, $open open: told, exit 1");
			is($stats->{details}{packets_lost}, 20, '... its packets are lost');
			is($stats->{outcomes}{written}, 40, '... in = sum of outcomes');
			ok(!-e "1.$format" && !-l "1.$format", '... it gets no name');
			is(-f "1.$tmp" && !-l "1.$tmp" ? slurp("1.$tmp") : 'forged', 'forged', '... and not a byte');
			ok(-s "2.$format", '... the other file is complete');
			is(scalar(grep { /"name":\s*"1\./ } slurp('m')), 0, '... the manifest does not vouch for it');
		}
		next if $format eq 'snoop';
		for my $tool ('vtap-decap', 'vtap-fixlen') {
			my ($status, $err, $stats) = swapped("$tool -w x.$format", "x.$format.tmp", $how);
			like("$status $err", qr/\A1 .*x\.$format\.tmp: is another file now/s, "$tool: $what instead of a $format: told, exit 1");
			is($stats->{details}{packets_lost}, 40, '... its packets are lost');
			ok(!-e "x.$format" && !-l "x.$format", '... it gets no name');
		}
	}
}

chdir '/';
done_testing();
