#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-archive with a folder as archive: which captures it takes, how objects are called, what is deleted and when, what is told.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use Socket qw(SOCK_DGRAM);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew pcap ng_section ng_interface ng_block ng_option ng_packet);
use Faults qw($build $dir run frame place left);
use Run qw(fork_usual);
use Wait qw(until_true has_signals);

my $tool = "$build/vtap-archive";
my ($spool, $archive);

# A new spool and archive.
sub fresh { ($spool, $archive) = (place(), place()); return }

# A pcap of COUNT packets, one a second from 2026-11-17 16:05:00 on.
sub some { my ($host, $count) = @_; return pcap('<', 0xa1b23c4d, 1, map { [1_794_931_500 + $_, 7, frame($host, $_, 200)] } 0 .. $count - 1) }

sub put {
	my ($name, $bytes) = @_;
	make_path("$spool/$name" =~ s/[^\/]*\z//r);
	return spew("$spool/$name", $bytes);
}

sub once { my ($options) = @_; return run("$tool --once --stats $dir/books " . ($options // '') . " $spool $archive") }

# The books add up, for captures and for bytes.
sub books {
	my $stats = decode_json(slurp("$dir/books"));
	for my $of (@$stats{qw(captures bytes)}) {
		my $sum = 0;
		$sum += $of->{$_} for qw(proven dropped failed empty waiting);
		is($sum, $of->{found}, '... the books add up') or diag explain $stats;
	}
	return $stats;
}

sub told { my ($books) = @_; return join ' ', map { "$_ $books->{captures}{$_}" } grep { $books->{captures}{$_} } qw(found claimed proven dropped failed empty waiting) }

sub objects { my @objects = left($archive); return scalar @objects }

# What is in the spool, but in failed/: name => bytes.
sub waits { return join ' ', grep { !m{^\.vtap-archive/failed/} } left($spool) }

# What objects hold, unpacked by zstd: digest => how often.
sub holds {
	my %holds;
	for my $object (left($archive)) {
		my $bytes = $object =~ /\.zst\z/ ? `zstd -dcq '$archive/$object'` : slurp("$archive/$object");
		my $sum = sha256_hex($bytes);
		$holds{$sum}++;
		fail("$object has the sha256 of its name") if $object !~ /--\Q@{[substr $sum, 0, 16]}\E\./;
	}
	return \%holds;
}

sub holds_all {
	my ($what, @bytes) = @_;
	my %want;
	$want{sha256_hex($_)}++ for @bytes;
	return is_deeply(holds(), \%want, "... $what");
}

my ($pid, $said);

# Starts one that stays, and waits until it is ready.
sub started {
	my ($options, $place) = @_;
	$said = "$dir/said";
	unlink "$dir/metrics";
	$pid = fork_usual();
	if ($pid == 0) {
		open STDERR, '>', $said;
		exec "exec $tool --metrics $dir/metrics --stats $dir/books $options $spool $archive" or POSIX::_exit(127);
	}
	until_true(sub { has_signals($pid, 'USR1') && -e "$dir/metrics" }) or diag slurp($said);
	return $pid;
}

sub ended {
	my ($signal) = @_;
	kill $signal => $pid;
	waitpid $pid, 0;
	return $?;
}

# Names.
fresh();
my @one = (some(1, 3), some(2, 4), some(3, 5));
put('a/ring.pcap', $one[0]);
put('b/ring.pcap', $one[1]);
put('odd name, %41:@=+.pcap', $one[2]);
my ($status, undef, $err) = once("--manifest $dir/manifest");
is("$status$err", '0', 'three captures, two of one name');
my $names = join "\n", left($archive);
my @want = map { my $last = 2 + $_; my $count = 3 + $_; sprintf '2026-11-17/16/none/20261117T160500.000000007Z--20261117T16050%d.000000007Z--%d--%s.pcap.zst', $last, $count, substr sha256_hex($one[$_]), 0, 16 } 0 .. 2;
is($names, join("\n", @want), '... are called by their times, packets and sha256');
holds_all('and come back byte for byte', @one);
is(waits(), '', '... and are gone from the spool');
is(told(books()), 'found 3 claimed 3 proven 3', '... and in the books');
my @manifest = map { decode_json($_) } split /\n/, slurp("$dir/manifest");
is_deeply([sort map { "$_->{name} $_->{key} $_->{packets} $_->{sha256} $_->{object} $_->{proof}" } @manifest],
	[sort map { ('a/ring.pcap', 'b/ring.pcap', 'odd name, %41:@=+.pcap')[$_] . ' none ' . (3 + $_) . ' ' . sha256_hex($one[$_]) . " $want[$_] read" } 0 .. 2], '... and in the manifest');
is(scalar(grep { $_->{stored} != -s "$archive/$_->{object}" } @manifest), 0, '... with the size of each object');
is(`zstd -lv '$archive/$want[0]' 2>&1` =~ /Check: XXH64/ ? 1 : 0, 1, '... as one frame with a checksum');

# Once more: an object that is there is proven again, one with other bytes replaced.
put('again.pcap', $one[0]);
put('damaged.pcap', $one[1]);
spew("$archive/$want[1]", 'x' x -s "$archive/$want[1]");
($status, undef, $err) = once();
is("$status$err", '0', 'captures that the archive has, one of them damaged');
holds_all('are whole', @one);
is(told(books()), 'found 2 claimed 2 proven 2', '... and in the books');

put($_, $one[2]) for qw(same.pcap sub/same.pcap);
is((once())[0], 0, 'two captures with the same bytes');
holds_all('are one object', @one);
is(told(books()), 'found 2 claimed 2 proven 2', '... and both proven');

# Sources and types.
fresh();
my $ng = sub {
	my @names = @_;
	return join '', ng_section('<'), (map { ng_interface('<', 1, 0, length $_ ? ng_option('<', 2, $_) : ()) } @names),
		map { ng_packet('<', $_, 1_794_931_500_000_000, 'x' x 60, 60) } 0 .. $#names;
};
my %source = ('vxlan-3000@10.0.1.5' => 'vxlan-3000@10.0.1.5', 'a/b c%' => 'a%2Fb%20c%25', 'mixed' => '%6Dixed', 'failed' => 'failed', '' => 'left%2Fright');
put("x$_.pcapng", $ng->((sort keys %source)[$_])) for 0 .. 4;
put('two.pcapng', $ng->('one', 'two'));
system "gzip -c <$build/../tests/data/gre.pcap >$spool/g.pcapng.gz";
($status, undef, $err) = once("--source left/right --compress none");
is("$status$err", '0', 'captures with names of interfaces');
is(join(' ', sort map { (split m{/})[2] } left($archive)), join(' ', sort values %source, 'mixed', 'left%2Fright'), '... are under these');
is(scalar(grep { /\.pcap\.gz\z/ } left($archive)), 1, '... a type is what the bytes are, and .gz goes as it is');
is(scalar(grep { /\.pcapng\z/ } left($archive)), 6, '... and so does all with --compress none');

# Nothing, cut, foreign, and blocks without packets.
fresh();
my $whole = some(1, 9);
put('nothing.pcap', '');
put('header.pcap', substr $whole, 0, 24);
put('first-cut.pcap', substr $whole, 0, 60);
put('head-cut.pcap', substr $whole, 0, 10);
put('interfaces.pcapng', ng_section('<') . ng_interface('<', 1, 0));
put('cut.pcap', substr $whole, 0, -5);
put('foreign.pcap', "not a capture, but text\n" x 9);
put('names.pcapng', ng_section('<') . ng_interface('<', 1, 0) . ng_block('<', 4, pack('S< S< a4 a4 S< S<', 1, 6, "\x0a\0\0\1", "x\0", 0, 0)));
symlink '/etc/passwd', "$spool/link.pcap";
make_path("$spool/.hidden");
spew("$spool/.hidden/x.pcap", $whole);
spew("$spool/later.pcap.tmp", $whole);
($status, undef, $err) = once();
is($status, 1, 'what is no capture: exit 1');
like($err, qr/^vtap-archive: \S+\/foreign\.pcap: [^\n]*not a capture[^\n]*: it is in \.vtap-archive\/failed$/m, '... is told');
is(scalar(() = $err =~ /\n/g), 2, '... in one line each');
is(told(books()), 'found 8 claimed 8 proven 1 failed 2 empty 5', '... and counted');
is(join(' ', left("$spool/.vtap-archive/failed")), 'foreign.pcap foreign.pcap.reason names.pcapng names.pcapng.reason', '... and kept, with the reason');
like(slurp("$spool/.vtap-archive/failed/foreign.pcap.reason"), qr/\A[^\n]*not a capture[^\n]*\n\z/, '... in a line');
is(waits(), '.hidden/x.pcap later.pcap.tmp link.pcap', '... links, hidden folders and young .tmp stay');
like((left($archive))[0], qr/--8--/, '... a cut capture has the packets before the cut');
holds_all('and all its bytes', substr $whole, 0, -5);
put('foreign.pcap', 'other');
is((once())[0], 1, 'another one of that name');
is(slurp("$spool/.vtap-archive/failed/foreign.pcap~2"), 'other', '... replaces nothing');
is((once())[0], 0, 'nothing to do: exit 0');

fresh();
put("$_.pcap", '') for 1 .. 1100;
is((once())[0] . waits(), '0', 'many batches of nothing');
is(told(books()), 'found 1100 claimed 1100 empty 1100', '... are removed');

# Not before proof: a folder has the object's name.
fresh();
put('x.pcap', $one[0]);
make_path("$archive/$want[0]");
($status, undef, $err) = once();
is($status, 1, 'an object that cannot be written: exit 1');
is(scalar(() = $err =~ /^vtap-archive: \Q$archive\E: [^\n]*; 1 capture, \S+ B waits$/mg), 1, '... told once, with what waits') or diag $err;
is(waits(), '.vtap-archive/taken/x.pcap', '... and the capture is where it was');
is(told(books()), 'found 1 claimed 1 waiting 1', '... and in the books');
is(decode_json(slurp("$dir/books"))->{details}{retried}, 3, '... after three tries');
is(objects(), 0, '... and no half object is left');
rmdir "$archive/$want[0]";
is((once())[0], 0, '... which ships when there is room');
holds_all('whole', $one[0]);
is(told(books()), 'found 1 proven 1', '... found, but claimed by an earlier run');

# What a crash has left.
fresh();
is((once())[0], 0, 'an empty spool');
make_path("$spool/.vtap-archive/stage/2026-11-17/16/none", "$spool/.vtap-archive/taken/sub");
spew("$spool/.vtap-archive/stage/2026-11-17/16/none/x.pcap.zst", 'proven');
spew("$spool/.vtap-archive/stage/object.tmp", 'half');
spew("$spool/.vtap-archive/taken/sub/x.pcap", $one[0]);
is((once())[0], 0, 'what a crash has left');
holds_all('is taken on', $one[0]);
is(waits(), '', '... and nothing is left of it');

# Writers.
fresh();
open my $writer, '>', "$spool/open.pcap" or die;
$writer->autoflush;
print $writer $one[0];
started('');
ok(until_true(sub { slurp("$dir/metrics") =~ /outcome="found"\} 0/ }), 'a capture that is open for writing is not taken');
kill HUP => $pid;
put('other.pcap', $one[1]);
ok(until_true(sub { objects() == 1 && waits() !~ /archive/ }), '... another one is, as soon as it is there');
is(waits(), 'open.pcap', '... and it stays');
print $writer substr $one[2], 24;
close $writer;
ok(until_true(sub { objects() == 2 && waits() eq '' }), '... until it is closed');
holds_all('with all bytes', $one[1], $one[0] . substr $one[2], 24);
put('sub/deep/x.pcap', $one[2]);
ok(until_true(sub { objects() == 3 && waits() eq '' }), 'a new folder is looked into at once');
rename spew("$dir/moved.pcap", some(9, 9)), "$spool/moved.pcap";
ok(until_true(sub { objects() == 4 && waits() eq '' }), 'a file that is moved in is taken');
kill USR1 => $pid;
ok(until_true(sub { slurp($said) =~ /^\{.*"proven": 4\b.*\}$/m }), 'SIGUSR1 prints the counters');
($status, undef, $err) = once();
is("$status $err", "1 vtap-archive: $spool: another vtap-archive has this spool\n", 'a second one on the spool says so');
is(ended('TERM'), 0, 'SIGTERM ends it');
is(told(books()), 'found 4 claimed 4 proven 4', '... with the books');
unlike(slurp($said), qr/^vtap-archive: /m, '... and nothing is told');

# One that a writer still has after it was claimed is waited for.
fresh();
once();
open $writer, '>', "$spool/.vtap-archive/taken/late.pcap" or die;
$writer->autoflush;
print $writer $one[0];
is((once())[0], 0, 'a claimed capture that is written again is not finished');
is(waits(), '.vtap-archive/taken/late.pcap', '... and stays');
is(objects(), 0, '... and is not in the archive');
print $writer substr $one[1], 24;
close $writer;
is((once())[0], 0, '... until it is');
holds_all('with all its bytes', $one[0] . substr $one[1], 24);

# A living vtap-split, which closes most of its files, and a dead one.
fresh();
my @frames = map { [1_700_000_000 + $_, 0, pack('H24 n n n', '0' x 24, 0x8100, 1 + $_ % 12, 0x0806) . '0' x 42] } 0 .. 99;
my $split = open my $pipe, '|-', "cd $spool; exec $build/vtap-split --max-open 4 --by vlan -w '{key}/{start}.pcap' 2>/dev/null" or die;
$pipe->autoflush;
print $pipe pcap('<', 0xa1b2c3d4, 1, @frames);
my $unfinished = sub { return grep { -s } glob "$spool/*/*.tmp" };
ok(until_true(sub { 12 == $unfinished->() }), 'vtap-split writes twelve files, four of which are open');
($status, undef, $err) = once('--settle 0');
is("$status$err" . told(books()), '0', '... and none is taken');
is(scalar($unfinished->()), 12, '... all are where they were');
kill KILL => $split;
close $pipe;
is((once('--settle 1h'))[0] . told(books()), '0', 'vtap-split is dead: its files are young');
is((once('--settle 0'))[0], 0, '... and old');
is(told(books()), 'found 12 claimed 12 proven 12', '... so they ship');
is(decode_json(slurp("$dir/books"))->{details}{abandoned}, 12, '... counted as abandoned');
put('x.abandoned-3.pcap', $one[0]);
once();
is(decode_json(slurp("$dir/books"))->{details}{abandoned}, 1, '... as is one that vtap-split has renamed');

# A ring's name again while the first waits, --cap, and a trouble that ends.
fresh();
started('--cap 40k');
rename $archive, "$archive.away";
put('ring.pcap', some(1, 30));
ok(until_true(sub { slurp($said) =~ /^vtap-archive: \Q$archive\E: [^\n]*No such file or directory; 1 capture, \S+ kB waits$/m }), 'the archive is away: told, with what waits') or diag slurp($said);
ok(until_true(sub { slurp("$dir/metrics") =~ /^vtap_archive_store_up\{run="metrics"\} 0$/m }, 20), '... and in the metrics');
put('ring.pcap', some(2, 31));
ok(until_true(sub { -e "$spool/.vtap-archive/taken/ring.pcap~2" }), 'a name that comes again gets a number');
put("c$_.pcap", some(10 + $_, 40)) for 1 .. 5;
ok(until_true(sub { slurp($said) =~ /: dropped the oldest captures, as more than --cap 4\S+ kB waits: / }), 'the oldest are dropped: told') or diag slurp($said);
ok(until_true(sub { !-e "$spool/.vtap-archive/taken/ring.pcap" }), '... and gone');
rename "$archive.away", $archive;
ok(until_true(sub { slurp($said) =~ /^vtap-archive: \Q$archive\E: works again after \d+ s; \d captures? waits?$/m }, 90), 'it is back: told') or diag slurp($said);
ok(until_true(sub { waits() eq '' }, 90), '... and all has gone there');
is(ended('INT'), 0, 'SIGINT ends it');
my $books = books();
is($books->{captures}{proven} + $books->{captures}{dropped}, 7, '... proven or dropped');
cmp_ok($books->{captures}{dropped}, '>=', 1, '... some dropped');
is(objects(), $books->{captures}{proven}, '... and the rest is there');
is(scalar(grep { / away|ring/ } left($spool)), 0, '... and not in the spool');

# The service manager.
fresh();
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$dir/notify") or die;
put('x.pcap', $one[0]);
$ENV{NOTIFY_SOCKET} = "$dir/notify";
$ENV{WATCHDOG_USEC} = 4_000_000;
started('');
delete @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC)};
my $heard = '';
$socket->blocking(0);
my $hears = sub { my ($what) = @_; while (defined $socket->recv(my $text, 4096)) { $heard .= "$text\n" } return $heard =~ $what };
ok(until_true(sub { $hears->(qr/^READY=1$/m) }), 'the service manager hears that it is ready');
ok(until_true(sub { $hears->(qr/^STATUS=0 captures, 0 B wait$/m) }), '... what waits');
ok(until_true(sub { $hears->(qr/^WATCHDOG=1$/m) }), '... that it lives');
ended('TERM');
ok($hears->(qr/^STOPPING=1$/m), '... and that it ends');

# Usage, and places that cannot be used.
fresh();
make_path("$spool/in", "$archive/in");
for my $case (['', 2, qr/SPOOL is missing/], [$spool, 2, qr/ARCHIVE is missing/], ["$spool $archive x", 2, qr/unexpected operand 'x'/],
	["$spool $spool/in", 2, qr/this archive is in the spool/], ["$archive/in $archive", 2, qr/this spool is in the archive/], ["$spool $spool", 2, qr/in the spool/],
	["--compress zstd:10 $spool $archive", 2, qr/--compress[^\n]*expected zstd/], ["--compress gzip $spool $archive", 2, qr/expected zstd/], ["--cap 0 $spool $archive", 2, qr/--cap[^\n]*size above 0/],
	["--jobs 0 $spool $archive", 2, qr/--jobs/], ["-w x $spool $archive", 2, qr/-w/], ["--once $spool $archive/none", 1, qr/none: No such file/], ["--once $spool/none $archive", 1, qr/none: No such file/]) {
	my ($line, $want_status, $like) = @$case;
	($status, undef, $err) = run("$tool $line");
	like("$status $err", qr/\A$want_status vtap-archive: [^\n]*$like/, "vtap-archive $line" =~ s/\Q$dir\E//gr);
}
is(objects(), 0, '... nothing is made');
my $config = spew("$dir/config", "spool = $spool\narchive = $archive\nonce\ncompress = zstd:9\n");
put('x.pcap', $one[0]);
($status, undef, $err) = run("$tool --config $config");
is("$status$err", '0', 'operands in a file of --config');
holds_all('are taken', $one[0]);

done_testing;
