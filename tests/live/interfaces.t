#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Patterns of interfaces, and many of them: what is there and what comes is captured, in order, within 256 MiB of rings;
# metrics and messages say which are up.
use strict;
use warnings;
no warnings 'portable'; # addresses of memory in hex
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Compile qw(compile preload);
use Lab qw($dir enter sh on hosts cable bridge start ready stop finish stats said until_true fields neighbour tool arrived
	tap);

enter();
hosts(qw(guest host));
my @to = qw(-t vxlan://192.168.9.9/1 --from 192.168.9.5 -w);

# A port of the host, and what the guest sends there goes to somebody far away.
sub plug {
	my ($port, $number) = @_;
	cable(['host', $port], ['guest', "eth$number", "192.0.$number.1/24"]);
	neighbour('guest', "eth$number", "192.0.$number.254", '02:00:00:00:00:99');
}

# Numbered datagrams FIRST to LAST by the guest's interfaces NUMBERS, one after the other.
sub send_by {
	my ($first, $last, @numbers) = @_;
	my $code = 'my ($n, $last, @to) = @ARGV; my $s = IO::Socket::IP->new(Proto => "udp", LocalPort => 0) or die $!; '
		. 'for (; $n <= $last; $n++) { $s->send(pack("N", $n) . "x" x 96, 0, pack_sockaddr_in(40000, inet_aton("192.0.$to[$n % @to].254"))) // redo }';
	sh("ip netns exec guest perl -MIO::Socket::IP -MSocket -e '$code' $first $last @numbers");
}

sub lines { return scalar(() = said($_[0]) =~ /^vtap-/mg) }
sub range { return join ' ', $_[0] .. $_[1] }

# The numbers in a capture of frames, when there are so many. In VXLAN they are behind 50 bytes of the outer datagram.
sub came {
	my ($name, $count) = @_;
	until_true(sub { arrived("$name.pcapng") >= $count });
	return join ' ', map { hex substr $_, length > 200 ? 100 : 0, 8 } fields("$dir/$name.pcapng", 'udp.dstport == 40000', 'udp.payload');
}

# The bytes of each packet ring of a process.
sub rings {
	my ($run) = @_;
	return map { /^(\w+)-(\w+) .* socket:/ ? hex($2) - hex($1) : () } split /\n/, slurp("/proc/$run->{pid}/maps");
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

# Which are up, as the metrics say, when they say so.
sub is_up {
	my ($want, $what) = @_;
	my $got = '';
	until_true(sub {
		$got = join ' ', sort map { /^vtap_\w+_interface_up\{.*interface="(.*)"\} (\d)$/ ? "$1=$2" : () } split /\n/, slurp("$dir/metrics") // '';
		$got eq $want;
	});
	is $got, $want, $what;
}

plug("vnet$_", $_) for 0 .. 2;
plug('other', 9);
sh('ip -n host link set vnet2 down');
{
	my $tap = tap('host', 'tap', qw(-i vnet* -i named), @to, "$dir/tap.pcapng", '--metrics', "$dir/metrics", 'udp port 40000');
	is said($tap), "vtap-tap: named is not there; waiting for it (--no-follow would end the run)\n", 'a pattern: no word of what is there';
	send_by(1, 10, 0, 1, 9);
	is came('tap', 7), '1 3 4 6 7 9 10', '... those that match are captured, in order';
	is_up('named=0 vnet0=1 vnet1=1', '... and said to be up');
	plug('vnet3', 3);
	ok until_true(sub { said($tap) =~ /^vtap-tap: vnet3 is there$/m }), '... one comes: a line';
	sh('ip -n host link set vnet2 up');
	ok until_true(sub { said($tap) =~ /^vtap-tap: vnet2 is there$/m }), '... one gets up: a line';
	until_true(sub { `ip -n guest -o link show eth2` =~ /state UP/ });
	send_by(11, 30, 0 .. 3, 9);
	is came('tap', 23), '1 3 4 6 7 9 10 ' . join(' ', grep { $_ % 5 != 4 } 11 .. 30), '... both are captured';
	is_up('named=0 vnet0=1 vnet1=1 vnet2=1 vnet3=1', '... and said to be up');
	sh('ip -n host link set vnet1 down');
	is_up('named=0 vnet0=1 vnet1=0 vnet2=1 vnet3=1', '... one is down');
	sh('ip -n host link del vnet0');
	ok until_true(sub { said($tap) =~ /^vtap-tap: vnet0 is gone$/m }), '... one goes: a line, but it is not waited for';
	is_up('named=0 vnet1=0 vnet2=1 vnet3=1', '... and is no more');
	plug('vnet0', 0);
	ok until_true(sub { said($tap) =~ /^vtap-tap: vnet0 is back after/m }), '... its name comes back: a line';
	send_by(31, 31, 0);
	like came('tap', 24), qr/ 31$/, '... and is captured';
	plug('named', 4);
	ok until_true(sub { said($tap) =~ /^vtap-tap: named is there$/m }), '... the one with a name comes: a line';
	is stop($tap), 0, '... ends well';
	is lines($tap), 6, '... with no word more' or diag said($tap);
	is stats($tap)->{in}, 24, '... each packet once';
	is_up('named=1 vnet0=1 vnet1=0 vnet2=1 vnet3=1', '... and the metrics keep what was up in the end');
}

# Twice the same, by name and by two patterns, is once.
{
	my $tap = tap('host', 'tap', qw(-i vnet* -i vnet0 -i v?et0 -i vnet[02]), @to, "$dir/tap.pcapng", 'udp port 40000');
	send_by(1, 10, 0);
	is came('tap', 10), range(1, 10), 'named and matched thrice: captured once';
	is scalar(rings($tap)), 3, '... with one ring for each interface that is up' or diag join ' ', rings($tap);
	is stop($tap), 0, '... ends well';
}

# Nothing matches.
{
	my $shim = "$dir/fast_clock.so";
	compile('lib/fast_clock.c', $shim, '-fPIC', '-shared', '-ldl');
	my $tap = ready(start('host', 'tap', ['env', preload(tool('vtap-tap'), $shim), tool('vtap-tap'), '-i', 'absent*', '-i', 'nowhere', @to, "$dir/tap.pcapng", '--metrics', "$dir/metrics"]));
	is said($tap), "vtap-tap: no interface that is up matches 'absent*'; waiting for one\nvtap-tap: nowhere is not there; waiting for it (--no-follow would end the run)\n", 'nothing is there: a line for each';
	my $still = 'vtap-tap: still no interface is there; waiting for absent*, nowhere';
	ok until_true(sub { (() = said($tap) =~ /^\Q$still\E$/mg) >= 2 }), '... and one again each minute' or diag said($tap);
	is_up('absent*=0 nowhere=0', '... nothing is up');
	plug('absent7', 7);
	ok until_true(sub { said($tap) =~ /^vtap-tap: absent7 is there\n/m }), '... until something is';
	is stop($tap), 0, '... ends well';
	for (['vtap-tap', '--no-follow', @to, "$dir/none.pcapng"], ['vtap-decap', '-w', "$dir/none.pcapng"]) {
		my ($tool, @options) = @$_;
		my $run = start('host', 'none', [tool($tool), '-i', 'none*', @options]);
		is finish($run), 1, "$tool without --follow: exit status 1";
		is said($run), "$tool: no interface that is up matches 'none*'; -D lists all\n", '... and one line';
	}
}

# vtap-decap takes what matches at its start.
{
	my $run = ready(start('host', 'decap', [tool('vtap-decap'), '-i', 'vnet?', '-i', 'oth*', '-w', "$dir/decap.pcapng", '--metrics', "$dir/metrics"]));
	is scalar(rings($run)), 4, 'vtap-decap: a ring for each that matches and is up';
	is_up('other=1 vnet0=1 vnet2=1 vnet3=1', '... and said to be up');
	is stop($run), 0, '... ends well';
	is_up('other=1 vnet0=1 vnet2=1 vnet3=1', '... as the metrics say in the end, too');
}

# What there is to be captured from.
{
	bridge('host', 'br0', 'vnet3');
	mkdir "$dir/bin";
	for my $program (qw(dbus-monitor dbus-daemon dbus-launch)) {
		spew("$dir/bin/$program", "#!/bin/sh\necho \$0 >>$dir/started\n");
		chmod 0755, "$dir/bin/$program";
	}
	my %said;
	for my $tool (qw(vtap-tap vtap-decap)) {
		my $run = start('host', $tool, ['env', "PATH=$dir/bin:$ENV{PATH}", tool($tool), '-D']);
		is finish($run), 0, "$tool -D: exit status 0";
		$said{$tool} = slurp("$dir/$tool.out");
	}
	is $said{'vtap-decap'}, $said{'vtap-tap'}, '... and the same text from both';
	ok !-e "$dir/started", '... without a program of D-Bus';
	sh('ip -n host addr add 10.0.9.5/24 dev other');
	finish(start('host', 'list', [tool('vtap-tap'), '-D']));
	my $list = slurp("$dir/list.out");
	like $list, qr/^other \[up\] 10\.0\.9\.5 fe80::\S+ \(MTU 1500\)$/m, '... state, addresses, MTU';
	like $list, qr/^vnet3 \[up\] fe80::\S+ \(MTU 1500, master br0\)$/m, '... the bridge that one is a port of' or diag $list;
	like $list, qr/^vnet1 \[down\] \(MTU 1500\)$/m, '... what is down' or diag $list;
	like $list, qr/^any \(/m, '... all together';
	unlike $list, qr/dbus|usb|bluetooth/, '... and nothing that is no network';
}

# Names that come once and never again are forgotten, but the last 128.
{
	my $batch = sub { spew("$dir/batch", join '', map { "$_\n" } @_); sh("ip -n host -batch $dir/batch") };
	my $tap = tap('host', 'tap', qw(-B 256 -i d*), @to, "$dir/tap.pcapng");
	$batch->(map { ("link add d$_ type bridge", "link set d$_ up") } 1 .. 130);
	ok until_true(sub { (() = said($tap) =~ / is there$/mg) == 130 }), '130 interfaces come' or diag said($tap);
	$batch->(map { "link del d$_" } 1 .. 130);
	ok until_true(sub { (() = said($tap) =~ / is gone$/mg) == 130 && !rings($tap) }), '... and go, with their rings' or diag said($tap);
	for ([131, 'is there'], [1, 'is there'], [130, 'is back after [\d.]+ s']) {
		my ($number, $words) = @$_;
		my $had = lines($tap);
		$batch->("link add d$number address 02:00:00:00:01:01 type bridge", "link set d$number up");
		ok until_true(sub { lines($tap) > $had }), "... d$number comes";
		like said($tap), qr/^vtap-tap: d$number $words[^\n]*\n\z/m, "... and $words";
	}
	is stop($tap), 0, '... ends well';
	is stats($tap)->{details}{interface_gaps}, 130, '... each gap is counted';
	is stats($tap)->{details}{interface_replaced}, 1, '... and what is another interface now, of one that is remembered';
}

# Many: more than 16 are named, more than 32 share the memory.
my $many = 40;
plug("m$_", 100 + $_) for 1 .. $many;
my @all = map { 100 + $_ } 1 .. $many;
my ($budget, $least) = (256 << 20, 256 << 10);
for (['a pattern', $many, '-i', 'm*'], ['names', $many, map { ('-i', "m$_") } 1 .. $many], ['names, both directions', 2 * $many, '--told', map { ('-i', "m$_") } 1 .. $many]) {
	my ($what, $rings, @options) = @$_;
	my @target = grep { $_ eq '--told' } @options;
	my $tap = tap('host', 'tap', (grep { $_ ne '--told' } @options), @target ? (qw(-t erspan3://192.168.9.9/1 --from 192.168.9.5 -w)) : @to, "$dir/tap.pcapng", 'udp port 40000');
	my @rings = rings($tap);
	is scalar(@rings), $rings, "$many interfaces by $what: $rings rings";
	cmp_ok sum(@rings), '<=', $budget, '... in 256 MiB';
	ok !(grep { $_ < $least } @rings), '... none below 256 KiB';
	send_by(1, 400, @all);
	is came('tap', 400), range(1, 400), '... all of it, in order';
	if ($what eq 'a pattern') {
		plug("m$_", 100 + $_) for 41 .. 44;
		ok until_true(sub { lines($tap) == 4 }), '... four more come' or diag said($tap);
		my @more = rings($tap);
		is scalar(@more), $many + 4, '... and have rings';
		cmp_ok sum(@more), '<=', $budget, '... in the same 256 MiB';
		send_by(401, 440, map { 100 + $_ } 1 .. 44);
		is came('tap', 440), range(1, 440), '... and all that they get';
		sh("ip -n host link del m$_") for 41 .. 44;
	}
	is stop($tap), 0, '... ends well';
	is stats($tap)->{details}{kernel_dropped}, 0, '... nothing is lost';
}
{
	my $tap = tap('host', 'tap', '-B', 512, '-i', 'm*', @to, "$dir/tap.pcapng");
	is join(' ', rings($tap)), join(' ', (512 << 10) x $many), '-B: each ring as large as that says';
	is stop($tap), 0, '... ends well';
	my $one = tap('host', 'one', '-i', 'm1', @to, "$dir/one.pcapng");
	is join(' ', rings($one)), 8 << 20, '... one alone has 8 MiB without it';
	is stop($one), 0, '... ends well';
}
done_testing;
