#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that packets choose: never outside the directory, never through a link, never over what is not ours.
use strict;
use warnings;
use Errno qw(EINVAL);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets ng_section ng_interface ng_option ng_packet);
use Faults qw($build $dir run faulty frame capture place left);

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

# A terminal gets none of it.
like(join('', run("cd @{[place()]} && $build/vtap-split -v --by interface -r $file")), qr/  new\?line\n.*  \?\?\[2J\n/s, '-v: names command no terminal');

# Packets of a file; 1 for one that only Wireshark's library reads.
sub held {
	my ($file) = @_;
	return $file =~ /snoop$/ ? int(-s $file > 24) : scalar packets($file);
}

# How a run ends whose first name was taken, and one that met such names later.
my $stops = qr/, so nothing is written: (?:--overwrite replaces captures, \{n\} in -w numbers the files|move it away)\n/;
my $why = qr/vtap-split: \d+ packets left out: the names of files are taken, and nothing is overwritten: .*\n/;

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
		like($err, qr{\Avtap-split: out/eth0\.$format: is a symbolic link$stops\z}, '... said');
		is(readlink "$place/out/eth0.$format", $target, '... and left alone');
		($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/$tmp" }, "{key}.$format");
		is($status, 1, "a link to $target instead of $tmp: exit 1");
		like($err, qr{\Avtap-split: out/\Q$tmp\E: is no regular file of this user, so nothing is written: \{n\} in -w numbers the files\n\z}, '... said');
		is(readlink "$place/out/$tmp", $target, '... and left alone');
		if ($format eq 'snoop') {
			($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/eth0.snoop.pcapng" }, "{key}.$format");
			is("$status$err", '0', "a link to $target that has the name of the pcapng, of which only the .tmp is made");
			is(readlink "$place/out/eth0.snoop.pcapng", $target, '... is left alone');
			next;
		}
		($status, $err, $place) = prepared(sub { symlink $target, "$_[0]/out/eth0" }, "{key}/x.$format");
		is($status, 1, "a link to $target instead of a directory that a key names: exit 1");
		like($err, qr{\Avtap-split: out/eth0: is a symbolic link$stops\z}, '... said');
		($status, $err, $place) = prepared(sub { spew("$_[0]/out/eth0", 'mine') }, "{key}/{n}.$format");
		is("$status " . slurp("$place/out/eth0"), '1 mine', 'a file instead of a directory that a key names: left alone');
		like($err, qr{\Avtap-split: out/eth0: is not a directory$stops\z}, '... said');
	}
	my ($status, $err, $place) = prepared(sub { symlink '../elsewhere', "$_[0]/out/eth0" }, "{key}/{key}.$format");
	is($status, 1, 'a link to a directory instead of one that a key names: exit 1');
	($status, $err, $place) = prepared(sub { mkdir "$_[0]/out/a"; symlink '../../elsewhere', "$_[0]/out/a/eth0" }, "a/{key}/x/y.$format");
	is($status, 1, '... further down');
	($status, $err, $place) = prepared(sub { rename "$_[0]/out", "$_[0]/real"; symlink 'real', "$_[0]/out" }, "{key}.$format");
	is("$status$err", '0', 'a link that the user named is his');
	is(join(' ', left("$place/real")), "eth0.$format", '... and followed');

	# What is there already.
	($status, $err, $place) = prepared(sub { spew("$_[0]/out/eth0.$format", 'old') }, "{key}.$format");
	is($status, 1, "a file eth0.$format of an earlier run: exit 1");
	like($err, qr{\Avtap-split: out/eth0\.$format: exists already$stops\z}, '... said');
	is(join(' ', left("$place/out")) . slurp("$place/out/eth0.$format"), "eth0.${format}old", '... and left alone');
	($status, $err, $place) = prepared(sub { spew("$_[0]/out/eth0-1.$format", 'old'); symlink('nowhere', "$_[0]/out/" . $tmp =~ s/0/0-2/r); symlink '../elsewhere/new', "$_[0]/out/eth0-3.$format" },
		"{key}-{n}.$format");
	is("$status$err", '0', 'with {n} another number is taken');
	is(held("$place/out/eth0-4.$format"), 1, '... the first that is free');
	is(slurp("$place/out/eth0-1.$format") . readlink("$place/out/" . $tmp =~ s/0/0-2/r), 'oldnowhere', '... and the others stay');
	($status, $err, $place) = prepared(sub { symlink('nowhere', "$_[0]/out/" . $tmp =~ s/0/0-unfinished-1/r) }, "{key}-{end}.$format");
	is("$status$err", '0', 'with {end} what an earlier run left is in nobody\'s way');
	my $ended = (grep { /Z\.$format$/ } left("$place/out"))[0];
	($status, $err, $place) = prepared(sub { spew("$_[0]/out/$ended", 'old') }, "{key}-{end}.$format");
	is("$status " . slurp("$place/out/$ended"), '1 old', '... but the last name can be taken when the file ends');
	my ($kept) = $err =~ qr{\Avtap-split: what was written is in (out/\S*\.tmp): };
	like($err, qr{\Avtap-split: what was written is in out/\S*\.tmp: out/\Q$ended\E: exists already\nvtap-split: 1 complete captures stay below out/ as NAME\.tmp: the names}, '... said');
	is(scalar packets("$place/$kept"), 1, '... and there it is');
	for my $what ("eth0.$format", $tmp) {
		($status, $err, $place) = prepared(sub { mkdir "$_[0]/out/$what"; spew("$_[0]/out/$what/mine", 'mine') }, "{key}.$format");
		is($status, 1, "a directory called $what: exit 1");
		is(slurp("$place/out/$what/mine"), 'mine', '... left alone');
	}
}

# Many keys, some names taken: the others go on, and in = sum of outcomes.
my $many = named(map { "eth$_" } 0 .. 29);
my $place = place();
spew("$place/eth$_.pcap", 'old') for 10 .. 22;
my ($status, undef, $err) = run("cd $place && $build/vtap-split --by interface -r $many $many -w '{key}.pcap' --stats stats -z true --manifest manifest");
is($status, 1, 'thirteen names of thirty are taken: exit 1');
is(() = $err =~ /exists already/g, 10, '... ten of them are said');
like($err, qr/\nvtap-split: 26 packets left out: .*\n\z/, '... and how many packets');
is_deeply([map { scalar packets("$place/eth$_.pcap") } 0 .. 9, 23 .. 29], [(2) x 17], '... all others are written');
is(join('', map { slurp("$place/eth$_.pcap") } 10 .. 22), 'old' x 13, '... and nothing is overwritten');
my $stats = decode_json(slurp("$place/stats"));
is_deeply([@$stats{qw(in out)}, $stats->{outcomes}], [60, 34, { written => 34, none => 0, refused => 26, filtered => 0, out_of_time => 0, unwritten => 0 }], '... in = sum of outcomes');
is_deeply([scalar(() = slurp("$place/manifest") =~ /\n/g), @{ $stats->{details} }{qw(files commands unnamed)}], [17, 17, 17, 0], '... -z and the manifest have those that are there');

# A new interval has new names, and so has what is in both files of a packet.
my $place2 = place();
my $hosts = spew("$dir/hosts.pcap", capture(20));
($status, undef, $err) = run("cd $place2 && $build/vtap-split --by host -r $hosts -w 'out/{key}.pcap' --stats stats; $build/vtap-split --by host -r $hosts -w 'out/{key}.pcap' --stats stats2");
$stats = decode_json(slurp("$place2/stats2"));
is_deeply([@$stats{qw(in out)}, $stats->{outcomes}], [1, 0, { written => 0, none => 0, refused => 0, filtered => 0, out_of_time => 0, unwritten => 1 }], 'a second run into the same folder stops at once');
is(decode_json(slurp("$place2/stats"))->{out}, 40, '... after the first did');

# Where a file system cannot do it in one step (renameat2), it is looked at first.
for my $old (0, 1) {
	$place = place();
	spew("$place/eth0-x.pcap", 'old') if $old;
	($status, undef, $err) = faulty("$build/vtap-split --by interface -r $one -w '$place/{key}-x.pcap'", CALLS => 'rename', ERROR => EINVAL, AT => 1);
	is("$status " . ($old ? slurp("$place/eth0-x.pcap") : scalar packets("$place/eth0-x.pcap")), $old ? '1 old' : '0 1', "no renameat2, $old file there");
}

# Two keys that would share a name do not.
my $twins = named('a/b', 'a%2Fb', 'x' x 250, 'x' x 251);
$place = place();
($status, undef, $err) = run("$build/vtap-split --by interface -r $twins -w '$place/{key}.pcapng'");
is("$status$err" . (() = left($place)), '04', 'names that look alike are four files');
done_testing;
