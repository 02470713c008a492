#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# --config and --print-config: every option of every tool's --help, from the command line and from a file, gives one
# text, which gives itself when it is read again. What the command line replaces, what is refused, and by which line.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $data = abs_path('tests/data');
my $dir = scratch();
chdir $dir or die;
$ENV{LC_ALL} = 'C';

# Exit status, output and errors of a tool; words are not read by a shell.
sub run {
	my ($tool, @words) = @_;
	my $pid = fork() // die;
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', 'stdout';
		open STDERR, '>', 'stderr';
		exec "$build/$tool", @words;
	}
	waitpid $pid, 0;
	return ($? & 127 ? -1 : $? >> 8, slurp('stdout'), slurp('stderr'));
}

# The rows of a table, as --help shows them: name => [letter or undef, metavar or undef].
sub table {
	my ($tool) = @_;
	my ($status, $help) = run($tool, '--help');
	return map { /^(?:-(.), |    )--([a-z0-9-]+)(?: (\S+))?/; ($2 => [$1, $3]) } $help =~ /^  ((?:-., |    )--[a-z0-9-]+(?: \S+)?)/mg;
}

# Values of options that take one, by tool and name or by name, several of the repeatable ones; and what else has to be given.
my %values = (
	'buffer' => ['64M'], 'burst' => ['1.5s'], 'by' => ['vlan,source'], 'count' => ['0x10'], 'depth' => ['2'], 'direction' => ['in'], 'dscp' => ['46'],
	'duration' => ['10m'], 'encap' => ['vxlan,geneve', 'gre'], 'engine' => ['packet'], 'file-count' => ['24'], 'file-size' => ['1GB'], 'file-time' => ['15m'],
	'files-from' => ['list of names'], 'filter' => ['tcp port 80 and not host 10.0.0.1'], 'format' => ['pcapng'], 'from' => ['10.0.1.5', 'fd00::5'],
	'id' => ['5,7-9', '4'], 'interface' => ['eth0', 'vnet*'], 'jobs' => ['4'], 'listen' => ['vxlan://:4789', 'geneve://[::1]:6081'], 'manifest' => ['m.json'],
	'max-depth' => ['3'], 'max-open' => ['99'], 'memory' => ['128M'], 'metrics' => ['/run/x=y.prom'], 'min-free' => ['1G'], 'mtu' => ['auto'],
	'name' => ["the 'first' \$TAP"], 'names' => ['names#1'], 'oversize' => ['fragment'], 'port' => ['vxlan:12345', 'geneve:7'], 'ports' => ['4'],
	'post' => ['gzip -9 --force'], 'pps' => ['20k'], 'rate' => ['10Mbit/s'], 'read' => ['a b.pcap', '"c"'], 'reader' => ['wiretap'], 'reassembly-mem' => ['0'],
	'reassembly-time' => ['30s'], 'rules' => ['/etc/vtap/rules'], 'sample' => ['10'], 'sample-flows' => ['7'], 'segment' => ['1400'], 'since' => ['2026-11-17T16:05'],
	'snaplen' => ['128'], 'speed' => ['0.5'], 'stats' => ['s.json'], 'stats-interval' => ['1h'], 'to' => ['geneve://10.0.2.9/3000', 'vxlan://collector.example/5'],
	'ttl' => ['9'], 'until' => ['+90s'], 'user' => ['nobody'], 'window' => ['2'], 'write' => ['x.pcap'], 'vtap-split write' => ['{n}/{key}.pcapng'],
	'vtap-tap read' => ['a b.pcap'], 'flow-idle' => ['1m'], 'interval' => ['10'], 'max-keys' => ['1000'], 'top' => ['5'], 'vtap-stat by' => ['vlan,flow'], 'vtap-stat format' => ['ndjson'], 'vtap-stat write' => ['x.csv'],
	'cache' => ['8G'], 'cap' => ['100G'], 'compress' => ['zstd:9'], 'settle' => ['2m'], 'source' => ['a b'], 'vtap-recall source' => ['vxlan-3000@10.0.1.5', '*@10.0.1.?'],
	'vtap-recall until' => ['2026-11-18'],
);
my %base = ('vtap-tap' => ['to=geneve://10.0.2.9/1'], 'vtap-split' => ['by=source'], 'vtap-decap' => [], 'vtap-fixlen' => [], 'vtap-stat' => [], 'vtap-archive' => ['spool=s p', 'archive=oci:captures/site1'], 'vtap-recall' => ['since=@0', 'archive=oci:captures/site1']);
# Rows that are operands on the command line.
my %operands = map { $_ => 1 } qw(spool archive);
my %needs = (
	'burst' => ['rate=1M'], 'file-count' => ['file-size=5', 'write={n}-{key}.pcap'], 'file-size' => ['write={n}-{key}.pcap'], 'file-time' => ['write={start}-{key}.pcap'], 'null' => ['files-from=x'],
	'json' => ['list'], 'vtap-tap name' => ['meta'], 'vtap-tap format' => ['write=w.pcap', 'from=10.0.1.5'], 'vtap-tap write' => ['from=10.0.1.5'],
	map({ ("vtap-tap $_" => ['interface=lo']) } qw(buffer duration follow no-follow no-promiscuous)), map({ ("vtap-decap $_" => ['interface=lo']) } qw(buffer duration no-promiscuous)),
);
my %instead = map { $_ => 1 } qw(config print-config help version list-interfaces list-encaps);

sub words { return map { my ($name, $value) = split /=/, $_, 2; $operands{$name} ? $value : defined $value ? ("--$name", $value) : "--$name" } @_ }
sub lines { return join '', map { s/^([^=]*)=/$1 = /r . "\n" } @_ }
sub print_config { return run($_[0], @_[1 .. $#_], '--print-config') }

for my $tool (sort keys %base) {
	my %row = table($tool);
	cmp_ok(scalar keys %row, '>=', 15, "$tool: a table");
	my @all;
	for my $name (sort grep { !$instead{$_} } keys %row) {
		my ($letter, $metavar) = @{$row{$name}};
		my $values = $values{"$tool $name"} // $values{$name};
		my @set = $metavar ? map { "$name=$_" } @{$values // []} : $name;
		ok(@set > 0, "$tool --$name has a value in this test") or next;
		push @all, @set;
		my @context = ((grep { !/^\Q$name\E=/ } @{$base{$tool}}), @{$needs{"$tool $name"} // $needs{$name} // []});
		my ($status, $printed, $said) = print_config($tool, words(@context, @set));
		is("$status$said", '0', "$tool --$name: --print-config") or next;
		like($printed, qr/^\Q$_\E$/m, '... has its line') for map { s/=/ = /r } @set;
		is(scalar(() = $printed =~ /\n/g), @context + @set, '... and no other lines');
		spew('printed', $printed);
		is(join('|', print_config($tool, '--config', 'printed')), "0|$printed|", '... read again prints itself');
		spew('file', "# as on the command line\r\n" . lines(@context, @set) =~ s/\n/ # why\r\n\n/gr);
		is(join('|', print_config($tool, '--config=file')), "0|$printed|", '... which a file of these options prints, too');
		next if !defined $letter;
		my @short = map { s/^--\Q$name\E$/-$letter/r } words(@set);
		is(join('|', print_config($tool, words(@context), @short)), "0|$printed|", "... and -$letter");
	}
	for my $name (sort grep { $instead{$_} } keys %row) {
		spew('file', "\n$name" . ($row{$name}[1] ? ' = x' : '') . "\n");
		is(join('|', run($tool, '--config', 'file')), "2||$tool: file:2: $name: is for the command line only\n", "$tool: $name is refused in a file");
	}
}

# What the command line replaces, wherever --config stands.
spew('tap', "interface = eth0\ninterface = eth1\nsnaplen = 128\nfollow\nto = vxlan://10.0.0.1/1\nto = vxlan://10.0.0.2/2\nexpression = not port 22\n");
my $to = "to = vxlan://10.0.0.1/1\nto = vxlan://10.0.0.2/2\n";
my $expression = "expression = not port 22\n";
my @merged = (
	['nothing', [], "follow\ninterface = eth0\ninterface = eth1\nsnaplen = 128\n$to$expression"],
	['an option', ['-s', '64'], "follow\ninterface = eth0\ninterface = eth1\nsnaplen = 64\n$to$expression"],
	['an option that was given twice', ['-s', '64', '-s', '65'], "follow\ninterface = eth0\ninterface = eth1\nsnaplen = 65\n$to$expression"],
	['a repeatable option', ['-i', 'lo'], "follow\ninterface = lo\nsnaplen = 128\n$to$expression"],
	['the other of a pair', ['--no-follow'], "interface = eth0\ninterface = eth1\nno-follow\nsnaplen = 128\n$to$expression"],
	['the expression', ['arp or', 'tcp port', '80'], "follow\ninterface = eth0\ninterface = eth1\nsnaplen = 128\n${to}expression = arp or tcp port 80\n"],
	['an expression by an empty one', [''], "follow\ninterface = eth0\ninterface = eth1\nsnaplen = 128\n${to}expression =\n"],
);
for (@merged) {
	my ($what, $words, $want) = @$_;
	is(join('|', print_config('vtap-tap', '--config', 'tap', @$words)), "0|$want|", "the command line replaces $what");
	is(join('|', run('vtap-tap', '--print-config', (grep { /^-/ || /^\w+$/ && "@$words" =~ /-\w \Q$_\E/ } @$words), '--config', 'tap', grep { !(/^-/ || /^\w+$/ && "@$words" =~ /-\w \Q$_\E/) } @$words)), "0|$want|", '... with --config behind it');
}
spew('printed', "interface = eth0\nno-follow\nto = vxlan://10.0.0.1/1\n");
is(join('|', print_config('vtap-tap', '--config', 'printed', '--follow')), "0|follow\ninterface = eth0\nto = vxlan://10.0.0.1/1\n|", 'of a pair the later one is printed alone');
is(join('|', print_config('vtap-tap', '-t', 'gre://10.0.0.1', qw(--segment 1400 --no-segment))), "0|no-segment\nto = gre://10.0.0.1\n|", 'the later of a pair wins on the command line, too');
is(join('|', print_config('vtap-tap', '-t', 'gre://10.0.0.1', qw(--no-segment --segment 1400))), "0|segment = 1400\nto = gre://10.0.0.1\n|", '... whichever it is');
spew('reads', "read = a\nread = b\n");
is(join('|', print_config('vtap-decap', '--config', 'reads', 'c', '-r', 'd')), "0|read = d\nread = c\n|", 'operands that are files replace inputs of the file');
is(join('|', print_config('vtap-split', '--config', 'reads', '--by', 'id')), "0|by = id\nread = a\nread = b\n|", '... which stand last');

# What a file may have around its values.
spew('forms', "\t snaplen=1#5 \t# five\n#snaplen = 7\n   # x = y\nname = a = b  c\tto\nmeta #\nto=geneve://10.0.0.1/1 #\r\n quiet");
is(join('|', run('vtap-tap', '--config', 'forms')), "2||vtap-tap: forms:1: snaplen: expected a whole number from 0 to 4294967295\n", "'#' in a word begins no comment");
spew('forms', slurp('forms') =~ s/1#5/15/r);
is(join('|', print_config('vtap-tap', '--config', 'forms')), "0|meta\nname = a = b  c\tto\nquiet\nsnaplen = 15\nto = geneve://10.0.0.1/1\n|", 'blanks, comments, CRLF, an end without a newline');
spew('long', "# " . 'x' x 65534 . "\nname = n\nmeta\nto = geneve://10.0.0.1/1\n");
is(join('|', print_config('vtap-tap', '--config', 'long')), "0|meta\nname = n\nto = geneve://10.0.0.1/1\n|", 'a line of 64 KiB');

# What cannot be said in a file, and what is checked without opening anything.
for (["a\nb", 'a newline'], ["a\r", 'a carriage return at its end'], ['a ', 'a blank at its end'], [" a", 'a blank in front'], ["\ta", 'a tab in front'], ['a #b', "a blank and '#'"], ['#b', "'#' in front"], ['x' x 65600, 'more than 64 KiB']) {
	my ($value, $what) = @$_;
	my ($status, $printed, $said) = print_config('vtap-tap', '-t', 'geneve://10.0.0.1/1', '--meta', '--name', $value);
	is("$status$printed", '1', "a value with $what: exit status 1, and nothing is printed");
	like($said, qr/\Avtap-tap: --print-config: name: a file cannot say this value: .*\n\z/, '... naming the option');
}
is((print_config('vtap-tap', '-t', 'gre://10.0.0.1', 'not port 22 '))[2] =~ /expression: a file cannot say/, 1, '... and expressions');
my @checked = (
	['vtap-tap', [], 'there is no target'], ['vtap-tap', ['-t', 'vxlan://10.0.0.1/1', '--mtu', '20'], '--mtu 20: expected at least'],
	['vtap-tap', ['-t', 'vxlan://10.0.0.1/1', qw(--mtu 1400 --engine udp --oversize fragment)], 'needs --engine packet'],
	['vtap-tap', ['-t', 'vxlan://10.0.0.1/1', qw(-r tap -w tap --from 10.0.0.2)], 'tap is also an input'],
	['vtap-decap', [qw(-l vxlan://:1 -i lo)], 'exclude each other'], ['vtap-decap', [qw(--since 2 --until 1)], 'expected a time'], ['vtap-decap', [qw(--since +2 --until +1)], '--since is not before --until'],
	['vtap-decap', [qw(-r tap -w tap)], 'tap is also an input'], ['vtap-fixlen', [qw(--null)], '--null needs --files-from'], ['vtap-fixlen', [qw(-w s --stats s)], 'both name s'],
	['vtap-split', [], '--by is missing'], ['vtap-split', [qw(--by source -C 5)], 'expected {n}'], ['vtap-split', [qw(--by source --since +2 --until +1)], '--since is not before'],
	['vtap-stat', [qw(--by flow --no-flows)], 'expected no flow in --by'], ['vtap-stat', [qw(--by flow -w x.prom)], '-w FILE.prom: expected no flow in --by'], ['vtap-stat', [qw(-r x -w x)], 'x is also an input'],
	['vtap-tap', [qw(-s x)], "-s 'x': expected a whole number"],
);
for (@checked) {
	my ($tool, $words, $want) = @$_;
	my ($status, $printed, $said) = print_config($tool, @$words);
	is("$status$printed", 2, "$tool @$words --print-config is refused");
	like($said, qr/\A\Q$tool\E: .*\Q$want\E.* \(\Q$tool\E --help tells more\)\n\z/, "... as without: $want");
}
ok(!(print_config('vtap-decap', qw(-r missing --files-from missing -w d/x --stats s)))[0] && !-e 'd' && !-e 's', 'nothing is opened or made');
like((run('vtap-tap', '-D', '--print-config'))[1], qr/^lo /m, 'what does something instead of running does it');

# Errors, each by its line.
my @errors = (
	["\nsnaplen = many", '2: snaplen: expected a whole number from 0 to 4294967295'], ["# x\r\n\r\nto = vxlan://x", '3: to: expected vxlan://HOST[:PORT]/VNI'], ['quiet = yes', '1: quiet: takes no value'],
	['quiet =', '1: quiet: takes no value'], ["quiet\nsnaplen", '2: snaplen: expected a value'], ['s = 5', '1: unknown option s: did you mean snaplen?'], ['q', '1: unknown option q: did you mean quiet?'],
	['snap = 5', '1: unknown option snap: did you mean snaplen?'], ['snaplem = 5', '1: unknown option snaplem: did you mean snaplen?'], ['--snaplen = 5', '1: unknown option --snaplen: did you mean snaplen?'],
	['snaplen 5', '1: unknown option snaplen 5: did you mean snaplen?'], ['zoo', '1: unknown option zoo'], ['not port 22', '1: unknown option not port 22: a line is option = value'], ['Snaplen = 5', '1: unknown option Snaplen: did you mean snaplen?'], ['= 5', "1: expected the name of an option in front of '='"],
	["expression = arp\nexpression = tcp", '2: expression: stands in line 1, too'], ["snaplen = 5\n\nsnaplen = 5", '3: snaplen: stands in line 1, too'], ["quiet\nquiet", '2: quiet: stands in line 1, too'],
	["name =", '1: name: expected a name'], ["expression", '1: expression: expected a value'], ["from = 10.0.0.1\nfrom = 10.0.0.2", '2: from: expected one address of each family'],
);
for (@errors) {
	my ($text, $want) = @$_;
	spew('wrong', $text);
	my ($status, $printed, $said) = run('vtap-tap', '--config', 'wrong');
	is("$status$printed", 2, "exit status 2: $text" =~ s/\s+/ /gr);
	like($said, qr/\Avtap-tap: wrong:\Q$want\E[^()\n]*\n\z/, "... $want");
	is((print_config('vtap-tap', '--config', 'wrong'))[2], $said, '... as with --print-config');
}
mkdir 'folder';
spew('nul', "quiet\nsnaplen = 5\0\n");
spew('line', "quiet\n#" . 'x' x 65536 . "\n");
for (['missing', 'missing: No such file or directory'], ['folder', 'folder: Is a directory'], ['nul', 'nul: line 2 has a NUL byte'], ['line', 'line: line 2 is longer than 64 KiB'], ['tap/x', 'tap/x: Not a directory']) {
	is(join('|', run('vtap-decap', '--config', $_->[0])), "2||vtap-decap: $_->[1]\n", "a file that is refused: $_->[1]");
}
spew('other', "expression = arp\n");
is(join('|', run('vtap-decap', '--config', 'other')), "2||vtap-decap: other:1: unknown option expression\n", 'a tool without an expression has no such line');
spew('between', "listen = vxlan://:1\ninterface = lo\n");
is(join('|', run('vtap-decap', '--config', 'between')), "2||vtap-decap: -l and -i exclude each other (vtap-decap --help tells more)\n", 'what is wrong between options is told as on the command line');
SKIP: {
	skip 'only root can become nobody', 1 if $> != 0;
	spew('secret', "quiet\n");
	chmod 0600, 'secret';
	chmod 0755, '.';
	is(qx(setpriv --reuid 65534 --clear-groups $build/vtap-decap --config '$dir/secret' 2>&1), "vtap-decap: $dir/secret: Permission denied\n", 'an unreadable file');
}

# A file does what the command line does: packets, names and counts.
spew('run', "read = $data/vxlan-fragments.pcap\nread = $data/geneve-vxlan.pcap\nencap = vxlan\nencap = geneve\ndepth = 1\nwrite = from-file.pcapng\nstats = file.json\n");
is((run('vtap-decap', '--config', 'run'))[0], 0, 'a run from a file');
run('vtap-decap', '-r', "$data/vxlan-fragments.pcap", '-r', "$data/geneve-vxlan.pcap", qw(-e vxlan -e geneve --depth 1 -w from-words.pcapng --stats words.json));
ok(-s 'from-file.pcapng' && slurp('from-file.pcapng') eq slurp('from-words.pcapng'), '... writes what the command line does');
like(slurp('file.json'), qr/"stripped": 48\b/, '... with all packets');
spew('filter', "to = vxlan://10.0.2.9/7\nfrom = 10.0.1.5\nread = from-file.pcapng\nwrite = out.pcap\nexpression = icmp or arp\nsnaplen = 40\n");
my ($status, undef, $said) = run('vtap-tap', '--config', 'filter', '-v');
is($status, 0, 'an expression from a file') or diag $said;
run('vtap-tap', qw(-t vxlan://10.0.2.9/7 --from 10.0.1.5 -r from-file.pcapng -w words.pcap -s 40), 'icmp or arp');
is(unpack('H*', slurp('out.pcap')), unpack('H*', slurp('words.pcap')), '... selects and cuts as on the command line');
done_testing();
