# SPDX-License-Identifier: GPL-2.0-or-later
# Machines with systemd as their first process, in containers (systemd-nspawn) on one bridge. The root of a distribution is
# made once, by mmdebstrap, and kept in VTAP_ROOTS (build/roots) between runs; each container writes into a layer of its own
# above it, which survives a reboot of the container and goes with the test.
#
#   enter([SUITE, PACKAGE...]...)    the test runs again in namespaces of its own, or is skipped; there is no network to make
#                                    roots from in there, so that they are made before
#   $machine = boot('sink', '10.9.0.2/24')
#   inside($machine, 'id vtap')      output and exit status of a line for sh
#   reboot($machine), halt($machine)
package Container;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(LOCK_EX);
use File::Path qw(make_path);
use POSIX ();
use Test::More;
use lib 'tests/lib';
use Alone qw(alone);
use Capture qw(slurp);
use Required qw(lacks);
use Wait qw(until_true);

our @EXPORT_OK = qw($dir enter root debian13 boot inside worked files changed copy_in reboot halt leader);
our $dir;
our $bridge = 'vtapbr0';
my (%machine, $owner);

# What runs taps and collectors, and what the tests type in there. All else that the packages need is here, too, so that
# they can be installed without a network.
my @packages = qw(systemd-sysv dbus iproute2 procps curl kmod libcap-ng0 libmnl0 libseccomp2 libpcap0.8 liblz4-1 libzstd1 zlib1g);

sub enter {
	my (@roots) = @_;
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	for my $tool (qw(systemd-nspawn mmdebstrap nsenter)) {
		lacks("needs $tool: tests/deps package") if system("command -v $tool >/dev/null");
	}
	if (!$ENV{VTAP_TEST_INSIDE} && $> == 0) {
		root(@$_) // diag $@ for ['bookworm'], @roots;
	}
	$dir = alone();
	$owner = $$;
	$SIG{$_} = sub { exit 1 } for qw(INT TERM);
	# Layers are in memory, and gone with this mount namespace.
	make_path("$dir/machines");
	run('mount', '-t', 'tmpfs', 'none', "$dir/machines");
	# systemd-nspawn keeps there what it removes again, but not from a disk.
	make_path('/run/systemd/nspawn');
	run('mount', '-t', 'tmpfs', 'none', '/run/systemd/nspawn');
	run('ip', 'link', 'set', 'lo', 'up');
	run('ip', 'link', 'add', $bridge, 'type', 'bridge');
	run('ip', 'link', 'set', $bridge, 'up');
	return $dir;
}

sub run {
	system(@_) == 0 or BAIL_OUT("@_: exit status " . ($? >> 8));
}

# The folder of SUITE's root, with PACKAGES beside those that every root has; undef, and why is in $@, if none can be made.
sub root {
	my ($suite, @more) = @_;
	my $roots = $ENV{VTAP_ROOTS} || abs_path($ENV{BUILD} || 'build') . '/roots';
	my $name = join '-', $suite, @more ? substr(unpack('H*', pack 'N', unpack '%32C*', "@more"), -4) : ();
	my $made = "$roots/$name/etc/os-release";
	return "$roots/$name" if -e $made;
	make_path($roots);
	# Tests run side by side and want the same root: one makes it, and the others wait for that.
	open my $lock, '>', "$roots/$name.lock" or BAIL_OUT("$roots/$name.lock: $!");
	flock $lock, LOCK_EX or BAIL_OUT("$roots/$name.lock: $!");
	return "$roots/$name" if -e $made;
	system('rm', '-rf', '--one-file-system', "$roots/$name.new");
	my $wanted = join ',', @packages, @more;
	note "making $roots/$name";
	# What it mounts there goes with it, however it ends: the next one removes the folder.
	my $failed = system("exec unshare --mount mmdebstrap --variant=minbase --mode=root --include=$wanted $suite $roots/$name.new >$roots/$name.log 2>&1 </dev/null");
	if ($failed) {
		$@ = "mmdebstrap cannot make a root of $suite: " . ((slurp("$roots/$name.log") // '') =~ /^(E: .*)/m ? $1 : "see $roots/$name.log");
		return;
	}
	rename "$roots/$name.new", "$roots/$name" or BAIL_OUT("rename: $!");
	return "$roots/$name";
}

# What root() is given for Debian 13: one root for all that needs it.
sub debian13 { return ('trixie', 'lintian', 'tshark', 'wireshark-common') }

# Mounts a layer above a root: a folder that may be written.
sub layer {
	my ($root, $name) = @_;
	my $place = "$dir/machines/$name";
	make_path("$place/upper", "$place/work", "$place/root");
	run('mount', '-t', 'overlay', 'overlay', '-o', "lowerdir=$root,upperdir=$place/upper,workdir=$place/work", "$place/root");
	return "$place/root";
}

# Starts a machine with an address on the bridge, and waits until all its units are up. ROOT is that of Debian 12 if it is
# not given.
sub boot {
	my ($name, $address, $root) = @_;
	$root //= root('bookworm') // BAIL_OUT($@);
	my $folder = layer($root, $name);
	spew_network($folder, $address);
	$machine{$name} = { root => $folder, name => $name };
	start($machine{$name});
	return $machine{$name};
}

# --keep-unit: no other process of systemd is asked for anything, and there may be none.
sub start {
	my ($machine) = @_;
	my ($name, $folder) = @$machine{qw(name root)};
	$machine->{pid} = fork() // BAIL_OUT("fork: $!");
	if ($machine->{pid} == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$dir/$name.console";
		open STDERR, '>&', \*STDOUT;
		exec { 'systemd-nspawn' } 'systemd-nspawn', '--quiet', '--boot', "--directory=$folder", "--machine=$name", '--register=no', '--keep-unit',
			'--console=pipe', '--resolv-conf=off', '--timezone=off', "--network-bridge=$bridge" or POSIX::_exit(127);
	}
	return await($machine) || !diag slurp("$dir/$name.console");
}

# The container's end of its cable is host0.
sub spew_network {
	my ($folder, $address) = @_;
	make_path("$folder/etc/systemd/network");
	open my $file, '>', "$folder/etc/systemd/network/10-host0.network" or BAIL_OUT("$folder: $!");
	print $file "[Match]\nName=host0\n[Network]\nAddress=$address\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n";
	close $file;
	system('systemctl', "--root=$folder", '--quiet', 'enable', 'systemd-networkd.service');
}

# The first process of a machine; undef while there is none. It is another one after a reboot.
sub leader {
	my ($machine) = @_;
	my ($child) = split ' ', slurp("/proc/$machine->{pid}/task/$machine->{pid}/children") // '';
	return $child;
}

sub await {
	my ($machine) = @_;
	return until_true(sub { my $leader = leader($machine); $leader && inside($machine, 'systemctl is-system-running 2>&1') =~ /^(running|degraded)/ }, 180);
}

# Runs a line in a machine's sh as root. In list context: its output, standard error included, and its exit status.
sub inside {
	my ($machine, $line) = @_;
	my $leader = leader($machine) // return wantarray ? ('', 255) : '';
	open my $out, '-|', 'nsenter', '-t', $leader, '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w', 'env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root',
		'TERM=dumb', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', "exec 2>&1 </dev/null; $line" or BAIL_OUT("nsenter: $!");
	local $/;
	my $text = <$out> // '';
	close $out;
	return wantarray ? ($text, $? >> 8) : $text;
}

# A check that a line ends with status 0, whose output is told otherwise. Returns the output.
sub worked {
	my ($machine, $line, $what) = @_;
	my ($text, $status) = inside($machine, $line);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($status, 0, $what // $line) or diag $text;
	return $text;
}

# Copies files into a folder of a machine.
sub copy_in {
	my ($machine, $to, @files) = @_;
	make_path("$machine->{root}$to");
	run('cp', @files, "$machine->{root}$to/");
}

# Every file of a machine, but for those of apt and dpkg, logs, and what the machine itself writes.
sub files {
	my ($machine) = @_;
	return grep { !m{^/(var/(log|cache|tmp|lib/(dpkg|apt|systemd))|etc/(passwd|group|shadow|gshadow|subuid|subgid|\.pwd\.lock|machine-id)|root|tmp)\b} }
		split /\n/, inside($machine, 'find / -xdev');
}

# What came to a list of files, with a plus, and what went, with a minus.
sub changed {
	my ($old, $new) = @_;
	my %old = map { $_ => 1 } @$old;
	my %new = map { $_ => 1 } @$new;
	return join "\n", sort((map { "+$_" } grep { !$old{$_} } keys %new), (map { "-$_" } grep { !$new{$_} } keys %old));
}

# With --keep-unit systemd-nspawn ends at a reboot, and says by status 133 that it is to be started again.
sub reboot {
	my ($machine) = @_;
	inside($machine, 'systemctl reboot');
	my $ended = until_true(sub { waitpid($machine->{pid}, POSIX::WNOHANG) == $machine->{pid} }, 120);
	return $ended && $? >> 8 == 133 && start($machine);
}

# Ends a machine in order. Its layer stays, so that its files can be read.
sub halt {
	my ($machine) = @_;
	return if !$machine->{pid};
	inside($machine, 'systemctl poweroff');
	my $ended = until_true(sub { waitpid($machine->{pid}, POSIX::WNOHANG) == $machine->{pid} }, 60);
	if (!$ended) {
		kill 'KILL', grep { $_ } leader($machine), $machine->{pid};
		waitpid $machine->{pid}, 0;
	}
	$machine->{pid} = undef;
	return $ended;
}

END {
	if ($owner && $$ == $owner) {
		local $?;
		halt($_) for values %machine;
		system('umount', '-R', "$dir/machines");
	}
}

1;
