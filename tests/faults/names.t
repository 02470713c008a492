#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that packets choose: never outside the directory, never through a link, never over what is not ours.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets ng_section ng_interface ng_option ng_packet);
use Faults qw($build $dir run frame capture place left);

# One packet on each of these interfaces.
sub named {
	my @names = @_;
	return spew("$dir/named.pcapng", ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } @names),
		map { ng_packet('<', $_, 1e15 + $_, frame(1, $_), 46) } 0 .. $#names);
}

my @hostile = ('../escape', '../../escape', '..', '.', '/etc/escape', 'a/../../b', "nul\0../x", "new\nline", "\r\e[2J", 'x' x 300, '/' x 300, '%2e%2e', '-rf', '.hidden', 'none',
	'~root', '$(touch escape)', "`id`", 'a.tmp', 'con:', "\xff\xfe", "\xc0\xaf..\xc0\xaf", '{n}', ' ', '*', 'manifest');
my $file = named(@hostile);
for my $template ('{key}', '{key}.pcapng', '{key}/x.pcapng', '{key}/{key}.pcapng', 'a-{key}-{n}.pcapng', 'd/{interface}', '{key}/{key}/{key}') {
	my $parent = place();
	spew("$parent/precious", 'precious');
	mkdir "$parent/in";
	my ($status, undef, $err) = run("cd $parent/in && $build/vtap-split --by interface -r $file -F pcapng -w '$template'");
	is("$status$err", '0', "hostile names, -w $template");
	my @outside = grep { !m{^in/} } left($parent);
	is("@outside", 'precious', '... all stay inside');
	is(slurp("$parent/precious"), 'precious', '... and leave the rest alone');
	my @files = left("$parent/in");
	is(scalar(map { packets("$parent/in/$_") } @files), scalar @hostile, '... every packet is in a file');
	is(scalar(grep { m{(?:^|/)[-.]|[^\w./\@+=,:%~-]|[^/]{256}|\.tmp$} } @files), 0, '... of a plain name');
	ok(!-e '/etc/escape', '... and none in /etc');
}

# A run over one interface called `eth0`, into a folder that somebody has prepared; how it ended.
my $one = named('eth0');
sub prepared {
	my ($prepare, $template) = @_;
	my ($format) = $template =~ /(\w+)$/;
	my $place = place();
	mkdir "$place/$_" for 'out', 'elsewhere';
	spew("$place/elsewhere/victim", 'precious');
	$prepare->($place);
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by interface -r $one -F $format -w 'out/$template'");
	is(slurp("$place/elsewhere/victim"), 'precious', '... what a link names is as it was');
	is(join(' ', left("$place/elsewhere")), 'victim', '... and nothing is beside it');
	return ($status, $err, $place);
}

for my $format (qw(pcap pcapng snoop)) {
	my $tmp = $format eq 'snoop' ? 'eth0.snoop.pcapng.tmp' : "eth0.$format.tmp";
	for my $target ('../elsewhere/victim', '../elsewhere/new', '/dev/null', 'loop') {
		my ($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/eth0.$format"; symlink 'loop', "$_[0]/out/loop" }, "{key}.$format");
		is($status, 1, "a link to $target instead of the $format: exit 1");
		like($err, qr{\Avtap-split: out/eth0\.$format: is a symbolic link\n\z}, '... said');
		is(readlink "$place/out/eth0.$format", $target, '... and left alone');
		($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/$tmp" }, "{key}.$format");
		is("$status$err", '0', "a link to $target instead of $tmp: goes");
		is(join(' ', left("$place/out")), "eth0.$format", '... the file is there');
		ok(!-l "$place/out/eth0.$format" && -f _, '... a file');
		next if $format eq 'snoop';
		($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/eth0" }, "{key}/x.$format");
		is($status, 1, "a link to $target instead of a directory that a key names: exit 1");
		like($err, qr{\Avtap-split: out/eth0: is a symbolic link\n\z}, '... said');
	}
	my ($status, $err, $place) = prepared(sub { symlink '../elsewhere', "$_[0]/out/eth0" }, "{key}/{key}.$format");
	is($status, 1, 'a link to a directory instead of one that a key names: exit 1');
	($status, $err, $place) = prepared(sub { mkdir "$_[0]/out/a"; symlink '../../elsewhere', "$_[0]/out/a/eth0" }, "a/{key}/x/y.$format");
	is($status, 1, '... further down');
	($status, $err, $place) = prepared(sub { rename "$_[0]/out", "$_[0]/real"; symlink 'real', "$_[0]/out" }, "{key}.$format");
	is("$status$err", '0', 'a link that the user named is his');
	is(join(' ', left("$place/real")), "eth0.$format", '... and followed');

	# What is there already.
	($status, $err, $place) = prepared(sub { spew("$_[0]/out/eth0.$format", 'old'); link "$_[0]/out/eth0.$format", "$_[0]/out/other" }, "{key}.$format");
	is("$status$err", '0', "a $format of an earlier run is replaced");
	is(slurp("$place/out/other"), 'old', '... not written over: its other name has the old bytes');
	($status, $err, $place) = prepared(sub { spew("$_[0]/out/$tmp", 'old'); link "$_[0]/out/$tmp", "$_[0]/out/other" }, "{key}.$format");
	is("$status$err" . slurp("$place/out/other"), '0old', '... nor is its .tmp');
	for my $what ("eth0.$format", $tmp) {
		($status, $err, $place) = prepared(sub { mkdir "$_[0]/out/$what"; spew("$_[0]/out/$what/mine", 'mine') }, "{key}.$format");
		is($status, 1, "a directory called $what: exit 1");
		is(slurp("$place/out/$what/mine"), 'mine', '... left alone');
	}
}

# Two keys that would share a name do not.
my $twins = named('a/b', 'a%2Fb', 'x' x 250, 'x' x 251);
my $place = place();
my ($status, undef, $err) = run("$build/vtap-split --by interface -r $twins -w '$place/{key}.pcapng'");
is("$status$err" . (() = left($place)), '04', 'names that look alike are four files');
done_testing;
