#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# System calls that fail: each in its turn, by a shim in front of the C library. What comes out is all there is, or
# the beginning of it, and a file has its final name only when it is good.
use strict;
use warnings;
use Errno qw(EINTR EIO ENOSPC EMFILE ENOMEM EDQUOT ENOSYS EPERM);
use IO::Select;
use IPC::Open3 qw(open3);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap blocks ng_section ng_interface ng_block ng_option ng_packet);
use Thorough qw($thorough some);
use Faults qw($build $dir $sanitized run fault faulty calls frame capture tool place left records holds_prefix readable);

my @tools = qw(vtap-decap vtap-fixlen vtap-split vtap-tap);
my @formats = qw(pcap pcapng snoop);
my $input = spew("$dir/input.pcap", capture(600, 1000)); # three blocks
my $short = spew("$dir/short.pcap", capture(40, 20));
my %reference;

# What a run without any fault writes.
sub reference {
	my ($tool, $format, $from) = @_;
	return $reference{"$tool $format $from"} //= do {
		my $place = place();
		my ($status, undef, $err) = run(tool($tool, $place, $format, $from));
		is("$status$err", '0', "$tool to $format");
		slurp("$place/out-if0.$format");
	};
}

# Interrupted and short calls are no failures: the same bytes, and not a word.
sub harmless {
	my ($tool, $format, $from, $name, %fault) = @_;
	my $place = place();
	my $want = reference($tool, $format, $from);
	my ($status, undef, $err) = faulty(tool($tool, $place, $format, $from), %fault);
	is("$status$err", '0', "$tool to $format: $name") or return;
	ok(slurp("$place/out-if0.$format") eq $want, '... the same bytes');
	is_deeply([left($place)], ["out-if0.$format"], '... nothing else');
}

# Whose calls fail: to close an input may.
sub whose { return $_[0] eq 'close' ? '/out-if0.' : $dir }

# A file up to the statistics of its interfaces, which count what came before an input could not be read any more.
sub packets_of {
	my ($bytes, $format) = @_;
	return $format eq 'pcapng' ? join '', map { $_->[0] == 5 ? () : $_->[2] } blocks($bytes) : $bytes;
}

# The Nth call fails: one line says it, and what has its final name can be read.
sub failure {
	my ($tool, $format, $from, $call, $errno, $silent, $at) = @_;
	my $place = place();
	my $want = reference($tool, $format, $from);
	my $cause = do { local $! = $errno; "$!" };
	my ($status, undef, $err) = faulty(tool($tool, $place, $format, $from), CALLS => $call, ERROR => $errno, AT => $at, PATH => whose($call));
	my ($final, $tmp) = map { slurp("$place/out-if0.$_") } $format, "$format.tmp";
	my $good = $status == 0 ? defined $final && $final eq $want && $err eq ''
		: $status == 1 && $err =~ /\A\Q$tool\E: [^\n]+: \Q$cause\E\n\z/;
	$good &&= !defined $final || $final eq $want ||
		($call eq 'read' && index(packets_of($want, $format), packets_of($final, $format)) == 0 && readable("$place/out-if0.$format"));
	$good &&= !defined $tmp || index($want, $tmp) == 0;
	$good &&= $err =~ /\.tmp/ if defined $tmp && length $tmp && !defined $final;
	diag "$call $at: status $status: $err" . join ' ', left($place) if !$good;
	$$silent++ if $status == 0;
	return $good;
}

# All of them for the first ones, then some.
sub moments {
	my ($count) = @_;
	return $count < 9 ? 1 .. $count : (1 .. 4, int($count / 2), $count - 2 .. $count);
}

for my $tool (@tools) {
	for my $format (@formats) {
		harmless($tool, $format, $input, 'EINTR at each system call', ERROR => EINTR, AT => 'first', PATH => $dir);
		harmless($tool, $format, $short, 'short reads and writes', CALLS => 'read,write', ERROR => 0, PATH => $dir);
		for (['read', EIO], ['write', EIO], ['write', ENOSPC], ['open', EMFILE], ['close', EIO], ['rename', EIO]) {
			my ($call, $errno) = @$_;
			my $from = $call eq 'write' || $call eq 'read' ? $input : $short;
			my $count = calls(tool($tool, place(), $format, $from), CALLS => $call, ERROR => EIO, AT => -1, PATH => whose($call));
			cmp_ok($count, '>', 0, "$tool to $format: there are calls of $call");
			my $silent = 0;
			my @bad = grep { !failure($tool, $format, $from, $call, $errno, \$silent, $_) } some(3, moments($count));
			is("@bad", '', "... one of which fails ($errno)");
			# A second descriptor, which holds the lock until the rename, has no bytes that could be lost; nor
			# has the input of what is converted. vtap-split's folder may be one that nobody can lock.
			my %idle = (close => $tool ne 'vtap-split' ? 1 : $format eq 'snoop' ? 2 : 0, open => $tool eq 'vtap-split' ? 1 : 0);
			cmp_ok($silent, $thorough ? '==' : '<=', $idle{$call} // 0, '... and says so');
		}
	}
}

# What vtap-split wrote cannot be read when it is to become another format: that stays, whole.
for my $at (1 .. calls(tool('vtap-split', place(), 'snoop', $input), CALLS => 'read', ERROR => EIO, AT => -1, PATH => '.pcapng.tmp')) {
	my $place = place();
	my ($status, undef, $err) = faulty(tool('vtap-split', $place, 'snoop', $input), CALLS => 'read', ERROR => EIO, AT => $at, PATH => '.pcapng.tmp');
	is($status, 1, "vtap-split to snoop: it cannot read its own file, read $at");
	like($err, qr{\Avtap-split: [^\n]*\Q$place\E/out-if0\.snoop\.pcapng\.tmp\b[^\n]*: Input/output error\n\z}, '... said');
	ok(!-e "$place/out-if0.snoop", '... nothing has the final name');
	rename "$place/out-if0.snoop.pcapng.tmp", "$place/whole.pcapng";
	ok(readable("$place/whole.pcapng"), '... what was written is whole');
}

# Between pipes, where poll() and pipes are interrupted too.
my @filters = grep { $_ ne 'vtap-split' } @tools;
for my $case (map { my $tool = $_; map { [$tool, $_] } @formats } @filters) {
	my ($tool, $format) = @$case;
	my $command = tool($tool, $dir, $format, '-') =~ s/ -w .*/ -w -/r;
	for (['EINTR', $input, ERROR => EINTR, AT => 'first', CALLS => 'read,write,poll,close'],
		['short reads and writes', $short, ERROR => 0, CALLS => 'read,write']) {
		my ($name, $from, %fault) = @$_;
		my ($status, $out, $err) = run("cat $from | " . fault(%fault) . " $command | cat");
		is("$status$err", '0', "$tool between pipes, $format: $name");
		ok($out eq reference($tool, $format, $from), '... the same bytes');
	}
}

# A pipe that somebody made non-blocking, a reader that is slower than that, and more than a pipe holds.
my $long = spew("$dir/long.pcap", capture(2500, 1000));
for my $case (map { my $tool = $_; map { [$tool, $_] } @formats } @filters) {
	my ($tool, $format) = @$case;
	my $command = tool($tool, $dir, $format, $long) =~ s/ -w .*/ -w -/r;
	my $nonblock = 'fcntl(STDOUT, 4, 2048 | fcntl STDOUT, 3, 0); exec @ARGV';
	my ($status, $out, $err) = run("perl -e '$nonblock' $command | perl -e 'select undef, undef, undef, 0.1; exec \"cat\"'");
	is("$status$err", '0', "$tool into a non-blocking pipe, $format");
	ok($out eq reference($tool, $format, $long), '... the same bytes');
}

# A signal meets the look before a wait: what came before is out all the same, and the next one is heard.
for my $case (map { my $tool = $_; map { [$tool, $_] } 'first', 1 .. 4 } @filters) {
	my ($tool, $at) = @$case;
	my $want = slurp($short);
	my $command = fault(ERROR => EINTR, AT => $at, CALLS => 'poll') . ' ' . (tool($tool, $dir, 'pcap', '-') =~ s/ -w .*/ -w -/r);
	my $pid = open3(my $to, my $from, '>&STDERR', "exec $command");
	binmode $_ for $to, $from;
	syswrite $to, $want;
	my $bytes = '';
	1 while length $bytes < length reference($tool, 'pcap', $short) && IO::Select->new($from)->can_read($sanitized ? 20 : 5) && sysread $from, $bytes, 65536, length $bytes;
	ok($bytes eq reference($tool, 'pcap', $short), "$tool: flushed before it waits, whatever interrupts ($at)");
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($?, 0, '... and SIGTERM ends it');
}

# poll() fails, each time: that is an error, not a reason to try again for ever.
my $live = $> == 0 && system('unshare', '-n', 'true') == 0;
BAIL_OUT('needs root and namespaces') if !$live && $ENV{VTAP_REQUIRE_LIVE};
my @waiting = (['vtap-fixlen', '-F pcap <&3', '2+'], ['vtap-tap', "-q -r $short -t vxlan://127.0.0.1/1", '1+'],
	['vtap-decap', "-l vxlan://127.0.0.1:4789 -w $dir/waited.pcap", '1+'], ['vtap-decap', "-i lo -w $dir/waited.pcap", '2']); # libpcap has the first
system 'mkfifo', "$dir/idle";
for ($live ? @waiting : $waiting[0]) {
	my ($tool, $arguments, $at) = @$_;
	my $script = 'exec 3<>idle; ' . fault(CALLS => 'poll', ERROR => ENOMEM, AT => $at) . " timeout 60 $build/$tool $arguments\n";
	spew("$dir/script", "cd $dir; " . ($live ? 'ip link set lo up; ' : '') . $script);
	my ($status, undef, $err) = run(($live ? 'unshare -n ' : '') . "bash $dir/script");
	is($status, 1, "$tool $arguments: poll() fails");
	like($err, qr/\A\Q$tool\E: [^\n]*poll: Cannot allocate memory\n\z/, '... and that is said');
}

# Many outputs on few descriptors, blocks beside packets in a temporary file.
my @hosts = map { ng_packet('<', 0, 1e15 + $_, frame($_ % 300, $_), 46) } 0 .. 1199;
my $names = sub { ng_block('<', 4, pack('S< S< C4 a8 S< S<', 1, 12, 10, 0, 0, $_[0], "host$_[0]\0\0\0", 0, 0)) };
my $many = spew("$dir/many.pcapng", ng_section('<'), ng_interface('<', 1, 0, ng_option('<', 2, 'if0')),
	map { $names->($_ % 250), @hosts[$_ * 300 .. $_ * 300 + 299] } 0 .. 3);

# The bytes of all files of a run, by name.
sub split_of {
	my ($command, %fault) = @_;
	my $place = place();
	my $args = "--by ip-src -r $many -w '$place/{key}.pcapng' --manifest $place/manifest --stats $place/stats";
	my ($status, undef, $err) = %fault ? faulty("$command $args", %fault) : run("$command $args");
	return ("$status$err", { map { $_ => slurp("$place/$_") =~ s/\Q$place\E//gr } left($place) }, $place);
}

my ($said, $want) = split_of("$build/vtap-split");
is($said . keys %$want, '0302', '300 keys');
for (['4 of them open', "$build/vtap-split --max-open 4"], ['ulimit -n 24', "ulimit -n 24; $build/vtap-split"],
	['EINTR', "$build/vtap-split --max-open 4", ERROR => EINTR, AT => 'first', PATH => '/tmp'],
	['short', "$build/vtap-split --max-open 4", ERROR => 0, CALLS => 'read,write', PATH => '/tmp']) {
	my ($name, @how) = @$_;
	my ($status, $got) = split_of(@how);
	is($status, '0', "300 keys: $name");
	is_deeply($got, $want, '... the same files');
}

# No more descriptors than the first few: everything open so far has what was written.
for my $limit (10 .. 13, 16) {
	my ($status, $got, $place) = split_of("ulimit -n $limit; $build/vtap-split");
	like($status, qr/^(?:0\z|[12](?:vtap-split: [^\n]*\n){1,2}\z)/, "ulimit -n $limit: done or said");
	is(scalar(grep { /\.pcapng$/ && $got->{$_} ne $want->{$_} } keys %$got), 0, '... and nothing unfinished has its name');
}
for my $call (['open', EMFILE], ['write', ENOSPC], ['write', EDQUOT], ['close', EIO], ['rename', EIO], ['mkdir', EIO]) {
	my ($name, $errno) = @$call;
	my $nested = "$build/vtap-split --max-open 4";
	for my $at (1, 2, 50, 300, 500) {
		my ($status, $got) = split_of($nested, CALLS => $name, ERROR => $errno, AT => $at, PATH => $name eq 'close' ? '.pcapng.tmp' : $dir);
		my @bad = grep { /\.pcapng$/ && $got->{$_} ne $want->{$_} } keys %$got;
		my @lost = grep { !/\.pcapng(?:\.tmp)?$|^(?:stats(?:\.tmp)?|manifest)$/ } keys %$got;
		my $made = $name ne 'mkdir' && $at < 301; # there are as many calls
		like($status, $made ? qr/^1vtap-split: [^\n]*\n\z/ : qr/^(?:0\z|1vtap-split: [^\n]*\n\z)/, "$name $at fails ($errno)");
		is("@bad@lost", '', '... nothing unfinished has its name, nothing else is there');
	}
}

# Two failures at once: a damaged input, then a file that cannot have its name. Both are told.
{
	my $cut = spew("$dir/cut.pcap", substr slurp($short), 0, -5);
	my $place = place();
	my ($status, undef, $err) = faulty(tool('vtap-split', $place, 'pcapng', $cut), CALLS => 'rename', ERROR => EIO, AT => 1, PATH => $dir);
	is($status, 1, 'a damaged input and a failure at the end');
	like($err, qr/\Avtap-split: [^\n]*cut\.pcap[^\n]*\nvtap-split: [^\n]*out-if0[^\n]*Input\/output error[^\n]*\n\z/, '... both are told');
}

# The process that runs commands closes what it inherited, which old kernels and strict containers do not let it do at once.
for my $errno (ENOSYS, EPERM) {
	my $place = place();
	my $fault = fault(CALLS => 'close_range', ERROR => $errno, AT => '1+');
	my ($status, $out, $err) = run("timeout -s KILL 60 $fault " . tool('vtap-split', $place, 'pcap', $short) . " --jobs 1 -z 'readlink /proc/self/fd/9; echo ran' 9<$short");
	is("$status$err", '0', "no close_range() ($errno): vtap-split -z ends");
	like($out, qr/\Aran \S+\n\z/, '... its command has run, without the descriptors of the tool');
}

# The header of ERF packets comes from a memory file: one that ends early is said as what it is.
system "editcap -F erf $short $dir/short.erf 2>$dir/stderr";
my ($status, undef, $err) = faulty("$build/vtap-fixlen -r $dir/short.erf -w @{[place()]}/out.pcap", CALLS => 'read', ERROR => 0, PATH => 'memfd');
is($status, 1, 'a memory file that is cut: exit 1');
like($err, qr{\Avtap-fixlen: \S+/short\.erf: packet 1: [^\n]*memory file: Input/output error\n\z}, '... said');
done_testing;
