#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The documents are true: examples print what they show, links resolve, every tool and sample is listed.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname basename);
use File::Temp qw(tempdir);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);

my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
my @tools = map { basename($_) } glob 'tools/*';
my @documents = grep { -e } glob '*.md docs/*.md tests/data/*.md';
$ENV{PATH} = "$build:$ENV{PATH}";
$ENV{LC_ALL} = 'C';

# A directory in which paths from the repository's root work.
sub workplace {
	my $dir = tempdir(CLEANUP => 1);
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
my %known = map { $_ => 1 } @tools, 'vtap';
my @strangers = grep { !$known{$_} } map { slurp($_) =~ /\b(vtap-[a-z]+)\b(?!-)/g } 'README.md', 'man/vtap.7';
is("@strangers", '', 'no tool is named that does not exist');

# The pipelines of vtap.7, on a capture that stands in for the reader's own.
sub examples {
	my ($wanted) = @_;
	my @commands;
	while ($overview =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed/msg) {
		my $text = $1;
		$text =~ s/\\e\n\s*/ /g;
		$text =~ s/\\&//g;
		push @commands, grep { $_ =~ $wanted } split /\n/, $text;
	}
	return @commands;
}

my %stands_in = (
	'mirrored.pcap' => 'mirrored', 'oci.pcap' => 'vxlan-cut', 'aws.pcap' => 'mirrored', 'gwlb.pcap' => 'geneve-vxlan',
	'gcp.pcap' => 'geneve-ip', 'azure.pcap' => 'vxlan-fragments', 'taas.pcap' => 'gre-key', 'linux.pcap' => 'vxlan6-fragments',
	'erspan.pcap' => 'erspan2-cut', 'span.pcap' => 'vxlan-qinq', 'core.pcap' => 'gtpu',
);
my @pipelines = examples(qr/^vtap-|\| *vtap-/);
cmp_ok(scalar @pipelines, '>=', 6, 'vtap.7 has examples');
for my $command (@pipelines) {
	my $dir = workplace();
	symlink "$root/tests/data/$stands_in{$_}.pcap", "$dir/$_" for keys %stands_in;
	$command =~ s/^tcpdump .*? -w - [^|]*\|/cat mirrored.pcap |/;
	my ($status, $text) = output($dir, $command);
	is($status, 0, "vtap.7: $command") or diag($text);
	my @written = grep { -f && !-l } glob "$dir/* $dir/*/*";
	ok(@written || length $text, 'it wrote or said something');
}

for my $command (examples(qr/^tcpdump /)) {
	my ($filter) = $command =~ /'([^']*)'/ or next;
	my ($status, $text) = output($root, "tcpdump -r tests/data/gre.pcap -d '$filter'");
	is($status, 0, "vtap.7: filter: $filter") or diag($text);
}

# The table of tests/data/README.md: frames and sources as vtap-decap gives them.
my %frames = slurp('tests/data/expected.tsv') =~ /^(\S+)\t(\d+)$/mg;
my $table = slurp('tests/data/README.md');
for my $name (map { basename($_, '.pcap') } glob 'tests/data/*.pcap') {
	my ($count, $sources) = $table =~ /^\| \Q$name\E \| [^|]* \| (\d+) \| ([^|]*) \|/m;
	is($count, $frames{$name}, "tests/data/README.md: $name: frames");
	my %want = reverse(($sources // '') =~ /(?:(\d+) )?`([^`]+)`/g);
	$want{$_} //= $count for keys %want;
	my ($status, $text) = output($root,
		"vtap-decap -r tests/data/$name.pcap | tshark -r - -T fields -e frame.interface_name");
	my %got;
	$got{$_}++ for split /\n/, $text;
	is_deeply(\%got, \%want, "tests/data/README.md: $name: sources");
}
done_testing();
