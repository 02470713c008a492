#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Many blocks beside packets times many files: what vtap-split writes, and the time that it takes, grow with the input and no faster.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks ng_section ng_interface ng_block ng_packet);
use Faults qw($build $dir $sanitized run measure frame place left);

my $small = $sanitized || $ENV{GCOV_ERROR_FILE};
my $head = ng_section('<') . ng_interface('<', 1, 0);
sub packet { return ng_packet('<', 0, 1e15 + $_[0] * 1e7, frame($_[0], 1), 46) }
sub record { my ($address, $name) = @_; my $value = pack('N', $address) . "$name\0"; return pack('v v', 1, length $value) . $value . "\0" x (-length($value) % 4) }
sub names { return ng_block('<', 4, join('', @_) . pack 'V', 0) }
sub host { return record(0x0a000000 + $_[0], "host$_[0].example.net") }

# What makes the input of so many files and so many blocks; how many bytes in front of each file's packet there may be.
my $secrets = ng_block('<', 10, pack('V V', 0x544c534b, 4000) . 'x' x 4000);
my $custom = ng_block('<', 0xbad, pack('V', 32473) . 'x' x 4000);
my $statistics = ng_block('<', 5, pack('V V V', 0, 0, 0) . pack('v v a60', 1, 60, 'x' x 60) . pack 'V', 0);
my $unknown = ng_block('<', 0x7777, 'x' x 4000);
my %kinds = (
	'names in front' => [300, sub { my ($n) = @_; return ($head, names(map { host($_) } 1 .. $n), map { packet($_) } 1 .. $n) }, 100],
	'a block for each name' => [300, sub { my ($n) = @_; return ($head, (map { names(host($_)) } 1 .. $n), map { packet($_) } 1 .. $n) }, 100],
	'names behind the packets' => [300, sub { my ($n) = @_; return ($head, (map { packet($_) } 1 .. $n), names(map { host($_) } 1 .. $n)) }, 100],
	'names between the packets' => [300, sub { my ($n) = @_; return ($head, map { (packet($_), names(host($n + 1 - $_))) } 1 .. $n) }, 100],
	'names of one address' => [300, sub { my ($n) = @_; return ($head, names(map { record(0x0b000001, "server$_.example.net") } 1 .. $n), map { packet($_) } 1 .. $n) }, 4200],
	secrets => [300, sub { my ($n) = @_; return ($head, $secrets x $n, map { packet($_) } 1 .. $n / 20) }, 1 << 20],
	'custom blocks' => [300, sub { my ($n) = @_; return ($head, $custom x $n, map { packet($_) } 1 .. $n / 20) }, 1 << 20],
	'unknown blocks, secrets and names' => [300, sub { my ($n) = @_; my $three = $secrets . $unknown . names(host($n)); return ($head, $three x ($n / 2), map { packet($_) } 1 .. $n / 20) }, (1 << 20) + 100],
	statistics => [20_000, sub { my ($n) = @_; return ($head, $statistics x $n, map { packet($_) } 1 .. $n / 1000) }, 1 << 20],
);
for my $name (sort keys %kinds) {
	my ($n, $make, $most) = @{$kinds{$name}};
	$n = int($n / 5) * 4 if $small;
	for my $interval ('', $name =~ /front|secrets|custom/ ? ' -G 1' : ()) {
		my (@out, @seconds, @wrong);
		for my $count ($n, 2 * $n, 4 * $n) {
			my $in = spew("$dir/in.pcapng", $make->($count));
			my ($best, $place);
			for my $try (1 .. ($small ? 1 : 2)) {
				run("rm -r $place") if $place;
				$place = place();
				my ($status, $err) = (measure("$build/vtap-split --by ip-src$interval -r $in -w '$place/{key}-{n}.pcapng' --stats $dir/stats"))[2, 4];
				my $seconds = (split ' ', slurp("$dir/usage"))[2] / 1e6; # of the process itself: what a disk costs for each file is no matter here
				$best = $seconds if !defined $best || $seconds < $best;
				my $dropped = decode_json(slurp("$dir/stats"))->{details}{blocks_dropped};
				push @wrong, "exit $status: $err" if $status;
				push @wrong, "$dropped blocks dropped, and told: $err" if ($dropped > 0) != ($err =~ /\Avtap-split: $dropped blocks? [^\n]+\n\z/);
			}
			my @sizes = map { -s "$place/$_" } left($place);
			push @wrong, "a file of $_ bytes" for grep { $_ > $most + 200 } @sizes;
			my $sum = 0;
			$sum += $_ for @sizes;
			push @out, $sum;
			push @seconds, $best;
			run("rm -r $place");
		}
		note sprintf '%s%s: %s bytes, %s s', $name, $interval, join(' ', @out), join ' ', map { sprintf '%.3f', $_ } @seconds;
		is(join("\n", @wrong), '', "$name$interval: what files get has a limit, and what is left out is told");
		ok($out[1] < 2.2 * $out[0] && $out[2] < 2.2 * $out[1], '... twice the input makes twice the bytes') or diag "@out";
		next if $small;
		ok($seconds[2] < 8 * $seconds[0] + 0.1, '... and four times the input takes four times the time, 8 at most') or diag "@seconds";
	}
}

# Each block that a file lacks counts once, though all of them lack it.
spew("$dir/in.pcapng", $head, $secrets x 400, map { packet($_) } 1 .. 5);
my $place = place();
my ($status, undef, $err) = run("$build/vtap-split --by ip-src -r $dir/in.pcapng -w '$place/{key}.pcapng' --stats $dir/stats");
my $fit = int((1 << 20) / length $secrets);
is($status, 0, '400 secrets, 5 files');
is(decode_json(slurp("$dir/stats"))->{details}{blocks_dropped}, 400 - $fit, '... those that no file has count once');
is(join(' ', map { my $file = $_; scalar grep { $_->[0] == 10 } blocks(slurp("$place/$file")) } left($place)), "$fit $fit $fit $fit $fit", '... each file has the others');
like($err, qr/^vtap-split: @{[400 - $fit]} blocks [^\n]*1 MiB[^\n]*\n\z/, '... told in a line');

# Below the limit nothing is lost.
spew("$dir/in.pcapng", $head, $secrets x $fit, map { packet($_) } 1 .. 5);
$place = place();
($status, undef, $err) = run("$build/vtap-split --by ip-src -r $dir/in.pcapng -w '$place/{key}.pcapng' --stats $dir/stats");
is("$status$err", '0', '1 MiB of secrets: nothing to tell');
is(join(' ', map { my $file = $_; scalar grep { $_->[0] == 10 } blocks(slurp("$place/$file")) } left($place)), "$fit $fit $fit $fit $fit", '... all files have all of them');
done_testing;
