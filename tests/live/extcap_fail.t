#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A program of a capture fails: whatever the order in which the programs end, the line of the one that failed is printed, and
# no other. Programs of this test's own stand for the tools and for dumpcap, and end in the order that is asked of them.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Extcap qw(enter_wireshark $extcap left launch ends said_by);
use Thorough qw($thorough);
use Wait qw(until_true);

my $dir = enter_wireshark();
my $own = "$dir/own";
system("mkdir $own && cp $extcap $own/vtap && cp \$(readlink -f /bin/sh) $own/sh && mkfifo $dir/fifo") == 0 or die;

sub program {
	my ($name, $text) = @_;
	open my $to, '>', "$own/$name" or die;
	print $to "#!/usr/bin/perl\n$text\n";
	close $to;
	chmod 0755, "$own/$name";
}

# Closes its output as a program does that ends, and ends when it is asked to.
sub ends_last {
	my ($status, @lines) = @_;
	return "\$SIG{TERM} = sub { exit $status }; syswrite STDERR, qq(" . join('', map { "$_\\n" } @lines) . '); close STDOUT; sleep 1 while 1;';
}

# Reads to the end.
sub reads {
	my ($status, @lines) = @_;
	return 'while (sysread STDIN, my $data, 4096) { } syswrite STDERR, qq(' . join('', map { "$_\\n" } @lines) . "); exit $status;";
}

# Status and words of a capture whose fifo is read by a command. The shell stands beside the dumpcap of this test.
my $script = 'fifo=$1 reader=$2; shift 2; $reader <"$fifo" >/dev/null & "$@"; status=$?; wait; exit $status';
sub capture {
	my ($reader, @command) = @_;
	my $status = ends(launch('extcap', "$own/sh", '-c', $script, 'sh', "$dir/fifo", $reader, @command));
	ok(until_true(sub { left() eq '' }), '... nothing stays') or diag left();
	return $status . '|' . said_by('extcap');
}
my @vtap = ("$own/vtap", '--capture', '--fifo', "$dir/fifo", '--extcap-interface', 'vtap');
my @other = ("$own/vtap", '--capture', '--fifo', "$dir/fifo", '--extcap-interface', 'vtap-if', '--interface', 'lo');

program('vtap-decap', ends_last(1, 'vtap-decap: port in use'));
program('vtap-fixlen', reads(0));
is(capture('cat', @vtap), "1|vtap-decap: port in use\n", 'the one behind the one that fails ends first');
program('vtap-decap', ends_last(0, 'vtap-decap: 5 packets'));
is(capture('cat', @vtap), '0|', '... one that is asked to end has not failed');

my @usual = ('Capturing on X', 'File: -', 'Packets captured: 2');
my $no_right = 'dumpcap: no permission';
program('dumpcap', ends_last(1, @usual, $no_right));
program('vtap-decap', reads(1, 'vtap-decap: standard input: empty'));
is(capture('cat', @other), "1|$no_right\n", 'dumpcap fails, and ends last');
program('vtap-decap', reads(0));
is(capture('cat', @other), "1|$no_right\n", '... when those behind it see an end like any');
program('dumpcap', ends_last(0, @usual, 'dumpcap: The network adapter "X" is no longer attached'));
is(capture('cat', @other), qq(1|dumpcap: The network adapter "X" is no longer attached\n), '... when it calls that no failure');
program('dumpcap', ends_last(0, @usual));
is(capture('cat', @other), '0|', '... its usual lines are none');

my $lost = 'dumpcap: could not be closed: Broken pipe.';
program('dumpcap', ends_last(1, @usual, $lost));
program('vtap-decap', 'syswrite STDERR, qq(vtap-decap: wrong option\n); exit 2;');
is(capture('cat', @other), "1|vtap-decap: wrong option\n", 'vtap-decap fails, and dumpcap, which has lost its reader, ends last');
program('vtap-decap', 'exit 0');
program('dumpcap', ends_last(1, @usual, 'dumpcap: a broken pipe in another language'));
program('vtap-fixlen', q($SIG{PIPE} = 'IGNORE'; while (syswrite STDOUT, 'x') { }));
is(capture('head -c 1', @other), '0|', 'the reader of the fifo goes: that dumpcap has lost its own is no failure');

# Wireshark waits for the fifo also when the options are wrong, wherever they stand.
for my $wrong (['--no-fixlen=maybe', '--no-fixlen: expected true or false, not \'maybe\''], ['--nothing', '--nothing: unknown, or its value is missing or too much'], ['--keep', '--keep is of vtap-if: vtap-decap -l drops what is in no tunnel']) {
	my $line = "2|vtap-extcap: $wrong->[1] (vtap-extcap --help tells more)\n";
	is(capture('cat', @vtap, $wrong->[0]), $line, "$wrong->[0]: the reader sees the end of the fifo");
	is(capture('cat', $vtap[0], $wrong->[0], @vtap[1 .. $#vtap]), $line, '... as the first option, too');
}

# A parent that ignores SIGCHLD hands that on.
program('vtap-decap', reads(1, 'vtap-decap: port in use'));
program('vtap-fixlen', reads(0));
is(capture('cat', 'perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV', @vtap), "1|vtap-decap: port in use\n", 'SIGCHLD is ignored by the parent: a failure is one');
program('vtap-decap', 'print "any0\n"');
is(ends(launch('extcap', 'perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV', "$own/vtap", '--extcap-interface', 'vtap-if', '--extcap-config')), 0, '... and the interfaces are listed') or diag said_by('extcap');

# Too few descriptors, but for the fifo: for the guard, or for a pipe. The tools themselves need more.
program('vtap-decap', reads(0));
program('vtap-fixlen', reads(0));
my ($few, @wrong) = (0);
for my $limit (6 .. 14) {
	my $said = capture('cat', $own . '/sh', '-c', 'ulimit -n $1; shift; exec "$@"', 'sh', $limit, @vtap);
	$few++ if $said =~ /^1\|vtap-extcap: .*Too many open files\n\z/;
	push @wrong, "$limit: $said" if $said =~ /vtap-extcap: (?!.*Too many open files)/;
}
ok($few > 3, 'too few descriptors are said to be that') or diag $few;
is("@wrong", '', '... and nothing else');

if ($thorough) {
	is(ends(launch('extcap', @vtap), 60), 1, 'no reader comes');
	is(said_by('extcap'), "vtap-extcap: $dir/fifo: no reader in 30 seconds\n", '... it does not wait for ever');
}

done_testing;
