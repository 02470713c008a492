#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# After the other tests: every capture that a tool finished in the folder of one of them (tests/lib/Scratch.pm) is read by
# tcpdump, capinfos, tshark, mergecap and editcap without a word, whatever became of it later. If all are, the copies go.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use File::Path qw(remove_tree);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Readers qw(complaints_of_all);
use Thorough qw(some);

my $dir = abs_path($ENV{BUILD} || 'build') . '/tests/captures';
my %name = map { s/\.name$//r => slurp($_) } some(4, glob "$dir/*.name");
# An archive has captures as they came, cut ones too.
delete @name{grep { $name{$_} =~ /--\d+--[0-9a-f]{16}\./ } keys %name};
plan(skip_all => 'no test has left a capture') if !%name;

# Compressed ones are unpacked first: tcpdump reads none. What one holds stands there plain, too, if it was written so.
for my $file (sort keys %name) {
	my $magic = unpack 'H4', slurp($file);
	next if $magic ne '1f8b' && $magic ne '28b5';
	my $program = $magic eq '1f8b' ? 'gzip' : 'zstd';
	my $bytes = `$program -dc <$file`;
	is($?, 0, "$program unpacks $name{$file}");
	my $name = delete $name{$file};
	$name{ spew("$dir/" . md5_hex($bytes), $bytes) } //= $name if $bytes =~ /^(?:\x0a\x0d\x0d\x0a|[\xd4\x4d\xa1])/;
}

my (%complaints, %files);
my $said = complaints_of_all(keys %name);
for my $file (sort keys %name) {
	my ($test, $path) = split / /, $name{$file}, 2;
	$files{$test}++;
	$complaints{$test} .= "$path: $said->{$file}" if $said->{$file};
}
is($complaints{$_} // '', '', "$_: $files{$_} captures are read by all programs") for sort keys %files;
remove_tree($dir) if Test::More->builder->is_passing;
done_testing;
