#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Large libraries are loaded by what needs them only, and their absence is told.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $build = abs_path($ENV{BUILD} || 'build');
my $dir = scratch();
my $sample = abs_path('tests/data/vxlan-gbp.pcap');
my %tools = (
	'vtap-decap' => "-w $dir/out.pcap",
	'vtap-fixlen' => "-w $dir/out.pcap",
	'vtap-split' => "--by ip-src -w $dir/out-%{ip-src}-{n}.pcap",
	'vtap-stat' => "-w $dir/out.csv",
	'vtap-tap' => "-t vxlan://192.0.2.1/1 --from 192.0.2.9 -w $dir/out.pcap");

# Exit status and standard error of a shell command.
sub run {
	my ($command) = @_;
	system 'bash', '-c', "{ $command\n} 2>$dir/stderr >/dev/null </dev/null";
	return ($? & 127 ? -1 : $? >> 8, slurp("$dir/stderr"));
}

# What a tool loads, before main() and later.
sub loaded {
	my ($arguments, $name) = @_;
	my ($status, $stderr) = run("LD_DEBUG=files $build/$arguments");
	is($status, 0, $name) or diag grep { !/^ *\d+:/ } split /^/, $stderr;
	my %seen = map { $_ => 1 } $stderr =~ /calling init: \S*?(lib[\w-]+)[\w.-]*\.so/g;
	return \%seen;
}

system "gzip -c $sample > $dir/sample.pcap.gz";
system "editcap -F snoop $sample $dir/sample.snoop";
for my $tool (sort keys %tools) {
	my $seen = loaded("$tool -r $sample $tools{$tool}", "$tool: pcap to pcap");
	ok($seen->{libc}, '... the C library is seen');
	is(join(' ', grep { $seen->{$_} } qw(libwiretap libwsutil libglib libpcap libz libzstd liblz4)), '', '... no large one');
	$seen = loaded("$tool -r $dir/sample.pcap.gz $tools{$tool}", "$tool: a compressed capture");
	is(join(' ', grep { $seen->{$_} } qw(libwiretap libwsutil libglib libpcap libz libzstd liblz4)), 'libz', '... is read by its library alone');
	$seen = loaded("$tool -r $dir/sample.snoop $tools{$tool}", "$tool: a foreign capture");
	ok($seen->{libwiretap}, '... is read by wiretap');
	ok(!$seen->{libpcap}, '... and without libpcap');
}

my $seen = loaded("vtap-decap -r $sample -F snoop -w $dir/out.snoop", 'a format of wiretap is written');
ok($seen->{libwiretap}, '... by wiretap');

# SONAME: as the tools name it. An environment that shows them something else by that name.
sub instead {
	my ($name, $make, $tool) = @_;
	my ($soname) = slurp("$build/" . ($tool // 'vtap-decap')) =~ /($name\.so\.[\d.]+)/ or die "no $name";
	mkdir "$dir/instead";
	unlink glob "$dir/instead/*";
	$make->("$dir/instead/$soname");
	return ("env LD_LIBRARY_PATH=$dir/instead", $soname);
}

sub fails {
	my ($command, $want, $name) = @_;
	my ($status, $stderr) = run($command);
	is($status, 1, $name);
	like($stderr, $want, '... and says what is missing');
}

sub broken { spew($_[0], 'no library') }

# A library, but another one.
sub other {
	my ($path) = @_;
	my ($mnl) = `ldd $build/vtap-tap` =~ m{libmnl\S* => (/\S+)} or die 'no libmnl';
	system 'cp', $mnl, $path;
}

my $need = 'formats other than pcap and pcapng need Wireshark\'s wiretap';
for my $way ([\&broken, 'no library', '\S.* \(Debian and Ubuntu: apt install libwiretap\d+\)'], [\&other, 'another library', 'there is no \w+ in it']) {
	my ($make, $what, $why) = @$way;
	my ($env, $soname) = instead('libwiretap', $make);
	for my $tool (sort keys %tools) {
		my ($status) = run("$env $build/$tool -r $sample $tools{$tool}");
		is($status, 0, "$what for wiretap: $tool, pcap to pcap");
		($status) = run("$env $build/$tool -r $dir/sample.pcap.gz $tools{$tool}");
		is($status, 0, '... nor where it is compressed');
		fails("$env $build/$tool -r $dir/sample.snoop $tools{$tool}",
			qr/^$tool: \S+sample\.snoop: $need: \S*\Q$soname\E: $why$/, "$what for wiretap: $tool");
	}
	unlink "$dir/out.snoop";
	fails("$env $build/vtap-decap -r $sample -F snoop -w $dir/out.snoop",
		qr/^vtap-decap: -F snoop: $need: \S*\Q$soname\E: $why$/, "$what for wiretap: -F");
	is(join(' ', glob "$dir/out.snoop*"), '', '... nothing is left behind');
	fails("$env $build/vtap-decap -r $sample --reader wiretap -w $dir/out.pcap",
		qr/: $need: \S*\Q$soname\E: $why$/, "$what for wiretap: --reader");
}

# libpcap: a capture needs it where an expression chooses packets, and for nothing else.
$need = 'interfaces and filter expressions need libpcap';
my $choosing = "vtap-tap $tools{'vtap-tap'} -r $sample";
$seen = loaded("$choosing udp", 'a filter expression');
ok($seen->{libpcap}, '... is compiled by libpcap');
for my $way ([\&broken, 'no library', '\S.* \(Debian and Ubuntu: apt install libpcap0\.8\)'], [\&other, 'another library', 'there is no \w+ in it']) {
	my ($make, $what, $why) = @$way;
	my ($env, $soname) = instead('libpcap', $make);
	my ($status) = run("$env $build/$choosing");
	is($status, 0, "$what for libpcap: without expression");
	fails("$env $build/$choosing udp", qr/^vtap-tap: .*$need: \S*\Q$soname\E: $why$/, "$what for libpcap: expression");
	fails("$env $build/vtap-tap -D", qr/^vtap-tap: .*$need: \S*\Q$soname\E: $why$/, "$what for libpcap: -D");
	fails("$env $build/vtap-decap -i lo -w $dir/out.pcapng",
		qr/^vtap-decap: .*$need: \S*\Q$soname\E: $why$/, "$what for libpcap: an interface");
}

# libcrypto: no archive can do without, and nothing is taken from the spool before it is known.
for my $way ([\&broken, 'no library', '\S.* \(Debian and Ubuntu: apt install libssl3\w*\)'], [\&other, 'another library', 'there is no \w+ in it']) {
	my ($make, $what, $why) = @$way;
	my ($env, $soname) = instead('libcrypto', $make, 'vtap-archive');
	system "rm -rf $dir/spool $dir/archive; mkdir $dir/spool $dir/archive; cp $sample $dir/spool";
	fails("$env $build/vtap-archive --once $dir/spool $dir/archive", qr/^vtap-archive: .*\Q$soname\E: $why$/, "$what for libcrypto: vtap-archive");
	ok(-e "$dir/spool/vxlan-gbp.pcap", '... the capture stays where it is');
}
$seen = loaded("vtap-archive --once $dir/spool $dir/archive", 'vtap-archive');
is(join(' ', grep { $seen->{$_} } qw(libcrypto libpcap libzstd)), 'libcrypto libzstd', '... loads what hashes and compresses, and not libpcap');

# What is missing is named by --version, and the rest is there.
{
	my ($env, $soname) = instead('liblz4', \&broken);
	my $said = `$env $build/vtap-decap -V`;
	is($?, 0, '-V without a library: exit 0');
	like($said, qr/^  liblz4 +missing: \S*\Q$soname\E: \S/m, '... which is told');
	like($said, qr/^  libzstd +\d+\.\d/m, '... and others are there');
}

done_testing;
