#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGHUP: rules and names are read anew while packets flow, none is lost, and what is wrong changes nothing.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use lib 'tests/lib';
use Capture qw(slurp spew);
use Host qw($dir enter sh there launch tap stop finish stats said until_true dump_on ended_dump count_of stream
	fields counter adds_up);
use Scratch qw(scratch);

enter();
sh('ip neigh replace 10.50.0.3 lladdr 02:00:00:00:99:99 dev ul nud permanent');

# The numbers of the inner packets in a capture of VXLAN, and to whom.
sub numbers {
	my ($name) = @_;
	return map { [/^(\S+?),\S* (?:\S+,)?([0-9a-f]{8})/] } fields($name, '', 'ip.dst', 'udp.payload');
}

my $rules = "$dir/rules";

# The stream goes to ports 9 and 10 of one flow each; the rules choose.
# Nobody listens on the other side, which it may say.
sub told { return said($_[0]) =~ s/^vtap-tap: vxlan-\S+: (?:Connection refused: nothing listens on UDP port 4789 there|takes packets again)\n//gmr }

{
	spew($rules, "include udp dport 9\n");
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://10.50.0.2/7', '--rules', $rules);
	my $pid = stream(1, 'count=2000', 'pause=500');
	until_true(sub { count_of('far') > 100 });
	# What matters to port 9 stays the same, a line more or less.
	for my $round (1 .. 20) {
		# Read late, on a busy machine, half a file would be a rule less.
		# The names of services are known, though their file can no longer be opened.
		my $port = $round % 2 ? 'discard' : 9;
		spew("$rules.new", ("# a comment\n") x $round, "include udp dport $port\ninclude tcp dport $round\n");
		rename "$rules.new", $rules or die "rename: $!";
		kill 'HUP', $tap;
		sleep 0.02;
	}
	is finish($pid), 0, 'a stream while rules are read again, 20 times';
	is stop($tap), 0, '... ends well';
	is ended_dump($dump, 'far', 2000), 2000, '... all of it arrives';
	is_deeply [map { hex $_->[1] } numbers('far')], [0 .. 1999], '... each once, in order';
	my $stats = stats('tap');
	is_deeply [$stats->{in}, $stats->{outcomes}{sent}, $stats->{details}{kernel_dropped}], [2000, 2000, 0], '... as it was counted';
	is told('tap'), '', '... and nothing is said';
}

# New rules decide, wrong ones do not.
{
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	spew($rules, "include udp dport 9\n");
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://10.50.0.2/7', '--rules', $rules);
	my $tables = 0;
	# The line of SIGUSR1 comes after the reload of a SIGHUP before it: events are handled together.
	my $settled = sub {
		kill 'USR1', $tap;
		$tables++;
		until_true(sub { (my $n = () = said('tap') =~ /^\{"schema_version"/mg) >= $tables });
	};
	# What passes comes last: when it has arrived, nothing waits.
	stream(0, 'count=10', 'port=10');
	stream(0, 'count=10', 'port=9');
	until_true(sub { count_of('far') == 10 });
	is count_of('far'), 10, 'the rules choose port 9';
	spew($rules, "include udp dport 10\n");
	kill 'HUP', $tap;
	$settled->();
	stream(0, 'count=10', 'port=9', 'first=100');
	stream(0, 'count=10', 'port=10', 'first=200');
	until_true(sub { count_of('far') == 20 });
	spew($rules, "include udp dport 9\n  include udp sport 9 nonsense\n");
	kill 'HUP', $tap;
	until_true(sub { said('tap') =~ /nonsense/ });
	like said('tap'), qr/^vtap-tap: \Q$rules\E:2:23: [^\n]*nonsense[^\n]*; the old rules stay in force\n/m, 'wrong rules: one line, with line and column' or diag said('tap');
	stream(0, 'count=10', 'port=9', 'first=300');
	stream(0, 'count=10', 'port=10', 'first=400');
	until_true(sub { count_of('far') == 30 });
	unlink $rules;
	kill 'HUP', $tap;
	until_true(sub { said('tap') =~ /No such file/ });
	like said('tap'), qr/^vtap-tap: \Q$rules\E: No such file[^\n]*; the old rules stay in force\n/m, 'no rules: one line';
	stream(0, 'count=10', 'port=9', 'first=500');
	stream(0, 'count=10', 'port=10', 'first=600');
	until_true(sub { count_of('far') == 40 });
	is stop($tap), 0, '... it goes on, and ends well';
	ended_dump($dump, 'far', 40);
	is_deeply [map { hex $_->[1] } numbers('far')], [0 .. 9, 200 .. 209, 400 .. 409, 600 .. 609], 'the new rules decided, and went on to';
	is((() = said('tap') =~ /old rules stay/g), 2, 'each said once');
}

# A new file takes the name of the old one, as from an editor; or that of what the name is a link to, in another folder.
# Not below the folder of --stats, where all can be read.
my $elsewhere = scratch();
mkdir "$elsewhere/$_" for 'itself', 'link';
symlink '../itself/rules', "$elsewhere/link/rules";
for my $place ('itself', 'link') {
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	spew("$elsewhere/itself/rules", "include udp dport 9\n");
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://10.50.0.2/7', '--rules', "$elsewhere/$place/rules");
	stream(0, 'count=10', 'port=9');
	until_true(sub { count_of('far') == 10 });
	spew("$elsewhere/itself/new", "include udp dport 10\n");
	rename "$elsewhere/itself/new", "$elsewhere/itself/rules" or die "rename: $!";
	kill 'HUP', $tap;
	kill 'USR1', $tap;
	until_true(sub { said('tap') =~ /^\{"schema_version"/m });
	stream(0, 'count=10', 'port=9', 'first=100');
	stream(0, 'count=10', 'port=10', 'first=200');
	until_true(sub { count_of('far') == 20 });
	is stop($tap), 0, "rules replaced, $place: ends well";
	ended_dump($dump, 'far', 20);
	is_deeply [map { hex $_->[1] } numbers('far')], [0 .. 9, 200 .. 209], '... the new ones decide';
	unlike said('tap'), qr/stay/, '... and no word of old ones';
}

# Names: a private /etc/hosts, in this mount namespace.
{
	spew("$dir/hosts", "127.0.0.1 localhost\n10.50.0.2 collector.test\n10.50.0.2 both.test\nfd50::2 both.test\n");
	sh("mount --bind $dir/hosts /etc/hosts");
	for (['10.50.0.1', 'ip.dst', '10.50.0.2'], ['fd50::1', 'ipv6.dst', 'fd50::2']) {
		my ($from, $field, $to) = @$_;
		my $dump = dump_on('far', 'far', 'far', 'udp port 4789');
		my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://both.test/7', '--from', $from, 'udp');
		stream(0, 'count=10');
		is ended_dump($dump, 'far', 10), 10, "a name of both families, --from $from";
		is_deeply [fields('far', '-E occurrence=f', $field)], [($to) x 10], '... goes to that of the same';
		is stop($tap), 0, '... ends well';
	}
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://collector.test/7', 'udp');
	my $pid = stream(1, 'count=2000', 'pause=500', "until=$dir/changed");
	until_true(sub { count_of('far') > 200 });
	spew('/etc/hosts', "127.0.0.1 localhost\n10.50.0.3 collector.test\n");
	kill 'HUP', $tap;
	until_true(sub { (numbers('far'))[-1][0] eq '10.50.0.3' });
	spew("$dir/changed", '');
	is finish($pid), 0, 'a stream while a name gets another address';
	my $said = 0 + slurp("$dir/stream.out");
	is stop($tap), 0, '... which SIGHUP tells';
	is ended_dump($dump, 'far', $said), $said, '... nothing is lost';
	my @numbers = numbers('far');
	is_deeply [map { hex $_->[1] } @numbers], [0 .. $said - 1], '... or out of order';
	my $changes = grep { $numbers[$_ - 1][0] ne $numbers[$_][0] } 1 .. $#numbers;
	is_deeply [$numbers[0][0], $numbers[-1][0], $changes], ['10.50.0.2', '10.50.0.3', 1], '... and all goes to the new one from then on';
	is told('tap'), '', '... without a word';
}
{
	my $dump = dump_on('far', 'far', 'far', 'src 10.50.0.1 and udp port 4789');
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://collector.test/7', 'udp');
	spew('/etc/hosts', "127.0.0.1 localhost\n");
	kill 'HUP', $tap;
	ok until_true(sub { said('tap') =~ /old targets stay/ }), 'a name that is gone is told';
	like told('tap'), qr/\Avtap-tap: vxlan:\/\/collector\.test\/7: [^\n]*; the old targets stay in use\n\z/, '... in one line' or diag said('tap');
	stream(0, 'count=10');
	is ended_dump($dump, 'far', 10), 10, '... and the old address stays';
	stop($tap);
	sh('umount /etc/hosts');
}

# The host has another address now: what was bound to the old one is opened anew.
for my $engine (qw(udp packet)) {
	my $dump = dump_on('far', 'far', 'far', 'udp port 4789');
	my $tap = tap('tap', '-i', 't0', '-Q', 'in', '-t', 'vxlan://10.50.0.2/7', '--engine', $engine, 'udp');
	stream(0, 'count=10');
	until_true(sub { count_of('far') == 10 });
	sh('ip addr del 10.50.0.1/24 dev ul && ip addr add 10.50.0.5/24 dev ul');
	kill 'HUP', $tap;
	until_true(sub { `ss -Hun src 10.50.0.5` || $engine eq 'packet' });
	kill 'USR1', $tap;
	until_true(sub { said('tap') =~ /^\{"schema_version"/m });
	stream(0, 'count=10');
	ended_dump($dump, 'far', 20);
	is_deeply [fields('far', '-E occurrence=f', 'ip.src')], [('10.50.0.1') x 10, ('10.50.0.5') x 10], "$engine: a new address of this host after SIGHUP";
	stop($tap);
	sh('ip addr del 10.50.0.5/24 dev ul && ip addr add 10.50.0.1/24 dev ul');
}

done_testing();
