#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-split: what is split and merged again is what it was, judged with tshark, capinfos and mergecap.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5 md5_hex);
use File::Path qw(remove_tree);
use IO::Handle;
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);
use Wait qw(until_true);

my $root = abs_path('.');
my $split = abs_path($ENV{BUILD} || 'build') . '/vtap-split';
my $mirrored = "$root/tests/data/mirrored.pcap";
my $dir = scratch();
chdir $dir or die;

# The exit status and stderr of vtap-split in a directory without `o`.
sub run {
	my ($args) = @_;
	remove_tree('o');
	system 'bash', '-c', "$split $args 2>stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp('stderr'));
}

sub fine {
	my ($args) = @_;
	my ($status, $err) = run($args);
	is("$status$err", '0', $args =~ s/\Q$root\E\///gr);
}

sub files { return map { s/^o\///r } split /\n/, `find o -type f 2>/dev/null | sort` }

# One line a packet: time, lengths, bytes. Several files are merged. Of the same files tshark is asked once.
my %seen;
sub packets {
	my @files = @_;
	return @{$seen{md5(join '', map { md5(slurp($_) // '') } @files)} //= [packets_of(@files)]};
}

sub packets_of {
	my @files = @_;
	my $names = join ' ', map { "'$_'" } @files;
	my $read = @files > 1 ? "mergecap -w - $names | tshark -r -" : "tshark -r $names";
	my @lines = `$read -T fields -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.md5_hash \\
		-o frame.generate_md5_hash:TRUE 2>/dev/null`;
	return @lines;
}

sub all_files { return map { "o/$_" } files() }

sub times_of { return map { /^(\S+)/ } packets(@_) }

sub eth { return pack('H24 n', '0200000000020200000000' . '01', $_[0]) . $_[1] }

# UDP from 10.0.0.HOST, with a number inside.
sub frame {
	my ($host, $number) = @_;
	return eth(0x0800, pack('C C n n n C C n C4 C4', 0x45, 0, 32, 0, 0, 64, 17, 0, 10, 0, 0, $host, 10, 0, 1, 1) .
		pack('n n n n N', 1000, 2000, 12, 0, $number));
}

# Records of [microseconds, frame].
sub pcap {
	my ($name, @records) = @_;
	return spew($name, pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) . join '', map {
		pack('V V V V', int($_->[0] / 1e6), $_->[0] % 1e6, length $_->[1], length $_->[1]) . $_->[1]
	} @records);
}

# Blocks of pcapng.
sub block {
	my ($type, $body) = @_;
	$body .= "\0" x (-length($body) % 4);
	return pack('V V', $type, 12 + length $body) . $body . pack 'V', 12 + length $body;
}
sub option { return pack('v v', $_[0], length $_[1]) . $_[1] . "\0" x (-length($_[1]) % 4) }
sub section { return block(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1) . option(1, $_[0]) . "\0" x 4) }
sub interface { return block(1, pack('v v V', 1, 0, 0) . option(2, $_[0]) . "\0" x 4) }
sub enhanced {
	my ($interface, $micro, $frame) = @_;
	my $len = length $frame;
	return block(6, pack('V5', $interface, $micro >> 32, $micro & 0xffffffff, $len, $len) . $frame .
		"\0" x (-$len % 4) . option(1, "comment $micro") . "\0" x 4);
}

# The types of the blocks in a pcapng.
sub types {
	my ($name) = @_;
	my ($bytes, @types) = slurp($name);
	while (length $bytes) {
		my ($type, $len) = unpack 'V V', $bytes;
		push @types, $type == 0x0a0d0d0a ? 'S' : $type;
		substr($bytes, 0, $len) = '';
	}
	return "@types";
}

# Split, then merge: the input.
my @original = packets($mirrored);
is(scalar @original, 764, 'tshark reads the sample');
for my $args ('--by source', '--by flow', '--by flow --max-open 1', '--by flow --max-open 3 -F snoop', '--by flow --memory 1',
	'--by mac-src,vlan', '--by ip-dst --reader wiretap', '--by pair -F pcap', '--by linktype -F nsecpcap') {
	fine("$args -r $mirrored -w 'o/{key}'");
	system 'mergecap', '-w', 'merged.pcapng', all_files();
	is_deeply([sort(packets('merged.pcapng'))], [sort @original], '... merged again is the input');
	cmp_ok(scalar files(), '>=', 1, '... ' . files() . ' files');
}
for my $by ('host', 'mac') {
	fine("--by $by --stats stats -r $mirrored -w 'o/{key}.pcapng'");
	is_deeply([sort(packets(all_files()))], [sort @original, @original], '... each packet in two files');
	my $stats = decode_json(slurp('stats'));
	is($stats->{in}, 764, '... in');
	is($stats->{out}, 2 * 764, '... out');
	is_deeply($stats->{outcomes}, { written => 764, none => 0, refused => 0, filtered => 0, out_of_time => 0, unwritten => 0 }, '... outcomes add up to in');
	is($stats->{details}{copies}, 764, '... copies');
}
fine("--by source -r $mirrored -w 'o/{source}.pcapng' --stats stats");
is_deeply([files()], ['vxlan-3000@10.0.1.5.pcapng', 'vxlan-3001@10.0.1.6.pcapng', 'vxlan-5@fd00:1::7.pcapng'],
	'a file per source');
is_deeply([map { $_->{name} } sort { $a->{name} cmp $b->{name} } @{decode_json(slurp('stats'))->{sources}}],
	['vxlan-3000@10.0.1.5', 'vxlan-3001@10.0.1.6', 'vxlan-5@fd00:1::7'], '... and in --stats');
chomp(my @vni = `tshark -r 'o/vxlan-3000\@10.0.1.5.pcapng' -T fields -e vxlan.vni 2>/dev/null | sort -u`);
is("@vni", '3000', '... with its packets alone, says tshark');
fine("--by flow --portable-names -r $mirrored -w 'o/{key}.pcapng'");
is(scalar(grep { /:/ } files()), 0, 'no colons in portable names');
fine("-q --by vlan -r $mirrored -w 'o/{key}.pcapng' --stats stats");
is_deeply([files()], ['none.pcapng'], 'without the key: none');
is_deeply(decode_json(slurp('stats'))->{outcomes}, { written => 0, none => 764, refused => 0, filtered => 0, out_of_time => 0, unwritten => 0 }, '... an outcome of its own');
mkdir 'here';
system "cd here && $split --by source <$mirrored";
is(scalar(() = glob 'here/*.pcapng'), 3, 'standard input, and {key}.pcapng where no name is given');

# Formats.
fine("--by source -c 10 -r $mirrored -w 'o/{key}.dump'");
like(`capinfos -t o/*`, qr/Wireshark\/tcpdump\/\.\.\. - pcap/, 'an ending that says nothing: as the input');
fine("--by source -c 10 -r $mirrored -F snoop -w 'o/{key}.pcap'");
like(`capinfos -t o/*`, qr/snoop/, '-F wins');
is(system("editcap -F snoop $mirrored in.snoop"), 0, "a capture that is neither pcap nor pcapng");
fine("--by source -c 10 -r in.snoop -w 'o/{key}'");
like(`capinfos -t o/*`, qr/snoop/, 'without -F and an ending the format is that of the input');
unlink 'in.snoop';
spew('ending.pcapng', section('s') . interface('x.pcap') . enhanced(0, 1_000_000, frame(1, 1)));
fine("--by interface -r ending.pcapng -w 'o/{key}'");
like(`capinfos -t o/x.pcap`, qr/ - pcapng/, 'the ending of a name that a packet made decides nothing');
unlink 'ending.pcapng';

# Many keys.
pcap('many.pcap', map { my $i = $_; [$i, frame(0, 0) =~ s/\x0a\x00\x00\x00/pack 'N', 0x0a000000 + $i % 3000/er] } 0 .. 8999);
fine("--by ip-src --max-open 8 -r many.pcap -w 'o/{key}.pcap'");
is(scalar files(), 3000, 'three thousand keys on eight descriptors');
my $sum = `cd o && capinfos -TrcM *.pcap | cut -f2 | sort | uniq -c`;
like($sum, qr/^ *3000 3$/, '... lose nothing') or diag $sum;

# Many tunnels, for which the tool looks ahead in its input, but not with --window.
{
	my $round = 0;
	my @mirrored = map { my ($i, $inner) = ($_, frame(1, $_) . 'x' x ($_ % 700)); eth(0x0800, pack('C C n n n C C n N C4', 0x45, 0, 36 + length $inner, 0, 0, 64, 17, 0, 0x0a010000 + $i % 100, 10, 0, 2, 9) .
		pack('n n n n N N', 1000, 4789, 16 + length $inner, 0, 0x08000000, ($i % 9) << 8) . $inner) } 0 .. 5999;
	pcap('tunnels.pcap', map { [$round++, $_] } @mirrored);
	$round = 0;
	spew('tunnels.pcapng', section('s') . interface('i') . join '', map { my $one = enhanced(0, $round++, $_); $round % 50 ? $one : $one . block(0xbad, 'x' x 40) } @mirrored);
	for my $name ('tunnels.pcap', 'tunnels.pcapng') {
		my @sums = map { fine("--by source $_ $name -w 'o/{source}.pcap'"); md5_hex(join ' ', map { $_ . md5(slurp("o/$_")) } files()) } '', '--window 1', '--memory 100K';
		is(scalar files(), 900, "$name: hundreds of tunnels");
		is($sums[$_], $sums[0], '... the same files however they are read') for 1 .. $#sums;
		unlink $name;
	}
}

# Names out of packets.
my @names = ('../../up', '/etc/x', '.', '..', 'none', '-rf', '.hidden', 'a b', 'x.tmp', 'n' x 300, 'n' x 300 . '1', "\n\$(id)", 'if0');
spew('names.pcapng', section('s') . join('', map { interface($_) } @names) .
	join '', map { enhanced($_, 1000 + $_, frame(1, $_)) } 0 .. $#names);
fine("--by interface -r names.pcapng -w 'o/d/{key}'");
is(scalar files(), @names, 'as many files as names');
is_deeply([grep { !m{^d/[A-Za-z0-9._@+=,:%~-]{1,200}$} || m{^d/[.-]} } files()], [], '... all of them harmless');
is(scalar(grep { /\.tmp$/ } files()), 0, '... none looks unfinished');
is_deeply([grep { !/^(o|here|stats|stderr|merged\.pcapng|many\.pcap|names\.pcapng)$/ } map { s/.*\///r } glob '*'],
	[], '... nothing elsewhere');

# Keys whose parts are the same text when they stand side by side.
spew('same.pcapng', section('s') . interface('a-b') . interface('a') . enhanced(0, 1, eth(0x8100, pack('n n', 5, 0x86dd))) .
	enhanced(1, 2, eth(0x8100, pack('n n', 6, 0x86dd))));
my ($status, $err) = run("--by interface,vlan -r same.pcapng -w 'o/{interface}-{vlan}'");
is("$status$err", '0', 'keys in one name');
is_deeply([files()], ['a%2Db-5', 'a-6'], '... what separates them is encoded in them');
spew('clash.pcapng', section('s') . interface('a') . interface('a5') . enhanced(0, 1, eth(0x8100, pack('n n', 56, 0x86dd))) .
	enhanced(1, 2, eth(0x8100, pack('n n', 6, 0x86dd))));
($status, $err) = run("--by interface,vlan -r clash.pcapng -w 'o/{interface}{vlan}'");
is($status, 2, 'the same name for different keys: exit 2');
like($err, qr{^vtap-split: -w: different keys could have one name: expected / or one of -_,\+= between \{interface\} and \{vlan\}}, '... says what to type');
ok(!-e 'o', '... and writes nothing');
fine("--by interface,vlan -r clash.pcapng -w 'o/{interface}_{vlan}'");
is_deeply([files()], ['a5_6', 'a_56'], '... what was typed keeps them apart');

# Blocks beside packets reach every file.
spew('blocks.pcapng', section('one') . interface('eth0') . interface('eth1') . block(4, pack 'V', 0) .
	block(10, pack('V V', 0x544c534b, 4) . 'keys') . enhanced(0, 1_000_000, frame(1, 1)) .
	block(0xbad, pack('V', 32473) . 'custom') . enhanced(1, 2_000_000, frame(2, 2)) . enhanced(0, 3_000_000, frame(1, 3)) .
	block(0x7777, 'unknown.') . block(5, pack('V V V', 0, 0, 0)) . section('two') . interface('eth0') .
	block(4, pack 'V', 0) . enhanced(0, 4_000_000, frame(1, 4)));
fine("--by ip-src -r blocks.pcapng -w 'o/{key}.pcapng'");
is(types('o/10.0.0.1.pcapng'), 'S 1 4 10 6 2989 6 30583 5 S 1 4 6', 'all of both sections, in place');
is(types('o/10.0.0.2.pcapng'), 'S 1 4 10 2989 6 30583', 'no statistics of other interfaces, no other section');
is(`capinfos -k o/10.0.0.2.pcapng` =~ /Capture comment: +one/, 1, 'the section keeps its comment');
is(`tshark -r o/10.0.0.2.pcapng -Y frame.interface_name -T fields -e frame.comment -e frame.interface_name 2>/dev/null`, "comment 2000000\teth1\n",
	'the packet its own, and its interface');
spew('three.pcapng', section('one') . interface('eth0') . enhanced(0, 1, frame(1, 1)) . section('two') . interface('eth0') .
	block(0x7777, 'unknown.') . enhanced(0, 2, frame(2, 2)) . section('three') . interface('eth0') . block(0x7778, 'unknown.') . enhanced(0, 3, frame(1, 3)));
fine("--by ip-src -r three.pcapng -w 'o/{key}.pcapng'");
is(types('o/10.0.0.1.pcapng'), 'S 1 6 S 1 30584 6', 'a section between two of a file is none of its own');
is(`editcap -F pcap o/10.0.0.1.pcapng one.pcap 2>&1; mergecap -w two.pcapng o/*.pcapng 2>&1; tcpdump -nr o/10.0.0.1.pcapng 2>&1 >/dev/null | grep -v reading`, '',
	'... and readers that want an interface in front of names read them');
unlink 'one.pcap', 'two.pcapng';
spew('early.pcapng', section('s') . interface('eth0') . block(5, pack('V V V', 0, 0, 7)) . enhanced(0, 1, frame(1, 1)));
fine("--by ip-src -r early.pcapng -w 'o/{key}.pcapng' --stats stats");
is(types('o/10.0.0.1.pcapng'), 'S 1 5 6', 'statistics in front of the first packet stay');
like(slurp('stats'), qr/"blocks_dropped": ?0\b/, '... and are not called dropped');
fine("--by ip-src -C 1 -r blocks.pcapng -w 'o/{key}-{n}.pcapng'");
is(join(' ', files()), '10.0.0.1-1.pcapng 10.0.0.2-1.pcapng', '-C 1: a million bytes');
fine("--by ip-src -G 2 -r blocks.pcapng -w 'o/{key}-{n}.pcapng'");
is(types('o/10.0.0.1-1.pcapng'), 'S 1 4 10 6 2989', 'a file has what came until it ended');
is(types('o/10.0.0.1-2.pcapng'), 'S 1 4 10 6 30583 5', 'the next begins with names and secrets, and has what came since');
is(types('o/10.0.0.1-3.pcapng'), 'S 1 4 6', '... of its section');

# Names go to the files whose packets have their addresses.
sub record { my ($o, $type, $address, $name) = @_; my $value = "$address$name\0"; return pack("S$o S$o", $type, length $value) . $value . "\0" x (-length($value) % 4) }
my ($one, $two, $server) = map { pack 'C4', 10, 0, 0, $_ } 1, 2, 9;
sub told { # [address name] of all records of a file, in order
	my @told;
	for (grep { $_->[0] == 4 } Capture::blocks(slurp($_[0]))) {
		my ($o, $rest) = ($_->[1], substr $_->[2], 8, -4);
		while ((my ($type, $len) = unpack "S$o S$o", $rest)[0]) {
			my ($address, $name) = unpack $type == 1 ? 'a4 Z*' : $type == 2 ? 'a16 Z*' : 'a6 Z*', substr $rest, 4, $len;
			push @told, join('.', unpack 'C*', $address) . " $name";
			$rest = substr $rest, 4 + ($len + 3 & ~3);
		}
	}
	return join ', ', @told;
}
for my $o ('<', '>') {
	my $head = Capture::ng_section($o) . Capture::ng_interface($o, 1, 0);
	my $packet = sub { return Capture::ng_packet($o, 0, 1e15 + $_[0], frame($_[1], $_[0]), 200) };
	my $names = sub { return Capture::ng_block($o, 4, join('', map { record($o, 1, @$_) } @_) . pack 'V', 0) };
	my $all = $names->([$one, 'one'], [$two, 'two'], [$server, 'nobody'], [$two, 'two.again']);
	my %inputs = (front => [$head, $all, $packet->(1, 1), $packet->(2, 2)], behind => [$head, $packet->(1, 1), $packet->(2, 2), $all],
		between => [$head, $packet->(1, 1), $all, $packet->(2, 2), $packet->(3, 1)], repeated => [$head, $all, $packet->(1, 1), $all, $packet->(2, 2), $all, $packet->(3, 1)]);
	for my $name (sort keys %inputs) {
		spew('named.pcapng', @{$inputs{$name}});
		for my $ending ('pcapng', 'pcapng.gz') {
			fine("--by ip-src -r named.pcapng -w 'o/{key}.$ending' --stats stats");
			system('gunzip o/*.gz') if $ending =~ /gz/;
			is(told('o/10.0.0.1.pcapng') . '; ' . told('o/10.0.0.2.pcapng'), '10.0.0.1 one; 10.0.0.2 two, 10.0.0.2 two.again', "$name ($o), $ending: names of its own addresses, once");
			is(`tshark -2 -n -N n -r o/10.0.0.2.pcapng -T fields -e ip.src_host 2>/dev/null`, "two.again\n", '... which tshark shows') if $name eq 'behind';
			like(slurp('stats'), qr/"blocks_dropped": ?0\b/, '... nothing is dropped');
		}
	}
	spew('named.pcapng', $head, $packet->(1, 1), $all, $packet->(2, 2), $head, $packet->(3, 1));
	fine("--by ip-src -r named.pcapng -w 'o/{key}.pcapng'");
	is(told('o/10.0.0.1.pcapng'), '10.0.0.1 one', "names that come behind the packets of a section ($o)");
	is(`tshark -r o/10.0.0.1.pcapng 2>&1 | wc -l` =~ /^[23]$/, 1, '... in a file that is read');
}
spew('named.pcapng', section('s') . interface('if') . block(4, record('<', 1, $server, 'outer') . record('<', 1, $two, 'inner') . record('<', 3, pack('H12', '020000000002'), 'mac') . record('<', 2, "\x20\x01" . "\0" x 14, 'nobody') . pack 'V', 0) .
	enhanced(0, 1, eth(0x0800, pack('C C n n n C C n a4 a4', 0x45, 0, 20 + 16 + length frame(2, 1), 0, 0, 64, 17, 0, $server, $server) . pack('n n n n N N', 1000, 4789, 16 + length frame(2, 1), 0, 0x08000000, 5 << 8) . frame(2, 1))));
fine("--by id -r named.pcapng -w 'o/{key}.pcapng'");
like(told('o/5.pcapng'), qr/(?=.*10\.0\.0\.9 outer)(?=.*10\.0\.0\.2 inner)/, 'names of both sides of a tunnel');
unlike(told('o/5.pcapng'), qr/nobody/, '... and of nobody else');

# New files by size and time.
fine("--by source -C 20K -r $mirrored -w 'o/{key}-{n}.pcap'");
my @sizes = map { -s } all_files();
cmp_ok(scalar @sizes, '>', 10, '-C makes many files');
is(scalar(grep { $_ > 20 * 1024 + 2000 } @sizes), 0, '... none much larger than that');
is_deeply([sort(packets(all_files()))], [sort @original], '... with all packets');
pcap('ticks.pcap', map { [$_ * 100_000 + 1_700_000_000_000_000, frame($_ % 2, $_)] } 0 .. 99);
fine("--by ip-src -G 2.5 -r ticks.pcap -w 'o/{key}/{start}_{end}.pcap' --manifest manifest");
my (%slots, $bad);
for my $name (files()) {
	my @slot = map { int(($_ - 1_700_000_000) / 2.5) } times_of("o/$name");
	$bad = 1 if grep { $_ != $slot[0] } @slot;
	push @{$slots{$slot[0]}}, $name;
}
ok(!$bad, '-G: no file spans two intervals');
is(join(' ', map { scalar @{$slots{$_}} } sort keys %slots), '2 2 2 2', '... each key has one file in each');
is((files())[0], '10.0.0.0/20231114T221320.000000000Z_20231114T221322.400000000Z.pcap', 'names from the packets\' times');

# The manifest says what capinfos says.
my %told = map { my $line = decode_json($_); ($line->{name} => $line) } split /\n/, slurp('manifest');
is_deeply([sort keys %told], [all_files()], 'the manifest has a line for each file');
my $wrong = 0;
for my $name (all_files()) {
	my @times = times_of($name);
	my ($bytes) = `capinfos -TrdM $name` =~ /\t(\d+)$/;
	my $line = $told{$name};
	$wrong++ unless $line->{packets} == @times && $line->{bytes} == $bytes && $name =~ /^o\/\Q$line->{key}\E\// &&
		`date -u -d $line->{first} +%s.%N` == $times[0] && `date -u -d $line->{last} +%s.%N` == $times[-1];
}
is($wrong, 0, '... with its key, packets, bytes and times');

# Commands on finished files.
fine("--by source -r $mirrored -w 'o/{key}.pcap' -z 'gzip -1' --jobs 2");
is(scalar(grep { /\.pcap\.gz$/ } files()), 3, '-z on each file, the last too') or diag join ' ', files();
is_deeply([sort(packets(all_files()))], [sort @original], '... after it was complete');
($status, $err) = run("--by source -r $mirrored -w 'o/{key}.pcap' -z 'case \$1 in *3001*) exit 3;; esac; :'");
is($status, 1, 'a command that fails: exit 1');
like($err, qr/3001\@10\.0\.1\.6\.pcap: .*exit status 3\n/, '... reported');
is(scalar files(), 3, '... the files stay');
fine("--by ip-src -r many.pcap -c 40 -w 'o/{key}.pcap' --jobs 3 -z 'f() { mkdir lock.\$\$; ls -d lock.* 2>/dev/null | wc -l >>running; sleep 0.05; rmdir lock.\$\$; }; f'");
my @running = split /\n/, slurp('running');
is(scalar @running, 40, 'forty commands');
is((sort { $b <=> $a } @running)[0] <= 3, 1, '... at most --jobs at once');

# Several inputs in time order.
pcap('a.pcap', map { [$_ * 30, frame(1, $_)] } 1 .. 50);
pcap('b.pcap', map { [$_ * 20, frame(1, 100 + $_)] } 1 .. 50);
pcap('c.pcap', map { [$_ * 50, frame(1, 200 + $_)] } 1 .. 50);
fine("--by ip-src -r a.pcap -w 'o/{key}.pcap' b.pcap c.pcap");
system 'mergecap -F pcap -w merged.pcap a.pcap b.pcap c.pcap';
my @merged = packets('o/10.0.0.1.pcap');
is_deeply([times_of('o/10.0.0.1.pcap')], [sort { $a <=> $b } times_of('o/10.0.0.1.pcap')], 'sorted by time');
is_deeply([sort @merged], [sort(packets('merged.pcap'))], '... the packets that mergecap has');
my @equal = map { unpack 'H*', $_ } (slurp('o/10.0.0.1.pcap') =~ /\x07\xd0\x00\x0c\x00\x00(....)/gs);
my ($at_300) = join(' ', @equal) =~ /(0000000a 00000073 000000ce)/;
ok($at_300, '... at the same time by the order of the inputs');
fine("--by ip-src -w 'o/{key}.pcapng' blocks.pcapng blocks.pcapng -q");
like(types('o/10.0.0.1.pcapng'), qr/^S 1 4 10 4 10 6 (?!.*S)/, 'merged inputs share one section');
is(scalar(() = types('o/10.0.0.1.pcapng') =~ / 6\b/g), 6, '... with all their packets');

# Out of order.
my @order = map { $_ ^ 5 } 0 .. 199;
pcap('shuffled.pcap', map { [$_ * 1_000_000, frame(1, $_)] } @order);
fine("--by ip-src -r shuffled.pcap -w 'o/{key}.pcap' --stats stats");
is_deeply([packets('o/10.0.0.1.pcap')], [packets('shuffled.pcap')], 'without --window the order stays');
cmp_ok(decode_json(slurp('stats'))->{details}{late}, '>', 90, '... and is counted');
fine("--by ip-src -r shuffled.pcap -w 'o/{key}.pcap' --window 10 --stats stats");
is_deeply([packets('o/10.0.0.1.pcap')], [sort { (split ' ', $a)[0] <=> (split ' ', $b)[0] } packets('shuffled.pcap')],
	'--window sorts');
is(decode_json(slurp('stats'))->{details}{late}, 0, '... none is late');
fine("--by ip-src -r shuffled.pcap -w 'o/{key}.pcap' --window 2.5 --stats stats");
is_deeply([sort(packets('o/10.0.0.1.pcap'))], [sort(packets('shuffled.pcap'))], '... what is later still is kept');
cmp_ok(decode_json(slurp('stats'))->{details}{late}, '>', 0, '... and counted');

# Damage, and a disk that fills up.
spew('cut.pcap', substr slurp($mirrored), 0, -10);
($status, $err) = run("--by source -r cut.pcap -w 'o/{key}.pcapng' $mirrored");
is($status, 1, 'a damaged input: exit 1');
like($err, qr/^vtap-split: cut\.pcap: .*764.*\n\z/, '... one line names file and packet');
is(scalar packets(all_files()), 763 + 764, '... all that is good, of the other input too');
is(scalar(grep { /\.tmp$/ } files()), 0, '... under final names');
($status, $err) = run("--by source -r $mirrored -w 'stats/x/{key}.pcapng'");
is($status, 1, 'a directory that cannot be made: exit 1');
like($err, qr{^vtap-split: stats/x.*\n\z}, '... named');
remove_tree('o');
system 'bash', '-c', "trap '' XFSZ; ulimit -f 16; $split --by source -r $mirrored -w 'o/{key}.pcapng' 2>stderr";
is($? >> 8, 1, 'a write that fails: exit 1');
like(slurp('stderr'), qr{^vtap-split: what was written is in o/\S+\.tmp: o/.*: File too large\n\z}, '... names the .tmp');
is(scalar(grep { !/\.tmp$/ } files()), 0, '... and nothing unfinished has its name');

# A pipe that stays open.
remove_tree('o');
my $pid = open my $pipe, '|-', "exec $split --by source -w 'o/{key}.pcapng' 2>stderr" or die;
binmode $pipe;
$pipe->autoflush(1);
print $pipe slurp($mirrored);
my $seen = 0;
until_true(sub { ($seen = () = packets(all_files())) == @original });
is($seen, scalar @original, 'all is in the files while the input waits');
is(scalar(grep { !/\.tmp$/ } files()), 0, '... called .tmp');
kill 'INT', $pid;
until_true(sub { files() && !grep { /\.tmp$/ } files() });
is_deeply([map { /(\.\w+)$/ } files()], [('.pcapng') x 3], 'SIGINT ends the files as the end of the input would');
close $pipe;
is($? . slurp('stderr'), '0', '... exit 0, quietly');

# More descriptors than the shell gives are taken where the system allows it.
{
	my $pid = open my $to, '|-', 'bash', '-c', "ulimit -Sn 64; exec $split --by id --max-open 200 -w 'o/{key}.pcapng' 2>stderr" or die;
	my $limit = sub { (slurp("/proc/$pid/comm") // '') eq "vtap-split\n" && slurp("/proc/$pid/limits") =~ /^Max open files +(\d+)/m ? $1 : 0 };
	until_true(sub { $limit->() >= 200 });
	cmp_ok($limit->(), '>=', 200, '--max-open raises the limit of the shell');
	syswrite $to, slurp($mirrored);
	close $to;
	is($? . slurp('stderr'), '0', '... and goes on');
}

# All files stay open as the hard limit allows, but for those with an encoder, which takes memory.
pcap('hundreds.pcap', map { [$_, frame($_, 0)] } 1 .. 200);
for (['', sub { $_[0] > 200 }, 'more files are open than the soft limit has'], ['.gz', sub { $_[0] <= 64 }, 'but not if they are compressed']) {
	my ($ending, $good, $name) = @$_;
	remove_tree('o');
	my $pid = open my $to, '|-', 'bash', '-c', "ulimit -Sn 64; exec $split --by ip-src -w 'o/{key}.pcap$ending' 2>stderr" or die;
	syswrite $to, slurp('hundreds.pcap');
	until_true(sub { files() >= 200 && !grep { !-s "o/$_" } files() });
	my $open = () = glob "/proc/$pid/fd/*";
	ok($good->($open), $name) or diag $open;
	close $to;
	is($? . slurp('stderr'), '0', '... and all is well');
}

# A simple packet block has no time: no interval begins or ends with it.
{
	my $simple = block(3, pack('V', length frame(1, 2)) . frame(1, 2));
	spew('simple.pcapng', section('s'), interface('i'), $simple, enhanced(0, 20_000_000, frame(1, 1)), $simple, enhanced(0, 40_000_000, frame(1, 3)), $simple);
	fine("--by linktype -G 10 -r simple.pcapng -w 'o/{n}-{key}.pcapng'");
	is(join('; ', map { types($_) } all_files()), 'S 1 3 6 3; S 1 6 3', 'simple packets and -G');
}

# A file that a foreign format cannot hold, with valgrind: what the message is made of was set.
SKIP: {
	skip 'no valgrind', 2 if system('command -v valgrind >/dev/null') != 0;
	skip 'a sanitizer and valgrind exclude each other', 2 if $ENV{ASAN_OPTIONS} || `ldd $split` =~ /libasan/;
	spew('mixed.pcapng', section('s'), interface('i'), block(1, pack('v v V', 101, 0, 0) . option(2, 'i') . "\0" x 4),
		enhanced(0, 1_000_000, frame(1, 1)), enhanced(1, 2_000_000, substr frame(1, 2), 14));
	remove_tree('o');
	system "valgrind -q --error-exitcode=99 $split --no-sandbox --by interface -F snoop -r mixed.pcapng -w 'o/{key}' 2>stderr";
	is($? >> 8, 1, 'a conversion that leaves a packet out: exit 1');
	like(slurp('stderr'), qr{\Avtap-split: o/i: 1 packets have other link types than its format holds, [^\n]*\n\z}, '... and one line says so');
}

# Wrong command lines.
for (
	["-r $mirrored", qr/--by/], ["--by colour -r $mirrored", qr/colour.*source, outer-src/],
	["--by id,id -r $mirrored", qr/once/], ["--by id -w - -r $mirrored", qr/-w -/],
	["--by id -w out.pcap -r $mirrored", qr/\{key\}/], ["--by id,vlan -w '{id}' -r $mirrored", qr/every key/],
	["--by id -w '{key}{flow}' -r $mirrored", qr/\{flow\}/], ["--by id -w '{key' -r $mirrored", qr/'\{'/],
	["--by id -C 1 -r $mirrored", qr/\{n\}/], ["--by id -G 1 -w '{key}-{end}' -r $mirrored", qr/\{n\}/],
	["--by id -C 0 -r $mirrored", qr/-C/], ["--by id --jobs 0 -r $mirrored", qr/--jobs/],
	["--by id -w '{key}.tmp' -r $mirrored", qr/\.tmp/], ["--by id -F nonsense -w 'o/{key}' -r $mirrored", qr/nonsense/],
) {
	($status, $err) = run($_->[0]);
	is($status, 2, 'usage: ' . $_->[0] =~ s/ *-r \Q$mirrored\E//r);
	like($err, qr/^vtap-split: .*$_->[1].*\n\z/, '... in one line');
	is(scalar files(), 0, '... and writes nothing');
}
done_testing();
