# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that a user has, for `make check-corpus CORPUS=DIR`.
package Corpus;
use strict;
use warnings;
use Exporter qw(import);
use File::Find qw(find);
use Storable qw(store_fd fd_retrieve);

our @EXPORT_OK = qw(captures in_parallel);

# All files below $CORPUS but texts, sorted.
sub captures {
	my $folder = $ENV{CORPUS} // '';
	my @files;
	return if $folder eq '' || !-d $folder;
	find({ no_chdir => 1, wanted => sub {
		push @files, $_ if -f && !/\.(?:md|tsv|txt|json|sh|py|pl|gitignore)$/ && !m{/\.git/};
	} }, $folder);
	return sort @files;
}

# Calls work(i) for 0 .. count-1 in as many processes as there are processors, and
# done(i, what work returned) here, in order.
sub in_parallel {
	my ($count, $work, $done) = @_;
	chomp(my $processes = `nproc`);
	my @readers = map {
		my $share = $_;
		my $pid = open(my $reader, '-|') // die "fork: $!";
		if ($pid == 0) {
			$| = 1;
			for (my $i = $share; $i < $count; $i += $processes) {
				store_fd([$work->($i)], \*STDOUT);
			}
			require POSIX;
			POSIX::_exit(0);
		}
		$reader;
	} 0 .. $processes - 1;
	for my $i (0 .. $count - 1) {
		my $result = eval { fd_retrieve($readers[$i % $processes]) };
		$done->($i, $result ? @$result : "no answer: $@");
	}
}

1;
