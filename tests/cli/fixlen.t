#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-fixlen from the outside: lengths as tshark sees them, against what the headers say.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5);
use JSON::PP;
use Test::More;
use lib 'tests/lib';
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $data = abs_path('tests/data');
my $dir = scratch();
$ENV{PATH} = "$build:$ENV{PATH}";

sub slurp {
	my ($name) = @_;
	open my $file, '<', $name or return undef;
	binmode $file;
	local $/;
	return scalar(<$file>) // '';
}

sub spew {
	my ($name, $bytes) = @_;
	open my $file, '>', "$dir/$name" or die "$name: $!";
	binmode $file;
	print $file $bytes;
	close $file or die "$name: $!";
	return "$dir/$name";
}

# Exit status, stdout and stderr of a shell command.
sub run {
	my ($command) = @_;
	my $status = system 'bash', '-o', 'pipefail', '-c', "{ cd $dir && $command\n} >$dir/.out 2>$dir/.err </dev/null";
	return ($status >> 8, slurp("$dir/.out"), slurp("$dir/.err"));
}

# One row a packet, one column a field; more than one value in a packet as a list. tshark is asked once for the same.
my %seen;
sub fields {
	my ($file, @fields) = @_;
	my $rows = $seen{"@fields " . md5(slurp($file) // '')} //= [tshark($file, @fields)];
	return map { [map { [@$_] } @$_] } @$rows;
}

sub tshark {
	my ($file, @fields) = @_;
	my $list = join ' ', map { "-e $_" } @fields;
	my @rows = qx(tshark -r '$file' -o ip.check_checksum:TRUE -T fields $list 2>$dir/tshark.err);
	chomp @rows;
	return map { [map { [split /,/] } split /\t/, $_, -1] } @rows;
}

sub column {
	my ($file, $field) = @_;
	return [map { $_->[0][0] } fields($file, $field)];
}

sub stats {
	my ($options, $in, $out) = @_;
	my ($status, undef, $err) = run("vtap-fixlen $options -r '$in' -w '$out' --stats stats.json");
	is($status, 0, "vtap-fixlen $options: exit status") or diag($err);
	is($err =~ s/^vtap-fixlen: no length could be judged: 7 unknown: link type not known\n//r, '', '... quiet, but where it knows nothing');
	return decode_json(slurp("$dir/stats.json"));
}

sub adds_up {
	my ($stats) = @_;
	my $sum = 0;
	$sum += $_ for values %{$stats->{outcomes}};
	is($sum, $stats->{in}, '... the outcomes add up');
}

# VXLAN of Ethernet over IPv4, some frames cut before they were wrapped.
sub expected {
	my ($file) = @_;
	return [map {
		my ($len, $v4, $v6) = @$_;
		my $inner = @$v4 > 1 ? 14 + $v4->[1] : @$v6 ? 14 + 40 + $v6->[0] : 0;
		my $claim = 14 + 36 + $inner;
		$claim > $len->[0] ? $claim : $len->[0];
	} fields($file, 'frame.len', 'ip.len', 'ipv6.plen')];
}

my $cut = "$data/vxlan-cut.pcap";
my $stats = stats('', $cut, 'fixed.pcap');
adds_up($stats);
my $want = expected($cut);
is_deeply(column("$dir/fixed.pcap", 'frame.len'), $want, 'lengths are what the inner headers claim');
is_deeply(column("$dir/fixed.pcap", 'frame.cap_len'), column($cut, 'frame.cap_len'), 'no byte comes or goes');
is_deeply(column("$dir/fixed.pcap", 'frame.time_epoch'), column($cut, 'frame.time_epoch'), 'times stay');
cmp_ok($stats->{outcomes}{raised}, '>', 0, 'some were cut');
is($stats->{outcomes}{raised}, scalar(grep { $want->[$_] > column($cut, 'frame.len')->[$_] } 0 .. $#$want), 'raised counts them');
is_deeply([map { "$_->{name} $_->{packets}" } @{$stats->{sources}}], ['vxlan-77@10.0.1.5 ' . @$want], 'the source');
stats('', "$dir/fixed.pcap", 'again.pcap');
is(slurp("$dir/again.pcap"), slurp("$dir/fixed.pcap"), 'a second time changes nothing');

# Outer headers.
stats('--rewrite-outer', $cut, 'outer.pcap');
my (@lengths, @bad);
for (fields("$dir/outer.pcap", qw(frame.len ip.len udp.length ip.checksum.status))) {
	my ($len, $ip, $udp, $status) = @$_;
	push @lengths, $ip->[0] + 14 == $len->[0] && $udp->[0] + 34 == $len->[0] ? 1 : 0;
	push @bad, grep { $_ == 0 } $status->[0];
}
is_deeply(\@lengths, [map { 1 } @$want], '--rewrite-outer: outer lengths reach to the end');
is("@bad", '', '--rewrite-outer: the outer header checksums are right');
is_deeply(column("$dir/outer.pcap", 'frame.len'), $want, '--rewrite-outer: the same lengths');

my $lost = 'tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment';
my $warnings = sub { my @rows = qx(tshark -r '$_[0]' -Y '$lost' 2>$dir/tshark.err); scalar @rows };
stats('--rewrite-outer', "$data/mirrored.pcap", 'mirrored-fixed.pcap');
cmp_ok($warnings->("$data/mirrored.pcap"), '>', 100, 'tshark misses segments before');
is($warnings->("$dir/mirrored-fixed.pcap"), 0, 'and none after');

# With right outer headers vtap-decap finds what vtap-fixlen finds behind it.
SKIP: {
	skip 'no vtap-decap', 2 unless -x "$build/vtap-decap";
	for my $name ('mirrored', 'erspan2-cut') {
		my ($status) = run("vtap-decap -r $data/$name.pcap | vtap-fixlen -w a.pcapng && " .
			"vtap-fixlen --rewrite-outer -r $data/$name.pcap | vtap-decap -w b.pcapng");
		my @both = map { column("$dir/$_.pcapng", 'frame.len') } 'a', 'b';
		is_deeply($both[1], $both[0], "$name: before or behind vtap-decap, the same lengths");
	}
}
is(stats('', "$data/erspan2-cut.pcap", '/dev/null')->{details}{mirror_truncated}, 6, 'T bits are counted');

# Frames made by hand: IPv4 total length, bytes there, length of the record.
sub frame {
	my ($total, $caplen, $len) = @_;
	my $bytes = pack 'H24 n C C n n n C C n N N a*', '020000000002020000000001', 0x0800,
		0x45, 0, $total, 0, 0, 64, 253, 0, 0x0a000001, 0x0a000002, 'x' x 2000;
	return pack('V V V V', 1_700_000_000, 5, $caplen, $len) . substr $bytes, 0, $caplen;
}

sub capture {
	my ($name, $linktype, @frames) = @_;
	return spew($name, pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, $linktype) . join '', @frames);
}

my @frames = (frame(1000, 100, 100), frame(86, 100, 100), frame(30, 60, 60), frame(100, 100, 500), frame(0, 80, 80),
	frame(1000, 20, 20), frame(19, 80, 80));
my $mixed = capture('mixed.pcap', 1, @frames);
$stats = stats('', $mixed, 'mixed-fixed.pcap');
adds_up($stats);
is_deeply(column("$dir/mixed-fixed.pcap", 'frame.len'), [1014, 100, 60, 500, 80, 20, 80], 'raise, never lower');
is_deeply([@{$stats->{outcomes}}{qw(raised already_right padded longer unknown_length_zero unknown_truncated unknown_malformed)}],
	[(1) x 7], 'one of each outcome');
$stats = stats('--lower', $mixed, 'mixed-lower.pcap');
is_deeply(column("$dir/mixed-lower.pcap", 'frame.len'), [1014, 100, 60, 114, 80, 20, 80], '--lower');
is($stats->{outcomes}{lowered}, 1, '--lower: counted');
my $unknown = capture('unknown.pcap', 147, @frames);
$stats = stats('', $unknown, 'unknown-fixed.pcap');
is(slurp("$dir/unknown-fixed.pcap"), slurp($unknown), 'an unknown link type passes untouched');
is($stats->{outcomes}{unknown_link_type}, scalar @frames, '... counted');

# -n, --fail-if-none
my ($status, $out, $err) = run("vtap-fixlen -n -r $mixed -w nothing.pcap");
is($status, 0, '-n: exit status');
is($out, '', '-n: nothing on stdout');
like($err, qr/^ +1  length restored from headers$/m, '-n: the table');
ok(!-e "$dir/nothing.pcap" && !-e "$dir/nothing.pcap.tmp", '-n: no file');
($status, $out, $err) = run("vtap-fixlen -nq -r $mixed");
is("$status$out$err", '0', '-nq: silent');
($status) = run("vtap-fixlen -nq --fail-if-none -r $mixed");
is($status, 0, '--fail-if-none: something was corrected');
($status, undef, $err) = run("vtap-fixlen -nq --fail-if-none -r $unknown");
is($status, 1, '--fail-if-none: nothing was corrected');
is($err =~ tr/\n//, 1, '--fail-if-none: one line');
($status) = run("vtap-fixlen --fail-if-none -r $unknown -w none.pcap");
ok($status == 1 && slurp("$dir/none.pcap") eq slurp($unknown), '--fail-if-none: the output is written all the same');

# pcapng: what need not change stays; a simple packet becomes an enhanced one.
sub block { my ($type, $body) = @_; $body .= "\0" x (-length($body) % 4); my $len = 12 + length $body; return pack('V V', $type, $len) . $body . pack 'V', $len }
sub option { my ($code, $value) = @_; return pack('v v', $code, length $value) . $value . "\0" x (-length($value) % 4) }
my $header = block(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1)) .
	block(1, pack('v v V', 1, 0, 0) . option(2, 'tap 7') . option(9, "\x09") . option(0, ''));
my $bytes = substr frame(1000, 100, 100), 16;
my $enhanced = block(6, pack('V5', 0, 5, 7, 100, 100) . $bytes . option(1, 'kept') . option(2, pack 'V', 1) . option(0, ''));
my $ng = spew('in.pcapng', $header . $enhanced . block(0xbad, pack('V', 32473) . 'custom'));
$stats = stats('', $ng, 'out.pcapng');
(my $by_hand = slurp($ng)) =~ s/\Q${\pack 'V2', 100, 100}\E/pack 'V2', 100, 1014/e;
is(slurp("$dir/out.pcapng"), $by_hand, 'pcapng: nothing but the length changes');
is_deeply([map { "$_->{name} $_->{raised}" } @{$stats->{sources}}], ['tap 7 1'], 'pcapng: the interface is the source');
my $simple = spew('simple.pcapng', $header . block(3, pack('V', 100) . $bytes));
$stats = decode_json((run("vtap-fixlen -q -r $simple -w simple-out.pcapng --stats -"))[1]);
is_deeply(column("$dir/simple-out.pcapng", 'frame.len'), [1014], 'simple packet: raised');
is($stats->{details}{simple_to_enhanced}, 1, 'simple packet: counted');

# More bytes than length on the wire: tcpdump refuses such records. What the headers prove stays, and nothing behind it.
my @over = (frame(771, 801, 785), frame(771, 801, 700), frame(46, 801, 64), frame(500, 801, 785), frame(0, 801, 785));
my $over = capture('over.pcap', 1, @over[0 .. 2]);
$stats = stats('', $over, 'over-fixed.pcap');
adds_up($stats);
is($stats->{outcomes}{clipped}, 3, 'more bytes than length: clipped');
is_deeply([@{$stats->{details}}{qw(bytes_restored bytes_clipped caplen_over_len)}], [85, 16 + 16 + 737, 3], '... counted');
is_deeply([map { join ' ', map { $_->[0] } @$_ } fields("$dir/over-fixed.pcap", 'frame.len', 'frame.cap_len')], ['785 785', '785 785', '64 64'], '... both lengths');
unlike(scalar qx(tcpdump -nr $dir/over-fixed.pcap 2>&1), qr/Invalid|caplen/, '... tcpdump reads it');
is(stats('', "$dir/over-fixed.pcap", 'over-again.pcap')->{outcomes}{clipped}, 0, '... a second time changes nothing');
$stats = stats('', capture('unproven.pcap', 1, @over[3, 4]), 'unproven-fixed.pcap');
is(slurp("$dir/unproven-fixed.pcap"), slurp("$dir/unproven.pcap"), '... what the headers do not prove stays');
is_deeply([@{$stats->{outcomes}}{qw(clipped longer unknown_length_zero)}], [0, 1, 1], '... counted');
{
	my $inner = substr frame(771, 785, 785), 16;
	my $frame = pack('H24 n C C n n n C C n N N n4 N N', '020000000002020000000001', 0x0800, 0x45, 0, 36 + 785, 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002,
		5, 4789, 16 + 785, 0, 0x08000000, 7 << 8) . $inner;
	my @records = map { $frame . chr($_) x 11 } 1 .. 20;
	my $pcap = capture('tunnel.pcap', 1, map { pack('V4', 1_700_000_000, 5, length, length($frame)) . $_ } @records);
	my $block = sub { my ($bytes, @options) = @_; my $padded = $bytes . "\0" x (-length($bytes) % 4);
		return block(6, pack('V5', 0, 5, 7, length $bytes, length $frame) . $padded . join '', @options, @options ? option(0, '') : ()) };
	my $pcapng = spew('tunnel.pcapng', $header . join '', (map { $block->($_) } @records),
		$block->($records[0], option(1, 'kept'), option(3, "\x02abcd")));
	for my $in ($pcap, $pcapng) {
		my ($ending) = $in =~ /(\w+)$/;
		my $count = @records + ($ending eq 'pcapng');
		$stats = stats('', $in, "tunnel-fixed.$ending");
		is($stats->{outcomes}{clipped}, $count, "$ending: clipped on the fast path, too");
		is_deeply([map { $_->[0][0] } fields("$dir/tunnel-fixed.$ending", 'frame.cap_len')], [(length $frame) x $count], '... to the end of the tunnel');
		is($stats->{details}{hashes_dropped}, $count - @records, '... a hash of the old bytes is dropped');
	}
	like(slurp("$dir/tunnel-fixed.pcapng"), qr/kept/, '... a comment is not');
	like(scalar qx(tcpdump --count -nr $dir/tunnel-fixed.pcapng 2>&1), qr/^21 packets$/m, '... tcpdump reads them');
}

# Names come from files, and lines go to terminals.
my $evil = spew('evil.pcapng', block(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1)) .
	block(1, pack('v v V', 1, 0, 0) . option(2, "\e]0;title\a\x7f\n\xc2\x9b\xc3\xbcvtap") . option(0, '')) . $enhanced);
like((run("vtap-fixlen -v -r $evil -w evil-out.pcapng"))[2], qr/  \?\]0;title\?\?\?\?\?\xc3\xbcvtap\n\z/, '-v: a name commands no terminal');

like((run("vtap-fixlen -r \$'no\\e]0;such\\x07'"))[2], qr/\Avtap-fixlen: no\?\]0;such\?: /, '... nor does an error');

# A pipe in and out.
($status) = run("cat $cut | vtap-fixlen > piped.pcap");
is(slurp("$dir/piped.pcap"), slurp("$dir/fixed.pcap"), 'pipes');
done_testing();
