#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages in Debian 13, which has another Wireshark (4.4): they install, the interface is in its list, packets of three
# taps that begin one after the other keep the names of their taps, the profile shows them, and nothing stays at the end.
use strict;
use warnings;
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Container qw($dir enter root debian13);
use Extcap qw(mirror bound);
use Wait qw(until_true);

enter([debian13()]);
my $root = root(debian13()) or plan skip_all => "Debian 13: $@";
my @debs = map { glob(($ENV{BUILD} || 'build') . "/deb/$_*.deb") } 'vtap_', 'vtap-wireshark_';
BAIL_OUT('no packages: make deb') if @debs < 2;
my $in = Container::layer($root, 'debian13');
system("mount -t proc none $in/proc && mount --rbind /dev $in/dev && cp @debs tests/data/mirrored.pcap $in/root/") == 0 or BAIL_OUT('mount');

# A line for sh in there, with its output.
sub inside {
	my ($line) = @_;
	local $ENV{LINE} = "export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin; $line";
	my $said = `chroot $in sh -c "\$LINE" 2>&1`;
	return wantarray ? ($said, $? >> 8) : $said;
}

my ($said, $status) = inside('dpkg -i /root/*.deb');
is($status, 0, 'the packages install') or diag $said;
like(scalar inside('tshark --version'), qr/^TShark \(Wireshark\) 4\.4\./m, 'a Wireshark 4.4');
like(scalar inside('tshark -D'), qr/ vtap \(Mirrored traffic on UDP ports\)$/m, 'its list has the interface');

# The processes in there; others of the machine run vtap, too.
sub left { return join ' ', grep { (readlink("/proc/$_/root") // '') eq $in } map { m{(\d+)$} } glob '/proc/[0-9]*' }

# Three taps.
my $pid = fork() // die "fork: $!";
if ($pid == 0) {
	open STDIN, '<', '/dev/null';
	exec 'chroot', $in, 'sh', '-c', 'export HOME=/root; exec tshark -l -i vtap -o extcap.vtap.listen:vxlan://127.0.0.1:4790 -T fields -e frame.interface_name -e udp.dstport >/root/out 2>/root/err'
		or POSIX::_exit(127);
}
ok(until_true(sub { bound() =~ /\b4790\b/ }), 'tshark -i vtap binds the port of a preference') or diag slurp("$in/root/err");
for my $n (1 .. 3) {
	ok(mirror($n, 4790, sub { (slurp("$in/root/out") // '') =~ /^vxlan-3000\@127\.0\.0\.$n\t2000$/m }), "tap $n begins, and its packets have its name")
		or diag slurp("$in/root/out"), slurp("$in/root/err");
}
is(scalar(grep { !/^vxlan-3000\@127\.0\.0\.[123]\t2000$/ } split /\n/, slurp("$in/root/out")), 0, '... and no packet has another one');
isnt(left(), '', 'its processes are those that run in there');
kill 'TERM', $pid;
waitpid $pid, 0;
ok(until_true(sub { left() eq '' && bound() !~ /\b4790\b/ }), 'the end leaves no process and no port') or diag left(), ' ', bound();

# A port that somebody has.
my ($taken, $refused) = inside('perl -MIO::Socket::INET -e \'$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:4791", Proto => "udp"); system("tshark", "-i", "vtap", "-o", "extcap.vtap.listen:vxlan://127.0.0.1:4791", "-a", "duration:20")\'');
like($taken, qr/UDP port 4791 is in use/, 'a port in use: the line of vtap-decap is shown');

# The profile.
my @shown = split /\n/, inside('vtap-decap -q -r /root/mirrored.pcap | vtap-fixlen -q >/root/plain.pcapng; tshark -C vtap -r /root/plain.pcapng 2>/root/err');
is(scalar(grep { /vxlan-300[01]\@10\.0\.1\.[56]|vxlan-5\@fd00:1::7/ } @shown), 764, 'tshark -C vtap shows the tap of each packet') or diag $shown[0], inside('cat /root/err');
is(inside('cat /root/err') =~ s/^Running as user.*\n//r, '', '... without a word');
done_testing;
