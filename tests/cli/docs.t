#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The documents are true: examples print what they show, links resolve, every tool and sample is listed. Live
# commands get their options checked, and as root each runs for a moment in a network of its own.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname basename);
use Test::More;
use lib 'tests/lib';
use Capture qw(packets slurp spew);
use Examples qw(in_folders);
use Scratch qw(scratch);

my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
my @tools = map { basename($_) } glob 'tools/*';
my @documents = grep { -e } glob '*.md docs/*.md tests/data/*.md';
$ENV{PATH} = "$build:$ENV{PATH}";
$ENV{LC_ALL} = 'C';
$ENV{veth} = 'vnet0'; # what an example finds out

# A directory in which paths from the repository's root work.
sub workplace {
	my $dir = scratch();
	symlink "$root/tests", "$dir/tests" or die "symlink: $!";
	return $dir;
}

# What a shell prints, in order; tshark's remark about root depends on who runs it.
sub output {
	my ($dir, $command) = @_;
	local $ENV{EXAMPLE} = $command;
	my $text = qx(cd '$dir' && bash -o pipefail -c "\$EXAMPLE" 2>&1 </dev/null);
	my $status = $? >> 8;
	$text =~ s/^Running as user .*\n//mg;
	return ($status, $text);
}

# Console blocks: "$ command" and what it prints.
sub console {
	my ($document) = @_;
	my ($text, @sessions) = slurp($document);
	while ($text =~ /^```console\n(.*?)^```/msg) {
		my @steps;
		for my $line (split /\n/, $1) {
			if ($line =~ /^\$ (.*)/) { push @steps, { command => $1, output => '' } }
			else { $steps[-1]{output} .= "$line\n" }
		}
		push @sessions, \@steps;
	}
	return @sessions;
}

for my $document (@documents) {
	for my $session (console($document)) {
		my $dir = workplace();
		for my $step (@$session) {
			my ($status, $text) = output($dir, $step->{command});
			is($status, 0, "$document: exit status: $step->{command}");
			is($text, $step->{output}, "$document: output: $step->{command}");
		}
	}
}
cmp_ok(scalar console('README.md'), '>=', 1, 'README.md shows a session');

for my $document (@documents) {
	my @links = slurp($document) =~ /\]\(([^)#]+)(?:#[^)]*)?\)/g;
	my @broken = grep { !/^[a-z]+:/ && !-e dirname($document) . "/$_" } @links;
	is("@broken", '', "$document: links resolve");
}

my $overview = slurp('man/vtap.7');
for my $tool (@tools) {
	like(slurp('README.md'), qr/^\| \Q$tool\E \|/m, "README.md lists $tool");
	like($overview, qr/^\.It Xr \Q$tool\E 1$/m, "vtap.7 describes $tool");
	like($overview, qr/^\.Xr \Q$tool\E 1\b/m, "vtap.7 refers to $tool");
}
# Not all are tools to be typed: an interface of Wireshark's and one of its names, a package, a unit.
my %known = map { $_ => 1 } @tools, qw(vtap vtap-setup vtap-plot vtap-sink vtap-extcap vtap-if vtap-wireshark);
my @strangers = grep { !$known{$_} } map { slurp($_) =~ /\b(vtap-[a-z]+)\b(?!-)/g } 'README.md', 'man/vtap.7';
is("@strangers", '', 'no tool is named that does not exist');

# A manual page as it is shown.
sub rendered {
	my ($page) = @_;
	return map { s/.\x08//gr } `mandoc -T ascii $page`; # bold is struck twice
}

# The literal lines of a page's source, .Dl and .Bd -literal, in blocks, as they are meant to be shown.
sub literal {
	my ($page) = @_;
	my %escape = ('-' => '-', '&' => '', 'e' => '\\', '(aq' => "'", '(dq' => '"', '(ti' => '~', '(ha' => '^');
	my (@blocks, $within);
	for my $line (split /\n/, slurp($page)) {
		if ($line =~ /^\.Bd -literal/) { $within = 1; push @blocks, [] }
		elsif ($line =~ /^\.Ed/) { $within = 0 }
		elsif ($within || $line =~ s/^\.Dl //) {
			push @blocks, [] if !$within;
			push @{ $blocks[-1] }, $line =~ s/\\(\([a-z]{2}|[-&e])/$escape{$1}/gr;
		}
	}
	return @blocks;
}

# The same lines where the page shows them, with what stands in front of them there; undef for a block that it does not.
sub shown_literal {
	my ($page) = @_;
	my @lines = map { s/\n\z//r } rendered($page);
	my ($from, @found) = 0;
	for my $block (literal($page)) {
		my @want = map { s/^\s+//r } @$block;
		my @at = grep { my $at = $_; !grep { ($lines[$at + $_] // '') !~ /^\s*\Q$want[$_]\E$/ } 0 .. $#want } $from .. $#lines;
		push @found, @at ? [@lines[$at[0] .. $at[0] + $#want]] : undef;
		$from = $at[0] + @want if @at;
	}
	return @found;
}

# Commands: a line that ends in a backslash goes on. They stay as they are, for the shell to join.
sub commands {
	my (@commands, $open);
	for my $line (@_) {
		if ($open) { $commands[-1] .= "\n$line" } else { push @commands, $line =~ s/^\s+//r }
		$open = $line =~ /\\$/;
	}
	return @commands;
}

# Commands of vtap.7 as they are copied from the screen, and of README.md those that are neither a session nor run by `make demo`.
sub shown {
	my ($document) = @_;
	return commands(map { s/\s+#.*//r } slurp($document) =~ /^ {4}(.*)$/mg) if $document =~ /\.md$/;
	return map { $_ ? commands(@$_) : () } shown_literal($document);
}

# Lines in front of an indented one that do not say that they go on.
sub unfinished {
	my @lines = @_;
	my ($margin) = $lines[0] =~ /^(\s*)/;
	return map { $lines[$_ - 1] } grep { $lines[$_] =~ /^$margin\s/ && $lines[$_ - 1] !~ /(\\|&&|\|)$/ } 1 .. $#lines;
}

# How bash understands a command.
sub understood {
	my ($command) = @_;
	local $ENV{EXAMPLE} = "understood() {\n$command\n}\ndeclare -f understood";
	return scalar qx(bash -c "\$EXAMPLE" 2>&1);
}

for my $page (sort glob 'man/*.[17]') {
	my @blocks = shown_literal($page);
	ok(!(grep { !$_ } @blocks), "$page: literal lines are shown as they are meant");
	is_deeply([grep { length > 72 } map { $_ ? @$_ : () } @blocks], [], '... none is wider than 72 columns');
	is_deeply([map { unfinished(@$_) } grep { $_ && $_->[0] !~ /include\|exclude/ } @blocks], [], '... what goes on below says so');
	my @broken = grep { /\n/ && !/^ExecStart=/ } map { $_ ? commands(@$_) : () } @blocks;
	cmp_ok(scalar @broken, '>=', 1, '... some are broken');
	for my $command (@broken) {
		is(understood($command), understood($command =~ s/\\\n\s*//gr), '... pasted, it is one: ' . $command =~ s/\n.*//sr);
	}
}

# What takes packets from a network or gives them to one.
sub is_live {
	my ($command) = @_;
	my ($first) = $command =~ /\b(vtap-(?:tap|decap) [^|]*)/ or return 0;
	return $first =~ /^vtap-tap/ ? $first !~ / -w / : $first =~ / -[li] /;
}

sub examples {
	my ($wanted, $document) = @_;
	return grep { $_ =~ $wanted && !is_live($_) } shown($document // 'man/vtap.7');
}

# The commands themselves, without what starts them.
sub live_examples {
	my ($document) = @_;
	return map { s/^.*?(?=\bvtap-)//sr } grep { is_live($_) } shown($document);
}

my %stands_in = (
	'mirrored.pcap' => 'mirrored', 'oci.pcap' => 'vxlan-cut', 'aws.pcap' => 'mirrored', 'gwlb.pcap' => 'geneve-vxlan',
	'gcp.pcap' => 'geneve-ip', 'azure.pcap' => 'vxlan-fragments', 'taas.pcap' => 'gre-key', 'linux.pcap' => 'vxlan6-fragments',
	'erspan.pcap' => 'erspan2-cut', 'span.pcap' => 'vxlan-qinq', 'core.pcap' => 'gtpu',
	'original.pcapng' => 'mirrored',
);
my $day; # the recording at three minutes' beginnings

sub later {
	my $folder = scratch();
	system("cd $folder && for s in 0 75 150; do editcap -t \$s $root/tests/data/mirrored.pcap \$s.pcapng; done && mergecap -a -w day.pcapng 0.pcapng 75.pcapng 150.pcapng") == 0
		or die 'mergecap';
	return "$folder/day.pcapng";
}

# A workplace with the reader's files: captures, and what the page says to write into others.
sub readers_place {
	my $dir = workplace();
	symlink "$root/tests/data/$stands_in{$_}.pcap", "$dir/$_" for keys %stands_in;
	mkdir "$dir/captures";
	symlink "$root/tests/data/mirrored.pcap", "$dir/captures/mirrored.pcap";
	$day //= later();
	symlink $day, "$dir/day.pcapng";
	spew("$dir/$1", $2) while $overview =~ /^cat >(\S+) <<'EOF'\n(.*?)^EOF\n/msg;
	return $dir;
}

# What a recipe of vtap.7 writes, by its last -w: the files, and the packets in each. START stands for a time.
my %mirrored = ('vxlan-3000@10.0.1.5' => 299, 'vxlan-3001@10.0.1.6' => 311, 'vxlan-5@fd00:1::7' => 154);
my %networks = (3000 => 299, 3001 => 311, 5 => 154);
my @workloads = ('192.168.7.10', '192.168.7.80', 'fd00:7::10', 'fd00:7::80');
my %writes = (
	'out/{source}.pcapng' => { map { ("out/$_.pcapng" => $mirrored{$_}) } keys %mirrored },
	'spool/{source}/{start}.pcapng' => { map { ("spool/$_/START.pcapng" => $mirrored{$_}) } keys %mirrored },
	'wrapped.pcap' => { 'wrapped.pcap' => 764 },
	'plain.pcapng' => { 'plain.pcapng' => 764 },
	'received.pcapng' => { 'received.pcapng' => 764 },
	'oci/{source}.pcapng' => { 'oci/vxlan-77@10.0.1.5.pcapng' => 36 },
	'oci/{source}/{start}.pcapng' => { 'oci/vxlan-77@10.0.1.5/START.pcapng' => 36 },
	'aws/{id}.pcapng' => { map { ("aws/$_.pcapng" => $networks{$_}) } keys %networks },
	'aws/{id}/{start}.pcapng' => { map { ("aws/$_/START.pcapng" => $networks{$_}) } keys %networks },
	'gwlb/{source}.pcapng' => { 'gwlb/geneve-0@10.0.1.5+vxlan-102@10.0.9.1.pcapng' => 24 },
	'gwlb/{source}/{start}.pcapng' => { 'gwlb/geneve-0@10.0.1.5+vxlan-102@10.0.9.1/START.pcapng' => 24 },
	'gcp/{host}.pcapng' => { map { ("gcp/$_.pcapng" => 18) } @workloads },
	'gcp/{host}/{start}.pcapng' => { map { ("gcp/$_/START.pcapng" => 18) } @workloads },
	'gcp-ether.pcap' => { 'gcp-ether.pcap' => 36 },
	'azure/{source}.pcapng' => { 'azure/vxlan-77@10.0.1.5.pcapng' => 24 },
	'azure/{source}/{start}.pcapng' => { 'azure/vxlan-77@10.0.1.5/START.pcapng' => 24 },
	'taas/{mac}.pcapng' => { 'taas/02:07:00:00:01:10.pcapng' => 24, 'taas/02:07:00:00:01:80.pcapng' => 24 },
	'host/{key}.pcapng' => { 'host/10.0.1.5.pcapng' => 24 },
	'port/{source}.pcapng' => { 'port/gre-42@10.0.1.5.pcapng' => 24 },
	'port/{source}/{start}.pcapng' => { 'port/gre-42@10.0.1.5/START.pcapng' => 24 },
	'flows.ndjson' => { 'flows.ndjson' => 0 },
	'kept/{source}/{start}.pcapng' => { 'sources.prom' => 0, map { ("kept/$_/START.pcapng" => $mirrored{$_}) } keys %mirrored },
	'erspan.pcapng' => { 'erspan.json' => 0, 'erspan.pcapng' => 24 },
	'vlan/{vlan}.pcapng' => { 'vlan/200.100.pcapng' => 22 },
	'linux/{source}.pcapng' => { 'linux/vxlan-78@fd00:1::5.pcapng' => 24 },
	'core/{key}.pcapng' => { map { ("core/$_.pcapng" => 9) } map { ("$$_[0],$$_[1]", "$$_[1],$$_[0]") } [@workloads[0, 1]], [@workloads[2, 3]] },
);

# The files that readers_place() did not put there, with their packets.
sub written {
	my ($dir) = @_;
	my %packets;
	for my $file (grep { -f && !-l && !m{^\Q$dir\E/tests/|\.rules$} } glob "$dir/* $dir/*/* $dir/*/*/*") {
		my $name = substr($file, 1 + length $dir) =~ s/\d{8}T\d{6}\.\d{9}Z/START/r;
		$packets{$name} += $file =~ /\.pcap(ng)?$/ ? () = packets($file) : 0;
	}
	return \%packets;
}

# Runs a pipeline, and looks at what it wrote.
sub run_pipeline {
	my ($command, $page) = @_;
	my $dir = readers_place();
	my ($status, $text) = output($dir, $command);
	my ($template) = $command =~ /.* -w '?([^\s']+)/s;
	is($status, 0, "example: $command") or diag($text);
	my $written = written($dir);
	ok(%$written || length $text || $command =~ /jq -c 'select/, 'it wrote or said something'); # what is selected may be nothing
	return if !$page || !$template || $template eq '-';
	is_deeply($written, $writes{$template}, "... the packets that belong there: $template") or diag(explain($written));
}

# Archives have a test of their own: run_archive().
my @recipes = examples(qr/^vtap-(?!archive|recall)|^(?!vtap-).*\|[\s\\]*vtap-/s);
cmp_ok(scalar @recipes, '>=', 6, 'there are examples');
run_pipeline(s/^tcpdump .*? -w - [^|]*\|/cat mirrored.pcap |/sr, 1) for @recipes;
# vtap-setup changes a host: tests/live/setup*.t and tests/package/setup.t run what the page shows of it.
run_pipeline($_, 1) for examples(qr/^vtap-(?!setup|archive|recall)/, 'README.md');

# Recipes that go on with what another one wrote: how the files come about, and how many packets come out.
sub run_after {
	my ($first, $wanted, $counts, $packets) = @_;
	my $dir = readers_place();
	my @commands = examples($wanted);
	cmp_ok(scalar @commands, '>=', 1, "vtap.7 has recipes that fit $wanted");
	my ($status, $text) = output($dir, join "\n", 'set -e', $first, @commands, $counts);
	is($status, 0, "example: @commands") or diag($text);
	is_deeply([$text =~ /^packets (\d+)$/mg], $packets, '... in so many packets') or diag($text);
}
run_after('vtap-decap -r mirrored.pcap -w plain.pcapng; exec 3>&1 >shown 2>/dev/null', qr/^tshark -r plain/,
	'echo packets $(wc -l <shown) >&3', [$mirrored{'vxlan-3000@10.0.1.5'}]);
run_after("vtap-split -r mirrored.pcap --by source -w 'sources/{source}.pcapng'", qr/^(mergecap|reordercap) /,
	'for file in merged ordered; do echo packets $(tcpdump -r $file.pcapng --count 2>/dev/null | cut -d" " -f1); done', [764, 764]);

# Recipes of archives, with folders in the place of stores: what was in the spool is in the archive, and comes back.
sub run_archive {
	my ($document) = @_;
	my $dir = readers_place();
	my ($ship, @recall) = map { in_folders($_) } examples(qr/^vtap-(?:archive|recall) /, $document);
	like($ship, qr/^vtap-archive /, "$document: something is archived");
	my ($status, $text) = output($dir, "mkdir archive; vtap-decap -r mirrored.pcap | vtap-split --by source -w 'spool/{source}/{start}.pcapng' && $ship");
	is("$status$text", '0', "example: $ship");
	my @objects = map { m{archive/(.*)} } glob "$dir/archive/*/*/*/*";
	is(scalar @objects, keys %mirrored, '... each source is in the archive');
	is(join(' ', grep { -f } glob "$dir/spool/*/*"), '', '... and no more in the spool');
	cmp_ok(scalar @recall, '>=', 1, '... something is recalled');
	for my $command (@recall) {
		($status, $text) = output($dir, $command);
		is($status, 0, "example: $command") or diag($text);
		my $lines = () = $text =~ /^/mg;
		# The packets of port 80 of the source that all of them ask for.
		is($command =~ /--list/ ? $text =~ /10\.0\.1\.5/ : $lines, $command =~ /--list/ ? 1 : 229, '... all of it comes back') or diag($text);
	}
}
run_archive($_) for 'man/vtap.7', 'README.md';

# The remotes of vtap.7, as rclone itself reads them: it knows the types, and each setting of them.
SKIP: {
	skip 'needs rclone', 1 if system('command -v rclone >/dev/null');
	my $conf = scratch() . '/rclone.conf';
	my ($sections) = map { join "\n", @$_ } grep { $_->[0] eq '[oci]' } literal('man/vtap.7');
	spew($conf, "$sections\n");
	my %type = map { /^(\S+): +(\S.*)/ ? ($1 => $2) : () } `rclone --config '$conf' listremotes --long 2>/dev/null`;
	is(join(' ', sort keys %type), 'aws azure box ceph gcs minio oci', 'vtap.7: remotes');
	my ($remote, %known);
	for (split /\n/, $sections) {
		if (/^\[(\w+)\]/) { $remote = $1; next }
		my ($setting) = /^(\w+) = / or next;
		my $type = $type{$remote} // 'none';
		$known{$type} //= `rclone help backend '${\ ($type eq 'google cloud storage' ? 'gcs' : $type)}' 2>&1`;
		ok($setting eq 'type' || $known{$type} =~ /^- Config: +\Q$setting\E$/m, "... $remote: $setting is a setting of $type");
	}
	my @variables = map { /^RCLONE_CONFIG_OCI_(\w+)=/ ? lc $1 : () } map { @$_ } literal('man/vtap.7');
	is_deeply([sort @variables], [sort map { /^(\w+) = / ? $1 : () } split /\n/, ($sections =~ /^\[oci\]\n(.*?)\n\n/ms)[0]], '... as variables, too');
}

# A live recipe that writes files, with a recording in the place of the network: that of the recipe itself, if it has one.
sub recorded {
	my ($command) = @_;
	my ($folder) = $command =~ / -w '?(\w+)/;
	my $recording = $folder && $folder eq 'port' ? 'taas' : $folder && $stands_in{"$folder.pcap"} ? $folder : 'mirrored';
	return $command =~ s/ -[li] \S+(?: -l \S+)*/ -r $recording.pcap/r;
}
run_pipeline(recorded($_), 1) for grep { /^vtap-decap.* -w /s } live_examples('man/vtap.7');

# A live recipe that a reader follows, with the recording in the place of the network: all its packets reach the reader.
sub run_reader {
	my ($command) = @_;
	my $dir = readers_place();
	my ($status, $text) = output($dir, "zeek() { cat >zeek.pcap; tcpdump -r zeek.pcap --count 2>/dev/null; }\n" . recorded($command));
	is($status, 0, "example: $command") or diag($text);
	my $lines = () = $text =~ /^/mg;
	is($command =~ /zeek/ ? $text : $lines, $command =~ /zeek/ ? "764 packets\n" : 764, '... from which a reader gets all packets');
}
my @read = grep { /^vtap-decap -l/ && !/ -w / } map { live_examples($_) } 'man/vtap.7', 'README.md';
cmp_ok(scalar @read, '>=', 3, 'there are live examples for readers');
run_reader($_) for @read;

# Each option and its value, of each tool in the pipeline; --help at the end keeps it from running.
sub options_known {
	my ($command) = @_;
	my $dir = readers_place();
	for my $part (grep { /^vtap-/ } map { s/^(\s|\\\n)+//r } split /\|/, $command) {
		my ($status, $text) = output($dir, "$part --help");
		is($status, 0, "options: $part") or diag($text);
		like($text, qr/^usage: /, '... and no word too many');
	}
}

# Interfaces as the examples name them, and a way to the collectors; zeek stands for any reader.
my $network = <<'END';
set -e
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
ip link add br0 type bridge
ip link set br0 up
for name in eth0 eth1 vnet0 tap0; do
	ip link add $name type veth peer name far-$name
	ip link set $name up
	ip link set far-$name up
done
ip link set vnet0 master br0
ip addr add 10.0.1.5/16 dev eth0
ip addr add 2001:db8::5/64 dev eth0 nodad
zeek() { cat >/dev/null; }
set -o pipefail
END

# One that would run until it is stopped, for a moment.
sub run_live {
	my ($command) = @_;
	my $dir = readers_place();
	$command =~ s/^(vtap-\S+)/$1 --duration 0.2/;
	$command =~ s/--metrics \S+\//--metrics /g;
	spew("$dir/live.sh", "$network$command\n");
	my ($status, $text) = output($dir, 'unshare -n bash live.sh');
	is($status, 0, "live: $command") or diag($text);
	unlike($text, qr/waiting for it/, '... from interfaces that are there');
}

my @live = map { live_examples($_) } 'man/vtap.7', 'README.md';
cmp_ok(scalar @live, '>=', 20, 'there are live examples');
options_known($_) for @live;
SKIP: {
	skip 'live examples need root', 1 if $> != 0 && !$ENV{VTAP_REQUIRE_LIVE};
	skip 'no network namespaces', 1 if !$ENV{VTAP_REQUIRE_LIVE} && system('unshare -n true 2>/dev/null') != 0;
	run_live($_) for @live;
}

for my $command (examples(qr/^tcpdump /)) {
	my ($filter) = $command =~ /'([^']*)'/ or next;
	my ($status, $text) = output($root, "tcpdump -r tests/data/gre.pcap -d '$filter'");
	is($status, 0, "vtap.7: filter: $filter") or diag($text);
}

# The table of tests/data/README.md: frames and sources as vtap-decap gives them.
my %frames = slurp('tests/data/expected.tsv') =~ /^(\S+)\t(\d+)$/mg;
my $table = slurp('tests/data/README.md');
my @samples = map { basename($_, '.pcap') } glob 'tests/data/*.pcap';
# One behind the other, with their own interfaces: tshark is started once for all. Each has as many packets as capinfos finds.
my $stripped = scratch();
my @of = map { output($root, "vtap-decap -qx -e all -r tests/data/$_.pcap -w $stripped/$_.pcapng && capinfos -TrcM $stripped/$_.pcapng") =~ /\t(\d+)$/m ? $1 : 0 } @samples;
my ($status, $text) = output($root, "mergecap -a -I none -w - @{[map { qq($stripped/$_.pcapng) } @samples]} | tshark -r - -T fields -e frame.interface_name");
is($status, 0, 'samples, stripped and merged') or diag($text);
my @sources = split /\n/, $text;
for my $name (@samples) {
	my ($count, $sources) = $table =~ /^\| \Q$name\E \| [^|]* \| (\d+) \| ([^|]*) \|/m;
	is($count, $frames{$name}, "tests/data/README.md: $name: frames");
	my %want = reverse(($sources // '') =~ /(?:(\d+) )?`([^`]+)`/g);
	$want{$_} //= $count for keys %want;
	my %got;
	$got{$_}++ for splice @sources, 0, shift @of;
	is_deeply(\%got, \%want, "tests/data/README.md: $name: sources");
}
is(scalar @sources, 0, '... and no packet is left over');
done_testing();
