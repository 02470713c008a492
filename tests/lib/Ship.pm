# SPDX-License-Identifier: GPL-2.0-or-later
# Batches that are shipped to a remote by what vtap-archive does it with (tests/lib/ship.c).
package Ship;
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Path qw(make_path);
use Time::HiRes qw(time);
use Capture qw(slurp spew);
use Compile qw(compile);
use Lab qw($dir);

our @EXPORT_OK = qw(prepare staged ship shipping are in_archive in_stage $stage);
our $stage;
my $build = abs_path($ENV{BUILD} || 'build');
my $root = abs_path('.');

# To be called in namespaces.
sub prepare {
	my @sanitizer = `nm $build/libstages.a` =~ /__asan_init/ ? '-fsanitize=address,undefined' : ();
	compile('lib/ship.c', "$dir/ship", "-I$root -I$root/common", @sanitizer, "$build/libstages.a", "$build/libvtap.a",
		'-lmd -lmnl -lcap-ng -lseccomp -ldl');
	$stage = "$dir/stage";
}

# Stages objects (name => bytes), all of them different. Returns their names.
sub staged {
	my (%size) = @_;
	my $bytes = pack 'N*', map { $_ * 2654435761 % 4294967296 } 1 .. 250_000;
	for (keys %size) {
		make_path($1) if "$stage/$_" =~ m{^(.*)/};
		spew("$stage/$_", substr "$_\n" . $bytes x (1 + $size{$_} / length $bytes), 0, $size{$_});
	}
	return sort keys %size;
}

# The command that ships objects to ARCHIVE.
sub shipping {
	my ($archive, @names) = @_;
	spew("$dir/names", map { "$_\n" } @names);
	return "exec $dir/ship $stage '$archive' <$dir/names 2>&1";
}

# What it prints, without what is said with -v, and the seconds that it takes.
sub ship {
	my $begin = time;
	my $command = shipping(@_);
	my $said = join '', grep { !/^said: / } `$command`;
	return ($said, time - $begin);
}

sub are {
	my ($proof, @names) = @_;
	return join '', map { "$proof $_\n" } @names;
}

# Sums of what the archive has, by rclone itself; that of nothing for what is not there.
sub in_archive {
	my ($archive, @names) = @_;
	return map { scalar sha256_hex(scalar `rclone cat '$archive/$_' 2>/dev/null` // '') } @names;
}

sub in_stage { return map { scalar sha256_hex(slurp("$stage/$_")) } @_ }

1;
