#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What every tool in tools/ has to do alike: help, version, errors, exit statuses, manual page.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $root = abs_path('.');
my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
my $case = 0;
chomp(my $version = slurp('VERSION'));

# Runs a command of bash; returns its exit status (a signal is -1), stdout and stderr.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} >$dir/stdout 2>$dir/stderr </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stdout"), slurp("$dir/stderr"));
}

# Frames of UDP over IPv4 whose lengths are right: no tool has a reason to change them.
sub frame {
	my ($size, $port) = @_;
	my $udp = pack('n n n n', $port // 1000, 2000, 8 + $size, 0) . 'x' x $size;
	my $ip = pack('C C n n n C C n N N', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0,
		0x0a000001, 0x0a000002);
	return pack('H24 n', '020000000002020000000001', 0x0800) . $ip . $udp;
}

sub capture {
	my @frames = @_;
	return pack('V v v V V V V', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) .
		join '', map { pack('V V V V', 1_700_000_000, 5, length, length) . $_ } @frames;
}

# pcapng: a packet of Ethernet, then one of raw IP, or a block of names.
sub blocks {
	my ($what) = @_;
	my $block = sub { pack('V V', $_[0], 12 + length $_[1]) . $_[1] . pack('V', 12 + length $_[1]) };
	my $packet = sub {
		my ($interface, $bytes) = @_;
		my $len = length $bytes;
		return $block->(6, pack('V5', $interface, 0, 0, $len, $len) . $bytes . "\0" x (-$len % 4));
	};
	return $block->(0x0a0d0d0a, pack('V v v q<', 0x1a2b3c4d, 1, 0, -1)) .
		$block->(1, pack('v v V', 1, 0, 0)) . $block->(1, pack('v v V', 101, 0, 0)) .
		$packet->(0, frame(100)) .
		($what eq 'mixed' ? $packet->(1, substr frame(100), 14) : $block->(4, pack 'V', 0));
}

# The libraries that the tools load, by the names and the contents of their files.
sub library_version {
	my ($name, $pattern) = @_;
	my ($soname) = slurp("$build/vtap-decap") =~ /($name\.so\.[\d.]+)/ or return 'no such name';
	my ($file) = grep { -e } map { "$_/$soname" } glob '/lib/*-linux-gnu* /usr/lib/*-linux-gnu* /usr/lib64 /usr/lib /usr/local/lib';
	return $pattern ? (slurp($file) =~ $pattern)[0] : abs_path($file) =~ s/.*\.so\.//r;
}
my %libraries = (
	libpcap => library_version('libpcap', qr/libpcap version ([\d.]+)/),
	wiretap => library_version('libwiretap'),
	zlib => library_version('libz'),
	libzstd => library_version('libzstd'),
	liblz4 => library_version('liblz4'),
);

my $good = spew("$dir/good.pcap", capture(map { frame(100) } 1 .. 10));
my $large = spew("$dir/large.pcap", capture(map { frame(1000, $_) } 1 .. 5000));
my $empty = spew("$dir/empty.pcap", '');
my $text = spew("$dir/text.pcap", "This is no capture, only some text in a file.\n" x 10);
my $mixed = spew("$dir/mixed.pcapng", blocks('mixed'));
my $named = spew("$dir/named.pcapng", blocks('named'));
my $tiny = spew("$dir/tiny.pcap", "hi\n");
my $cut = spew("$dir/cut.pcap", substr(slurp($good), 0, -30));
mkdir "$dir/folder";

# Where the options differ: vtap-split names files by a template and writes nothing to stdout;
# vtap-tap sends unless told otherwise, puts 50 bytes around each packet, and its frames are all
# of one link type. vtap-stat writes records, of which a terminal may have some.
my %special = (
	'vtap-split' => { args => '--by interface', file => 'out-{key}.pcap', files => 1 },
	'vtap-tap' => { args => '-t vxlan://10.0.2.9/1 --from 10.0.1.5 -w -', bytes => '1.9 kB', one_link => 1 },
	'vtap-stat' => { args => '--by none', file => 'out.csv', format => 'csv', many => '--by flow', out => '0 (0 B)', one_link => 1, records => 1 },
);

# What reads or writes an archive has no -r; what it takes has tests of its own (archive*.t, recall*.t). Operands that are right, as far as
# their form goes, and how many options -h shows at least.
my %archive = ('vtap-archive' => { args => 'spool archive', usual => 5 }, 'vtap-recall' => { args => '--list archive', usual => 8 });

# A new directory and how a tool is called to write there.
sub output {
	my ($tool) = @_;
	my $place = "$dir/case" . ++$case;
	mkdir $place or die;
	return ($place, "$place/" . ($special{$tool}{file} // 'out.pcap'));
}

# In captures, or in the records of a csv.
sub packets {
	my @files = @_;
	my $sum = 0;
	for my $file (grep { /\.csv$/ } @files) {
		my ($names, @rows) = map { [split /,/] } split /\r\n/, slurp($file);
		my ($at) = grep { $names->[$_] eq 'network_packets' } 0 .. $#$names;
		$sum += $_->[$at] for @rows;
	}
	@files = grep { !/\.csv$/ } @files or return $sum;
	$sum += $_ for map { /(\d+)\s*$/ ? $1 : 0 } `capinfos -TrcM @{[map { "'$_'" } @files]} 2>/dev/null`;
	return $sum;
}

sub one_line {
	my ($got, $pattern, $name) = @_;
	like($got, $pattern, $name);
	is($got =~ tr/\n//, 1, '... in one line') or diag $got;
}

sub help {
	my ($tool) = @_;
	my ($status, $out, $err) = run("$build/$tool --help");
	is($status, 0, "$tool --help: exit 0");
	is($err, '', '... nothing on stderr');
	like($out, qr/^usage: \Q$tool\E /, '... the usage first');
	is(scalar(grep { length > 80 } split /\n/, $out), 0, '... fits 80 columns');
	groups($tool, $out);
	is((run("$build/$tool --help >/dev/full"))[0], 1, '... exit 1 when it cannot be written');
	short_help($tool, $out);
	my ($examples) = $out =~ /^Examples:\n(.*)\z/ms;
	my @commands = ($examples // '') =~ /^ {4}(\S.*)$/mg;
	is(scalar @commands, 3, '--help ends with three examples');
	is(scalar(grep { /^ {2}[A-Z].*:$/ } split /\n/, $examples // ''), 3, '... each under what it does');
	return $out;
}

# The options of a text, by letter or name.
sub keys_of {
	return map { /^  (?:-(.), |    )--([a-z-]+)/ ? $1 // $2 : () } split /\n/, $_[0];
}

# Options stand under headings, of which there are seven in one order.
sub groups {
	my ($tool, $help) = @_;
	my $order = 'Input Selection Tunnel Limits Output Report General';
	my ($before, @parts) = split /^([A-Z][a-z]+):\n/m, $help =~ s/^Examples:.*//msr;
	my (@headings, %of);
	while (my ($heading, $text) = splice @parts, 0, 2) {
		push @headings, $heading;
		$of{$heading} = [keys_of($text)];
	}
	is("@headings", join(' ', grep { $of{$_} } split / /, $order), "$tool --help: groups in their order");
	is_deeply([grep { !@{ $of{$_} } } @headings], [], '... none is empty');
	is_deeply([keys_of($before)], [], '... no option is in none');
	cmp_ok(scalar(map { @$_ } values %of), '>=', 10, '... lists the options');
	for my $keys (map { $of{$_} } @headings) {
		is_deeply($keys, [sort { lc $a cmp lc $b || $a cmp $b } @$keys], "... sorted: @$keys");
	}
}

# -h: ten of them, in the words of --help, and where the others are.
sub short_help {
	my ($tool, $help) = @_;
	my ($status, $out, $err) = run("$build/$tool -h");
	is("$status$err", '0', "$tool -h: exit 0");
	my $usual = $archive{$tool} ? $archive{$tool}{usual} : 10;
	cmp_ok(scalar(keys_of($out)), '>=', $usual, "... $usual options");
	cmp_ok(scalar(keys_of($out)), '<=', 10, '... and ten at most');
	my ($rows) = $out =~ /^\n(.*?)^\n/ms;
	is_deeply([grep { index($help, "$_\n") < 0 } split /\n/, $rows // 'none'], [], '... as --help has them');
	like($out, qr/\n\Q$tool\E --help .*\n\z/, '... and the word --help at the end');
	cmp_ok($out =~ tr/\n//, '<=', 24, '... on one screen');
	is((run("$build/$tool -h >/dev/full"))[0], 1, '... exit 1 when it cannot be written');
}

sub version {
	my ($tool) = @_;
	for my $option ('-V', '--version') {
		my ($status, $out, $err) = run("$build/$tool $option");
		like($out, qr/^\Q$tool $version\E\n/, "$tool $option");
		is("$status$err", '0', '... exit 0, nothing else');
		my %versions = $out =~ /^ {2}(\w+) +(\d+(?:\.\d+)+)(?: .*)?$/mg;
		is_deeply(\%versions, \%libraries, '... and the versions of the libraries');
	}
}

# A section of a page as mandoc prints it, without the white space.
sub section {
	my ($page, $section) = @_;
	my $text = `mandoc -T ascii -O width=200 $page` =~ s/.\x08//gr; # bold is struck twice
	return $text =~ /^\Q$section\E\n(.*?)(?=^\S)/ms ? $1 : '';
}

sub manual {
	my ($tool, $help) = @_;
	my $page = "man/$tool.1";
	ok(-e $page, "$page is there") or return;
	is(join('', grep { !/referenced manual not found|outdated mandoc.db/ } `mandoc -T lint -W all $page 2>&1`), '',
		'... clean under mandoc -T lint');
	my ($usage) = $help =~ /^usage: (.*?)\n(?! )/s;
	my $synopsis = section($page, 'SYNOPSIS');
	s/\s+//g for $usage, $synopsis;
	is($synopsis, $usage, '... the SYNOPSIS is the usage of --help');
	my $source = slurp($page);
	my %letters = map { $_ => 1 } $help =~ /^  -(.), --/mg;
	my %names = map { $_ => 1 } $help =~ /^  (?:-., |    )--([a-z0-9-]+)/mg;
	my (%paged_letters, %paged_names);
	for my $item ($source =~ /^\.It (Fl .*)$/mg) {
		$paged_letters{$1} = 1 while $item =~ /\bFl (\w)(?=\s|$)/g;
		$paged_names{$1 =~ s/\\-/-/gr} = 1 while $item =~ /\bFl (?:-|\\-)((?:[a-z0-9-]|\\-)+)/g;
	}
	is_deeply([sort keys %paged_letters], [sort keys %letters], '... the same letters');
	is_deeply([sort keys %paged_names], [sort keys %names], '... the same long names');
	for my $section ('NAME', 'DESCRIPTION', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO', 'CAVEATS') {
		ok(section($page, $section) ne '', "... has $section");
	}
}

# Wrong command lines: exit 2 and one line that says what is wrong and where to look.
sub usage_errors {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my %wrong = (
		'-Y' => qr/-Y/,
		'--no-such-option' => qr/--no-such-option/,
		'-c' => qr/-c: expected a value/,
		'-c 0' => qr/-c '0': expected a whole number/,
		'--count 1e3' => qr/--count '1e3': expected a whole number/,
		'-c -5' => qr/-c '-5': expected/,
		'--reader libpcap' => qr/--reader 'libpcap': expected auto or wiretap/,
		'-F nonsense' => qr/nonsense/,
		"--stats ''" => qr/--stats '': expected a file name/,
		'--quiet=1' => qr/--quiet/,
	);
	$wrong{$good} = qr/\Q$good\E.*-r/ if $tool eq 'vtap-tap';
	$wrong{"-r $good"} = qr/-r/ if $tool eq 'vtap-tap';
	$wrong{'--stats -'} = qr/--stats/ unless $special{$tool}{files};
	for my $words (sort keys %wrong) {
		my ($place) = output($tool);
		my ($status, $out, $err) =
			run("cd $place && $build/$tool $args -r $good $words");
		is($status, 2, "$tool $words: exit 2");
		is($out, '', '... stdout carries data only');
		one_line($err, $wrong{$words}, '... says what');
		like($err, qr/^\Q$tool\E: .*$tool --help/, '... who, and where to look');
		is_deeply([glob "$place/*"], [], '... makes no file');
	}
}

# Of a tool without -r: the same, and nothing is opened before.
sub archive_usage_errors {
	my ($tool) = @_;
	my $args = $archive{$tool}{args};
	my %wrong = (
		"-Y $args" => qr/-Y/, "--no-such-option $args" => qr/--no-such-option/, "--stats '' $args" => qr/--stats '': expected a file name/,
		"--quiet=1 $args" => qr/--quiet/, "-r $good $args" => qr/-r/, "--reader wiretap $args" => qr/--reader/, "--jobs 0 $args" => qr/--jobs '0': expected a whole number/,
		"--stats-interval 5ms $args" => qr/at least 10ms/, '' => qr/expected|missing/, "''" => qr/expected/,
	);
	for my $words (sort keys %wrong) {
		my ($place) = output($tool);
		my ($status, $out, $err) = run("cd $place && $build/$tool $words");
		is($status, 2, "$tool $words: exit 2");
		is($out, '', '... stdout carries data only');
		one_line($err, $wrong{$words}, '... says what');
		like($err, qr/^\Q$tool\E: .*$tool --help/, '... who, and where to look');
		is_deeply([glob "$place/*"], [], '... makes no file');
	}
	my ($place) = output($tool);
	my ($status, $out, $err) = run("cd $place && mkdir spool && $build/$tool $args");
	is($status, 1, "$tool with an archive that is not there: exit 1");
	one_line($err, qr/^\Q$tool\E: archive: No such file or directory/, '... names it');
	is_deeply([map { s{.*/}{}r } glob "$place/*"], ['spool'], '... and does not make it');
}

sub input_errors {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my %wrong = (
		"$dir/missing.pcap" => qr/\Q$dir\E\/missing\.pcap: No such file/,
		$empty => qr/\Q$empty\E: .*empty/,
		$text => qr/\Q$text\E: /,
		$tiny => qr/\Q$tiny\E: not a capture/,
		"$dir/folder" => qr/\Q$dir\E\/folder: a folder/,
		"$build/$tool" => qr/\Q$build\/$tool\E: a document, not a capture/,
	);
	for my $input (sort keys %wrong) {
		my ($place, $output) = output($tool);
		my ($status, $out, $err) = run("$build/$tool $args -r $input -w '$output'");
		is($status, 1, "$tool -r $input: exit 1");
		one_line($err, $wrong{$input}, '... names the file');
		is_deeply([glob "$place/*"], [], '... makes no file');
	}
	my ($place, $output) = output($tool);
	my ($status, $out, $err) = run("cat $empty | $build/$tool $args -w '$output'");
	is($status, 1, "$tool with nothing on standard input: exit 1");
	one_line($err, qr/standard input: .*empty/, '... says so');
}

# The last record is cut off: everything before it is there, under the final name.
sub cut_input {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my ($place, $output) = output($tool);
	my ($status, $out, $err) =
		run("$build/$tool $args -q -r $cut -w '$output' --stats $dir/stats.json");
	is($status, 1, "$tool with a cut-off record: exit 1");
	one_line($err, qr/\Q$cut\E: .*packet 10\b.*offset \d+/, '... names file, packet and offset');
	my @files = glob "$place/*";
	is(packets(@files), 9, '... everything before it is written');
	is(scalar(grep { /\.tmp$/ } @files), 0, '... under the final name');
	is(`jq -r '.complete, .in' $dir/stats.json`, "false\n9\n", '... and --stats knows');
}

sub output_errors {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my $file = $special{$tool}{file} // 'out.pcap';
	my ($status, $out, $err) = run("$build/$tool $args -r $good -w '/proc/no/$file'");
	is($status, 1, "$tool into a directory nobody can make: exit 1");
	one_line($err, qr{/proc/no}, '... names it');
	my ($place) = output($tool);
	chmod 0555, $place;
	my $as = $> ? '' : 'setpriv --reuid 65534 --regid 65534 --clear-groups';
	chmod 0755, $dir;
	system('cp', "$build/$tool", "$dir/$tool"); # nobody may not look into the build directory
	($status, $out, $err) = run("$as $dir/$tool $args -r $good -w '$place/$file'");
	is($status, 1, "$tool into a directory without permission: exit 1");
	one_line($err, qr{\Q$place\E/[^ ]*(?<!\.tmp): Permission denied}, '... names what was typed, not its .tmp');
	($place) = output($tool);
	($status, $out, $err) = run("$build/$tool $args -q -r $good -w '$place/new/er/$file'");
	is("$status$err", '0', "$tool into folders that are missing: they are made");
	is(join(' ', map { substr $_, 1 + length $place } grep { -f } glob "$place/new/er/*") =~ s{/[^/ ]+$}{}r, 'new/er', '... and hold the capture');
	($place) = output($tool);
	my $many = $special{$tool}{many} // '';
	($status, $out, $err) =
		run("trap '' XFSZ; ulimit -f 100; $build/$tool $args $many -r $large -w '$place/$file'");
	is($status, 1, "$tool with a failing write: exit 1");
	like($err, qr{\Q$place\E/\S+\.tmp\b}, '... names the .tmp file');
	my @files = glob "$place/*";
	ok(@files == 1 && $files[0] =~ /\.tmp$/ && -s $files[0], '... which is all there is')
		or diag "@files";
}

sub good_runs {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my ($place, $output) = output($tool);
	my $quiet = $tool eq 'vtap-decap' ? '-q' : ''; # the packets are in no tunnel
	my ($status, $out, $err) =
		run("$build/$tool $args $quiet -r $good -w '$output' --stats $dir/stats.json");
	is("$status$out$err", '0', "$tool: quiet success");
	is(packets(glob "$place/*"), 10, '... all packets');
	is(`jq -r '.tool, .version, .in, .complete' $dir/stats.json`, "$tool\n$version\n10\ntrue\n", '--stats');
	is(`jq '[.outcomes[]] | add' $dir/stats.json`, "10\n", '... outcomes add up to in');
	is(`jq -r '.details, .sources | type' $dir/stats.json`, $special{$tool}{records} ? "object\nnull\n" : "object\narray\n", '... details, sources');
	is(system("test -e $dir/stats.json.tmp") >> 8, 1, '... complete');
	($place, $output) = output($tool);
	($status, $out, $err) = run("$build/$tool $args -v -r $good -w '$output'");
	my $written = $special{$tool}{out} // '10 (' . ($special{$tool}{bytes} // '1.4 kB') . ')';
	like($err, qr/^\Q$tool\E: 10 packets \(1\.4 kB\) in, \Q$written\E out\n +10  /,
		"$tool -v: a table");
	($place, $output) = output($tool);
	run("$build/$tool $args -c 3 -r $good -w '$output'");
	is(packets(glob "$place/*"), 3, "$tool -c 3");
	($place, $output) = output($tool);
	run("$build/$tool $args --reader wiretap -r $good -w '$output'");
	is(packets(glob "$place/*"), 10, "$tool --reader wiretap");
	capture_formats($tool, $args, $quiet) unless $special{$tool}{records};
}

# What only captures have: blocks that a pcap cannot carry, and times that are finer.
sub capture_formats {
	my ($tool, $args, $quiet) = @_;
	my ($place, $output) = output($tool);
	my $command = "$build/$tool $args -r $named -F pcap -w '$output'";
	my ($status, $out, $err) = run("$command $quiet");
	is("$status$out$err", '0', "$tool: a block that a pcap cannot carry is no news");
	unlink glob "$place/*";
	like(join('', run("$command -v")), qr/ 1  blocks dropped/, '... but with -v');
	($place, $output) = output($tool);
	run("$build/$tool $args -F nsecpcap -r $good -w '$output'");
	like(join('', map { `capinfos -t '$_'` } glob "$place/*"), qr/nanosecond/, "$tool -F wins over the ending");
}

# A pcap has one link type; what has another is left out.
sub mixed_links {
	my ($tool) = @_;
	my ($place) = output($tool);
	my ($status, $out, $err) = run("$build/$tool -r $mixed -w $place/out.pcap");
	is($status, 1, "$tool: two link types in one pcap: exit 1");
	like($err, qr{\Q$place\E/out\.pcap: packet 2 has link type}, '... names the file and the packet');
	is(packets("$place/out.pcap"), 1, '... with what fits');
	ok(!-e "$place/out.pcap.tmp", '... under its final name');
	# A FIFO has no .tmp file: one that is beside it is somebody else's.
	system("mkfifo $place/fifo && touch $place/fifo.tmp");
	($status, $out, $err) = run("exec 3<>$place/fifo; timeout 120 $build/$tool -F pcap -r $mixed -w $place/fifo");
	is($status, 1, "$tool: two link types in one pcap that goes into a FIFO: exit 1");
	unlike($err, qr{\.tmp}, '... names no .tmp file');
}

# A reader that went away does not hide that the input is damaged.
sub damaged_and_gone {
	my ($tool) = @_;
	my $args = $special{$tool}{args} // '';
	my $gone = 'pipe R, W; close R; open STDOUT, ">&W"; exec @ARGV';
	my $format = $special{$tool}{format} // 'pcap';
	my ($status, $out, $err) = run("perl -e '$gone' $build/$tool $args -F $format -r $cut");
	is($status, 1, "$tool with a damaged input and no reader: exit 1");
	one_line($err, qr/\Q$cut\E: .*packet 10\b/, '... says what is damaged');
}

# Filters: standard input and output are the defaults, terminals are refused, closed pipes no matter.
sub filter {
	my ($tool) = @_;
	my $command = "$build/$tool " . ($special{$tool}{args} // '');
	my $format = $special{$tool}{format} // 'pcap';
	my ($status, $out, $err) = run("$command -q -F $format <$good");
	is("$status$err", '0', "$tool as a filter");
	is((run("$command -F $format -r - -w - <$good"))[1], $out, '- is standard input and output');
	is((run("$command -F $format -r $good"))[1], $out, '... the same as from a file');
	is((run("cat $good | $command -F $format | cat"))[1], $out, '... the same through pipes');
	spew("$dir/piped.$format", $out);
	is(packets("$dir/piped.$format"), 10, '... all packets');
	my $many = $special{$tool}{many} // '';
	for my $input ("-r $large", "<$large") {
		($status, $out, $err) =
			run("$command $many -F $format $input | head -c 100 >/dev/null; echo \${PIPESTATUS[0]}");
		is("$out$err", "0\n", "$tool $input | head: quiet, exit 0");
	}
	for my $words ($special{$tool}{records} ? () : ("-r $good", "-r $good -w /dev/tty"), "-w $dir/never.pcap") {
		($status, $out, $err) = run("timeout 120 script -qec '$command $words' /dev/null");
		is($status, 2, "$tool $words on a terminal: exit 2");
		like($out, qr/^\Q$tool\E: [^\n]*terminal[^\n]*\r?\n\z/, '... says why');
	}
	ok(!-e "$dir/never.pcap", '... and makes no file');
	if ($tool eq 'vtap-tap') {
		($status, $out) = run("timeout 120 script -qec '$build/vtap-tap -t vxlan://127.0.0.1/1' /dev/null");
		is($status, 2, 'vtap-tap that sends what a terminal says: exit 2');
		like($out, qr/^vtap-tap: [^\n]*terminal: use -i INTERFACE[^\n]*\r?\n\z/, '... says why, and of what it could send');
	}
	mixed_links($tool) unless $special{$tool}{one_link};
	damaged_and_gone($tool);
	system("mkfifo $dir/silent.$tool");
	is((run("exec 3<>$dir/silent.$tool; timeout 120 $command -F nonsense <&3"))[0], 2,
		"$tool: a wrong format is told before the first byte comes");
	($status, $out, $err) = run("$command -q -r $good -w /dev/null");
	is("$status$err", '0', "$tool -w /dev/null");
	ok(-c '/dev/null' && !-e '/dev/null.tmp', '... writes to it directly');
}

my @tools = map { m{tools/(.*)/} ? $1 : () } sort glob 'tools/*/';
cmp_ok(scalar @tools, '>=', 3, 'there are tools');
for my $tool (@tools) {
	ok(-x "$build/$tool", "$tool is built") or next;
	version($tool);
	manual($tool, help($tool));
	archive_usage_errors($tool), next if $archive{$tool};
	usage_errors($tool);
	input_errors($tool);
	cut_input($tool);
	output_errors($tool);
	good_runs($tool);
	filter($tool) unless $special{$tool}{files};
}
done_testing;
