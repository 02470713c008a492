#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every capture below CORPUS gives the same packets through the native readers and through wiretap.
# What wiretap is known to lose is told by its cause, and only that is let pass.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp packets odd_times);
use Corpus qw(captures in_parallel);

my $build = abs_path($ENV{BUILD} || 'build');
my @files = captures() or plan skip_all => 'CORPUS names no folder with captures';
my $dir = tempdir(CLEANUP => 1);
my @copy = ("$build/vtap-decap", qw(-q -e tzsp --id 4294967295 --reassembly-mem 0 -F pcapng));

# wiretap has one encapsulation where there are several link types.
my %merged = (12 => 101, 14 => 101, 50 => 9);
# What wiretap says of files that it does not read, or not as far.
my @refused = (
	[qr/network type \d+ unknown or unsupported/ => 'wiretap does not know the link type'],
	[qr/reserved field not zero/ => 'wiretap refuses reserved bits of the link type'],
	[qr/unknown SHB version \d\.\d/ => 'wiretap ends at a version of pcapng that it does not know'],
	[qr/bigger than maximum of/ => 'wiretap has a limit of 256 KiB a packet'],
);

my %by_name = ('bug-6875-01/fuzz.pcap' =>
	'wiretap takes a damaged pcap for a variant with longer record headers');

# Packets, exit status, standard error.
sub copy {
	my ($number, $reader) = @_;
	my $base = "$dir/$number-$reader";
	my $pid = fork // die;
	if ($pid == 0) {
		open STDERR, '>', "$base.stderr" or die;
		exec @copy, '--reader', $reader, '-r', $files[$number], '-w', "$base.pcapng" or die;
	}
	waitpid $pid, 0;
	my $status = $?;
	my $stderr = slurp("$base.stderr");
	my @packets = -e "$base.pcapng" ? packets("$base.pcapng") : ();
	unlink "$base.pcapng", "$base.stderr";
	return (\@packets, $status, $stderr);
}

# The packets without what the given causes change, one line each.
sub normalised {
	my ($packets, $times) = @_;
	return map {
		my ($time, $link, $rest) = /^(\S+) (\S+) (.*)$/s;
		# An ATM cell's header loses bits on its way through wiretap's own form.
		$rest =~ s/\S+$/?/ if $link == 123;
		join ' ', $times ? '?' : $time, $merged{$link} // $link, $rest;
	} @$packets;
}

# Why a difference is wiretap's; '' when it is ours.
sub excuse {
	my ($file, $native, $wiretap, $native_status, $status, $stderr) = @_;
	my $times = odd_times($file);
	my @want = normalised($native, $times);
	my @got = normalised($wiretap, $times);
	return 'link types, ATM headers, or fractions beyond a second'
		if "@want" eq "@got" && !$native_status == !$status;
	for (keys %by_name) {
		return $by_name{$_} if $file =~ /\Q$_\E\z/;
	}
	for (@refused) {
		my ($text, $cause) = @$_;
		return $cause if $status && $stderr =~ $text && "@want[0 .. $#got]" eq "@got";
	}
	return '';
}

sub try {
	my ($number) = @_;
	my ($native, $native_status, $native_stderr) = copy($number, 'auto');
	my ($wiretap, $status, $stderr) = copy($number, 'wiretap');
	return 'same' if "@$native" eq "@$wiretap" && !$native_status == !$status;
	my $cause = excuse($files[$number], $native, $wiretap, $native_status,
		$status, $stderr);
	return $cause if $cause;
	my ($at) = grep { ($native->[$_] // '') ne ($wiretap->[$_] // '') }
		0 .. @$native + @$wiretap;
	return ('', sprintf "native %d packets, wiretap %d\n%s%s%s\n%s", scalar @$native,
		scalar @$wiretap, $native_stderr, $stderr, $native->[$at] // 'none',
		$wiretap->[$at] // 'none');
}

my %excused;
in_parallel(scalar @files, \&try, sub {
	my ($number, $cause, $detail) = @_;
	$excused{$cause}++ if $cause && $cause ne 'same';
	ok($cause, $files[$number] . ($cause eq 'same' ? '' : " (known: $cause)")) or diag $detail;
});
diag "$excused{$_} of " . @files . " differ: $_" for sort keys %excused;
cmp_ok(10 * keys %excused, '<', 10 + @files, 'few files need an excuse');
done_testing();
