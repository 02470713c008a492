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

# Blocks so small that any number of them is below 1 MiB a file.
my $secret = ng_block('<', 10, pack('V V', 0x544c534b, 40) . 'x' x 40);
my $note = ng_block('<', 0xbad, pack('V', 32473) . 'x' x 40);
my $foreign = ng_block('<', 5, pack('V V V', 1, 0, 0));

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
	'small secrets, custom blocks and names in front' => [500, sub { my ($n) = @_; return ($head, $secret x $n, $note x $n, (map { names(host($_)) } 1 .. $n), map { packet($_) } 1 .. $n) }, 1 << 20, '--by linktype -G 1'],
	'small custom blocks, secrets and names behind' => [200, sub { my ($n) = @_; return ($head, (map { packet($_) } 1 .. $n), $note x $n, $secret x $n, map { names(host($_)) } 1 .. $n) }, 1 << 20, '--by ip-src'],
	'small ones between the packets' => [200, sub { my ($n) = @_; return ($head, map { ($secret, $note, names(host($_)), packet($_)) } 1 .. $n) }, 1 << 20, '--by ip-src'],
	'small ones between those of two rounds' => [1300, sub { my ($n) = @_; return ($head, map { ($note, $secret, packet($_ % ($n / 2))) } 1 .. $n) }, 1 << 20, '--by linktype -G 1'],
	'statistics of another interface' => [1000, sub { my ($n) = @_; return ($head, ng_interface('<', 1, 0), $foreign x $n, map { packet($_) } 1 .. $n / 4) }, 1 << 20],
	statistics => [20_000, sub { my ($n) = @_; return ($head, $statistics x $n, map { packet($_) } 1 .. $n / 1000) }, 1 << 20],
);
for my $name (sort keys %kinds) {
	my ($n, $make, $most, @by) = @{$kinds{$name}};
	@by = ('--by ip-src', $name =~ /front|secrets|custom/ ? '--by ip-src -G 1' : ()) if !@by;
	$n = int($n / 5) * 4 if $small;
	for my $by (@by) {
		my (@out, @seconds, @wrong);
		for my $count ($n, 2 * $n, 4 * $n) {
			my $in = spew("$dir/in.pcapng", $make->($count));
			my ($best, $place);
			for my $try (1 .. ($small ? 1 : 2)) {
				run("rm -r $place") if $place;
				$place = place();
				my ($status, $err) = (measure("$build/vtap-split $by -r $in -w '$place/{key}-{n}.pcapng' --stats $dir/stats"))[2, 4];
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
			my $limit = 2 * ((1 << 20) + 8 * -s $in) + @sizes * (8192 + 200) + 4200 * ($name =~ /names/ ? @sizes : 0) + -s $in;
			push @wrong, "$sum bytes of files, more than $limit" if $sum > $limit;
			push @seconds, $best;
			run("rm -r $place");
		}
		note sprintf '%s, %s: %s bytes, %s s', $name, $by, join(' ', @out), join ' ', map { sprintf '%.3f', $_ } @seconds;
		is(join("\n", @wrong), '', "$name, $by: what files get has a limit, and what is left out is told");
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

# An ordinary capture loses nothing: five TLS sessions' secrets in front and between few packets, or longer secrets and more packets.
sub ordinary {
	my ($secret_len, $packet_len, $rounds, $by, $what) = @_;
	my $keys = $small ? 200 : 2000;
	my $secret = ng_block('<', 10, pack('V V', 0x544c534b, $secret_len) . 'x' x $secret_len);
	my @packets = map { my $time = 1e15 + $_ * 1e7; my $bytes = pack 'a*@' . $packet_len, frame($_ % $keys, 1); ng_packet('<', 0, $time, $bytes, $packet_len) } 1 .. $keys * $rounds;
	spew("$dir/in.pcapng", $head, $secret x 3, @packets[0 .. 9], $secret, @packets[10 .. 99], $note, $secret, @packets[100 .. $#packets]);
	my $place = place();
	my ($status, undef, $err) = run("$build/vtap-split $by -r $dir/in.pcapng -w '$place/{key}-{n}.pcapng' --stats $dir/stats");
	is("$status$err", '0', "$what: nothing to tell");
	is(decode_json(slurp("$dir/stats"))->{details}{blocks_dropped}, 0, '... nothing is dropped');
	my %files;
	$files{scalar grep { $_->[0] == 10 } blocks(slurp("$place/$_"))}++ for left($place);
	my %want = $by =~ /-G/ ? (3 => 9, 4 => 90, 5 => $keys * $rounds - 99) : (5 => $keys);
	is_deeply(\%files, \%want, '... each file has all of its secrets') or diag explain \%files;
	run("rm -r $place");
	return;
}
ordinary(900, 46, 1, '--by ip-src', 'secrets of five sessions, 2000 keys with a packet each');
ordinary(900, 46, 1, '--by linktype -G 1', 'secrets of five sessions, 2000 intervals with a packet each');
ordinary(4000, 1400, 3, '--by ip-src', 'five longer secrets, 2000 keys with three packets each');

# Where not all can stay, secrets do: custom blocks in front of them take nothing away.
spew("$dir/in.pcapng", $head, $custom x 250, $secret x 20, map { packet($_) } 1 .. 400);
$place = place();
($status, undef, $err) = run("$build/vtap-split --by ip-src -r $dir/in.pcapng -w '$place/{key}.pcapng' --stats $dir/stats");
is($status, 0, '250 custom blocks in front of 20 secrets, 400 files');
is((scalar grep { my $file = $_; 20 == grep { $_->[0] == 10 } blocks(slurp("$place/$file")) } left($place)), 400, '... all files have all secrets');
is(decode_json(slurp("$dir/stats"))->{details}{blocks_dropped}, 250, '... each custom block counts once');
like($err, qr/\Avtap-split: 250 blocks [^\n]*8 times[^\n]*--by[^\n]*\n\z/, '... told in a line, with what helps');
done_testing;
