#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A foreign capture from a pipe needs a temporary file: on file systems without nameless ones, too, and where there
# is none to be had one line says so.
use strict;
use warnings;
use Errno qw(EOPNOTSUPP EISDIR EACCES EINTR);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Faults qw($build $dir run fault frame capture left);

my $input = spew("$dir/input.pcap", capture(50, 100));
my $place = "$dir/tmp";
mkdir $place or die;
run("editcap -F snoop $input $input.snoop");

# What came out of a run whose attempts at temporary files fail so.
sub spooled {
	my (%fault) = @_;
	my $front = %fault ? fault(CALLS => 'open', PATH => $place, %fault) : 'env';
	return run("cat $input.snoop | $front TMPDIR=$place $build/vtap-fixlen -r - -w $dir/out.pcap");
}

my ($status, undef, $err) = spooled();
is("$status$err", '0', 'a foreign capture from a pipe');
my $want = slurp("$dir/out.pcap");
for my $errno (EOPNOTSUPP, EISDIR) {
	unlink "$dir/out.pcap";
	($status, undef, $err) = spooled(ERROR => $errno, AT => 1);
	is("$status$err", '0', "no nameless files (error $errno)");
	ok(slurp("$dir/out.pcap") eq $want, '... the same comes out');
	is_deeply([left($place)], [], '... nothing stays behind');
}
for (['interrupted', ERROR => EINTR, AT => 'first'], ['short', ERROR => 0]) {
	my ($name, %fault) = @$_;
	unlink "$dir/out.pcap";
	($status, undef, $err) = spooled(CALLS => 'write', %fault);
	is("$status$err", '0', "its writes are $name");
	ok(slurp("$dir/out.pcap") eq $want, '... the same comes out');
}
unlink "$dir/out.pcap";
($status, undef, $err) = spooled(ERROR => EACCES, AT => 1);
is($status, 1, 'no temporary files');
like($err, qr{\Avtap-fixlen: standard input: [^\n]*temporary file in \Q$place\E[^\n]*\n\z}, '... it says where');
($status, undef, $err) = run("cat $input.snoop | env TMPDIR=$dir/nowhere $build/vtap-fixlen -r - -w $dir/out.pcap");
is($status, 1, 'no such folder');
like($err, qr{temporary file in \Q$dir/nowhere\E: No such file}, '... it says so');
done_testing();
