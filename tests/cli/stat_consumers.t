#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What vtap-stat writes is read by jq, sqlite3, miller, pandas, DuckDB, rsyslog and promtool: every line, and the sums of packets and
# bytes of each source are the same everywhere. Their total is that of --stats and of capinfos.
use strict;
use warnings;
use Cwd qw(abs_path);
use JSON::PP ();
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew ng_section ng_interface ng_block ng_option ng_packet);
use Required qw(insist);
use Scratch qw(scratch);
use Wait qw(until_true);

insist();
my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
$ENV{PATH} = "$build/prometheus/usr/bin:" . abs_path('build') . "/prometheus/usr/bin:$ENV{PATH}:/usr/sbin";
my $stat = "$build/vtap-stat";
my $dir = scratch();
chdir $dir or die;
my $json = JSON::PP->new->utf8;

sub has { return grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

# The output of a program, whose messages go to the file said.
sub output {
	open my $from, '-|', @_ or return '';
	local $/;
	return scalar(<$from>) // '';
}

# Samples of many tunnels and links, and interfaces with names that take some care to quote.
my @names = ("say \"vtap\", they; said | all", "two\nlines", "back\\slash 'quoted'", "Gr\xc3\xb6\xc3\x9fe \xe2\x82\xac", '{"json": [1]}', '007', '=1+1', ' padded ');
my $frame = pack('H24 n', '020000000002020000000001', 0x800) . pack('C C n n n C C n C4 C4 n n n n', 0x45, 0, 28, 1, 0, 64, 17, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 8, 0);
spew('names.pcapng', ng_section('<'), (map { ng_interface('<', 1, 0, ng_option('<', 2, $_)) } @names),
	map { ng_packet('<', $_, 1_700_000_000_000_000 + $_ * 300_000, $frame, length($frame) + $_) } 0 .. $#names);
system("mergecap -w merged.pcapng $root/tests/data/*.pcap") == 0 or BAIL_OUT('mergecap');
my ($packets, $bytes) = (0, 0);
for (grep { /pcapng/ } split /\n/, output('capinfos', '-Tmrcd', 'merged.pcapng', 'names.pcapng')) {
	my (undef, $count, $sum) = split /,/;
	$packets += $count;
	$bytes += $sum;
}
cmp_ok($packets, '>', 1900, 'capinfos has packets');

# Sums are made of rows of [source, packets, bytes, of which the source of a flow sent, its destination].
sub sums {
	my %sum;
	for my $row (@_) {
		my $source = $row->[0] // '';
		$sum{$source}[0]++;
		$sum{$source}[$_] += $row->[$_] || 0 for 1 .. 4;
	}
	return \%sum;
}

sub total {
	my ($sum, $column) = @_;
	my $total = 0;
	$total += $_->[$column] for values %$sum;
	return $total;
}

my %args = ('by-flow' => '--by flow', 'by-source' => '--by source', 'seconds' => '-G 1', 'flows-of-seconds' => '-G 1 --by flow');
my %want;
for my $name (sort keys %args) {
	for my $ending ('ndjson', 'csv') {
		my $said = `$stat $args{$name} -r merged.pcapng -r names.pcapng -w $name.$ending --stats $name.stats 2>&1`;
		is("$?$said", '0', "$args{$name}: $ending is written");
	}
	my $stats = $json->decode(slurp("$name.stats"));
	my @records = map { $json->decode($_) } split /\n/, slurp("$name.ndjson");
	my $captured = 0;
	$captured += $_->{vtap}{captured}{bytes} for @records;
	is("$packets $captured", "$stats->{in} $stats->{bytes_in}", '... --stats has the packets of capinfos, and the bytes that were captured');
	$want{$name} = sums(map { [$_->{vtap}{source}, @{$_->{network}}{qw(packets bytes)}, $_->{source}{packets}, $_->{destination}{packets}] } @records);
	is(total($want{$name}, 1) . ' ' . total($want{$name}, 2), "$packets $bytes", '... so have its records');
	cmp_ok(total($want{$name}, 0), '>', 40, '... which are many');
	for my $odd (@names) {
		utf8::decode(my $source = $odd);
		is($want{$name}{$source}[1], 1, '... a source that is hard to quote is one of them') or diag $source;
	}
	cmp_ok(total($want{$name}, 3) + total($want{$name}, 4), '>', 1800, '... directions of flows have packets') if $name =~ /flow/;
}
cmp_ok(total($want{seconds}, 0), '>', total($want{'by-source'}, 0), '-G 1 has more records than one of each source');

my @ndjson = qw(vtap.source network.packets network.bytes source.packets destination.packets);
my @csv = map { tr/./_/r } @ndjson;
# One process for all files, for pandas is slow to load; of Debian's python3, whatever else is in the way.
my $pandas = <<'END';
import json, sys, pandas
columns = sys.argv[1].split()
answer = {}
for name in sys.argv[2:]:
    if name.endswith('csv'):
        its = [c.replace('.', '_') for c in columns]
        frame = pandas.read_csv(name, dtype={its[0]: str}, keep_default_na=False, na_values={c: '' for c in its[1:]})
    else:
        its = columns
        frame = pandas.json_normalize(pandas.read_json(name, lines=True, dtype=False, convert_dates=False).to_dict('records'))
    frame = frame.reindex(columns=its)
    frame[its[1:]] = frame[its[1:]].fillna(0).astype(int)
    answer[name] = json.loads(frame.to_json(orient='values'))
print(json.dumps(answer))
END
my $frames;

sub frame {
	my ($name) = @_;
	$frames //= $json->decode(output('/usr/bin/python3', '-c', $pandas, "@ndjson", map { ("$_.csv", "$_.ndjson") } keys %args) || '{}');
	return @{$frames->{$name} // []};
}

# Each prints a row of the five columns for each record.
my %reads = (
	jq => sub {
		my ($name) = @_;
		my $path = join ', ', map { ".$_" } @ndjson;
		return map { $json->decode($_) } split /\n/, output('jq', '-c', "[$path]", "$name.ndjson");
	},
	sqlite3 => sub {
		my ($name) = @_;
		my $columns = join ', ', @csv;
		my $rows = output('sqlite3', '-json', ':memory:', ".import --csv $name.csv f", "select $columns from f");
		return map { [@$_{@csv}] } @{$json->decode($rows || '[]')};
	},
	'mlr csv' => sub {
		my ($name) = @_;
		my $rows = output('mlr', '-S', '--icsv', '--ojson', 'cut', '-f', join(',', @csv), "$name.csv");
		return map { [@$_{@csv}] } @{$json->decode($rows || '[]')};
	},
	'mlr ndjson' => sub {
		my ($name) = @_;
		my $rows = output('mlr', '--ijsonl', '--ojson', '--no-auto-unflatten', 'flatten', 'then', 'cut', '-f', join(',', @ndjson), "$name.ndjson");
		return map { [@$_{@ndjson}] } @{$json->decode($rows || '[]')};
	},
	'python3 csv' => sub { return frame("$_[0].csv") },
	'python3 ndjson' => sub { return frame("$_[0].ndjson") },
);
my $pandas_is = system('/usr/bin/python3 -c "import pandas" 2>/dev/null') == 0;
for my $reader (sort keys %reads) {
SKIP: {
		my ($program) = split / /, $reader;
		skip "no $program (tests/deps check)", scalar keys %args if !has($program);
		skip 'no python3-pandas (tests/deps check)', scalar keys %args if $program eq 'python3' && !$pandas_is;
		is_deeply(sums($reads{$reader}->($_)), $want{$_}, "$reader, $args{$_}: every line, and the sums") for sort keys %args;
	}
}

# DuckDB guesses the types of columns and of members. It is no package of Debian: whoever has it, tries it.
my $modules = $ENV{NODE_PATH} // "$root/build/duckdb/node_modules";
note 'no DuckDB (npm install --prefix build/duckdb @duckdb/node-api)' if !-d "$modules/\@duckdb";
if (-d "$modules/\@duckdb") {
	local $ENV{NODE_PATH} = $modules;
	spew('duck.js', <<'END');
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
	const duck = await (await DuckDBInstance.create(':memory:')).connect();
	for (const name of process.argv.slice(2))
		for (const [from, packets, bytes] of [[`read_csv('${name}.csv')`, 'network_packets', 'network_bytes'], [`read_json('${name}.ndjson')`, 'network.packets', 'network.bytes']]) {
			const rows = await duck.runAndReadAll(`select count(*), sum(${packets}), sum(${bytes}) from ${from}`);
			console.log(name, rows.getRowsJson()[0].join(' '));
		}
})();
END
	my $said = output('node', 'duck.js', sort keys %args);
	is((() = $said =~ /\n/g), 2 * keys %args, 'DuckDB reads csv and ndjson');
	for my $name (sort keys %args) {
		my $sums = join ' ', $name, total($want{$name}, 0), $packets, $bytes;
		is((() = $said =~ /^\Q$sums\E$/mg), 2, "... $args{$name}: every line, and the sums") or diag $said;
	}
}

# promtool reads the figures of the whole; their sums are the same.
{
	my $said = `$stat -r merged.pcapng -r names.pcapng -w records.prom 2>&1`;
	is("$?$said", '0', 'prometheus is written');
	my %sum;
	my $text = slurp('records.prom');
	$sum{$1} += $2 while $text =~ /^vtap_stat_(packets|bytes)_total\{.*\} (\d+)$/mg;
	is("$sum{packets} $sum{bytes}", "$packets $bytes", '... its sums');
SKIP: {
		skip 'no promtool (tests/deps metrics)', 1 if !has('promtool');
		is(`promtool check metrics <records.prom 2>&1`, '', '... promtool takes it without a word');
	}
}

# rsyslog follows a file that grows, and writes each message anew from what it understood.
SKIP: {
	skip 'no rsyslogd (tests/deps consumers)', 7 if !has('rsyslogd');
	mkdir 'work' or die;
	spew('rsyslog.conf', <<"END");
global(workDirectory="$dir/work" maxMessageSize="64k" net.enabledns="off")
module(load="imfile")
module(load="mmjsonparse")
template(name="again" type="string" string="%\$!all-json%\\n")
template(name="raw" type="string" string="%msg%\\n")
input(type="imfile" file="$dir/grows.ndjson" tag="vtap" ruleset="vtap" addMetadata="off")
ruleset(name="vtap") {
	action(type="mmjsonparse" cookie="")
	if \$parsesuccess == "OK" then action(type="omfile" file="$dir/again" template="again")
	else action(type="omfile" file="$dir/refused" template="raw")
}
END
	my $check = `rsyslogd -N1 -f rsyslog.conf -i $dir/pid 2>&1`;
	is($?, 0, 'rsyslog takes its configuration') or diag $check;
	# A copy, for Ubuntu's AppArmor profile is one of /usr/sbin/rsyslogd and keeps it out of other folders.
	my ($place) = grep { -x } map { "$_/rsyslogd" } split /:/, $ENV{PATH};
	system('cp', $place, 'rsyslogd') == 0 or die;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDOUT, '>', 'rsyslog.said';
		open STDERR, '>&', \*STDOUT;
		exec './rsyslogd', '-n', '-f', 'rsyslog.conf', '-i', "$dir/pid" or POSIX::_exit(127);
	}
	# The second half comes when the first has been read.
	open my $to, '|-', "$stat -G 1 --by flow -w grows.ndjson 2>stat.said" or die;
	binmode $to;
	my $all = slurp('merged.pcapng');
	my $half = length($all) >> 1;
	syswrite $to, substr $all, 0, $half;
	ok(until_true(sub { -s 'again' }), 'lines are read while the file grows');
	for (my $at = $half; $at < length $all;) {
		$at += syswrite($to, substr $all, $at) // last;
	}
	close $to;
	is($? . slurp('stat.said'), '0', '... it ends well');
	my @written = split /\n/, slurp('grows.ndjson');
	ok(until_true(sub { (() = (slurp('again') // '') =~ /\n/g) >= @written || -s 'refused' }), '... all of it');
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is(slurp('refused'), undef, '... no line is refused');
	my @again = map { $json->decode($_) } split /\n/, slurp('again');
	is_deeply(\@again, [map { $json->decode($_) } @written], '... each is what was written');
	my ($sum, $size) = (0, 0);
	for (@again) {
		$sum += $_->{network}{packets};
		$size += $_->{network}{bytes};
	}
	my (undef, $count, $length) = split /,/, output('capinfos', '-Tmrcd', 'merged.pcapng') =~ /^(merged.*)$/m ? $1 : '';
	is("$sum $size", "$count $length", '... and the sums');
}

done_testing;
