# SPDX-License-Identifier: GPL-2.0-or-later
# What tests of the line of progress share: captures, and tools on a terminal whose reads wait until the test lets them
# pass. The clock of the tools runs faster than that of the test, but where a test is about seconds.
package Progress;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Test::More;
use Capture qw(spew pcap);
use Scratch qw(scratch);
use Terminal;
use Time::HiRes qw(time);
use Wait qw(until_true);

our @EXPORT = qw($build $dir @records $packets $reads $megabytes $number $speed %tool gated begun line_of drawing ends clears reads_on draws_nothing has_parts);

our $build = abs_path($ENV{BUILD} || 'build');
our $dir = scratch();
chdir $dir or die;

srand 1;
my $noise = join '', map { pack 'N', rand 1 << 32 } 1 .. 1 << 18;

# An Ethernet frame of 1380 bytes, which do not compress, in VXLAN from a host.
sub frame {
	my ($host) = @_;
	my $inner = pack('H28', '0200000000020200000000010800') . ip(0x0b000000, 17, udp(53, substr $noise, rand(1 << 20) - 2000, 1338));
	return pack('H28', '0200000000040200000000030800') . ip(0x0a000000 + $host, 17, udp(4789, pack('N N', 0x08000000, 7 << 8) . $inner));
}
sub udp { return pack('n n n n', 4000, $_[0], 8 + length $_[1], 0) . $_[1] }
sub ip { return pack('C C n n n C C n N N', 0x45, 0, 20 + length $_[2], 0, 0, 64, $_[1], 0, $_[0], 0x0a000099) . $_[2] }

# 256 KiB are read at a time. Three hosts send, and towards the end one more.
our $packets = 11000;
our @records = map { [1_700_000_000 + $_, 0, frame($_ % ($_ > 9000 ? 4 : 3))] } 1 .. $packets;
spew('a.pcap', pcap('<', 0xa1b2c3d4, 1, @records));
spew('first.pcap', pcap('<', 0xa1b2c3d4, 1, grep { $_->[0] % 2 } @records));
spew('second.pcap', pcap('<', 0xa1b2c3d4, 1, grep { $_->[0] % 2 == 0 } @records));
our $reads = 50; # of 61: there is more to come
our $megabytes = sprintf '%.1f', (-s 'a.pcap') / 1e6;

our %tool = (
	decap => 'vtap-decap', fixlen => 'vtap-fixlen', split => "vtap-split --by source -w 'FRESH/{key}.pcap'",
	stat => 'vtap-stat', tap => 'vtap-tap -t vxlan://192.0.2.1/1 --from 192.0.2.9 -w -',
);

# Folders, so that names are not taken.
my $folders = 0;
sub fresh { mkdir 'o' . ++$folders; return "o$folders" }

our $speed = 5;

# A tool whose reads wait, but for those that are called piped/TOOL: terminal, command.
sub gated {
	my ($columns, $command, %env) = @_;
	my $terminal = Terminal->new($columns, reflow => delete $env{reflow});
	my $gate = $terminal->gate($dir, delete $env{speed} // $speed);
	my $piped = $gate =~ s/ GATE_FD=.*//r;
	$terminal->{command} = $command =~ s/FRESH/fresh()/er;
	$command = $terminal->{command} =~ s{(?<!/)\bvtap-}{$gate $build/vtap-}gr;
	return $terminal->start($command =~ s{\bpiped/}{$piped $build/}gr, %env);
}

our $number = qr/\d+(?:\.\d)?/;

# Several of them, begun together: what a line takes to come passes once.
sub begun { return map { my $terminal = gated(@$_); $terminal->pass(12); $terminal } @_ }

# Waits for the line of one: terminal, line.
sub line_of {
	my ($terminal, $at_most) = @_;
	ok($terminal->shows_as_it_reads(qr/%|pkt/, $at_most // $reads), $terminal->{command}) or diag $terminal->text;
	my @rows = $terminal->rows;
	is(scalar @rows, 1, '... one line') or diag $terminal->text;
	return ($terminal, $rows[-1] // '');
}

sub drawing { return line_of(gated(@_)) }

# Lets a tool that draws read to its end: no line is left.
sub ends {
	my ($terminal, $status, $left) = @_;
	$terminal->pass;
	is($terminal->status, $status // 0, '... ends');
	is($terminal->text, $left // '', '... and nothing of it is left') if !ref $left;
	like($terminal->text, $left, '... and nothing of it is left') if ref $left;
}

# A message begins with what clears the line: one that is longer would hide that it does not.
sub clears {
	my ($terminal, $pattern) = @_;
	like($terminal->{read}, qr/\r\033\[J$pattern/, '... which is cleared for it');
	unlike($terminal->{read}, qr/(?<!\033\[J)$pattern/, '... each time');
}

# Lets a tool read for as long as a line would take to come, and more: since its first read.
sub reads_on {
	my ($terminal) = @_;
	my ($next, $since) = (0, undef);
	until_true(sub {
			$terminal->see;
			return 0 if time < $next || !$terminal->passed_all;
			$since //= time if $terminal->{passed};
			return 1 if $since && time > $since + 2.2 / $speed;
			$terminal->pass(1);
			$next = time + 0.1 / $speed;
			return 0;
		});
}

# What is not there, long after a line would have come.
sub draws_nothing {
	my ($name, $command, %env) = @_;
	my $terminal = gated(80, $command, %env);
	reads_on($terminal);
	is($terminal->{read}, '', $name);
	return $terminal;
}

# The parts of the line that has a percentage; what a person can add up has to agree.
sub has_parts {
	my ($line, $name, $of) = @_;
	my ($part, $done, $total) = $line =~ m{^$name +(\d+)%  ($number)/($number) MB};
	ok(defined $total, "... says how far: $line") or return;
	is($total, $of // $megabytes, '... of all');
	cmp_ok(abs($part - 100 * $done / $total), '<', 2, '... and in percent');
}

1;
