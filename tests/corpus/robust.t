#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every capture below CORPUS through every tool and both readers: an exit status of 0 or 1 within
# two seconds and half a gigabyte of addresses, every packet in one outcome, and output that capinfos
# and tshark read; of vtap-stat lines of JSON.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use List::Util qw(sum0);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp blocks);
use Corpus qw(captures in_parallel);

my $build = abs_path($ENV{BUILD} || 'build');
my @files = captures() or plan skip_all => 'CORPUS names no folder with captures';
# Sanitizers take six times as long: a quarter of the captures today, the others on the next days.
if ($ENV{ASAN_OPTIONS}) {
	my $quarter = int(time / 86400) % 4;
	@files = @files[grep { $_ % 4 == $quarter } 0 .. $#files];
}
my $limit = $ENV{ASAN_OPTIONS} ? 10 : 2;
my @memory = $ENV{ASAN_OPTIONS} ? () : ('prlimit', '--as=536870912');
my $dir = tempdir(CLEANUP => 1);
my @runs = map { my $reader = $_; map { [@$_, '--reader', $reader] } (
	['vtap-decap'], ['vtap-decap', '--strict', '-x', '--ether', '-F', 'pcap'],
	['vtap-fixlen', '--rewrite-outer', '--lower', '-F', 'pcapng'],
	['vtap-split', '--by', 'source,flow,vlan', '--max-open', '8'],
	['vtap-stat', '--by', 'source,vlan,flow', '-G', '1', '-F', 'ndjson'],
	['vtap-tap', qw(-t vxlan://10.0.2.9/1 -t geneve://[2001:db8::9]/2 -t erspan3://10.0.2.9/3 --meta -s 900
		--from 10.0.1.5 --from 2001:db8::5 --mtu 300 --segment 400)],
	['vtap-tap', qw(-t gre://10.0.2.9 --mtu 60 --oversize fragment --from 10.0.1.5 --sample-flows 2)]) } qw(auto wiretap);

# What a run did wrong, as text; nothing when it did all right.
sub judge {
	my ($status, $seconds, $stderr, $stats) = @_;
	my @wrong;
	push @wrong, sprintf 'signal %d', $status & 127 if $status & 127;
	push @wrong, sprintf 'exit %d', $status >> 8 if $status >> 8 > 1;
	push @wrong, sprintf '%.1f s', $seconds if $seconds > $limit;
	push @wrong, "not a line for losses and one for the error: $stderr"
		if $stderr !~ /\A(?:vtap-\w+: [[:print:]]+\n){0,2}\z/;
	push @wrong, "needs more memory: $stderr" if $stderr =~ /memory/i;
	push @wrong, 'fails without a word' if $status && $stderr eq '';
	return @wrong if !defined $stats;
	my $json = eval { decode_json($stats) } or return (@wrong, "--stats: $@");
	my $outcomes = sum0(values %{ $json->{outcomes} });
	push @wrong, "in $json->{in} but outcomes $outcomes" if $json->{in} != $outcomes;
	return @wrong;
}

# Seconds of the processor that programs which have ended took: other work on this machine does not count.
sub processor_time { my (undef, undef, $user, $system) = times; return $user + $system }

sub try {
	my ($number) = @_;
	my $file = $files[$number];
	my @found;
	for my $i (0 .. $#runs) {
		my ($tool, @options) = @{ $runs[$i] };
		my $base = "$dir/$number-$i";
		my $ending = $tool eq 'vtap-split' ? '-{key}.pcapng' : $tool eq 'vtap-stat' ? '.ndjson' : '.cap';
		my @output = ('-w', $base . $ending);
		my $begun = processor_time();
		my $pid = fork // die;
		if ($pid == 0) {
			open STDERR, '>', "$base.stderr" or die;
			exec @memory, 'timeout', '-k', 1, 60 * $limit, "$build/$tool", @options, '-r', $file, @output,
				'--stats', "$base.stats" or die;
		}
		waitpid $pid, 0;
		my @wrong = judge($?, processor_time() - $begun, slurp("$base.stderr"), slurp("$base.stats"));
		push @wrong, map { "no JSON: $_" } grep { !eval { decode_json($_) } } split /\n/, slurp("$base.ndjson") // '' if $tool eq 'vtap-stat';
		push @found, map { "$tool @options: $_" } @wrong;
		unlink "$base.stats", "$base.stderr";
	}
	return @found;
}

in_parallel(scalar @files, \&try, sub {
	my ($number, @found) = @_;
	ok(!@found, $files[$number]) or diag join "\n", @found;
});

# What capinfos says against files, as [file, text].
sub complaints {
	my @said;
	while (my @some = splice @_, 0, 500) {
		my $pid = open(my $lines, '-|') // die "fork: $!";
		if ($pid == 0) {
			open STDERR, '>&STDOUT' or die;
			open STDOUT, '>', '/dev/null' or die;
			exec 'capinfos', '-c', @some or die;
		}
		while (<$lines>) {
			push @said, [$1, $_] if /^capinfos: .*file "(.*?)"/;
			$said[-1][1] .= $_ if /^\(/ && @said;
		}
	}
	return @said;
}

# .tmp files are what sinks refused or could not finish: whole or not, they promise nothing.
my @outputs = grep { !/\.(?:tmp|ndjson)$/ } glob "$dir/*";
cmp_ok(scalar @outputs, '>', @files, 'there is output');
my $unknown_link = qr/Unknown packet encapsulation|network type \d+ unknown|reserved field not zero/;
my %excused = map { $_->[0] => 1 } grep { $_->[1] =~ $unknown_link } complaints(@files);
my @unreadable = grep {
	my ($number) = $_->[0] =~ m{/(\d+)-[^/]*$};
	!($excused{ $files[$number] } && $_->[1] =~ $unknown_link);
} complaints(@outputs);
is(join('', map { $files[$_->[0] =~ m{/(\d+)-[^/]*$} ? $1 : 0] . ": $_->[1]" } @unreadable), '',
	'capinfos reads every output');
# One file of all that a command wrote, and all its packets dissected. mergecap opens all at once. Of a file with several sections it (4.0)
# takes an interface of a later one for another's, and fails where link types differ.
sub has_sections {
	my ($file) = @_;
	return (slurp($file) // '') =~ /^\x0a\x0d\x0d\x0a.{20}/s && 1 < grep { $_->[0] == 0x0a0d0d0a } blocks(slurp($file));
}
my %sections = map { $_ => has_sections($_) } @files;
my $some = 900;
for my $i ($ENV{ASAN_OPTIONS} ? () : grep { $runs[$_][0] ne 'vtap-stat' } 0 .. $#runs) {
	my @wrote = grep { m{/\d+-$i\b[^/]*$} && !$excused{ $files[(m{/(\d+)-[^/]*$})[0]] } && !$sections{ $files[(m{/(\d+)-[^/]*$})[0]] } } @outputs;
	splice @wrote, $some if @wrote > $some;
	is(system('mergecap', '-a', '-F', 'pcapng', '-w', "$dir/merged", @wrote), 0, "@{ $runs[$i] }: mergecap");
	my $said = `timeout 300 tshark -n -q -r $dir/merged 2>&1 >/dev/null`;
	$said =~ s/^Running as user "root".*\n//m;
	is("$? $said", '0 ', '... and tshark reads all of it');
}
done_testing();
