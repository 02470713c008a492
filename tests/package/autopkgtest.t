#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that the source package brings for autopkgtest, run by it on the packages that were built: its null runner, in
# a booted Debian 12, which is all the isolation that they ask for. autopkgtest installs what they depend on itself.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Container qw($dir enter root boot inside worked copy_in halt);

my @root = ('bookworm', 'tshark', 'wireshark-common', 'autopkgtest', 'dpkg-dev');
enter(\@root);
my $debs = ($ENV{BUILD} || 'build') . '/deb';
my @debs = (glob("$debs/vtap_*.deb"), glob "$debs/vtap-wireshark_*.deb");
BAIL_OUT("no packages in $debs: make deb") if @debs < 2;

my @names = slurp('debian/tests/control') =~ /^Tests: (\S+)$/mg;
is(join(' ', sort @names), 'chain extcap live units', 'four tests');

my $host = boot('autopkgtest', '10.9.0.2/24', root(@root) // BAIL_OUT($@));
copy_in($host, '/root', @debs);
copy_in($host, '/src/debian/source', 'debian/source/format');
copy_in($host, '/src/debian', 'debian/control', 'debian/changelog');
copy_in($host, '/src/debian/tests', glob 'debian/tests/*');
copy_in($host, '/src/tests/data', 'tests/data/mirrored.pcap');
my $said = worked($host, 'autopkgtest --output-dir /tmp/out /root/vtap_*.deb /root/vtap-wireshark_*.deb /src -- null', 'autopkgtest runs');
my $summary = inside($host, 'cat /tmp/out/summary');
like($summary, qr/^$_\s+PASS$/m, "$_ passes") or diag $said for @names;
ok(halt($host), 'the machine ends');
done_testing;
