#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of vtap-split that are taken: a file job stops or leaves out, packets of a pipe get another name, --overwrite
# replaces captures alone.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX qw(mkfifo);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets ng_section ng_interface ng_option ng_packet);
use Faults qw($build $dir run frame place left);
use Readers qw(read_by_all);
use Wait qw(until_true);

# One packet on each of these interfaces, a second apart.
sub named {
	my ($file, @names) = @_;
	my %at;
	my @different = grep { !$at{$_}++ } @names;
	@at{@different} = 0 .. $#different;
	return spew("$dir/$file", ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } @different),
		map { ng_packet('<', $at{ $names[$_] }, 1e15 + $_ * 1e6, frame(1, $_), 46) } 0 .. $#names);
}

# All that is in a folder, and that is the same as long as nobody touches anything.
sub state_of_all {
	my ($place) = @_;
	return join "\n", map { my @of = lstat "$place/$_"; join ' ', $_, @of[0 .. 7, 9, 10] } left($place), '.';
}

my $input = named('input.pcapng', 'a', 'b', 'c', 'a', 'b', 'c');
my $hosts = spew("$dir/hosts.pcapng", slurp($input));
my $advice = qr/--overwrite replaces captures, \{n\} in -w numbers the files/;

# What is no file: --overwrite would not replace it.
for my $case (['a link', sub { symlink 'elsewhere', $_[0] }, 'is a symbolic link'], ['a folder', sub { mkdir $_[0] }, 'is a directory']) {
	my ($what, $make, $said) = @$case;
	my $place = place();
	$make->("$place/a.pcap");
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by interface -w '{key}.pcap' -r $input");
	is("$status $err", "1 vtap-split: a.pcap: $said, so nothing is written: move it away\n", "a name that is $what");
}

# A second run: the first name is taken, so nothing is left behind and nothing that is there is touched.
for my $case (['pcap', '{key}.pcap', '<'], ['pcapng', 'd/{key}/x.pcapng', '-r'], ['pcap', '{key}.pcap.gz', '-r'], ['snoop', '{key}.snoop', '<'], ['pcapng', '{key}', '-r']) {
	my ($format, $template, $from) = @$case;
	my $place = place();
	my $again = "cd $place && $build/vtap-split --by interface -F $format -w '$template' -z true --manifest m $from $input --stats $dir/stats";
	my ($status, undef, $err) = run($again);
	is("$status$err", '0', "-w $template, $from");
	my $before = state_of_all($place);
	($status, undef, $err) = run($again);
	my $name = $template =~ s/\{key\}/a/r;
	is($status, 1, '... once more: exit 1');
	like($err, qr{\Avtap-split: \Q$name\E: exists already, so nothing is written: $advice\n\z}, '... told');
	is(state_of_all($place), $before, '... and nothing is touched, the manifest neither');
	my $stats = decode_json(slurp("$dir/stats"));
	is_deeply([$stats->{in}, $stats->{outcomes}], [1, { written => 0, none => 0, refused => 0, filtered => 0, out_of_time => 0, unwritten => 1 }], '... the first packet was the last');
	($status, undef, $err) = run("$again --overwrite");
	is("$status$err", '0', '... with --overwrite all is written');
	my %old = map { /^(\S+) \S+ (\d+)/ } split "\n", $before;
	is(join(' ', grep { (stat "$place/$_")[1] == $old{$_} } left($place)), 'm', '... anew, but for the manifest') or diag state_of_all($place);
	is(() = slurp("$place/m") =~ /\n/g, 3, '... which has the new lines alone');
}

# Whatever has the name of the first packet.
my %taken = (
	'a FIFO' => sub { mkfifo("$_[0]/a.pcap", 0600) }, 'a folder' => sub { mkdir "$_[0]/a.pcap" }, 'a link to nothing' => sub { symlink 'nowhere', "$_[0]/a.pcap" },
	'a link to a device' => sub { symlink '/dev/null', "$_[0]/a.pcap" }, 'a link to a capture' => sub { spew("$_[0]/real", slurp($input)); symlink 'real', "$_[0]/a.pcap" },
	'an empty file' => sub { spew("$_[0]/a.pcap", '') }, 'text' => sub { spew("$_[0]/a.pcap", "#!/bin/sh\nexit 0\n") }, 'a gzip file' => sub { system "gzip <$input >$_[0]/a.pcap" },
);
for my $what (sort keys %taken) {
	for my $overwrite ('', '--overwrite') {
		my $place = place();
		$taken{$what}->($place);
		my $before = state_of_all($place);
		my ($status, undef, $err) = run("$build/vtap-split $overwrite --by interface -r $input -w '$place/{key}.pcap'");
		like("$status $err", qr/\A1 vtap-split: \Q$place\E\/a\.pcap: [a-z ]+, so nothing is written: .*\n\z/, "$what is there $overwrite: exit 1, told");
		is(state_of_all($place), $before, '... and nothing is done');
		($status, undef, $err) = run("cat $input | $build/vtap-split $overwrite --by interface -w '$place/{key}.pcap'");
		like("$status $err", qr/\A0 vtap-split: \Q$place\E\/a\.pcap: [a-z ]+: the packets go to \Q$place\E\/a-2\.pcap\n\z/, '... from a pipe: another name, told');
		is(join(' ', map { scalar packets("$place/$_.pcap") } qw(a-2 b c)), '2 2 2', '... and all packets are there');
	}
}

# A packet with two files: neither is begun if one name is taken.
{
	my $place = place();
	spew("$place/11.0.0.1.pcap", 'mine');
	my ($status, undef, $err) = run("$build/vtap-split --by host -r $hosts -w '$place/{key}.pcap'");
	like("$status $err", qr/\A1 vtap-split: \S+\/11\.0\.0\.1\.pcap: exists already, so nothing is written/, 'the second of two files is taken: exit 1');
	is(join(' ', left($place)), '11.0.0.1.pcap', '... and the first is not begun');
}

# Names that are taken later are left out.
{
	my $place = place();
	spew("$place/b.pcap", slurp($input));
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by interface -r $input -w '{key}.pcap' --stats $dir/stats");
	like("$status $err", qr/\A1 vtap-split: b\.pcap: exists already\nvtap-split: 2 packets left out: the names of files are taken, and nothing is overwritten: $advice\n\z/,
		'a later name is taken: exit 1, told');
	is(decode_json(slurp("$dir/stats"))->{outcomes}{refused}, 2, '... its packets are left out');
	is(slurp("$place/b.pcap"), slurp($input), '... the file stays');
	read_by_all("$place/$_.pcap", 2, "... $_") for 'a', 'c';
	unlink "$place/a.pcap", "$place/c.pcap";
	spew("$place/b.pcap", 'mine');
	($status, undef, $err) = run("cd $place && $build/vtap-split --overwrite --by interface -r $input -w '{key}.pcap'");
	like("$status $err", qr/\A1 vtap-split: b\.pcap: exists already and is no capture file\nvtap-split: 2 packets left out: the names .* but captures .*\n\z/, '... also with --overwrite, by what is no capture');
	is(slurp("$place/b.pcap"), 'mine', '... which stays');
}

# From pipes nothing is refused, however often; [template, the names of three runs for `a`, format].
for my $case (['{key}.pcap', [qw(a.pcap a-2.pcap a-3.pcap)]], ['{key}.pcapng.gz', [qw(a.pcapng.gz a-2.pcapng.gz a-3.pcapng.gz)]], ['{key}', [qw(a a-2 a-3)]],
	['v1.{key}', [qw(v1.a v1.a-2 v1.a-3)]], ['{key}/x.y.snoop', [qw(a/x.y.snoop a/x.y-2.snoop a/x.y-3.snoop)]], ['{key}-x', [qw(a-x a-x-2 a-x-3)]]) {
	my ($template, $names) = @$case;
	my $format = $template =~ /snoop/ ? 'snoop' : $template =~ /\.pcap$/ ? 'pcap' : 'pcapng';
	my $place = place();
	my @said = map { (run("cd $place; cat $input | $build/vtap-split --by interface -F $format -w '$template' " . ($_ == 2 ? '-q' : '')))[2] } 0 .. 2;
	is("$said[0]$said[2]", '', "-w $template from pipes: nothing is told of names that are free, and with -q");
	is(() = $said[1] =~ /: the packets go to \S*-2\S*$/mg, 3, '... a line a file');
	my @want = map { my $key = $_; map { s/a(?=$|[.\/-])/$key/r } @$names } qw(a b c);
	is(join(' ', left($place)), join(' ', sort @want), '... the next free numbers');
}
{
	my $place = place();
	my $command = "cd $place; cat $input | $build/vtap-split --by interface -w '{key}-{end}.pcap'";
	run($command);
	my ($status, undef, $err) = run($command);
	is($status . (() = $err =~ /Z\.pcap: exists already: the packets go to \S+Z-2\.pcap$/mg), '03', '{end}: the name is known at the end, and then another one is taken');
	is(scalar(my @all = left($place)), 6, '... so all are there');
}

# --overwrite: {n} begins at 1, and no file of the run itself is replaced.
for my $template ('{key}-{n}.pcap', '{key}{n}.pcap', '{n}{key}.pcap', '{key}-{start}.pcap', '{start}{key}.pcap') {
	my $place = place();
	my $many = named('many.pcapng', map { ('1', '11', '111')[$_ % 3] } 0 .. 29);
	my $command = "cd $place; $build/vtap-split --by interface -G 4 --overwrite -r $many -w '$template'";
	my ($status, undef, $err) = run($command);
	is("$status$err", '0', "--overwrite -w $template");
	my @first = left($place);
	($status, undef, $err) = run($command);
	is("$status$err", '0', '... once more');
	is(join(' ', left($place)), join(' ', @first), '... the same names');
	my $sum = 0;
	$sum += packets("$place/$_") for left($place);
	is($sum, 30, '... and all packets, once');
}
# A file that begins late has the name of an earlier one of its key: it is none of those to be replaced.
{
	my $place = place();
	my $late = spew("$dir/late.pcapng", ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } 'a', 'b'),
		map { ng_packet('<', $_->[0], 1e15 + $_->[1] * 1e6, frame(1, $_->[1]), 46) } [0, 5], [1, 15], [0, 5], [0, 16]);
	my ($status, undef, $err) = run("cd $place; cat $late | $build/vtap-split --by interface -G 10 --overwrite -w '{key}-{start}.pcap'");
	my @a = grep { /^a/ } left($place);
	is("$status @{[map { scalar packets(\"$place/$_\") } @a]}", '0 2 1', 'a file that this run has made is never replaced') or diag $err;
	like($a[0], qr/Z-2\.pcap$/, '... the later one gets a number');
}

# The old capture stays until the new one is complete.
{
	my $place = place();
	my $old = slurp(spew("$place/a.pcap", slurp($input)));
	open my $pipe, '|-', "exec $build/vtap-split --overwrite --by interface -w '$place/{key}.pcap'" or die;
	$pipe->autoflush;
	print $pipe slurp($input);
	ok(until_true(sub { -s "$place/a.pcap.tmp" }), 'a capture that is to be replaced');
	is(slurp("$place/a.pcap"), $old, '... is there while the new one grows');
	close $pipe;
	is($?, 0, '... exit 0');
	read_by_all("$place/a.pcap", 2, '... and is the new one then');
	is(join(' ', left($place)), 'a.pcap b.pcap c.pcap', '... with nothing beside it');
}
# What comes to the name meanwhile is looked at as well.
{
	my $place = place();
	open my $pipe, '|-', "exec $build/vtap-split --overwrite --by interface -w '$place/{key}.pcap' 2>$dir/stderr" or die;
	$pipe->autoflush;
	print $pipe slurp($input);
	ok(until_true(sub { -s "$place/c.pcap.tmp" }), 'files that grow');
	spew("$place/a.pcap", 'mine');
	spew("$place/b.pcap", slurp($input));
	symlink 'a.pcap', "$place/c.pcap";
	close $pipe;
	is($?, 0, '... and whose names others get');
	is(slurp("$place/a.pcap") . readlink("$place/c.pcap"), 'minea.pcap', '... what is no capture stays');
	is(join(' ', left($place)), 'a-2.pcap a.pcap b.pcap c-2.pcap c.pcap', '... beside the file, which gets a number');
	is(scalar packets("$place/b.pcap"), 2, '... and a capture makes room');
}
done_testing;
