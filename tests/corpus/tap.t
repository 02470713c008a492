#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every capture below CORPUS through vtap-tap and vtap-decap: the same times, lengths and bytes, by
# each encapsulation that can carry the packets, plain and in fragments. What cannot come back as it
# was is left out here, with the cause.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp packets);
use Corpus qw(captures in_parallel);

my $build = abs_path($ENV{BUILD} || 'build');
my @files = captures() or plan skip_all => 'CORPUS names no folder with captures';
my $dir = tempdir(CLEANUP => 1);
my @copy = ("$build/vtap-decap", qw(-q -e tzsp --id 4294967295 --reassembly-mem 0 -F pcapng));
my @fragments = qw(--mtu 600 --oversize fragment --from 2001:db8::5 -t);
my @runs = (
	# name, bytes of headers at most, carries bare IP, carries the length, options
	['vxlan', 50, 0, 0, qw(--oversize drop -t vxlan://10.0.2.9/3000 --from 10.0.1.5)],
	['vxlan-gpe', 50, 1, 0, qw(--oversize drop -t vxlan-gpe://10.0.2.9/3 --from 10.0.1.5)],
	['geneve', 50, 1, 0, qw(--oversize drop -t geneve://10.0.2.9/3 --from 10.0.1.5)],
	['geneve --meta', 78, 1, 1, qw(--oversize drop --meta -t geneve://10.0.2.9/3 --from 10.0.1.5)],
	['gre', 46, 1, 0, qw(--oversize drop -t gre://10.0.2.9/3 --from 10.0.1.5)],
	['erspan1', 38, 0, 0, qw(--oversize drop -t erspan1://10.0.2.9 --from 10.0.1.5)],
	['erspan2', 50, 0, 0, qw(--oversize drop -t erspan2://10.0.2.9/3 --from 10.0.1.5)],
	['erspan3', 54, 0, 0, qw(--oversize drop -t erspan3://10.0.2.9/3 --from 10.0.1.5)],
	['vxlan6 fragments', 70, 0, 0, @fragments, 'vxlan://[2001:db8::9]/3000'],
	['geneve6 fragments', 98, 1, 1, @fragments, 'geneve://[2001:db8::9]/3000', '--meta'],
	['erspan2 fragments', 50, 0, 0, qw(--mtu 600 --oversize fragment --from 10.0.1.5 -t erspan2://10.0.2.9/1)],
);

# A packet is an entry [time, captured length, length, digest, what may be]: 1 when it may be missing,
# as the first byte of a packet of bare IP says no known version.
sub expected {
	my ($overhead, $raw, $meta, @lines) = @_;
	my %ip = map { $_ => 1 } 12, 14, 101, 228, 229;
	my ($left_out, @want) = (0);
	for (@lines) {
		my ($ns, $link, $caplen, $len, @rest) = split / /, $_, -1;
		# A packet whose headers are cut may be no cooked one.
		my $less = $link == 113 ? 2 : $link == 276 ? 6 : 0;
		my $carried = $link == 1 || $less || ($raw && $ip{$link});
		# The length of an outer packet has 16 bits; IPv6 does not count its own header.
		my $outer = $caplen - $less + $overhead - 14;
		if (!$carried || $outer > 65535 + ($overhead >= 70 && $overhead != 78 ? 40 : 0)) {
			$left_out++;
			next;
		}
		# Without --meta nothing can say that the record was cut already. Of fewer bytes than are
		# there nobody makes a length.
		$len = $caplen if !$meta || $len < $caplen;
		push @want, [$ns, $caplen - $less, $len - $less, $less ? '' : $rest[-1],
			$less || ($raw && $ip{$link})];
	}
	return ($left_out, @want);
}

# missing: how many of those that may be. What differs, as text; nothing when all is the same.
sub compare {
	my ($missing, $want, $got) = @_;
	my $i = 0;
	for my $packet (@$want) {
		my ($ns, $caplen, $len, $digest, $optional) = @$packet;
		my @is = $i < @$got ? @{ $got->[$i] } : ('nothing') x 4;
		if ("@is[0 .. 2]" eq "$ns $caplen $len" && ($digest eq '' || $is[3] eq $digest)) {
			$i++;
		} elsif ($optional && $missing > 0) {
			$missing--;
		} else {
			return "packet $i is @is, was $ns $caplen $len $digest";
		}
	}
	return "$i packets came back, and then others" if $i != @$got;
	return $missing ? "$missing packets more than known are told as not carried" : ();
}

sub run {
	my ($base, @options) = @_;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDERR, '>', "$base.stderr" or die;
		exec @options or die;
	}
	waitpid $pid, 0;
	return $?;
}

sub try {
	my ($number) = @_;
	my $base = "$dir/$number";
	my @found;
	run($base, @copy, '-r', $files[$number], '-w', "$base.ref");
	my @lines = -e "$base.ref" ? packets("$base.ref") : ();
	# Nanoseconds since 1970 in 63 bits is what a time can be; the rest saturates.
	@lines = () if grep { !/^\d+ / || /^9\d{18} / } @lines;
	# A tunnel that carries nothing is not taken off.
	@lines = () if grep { (split / /)[2] == 0 } @lines;
	for (@lines ? @runs : ()) {
		my ($name, $overhead, $raw, $meta, @options) = @$_;
		my ($left_out, @want) = expected($overhead, $raw, $meta, @lines);
		run($base, "$build/vtap-tap", '-q', @options, '-r', "$base.ref", '-w', "$base.out", '--stats', "$base.stats");
		my $outcomes = decode_json(slurp("$base.stats") || '{}')->{outcomes};
		run($base, "$build/vtap-decap", qw(-q --depth 1 -r), "$base.out", '-w', "$base.back");
		my @got = -e "$base.back" ? map { [(split / /, $_, -1)[0, 2, 3, -1]] } packets("$base.back") : ();
		push @found, map { "$name: $_" } compare($outcomes->{unsupported} + $outcomes->{oversize} - $left_out, \@want, \@got);
		unlink "$base.out", "$base.back", "$base.stats";
	}
	unlink "$base.ref", "$base.stderr";
	return (scalar @lines, @found);
}

my $packets = 0;
in_parallel(scalar @files, \&try, sub {
	my ($number, $count, @found) = @_;
	$packets += $count;
	ok(!@found, "$files[$number]: $count packets") or diag join "\n", @found;
});
cmp_ok($packets, '>', @files, "$packets packets went there and back");
done_testing();
