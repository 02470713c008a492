# SPDX-License-Identifier: GPL-2.0-or-later
# vtap-setup on hosts of a network of namespaces (Lab.pm), each with an /etc, a spool and a /run of its own, without systemd:
# systemctl is tests/lib/systemctl, and sleep, which vtap-setup check calls between its two looks, is what a test wants then.
package Setup;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Test::More;
use Capture qw(slurp spew);
use Lab qw($dir sh);

our @EXPORT_OK = qw(settle setup between calls facts fake unfake inside read_file);
my $build = abs_path($ENV{BUILD} || 'build');
my $systemctl = abs_path('tests/lib/systemctl');
plan skip_all => 'a script: what sanitizers see of the tools, other tests show' if $ENV{ASAN_OPTIONS}; # of make asan
our @shell; # what runs the script, if not its first line

# A script that stands in for a program of every host.
sub fake {
	my ($name, $text) = @_;
	spew("$dir/bin/$name", "#!/bin/sh\n$text\n");
	chmod 0755, "$dir/bin/$name";
}

sub unfake { return unlink "$dir/bin/$_[0]" }

# Gives the hosts what they need. ip-netns makes a new mount namespace for each command: what is a host's own is mounted there.
sub settle {
	my (@hosts) = @_;
	mkdir "$dir/bin";
	symlink $systemctl, "$dir/bin/systemctl";
	fake('sleep', 'sh "$HERE/between"');
	fake('journalctl', 'echo "what it said last"');
	fake('systemd-sysusers', 'echo "systemd-sysusers $*" >>"$UNITS/calls"; echo "vtap:x:987:987::/var/spool/vtap:/bin/false" >>/etc/passwd; echo "vtap:x:987:" >>/etc/group');
	fake('systemd-tmpfiles', 'echo "systemd-tmpfiles $*" >>"$UNITS/calls"; mkdir -p /var/spool/vtap /run/vtap; chown vtap:vtap /var/spool/vtap');
	my $sink = slurp("$build/units/sink") =~ s{\S*/(vtap-(?:decap|fixlen|split) )}{$1}gr;
	spew("$dir/sink-unit", $sink);
	chmod 0755, "$dir/sink-unit";
	for my $host (@hosts) {
		mkdir "$dir/$host";
		mkdir "$dir/$host/$_" for qw(etc work spool run units);
		mkdir "$dir/$host/run/systemd";
		mkdir "$dir/$host/run/systemd/system";
		spew("$dir/$host/rmem", "212992\n");
		spew("$dir/$host/between", '');
		spew("$dir/$host/calls", '');
		spew("$dir/$host/enter", <<"END");
set -e
mount -t overlay -o lowerdir=/etc,upperdir=$dir/$host/etc,workdir=$dir/$host/work none /etc
mount --rbind $dir/$host/spool /var/spool
mount --bind $dir/$host/run /run
mount --bind $dir/$host/rmem /proc/sys/net/core/rmem_max
export UNITS=$dir/$host/units HERE=$dir/$host SINK=$dir/sink-unit PATH=$dir/bin:$build:\$PATH
exec "\$@"
END
	}
}

# inside(HOST, COMMAND ...): the words of a command that runs it there.
sub inside {
	my ($host, @command) = @_;
	return ('ip', 'netns', 'exec', $host, 'sh', "$dir/$host/enter", @command);
}

# setup(HOST, WORD ...): exit status, standard output, standard error.
sub setup {
	my ($host, @words) = @_;
	open my $old_out, '>&', \*STDOUT or die;
	open my $old_err, '>&', \*STDERR or die;
	open STDOUT, '>', "$dir/setup.out" or die;
	open STDERR, '>', "$dir/setup.err" or die;
	my $status = system inside($host, @shell, "$build/vtap-setup", @words);
	open STDOUT, '>&', $old_out or die;
	open STDERR, '>&', $old_err or die;
	return ($status >> 8, slurp("$dir/setup.out"), slurp("$dir/setup.err"));
}

# A file of a host.
sub read_file {
	my ($host, $name) = @_;
	my $path = $name =~ s{^/etc/}{$dir/$host/etc/}r =~ s{^/var/spool/}{$dir/$host/spool/}r =~ s{^/run/}{$dir/$host/run/}r;
	return slurp($path);
}

# What happens between the two looks of vtap-setup check.
sub between {
	my ($host, $commands) = @_;
	spew("$dir/$host/between", "$commands\n");
}

# What systemctl and others were asked to change since the last time.
sub calls {
	my ($host) = @_;
	my $calls = slurp("$dir/$host/units/calls") // '';
	unlink "$dir/$host/units/calls";
	return $calls;
}

# Lines of vtap-setup check, by what they are about: {unit => 'ok ...'}, without the words for the tap or sink.
sub facts {
	my ($host, @words) = @_;
	my ($status, $out) = setup($host, 'check', @words);
	my %fact = (status => $status);
	for (split /\n/, $out) {
		my ($state, $what, $text) = /^(ok|warn|FAIL) +[^:]*: ([^:]*): (.*)/ or next;
		$fact{$what} = "$state $text";
	}
	return \%fact;
}

1;
