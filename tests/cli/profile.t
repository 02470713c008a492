#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Wireshark's profile for what vtap writes: the column, and filters that Wireshark takes and that find what they are for.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my $dir = scratch();
# The tshark that `make check` puts first knows no profiles.
my ($tshark) = grep { -x } map { "$_/tshark" } grep { !m{tests/tshark} } split /:/, $ENV{PATH};
plan skip_all => 'needs tshark' if !$tshark;

my $profile = "$dir/.config/wireshark/profiles/vtap";
system('mkdir', '-p', $profile) == 0 && system("cp wireshark/profile/* $profile") == 0 or die;
$ENV{HOME} = $dir;
delete $ENV{XDG_CONFIG_HOME};

# What two taps sent; the second one cut its packets, and their lengths were restored.
system("$build/vtap-decap -q -x tests/data/mirrored.pcap | $build/vtap-fixlen -q -w $dir/plain.pcapng") == 0 or die;
sub shown { return split /\n/, `$tshark @_ -r $dir/plain.pcapng 2>$dir/said` }

my @taps = map { s/\s+\z//r } shown('-T fields -e frame.interface_name');
my %taps = map { $_ => 1 } @taps;
cmp_ok(scalar keys %taps, '>=', 1, 'a capture of several taps: ' . join ' ', sort keys %taps);
my @lines = shown('-C vtap');
is(slurp("$dir/said") =~ s/^Running as user.*\n//r, '', 'tshark -C vtap takes the profile without a word');
is(scalar(grep { index($lines[$_], $taps[$_]) < 0 } 0 .. $#taps), 0, '... and shows the tap of each packet') or diag $lines[0];

my %rule = slurp('wireshark/profile/colorfilters') =~ /^\@([^@]+)\@([^@]+)\@\[/mg;
my %button = slurp('wireshark/profile/dfilter_buttons') =~ /^"TRUE","([^"]+)","([^"]+)"/mg;
is(join(', ', sort keys %button), 'cut, lost at the tap, one tap', 'the buttons');
is($button{'lost at the tap'}, 'tcp.analysis.ack_lost_segment', '... one of them finds what the tap has lost');
is($button{cut}, $rule{'Cut by the tap'}, '... one what it has cut, which has a colour, too');
# In one run, as each start of tshark costs a second.
my $all = join ' || ', map { "($_)" } values %rule, values %button;
is(system("$tshark -r $dir/plain.pcapng -Y '$all' >/dev/null 2>$dir/said"), 0, 'Wireshark takes all filters') or diag slurp("$dir/said");

# A packet that was cut, and one that was not.
my $frame = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x 50;
spew("$dir/cut.pcap", pack('V v v V4', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1), map { pack('V4', 1, 0, length $frame, $_) . $frame } 64, 1500);
is(`$tshark -r $dir/cut.pcap -Y '$button{cut}' -T fields -e frame.number 2>/dev/null`, "2\n", 'what is cut is found');
is(join('|', map { s/"//gr } `$tshark -C vtap --color -r $dir/cut.pcap -T fields -e frame.number -e frame.coloring_rule.name 2>/dev/null`), "1\t\n|2\tCut by the tap\n", '... and has its colour');

done_testing;
