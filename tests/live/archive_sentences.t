#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What is said of each kind of trouble with a real store, and how soon.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Lab qw($dir enter able sh);
use Required qw(lacks);
use Ship qw(prepare staged ship are $stage);
use Thorough qw($thorough some);
use Stores qw(stores remote swift radosgw late proxy rules tls folder crypted background);

enter();
stores();
prepare();
swift('sw', 19_000) or lacks('needs Swift');
sh('rclone mkdir sw:captures');
proxy('px', 19_250, 19_000);
my ($a, $b) = staged(a => 100_000, b => 10);
my $run = 0;

# A remote of Swift's with other settings.
sub other {
	my ($name, %settings) = @_;
	return remote($name, type => 's3', provider => 'Other', endpoint => 'http://127.0.0.1:19000', region => 'us-east-1',
		access_key_id => 'test:tester', secret_access_key => 'testing', %settings);
}

# Ships to ARCHIVE: the sentence comes in time.
sub says {
	my ($what, $archive, $sentence, $in_time) = @_;
	my ($said, $seconds) = ship($archive, $a);
	is($said, "none $a\nerror: $sentence\n", $what);
	# Beside all other tests it takes as long as it takes.
	cmp_ok($seconds, '<', $thorough ? $in_time // 15 : 600, sprintf '... within %.1f s', $seconds);
}

says('no such remote', 'nix:captures', q(rclone has no remote 'nix': there is px, sw));
says('a secret', other('one', secret_access_key => 'x') . ':captures',
	q(the store refuses the signature (SignatureDoesNotMatch): is the secret of remote 'one' right?));
says('a user without rights', other('one', access_key_id => 'test:nobody', secret_access_key => 'nothing') . ':captures',
	q(the store refuses to write (AccessDenied): give the user of remote 'one' the right to write in 'captures'));
says('no such bucket', 'sw:nothere/p', q(there is no bucket 'nothere', and it is not made: make it, or name another one));
says('another region', other('one', region => 'eu-west-1') . ':captures',
	q(the region of remote 'one' is wrong: the store says that it is us-east-1));
says('nobody listens', other('one', endpoint => 'http://127.0.0.1:19999') . ':captures',
	'the store refuses connections: nothing listens at 127.0.0.1:19999');
says('https where http is spoken', other('one', endpoint => 'https://127.0.0.1:19000') . ':captures',
	q(the store speaks http, and the endpoint of remote 'one' says https));

SKIP: {
	skip('needs faketime', 2) if !late('late', 'sw', 19_350);
	says('a clock that is off', 'late:captures', 'the clocks of this host and of the store differ by more than the store allows, '
		. '15 min in most (RequestTimeTooSkewed): is the time of this host right?');
}

spew("$dir/resolv", "nameserver 127.0.0.9\n");
sh("mount --bind $dir/resolv /etc/resolv.conf");
says('no name server', other('one', endpoint => 'http://store.example:19000') . ':captures',
	'no name server can be asked for store.example: none listens');
# A name server that knows no name.
background('names', qr/ready/, $^X, '-MIO::Socket::IP', '-e', '$| = 1; my $s = IO::Socket::IP->new(Proto => "udp", LocalHost => "127.0.0.9", '
	. 'LocalPort => 53) or die; print "ready"; while ($s->recv(my $q, 512)) { substr($q, 2, 2) = "\x81\x83"; $s->send($q) }');
says('no such host', 'one:captures', 'there is no host store.example');

for (['good', 19_301], ['expired', 19_302], ['wrong-name', 19_303]) {
	my ($kind, $port) = @$_;
	tls($kind =~ tr/-//dr, $port, 19_000, $kind);
}
my $unknown = 'the certificate of the store is signed by an unknown authority: name it in RCLONE_CA_CERT';
says('an unknown certificate', 'good:captures', $unknown);
$ENV{RCLONE_CA_CERT} = "$dir/good.crt";
is((ship('good:captures/tls', $a))[0], are('hash', $a), '... that is known then');
says('http where https is spoken', other('one', endpoint => 'http://127.0.0.1:19301') . ':captures',
	q(127.0.0.1:19301 has cut the connection: does it speak https, and the endpoint of remote 'one' says http?));
$ENV{RCLONE_CA_CERT} = "$dir/expired.crt";
like((ship('expired:captures', $a))[0], qr/^error: the certificate of the store has expired on 2020-01-03T\S+$/m, 'an expired one');
$ENV{RCLONE_CA_CERT} = "$dir/wrong-name.crt";
says('one of another name', other('one', endpoint => 'https://localhost:19303') . ':captures', 'the certificate of the store is for '
	. q(elsewhere.example, and not for the name in the endpoint of remote 'one'));
says('one without addresses', 'wrongname:captures', 'the certificate of the store is for a name, and the endpoint of remote '
	. q('wrongname' is an address));
delete $ENV{RCLONE_CA_CERT};

# What a store might answer: RULE of the proxy, and the sentence.
for (some(4, ['* error 403 InvalidAccessKeyId', q(the store does not know the key (InvalidAccessKeyId): is the access key of remote 'px' right?)],
	['* error 403 ExpiredToken', q(the login of remote 'px' has expired (ExpiredToken): get a new token)],
	['* status 401', q(the store refuses the login (401): is that of remote 'px' right?)],
	['* status 403', q(the store refuses to write (403): give the user of remote 'px' the right to write in 'captures')],
	['PUT error 403 QuotaExceeded', 'the quota of the store is used up (QuotaExceeded)'],
	['PUT error 507 XMinioStorageFull', 'the store is full (XMinioStorageFull)'],
	['PUT status 507', 'the store is full (507)'],
	['PUT error 400 KeyTooLongError', q(the name is too long for the store (KeyTooLong): 'a')],
	['PUT error 400 EntityTooLarge', q(the store takes nothing so large (EntityTooLarge): 'a')],
	['PUT body-error', 'the store does not have what it said that it took'],
	['PUT error 503 SlowDown', 'the store asks for fewer requests (SlowDown)'],
	['PUT error 500 InternalError', 'the store is out of order (500)'],
	['* status 500', 'the store is out of order (500)'],
	['GET?prefix error 403 AccessDenied', 'the store refuses to read (AccessDenied): give the user of remote '
		. q('px' the right to read in 'captures')],
	['* stall 100', 'no answer: rclone has made no progress for 10 s'])) {
	my ($rule, $sentence) = @$_;
	rules('px', $rule);
	says($rule, 'px:captures/' . $run++, $sentence);
}

# rclone itself tries for about 10 s: it may be given up at first, and is waited for longer then.
for (some(4, ['* status 502', qr/^the store is out of order \(502\)$/], ['* status 503', qr/^the store asks for fewer requests \(SlowDown\)$/],
	['* status 504', qr/^the store is out of order \(504\)$/], ['* status 429', qr/^the store asks for fewer requests \(429\)$|InternalError/])) {
	my ($rule, $sentence) = @$_;
	rules('px', $rule);
	my ($said, $seconds) = ship('px:captures', $a, '+', $a);
	my @sentences = $said =~ /^error: (.*)/mg;
	ok((grep { /$sentence/ } @sentences), $rule) or diag $said;
	ok(!(grep { !/$sentence|^no answer: rclone has made no progress for 10 s$/ } @sentences), '... nothing else is said');
	note sprintf '%.1f s: %s', $seconds, $sentences[0];
}

subtest 'a store that falls silent and is back' => sub {
	rules('px', '* stall 100');
	my ($said) = ship('px:captures/back', $a, '+', $a);
	is($said, "none $a\nerror: no answer: rclone has made no progress for 10 s\n"
		. "none $a\nerror: no answer: rclone has made no progress for 20 s\n", 'it is waited for longer each time');
	rules('px');
	is((ship('px:captures/back', $a))[0], are('hash', $a), 'works again');
};

subtest 'a folder that is full' => sub {
	my $remote = folder('full');
	sh("mount -t tmpfs -o size=64k none $dir/full");
	is((ship("$remote:", $a, $b))[0], "none $a\nread $b\nerror: the store is full\n", 'what fits is proven');
	sh("umount $dir/full");
};

subtest 'a name that is too long' => sub {
	my ($long) = staged(('n' x 200) => 10);
	is((ship(crypted('cr') . ':', $long, $a))[0], "none $long\nread $a\nerror: the name is too long for the store, perhaps once it "
		. "is encrypted: '$long'\n", 'is told, and the rest is proven');
};

# Ceph's gateway is there where somebody has installed it.
if (radosgw('rgw', 19_500)) {
	my $admin = "radosgw-admin -n client.rgw -c $dir/rgw/ceph.conf";
	sh("rclone mkdir rgw:captures");
	says('a key that Ceph does not know', remote('two', type => 's3', provider => 'Ceph', endpoint => 'http://127.0.0.1:19500',
		access_key_id => 'nobody', secret_access_key => 'x') . ':captures',
		q(the store does not know the key (InvalidAccessKeyId): is the access key of remote 'two' right?));
	sh("$admin quota set --quota-scope=user --uid=vtap --max-objects=0 && $admin quota enable --quota-scope=user --uid=vtap");
	says('a quota of Ceph\'s', 'rgw:captures', 'the quota of the store is used up (QuotaExceeded)');
}
done_testing();
