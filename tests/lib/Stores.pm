# SPDX-License-Identifier: GPL-2.0-or-later
# Real stores on loopback, and remotes of rclone's for them in the environment. A test is in namespaces of its own
# (Lab.pm): all ports are free there, and every process ends with it, however it ends.
package Stores;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Lab qw($dir able sh slurp until_true);
use Required qw(lacks);
use Run qw(fork_usual);

our @EXPORT_OK = qw(stores has remote swift radosgw late proxy rules requests tls folder crypted sftp background over);
my $lib = abs_path('tests/lib');
my %running;

# Whether commands are installed.
sub has { return !grep { !able("command -v $_") } @_ }

# To be called in namespaces. Nothing of the user's own settings is left.
sub stores {
	lacks('needs rclone') if !has('rclone');
	delete @ENV{ grep { /^(?:RCLONE_|AWS_|https?_proxy$|no_proxy$)/i } keys %ENV };
	$ENV{RCLONE_CONFIG} = '/dev/null';
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	sh('ip link set lo up');
}

# A remote, which is known by its settings in the environment alone.
sub remote {
	my ($name, %settings) = @_;
	$ENV{ uc "RCLONE_CONFIG_${name}_$_" } = $settings{$_} for keys %settings;
	return $name;
}

# Starts a program, and waits until it has written what matches.
sub background {
	my ($name, $ready, @command) = @_;
	unlink "$dir/$name.out";
	my $pid = fork_usual();
	if ($pid == 0) {
		open STDOUT, '>', "$dir/$name.out" or die;
		open STDERR, '>', "$dir/$name.err" or die;
		exec @command or POSIX::_exit(127);
	}
	$running{$pid} = $name;
	until_true(sub { (slurp("$dir/$name.out") // '') =~ $ready }) or die "$name: ", slurp("$dir/$name.err");
	return $pid;
}

# Ends what background() has started.
sub over {
	my ($pid) = @_;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	delete $running{$pid};
}

sub s3 {
	my ($name, $port, $key, $secret, %more) = @_;
	return remote($name, type => 's3', provider => 'Other', endpoint => "http://127.0.0.1:$port", region => 'us-east-1',
		access_key_id => $key, secret_access_key => $secret, %more);
}

# Swift on a port, whose data is in a folder: a remote of that name. /etc/swift is the test's own.
sub swift {
	my ($name, $port) = @_;
	return undef if !has(qw(swift-proxy-server swift-object-server memcached curl)) || !-d '/etc/swift';
	sh('mount -t tmpfs none /etc/swift') if !-e '/etc/swift/of-test';
	sh(": >/etc/swift/of-test; $lib/swift-s3 start $dir/$name $port");
	return s3($name, $port, 'test:tester', 'testing');
}

# A second front of it, whose clock is ahead.
sub late {
	my ($name, $swift, $port) = @_;
	return undef if !has('faketime');
	background($name, qr/^http/, "$lib/swift-late", "$dir/$swift", $port);
	return s3($name, $port, 'test:tester', 'testing');
}

sub radosgw {
	my ($name, $port) = @_;
	return undef if !has(qw(ceph-mon ceph-osd radosgw uuidgen));
	sh("$lib/radosgw-s3 start $dir/$name $port");
	return s3($name, $port, 'AKIDEXAMPLE', 'SECRETEXAMPLE');
}

# What spoils the way to an S3 store: the remote NAME goes through it by the rules of rules().
sub proxy {
	my ($name, $port, $to) = @_;
	rules($name);
	background($name, qr/ready/, "$lib/fault-proxy", $port, "127.0.0.1:$to", "$dir/$name.rules");
	return s3($name, $port, 'test:tester', 'testing');
}

# Sets the rules of a proxy; it reads them before each request.
sub rules {
	my ($name, @rules) = @_;
	open my $file, '>', "$dir/$name.rules.new" or die;
	print $file "$_\n" for @rules;
	close $file or die;
	rename "$dir/$name.rules.new", "$dir/$name.rules" or die;
}

# The lines that a proxy has written so far.
sub requests { return split /\n/, slurp("$dir/$_[0].out") }

# TLS in front of a port, as tls-proxy says; its certificate is $dir/KIND.crt.
sub tls {
	my ($name, $port, $to, $kind) = @_;
	background($name, qr/ready/, "$lib/tls-proxy", $dir, $port, $to, $kind);
	return s3($name, $port, 'test:tester', 'testing', endpoint => "https://127.0.0.1:$port");
}

# A folder of this host; rclone may write below it, and the remote is that folder.
sub folder {
	my ($name) = @_;
	mkdir "$dir/$name";
	return remote($name, type => 'alias', remote => "$dir/$name");
}

# A remote that encrypts names and bytes, over a folder.
sub crypted {
	my ($name) = @_;
	mkdir "$dir/$name";
	chomp(my $password = `rclone obscure secret`);
	return remote($name, type => 'crypt', remote => "$dir/$name", password => $password);
}

# An sshd on loopback that knows one key, for the user who runs the test.
sub sftp {
	my ($name, $port) = @_;
	return undef if !has(qw(sshd ssh-keygen));
	my $own = "$dir/$name.ssh";
	mkdir $_ for $own, "$dir/$name", '/run/sshd';
	sh("ssh-keygen -q -t ed25519 -N '' -f $own/$_") for qw(host user);
	open my $file, '>', "$own/config" or die;
	print $file "Port $port\nListenAddress 127.0.0.1\nHostKey $own/host\nAuthorizedKeysFile $own/user.pub\nStrictModes no\n",
		"UsePAM no\nPidFile none\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n";
	close $file or die;
	my ($sshd) = grep { -x } map { "$_/sshd" } split /:/, $ENV{PATH};
	background($name, qr/^/, $sshd, '-D', '-f', "$own/config");
	until_true(sub { able("ssh-keyscan -p $port 127.0.0.1 >$own/known") && -s "$own/known" }) or die "$name: no sshd";
	return remote($name, type => 'sftp', host => '127.0.0.1', port => $port, user => scalar getpwuid($>),
		key_file => "$own/user", known_hosts_file => "$own/known");
}

END {
	my $status = $?;
	kill 'KILL', $_ for keys %running;
	$? = $status;
}

1;
