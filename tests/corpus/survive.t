#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every pcapng below CORPUS keeps its blocks, in place, on the way through tools that do not change
# its packets (vtap-decap without a tunnel that it wants) or their lengths only (vtap-fixlen).
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp blocks options);
use Corpus qw(captures in_parallel);

my $build = abs_path($ENV{BUILD} || 'build');
my @files = grep { (slurp($_) // '') =~ /^\x0a\x0d\x0d\x0a.{20}/s } captures();
@files or plan skip_all => 'CORPUS names no folder with pcapng files';
my $dir = tempdir(CLEANUP => 1);
my @tools = (['vtap-decap', qw(-e tzsp --id 4294967295 --reassembly-mem 0)], ['vtap-fixlen']);

sub told {
	return join ' ', map { "$_->[0]=" . unpack 'H*', $_->[1] } options(@_);
}

# A block as text: sections and interfaces by what they say, others by their bytes.
sub text {
	my ($block, $lengths_too) = @_;
	my ($type, $o, $bytes) = @$block;
	return "section $o " . told(substr($bytes, 24, -4), $o) if $type == 0x0a0d0d0a;
	return 'interface ' . unpack('H*', substr $bytes, 8, 8) . ' ' . told(substr($bytes, 16, -4), $o)
		if $type == 1;
	substr($bytes, 8, 4) = '....' if $type == 6;
	substr($bytes, 8, 2) = '..' if $type == 2;
	substr($bytes, 24, 4) = '....' if !$lengths_too && ($type == 6 || $type == 2);
	return "$type " . unpack 'H*', $bytes;
}

# A simple packet block has no place for a length that differs: it becomes an enhanced one.
sub enhanced {
	my ($old, $new) = @_;
	return 0 if $old->[0] != 3 || $new->[0] != 6;
	my ($low, $caplen) = unpack "x16 L$old->[1] L$old->[1]", $new->[2];
	return $low == 0 && substr($new->[2], 28, $caplen) eq substr($old->[2], 12, $caplen);
}

sub compare {
	my ($old, $new, $tool) = @_;
	my $exact = $tool ne 'vtap-fixlen';
	($old, $new) = map { [grep { $_->[0] != 1 && $_->[0] != 5 } @$_] } $old, $new;
	for my $i (0 .. $#$old) {
		next if $new->[$i] && enhanced($old->[$i], $new->[$i]);
		my ($want, $got) = map { $_ ? text($_, $exact) : 'nothing' } $old->[$i], $new->[$i];
		return sprintf "%s: block %d of %d\n was %.300s\n  is %.300s", $tool, $i + 1,
			scalar @$old, $want, $got if $want ne $got;
	}
	return @$new == @$old ? () : "$tool: " . @$new . ' blocks, were ' . @$old;
}

sub try {
	my ($number) = @_;
	my @old = blocks(slurp($files[$number]));
	my @found;
	for (@tools) {
		my ($tool, @options) = @$_;
		my $output = "$dir/$number.pcapng";
		system "$build/$tool @options -q -r '$files[$number]' -w $output 2>$dir/$number.stderr";
		my $stderr = slurp("$dir/$number.stderr");
		next if $? && $stderr =~ /: offset \d+: section header: version [\d.]+ is not known/;
		my @new = -e $output ? blocks(slurp($output)) : ();
		pop @old while @old > @new && $stderr =~ /: offset \d+: /; # damage that only a reader of packets sees
		push @found, -e $output ? compare(\@old, \@new, $tool) : "$tool: no output";
		unlink $output;
	}
	return (scalar @old, @found);
}

my $blocks = 0;
in_parallel(scalar @files, \&try, sub {
	my ($number, $count, @found) = @_;
	$blocks += $count;
	ok(!@found, "$files[$number]: $count blocks") or diag join "\n", @found;
});
cmp_ok($blocks, '>', 2 * @files, "$blocks blocks were compared");
done_testing();
