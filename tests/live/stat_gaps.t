#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Downloads by HTTP and TLS through a router, captured behind it. Packets are taken out of the capture, swapped, doubled
# and cut as a tap would do it: what vtap-stat misses is what was taken, to the byte. What the router drops is no loss
# of the tap: it is sent again, and fills its holes.
use strict;
use warnings;
use Digest::MD5;
use List::Util qw(max min);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Required qw(lacks);
use Lab qw($dir enter able sh on hosts cable start stop finish until_true reaches fields);
use Segments qw(records keep segment told counters seen_late);
use Wait qw(caught_up);

enter();
for ('curl --version', 'openssl version', 'nft --version', 'ethtool --version') {
	lacks("cannot run $_") if !able($_);
}
my $seed = $ENV{SEED} // time;
note "SEED=$seed";
srand $seed;
my $size = 2_000_000;
hosts(qw(server router client));
cable(['server', 'eth0', '192.0.2.1/24'], ['router', 'inside', '192.0.2.254/24']);
cable(['router', 'outside', '198.51.100.254/24'], ['client', 'eth0', '198.51.100.1/24']);
on('router', 'sysctl -qw net.ipv4.ip_forward=1');
on('server', 'ip route add default via 192.0.2.254');
on('client', 'ip route add default via 198.51.100.254');
# With a small window acknowledgments never lie more than eight holes behind, so that each hole is decided by them.
on('client', 'sysctl -qw net.ipv4.tcp_rmem="4096 65536 65536"');
# Packets are those of a wire.
for (['server', 'eth0'], ['router', 'inside'], ['router', 'outside'], ['client', 'eth0']) {
	on($_->[0], "ethtool -K $_->[1] tso off gso off gro off");
}
reaches('client', '192.0.2.1') or die 'no way to the server';

mkdir "$dir/www" or die;
spew("$dir/www/file", pack 'L*', map { rand 2**32 } 1 .. $size / 4);
my $sum = Digest::MD5::md5_hex(slurp("$dir/www/file"));
sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout $dir/key -out $dir/cert -days 2 -subj /CN=server");
my %server = (
	http => start('server', 'http', ['python3', '-m', 'http.server', '-d', "$dir/www", '-b', '192.0.2.1', 8000]),
	https => start('server', 'https', ['sh', '-c', "cd $dir/www && exec openssl s_server -quiet -WWW -accept 192.0.2.1:8443 -key ../key -cert ../cert"]),
);
my %port = (http => 8000, https => 8443);
for my $port (values %port) {
	until_true(sub { `ip netns exec server ss -Hltn` =~ /:$port\s/ }) or die "no server at $port";
}

# download(SCHEME, WHERE => FILE ...): fetches the file while tcpdump listens at the eth0 of hosts.
sub download {
	my ($scheme, %at) = @_;
	my %dump;
	for my $host (keys %at) {
		unlink "$dir/dump.$host.err";
		$dump{$host} = start($host, "dump.$host", ['tcpdump', '-n', '-U', '--immediate-mode', '-B', 65536, '-Z', 'root', '-i', 'eth0', '-w', $at{$host}, "tcp port $port{$scheme}"]);
		until_true(sub { (slurp("$dir/dump.$host.err") // '') =~ /listening on/ }) or die 'no tcpdump';
	}
	my $curl = start('client', 'curl', ['curl', '-sSk', '-o', "$dir/got", "$scheme://192.0.2.1:$port{$scheme}/file"]);
	is finish($curl, 300), 0, "$scheme: curl ends well" or diag slurp("$dir/curl.err");
	is Digest::MD5::md5_hex(slurp("$dir/got")), $sum, '... with all of the file';
	for my $host (keys %at) {
		# The last packets are those of the end.
		until_true(sub { grep { my $s = segment($_); $s && $s->{from} != $port{$scheme} && $s->{flags} & 5 } records($at{$host}) });
		until_true(sub { !`ip netns exec client ss -Htn state established` });
		until_true(sub { caught_up($dump{$host}{pid}, "$dir/dump.$host.err") });
		is stop($dump{$host}), 0, '... tcpdump, too';
		like slurp("$dir/dump.$host.err"), qr/\n0 packets dropped by kernel/, '... which lost nothing';
	}
}

sub figures {
	my ($file, @options) = @_;
	my ($said, @records) = told($file, qw(--by none), @options);
	$said eq '' or fail("without a word: $said");
	return counters(@records);
}

my @zero = ((map { "vtap.missing.$_.bytes" } qw(tap network open)), 'vtap.missing.gaps', 'vtap.tcp.unsure.gaps');

# Of a list of numbers about N, sorted, at least eleven apart.
sub some {
	my ($count, @among) = @_;
	my @found;
	my $step = @among / $count;
	die 'the capture is too small' if $step < 12;
	push @found, $among[$_ * $step + int rand($step - 11)] for 0 .. $count - 1;
	return @found;
}

# What each change of the capture does to the figures.
sub mangle {
	my ($name, $file) = @_;
	my $port = $port{$name};
	my @all = records($file);
	my @segments = map { segment($_) } @all;
	my $base = figures($file);
	is $base->{'network.packets'}, @all, "$name: all packets";
	is join(' ', map { "$_=$base->{$_}" } grep { $base->{$_} } @zero), '', '... whole';
	my ($seen, $late) = seen_late($port, @all);
	is $base->{'vtap.tcp.filled.bytes'}, unpack('%32b*', $late), '... filled: what came late';
	cmp_ok unpack('%32b*', $seen), '>', $size, '... the whole file is in it';

	# Data that no other packet has, and that is not the last.
	my %with;
	$with{$_->{seq}}++ for grep { $_->{from} == $port && $_->{len} } @segments;
	my @data = grep { my $s = $segments[$_]; $s->{from} == $port && $s->{len} && $with{$s->{seq}} == 1 && !($s->{flags} & 7) && !vec $late, $s->{seq} - $segments[1]{seq} - 1, 1 } 0 .. $#all;
	pop @data for 1 .. 20;
	splice @data, 0, 5;
	my $bytes = sub { my $sum = 0; $sum += $segments[$_]{len} for @_; $sum };
	my $without = sub { my %gone = map { $_ => 1 } @_; @all[grep { !$gone{$_} } 0 .. $#all] };
	my $same = sub {
		my ($got, @but) = @_;
		my $counters = join '|', map { quotemeta } @but;
		my ($is, $was) = map { my $them = $_; +{ map { $_ => $them->{$_} } grep { /^vtap\.(?:tcp|missing)/ && !/^(?:$counters)/ } keys %$them } } $got, $base;
		is_deeply $is, $was, '... and all else is what it was';
	};

	for my $count (1, 3, 40) {
		my @gone = some($count, @data);
		my $got = figures(keep("$file.taken", $without->(@gone)));
		is $got->{'vtap.missing.tap.bytes'}, $bytes->(@gone), "$name: $count packets taken out are missing, to the byte";
		is $got->{'vtap.missing.tap.gaps'}, $count, '... as so many holes';
		is $got->{'vtap.missing.bytes'}, $bytes->(@gone), '... and nothing else';
		$same->($got, qw(vtap.missing.tap vtap.missing.bytes vtap.missing.gaps));
		my @lost = fields("$file.taken", 'tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment', 'frame.number');
		cmp_ok scalar @lost, '>', 0, '... tshark misses some, too';
	}
	# A run of packets is one hole.
	my ($from) = some(1, 0 .. $#data - 8);
	my @run = @data[$from .. $from + 7];
	my $got = figures(keep("$file.taken", $without->(@run)));
	is $got->{'vtap.missing.tap.bytes'}, $bytes->(@run), "$name: eight packets in a row";
	is $got->{'vtap.missing.tap.gaps'}, 1 + grep({ $data[$_ + 1] && $segments[$data[$_]]{end} != $segments[$data[$_ + 1]]{seq} } $from .. $from + 6), '... are one hole';

	# What the client sent.
	my ($request) = grep { $segments[$_]{to} == $port && $segments[$_]{len} } 0 .. $#all;
	$got = figures(keep("$file.taken", $without->($request)));
	is $got->{'vtap.missing.tap.bytes'}, $segments[$request]{len}, "$name: the first data of the client";
	$same->($got, qw(vtap.missing.tap vtap.missing.bytes vtap.missing.gaps));

	# Acknowledgments without data, and the SYNs: nobody needs them.
	my @bare = grep { $segments[$_]{to} == $port && !$segments[$_]{len} && $segments[$_]{flags} == 16 } 10 .. $#all - 10;
	$same->(figures(keep("$file.taken", $without->(grep { rand 3 < 1 } @bare))), 'vtap.tcp.duplicated');
	$same->(figures(keep("$file.taken", $without->(0, 1))), 'none');

	# Swapped: the one that comes late fills.
	my @pairs = grep { my $i = $_; grep({ $_ == $i + 1 } @data) && $segments[$i]{end} == $segments[$i + 1]{seq} } @data;
	my @swapped = some(8, @pairs);
	my @other = @all;
	for (@swapped) {
		$other[$_] = [@{$all[$_]}[0, 1], @{$all[$_ + 1]}[2, 3]];
		$other[$_ + 1] = [@{$all[$_ + 1]}[0, 1], @{$all[$_]}[2, 3]];
	}
	$got = figures(keep("$file.swapped", @other));
	is $got->{'vtap.tcp.filled.bytes'}, $base->{'vtap.tcp.filled.bytes'} + $bytes->(@swapped), "$name: what comes behind its successor fills a hole";
	is $got->{'vtap.tcp.filled.gaps'}, $base->{'vtap.tcp.filled.gaps'} + @swapped, '... each';
	$same->($got, 'vtap.tcp.filled');

	# Mirrored twice, one after the other, or with three of the same direction between them.
	my @sent = grep { $segments[$_]{from} == $port } 0 .. $#all;
	my %turn = map { $sent[$_] => $_ } 0 .. $#sent;
	for my $distance (0, 3) {
		my %again = map { $sent[$turn{$_} + $distance] => $_ } some(30, @data);
		$got = figures(keep("$file.twice", map { ($all[$_], defined $again{$_} ? [@{$all[$_]}[0, 1], @{$all[$again{$_}]}[2, 3]] : ()) } 0 .. $#all));
		is $got->{'vtap.tcp.duplicated.packets'}, $base->{'vtap.tcp.duplicated.packets'} + keys %again, "$name: mirrored twice, $distance between them";
		$same->($got, 'vtap.tcp.duplicated');
	}

	# Cut to 60 bytes: no hole; and some taken out.
	my @cut = map { [@{$_}[0, 1], substr($_->[2], 0, 60), $_->[3]] } @all;
	$got = figures(keep("$file.cut", @cut));
	$same->($got, 'none');
	is $got->{'vtap.cut.packets'}, scalar(grep { $_->[3] > 60 } @all), "$name: cut to 60 bytes";
	my %gone = map { $_ => 1 } some(40, @data);
	$got = figures(keep("$file.cut", @cut[grep { !$gone{$_} } 0 .. $#cut]));
	is $got->{'vtap.missing.tap.bytes'}, $bytes->(keys %gone), '... what is taken out is missing';
	$same->($got, qw(vtap.missing.tap vtap.missing.bytes vtap.missing.gaps));
	# By a device that hides it, as vtap-fixlen finds it.
	@cut = map { [@{$_}[0, 1, 2], length $_->[2]] } @cut;
	$got = figures(keep("$file.cut", @cut[grep { !$gone{$_} } 0 .. $#cut]));
	is $got->{'vtap.missing.tap.bytes'}, $bytes->(keys %gone), "$name: cut, and the capture does not say so";
	$same->($got, qw(vtap.missing.tap vtap.missing.bytes vtap.missing.gaps));
	# Before the data offset: nobody knows.
	my ($half) = some(1, @data);
	@other = @all;
	$other[$half] = [@{$all[$half]}[0, 1], substr($all[$half][2], 0, 44), $all[$half][3]];
	$got = figures(keep("$file.cut", @other));
	is $got->{'vtap.tcp.unsure.gaps'}, 1, "$name: a header that is cut is a hole of which nobody is sure";
	$same->($got, 'vtap.tcp.unsure');
	# By flow and interval the same.
	for my $options ('--by flow', '--by flow -G 1', '--by source -G 1') {
		my ($said, @records) = told("$file.taken", $options);
		my (undef, @whole) = told("$file.taken", '--by none');
		is_deeply(counters(map { delete @{$_}{qw(source destination)}; $_ } @records), counters(@whole), "$name: $options: the same sums");
	}
	return $base;
}

for my $scheme (qw(http https)) {
	download($scheme, client => "$dir/$scheme.pcap");
	mangle($scheme, "$dir/$scheme.pcap");
}

# The end of a flow that was not seen: what the other side acknowledges is missing.
{
	my @all = records("$dir/http.pcap");
	my @sent = grep { $_->{from} == 8000 } map { segment($_) } @all;
	# Behind the number of the SYN, since numbers wrap.
	my $behind = sub { return $_[0] - $sent[0]{seq} & 0xffffffff };
	# A server that waits for an acknowledgment sends its last data again (a tail loss probe), so all copies are taken out.
	my $from = max(map { $_->{len} ? $behind->($_->{seq}) : () } @sent);
	my $tail = sub { my ($s) = @_; $s->{from} == 8000 && $s->{len} && $behind->($s->{seq}) + $s->{len} > $from };
	$from = min(map { $tail->($_) ? $behind->($_->{seq}) : () } @sent);
	my $past = max(map { $behind->($_->{end}) } @sent);
	my @kept = grep { !$tail->(segment($_)) } @all;
	# The number of the FIN is missing, too, if no other packet has it.
	$past-- if grep { my $s = segment($_); $s->{from} == 8000 && $s->{flags} & 1 } @kept;
	my $got = figures(keep("$dir/end.pcap", @kept));
	is $got->{'vtap.missing.tap.bytes'}, $past - $from, 'the last data of all';
	# Only one direction: acknowledged by nobody that was seen.
	my @one = grep { segment($_)->{from} == 8000 } @all;
	my %with;
	$with{segment($_)->{seq}}++ for @one;
	my ($middle) = some(1, grep { my $s = segment($one[$_]); $s->{len} && $with{$s->{seq}} == 1 } 10 .. $#one - 10);
	my $taken = segment($one[$middle]);
	splice @one, $middle, 1;
	$got = figures(keep("$dir/one.pcap", @one));
	is $got->{'vtap.missing.open.bytes'}, $taken->{len}, 'one direction only: open';
	is $got->{'vtap.missing.bytes'}, $taken->{len}, '... nothing else';
	my (undef, $record) = told("$dir/one.pcap", '--by flow');
	ok $record->{vtap}{one_way}, '... and the flow is one_way';
}

# The router drops each 33rd packet of data, roughly, behind the first tap and in front of the second one.
on('router', q(nft 'table ip t { chain c { type filter hook forward priority 0; tcp sport 8000 ip length > 200 numgen random mod 100 < 3 counter drop; }; }'));
download('http', server => "$dir/before.pcap", client => "$dir/behind.pcap");
my ($dropped) = `ip netns exec router nft list ruleset` =~ /counter packets (\d+)/;
cmp_ok $dropped, '>', 5, "the router dropped $dropped packets";
my @before = grep { my $s = segment($_); $s->{from} == 8000 && $s->{len} } records("$dir/before.pcap");
my @behind = records("$dir/behind.pcap");
my %arrived = map { my $s = segment($_); ("$s->{id} $s->{seq}" => 1) } grep { segment($_)->{from} == 8000 } @behind;
my ($seen, $late) = seen_late(8000, @behind);
my $first = segment($behind[1]);
is $first->{flags}, 18, '... after a handshake';
# What was dropped when it was first sent comes late, if anything behind it had come.
my ($gone, $sent) = ('', '');
my $lost = 0;
for (map { segment($_) } @before) {
	my $from = $_->{seq} - $first->{seq} - 1;
	my $arrived = $arrived{"$_->{id} $_->{seq}"};
	$lost++ if !$arrived;
	for ($from .. $from + $_->{len} - 1) {
		vec($gone, $_, 1) = 1 if !$arrived && !vec $sent, $_, 1;
		vec($sent, $_, 1) = 1;
	}
}
is $lost, $dropped, '... the two captures differ by them';
# A machine with several processors may also turn packets round.
note unpack('%32b*', $late & ~$gone), ' bytes came late that had not been dropped';
my $got = figures("$dir/behind.pcap");
is $got->{"vtap.missing.$_.bytes"}, 0, "loss in front of the tap: no loss of $_" for qw(tap open);
is $got->{'vtap.tcp.filled.bytes'} + $got->{'vtap.missing.network.bytes'}, unpack('%32b*', $late), '... filled is what was dropped and sent again';
cmp_ok unpack('%32b*', $late & $gone), '>=', 0.8 * unpack('%32b*', $gone), '... nearly all of it; the rest was the last that was in flight';
is figures("$dir/before.pcap")->{"vtap.missing.bytes"}, 0, 'in front of the router nothing is missing';
cmp_ok figures("$dir/before.pcap")->{'vtap.tcp.retransmitted.packets'}, '>=', $dropped, '... and what was dropped is sent again';
stop($_, 'TERM') for values %server;
done_testing;
