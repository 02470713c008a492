#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What stands for inputs: folders, with and without those below them, lists of names, and standard input once.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew packets pcap ng_section ng_interface ng_packet);
use Readers qw(read_by_all);
use Run qw(run_told);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
chdir $dir or die;

sub names { return join ' ', map { $_->{name} } @{$_[0]{inputs}} }

# A capture of one packet, by its second.
sub frame { return pack('H24 n', '020000000002020000000001', 0x88b5) . "\0" x 46 }
sub pcap_of { return pcap('<', 0xa1b2c3d4, 1, map { [$_, 0, frame()] } @_) }
sub ng_of { return join '', ng_section('<'), ng_interface('<', 1, 0), map { ng_packet('<', 0, $_ * 1e6, frame(), 60) } @_ }
sub seconds { return join ' ', map { (split)[0] / 1e9 } packets($_[0]) }

# A folder with one of each kind; what is to be read has an odd number.
make_path('in/below/deeper', 'in/below.tmp', 'in/.hidden', 'in/looks.pcap', 'elsewhere', 'empty/below');
spew('in/a.pcap', pcap_of(1));
spew('in/B', pcap_of(3));
spew('in/ng', ng_of(5));
spew('in/big-endian', pcap('>', 0xa1b23c4d, 1, [7, 0, frame()]));
spew('in/writes.pcap.tmp', pcap_of(100));
spew('in/.dot.pcap', pcap_of(102));
spew('in/.hidden/x.pcap', pcap_of(104));
spew('in/below.tmp/x.pcap', pcap_of(106));
spew('in/README', "a text that is no capture, and longer than any head\n" x 3);
spew('in/none');
spew('elsewhere/target', pcap_of(9));
spew('elsewhere/note', "text\n");
symlink '../elsewhere/target', 'in/link' or die;
symlink '../elsewhere/note', 'in/link-to-text' or die;
symlink '../elsewhere', 'in/link-to-folder' or die;
spew('in/below/c.cap.1', pcap_of(11));
spew('in/below/deeper/d', ng_of(13));
spew('in/below.z', pcap_of(15));
spew('plain', pcap_of(17));
spew('snoop', 'snoop', "\0" x 3, pack 'L>2', 2, 4);
system('gzip <plain >in/packed') and die;
system('gzip <in/README >in/packed-text') and die;
system('printf hi | gzip >in/packed-short') and die;
system('cp snoop in/foreign') and die;
system('mkfifo in/pipe.pcap') and die;

my $here = 'in/B in/a.pcap in/below.z in/big-endian in/link in/ng in/packed';
my $all = 'in/B in/a.pcap in/below.z in/below/c.cap.1 in/below/deeper/d in/big-endian in/link in/ng in/packed';
for my $tool ('vtap-decap -q -w out -F pcap', 'vtap-fixlen -q -w out -F pcap', "vtap-split -q --by linktype -w 'o/{key}.pcap'") {
	my $out = $tool =~ /split/ ? 'o/1.pcap' : 'out';
	for my $folder ('in', 'in/', './in', "$dir/in") {
		my ($status, $err, $stats) = run_told("$tool --stats stats $folder");
		is("$status @$err", '0 ', "$tool $folder: read");
		is(names($stats), join(' ', map { s{^in/}{$folder =~ s{/?$}{/}r}er } split / /, $here), '... files that begin as captures, by the bytes of their paths');
		is(seconds($out), '1 3 5 7 9 15 17', '... with their packets');
	}
	read_by_all($out, 7, $tool);
	my ($status, $err, $stats) = run_told("$tool --stats stats -R -r in");
	is("$status @$err", '0 ', "$tool -R: read");
	is(names($stats), $all, '... and the folders below, but not those behind links');
	is(seconds($out), '1 3 5 7 9 11 13 15 17', '... with their packets');
	($status, $err, $stats) = run_told("$tool --stats stats plain in/below plain");
	is(names($stats), 'plain in/below/c.cap.1 plain', "$tool: folders stand among files, in their place");

	# Those whose name says it are read whatever they hold, and told if they are nothing.
	spew("in/$_", "a text\n" x 9) for 'text.pcap', 'text.pcapng', 'text.cap', 'text.pcap.gz', 'text.capture';
	symlink 'nowhere', 'in/lost.pcap';
	($status, $err, $stats) = run_told("$tool --stats stats in");
	is($status, 1, "$tool: names of captures that are none: exit 1");
	is(join(' ', sort map { /in\/(\S+): / } @$err), 'lost.pcap text.cap text.capture text.pcap text.pcap.gz text.pcapng', '... a line for each');
	is(seconds($out), '1 3 5 7 9 15 17', '... and the others are read');
	unlink glob 'in/text*';
	unlink 'in/lost.pcap';

	# Nothing to read is no success, and never standard input.
	($status, $err, $stats) = run_told("$tool --stats stats empty <plain");
	is($status, 1, "$tool: a folder without captures: exit 1");
	is("@$err", ($tool =~ /^(\S+)/)[0] . ': empty: a folder: no capture was taken from it; name one, or try -R', '... one line');
	is($stats->{in}, 0, '... nothing else is read');
	($status, $err, $stats) = run_told("$tool --stats stats empty plain");
	is("$status " . @$err . " $stats->{in}", '1 1 1', '... and costs itself alone');

	# Lists.
	spew('list', "plain\n\nin\n\nin/below/c.cap.1");
	($status, $err, $stats) = run_told("$tool --stats stats --files-from list elsewhere/target");
	is("$status @$err " . names($stats), "0  elsewhere/target plain $here in/below/c.cap.1", "$tool --files-from: names, empty lines and folders");
	($status, $err, $stats) = run_told("printf 'plain\\r\\n\\r\\n' | $tool --stats stats --files-from -");
	is("$status @$err " . names($stats), '0  plain', '... with line ends of Windows');
	($status, $err, $stats) = run_told("find in/below elsewhere -type f | sort | $tool --stats stats -R --files-from -");
	is($status . names($stats), '1elsewhere/note elsewhere/target in/below/c.cap.1 in/below/deeper/d', '... from standard input');
	spew("odd\nname", pcap_of(19));
	spew('list', "odd\nname\0\0plain\0in/below");
	($status, $err, $stats) = run_told("$tool --stats stats --null --files-from list");
	is("$status @$err " . names($stats), "0  odd\nname plain in/below/c.cap.1", '... --null');
	is(seconds($out), '11 17 19', '... all read');
	($status, $err) = run_told("$tool --files-from list");
	like("$status @$err", qr/^1 vtap-\w+: --files-from list: .*byte of 0.*--null$/, '... which is asked for where it is missing');
	spew('list', "plain\n-\nin/below\n");
	($status, $err, $stats) = run_told("$tool --stats stats --files-from list <elsewhere/target");
	is("$status @$err " . names($stats), '0  plain - in/below/c.cap.1', '... standard input among names');
	is(seconds($out), '9 11 17', '... is read');
	($status, $err) = run_told("$tool --files-from list - <plain");
	like("$status @$err", qr/^2 .*standard input can be read only once/, '... once');
	($status, $err) = run_told("$tool --files-from - - <list");
	like("$status @$err", qr/^2 .*standard input can be read only once/, '... and not as names and as a capture');
	for my $list ('/dev/null', '-', 'nowhere', 'in') {
		($status, $err) = run_told("$tool --files-from $list </dev/null");
		is("$status " . @$err, '1 1', "$tool --files-from $list: nothing to read is an error");
		like($err->[0], qr/--files-from \Q$list\E: /, '... that names the list');
	}
	($status, $err) = run_told("$tool --null plain");
	like("$status @$err", qr/^2 .*--null needs --files-from/, "$tool: --null alone");
	($status, $err) = run_told("$tool --files-from list --files-from list");
	like("$status @$err", qr/^2 .*given more than once/, "$tool: one list");
}

# A folder that may not be read is told, and the rest is read.
SKIP: {
	skip 'not root', 4 if $>;
	my $nobody = getpwnam 'nobody';
	chmod 0755, $dir;
	make_path('locked/below');
	spew('locked/a.pcap', pcap_of(1));
	chmod 0700, 'locked/below';
	system("cp $build/vtap-fixlen .");
	for my $inputs ('locked -R', 'locked/below plain') {
		my ($status, $err) = run_told("setpriv --reuid $nobody --clear-groups ./vtap-fixlen -q $inputs >/dev/null");
		is($status, 1, "a folder without permission, $inputs: exit 1");
		is("@$err", 'vtap-fixlen: locked/below: Permission denied', '... told');
	}
}

# Live there are no files, and a tap reads one.
my ($status, $err) = run_told('vtap-decap -l vxlan://127.0.0.1:4789 --files-from list');
is($status, 2, 'live there is no list');
($status, $err) = run_told('vtap-tap -r in -t vxlan://192.0.2.1/7 --from 192.0.2.2 -w out');
like("$status @$err", qr/^1 vtap-tap: in: a folder: no capture was taken from it; name one/, 'vtap-tap reads no folder');

done_testing();
