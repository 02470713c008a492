#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-recall from remotes of rclone's, that stand for folders of this host: what is listed, fetched and kept here, and what fails.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use File::Path qw(remove_tree);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Archive qw(put_object time_text $second $hour $day);
use Capture qw(slurp spew packets);
use Required qw(lacks);
use Run qw(fork_usual);
use Scratch qw(scratch);
use Wait qw(until_true waits_in);

my $recall = abs_path($ENV{BUILD} || 'build') . '/vtap-recall';
my ($rclone) = grep { -x } map { "$_/rclone" } split /:/, $ENV{PATH};
lacks('needs rclone') if !$rclone;
my $dir = scratch();
chdir $dir or die;
mkdir $_ for qw(tmp bin);
$ENV{TMPDIR} = "$dir/tmp";
delete $ENV{$_} for grep { /^RCLONE/ } keys %ENV;
# Each call of rclone is a line of the file `calls`.
$ENV{PATH} = "$dir/bin:$ENV{PATH}";

sub instead {
	my ($script) = @_;
	spew('bin/rclone', "#!/bin/sh\n$script\n");
	chmod 0755, 'bin/rclone';
}

my $counted = "echo \"\$1 \$(echo \"\$@\" | sed 's/.* -- //')\" >>$dir/calls\nexec $rclone \"\$\@\"";
my $remote = "':local:$dir/a'";

sub recalled {
	my ($args) = @_;
	unlink 'out', 'calls';
	system 'bash', '-c', "timeout 120 $recall --no-sandbox $args >out 2>stderr </dev/null";
	my ($status, $said) = ($? & 127 ? -1 : $? >> 8, slurp('stderr'));
	return ($status, $said =~ s/\Q$dir\E\///gr);
}

sub calls { return [grep { !/^version/ } split /\n/, slurp('calls') // ''] }
sub left { return join ' ', map { s/.*\///r } glob 'tmp/*' }
sub line { my ($ns, $bytes, $name) = @{$_[0]}; return join ' ', $ns, 1, length $bytes, length $bytes, $name, md5_hex($bytes) }
my $serial = 0;
sub packet { return [$_[0], sprintf('packet %08d %s', $serial++, 'x' x ($_[2] // 40)), $_[1]] }

my $base = 1_795_017_900 * $second; # 2026-11-18 16:05
my %of;
for my $name ('vxlan-3000@10.0.1.5', "gr\xc3\xbcn / 1") {
	$of{$name} = [map { packet($base + $_ * 10 * 60 * $second, $name, 1000) } 0 .. 99];
	put_object('a', [@{$of{$name}}[$_ * 5 .. $_ * 5 + 4]], type => $_ % 3 ? 'pcapng.zst' : 'pcapng') for 0 .. 19;
}
my @all = sort { $a->[0] <=> $b->[0] || ($a->[2] cmp $b->[2]) } map { @$_ } values %of;

instead($counted);
{
	my ($status, $said) = recalled("$remote --since \@0 --stats stats");
	is("$status$said", '0', 'everything comes back from a remote');
	is_deeply([sort(packets('out'))], [sort map { line($_) } @all], '... each packet once');
	is_deeply([map { /^(\d+)/ } packets('out')], [map { $_->[0] } @all], '... in order');
	is_deeply(decode_json(slurp('stats'))->{objects}, { listed => 40, fetched => 40, damaged => 0 }, '... all objects were fetched');
	is(scalar(grep { /^lsf/ } @{calls()}), 1, '... after one listing');
	cmp_ok(scalar(grep { /^copy/ } @{calls()}), '<=', 4, '... by batches');
	is(left(), '', '... nothing is left');
	my ($since, $until) = (time_text($base + 2 * $hour), time_text($base + 3 * $hour));
	($status) = recalled("$remote --since $since --until $until --source 'vxlan-3000\@10.0.1.5'");
	is_deeply([$status, packets('out')], [0, map { line($_) } grep { $_->[0] >= $base + 2 * $hour && $_->[0] < $base + 3 * $hour } @{$of{'vxlan-3000@10.0.1.5'}}],
		'an hour of a source');
	($status) = recalled("$remote --since 2026-11-18T18:00 --until 2026-11-18T19:00 --list");
	cmp_ok(scalar(@{calls()}), '<=', 12, '--list of an hour sends few requests') or diag explain calls();
	($status) = recalled("$remote --since 2026-11-18 --until 2026-11-19 --source 'vxlan-3000\@10.0.1.5' --list");
	cmp_ok(scalar(@{calls()}), '<=', 60, '... of a day of a source, too');
	is(scalar(grep { !m{/(vxlan-3000\@10.0.1.5|mixed)$} } @{calls()}), 0, '... which lists no other one');
	($status, $said) = recalled("$remote --since 2026-12-18 --until 2026-12-19 --list");
	is($status, 1, 'nothing matches');
	like($said, qr/no capture from .*; before it there is \Q@{[time_text($all[-1][0])]}\E, after it nothing$/, '... the nearest times');
	cmp_ok(scalar(grep { m{/\d{4}-\d\d-\d\d$|/long$|/a$} } @{calls()}), '<=', 16 + 30, '... in few listings');
}

# A small cache is enough for what does not overlap, and is never exceeded.
{
	my $most = 0;
	unlink 'out';
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDOUT, '>', 'out';
		exec $recall, '--no-sandbox', ":local:$dir/a", '--since', '@0', '--cache', '30kB' or POSIX::_exit(127);
	}
	my $status;
	until_true(sub {
		my $now = 0;
		$now += -s $_ // 0 for grep { -f } split /\n/, `find tmp -type f 2>/dev/null`;
		$most = $now if $now > $most;
		return waitpid($pid, POSIX::WNOHANG()) == $pid ? (($status = $?), 1)[1] : 0;
	});
	is_deeply([$status, sort(packets('out'))], [0, sort map { line($_) } @all], 'a cache of 30 kB is enough');
	cmp_ok($most, '<=', 30_000, '... and never exceeded');
	my ($code, $said) = recalled("$remote --since \@0 --cache 2kB");
	is($code, 1, 'a cache that is too small');
	like($said, qr/more than --cache/, '... is told');
	my @big = map { my $s = $_; put_object('b', [map { packet($base + $_ + $s, "o$s", 20_000) } 0 .. 9], type => 'pcapng') } 0 .. 3;
	($code, $said) = recalled("':local:$dir/b' --since \@0 --cache 300kB");
	is_deeply([$code, calls()->[1] // 'nothing is fetched'], [1, 'nothing is fetched'], 'what overlaps and is too large is told before anything is fetched');
	my ($takes) = $said =~ /try --cache (\d+MB)/;
	($code, $said) = recalled("':local:$dir/b' --since \@0 --cache " . ($takes // '1'));
	is_deeply([$code, scalar(packets('out'))], [0, 40], '... and how much it takes') or diag $said;
}

# The first packet is written before the last object is fetched.
{
	instead("if [ \"\$1\" = copy ]; then [ -e $dir/one ] && touch $dir/second && while [ ! -e $dir/go ]; do sleep 0.05; done; touch $dir/one; fi\nexec $rclone \"\$\@\"");
	unlink 'one', 'second', 'go', 'out';
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDOUT, '>', 'out';
		exec $recall, '--no-sandbox', ":local:$dir/a", '--since', '@0' or POSIX::_exit(127);
	}
	ok(until_true(sub { -s 'out' && packets('out') > 0 }), 'the first packet is written while the second batch is held up');
	ok(until_true(sub { -e 'second' }), '... there is one');
	spew('go', '');
	waitpid $pid, 0;
	is_deeply([$?, scalar(packets('out'))], [0, scalar @all], '... and the rest comes');
}

# SIGTERM and SIGKILL while rclone runs.
for my $signal (qw(TERM KILL)) {
	my $sleep = "sleep 1000.$$";
	instead("[ \"\$1\" = copy ] && exec $sleep\nexec $rclone \"\$\@\"");
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDOUT, '>', 'out';
		exec $recall, '--no-sandbox', ":local:$dir/a", '--since', '@0' or POSIX::_exit(127);
	}
	ok(until_true(sub { `ps -e -o args` =~ /^\Q$sleep\E$/m }), "SIG$signal while an object is fetched");
	kill $signal, $pid;
	waitpid $pid, 0;
	is($?, $signal eq 'KILL' ? 9 : 0, '... exit status');
	ok(until_true(sub { left() eq '' }), '... the folder is gone');
	ok(until_true(sub { `ps -e -o args` !~ /^\Q$sleep\E$/m }), '... and rclone');
}

# crypt, in the sandbox: what it fetches is right, and a flipped bit is seen.
{
	instead("exec $rclone \"\$\@\"");
	local $ENV{RCLONE_CONFIG_SAFE_TYPE} = 'crypt';
	local $ENV{RCLONE_CONFIG_SAFE_REMOTE} = "$dir/crypt";
	local $ENV{RCLONE_CONFIG_SAFE_PASSWORD} = `rclone obscure secret` =~ s/\n//r;
	mkdir 'crypt';
	is(system("rclone copy $dir/a safe: >/dev/null 2>&1"), 0, 'a crypt remote');
	unlink 'out';
	is(system('bash', '-c', "timeout 120 $recall safe: --since \@0 >out 2>stderr"), 0, '... comes back') or diag slurp('stderr');
	is_deeply([sort(packets('out'))], [sort map { line($_) } @all], '... each packet');
}

# Objects that are missing or damaged, and a remote that fails.
{
	instead("if [ \"\$1\" = copy ]; then grep -v -e '--5--' >$dir/list; exec $rclone \"\$\@\" <$dir/list; fi\nexec $rclone \"\$\@\"");
	my ($status, $said) = recalled("$remote --since \@0");
	is($status, 1, 'objects that the store does not give');
	my $missing = () = $said =~ /: the store does not give it\n/g;
	is($missing, 40, '... are named');
	instead("[ \"\$1\" = lsf ] && { echo 'Failed: dial tcp 127.0.0.1:1: connect: connection refused' >&2; exit 1; }\nexec $rclone \"\$\@\"");
	($status, $said) = recalled("$remote --since \@0");
	is("$status $said", "1 vtap-recall: :local:a: the store refuses connections: nothing listens at 127.0.0.1:1\n", 'a store that refuses');
	instead("[ \"\$1\" = copy ] && { echo 'Failed: dial tcp 127.0.0.1:1: connect: connection refused' >&2; exit 1; }\nexec $rclone \"\$\@\"");
	($status, $said) = recalled("$remote --since \@0");
	is("$status $said", "1 vtap-recall: :local:a: the store refuses connections: nothing listens at 127.0.0.1:1\n", '... when objects are fetched');
	instead("n=\$(cat $dir/n 2>/dev/null || echo 0); [ \"\$1\" != version ] && echo \$((n + 1)) >$dir/n && [ \$n -lt 2 ] && exit 1\nexec $rclone \"\$\@\"");
	unlink 'n';
	($status, $said) = recalled("$remote --list --json");
	is_deeply([$status, $said, scalar(split /\n/, slurp('out'))], [0, '', 40], 'the third try is good enough');
	instead('echo rclone v1.52.3');
	($status, $said) = recalled("$remote --list");
	is("$status $said", "1 vtap-recall: rclone is too old (1.52): it has to be 1.53 or newer\n", 'an rclone that is too old');
	local $ENV{PATH} = "$dir/none";
	system "/bin/bash", '-c', "$recall --no-sandbox $remote --list >out 2>stderr";
	like(slurp('stderr'), qr/^vtap-recall: \S*: there is no rclone in PATH: install it/, 'no rclone');
}

done_testing;
