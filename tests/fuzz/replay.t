#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every kept input through its harness (tests/fuzz), without a fuzzer. A file found-WHAT once broke
# something, and its name says what.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;

my $build = abs_path($ENV{BUILD} || 'build');
my @names = grep { !/^(?:replay|every|seed)$/ } map { m{([^/]+)\.c$} } sort glob 'tests/fuzz/*.c';

# Exit status or signal, and what was said.
sub replay {
	my ($name, @files) = @_;
	my $pid = open(my $said, '-|') // die;
	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT or die;
		alarm 300;
		exec "$build/tests/fuzz/$name", @files or die;
	}
	my $text = do { local $/; <$said> };
	close $said;
	return ($?, $text);
}

for my $name (@names) {
	my @files = sort grep { -f } glob "tests/fuzz/corpus/$name/*";
	my ($status, $said) = replay($name, @files);
	ok(@files && $status == 0 && $said =~ /^@{[scalar @files]} inputs$/m, "$name: " . @files . ' kept inputs')
		or diag $said;
	next if $status == 0;
	# Which of them?
	for my $file (@files) {
		my ($one) = replay($name, $file);
		diag "$file: $one" if $one != 0;
	}
}
done_testing();
