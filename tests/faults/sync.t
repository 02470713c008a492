#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# --sync: what is on the disk before what. The order of the calls is read off a shim in front of the C library; and a
# disk that fails when it is waited for.
use strict;
use warnings;
use Errno qw(EIO);
use IO::Socket::INET;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Faults qw($build $dir run faulty capture place left readable);

my $input = spew("$dir/input.pcap", capture(60, 100));

# The calls that make a name last, and those that give one, in their order: "sync a.pcap.tmp".
sub order {
	my ($command, $place) = @_;
	my $log = "$place.log";
	my ($status, undef, $err) = faulty($command, CALLS => 'sync,rename,mkdir', PATH => $place, LOG => $log);
	is("$status$err", '0', $command =~ s/\Q$dir\E\S*\///gr =~ s{.*/vtap}{vtap}r);
	return grep { $_ ne 'mkdir ' } map { s{\Q$place\E/?}{}r } split /\n/, slurp($log);
}

# One file: its bytes, its name, its folder; the folder that is made for it, too.
for my $case (['vtap-decap', 'pcap'], ['vtap-fixlen', 'pcapng'], ['vtap-decap', 'pcap.gz'], ['vtap-fixlen', 'snoop']) {
	my ($tool, $ending) = @$case;
	my $format = $ending eq 'snoop' ? '-F snoop' : '';
	my $place = place();
	my $command = "$build/$tool -q $format -r $input -w $place/new/x.$ending";
	is_deeply([order("$command --sync", $place)], ['mkdir new', 'sync ', "sync new/x.$ending.tmp", "rename new/x.$ending", 'sync new'], '... in this order');
	is_deeply([left($place)], ["new/x.$ending"], '... and that is there');
	is_deeply([grep { /sync/ } order($command, $place . 'b')], [], '... nothing is waited for without the option');
}

# Many files, with few descriptors: each is on the disk before its name, and its name before its command.
for my $format (qw(pcap pcapng snoop)) {
	my $place = place();
	my $command = "$build/vtap-split --sync --max-open 2 --by ip-src -F $format -r $input -w '$place/{ip-src}/x.$format' -z 'echo ran >>$place.log; echo' --manifest $place.manifest";
	my @order = order($command, $place);
	my %at = map { $order[$_] => $_ } reverse 0 .. $#order;
	my @files = left($place);
	is(@files, 7, "$format: seven files");
	for my $file (@files) {
		my ($folder) = $file =~ m{(.*)/};
		my ($bytes) = grep { /^sync \Q$file\E(?:\.pcapng)?\.tmp$/ } @order;
		ok(defined $bytes && $at{$bytes} < $at{"rename $file"} && $at{"rename $file"} < ($at{"sync $folder"} // -1), "... $file: bytes, name, folder")
			or diag join "\n", @order;
	}
	my @ran = grep { $order[$_] eq 'ran' } 0 .. $#order;
	my @folders = sort { $a <=> $b } map { my ($folder) = m{(.*)/}; $at{"sync $folder"} } @files;
	is(scalar(grep { $ran[$_] < $folders[$_] } 0 .. 6), 0, '... a command runs when its file would survive');
}

# A file that is watched while it grows has its name first.
{
	my $place = place();
	my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die "socket: $!";
	my $port = $socket->sockport;
	close $socket;
	my $command = "$build/vtap-decap -q --sync -l vxlan://127.0.0.1:$port --duration 0.01 -w";
	is_deeply([order("$command $place/x.pcap --no-sandbox", $place)], ['sync ', 'sync x.pcap'], '... its name at once, its bytes at the end');
	my ($status, undef, $err) = run("$command $place/y.pcap"); # the shim cannot ask for names in the sandbox
	is("$status$err", '0', '... the sandbox lets it');
}

# Output that has no name of its own.
{
	my $place = place();
	is_deeply([order("$build/vtap-decap -q --sync -r $input >$place/x", $place)], [], '... of standard output nothing is waited for');
	is_deeply([order("$build/vtap-decap -q --sync -F pcap -r $input -w /dev/stdout >$place/x", $place)], [], '... nor of a descriptor');
	is_deeply([order("$build/vtap-decap -q --sync -F pcap -r $input -w /dev/null", $place)], [], '... nor of a device');
}

# A disk that fails: no file gets its name without its bytes; and where the name may be lost, one line says it.
for my $tool ("$build/vtap-fixlen --sync -q -r $input -w %s/1.pcap", "$build/vtap-split --sync --by linktype -r $input -w '%s/{key}.pcap'") {
	my $place = place();
	my ($status, undef, $err) = faulty(sprintf($tool, $place), CALLS => 'sync', ERROR => EIO, AT => 1);
	is($status, 1, 'bytes that do not reach the disk: exit 1');
	like($err, qr{\A\S+: what was written is in \Q$place\E/1\.pcap\.tmp: \Q$place\E/1\.pcap(?:\.tmp)?: --sync: cannot wait for the disk: Input/output error\n\z}, '... said');
	is_deeply([left($place)], ['1.pcap.tmp'], '... and the file has no name');
	ok(readable("$place/1.pcap.tmp"), '... and can be read');

	$place = place();
	($status, undef, $err) = faulty(sprintf($tool, $place), CALLS => 'sync', ERROR => EIO, AT => 2);
	is($status, 1, 'a name that does not: exit 1');
	like($err, qr{\A\S+: \Q$place\E/1\.pcap: --sync: cannot wait for the disk to have the name in \Q$place\E/: Input/output error\n\z}, '... said');
	is_deeply([left($place)], ['1.pcap'], '... and the file has its name');
}

# Its folder has to be readable: else one line says so, also by the sandbox' rules.
SKIP: {
	skip 'not root', 3 if $> != 0;
	my $place = place();
	chmod 0755, $dir;
	chmod 0733, $place;
	my ($status, undef, $err) = run("$build/vtap-fixlen -q --sync -Z nobody -r $input -w $place/x.pcap");
	is($status, 1, 'a folder that cannot be read: exit 1');
	like($err, qr/the name in \Q$place\E\/: Permission denied\n\z/, '... said');
	is_deeply([left($place)], ['x.pcap'], '... the file is there');
}

done_testing;
