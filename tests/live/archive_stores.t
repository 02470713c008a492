#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Batches that vtap-archive ships to real stores: each byte arrives, and nothing is proven that is not there.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(time);
use lib 'tests/lib';
use Capture qw(slurp spew);
use Lab qw($dir enter able sh until_true);
use Run qw(fork_usual);
use Ship qw(prepare staged ship shipping are in_archive in_stage $stage);
use Thorough qw($thorough);
use Stores qw(stores swift radosgw proxy rules requests folder crypted sftp);

enter();
stores();
prepare();
my $hour = '2026-11-17/16/vxlan-3000@10.0.1.5';
my @names = staged("$hour/empty" => 0, map { ("$hour/$_" => 100_000) } 'a', 'b=c', 'd e', "\xc3\xa9%2f+");
my ($a) = @names;
my ($swift_port, $proxy_port) = (19_000, 19_250);

my @stores = (
	['Swift by s3api', sub { swift('sw', $swift_port) }, 'captures', 'hash'],
	['radosgw', sub { radosgw('rgw', 19_500) }, 'captures', 'hash'],
	['a folder', sub { folder('fo') }, '', 'read'],
	['crypt over a folder', sub { crypted('cr') }, '', 'read'],
	['SFTP', sub { sftp('sf', 19_900) }, "$dir/sf", 'read'],
);
for (@stores) {
	my ($what, $start, $path, $proof) = @$_;
	subtest $what => sub {
		my $begin = time;
		my $remote = $start->() or plan skip_all => 'is not installed';
		note sprintf 'starts in %.1f s', time - $begin;
		my $archive = "$remote:$path/site1" =~ s{:/}{:}r;
		if ($proof eq 'hash') {
			is((ship($archive, @names))[0], are('none', @names) . "error: there is no bucket 'captures', and it is not made: "
				. "make it, or name another one\n", 'a bucket is not made');
			sh("rclone mkdir $remote:$path");
		}
		my ($said, $seconds) = ship($archive, @names);
		is($said, are($proof, @names), 'a batch is proven');
		note sprintf 'a batch takes %.1f s', $seconds;
		is_deeply([in_archive($archive, @names)], [in_stage(@names)], '... every byte is there');
		is((ship($archive, @names))[0], are($proof, @names), '... and once more');
		is((ship("$remote,description=x:" . ($archive =~ s/.*?://r), $a))[0], are('read', $a), 'a connection string is read back')
			if $proof eq 'hash';
	};
}

my $sent_anew = sub { "none $_[0]\nerror: the store has other bytes than it was sent (1 objects, such as $_[0]): they are sent anew\n" };

subtest 'a flipped bit in crypt' => sub {
	my $remote = crypted('flip');
	ship("$remote:", $a);
	chomp(my $file = `find $dir/flip -type f`);
	my $bytes = slurp($file);
	substr($bytes, 60_000, 1) ^= "\x01";
	spew($file, $bytes);
	is((ship("$remote:", $a, '+', $a))[0], $sent_anew->($a) . "read $a\n", 'is no proof; the object is sent anew');
	is_deeply([in_archive("$remote:", $a)], [in_stage($a)], '... and whole');
};

SKIP: {
	skip('needs Swift', 1) if !$ENV{RCLONE_CONFIG_SW_TYPE};
	proxy('px', $proxy_port, $swift_port);

	subtest 'what goes up in parts is read back' => sub {
		plan(skip_all => 'VTAP_THOROUGH is not set: 201 MiB') if !$thorough;
		my ($large, $small) = staged('large/201M' => 201 << 20, 'large/small' => 10);
		is((ship('sw:captures/parts', $large, $small))[0], "read $large\nhash $small\n", 'above 200 MiB');
		unlink "$stage/$large";
	};

	subtest 'an object without a hash' => sub {
		spew("$dir/other", 'x' x 100_000);
		sh("rclone --s3-upload-cutoff 0 --s3-disable-checksum copyto $dir/other 'sw:captures/foreign/$a'");
		is((ship('sw:captures/foreign', $a, '+', $a))[0], $sent_anew->($a) . "hash $a\n", 'is none because of its size');
		is_deeply([in_archive('sw:captures/foreign', $a)], [in_stage($a)], '... it is replaced');
	};

	# What the proxy does, and what is proven then.
	my $run = 0;
	for (['PUT flip-up 500 x1', 'none'], ['PUT cut-up 500 x1', 'hash'], ['PUT drop-answer x1', 'hash'],
		['PUT body-error x1', 'none'], ['PUT status 503 x1', 'hash'],
		['PUT flip-up 500', 'none'], ['PUT cut-up 500', 'none'], ['PUT body-error', 'none'],
		['HEAD answer ETag "d41d8cd98f00b204e9800998ecf8427e"', 'none'], ['HEAD answer Content-Length 5', 'none']) {
		my ($rule, $proof) = @$_;
		my $archive = 'captures/fault-' . $run++;
		rules('px', $rule);
		my ($said) = ship("px:$archive", $a);
		like($said, qr/^$proof \Q$a\E$/m, "$rule: $proof");
		my ($is) = in_archive("sw:$archive", $a);
		ok($is eq (in_stage($a))[0] || $is eq sha256_hex(''), '... and no other bytes are there');
		rules('px');
		is((ship("px:$archive", $a))[0], "hash $a\n", '... until the way is free');
	}
	rules('px', 'GET?5/a flip-down 500');
	my $command = shipping('px:captures/fault-0', $a) =~ s/ </ download </r;
	unlike(`$command`, qr/^read/m, 'a bit that flips on its way back proves nothing');

	subtest 'batches that are killed' => sub {
		my @large = staged(map { ("killed/$_" => 400_000) } 1 .. 4);
		my ($seen, $in_the_middle) = (scalar requests('px'), 0);
		for my $after (1 .. 12) {
			rules('px', 'PUT slow 1000000');
			my $already = requests('px');
			my $shipping = shipping('px:captures', @large);
			my $pid = fork_usual();
			exec 'sh', '-c', "$shipping >$dir/killed.out" or die if $pid == 0;
			until_true(sub { requests('px') - $already >= $after || waitpid($pid, 1) == $pid });
			$in_the_middle += kill 'KILL', $pid;
			waitpid $pid, 0;
			ok(until_true(sub { !able("ps -C rclone -o stat= | grep -v Z") }), "after $after requests: rclone ends, too");
			my @is = in_archive('sw:captures', @large);
			my @whole = in_stage(@large);
			ok(!(grep { $is[$_] ne $whole[$_] && $is[$_] ne sha256_hex('') } 0 .. 3), '... no wrong bytes under a final name');
			sh('rclone purge sw:captures/killed') if $after % 3 == 0;
		}
		cmp_ok($in_the_middle, '>=', 4, 'some were killed in the middle');
		my $parts = `rclone backend list-multipart-uploads sw:captures`;
		is($parts =~ tr/ \t\n//dr, '{"captures":[]}', 'no multipart upload is left');
		rules('px');
		is((ship('px:captures', @large))[0], are('hash', @large), '... and the batch is proven in the end');
	};
}
done_testing();
