#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The helper that every test has its folder from keeps what the tools finish there, and leaves alone what is not theirs; what
# a program does not take is told in the end (tests/captures.t).
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap ng_section ng_interface ng_block ng_packet);
use Readers qw(complaints_of_all);

my $build = abs_path($ENV{BUILD} || 'build');
my $lib = abs_path('tests/lib');
my $dir = tempdir(CLEANUP => 1); # what is wrong in there is meant to be
$ENV{BUILD} = $dir; # where captures are kept
require Watch;

my $frame = 'x' x 60;
my $in = spew("$dir/in", pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, $frame] } 1 .. 9));

sub fixlen {
	my ($count, $words) = @_;
	is(system("$build/vtap-fixlen -q -r $in -c $count $words"), 0, "vtap-fixlen $words");
}

# Names below the folder of all captures that have been kept; a content has one.
sub seen {
	Watch::look();
	return join ' ', sort map { slurp($_) =~ s/^.* \Q$dir\E\/f\///r } glob "$dir/tests/captures/*.name";
}

mkdir "$dir/f";
Watch::watch("$dir/f");
$Capture::spewed = \&Watch::own;
for (1, 2) {
	fixlen($_, "-w $dir/f/again.pcap");
	Watch::look();
}
is(seen(), 'again.pcap again.pcap', 'a name that is written twice');
for (3, 4) {
	fixlen($_, "-w $dir/f/new/deep/$_.pcap");
	Watch::look();
	remove_tree("$dir/f/new");
}
is(seen(), 'again.pcap again.pcap new/deep/3.pcap new/deep/4.pcap', 'folders that are made and removed');
my $before = seen();
fixlen(3, "-w $dir/f/new/deep/3.pcap");
fixlen(5, "-F snoop -w $dir/f/5.snoop");
my $cut = substr slurp($in), 0, -5;
spew("$dir/f/cut.pcap", $cut);
mkdir "$dir/f/elsewhere";
copy("$dir/f/cut.pcap", "$dir/f/elsewhere/cut.pcap");
spew("$dir/f/elsewhere/x.pcap.tmp", $cut . 'more');
is(seen(), $before, 'not twice the same, no other formats, nothing that a test writes or copies, no .tmp');
fixlen(5, "-w $dir/f/5.pcap");
spew("$dir/f/copy.pcap", slurp("$dir/f/5.pcap"));
fixlen($_, "-w $dir/f/$_.pcap.gz") for 6, 7;
fixlen(8, "-w $dir/f/$_.pcap.zst") for 8;
is(seen(), join(' ', sort split(/ /, $before), qw(5.pcap 6.pcap.gz 7.pcap.gz 8.pcap.zst)), 'what a test wrote after a tool, and compressed ones');

# What a tool might write, and who refuses it.
my ($section, $interface, $packet) = (ng_section('<'), ng_interface('<', 1, 262144), ng_packet('<', 0, 1, $frame, 60));
my $ip = "\x45" . 'x' x 40;
my %wrong = (
	'a last record that is cut' => [$cut, qw(capinfos editcap mergecap tcpdump tshark)],
	'an interface behind its packet' => [$section . $packet . $interface, qw(capinfos editcap mergecap tcpdump tshark)],
	'names in front of the interface' => [$section . ng_block('<', 4, pack 'V', 0) . $interface . $packet, qw(editcap mergecap)],
	'two snap lengths' => [$section . $interface . ng_interface('<', 1, 65535) . $packet . ng_packet('<', 1, 1, $frame, 60), 'tcpdump'],
	'two link types, one of them without packets' => [$section . $interface . ng_interface('<', 12, 262144) . $packet, 'tcpdump'],
	'packets of two link types' => [$section . $interface . ng_interface('<', 12, 262144) . $packet . ng_packet('<', 1, 1, $ip, 41)],
	'sections of both byte orders' => [$section . $interface . $packet . ng_section('>') . ng_interface('>', 1, 262144) . ng_packet('>', 0, 1, $frame, 60)],
	'two sections of two link types' => [$section . $interface . $packet . $section . ng_interface('<', 12, 262144) . ng_packet('<', 0, 1, $ip, 41)],
);
my $good = spew("$dir/good", $section . $interface . $packet);
my %file = map { $_ => spew("$dir/$_", $wrong{$_}[0]) } sort keys %wrong;
my $said = complaints_of_all($good, values %file);
is($said->{$good}, undef, 'nobody refuses what is good');
for my $name (sort keys %wrong) {
	my (undef, @programs) = @{ $wrong{$name} };
	my %by = map { $_ => 1 } ($said->{ $file{$name} } // '') =~ /^(\w+): /mg;
	is(join(' ', sort keys %by), "@programs", "$name: who refuses it");
}

# A test in Perl that removes its capture, and one in bash; the test of what they kept names both.
my $bad = spew("$dir/bad", $section . $packet);
my $worse = spew("$dir/worse", $section . $packet . $packet);
spew("$dir/perl.t", <<"END");
use Test::More; use lib '$lib'; use Scratch qw(scratch); chdir scratch();
is(system("cp $bad x.tmp; mv x.tmp x; false"), 256, 'a capture');
is(\$?, 256, 'its status is still there');
unlink 'x';
done_testing;
END
spew("$dir/bash.t", <<"END");
#!/bin/bash
. tests/lib/scratch.sh
trap remove_scratch EXIT
cp $worse \$scratch/y.tmp; mv \$scratch/y.tmp \$scratch/y
echo 1..1; [ -e \$scratch/y ] && echo ok 1
END
remove_tree("$dir/tests/captures");
is(system("prove $dir/perl.t $dir/bash.t >$dir/out 2>&1"), 0, 'tests that leave bad captures') or diag slurp("$dir/out");
my $text = `VTAP_THOROUGH=1 $^X tests/captures.t 2>&1`;
is($? >> 8, 2, 'are told');
like($text, qr/^not ok 1 - \Q$dir\E\/bash\.t: 1 captures .*\/y: tcpdump: .*^not ok 2 - \Q$dir\E\/perl\.t: 1 captures .*\/x: tcpdump: .*^1\.\.2$/ms, '... by their names');
is(() = glob("$dir/tests/captures/*.name"), 2, '... and stay for who looks');

# Whoever makes a folder in another way has files that nobody reads.
my @strangers = grep { $_ ne 'tests/cli/scratch.t' && (slurp($_) // '') =~ /\btempdir\b|\bmktemp -d/ } glob 'tests/{cli,faults,live}/*.t tests/lib/*';
is("@strangers", 'tests/lib/Scratch.pm', 'every test has its folder from the helper');
done_testing;
