#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every prefix of every sample of tests/data, and every byte of it changed, through every parser and
# every whole stage: the harnesses of tests/fuzz say what holds whatever the bytes are.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Compile qw(preload);
use Corpus qw(in_parallel);

my $build = abs_path($ENV{BUILD} || 'build');
my @samples = sort glob 'tests/data/*.pcap';
my %harnesses = (
	packet => [qw(headers encap peel wirelen)],
	sequence => [qw(decap fixlen split stat tap chain reasm)],
	sequences => [qw(header_cache)],
	capture => [qw(pcap pcapng rewrite)],
);
my @runs = map { my $shape = $_; map { [$_, $shape] } @{$harnesses{$shape}} } sort keys %harnesses;

sub run {
	my ($name, $shape) = @{$runs[$_[0]]};
	my $pid = open(my $said, '-|') // die;
	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT or die;
		exec "$build/tests/fuzz/$name", '--every', $shape, @samples or die;
	}
	my $text = do { local $/; <$said> };
	close $said;
	return ($? == 0 && $text =~ /^@{[scalar @samples]} inputs$/m ? 'good' : '', $text);
}

cmp_ok(@samples, '>', 30, 'there are samples');
# A sanitizer takes six times as long: an eighth of them today, the others on the next days.
if (preload("$build/vtap-fixlen") =~ /libasan/) {
	my $eighth = int(time / 86400) % 8;
	@samples = @samples[grep { $_ % 8 == $eighth } 0 .. $#samples];
	note "@samples";
}
in_parallel(scalar @runs, \&run, sub {
	my ($number, $good, $said) = @_;
	ok($good, "$runs[$number][0]: every prefix, every changed byte") or diag $said;
});
done_testing();
