#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Compressed captures: read as what is inside, block by block, from files and pipes, and without wiretap.
use strict;
use warnings;
use Cwd qw(abs_path);
use IO::Select;
use IPC::Open3;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew blocks packets pcap ng_section ng_interface ng_option ng_packet ng_block);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
my ($decap, $fixlen, $split, $tap) = map { "$build/vtap-$_" } qw(decap fixlen split tap);
my %pack = (gz => 'gzip -c', zst => 'zstd -qc', lz4 => 'lz4 -qc');
my @endings = sort keys %pack;

# Exit status and what was said, of a shell command.
sub run {
	my ($command) = @_;
	system 'bash', '-o', 'pipefail', '-c', "{ $command\n} >$dir/said 2>&1 </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/said"));
}

sub runs {
	my ($command, $name) = @_;
	is(join('', run($command)), '0', $name // $command);
}

# What --stats "$dir/stats" says of the input.
sub state {
	my $state = decode_json(slurp("$dir/stats"))->{inputs}[0]{state};
	unlink "$dir/stats";
	return $state;
}

sub packed {
	my ($file, $ending) = @_;
	system("$pack{$ending} <$file >$file.$ending") == 0 or die "$pack{$ending}: $?";
	return "$file.$ending";
}

sub same { my ($got, $want, $name) = @_; ok(slurp($got) eq slurp($want), $name) or diag(-s $got, ' and ', -s $want) }

# What only pcapng has, and wiretap loses: names, secrets, custom blocks, a second section, options of sections.
my $frame = pack('H24 n', '020000000002020000000001', 0x88b5) . 'x' x 46;
my $custom = ng_block('<', 0xbad, pack('L<', 32473) . 'custom');
my $rich = spew("$dir/rich.pcapng", ng_section('<', ng_option('<', 4, 'application')), ng_interface('<', 1, 0, ng_option('<', 2, 'eth0')),
	ng_block('<', 4, pack 'L<', 0), (map { ng_packet('<', 0, 1_700_000_000_000_000 + $_, $frame, length $frame, ng_option('<', 1, "note $_")) } 1 .. 3000),
	ng_block('<', 10, pack('L< L<', 0x544c534b, 4) . 'keys'), $custom, ng_section('>'), ng_interface('>', 1, 0), ng_packet('>', 0, 5, $frame, 60), ng_block('>', 0xbad, pack('L>', 32473) . 'custom'));
my $mirrored = "$dir/mirrored.pcap";
system("cp tests/data/mirrored.pcap $mirrored") == 0 or die;

for my $ending (@endings) {
	my $gz = packed($rich, $ending);
	runs("$fixlen -q -r $gz -w $dir/out.pcapng");
	same("$dir/out.pcapng", $rich, "$ending: no block is lost");
	runs("cat $gz | $fixlen -q >$dir/out.pcapng", "$ending: a pipe");
	same("$dir/out.pcapng", $rich, '... loses none either');
	runs("cat $gz $gz | $fixlen -q -w $dir/out.pcapng", "$ending: two behind each other");
	ok(slurp("$dir/out.pcapng") eq slurp($rich) x 2, '... are two sections');
	$gz = packed($mirrored, $ending);
	for my $case ("$decap -q -r FILE -w $dir/OUT.pcapng", "$decap -q -F pcap -c 300 -r FILE -w $dir/OUT.pcap", "$fixlen -r FILE -w $dir/OUT.pcap",
		"$tap -r FILE -t vxlan://10.0.2.9/1 --from 10.0.1.5 -w $dir/OUT.pcapng", "$split -q --by linktype -w '$dir/{key}OUT.pcapng' FILE $mirrored") {
		my ($name) = $case =~ m{/(?:\{key\})?(OUT\.\w+)} or die;
		$name = "1$name" if $case =~ /\{key\}/;
		runs($case =~ s/FILE/$mirrored/r =~ s/OUT/want/r);
		runs($case =~ s/FILE/$gz/r =~ s/OUT/got/r);
		same("$dir/" . $name =~ s/OUT/got/r, "$dir/" . $name =~ s/OUT/want/r, '... the same comes out of it');
		unlink glob "$dir/*want.* $dir/*got.*";
	}
	runs("env LD_LIBRARY_PATH=$dir/none $fixlen -r $gz -w $dir/out.pcap", "$ending");
	my ($status, $said) = run("LD_DEBUG=files $fixlen -r $gz -w $dir/out.pcap");
	unlike($said, qr/calling init: \S*libwiretap/, '... without wiretap');
}

# A library that is missing is said; where nothing is compressed, none is missed.
for (['gz', 'libz'], ['zst', 'libzstd'], ['lz4', 'liblz4']) {
	my ($ending, $name) = @$_;
	my ($soname) = slurp($fixlen) =~ /\0($name\.so\.\d+)\0/ or die "no $name";
	mkdir "$dir/instead";
	spew("$dir/instead/$soname", 'no library');
	my ($status, $said) = run("LD_LIBRARY_PATH=$dir/instead $fixlen -r $mirrored.$ending -w $dir/out.pcap");
	is($status, 1, "no $soname");
	like($said, qr/^vtap-fixlen: \S+: compressed by \w+: \S*\Q$soname\E/, '... is said');
	runs("LD_LIBRARY_PATH=$dir/instead $fixlen -r $mirrored -w $dir/out.pcap", '... and not missed where nothing is compressed');
	unlink glob "$dir/instead/*";
}

# Cut: what came before is there, one line says where.
my @all = packets($mirrored);
for my $ending (@endings) {
	my $bytes = slurp("$mirrored.$ending");
	for my $part (0.5, 0.9) {
		my $cut = spew("$dir/cut.$ending", substr $bytes, 0, $part * length $bytes);
		my ($status, $said) = run("$fixlen -q -r $cut -w $dir/out.pcap --stats $dir/stats");
		is($status, 1, "$ending, cut at $part of it");
		like(state(), qr/^truncated at byte \d+$/, '... told in --stats');
		like($said, qr/\Avtap-fixlen: \Q$cut\E: (?:packet \d+: offset \d+: )?the compressed data end too early: the file was cut\n\z/, '... is said in one line');
		next if $ending eq 'lz4' && $said !~ /packet/; # it is one block
		my @some = map { (split)[0] } packets("$dir/out.pcap");
		cmp_ok(scalar @some, '>', 50, '... what came before is there');
		is_deeply(\@some, [map { (split)[0] } @all[0 .. $#some]], '... unharmed');
	}
	substr $bytes, 0.9 * length $bytes, 9, "\xa5" x 9;
	my ($status, $said) = run("$fixlen -q -r " . spew("$dir/damaged.$ending", $bytes) . " -w $dir/out.pcap --stats $dir/stats");
	is($status, 1, "$ending, damaged");
	like(state(), qr/^damaged at byte \d+$/, '... told in --stats');
	# What gzip makes of such bytes may be no record before its checksum is wrong.
	like($said, qr/\Avtap-fixlen: [^\n]*: (?:the (?:gzip|zstd|lz4) data are damaged: |a record of )[^\n]+\n\z/, '... is said in one line');
}
spew("$dir/padded.gz", slurp("$mirrored.gz"), "\0" x 700);
runs("$fixlen -q -r $dir/padded.gz -w $dir/out.pcap", 'zeros behind gzip data, as on tapes');
spew("$dir/more.gz", slurp("$mirrored.gz"), 'more');
my ($status, $said) = run("$fixlen -q -r $dir/more.gz -w $dir/out.pcap");
is($status, 1, 'anything else behind them');
is(scalar packets("$dir/out.pcap"), scalar @all, '... comes after all packets');

# What is no capture inside, and what wiretap alone reads.
for (['nothing', ''], ['a few bytes', 'text'], ['text', 'this is no capture, however long one looks at it ' x 9]) {
	my ($what, $bytes) = @$_;
	for my $ending (@endings) {
		packed(spew("$dir/text", $bytes), $ending);
		my ($status, $said) = run("$fixlen -r $dir/text.$ending -w $dir/never");
		is($status, 1, "$ending of $what");
		like($said, qr/\Avtap-fixlen: \S+: [^\n]*not a capture[^\n]*\n\z/, '... is said in one line');
		ok(!-e "$dir/never" && !-e "$dir/never.tmp", '... without an output');
	}
}
system("editcap -F snoop $mirrored $dir/in.snoop") == 0 or die;
for my $ending (@endings) {
	my $gz = packed("$dir/in.snoop", $ending);
	runs("$decap -q -r $dir/in.snoop -F pcap -w $dir/want.pcap");
	runs("$decap -q -r $gz -F pcap -w $dir/got.pcap", "$ending of a foreign format");
	same("$dir/got.pcap", "$dir/want.pcap", '... through wiretap');
	runs("cat $gz | $decap -q -F pcap -w $dir/got.pcap", '... from a pipe');
	same("$dir/got.pcap", "$dir/want.pcap", '... as well');
	runs("$fixlen --reader wiretap -r $mirrored.$ending -w $dir/got.pcap", '--reader wiretap reads compressed files itself');
}

# lz4 makes blocks of 4 MiB, of which nothing is seen before all of them is there.
{
	my $noise = join '', map { pack('N6', 2048, 2048, 2072, 0, 1_700_000_000 + $_, 0) . join '', map { chr int rand 256 } 1 .. 2048 } 1 .. 2000;
	my $large = packed(spew("$dir/large.snoop", pack('a8 N N', 'snoop', 2, 4), $noise), 'lz4');
	cmp_ok(-s $large, '>', 4_000_000, 'noise does not get smaller');
	runs("$fixlen -q -r $large -F pcap -w $dir/got.pcap", 'a foreign format in a block of 4 MiB');
	is(scalar(() = packets("$dir/got.pcap")), 2000, '... is read');
	runs("cat $large | $fixlen -q -F pcap -w $dir/got.pcap", '... from a pipe');
	is(scalar(() = packets("$dir/got.pcap")), 2000, '... as well');
}

# What is not read says what to type, and that works.
for (['xz', 'xz -qc'], ['bzip2', 'bzip2 -qc']) {
	my ($name, $program) = @$_;
	SKIP: {
		skip "$name is not installed", 5 if system("command -v $name >/dev/null") != 0;
		system("$program <$mirrored >'$dir/a b'") == 0 or die;
		my ($status, $said) = run("$fixlen -r '$dir/a b' -w $dir/never");
		is($status, 1, "$name is not read");
		my ($line) = $said =~ /\Avtap-fixlen: [^\n]*: compressed by $name, which vtap does not read: type ($name -dc '.*' \| vtap-fixlen)\n\z/;
		ok($line, '... but says what to type') or diag $said;
		runs("PATH=$build:\$PATH; $line -w $dir/got.pcap", '... which works');
		($status, $said) = run("cat '$dir/a b' | $fixlen -w $dir/never");
		is($status, 1, '... in a pipe');
		like($said, qr/: standard input: compressed by $name, which vtap does not read: put $name -dc in front of vtap-fixlen\n/, '... too');
	}
}

# A window that takes more memory than a small file may ask for.
system("zstd -qc --long=31 --ultra <$mirrored >$dir/wide.zst") == 0 or die;
($status, $said) = run("head -c 300M /dev/zero | cat $mirrored - | zstd -q -1 --long=31 | head -c 100000 | $fixlen -w $dir/out.pcap");
is($status, 1, 'a zstd window of 2 GiB');
like($said, qr/zstd data are damaged: [^\n]*memory/, '... is too much');

# As soon as the bytes of a packet have come, the packet is out.
sub ready {
	my ($out, $count) = @_;
	my $bytes = '';
	my $select = IO::Select->new($out);
	while (length $bytes < $count && $select->can_read(60)) {
		sysread $out, $bytes, 65536, length $bytes or last;
	}
	return length $bytes;
}
{
	require IO::Compress::Gzip;
	my $pid = open3(my $in, my $out, '>&STDERR', $fixlen);
	$in->autoflush(1);
	my $compress = IO::Compress::Gzip->new($in, AutoClose => 0);
	my $record = pack('V4', 1_700_000_000, 5, length $frame, length $frame) . $frame;
	$compress->print(pcap('<', 0xa1b2c3d4, 1) . $record);
	$compress->flush(IO::Compress::Gzip::Z_SYNC_FLUSH());
	is(ready($out, 24 + length $record), 24 + length $record, 'a packet is out while its compressed input is idle');
	for my $n (1 .. 5) {
		$compress->print($record x $n);
		$compress->flush(IO::Compress::Gzip::Z_SYNC_FLUSH());
		is(ready($out, $n * length $record), $n * length $record, '... and those that follow');
	}
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... a signal ends it in order');
	close $in;
}

# Byte by byte through a pipe.
{
	my $small = spew("$dir/small.pcap", pcap('<', 0xa1b2c3d4, 1, [1_700_000_000, 0, $frame], [1_700_000_001, 0, $frame]));
	for my $ending (@endings) {
		my $bytes = slurp(packed($small, $ending));
		open my $to, '|-', "$fixlen -w $dir/out.pcap" or die;
		binmode $to;
		$to->autoflush(1);
		print $to $_ for split //, $bytes;
		ok(close $to, "$ending: byte by byte");
		same("$dir/out.pcap", $small, '... the same comes out');
	}
}

# Offsets in messages are those of what is inside, and the sandbox has all that is needed.
spew("$dir/late.pcap", slurp($mirrored), "\xff" x 16);
packed("$dir/late.pcap", 'gz');
my @said = map { (run("$fixlen -q -r $dir/late.pcap$_ -w $dir/out.pcap"))[1] =~ s/late\.pcap\.gz/late.pcap/r } '', '.gz';
is($said[1], $said[0], 'damage inside is said as in the plain file');
done_testing();
