#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-stat where something is wrong, and what a person sees then: outputs that cannot be written, readers that go away,
# signals, captures that are empty, damaged or from another time, narrow terminals, names that are no text.
use strict;
use warnings;
use Cwd qw(abs_path);
use Encode qw(decode);
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew ng_section ng_interface ng_option ng_packet);
use Run qw(start_reading);
use Scratch qw(scratch);
use Terminal;
use Wait qw(until_true has_signals);

my $build = abs_path($ENV{BUILD} || 'build');
my $stat = "$build/vtap-stat";
my $sample = abs_path('tests/data/mirrored.pcap');
my $dir = scratch();
chdir $dir or die;
delete @ENV{qw(LC_ALL LC_CTYPE LANG)};
$ENV{TERM} = 'xterm';

# Status (a signal is -1), standard output, standard error of a command of bash.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} >stdout 2>stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp('stdout'), slurp('stderr'));
}

# UDP over IPv4, a flow for each number.
sub frame {
	my ($number) = @_;
	my $udp = pack('n4', $number & 0xffff, 9, 108, 0) . 'x' x 100;
	return pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 128, 0, 0, 64, 17, 0, 0x0a000000 + ($number >> 16), 0x0a000001) . $udp;
}

# A pcap of [seconds, number of the flow].
sub capture {
	return pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) .
		join '', map { my $frame = frame($_->[1]); pack('V V V V', $_->[0], 0, length $frame, length $frame) . $frame } @_;
}

# A pcapng with an interface for each name, and some packets on it.
sub named {
	my @names = @_;
	return ng_section('<') . join('', map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } @names) .
		join '', map { my $i = $_; map { ng_packet('<', $i, 1_700_000_000_000_000 + 10_000_000 * $_, frame($i), 142) } 0 .. 40 } 0 .. $#names;
}

my $many = spew("$dir/many.pcap", capture(map { [1_700_000_000 + int($_ / 1000), $_] } 1 .. 4000));

# Complete lines, each of which is JSON.
sub complete {
	my ($text, $what) = @_;
	like($text, qr/\A(?:\{.*\}\n)+\z/, $what);
	ok(!grep({ !eval { decode_json($_) } } split /\n/, $text), '... each of which is JSON');
}

# Outputs.
spew('busy.csv', 'what was there');
mkdir 'folder';
for (['folder', 'is a directory'], ['busy.csv/x.csv', 'Not a directory'], ['/proc/none/x.csv', '/proc/none'], ['folder/', 'folder/']) {
	my ($name, $want) = @$_;
	for my $input ("-r $sample", "< <(cat $sample)") {
		my ($status, $out, $err) = run("$stat -w $name $input");
		is("$status$out", '1', "-w $name $input: exit 1");
		like($err, qr/\Avtap-stat: [^\n]*\Q$want\E[^\n]*\n\z/, '... and why, in one line');
	}
}
is(slurp('busy.csv'), 'what was there', '... nothing is harmed');
is(join(' ', glob 'folder/*'), '', '... or made');
my ($status, $out, $err) = run("$stat -r $sample -w new/er/x.csv");
is("$status$out$err", '0', 'folders that are missing are made');
is((() = slurp('new/er/x.csv') =~ /\r\n/g), 4, '... and hold the records');
($status, $out, $err) = run("$stat -r missing.pcap -w none.csv");
is("$status$err", "1vtap-stat: missing.pcap: No such file or directory\n", 'a capture that is not there');
is(join(' ', glob 'none*'), '', '... makes no file');
for my $format (qw(table csv ndjson prometheus)) {
	($status, $out, $err) = run("$stat -F $format -r $sample >/dev/full");
	is("$status$err", "1vtap-stat: standard output: No space left on device\n", "-F $format to a full disk: said once");
	($status, $out, $err) = run("$stat -F $format -r $sample --stats /dev/full");
	is("$status$err", "1vtap-stat: /dev/full: No space left on device\n", '... and that of --stats');
}

# A disk that has room for some of the records.
SKIP: {
	skip 'a small disk needs root', 12 if $> != 0;
	my $small = "$dir/small";
	mkdir $small;
	my $full = sub {
		my ($command) = @_;
		return run("unshare -m bash -c 'mount -t tmpfs -o size=200k none $small && { $command; }; s=\$?; cp -a $small/. $dir/copy/ 2>/dev/null; exit \$s'");
	};
	for (['from files', "$stat --by flow -F ndjson -r $many -w $small/x.ndjson", 'x.ndjson.tmp', "$small/x.ndjson.tmp"], ['from a pipe', "cat $many | $stat --by flow -G 1 -w $small/x.ndjson", 'x.ndjson', "$small/x.ndjson"],
		['to standard output', "$stat --by flow -F ndjson -r $many >$small/x.ndjson", 'x.ndjson', 'standard output']) {
		my ($what, $command, $left, $named) = @$_;
		system 'rm -rf copy; mkdir copy';
		($status, $out, $err) = $full->($command);
		is("$status$err", "1vtap-stat: $named: No space left on device\n", "a full disk, $what: one line");
		is(join(' ', map { s/.*\///r } glob 'copy/*'), $left, '... what fitted is there');
		complete(slurp("copy/$left"), '... as complete lines');
	}
}

# Readers that go away.
for my $command ("$stat --by flow -F ndjson -r $many", "cat $many | $stat --by flow -F csv -G 1", "$stat --by flow --top 0 -r $many") {
	($status, $out, $err) = run("$command | head -n 1; exit \${PIPESTATUS[-2]}");
	is("$status$err", '0', "$command | head: quiet");
}

# A signal: records of everything so far, and their end. SIGUSR1 prints the table so far.
for my $signal (qw(INT TERM)) {
	my ($pid, $to) = start_reading("$stat --by flow -w live.ndjson", 'said');
	syswrite $to, capture(map { [1_700_000_000, $_] } 1 .. 20);
	until_true(sub { has_signals($pid, 'USR1') }) or BAIL_OUT('no vtap-stat');
	ok(until_true(sub { kill 'USR1', $pid; (() = slurp('said') =~ /^if0,udp_/mg) >= 20 }), 'SIGUSR1: the table so far') or diag slurp('said');
	kill $signal, $pid;
	waitpid $pid, 0;
	is($?, 0, "SIG$signal of a run that reads a pipe: exit 0");
	complete(slurp('live.ndjson'), '... with records of everything so far');
	is(scalar(() = slurp('live.ndjson') =~ /"end": ?"end"/g), 20, '... their end is the input\'s');
}
{
	my ($pid) = start_reading("$stat --by flow -F ndjson -r slow -w file.ndjson", 'said'); # nobody writes yet
	kill 'TERM', $pid;
	waitpid $pid, 0;
	ok($?, 'a signal before there is any input');
}

# No packets.
spew('empty.pcap', capture());
my %empty = (table => qr/\A *missing .*\nsource .* packets .*\n\z/, ndjson => qr/\A\z/, csv => qr/\Atimestamp,[^\n]*\r\n\z/, prometheus => qr/\A(?:# .*\n|vtap_stat_\w+\{key="others"[^}]*\} 0\n)+\z/);
for my $format (sort keys %empty) {
	for my $more ('', '-G 1', '--by none') {
		($status, $out, $err) = run("$stat $more -F $format -r empty.pcap");
		is("$status$err", '0', "no packets, -F $format $more: no word");
		my $want = $empty{$format};
		$want = qr/\A *missing .*\nkey .*\n\z|packets/ if $format eq 'table' && $more =~ /none/;
		like($out, $want, '... and the header alone');
	}
}

# Damaged: records of what came before.
spew('cut.pcap', substr slurp($many), 0, -70);
($status, $out, $err) = run("$stat --by none -F csv -r cut.pcap");
is($status, 1, 'a damaged capture: exit 1');
like($err, qr/\Avtap-stat: cut\.pcap: packet 4000\b[^\n]*\n\z/, '... the usual line');
like($out, qr/,3999,/, '... and what came before');
($status, $out, $err) = run("$stat --by none -F csv cut.pcap $sample missing.pcap");
is($status, 1, 'several captures, two of them bad: exit 1');
is($err =~ tr/\n//, 2, '... a line for each');
like($out, qr/,4763,/, '... and all others');

# Clocks that fall back by more than the window, and that leap: no loop, no end before the start.
my @odd = (1_700_000_000, 1_700_000_050, 1_600_000_000, 4_200_000_000, 0, 1_700_000_001, 1_700_000_100, 1);
spew('odd.pcap', capture(map { [$odd[$_], $_] } 0 .. $#odd));
for my $args ('', '-G 1', '-G 60 --window 10', '--by flow', '--by flow -G 1') {
	($status, $out, $err) = run("timeout 120 $stat $args -F ndjson -r odd.pcap");
	is("$status$err", '0', "a clock that falls back, $args");
	my @records = map { decode_json($_) } split /\n/, $out;
	is(eval { my $sum = 0; $sum += $_->{network}{packets} for @records; $sum }, 8, '... all are counted');
	is(scalar(grep { ($_->{event}{end} // '') lt ($_->{event}{start} // '') || ($_->{event}{duration} // 0) < 0 } @records), 0, '... no end is before its start');
}

# Tables: never wider than the terminal, digits where block characters cannot be shown.
spew('long.pcapng', named('a' x 200, "b\e[31mred\e[0m\n\t\x7f", "\xe6\xbc\xa2\xe5\xad\x97" x 30, "\xff\xfe", 'short'));
sub columns { # wide characters take two
	my ($line) = @_;
	return length($line) + (() = $line =~ /[\x{1100}-\x{115f}\x{2e80}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{fe30}-\x{fe6f}\x{ff00}-\x{ff60}]/g);
}
for my $width (20, 40, 60, 80, 132) {
	for my $locale ('C', 'C.UTF-8') {
		for my $term ('xterm', 'dumb') {
			my $pty = IO::Pty->new;
			my $pid = fork // die;
			if (!$pid) {
				my $slave = $pty->slave;
				$slave->set_winsize(24, $width);
				$slave->set_raw;
				POSIX::dup2(fileno $slave, 1);
				@ENV{qw(LC_ALL TERM)} = ($locale, $term);
				exec $stat, '-q', '-r', 'long.pcapng' or POSIX::_exit(127);
			}
			$pty->close_slave;
			my $text = '';
			while (sysread $pty, my $more, 65536) { $text .= $more }
			waitpid $pid, 0;
			my @lines = split /\n/, decode('UTF-8', $text);
			is($?, 0, "$width columns, $locale, $term");
			cmp_ok(scalar @lines, '>=', 7, '... a table');
			is(join("\n", grep { columns($_) > $width } @lines), '', '... that fits');
			unlike($text, qr/[^\n[:^cntrl:]]/, '... has no control characters');
			my $is_plain = $locale eq 'C' || $term eq 'dumb';
			ok($is_plain ? $text !~ /\xe2\x96/ : $width < 80 || $text =~ /\xe2\x96/, '... bars are digits where it has to be') or diag($text);
		}
	}
}
($status, $out, $err) = run("LC_ALL=C.UTF-8 $stat -r long.pcapng");
is(join("\n", grep { columns($_) > 80 } split /\n/, decode('UTF-8', $out)), '', 'in a pipe there are 80 columns');
unlike($out, qr/\e/, '... and no colours');
($status, $out, $err) = run("$stat -F ndjson -r long.pcapng");
complete($out, 'ndjson of names that are no text');

# What a table advises is what repairs it: pasted into a shell, on a capture that is plain and on one with its tunnels on.
my $id = 0;
sub tcp {
	my ($from, $sequence, $acknowledgment, $flags, $payload) = @_;
	my $mss = $flags & 2 ? pack('H8', '020405b4') : '';
	my $tcp = pack('n n N N C C n n n', $from ? (80, 1000) : (1000, 80), $sequence, $acknowledgment, 20 + length($mss) << 2, $flags, 1000, 0, 0) . $mss . $payload;
	my @hosts = map { 0x0a000000 + $_ } $from ? (2, 1) : (1, 2);
	return pack('H24 n', '020000000002020000000001', 0x0800) . pack('C C n n n C C n N N', 0x45, 0, 20 + length $tcp, ++$id, 0, 64, 6, 0, @hosts) . $tcp;
}
my @talk = (tcp(0, 99, 0, 2, ''), tcp(1, 499, 100, 18, ''), tcp(0, 100, 500, 16, 'x' x 2920), tcp(0, 3020, 500, 24, 'x' x 14600), tcp(1, 500, 17620, 16, ''));
spew("large it.pcap", pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) . join '', map { pack('V V V V', 1_700_000_000, 0, length, length) . $_ } @talk) ;
run("$build/vtap-tap -r 'large it.pcap' -t vxlan://10.0.2.9/3000 --from 10.0.1.5 --mtu 20000 -w wrapped.pcap");
for my $file ('large it.pcap', 'wrapped.pcap') {
	($status, $out, $err) = run("$stat -r '$file'");
	like($out, qr/2 superframes, the largest of 14,640 bytes, where 12\s+packets/, "$file: superframes");
	my ($advice) = $out =~ /cut the superframes of this capture:\n(.*)\z/s;
	is(join("\n", grep { length > 80 } split /\n/, $out), '', '... in 80 columns');
	($status, $out, $err) = run("PATH=$build:\$PATH; " . ($advice // 'false'));
	is("$status$err", '0', '... the command that repairs it runs') or diag($advice);
	unlike($out, qr/superframe/, '... and there are none any more');
	like($out, qr/^gre\@192\.0\.2\.2 +15 /m, '... but the packets of the wire');
}
done_testing;
