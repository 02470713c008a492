#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split --names: what files are called, keys that share one, and what the manifest and the counters say of them.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets);
use Scratch qw(scratch);
use Run qw(run_told);

my $data = abs_path('tests/data');
my $dir = scratch();
$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
chdir $dir or die;

# VNIs 3001, 3000 and 5, as many packets as the tests of keys know; and 24 packets in no tunnel with an identifier.
my %vni = (3000 => 299, 3001 => 311, 5 => 154);
is(system("mergecap -F pcap -w both.pcap $data/mirrored.pcap $data/gre.pcap"), 0, 'a capture with packets that have no key');

sub files { return {map { (substr($_, 2) => scalar(() = packets($_))) } split /\n/, `find o -type f 2>/dev/null`} }
sub lines { return map { decode_json($_) } split /\n/, slurp('manifest') }

# A run with a file of names: status, what was told, the counters.
sub split_with {
	my ($names, $options, $input) = @_;
	spew('names', $names);
	return run_told("vtap-split -q --names names --stats stats --manifest manifest $options -r $input");
}

sub named {
	my ($what, $names, $options, $want, $input) = @_;
	my ($status, $err, $stats) = split_with($names, $options, $input // 'both.pcap');
	is("$status @$err", '0 ', $what);
	is_deeply(files(), $want, '... files and their packets');
	return $stats;
}

my $stats = named('a name for a VNI', "# of the cloud\n\n  3001\teni-0abc  \r\n5 eni-0def\n77 nobody\n", "--by id -w 'o/{key}.pcap'",
	{'eni-0abc.pcap' => 311, '3000.pcap' => 299, 'eni-0def.pcap' => 154, 'none.pcap' => 24});
is_deeply([sort map { "$_->{name} $_->{key} $_->{label} $_->{packets}" } lines()],
	['o/3000.pcap 3000 3000 299', 'o/eni-0abc.pcap 3001 eni-0abc 311', 'o/eni-0def.pcap 5 eni-0def 154', 'o/none.pcap none none 24'], '... the manifest has both');
is_deeply([sort map { "$_->{name} $_->{label} $_->{packets}" } @{$stats->{sources}}],
	['3000 3000 299', '3001 eni-0abc 311', '5 eni-0def 154', 'none none 24'], '... and so have the counters');

# Two keys of one name.
$stats = named('two VNIs of one name', "3000 db\n3001 db\n", "--by id -w 'o/{id}.pcap'", {'db.pcap' => 610, '5.pcap' => 154, 'none.pcap' => 24});
is($stats->{details}{keys}, 3, '... are one key');
is(join(' ', map { "$_->{key}=$_->{label}:$_->{packets}" } grep { $_->{packets} > 200 } lines()), '3001=db:610', '... the manifest says the one that was met first');
my @times = map { (split)[0] } packets('o/db.pcap');
is_deeply(\@times, [sort { $a <=> $b } @times], '... in the order of time');
named('a name that is the text of another key', "3000 3001\n", "--by id -w 'o/{id}.pcap'", {'3001.pcap' => 610, '5.pcap' => 154, 'none.pcap' => 24});
named('... of several keys, when all parts are alike', "3000 db\n3001 db\n10.0.1.5 a\n", "--by id,outer-src -w 'o/{id}/{outer-src}.pcap'",
	{'db/a.pcap' => 299, 'db/10.0.1.6.pcap' => 311, '5/fd00:1::7.pcap' => 154, 'none/a.pcap' => 24});
named('... of several keys', "3000 db\n3001 db\n", "--by id,encap -w 'o/{id}/{encap}.pcap'",
	{'db/vxlan.pcap' => 610, '5/vxlan.pcap' => 154, 'none/gre.pcap' => 24});

# Packets without a key stay counted as such, whoever shares their file.
for my $names ("none other\n5 other\n", "5 other\nnone other\n") {
	for my $input ('both.pcap', "$data/gre.pcap $data/mirrored.pcap") {
		$stats = named('none shares a name', $names, "--by id -w 'o/{key}.pcap'", {'3000.pcap' => 299, '3001.pcap' => 311, 'other.pcap' => 178}, $input);
		is_deeply($stats->{outcomes}, {written => 764, none => 24, refused => 0, filtered => 0, out_of_time => 0, unwritten => 0}, '... and is counted apart');
	}
}
my ($status, $err) = split_with("none other\n", "--by id --fail-if-none -w 'o/{key}.pcap'", "$data/gre.pcap");
is("$status " . join(' ', keys %{files()}), '1 other.pcap', '--fail-if-none: a name for none is no key');

# Whatever the names are, files stay where they belong.
named('names that are no file names', "3000 ../../etc/x\n3001 -rf\n5 .hidden\nnone none\n", "--by id -w 'o/{key}.pcap'",
	{'%2E.%2F..%2Fetc%2Fx.pcap' => 299, '%2Drf.pcap' => 311, '%2Ehidden.pcap' => 154, '%6Eone.pcap' => 24});
named('... between parts', "3000 a-b\n", "--by id,encap -w 'o/{id}-{encap}.pcap'",
	{'a%2Db-vxlan.pcap' => 299, '3001-vxlan.pcap' => 311, '5-vxlan.pcap' => 154, 'none-gre.pcap' => 24});


# Keys of every kind, addresses in forms that keys do not have, bytes that are no word.
my $mirrored = "$data/mirrored.pcap";
named('a source', "vxlan-5\@fd00:1::7 web\n", "--by source -w 'o/{key}.pcap'",
	{'web.pcap' => 154, 'vxlan-3000@10.0.1.5.pcap' => 299, 'vxlan-3001@10.0.1.6.pcap' => 311}, $mirrored);
named('addresses in other forms', "FD00:1:0:0::7 six\n10.0.1.5 four\n", "--by outer-src -w 'o/{key}.pcap'",
	{'six.pcap' => 154, 'four.pcap' => 299, '10.0.1.6.pcap' => 311}, $mirrored);
run_told("vtap-split -q --by mac-src -r $mirrored -w 'o/{key}.pcap'");
my %mac = %{files()};
named('MAC addresses in other forms', "02-07-00-00-02-8A no\n02-07-00-00-02-80 guest\n", "--by mac-src -w 'o/{key}.pcap'",
	{map { (s/02:07:00:00:02:80/guest/r => $mac{$_}) } keys %mac}, $mirrored);
is(system("vtap-decap -q -r $mirrored -w plain.pcapng"), 0, 'a capture with names of interfaces');
my $renamed = slurp('plain.pcapng');
ok($renamed =~ s/vxlan-5\@fd00:1::7/eth 5: 100% uplin/, 'an interface with blanks in its name');
spew('renamed.pcapng', $renamed);
named('... as file names have it', "eth%205:%20100%25%20uplin uplink\n", "--by interface -w 'o/{key}.pcap'",
	{'uplink.pcap' => 154, 'vxlan-3000@10.0.1.5.pcap' => 299, 'vxlan-3001@10.0.1.6.pcap' => 311}, 'renamed.pcapng');

# Both ends of a packet in one file: once.
$stats = named('two hosts of one name', "192.168.7.10 net\n192.168.7.80 net\n", "--by host -w 'o/{key}.pcap'",
	{'net.pcap' => 316, 'fd00:7::10.pcap' => 448, 'fd00:7::80.pcap' => 448}, $mirrored);
is("$stats->{out} $stats->{details}{copies}", (316 + 2 * 448) . ' 448', '... each packet is there once');
my %seen;
$seen{$_}++ for packets('o/net.pcap');
is(scalar(keys %seen), 316, '... and is another one');

# Further files of a key keep its name; so does what a taken name becomes.
split_with("3000 db\n3001 db\n", "--by id -C 200K -w 'o/{key}-{n}.pcap'", $mirrored);
is(join(' ', sort keys %{files()}), '5-1.pcap db-1.pcap db-2.pcap', '-C: further files');
is(packets('o/db-1.pcap') + packets('o/db-2.pcap'), 610, '... have all packets');
system 'rm', '-r', 'o';
mkdir 'o';
spew('o/db.pcap');
spew('names', "3000 db\n");
system "cat $mirrored | vtap-split --names names --by id -w 'o/{key}.pcap' 2>stderr";
like(slurp('stderr'), qr{^vtap-split: o/db\.pcap: exists already: the packets go to o/db-2\.pcap\n\z}, 'a name that is taken');

# What is wrong with the file is told with its line, before anything is written.
for (["3000\n", 1, 'expected KEY NAME, two words (%20 in KEY is a blank)'], ["# x\n\n3000 a b\n", 3, 'expected KEY NAME, two words (%20 in KEY is a blank)'],
	["3000 a\n5 b\n3000 c\n", 3, 'the key is in line 1 already'], ["fd00::1 a\nFD00:0:0::1 b\n", 2, 'the key is in line 1 already'],
	["none a\nnone b\n", 2, 'the key is in line 1 already'], ["%33000 a\n3000 b\n", 2, 'the key is in line 1 already'],
	["3000 a\0b\n", 1, 'expected KEY NAME, not a byte of 0'], ['3000 ' . 'x' x 2048 . "\n", 1, 'the name is longer than 2047 bytes'],
	["3000 ", 1, 'expected KEY NAME, two words (%20 in KEY is a blank)']) {
	my ($names, $line, $what) = @$_;
	($status, $err) = split_with($names, "--by id -w 'o/{key}.pcap'", $mirrored);
	is("$status @$err", "2 vtap-split: names:$line: $what (vtap-split --help tells more)", 'a wrong line: ' . substr($names, 0, 20) =~ s/[\n\0]/|/gr);
	ok(!-e 'o', '... nothing is written');
}
($status, $err) = run_told("vtap-split --names missing --by id -r $mirrored -w 'o/{key}.pcap'");
is("$status @$err", '1 vtap-split: --names missing: No such file or directory', 'no such file');
($status, $err) = run_told("vtap-split --names . --by id -r $mirrored -w 'o/{key}.pcap'");
is("$status @$err", '1 vtap-split: --names .: Is a directory', 'a folder');
($status, $err) = run_told("vtap-split --names names --stats names --by id -r $mirrored -w 'o/{key}.pcap'");
is("$status @$err", '2 vtap-split: --stats and --names both name names (vtap-split --help tells more)', 'a file that the counters would replace');
($status, $err) = run_told("vtap-split -q --names <(echo 3000 pipe) --by id -r $mirrored -w 'o/{key}.pcap'");
is("$status @$err " . (files()->{'pipe.pcap'} // ''), '0  299', 'a pipe');

# As many names as a cloud has guests.
my $many = join '', map { "$_ eni-$_\n" } 3001 .. 100_000;
named('97,000 names', $many, "--by id -w 'o/{key}.pcap'", {'eni-3001.pcap' => 311, '3000.pcap' => 299, '5.pcap' => 154}, $mirrored);
done_testing();
