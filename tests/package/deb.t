#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages as files: what they hold, what they depend on, what lintian says here and in Debian 13, and that a second
# build gives the same bytes.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp);
use Container qw($dir enter root debian13);
use Required qw(insist);

enter([debian13()]);
my $build = abs_path($ENV{BUILD} || 'build');
my ($deb) = glob "$build/deb/vtap_*.deb" or BAIL_OUT('no package: make deb');
my ($extra) = glob "$build/deb/vtap-wireshark_*.deb";
my ($changes) = glob "$build/deb/vtap_*.changes";
ok($extra && $changes, 'make deb leaves two packages and what changed') or BAIL_OUT('no packages');
my ($version) = slurp('VERSION') =~ /(\S+)/;
like(`dpkg-deb -f $deb Version`, qr/^\Q$version\E-/, 'its version is that of the source');

# What is in them.
my @in = map { (split ' ')[5] =~ s/^\.//r } `dpkg-deb -c $deb`;
for my $want (qw(/usr/bin/vtap-tap /usr/bin/vtap-decap /usr/bin/vtap-fixlen /usr/bin/vtap-split /usr/bin/vtap-stat /usr/bin/vtap-plot /usr/bin/vtap-archive /usr/bin/vtap-recall /usr/share/man/man1/vtap-archive.1.gz /usr/share/man/man1/vtap-recall.1.gz /usr/share/man/man1/vtap-stat.1.gz /usr/share/man/man1/vtap-plot.1.gz /usr/share/man/man1/vtap-tap.1.gz /usr/share/man/man7/vtap.7.gz
	/usr/share/bash-completion/completions/vtap-tap /usr/share/zsh/vendor-completions/_vtap-tap /usr/share/fish/vendor_completions.d/vtap-tap.fish
	/usr/lib/sysusers.d/vtap.conf /usr/lib/tmpfiles.d/vtap.conf /usr/libexec/vtap/sink)) {
	ok(grep({ $_ eq $want } @in), "vtap has $want");
}
for my $unit ('vtap-tap@.service', 'vtap-sink@.service', 'vtap-archive@.service', 'vtap.target') {
	ok(grep({ m{/systemd/system/\Q$unit\E$} } @in), "vtap has $unit");
}
like(`dpkg-deb -c $extra`, qr{/wireshark/extcap/vtap$}m, 'vtap-wireshark has the interface');
like(`dpkg-deb -f $extra Depends`, qr/vtap \(= \Q$version\E-\d+\), .*wireshark-common/, '... and needs the tools of its own build');

# Libraries that are loaded: the names in the programs, and the packages that they belong to.
mkdir "$dir/deb";
system('dpkg-deb', '-x', $deb, "$dir/deb") == 0 or BAIL_OUT('dpkg-deb');
my %needed = map { $_ => 1 } map { /NEEDED\s+(\S+)/ } `objdump -p $dir/deb/usr/bin/vtap-[!ps]* $dir/deb/usr/bin/vtap-split $dir/deb/usr/bin/vtap-stat`;
my %named = map { $_ => 1 } grep { !$needed{$_} } map { slurp($_) =~ /\0(lib[a-z0-9]+\.so\.[0-9.]+)\0/g } glob "$dir/deb/usr/bin/vtap-*";
is(join(' ', map { s/\.so.*//r } sort keys %named), 'libcrypto liblz4 libpcap libwiretap libz libzstd', 'six libraries are loaded by name');
my %field = map { $_ => ', ' . `dpkg-deb -f $deb $_` } qw(Depends Recommends);
for my $soname (sort keys %named) {
	my ($package) = `dpkg-query -S '*/$soname'` =~ /^([^:]+):/;
	my $field = $soname =~ /wiretap/ ? 'Recommends' : 'Depends';
	like($field{$field}, qr/, \Q$package\E \(>= /, "$soname: $package is in $field");
}
is(join(' ', sort map { /(\S+)/ } grep { !/wiretap/ } split /, /, $field{Recommends} =~ s/^, //r =~ s/\n//r), 'gnuplot-nox rclone', 'of others only what vtap-plot draws with, and what speaks to stores, is recommended');
like($field{Depends}, qr/, libmd0 \(/, 'libmd0: SHA-1 of vtap-stat');

# lintian, of the distribution of this machine and of Debian 13.
SKIP: {
	skip('needs lintian', 1) if system('command -v lintian >/dev/null');
	my $said = `lintian --allow-root --fail-on none $changes 2>&1 | grep -v 'root privileges'`;
	is($said, '', 'lintian says nothing');
}
if (my $root = root(debian13())) {
	my $in = Container::layer($root, 'trixie');
	mkdir "$in/deb";
	system("cp $build/deb/*.* $in/deb/");
	my $said = qx(chroot $in sh -c 'LC_ALL=C lintian --allow-root --fail-on none /deb/*.changes' 2>&1 | grep -v 'root privileges');
	# Units are in /lib in what is built on Debian 12, where pkg-config says so, and not on 13.
	is($said =~ s/^E: vtap: aliased-location .*\n//mgr, '', 'nor does that of Debian 13');
} else {
	# No failure even where skip() is one: it takes a mirror of Debian that has it.
	pass("# SKIP Debian 13: $@");
}

# A second time, elsewhere.
{
	my $copy = "$dir/a-longer-way/to/the-source";
	system('mkdir', '-p', $copy);
	system("tar -cf - --exclude='./build*' --exclude=./.git . | tar -xf - -C '$copy'") == 0 or BAIL_OUT('tar');
	my $failed = system("cd '$copy' && umask 077 && env -u MAKEFLAGS -u MFLAGS -u BUILD TZ=Asia/Tokyo LC_ALL=C debian/pack >'$dir/log' 2>&1");
	is($failed, 0, 'built again, in another folder, time zone and umask') or diag slurp("$dir/log");
	for my $first ($deb, $extra) {
		my ($name) = $first =~ m{([^/]+)$};
		is(digest("$copy/build/deb/$name"), digest($first), "$name is the same, byte for byte");
	}
}

sub digest { return -e $_[0] ? Digest::SHA->new(256)->addfile($_[0])->hexdigest : "no $_[0]" }

done_testing;
