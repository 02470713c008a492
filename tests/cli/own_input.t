#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# No tool puts its output in the place of what it reads, by whatever name that is typed.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap);
use Faults qw($build $dir run frame capture left);

my $good = capture(6, 20);
my %command = ('vtap-decap' => 'vtap-decap', 'vtap-fixlen' => 'vtap-fixlen', 'vtap-tap' => 'vtap-tap -t vxlan://10.0.2.9/1 --from 10.0.1.5');

# Runs a command in a new folder with x.pcap, y.pcap and a link to x.pcap.
my $folders = 0;
my $place;
sub inside {
	my ($command) = @_;
	$place = "$dir/inside" . ++$folders;
	mkdir $place or die;
	spew("$place/$_.pcap", $good) for qw(x y);
	symlink 'x.pcap', "$place/link.pcap";
	my ($status, undef, $err) = run("cd $place && $build/$command");
	return ($status, $err);
}

for my $tool (sort keys %command) {
	my $several = $tool ne 'vtap-tap';
	for my $case (['-r x.pcap -w x.pcap', 'x.pcap'], ['-r x.pcap -w ./x.pcap', './x.pcap'], ['-r link.pcap -w x.pcap', 'x.pcap'], ['-w x.pcap <x.pcap', 'x.pcap'],
		['-r x.pcap -w x.pcap -F pcapng', 'x.pcap'], $several ? (['y.pcap x.pcap -w x.pcap', 'x.pcap'], ['-w ./y.pcap .', './y.pcap']) : ()) {
		my ($arguments, $named) = @$case;
		my ($status, $err) = inside("$command{$tool} $arguments");
		is("$status $err", "2 $tool: $named is also an input: write to another file ($tool --help tells more)\n", "$tool $arguments: refused");
		is(join(' ', left($place)), 'link.pcap x.pcap y.pcap', '... nothing is left behind');
		is(slurp("$place/x.pcap") . slurp("$place/y.pcap"), "$good$good", '... and the inputs are as they were');
	}
	my ($status, $err) = inside("$command{$tool} -q -r x.pcap -w y.pcap");
	is("$status$err", '0', "$tool: another file is replaced");
	($status, $err) = inside("$command{$tool} -q -r x.pcap -w - >z.pcap");
	is("$status$err", '0', '... and standard output is another file');
	($status, $err) = inside("$command{$tool} -q -r x.pcap -w z.pcap");
	is("$status$err", '0', '... and so is one that is made');
}

my ($status, $err) = inside('vtap-fixlen -n -q -r x.pcap -w x.pcap');
is("$status$err", '0', 'vtap-fixlen -n: a command line is tried, and its -w ignored');
is(slurp("$place/x.pcap"), $good, '... nothing is written');

# vtap-split finds its names on the way: one that is an input is taken, whatever --overwrite allows.
for my $case (['--overwrite -r x.pcap -w {key}.pcap', 'linktype', '1.pcap', 1], ['--overwrite -w ./{key}.pcap . y.pcap', 'linktype', './1.pcap', 1],
	['--overwrite -w {key}.pcap <1.pcap', 'linktype', '1.pcap', 1], ['--overwrite -r x.pcap -w {key}.pcap', 'linktype', '1.pcap', 0]) {
	my ($arguments, $by, $name, $reads) = @$case;
	my $what = "vtap-split $arguments" . ($reads ? ', which is an input' : '');
	my $make = $reads && $arguments =~ /x\.pcap/ ? 'ln -s 1.pcap x1.pcap; mv x.pcap 1.pcap; ln -s 1.pcap x.pcap;' : 'cp x.pcap 1.pcap;';
	$place = "$dir/inside" . ++$folders;
	mkdir $place or die;
	spew("$place/$_.pcap", $good) for qw(x y);
	run("cd $place && $make");
	my ($status, undef, $err) = run("cd $place && $build/vtap-split --by $by $arguments");
	if (!$reads) {
		is("$status$err", '0', "$what: another capture is replaced");
		next;
	}
	is("$status $err", "1 vtap-split: $name: exists already, so nothing is written: it is also an input, which is not replaced\n", "$what: refused");
	is(slurp("$place/1.pcap"), $good, '... and is as it was');
	is(scalar(grep { /tmp/ } left($place)), 0, '... nothing is left behind');
}

done_testing();
