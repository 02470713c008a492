#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be said of units, scripts and the package without a machine that runs them: systemd and shellcheck find
# nothing, the units are confined, and files that name each other agree.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

my $dir = scratch();
my $build = abs_path($ENV{BUILD} || 'build');

sub has { return system("command -v $_[0] >/dev/null") == 0 }

# Units as they are installed, with the programs of the build.
mkdir "$dir/vtap";
for my $file (glob 'units/*.in') {
	my ($name) = $file =~ m{([^/]+)\.in$};
	my $to = $name =~ /\./ ? "$dir/$name" : "$dir/vtap/$name";
	spew($to, slurp($file) =~ s/\@BINDIR\@/$build/gr =~ s/\@LIBEXECDIR\@/$dir/gr);
	chmod 0755, $to if $name !~ /\./;
}
system('cp', 'units/vtap.target', $dir);

SKIP: {
	skip('needs systemd-analyze', 6) if !has('systemd-analyze');
	for my $unit ('vtap-tap@', 'vtap-sink@', 'vtap-archive@') {
		# Whether pages of the manual are installed is none of the unit's.
		my $said = `cd $dir && SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no $dir/$unit.service 2>&1`;
		is($said, '', "$unit: systemd has nothing to say");
		my ($level) = `systemd-analyze security --no-pager --offline=true $dir/$unit.service 2>&1` =~ /exposure level for \S+: ([\d.]+)/;
		cmp_ok($level // 10, '<=', 2.0, '... and it is exposed by ' . ($level // '?'));
	}
}

# A tap needs what its own sandbox is made of, and a call that drops capabilities.
for my $file (glob 'units/*@.service.in') {
	my $text = slurp($file);
	like($text, qr/^SystemCallFilter=\@system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp$/m, "$file: the sandbox may be built");
	like($text, qr/^SystemCallFilter=~\@resources \@privileged\nSystemCallFilter=capset$/m, '... and capabilities dropped');
	like($text, qr/^StartLimitIntervalSec=0$/m, '... it is tried again without end');
	like($text, qr/^PartOf=vtap\.target$/m, '... and the target stops it');
	like($text, qr/^WantedBy=multi-user\.target$/m, '... and it comes with the machine');
	unlike($text, qr/^RuntimeDirectory=/m, '... and takes no folder of others with it');
	my @written = $text =~ m{^ReadWritePaths=(.*)$}m ? split ' ', $1 : ();
	my %made = map { /^d (\S+)/ ? ($1 => 1) : () } split /\n/, slurp('units/vtap.tmpfiles');
	is(join(' ', grep { !$made{$_} } @written), '', '... tmpfiles.d makes the folders where it writes');
	my ($user) = $text =~ /^User=(\w+)$/m;
	like(slurp('units/vtap.sysusers'), qr/^u \Q$user\E /m, '... and sysusers.d the user');
}
unlike(slurp('units/vtap-sink@.service.in'), qr/^ExecReload/m, 'a collector has no reload');
like(slurp('units/vtap-tap@.service.in'), qr/^AmbientCapabilities=CAP_NET_RAW\nCapabilityBoundingSet=CAP_NET_RAW$/m, 'a tap may capture, and nothing else');
{
	my $archive = slurp('units/vtap-archive@.service.in');
	like($archive, qr/^AmbientCapabilities=CAP_LEASE\nCapabilityBoundingSet=CAP_LEASE$/m, 'an archive may ask who writes a file, and nothing else');
	like($archive, qr{^EnvironmentFile=-/etc/vtap/archive/%i\.env$}m, '... has its logins in a file that may be missing');
	like($archive, qr/^Type=notify\nNotifyAccess=main$/m, '... says itself when it is ready');
	like($archive, qr/^WatchdogSec=[1-9]/m, '... and that it lives');
	like($archive, qr/^KillMode=mixed$/m, '... and ends rclone itself');
	like($archive, qr/^RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX$/m, '... which reaches hosts and nothing else');
	like($archive, qr/^SystemCallErrorNumber=EPERM$/m, '... and is refused a call, but not killed for it');
}

# Scripts.
my @scripts = grep { slurp($_) =~ m{\A#!/bin/sh\n} } 'units/sink.in', glob 'debian/* debian/tests/*';
cmp_ok(@scripts, '>', 8, 'there are scripts');
SKIP: {
	skip('needs shellcheck', 1) if !has('shellcheck');
	is(`shellcheck -s sh @scripts`, '', 'shellcheck finds nothing');
}
is(system("sh -n $_"), 0, "$_ is a script of sh") for @scripts;

# The package.
my ($version) = slurp('VERSION') =~ /(\S+)/;
like(slurp('debian/changelog'), qr/\Avtap \(\Q$version\E-\d+\) /, 'its version is that of the source');
my ($builds) = slurp('debian/control') =~ /^Build-Depends: (.*?)^\S/ms;
my ($installed) = slurp('tests/deps') =~ /^build\(\) \{(.*?)^\}/ms;
for my $library ($installed =~ /\b(lib\w[\w-]*-dev|zlib1g-dev)\b/g) {
	next if $library eq 'libc6-dev';
	like($builds, qr/\b\Q$library\E\b/, "what tests/deps build installs is a build dependency: $library");
}

done_testing;
