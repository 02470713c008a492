#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Batches that vtap-archive ships to real stores: what is proven, by what, and what is said of each kind of trouble.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Capture qw(spew slurp);
use Compile qw(compile);
use Lab qw($dir enter able sh until_true);
use Stores qw(stores has remote swift radosgw late proxy rules requests tls folder crypt sftp background over);

enter();
stores();
my $build = abs_path($ENV{BUILD} || 'build');
my $root = abs_path('.');
my @sanitizer = `nm $build/libstages.a 2>/dev/null` =~ /__asan_init/ ? '-fsanitize=address,undefined' : ();
compile('lib/ship.c', "$dir/ship", "-I$root -I$root/common", @sanitizer, "$build/libstages.a", "$build/libvtap.a",
	'-lmd -lmnl -lcap-ng -lseccomp -ldl');
my $stage = "$dir/stage";

# Stages objects of sizes; their bytes differ. Returns their names.
sub staged {
	my (%size) = @_;
	for (keys %size) {
		my ($folder) = m{(.*)/};
		make_path("$stage/$folder");
		my $bytes = join '', map { pack 'N', $_ * 2654435761 % 4294967296 } 1 .. 25_000;
		spew("$stage/$_", substr "$_\n" . $bytes x (1 + $size{$_} / length $bytes), 0, $size{$_});
	}
	return sort keys %size;
}

# Ships them to ARCHIVE. Returns what was printed, and seconds.
sub ship {
	my ($archive, @names) = @_;
	spew("$dir/names", map { "$_\n" } @names);
	my $begin = time;
	my $said = `timeout 300 $dir/ship $stage '$archive' <$dir/names 2>&1`;
	return ($said, time - $begin);
}

# What the archive has below its names, by rclone itself.
sub in_archive {
	my ($archive, @names) = @_;
	my @sums;
	push @sums, sha256_hex(scalar `rclone cat '$archive/$_' 2>/dev/null`) for @names;
	return @sums;
}

sub in_stage { return map { sha256_hex(slurp("$stage/$_")) } @_ }

my @names = staged(map { ("2026-11-17/16/vxlan-3000\@10.0.1.5/$_" => $_ eq 'empty' ? 0 : 100_000) } 'a', 'b=c', 'd e', 'empty', "\xc3\xa9%2f+");

sub all_are { return join '', map { "$_[0] $_\n" } @names }

my @kinds = (
	['Swift by s3api', sub { swift('sw', 19_000) }, 'captures', 'hash'],
	$ENV{SHORT} ? () : ['radosgw', sub { radosgw('rgw', 19_500) }, 'captures', 'hash'],
	['a folder', sub { folder('fo') }, '', 'read'],
	['crypt over a folder', sub { Stores::crypt('cr') }, '', 'read'],
	['SFTP', sub { sftp('sf', 19_900) }, "$dir/sf", 'read'],
);
for (@kinds) {
	my ($what, $start, $path, $proof) = @$_;
	subtest $what => sub {
		my $begin = time;
		my $remote = $start->() or plan skip_all => "$what is not installed";
		note sprintf '%s: starts in %.1f s', $what, time - $begin;
		my $archive = "$remote:$path" . ($path ? '/' : '') . 'site1';
		if ($proof eq 'hash') {
			my ($said) = ship($archive, @names);
			like($said, qr/^error: there is no bucket 'captures', and it is not made/m, 'a bucket is not made');
			sh("rclone mkdir $remote:$path");
		}
		my ($said, $seconds) = ship($archive, @names);
		is($said, all_are($proof), 'a batch is proven');
		note sprintf '%s: a batch takes %.1f s', $what, $seconds;
		is_deeply([in_archive($archive, @names)], [in_stage(@names)], '... every byte is there');
		($said) = ship($archive, @names);
		is($said, all_are($proof), '... and again');
	};
}

# A remote of Swift's with other settings.
sub other {
	my ($name, %settings) = @_;
	return proxy_less($name, %settings);
}
sub proxy_less { my ($name, %s) = @_; return remote($name, type => 's3', provider => 'Other', region => 'us-east-1', endpoint => 'http://127.0.0.1:19000', access_key_id => 'test:tester', secret_access_key => 'testing', %s) }

proxy('px', 19_250, 19_000);
my @rows = (
	['no such remote', 'nix:captures', [], qr/^rclone has no remote 'nix': there is /],
	['wrong key', other('wk', access_key_id => 'test:nobody') . ':captures', [], qr/InvalidAccessKeyId/],
	['wrong secret', other('ws', secret_access_key => 'x') . ':captures', [], qr/SignatureDoesNotMatch/],
	['no bucket', 'sw:nothere/p', [], qr/no bucket 'nothere'/],
	['wrong region', other('wr', region => 'eu-west-1') . ':captures', [], qr/region/],
	['host not found', other('hn', endpoint => 'http://nowhere.invalid:19000') . ':captures', [], qr/no host nowhere.invalid|name server/],
	['refused', other('rf', endpoint => 'http://127.0.0.1:19999') . ':captures', [], qr/refuses connections: nothing listens at 127.0.0.1:19999/],
	['https to http', other('hh', endpoint => 'https://127.0.0.1:19000') . ':captures', [], qr/speaks http, and/],
	(map { ["HTTP $_", 'px:captures', ["* status $_"], qr/./] } 401, 403, 404, 429, 500, 502, 503, 504, 507),
	(map { ["error $_", 'px:captures', ["* error $_"], qr/./] } '403 AccessDenied', '403 QuotaExceeded', '507 XMinioStorageFull', '403 ExpiredToken', '403 RequestTimeTooSkewed', '301 PermanentRedirect', '400 AuthorizationHeaderMalformed', '400 KeyTooLongError', '503 SlowDown', '503 ServiceUnavailable', '403 AllAccessDisabled'),
	(map { ["PUT error $_", 'px:captures/put', ["PUT error $_"], qr/./] } '403 AccessDenied', '403 QuotaExceeded', '507 XMinioStorageFull', '507 InsufficientStorage', '400 KeyTooLongError', '503 SlowDown', '400 BadDigest'),
	['PUT 507', 'px:captures/put', ['PUT status 507'], qr/./],
	['PUT 413', 'px:captures/put', ['PUT status 413'], qr/./],
	['GET 403', 'px:captures/put', ['GET status 403'], qr/./],
	['HEAD 403', 'px:captures/put', ['HEAD status 403'], qr/./],
	['body-error', 'px:captures/put', ['PUT body-error'], qr/./],
	['flip-up', 'px:captures/put', ['PUT flip-up 500'], qr/./],
	['cut-up', 'px:captures/put', ['PUT cut-up 500'], qr/./],
	['drop-answer', 'px:captures/put', ['PUT drop-answer'], qr/./],
	['etag', 'px:captures/put', ['HEAD answer ETag "d41d8cd98f00b204e9800998ecf8427e"'], qr/./],
	['length', 'px:captures/put', ['HEAD answer Content-Length 5'], qr/./],
	['etag of parts', 'px:captures/put', ['HEAD answer ETag "x-2"'], qr/./],
	['stall', 'px:captures/put', ['* stall 100'], qr/./],
);
for my $row (@rows) {
	my ($what, $archive, $rules, $sentence) = @$row;
	rules('px', @$rules);
	my ($said, $seconds) = ship($archive, $names[0]);
	diag sprintf "%s: %.1f s\n%s", $what, $seconds, $said;
}
for my $kind (qw(good expired wrong-name)) {
	tls("t$kind", $kind eq 'good' ? 19_301 : $kind eq 'expired' ? 19_302 : 19_303, 19_000, $kind);
	my $n = $kind =~ s/-//r;
	other("t$n", endpoint => 'https://127.0.0.1:' . ($kind eq 'good' ? 19_301 : $kind eq 'expired' ? 19_302 : 19_303));
	my ($said, $seconds) = ship("t$n:captures", $names[0]);
	diag "unknown $kind $seconds\n$said";
	{ local $ENV{RCLONE_CA_CERT} = "$dir/$kind.crt";
	($said, $seconds) = ship("t$n:captures", $names[0]);
	diag "known $kind $seconds\n$said"; }
}
other('thttp', endpoint => 'http://127.0.0.1:19301');
diag join "\n", 'http to https', ship("thttp:captures", $names[0]);
late('la', 'sw', 19_350);
diag join "\n", 'late', ship("la:captures", $names[0]);
done_testing();
