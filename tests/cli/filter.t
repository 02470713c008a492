#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Which system calls each option leaves, read off the filter that is loaded, against the lists of the manual pages.
# Live: tests/live/filter.t.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Filter qw(leaves confines_nothing %says);
use Sandbox qw($dir lax);

plan skip_all => lax() if lax();

my $sample = 'tests/data/vxlan-gbp.pcap';
my $tap = '-t vxlan://192.0.2.1/1 --from 192.0.2.9';
system "gzip -c $sample > $dir/sample.pcap.gz";
system "editcap -F snoop $sample $dir/sample.snoop";
mkdir "$dir/out";

# Between standard input and output.
leaves('vtap-decap', "<$sample >$dir/piped");
leaves('vtap-fixlen', "-r $sample >$dir/piped");
leaves('vtap-fixlen', "-n -q -r $sample");
leaves('vtap-tap', "-r $sample $tap -w - >$dir/piped");
leaves('vtap-decap', "-r $dir/sample.pcap.gz >$dir/piped");
leaves('vtap-decap', "-r $dir/sample.snoop >$dir/piped", 'wiretap');
leaves('vtap-fixlen', "-r $sample -F snoop >$dir/piped", 'wiretap');
leaves('vtap-tap', "--reader wiretap -r $sample $tap -w - >$dir/piped", 'wiretap');

leaves('vtap-stat', "-r $sample >$dir/piped", 'truncate');
leaves('vtap-stat', "-r $dir/sample.snoop >$dir/piped", 'truncate', 'wiretap');

# Into files.
leaves('vtap-stat', "-r $sample -w $dir/out/a.csv", 'files', 'truncate');
leaves('vtap-stat', "-r $sample -w $dir/out/a.prom --stats $dir/out/stats", 'files', 'truncate');
leaves('vtap-decap', "-r $sample -w $dir/out/a.pcap", 'files');
leaves('vtap-fixlen', "-r $sample --stats $dir/out/stats >$dir/piped", 'files');
leaves('vtap-fixlen', "-r $sample -F snoop -w $dir/out/a.snoop", 'files', 'wiretap');
leaves('vtap-tap', "-r $sample $tap -w $dir/out/a.pcap --rules tests/data/rules/aws.rules", 'files');
leaves('vtap-split', "-r $sample --by ip-src -w '$dir/out/{key}.pcap'", 'files', 'folders');
leaves('vtap-split', "-r $dir/sample.snoop --by ip-src -w '$dir/out/{key}.pcap' -z true --jobs 2 --manifest $dir/out/manifest --stats $dir/out/stats",
	'files', 'folders', 'wiretap');

# More inputs than are open at once are opened later.
system "mkdir $dir/in; for i in \$(seq 65); do cp $sample $dir/in/\$i.pcap; done; mkdir $dir/snoop; for i in \$(seq 65); do cp $dir/sample.snoop $dir/snoop/\$i.cap; done";
leaves('vtap-fixlen', "-n -q $dir/in", 'inputs');
leaves('vtap-decap', "$dir/in/[1-9].pcap >$dir/piped");
leaves('vtap-decap', "$dir/snoop >$dir/piped", 'inputs', 'wiretap');
leaves('vtap-stat', "$dir/in >$dir/piped", 'inputs', 'truncate');
leaves('vtap-split', "$dir/in --by ip-src -w '$dir/out/many-{key}.pcap'", 'inputs', 'files', 'folders');

# Files on the disk before they get their names.
leaves('vtap-fixlen', "--sync -r $sample -w $dir/out/b.pcap", 'files', 'sync');
leaves('vtap-split', "--sync -r $sample --by ip-src -w '$dir/out/sync-{key}.pcap'", 'files', 'folders', 'sync');

# A terminal that a line of progress can be drawn on.
leaves('vtap-decap', "-r $sample >$dir/piped", 'terminal');
leaves('vtap-fixlen', "-q -n -r $sample", 'terminal');
leaves('vtap-tap', "-r $sample $tap -w - >$dir/piped", 'terminal');
leaves('vtap-stat', "-r $sample >$dir/piped", 'truncate', 'terminal');
leaves('vtap-split', "-r $sample --by ip-src -w '$dir/out/terminal-{key}.pcap'", 'files', 'folders', 'terminal');

# A spool, of which captures are taken, and children that read them. wiretap may be what knows one.
sub archives {
	my ($options, @needs) = @_;
	system "rm -rf $dir/spool $dir/archive; mkdir -p $dir/spool $dir/archive; cp $sample $dir/spool";
	leaves('vtap-archive', "--once $options $dir/spool $dir/archive", qw(files folders sync spool children wiretap), @needs);
}
archives('');
archives("--compress none --manifest $dir/out/proven --stats $dir/out/stats");

# A folder whose captures come back, and a private one for what is unpacked.
leaves('vtap-recall', "--since \@0 $dir/archive >$dir/piped", qw(files folders list wiretap));
leaves('vtap-recall', "--since \@0 $dir/archive -w $dir/out/recalled.pcapng", qw(files folders list wiretap));
leaves('vtap-recall', "--list $dir/archive >$dir/piped", 'look', 'list');

# How much is free.
leaves('vtap-split', "--min-free 1 -G 1 -W 1 -r $sample --by ip-src -w '$dir/out/free-{key}-{n}.pcap'", 'files', 'folders', 'space');

# Names in an expression.
leaves('vtap-decap', "-f 'udp port 4789' <$sample >$dir/piped", 'hosts');
leaves('vtap-decap', "--since 2020-01-01 --until +1h <$sample >$dir/piped");
leaves('vtap-split', "-f 'udp port 4789' --since 2020-01-01 -r $sample --by ip-src -w '$dir/out/f-{key}.pcap'", 'files', 'folders', 'hosts');
leaves('vtap-stat', "-f 'udp port 4789' <$sample >$dir/piped", 'hosts', 'truncate');
leaves('vtap-tap', "-r $sample $tap -w - 'udp port 4789' >$dir/piped", 'hosts');

confines_nothing('vtap-decap', "-r $sample >$dir/piped");
confines_nothing('vtap-fixlen', "-r $sample >$dir/piped");
confines_nothing('vtap-tap', "-r $sample $tap -w - >$dir/piped");
confines_nothing('vtap-stat', "-r $sample >$dir/piped");
confines_nothing('vtap-split', "-r $sample --by ip-src -w '$dir/out/{key}.pcap'");

# The manual page of each tool says what its options leave, and nothing else.
my %options = (
	archive => [qw(always wiretap files folders sync spool children)],
	decap => [qw(always terminal wiretap files sync inputs receive interfaces netlink hosts)],
	fixlen => [qw(always terminal wiretap files sync inputs)],
	recall => [qw(always terminal wiretap files folders list sync hosts)],
	split => [qw(always terminal wiretap files folders sync inputs hosts space)],
	stat => [qw(always terminal wiretap files inputs hosts truncate)],
	tap => [qw(always terminal wiretap files receive interfaces netlink send again hosts rules)],
);
for my $tool (sort keys %options) {
	my ($page) = slurp("man/vtap-$tool.1") =~ /^\.Sh SECURITY CONSIDERATIONS\n(.*?)(?:^\.Sh |\z)/ms;
	$page =~ s/^\.\w+ //mg;
	$page =~ s/\s+/ /g;
	my @told = grep { $page =~ $says{$_} } sort keys %says;
	is("@told", join(' ', sort @{ $options{$tool} }), "vtap-$tool.1 tells all of it");
}

done_testing;
