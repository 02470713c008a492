#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# --metrics and --stats-interval of all tools, on files and on pipes: what stands in the file and when, what promtool
# says of it, and what a node_exporter serves of it. `tests/deps metrics` fetches both.
use strict;
use warnings;
use Cwd qw(abs_path);
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Run qw(start_reading);
use Scratch qw(scratch);
use Wait qw(until_true has_signals);

my $build = abs_path($ENV{BUILD} || 'build');
$ENV{PATH} = "$build/prometheus/usr/bin:" . abs_path('build') . "/prometheus/usr/bin:$ENV{PATH}";
my $sample = abs_path('tests/data/mirrored.pcap');
my $dir = scratch();
chdir $dir or die;

my %command = (
	'vtap-decap' => '-w out',
	'vtap-fixlen' => '-w out',
	'vtap-split' => "--by encap,id,outer-src --overwrite -w 'o/{key}.pcap'",
	'vtap-stat' => '-w out',
	'vtap-tap' => '-t vxlan://10.0.2.9/7 --from 10.0.1.5 -w out',
);
my @tools = sort keys %command;

sub run {
	my ($command) = @_;
	system 'sh', '-c', "PATH=$build:\$PATH; $command 2>said";
	return ($? >> 8, slurp('said'));
}

# Samples of a file as name{labels} => value, without the tool in front and the label RUN that all must have.
sub samples {
	my ($file, $tool, $run) = @_;
	my $prefix = $tool =~ tr/-/_/r;
	my %value;
	for (grep { !/^#/ } split /\n/, slurp($file) // '') {
		my ($name, $labels, $value) = /^\Q$prefix\E_(\w+)\{\Q$run\E,?([^}]*)\} (\d+)$/ or return { wrong => $_ };
		$value{$name . ($labels && "{$labels}")} = $value;
	}
	return \%value;
}

sub outcomes {
	my ($samples) = @_;
	my $sum = 0;
	$sum += $samples->{$_} for grep { /^packets_total\{/ } keys %$samples;
	return $sum;
}

sub is_clean {
	my ($file, $what) = @_;
SKIP: {
		skip 'no promtool (tests/deps metrics fetches it)', 2 if !grep { -x "$_/promtool" } split /:/, $ENV{PATH};
		is(system("promtool check metrics <$file >promtool 2>&1"), 0, "$what: promtool takes it");
		is(slurp('promtool'), '', '... without a word');
	}
}

# The label that tells files apart: the tap's own, and the name of the file.
sub label { return $_[0] eq 'vtap-tap' ? "tap=\"$_[2]\"" : "run=\"$_[1]\"" }

mkdir 'prom';
for my $tool (@tools) {
	my ($status, $said) = run("$tool -r $sample $command{$tool} --metrics prom/$tool.prom --stats stats");
	is("$status$said", '0', "$tool, from a file: no word");
	my $stats = decode_json(slurp('stats'));
	my $now = samples("prom/$tool.prom", $tool, label($tool, $tool, $sample));
	is($now->{wrong}, undef, '... every sample names the run');
	is($now->{in_packets_total}, 764, '... packets in');
	is(outcomes($now), 764, '... are the sum of the outcomes');
	is_deeply([@$now{qw(in_bytes_total out_packets_total out_bytes_total)}], [@$stats{qw(bytes_in out bytes_out)}], '... totals are those of --stats');
	is_deeply({ map { /"(\w+)"/ ? ($1 => $now->{$_}) : () } grep { /^packets_total/ } keys %$now }, $stats->{outcomes}, '... so are outcomes');
	is($now->{sources}, $stats->{sources} && @{$stats->{sources}}, '... sources');
	is($stats->{schema_version}, 1, '... --stats says what it looks like');
	is_clean("prom/$tool.prom", $tool);
}
{
	my $now = samples('prom/vtap-split.prom', 'vtap-split', 'run="vtap-split"');
	is_deeply([@$now{qw(files_total open_files sources keys_total)}], [3, 0, 3, 3], 'vtap-split: files');
	like($now->{newest_file_age_seconds}, qr/^\d+$/, '... and how old the newest is');
	my ($status) = run("vtap-split -r $sample $command{'vtap-split'} --metrics -");
	is($status, 0, '--metrics -: standard output');
	$now = samples('prom/vtap-decap.prom', 'vtap-decap', 'run="vtap-decap"');
	is_deeply([@$now{qw(sources kernel_dropped_total)}], [3, 0], 'vtap-decap: sources, and what the kernel dropped');
}

# Packets of a table of vtap-stat.
sub sum_of_rows {
	my ($text) = @_;
	my $sum = 0;
	$sum += $_ for $text =~ /^vxlan-\S+ +(\d+) /mg;
	return $sum;
}

# Live in a pipe: while nothing comes the figures go on being written, and nobody is told that they are the last.
my $all = slurp($sample);
my $part = 24;
$part += 16 + unpack 'x8 V', substr $all, $part, 16 for 1 .. 100;
for my $tool (@tools) {
	unlink 'm.prom';
	my ($pid, $to) = start_reading("$build/$tool $command{$tool} --stats stats --metrics m.prom --stats-interval 0.05", 'said');
	my $label = label($tool, 'm', '-');
	my $has = sub { my ($name, $value) = @_; return until_true(sub { (samples('m.prom', $tool, $label)->{$name} // -1) == $value }) };
	syswrite $to, substr $all, 0, 24;
	ok($has->('in_packets_total', 0), "$tool, in a pipe: the file is there before the first packet");
	syswrite $to, substr $all, 24, $part - 24;
	ok($has->('in_packets_total', 100), '... while the pipe is idle it has what came');
	is(outcomes(samples('m.prom', $tool, $label)), 100, '... each with its outcome');
	my $out = $tool eq 'vtap-stat' ? 0 : 100;
	ok(until_true(sub { slurp('said') =~ /^\Q$tool\E: 100 in \([\d.]+ k?packets\/s, [\d.]+ k?bit\/s\), $out out, 0 dropped$/m }), '... as the line says');
	if ($tool eq 'vtap-split') {
		my $now = samples('m.prom', $tool, $label);
		is($now->{open_files}, $now->{sources}, '... a file is open for each key');
		cmp_ok($now->{open_files}, '>', 0, '... and there are some');
		ok(until_true(sub { (samples('m.prom', $tool, $label)->{newest_file_age_seconds} // 0) >= 1 }), '... the newest grows older');
	}
	kill 'USR1', $pid;
	if ($tool eq 'vtap-stat') {
		ok(until_true(sub { sum_of_rows(slurp('said')) == 100 }), '... SIGUSR1 prints the table so far');
	} else {
		ok(until_true(sub { slurp('said') =~ /^\{.*\}$/m }), '... SIGUSR1 prints the figures');
		my $middle = decode_json(slurp('said') =~ /^(\{.*\})$/m ? $1 : '{}');
		is("$middle->{in} " . ($middle->{complete} ? 'complete' : 'not complete'), '100 not complete', '... which are not the last');
	}
	syswrite $to, substr $all, $part;
	close $to;
	waitpid $pid, 0;
	is($?, 0, '... it ends well');
	is(samples('m.prom', $tool, $label)->{in_packets_total}, 764, '... the last figures are in the file');
	ok(decode_json(slurp('stats'))->{complete}, '... and in --stats, which says that they are');
	is_deeply([grep { !/^m\.prom$/ } glob 'm.prom*'], [], '... with nothing beside the file');
	is_clean('m.prom', $tool);
}

# A line each interval, and not with -q.
{
	my ($pid, $to) = start_reading("$build/vtap-decap -q -w out --metrics q.prom --stats-interval 0.02", 'said');
	syswrite $to, $all;
	ok(until_true(sub { (samples('q.prom', 'vtap-decap', 'run="q"')->{in_packets_total} // 0) == 764 }), '-q: the file is written all the same');
	close $to;
	waitpid $pid, 0;
	is("$?" . slurp('said'), '0', '... without a line');
	my ($status, $said) = run("vtap-fixlen -r $sample -w out --stats-interval 3600 --metrics hour.prom");
	is("$status$said", '0', 'an interval that does not pass: no line');
	ok(-s 'hour.prom', '... but the file');
}

# Folders that are missing are made, as for -w; what cannot be written is told once, and is the exit status.
for my $tool (@tools) {
	my ($status, $said) = run("$tool -r $sample $command{$tool} --stats new/$tool/a/stats --metrics new/$tool/b/m.prom");
	is("$status$said", '0', "$tool: folders of --stats and --metrics are made");
	ok(-s "new/$tool/a/stats" && -s "new/$tool/b/m.prom", '... and both files are there');
	($status, $said) = run("$tool -r $sample $command{$tool} --metrics said/m.prom");
	like($said, qr/\A\Q$tool\E: [^\n]*said[^\n]*\n\z/, '... below a file: one line');
	is($status, 1, '... exit 1');
	($status, $said) = run("$tool -r $sample $command{$tool} --metrics /proc/none/new/m.prom --stats /proc/none/new/s");
	like($said, qr/\A\Q$tool\E: \/proc\/none[^\n]*\n\z/, '... where no folder can be made: one line');
	is($status, 1, '... exit 1');
	($status, $said) = run("$tool -r none.pcap $command{$tool} --stats new/$tool/c/stats --metrics new/$tool/d/m.prom");
	like($said, qr/\A\Q$tool\E: none\.pcap: [^\n]*\n\z/, '... an input that is not there: one line');
	is(samples("new/$tool/d/m.prom", $tool, label($tool, 'm', 'none.pcap'))->{in_packets_total}, 0, '... and both files say that nothing came');
	is(decode_json(slurp("new/$tool/c/stats"))->{in}, 0, '... in their folders');
	($status, $said) = run("$tool -r $sample $command{$tool} --metrics /dev/full --stats-interval 0.01");
	like($said, qr/^\Q$tool\E: \/dev\/full: No space left on device$/m, '... a full disk');
	is(scalar(() = $said =~ /full/g), 1, '... is told once');
	is($status, 1, '... exit 1');
}

# What is left out for its link type is no complete run.
{
	my $odd = "$dir/odd.pcapng";
	system("mergecap -w first.pcapng $sample && editcap -T rawip -r first.pcapng second.pcapng 1-2 && mergecap -a -w $odd first.pcapng second.pcapng") == 0 or BAIL_OUT('mergecap');
	my ($status) = run("vtap-fixlen -r $odd -F pcap -w out --stats stats");
	my $stats = decode_json(slurp('stats'));
	is($stats->{outcomes}{wrong_link_type}, 2, 'two packets have another link type');
	is($status, 1, '... exit 1');
	ok(!$stats->{complete}, '... and not complete');
}

# Whoever reads the output may go away before all is there.
{
	my $many = join ' ', ($sample) x 8; # more than a pipe holds
	run("vtap-fixlen --stats stats $many | head -c 100 >out");
	is(-s 'out', 100, 'the reader goes away');
	ok(!decode_json(slurp('stats'))->{complete}, '... not complete');
}

# A node_exporter has the files of several processes, of one tool among them, in one folder.
SKIP: {
	my ($exporter) = grep { -x } map { "$_/prometheus-node-exporter" } split /:/, $ENV{PATH};
	skip 'no prometheus-node-exporter (tests/deps metrics fetches it)', 7 if !$exporter;
	run("vtap-decap -r $sample -c 10 -w out --metrics prom/other.prom");
	run("vtap-stat -r $sample -w prom/sources.prom"); # beside the figures of the tool itself, which have a family of its name
	my $pid = fork // die;
	if ($pid == 0) {
		open STDERR, '>', 'exporter';
		open STDOUT, '>&', \*STDERR;
		exec $exporter, '--web.listen-address=127.0.0.1:0', '--collector.disable-defaults', '--collector.textfile', "--collector.textfile.directory=$dir/prom"
			or POSIX::_exit(127);
	}
	my $address;
	until_true(sub { ($address) = (slurp('exporter') // '') =~ /"Listening on" address=(\S+)/ });
	my $answer = $address ? HTTP::Tiny->new->get("http://$address/metrics") : {};
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($answer->{status}, 200, 'node_exporter serves the folder') or diag slurp('exporter');
	my $served = $answer->{content} // '';
	like($served, qr/^node_textfile_scrape_error 0$/m, '... and read all of it');
	unlike(slurp('exporter'), qr/level=(?:error|warn).*textfile/, '... without a complaint');
	# It sorts labels.
	my $sorted = sub { my ($line) = @_; return $line =~ s/\{(.*)\}/'{' . join(',', sort $1 =~ m{\w+="[^"]*"}g) . '}'/er };
	my %served = map { $sorted->($_) => 1 } split /\n/, $served;
	my @lost = grep { !/^#/ && !$served{$sorted->($_)} } map { split /\n/, slurp($_) } glob "$dir/prom/*.prom";
	# It writes numbers from a million on as 1e+06.
	@lost = grep { !/ \d{7,}$/ } @lost;
	is("@lost", '', '... every sample is there');
	is(scalar(() = $served =~ /^vtap_decap_in_packets_total\{run="(?:vtap-decap|other)"\} (?:764|10)$/mg), 2, '... of two processes of one tool');
	like($served, qr/^vtap_stat_packets_total\{key="vxlan-3000\@10\.0\.1\.5"(?:,outcome="",run="")?\} 299$/m, '... and records of vtap-stat');
	is(scalar(() = $served =~ /^node_textfile_mtime_seconds\{/mg), 7, '... and when each was written');
}

done_testing;
