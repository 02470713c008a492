#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/stats.md is what the tables of the tools say (make docs), and has all that --stats and --metrics of each tool write.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP qw(decode_json);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $page = slurp('docs/stats.md') // '';
ok(qx('$build/docs/stats') eq $page, 'docs/stats.md is up to date') or diag 'make docs writes it anew';
is($?, 0, '... the program that prints it ends well');

my $sample = abs_path('tests/data/mirrored.pcap');
my $dir = scratch();
chdir $dir or die;

# The words in code marks in the tables below a heading.
sub words {
	my ($heading) = @_;
	my ($section) = $page =~ /^## \Q$heading\E\n(.*?)(?=^## |\z)/ms or return {};
	return { map { $_ => 1 } $section =~ /^\| (.*?) \|/mg ? map { /`([^`]+)`/g } grep { /^\|/ } split /\n/, $section : () };
}
my ($json, $metrics, $all) = map { words($_) } 'The JSON of --stats', 'The file of --metrics', 'All tools';

my %command = (
	'vtap-decap' => '-w out.pcapng',
	'vtap-fixlen' => '-w out',
	'vtap-split' => "--by encap,id,outer-src --overwrite -w 'o/{key}.pcap'",
	'vtap-stat' => '-w out',
	'vtap-tap' => '-t vxlan://10.0.2.9/7 --from 10.0.1.5 -w out',
);
for my $tool (sort keys %command) {
	my $input = $tool eq 'vtap-tap' ? 'out.pcapng' : $sample;
	is(system("$build/$tool -r $input $command{$tool} --stats stats --metrics m.prom"), 0, "$tool: runs");
	my $own = words($tool);
	my $stats = decode_json(slurp('stats'));
	my @lost = grep { !$json->{$_} } keys %$stats, map { keys %$_ } @{$stats->{inputs}}, @{$stats->{targets}};
	is("@lost", '', '... members of the whole are listed');
	@lost = grep { !$own->{$_} && !$all->{$_} } map { keys %{$stats->{$_}} } qw(outcomes details);
	is("@lost", '', '... outcomes and details');
	$tool eq 'vtap-stat' ? ok(!$stats->{sources}, '... no sources: its output has them') : ok(@{$stats->{sources}} > 0, '... there are sources');
	@lost = grep { !$own->{$_} } map { keys %$_ } @{$stats->{sources}};
	is("@lost", '', '... and their members');
	my $prefix = $tool =~ tr/-/_/r;
	my %seen;
	for (slurp('m.prom') =~ /^\Q$prefix\E_(\S+) \d+$/mg) {
		my ($name, $labels) = /^(\w+)(?:\{(.*)\})?$/;
		my $outcome = ($labels // '') =~ /outcome="(\w+)"/ ? "{outcome=\"$1\"}" : '';
		$seen{"$name$outcome"} = 1;
	}
	my $families = { map { s/\{.*//r => 1 } keys %$metrics };
	@lost = grep { !$own->{$_} && !$all->{$_} && !$families->{$_} } sort keys %seen;
	is("@lost", '', '... and metrics');
}
# vtap-archive counts captures.
{
	mkdir $_ for 'spool', 'archive';
	system('cp', $sample, 'spool');
	is(system("$build/vtap-archive --once --stats stats --metrics m.prom spool archive"), 0, 'vtap-archive: runs');
	my $own = words('vtap-archive');
	my $stats = decode_json(slurp('stats'));
	is_deeply([grep { !$json->{$_} } grep { !/^(?:captures|bytes|details)$/ } keys %$stats], [], '... members of the whole are listed');
	is(join(' ', sort keys %{$stats->{captures}}), join(' ', sort keys %{$stats->{bytes}}), '... captures and bytes have the same members');
	is_deeply([grep { !$own->{$_} } map { keys %{$stats->{$_}} } qw(captures details)], [], '... which are listed, and so are details');
	is_deeply([grep { !$own->{$_} } map { s/\{run="m",?/{/r =~ s/\{\}$//r } grep { !/build_info/ } slurp('m.prom') =~ /^vtap_archive_(\S+) \d+$/mg], [], '... and metrics');
	my %captures = %{$stats->{captures}};
	is("@captures{qw(found proven waiting)}", '1 1 0', '... of one capture');
}
# vtap-recall counts objects, too.
{
	is(system("$build/vtap-recall --since \@0 -w out --stats stats --metrics m.prom archive"), 0, 'vtap-recall: runs');
	my $own = words('vtap-recall');
	my $stats = decode_json(slurp('stats'));
	is_deeply([grep { !$json->{$_} } grep { $_ ne 'objects' } keys %$stats], [], '... members of the whole are listed');
	is_deeply([grep { !$own->{$_} } map { keys %{$stats->{$_}} } qw(outcomes objects)], [], '... outcomes and objects');
	my $families = { map { s/\{.*//r => 1 } keys %$metrics };
	is_deeply([grep { !$own->{$_} && !$all->{$_} && !$families->{$_} } map { s/\{run="m",?/{/r =~ s/\{\}$//r } slurp('m.prom') =~ /^vtap_recall_(\S+) \d+$/mg],
		['build_info{version="' . ((split ' ', `$build/vtap-recall -V`)[1]) . '"}'], '... and metrics');
	is("@{$stats->{objects}}{qw(listed fetched damaged)}", '1 1 0', '... of one object');
	is($stats->{in}, $stats->{outcomes}{written}, '... and the packets in it');
}
done_testing;
