#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup --on: other hosts, by the user's own ssh. Two sshd on loopback, one of which refuses; then a ssh that counts.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Lab qw($dir enter hosts on sh start stop until_true said);
use Required qw(lacks);
use Setup qw(settle setup calls fake unfake inside read_file);

enter();
my ($sshd) = grep { -x } qw(/usr/sbin/sshd /usr/local/sbin/sshd);
lacks('needs sshd: tests/deps setup') if !$sshd || system('command -v ssh >/dev/null') != 0;
hosts(qw(desk));
settle(qw(desk));
on('desk', 'ip link add br0 type bridge', 'ip link set br0 up');
fake('apt-get', 'echo "apt-get $*" >>"$UNITS/calls"; for word; do case $word in *.deb) cp "$word" "$HERE/installed-$(basename "$word")" ;; esac; done');
fake('logger', '');

# The user's own ssh: a key, and no questions.
mkdir "$dir/ssh";
sh("ssh-keygen -q -t ed25519 -N '' -f $dir/ssh/$_") for qw(host user other);
sh("cp $dir/ssh/user.pub $dir/ssh/authorized_keys; chmod 755 $dir/ssh");
mkdir "$dir/desk/etc/ssh";
spew("$dir/desk/etc/ssh/ssh_config", "Host *\nIdentityFile $dir/ssh/user\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n");
# Both sshd have the same /etc, by mounts of their own: what is copied up from below is so before.
system inside('desk', $_, 'vtap.conf') for qw(systemd-sysusers systemd-tmpfiles);
calls('desk');
my $build = abs_path($ENV{BUILD} || 'build');
my @both = map {
	my ($name, $address, $keys) = @$_;
	spew("$dir/ssh/$name.conf", "ListenAddress $address\nHostKey $dir/ssh/host\nAuthorizedKeysFile $dir/ssh/$keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\n"
		. "PermitRootLogin yes\nSetEnv PATH=$dir/bin:$build:$ENV{PATH} UNITS=$dir/desk/units HERE=$dir/desk SINK=$dir/sink-unit\n");
	my $run = start('desk', $name, ['sh', "$dir/desk/enter", 'sh', '-c', "mkdir -p /run/sshd; exec $sshd -D -e -f $dir/ssh/$name.conf"]);
	until_true(sub { said($run) =~ /Server listening/ }) or diag said($run);
	$run;
} ['good', '127.0.0.1', 'authorized_keys'], ['refusing', '127.0.0.2', 'other.pub'];

my @to = ('--to', 'vxlan://127.0.0.9/3000', '-i', 'br0');
my ($status, $out, $err) = setup('desk', 'tap', @to, '--on', 'root@127.0.0.2,root@127.0.0.1');
is($status, 1, 'one of two refuses: exit 1');
like($out, qr/^root\@127\.0\.0\.1: done: vtap-tap\@default\.service mirrors br0 to vxlan:/m, '... a line for the good one');
like($out, qr/^root\@127\.0\.0\.2: failed: .*Permission denied/m, '... and for the other, in the words of ssh');
like($out, qr/\n\nroot\@127\.0\.0\.2  failed  .*Permission denied.*\nroot\@127\.0\.0\.1  done    vtap-tap\@default[^\n]*\n2 hosts: 1 done, 1 failed\n\z/, '... at the end a table, in the order given') or diag $out;
is(calls('desk') =~ s/^systemd-.*\n//mgr, "enable vtap-tap\@default.service\nstart vtap-tap\@default.service\n", '... it was done there');
like(read_file('desk', '/etc/vtap/tap/default.conf') // '', qr{^to = vxlan://127\.0\.0\.9/3000$}m, '... with its file');

unlink "$dir/desk/units/vtap-tap\@default.service.enabled";
($status, $out) = setup('desk', 'check', '--quick', '--on', 'root@127.0.0.1');
like($out, qr/^  (?:warn |FAIL) tap default: .*\n\n/m, 'check: what is not ok on a host');
like($out, qr/^root\@127\.0\.0\.1  \w+ +\d+ ok, \d+ warn, \d+ FAIL/m, 'check: how many facts there are');

# Words with blanks and quotes arrive as they are. A vtap-setup of the test's own shows them.
my $odd = q(vxlan://it's "a" $HOME `id` \ * ;x/1);
spew("$dir/shown", qq(#!/bin/sh\nprintf '[%s]' "\$@" >"\$HERE/words"\n));
chmod 0755, "$dir/shown";
sh("mkdir $dir/first; cp $dir/shown $dir/first/vtap-setup");
sh("sed -i 's|PATH=|PATH=$dir/first:|' $dir/ssh/good.conf");
stop($both[0], 'TERM');
$both[0] = start('desk', 'again', ['sh', "$dir/desk/enter", 'sh', '-c', "exec $sshd -D -e -f $dir/ssh/good.conf"]);
until_true(sub { said($both[0]) =~ /Server listening/ });
setup('desk', 'tap', '-n', "--to=$odd", '-i', 'two words', '--on=root@127.0.0.1');
is(slurp("$dir/desk/words"), "[tap][-n][--to][$odd][-i][two words]", 'words with blanks and quotes arrive as they are');

# Packages are copied and installed first, whatever their folder is called.
mkdir "$dir/a 'folder'";
spew("$dir/a 'folder'/vtap_1_all.deb", 'one');
spew("$dir/two.deb", 'two');
($status, $out) = setup('desk', 'tap', @to, '--deb', "$dir/a 'folder'/vtap_1_all.deb", "$dir/two.deb", '--on', 'root@127.0.0.1');
is($status, 0, '--deb') or diag $out;
is(join(' ', map { slurp("$dir/desk/installed-$_") // 'none' } qw(vtap_1_all.deb two.deb)), 'one two', '... installs what was copied');
like(calls('desk'), qr{^apt-get .*install --reinstall \S+/two\.deb \S+/vtap_1_all\.deb$}m, '... in one go');
is(slurp("$dir/desk/words"), "[tap][--to][vxlan://127.0.0.9/3000][-i][br0]", '... and then does what was asked for');
sh("cd $dir && rm -f desk/installed-* && BUILD= PATH=\$PATH ip netns exec desk sh desk/enter $build/vtap-setup tap --to vxlan://127.0.0.9/3000 --on root\@127.0.0.1 --deb './a '\\''folder'\\''/vtap_1_all.deb' two.deb >/dev/null");
is(join(' ', map { slurp("$dir/desk/installed-$_") // 'none' } qw(vtap_1_all.deb two.deb)), 'one two', '... from the folder where one is, too');
fake('apt-get', 'echo "E: no such thing"; exit 100');
($status, $out) = setup('desk', 'tap', @to, '--deb', "$dir/two.deb", '--on', 'root@127.0.0.1');
like("$status $out", qr/^1 .*^root\@127\.0\.0\.1  failed  E: no such thing$/ms, '... a package that cannot be installed is told');
($status, $out) = setup('desk', 'tap', '-n', @to, '--deb', "$dir/two.deb", '--on', 'root@127.0.0.1');
like($out, qr/^installing .*two\.deb and running vtap-setup tap .*on root\@127\.0\.0\.1$/m, '-n with --deb only says');

# 40 hosts: 32 at once, and one that hangs holds up no other.
fake('ssh', 'for word; do case $word in root@*) host=$word ;; esac; done
echo "$*" >>"$HERE/ssh-words"; mkdir "$HERE/on-$host"
there() { there=$(ls -d "$HERE"/on-* | wc -l); echo "$there" >>"$HERE/many"; [ "$there" -ge 32 ]; }
if [ "$host" = root@h1 ]; then until [ "$(ls "$HERE" | grep -c ^done-)" = 39 ]; do perl -e "select undef, undef, undef, 0.05"; done
else until there || [ -e "$HERE/full" ]; do perl -e "select undef, undef, undef, 0.05"; done; touch "$HERE/full"; fi
rmdir "$HERE/on-$host"; touch "$HERE/done-$host"; echo "$host said it"');
($status, $out) = setup('desk', 'check', '--on', join ',', map { "root\@h$_" } 1 .. 40);
is($status, 0, '40 hosts') or diag $out;
my ($most) = sort { $b <=> $a } split /\n/, slurp("$dir/desk/many");
is($most, 32, '... 32 at once');
my @said = $out =~ /^root\@h(\d+): done/mg;
ok(scalar(grep { $_ == 1 } @said), '... one that hangs holds up no other: it goes on when they are done');
is(scalar @said, 40, '... a line for each');
like($out, qr/^40 hosts: 40 done, 0 failed$/m, '... and a table');
like(slurp("$dir/desk/ssh-words"), qr/^-o BatchMode=yes /, '... ssh asks nothing');

# What is stopped leaves no ssh behind.
fake('ssh', 'echo $$ >"$HERE/asks-$$"; exec perl -e "sleep 1000"');
my $stopped = start('desk', 'stopped', ['sh', "$dir/desk/enter", 'sh', '-c', 'exec vtap-setup check --on root@h1,root@h2']);
my @asking;
ok(until_true(sub { @asking = grep { $_ } map { slurp($_) + 0 } glob "$dir/desk/asks-*"; @asking == 2 }), 'two hosts that hang');
kill 'TERM', $stopped->{pid};
ok(until_true(sub { !grep { (slurp("/proc/$_/stat") // '') =~ /\) [^Z]/ } @asking }), '... are not asked any more when it is stopped');
done_testing();
END { sh("for pid in $dir/*/units/*.pid; do kill \$(cat \$pid) 2>/dev/null || :; done") if $dir }
