#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# An input that is bad from the start: the tool that reads it says so and exits with 1. Those behind it read a capture
# without packets, say nothing and exit with 0, so that one cause is one line.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

$ENV{PATH} = abs_path($ENV{BUILD} || 'build') . ":$ENV{PATH}";
my $dir = scratch();
chdir $dir or die;

# The statuses of all programs in a pipeline, and what they said.
sub run {
	my ($pipeline) = @_;
	unlink 'status', 'stderr';
	system 'bash', '-c', "{ $pipeline; printf '%s ' \${PIPESTATUS[\@]} >status; } 2>stderr >stdout </dev/null";
	return (slurp('status') =~ s/ $//r, slurp('stderr'));
}

spew('zero.pcap', '');
spew('text.pcap', "not a capture\n" x 20);
spew('half.pcapng', pack('V2 V v2', 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0));
spew('big.pcapng', pack('V2 V v2 q<', 0x0a0d0d0a, 28, 0x1a2b3c4d, 9, 0, -1), pack 'V', 28);
mkdir 'folder';
my @bad = qw(zero.pcap text.pcap half.pcapng big.pcapng folder missing.pcap /dev/null);

my $behind = "vtap-decap | vtap-fixlen | vtap-split --by source -w 'o/{key}.pcap'";
my %first = (
	'vtap-decap' => '', 'vtap-fixlen' => '', 'vtap-decap -F pcap' => '', 'vtap-fixlen -F nsecpcap' => '',
	'vtap-tap -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w -' => '', 'vtap-decap --reader wiretap' => '',
	'vtap-decap -w /dev/stdout' => '', 'vtap-fixlen --stats stats' => '', 'vtap-decap --no-sandbox -x' => '',
);
for my $first (sort keys %first) {
	my ($tool) = $first =~ /^(\S+)/;
	for my $bad (@bad) {
		my ($status, $err) = run("$first -r $bad | $behind");
		is($status, '1 0 0 0', "$first -r $bad | ...: only that tool fails");
		like($err, qr/^$tool: [^\n]*\n\z/, '... in one line');
		ok(!-e 'o', '... and there is no file');
	}
}

# Peers read it, in each format, without a word.
for my $format (qw(pcap nsecpcap pcapng)) {
	run("vtap-decap -F $format -r text.pcap | cat >empty");
	is(`tcpdump -nr empty 2>&1 | grep -v '^reading from'`, '', "$format: tcpdump reads no packets");
	is(`capinfos -TcEr empty 2>&1`, "empty\tether\t0\n", '... capinfos');
	is(`mergecap -w merged empty 2>&1; editcap empty edited 2>&1; tshark -r empty 2>&1 | grep -v '^Running as'`, '', '... mergecap, editcap, tshark');
}

# Zero bytes on a pipe are told by whoever reads them, wherever that is.
my ($status, $err) = run("true | $behind");
is($status, '0 1 0 0', 'zero bytes from another program');
like($err, qr/^vtap-decap: standard input: empty \(0 bytes\)[^\n]*\n\z/, '... told by the first');
($status, $err) = run("vtap-decap -r missing.pcap | true | vtap-fixlen | cat");
is($status, '1 0 1 0', 'zero bytes in the middle');
is($err =~ tr/\n//, 2, '... are another cause');

# An interface that is not there, and a wrong command line, which is not the input's.
SKIP: {
	skip 'no network namespaces', 2 if system('unshare -n true 2>/dev/null') != 0;
	($status, $err) = run("vtap-decap -i no-such-device | $behind");
	is($status, '1 0 0 0', 'an interface that is not there') or diag $err;
	is($err =~ tr/\n//, 1, '... one line') or diag $err;
}
($status, $err) = run('vtap-decap -F nonsense -r text.pcap | cat >wrong');
ok($status eq '2 0' && -z 'wrong', 'a wrong command line writes nothing');

# Only pipes get it: a file would look like a result.
run('vtap-decap -r text.pcap');
is(slurp('stdout'), '', 'a file as standard output stays empty');
run('vtap-decap -r text.pcap -w file.pcap');
ok(!-e 'file.pcap' && !-e 'file.pcap.tmp', '... and one of -w is not made');
system 'mkfifo', 'fifo';
($status, $err) = run('vtap-decap -r text.pcap -w fifo & timeout 60 cat fifo | vtap-fixlen -w copy.pcapng; wait');
ok(-s 'copy.pcapng' && $err =~ /^vtap-decap: [^\n]*\n\z/, 'a FIFO that was named gets it') or diag $err;

done_testing();
