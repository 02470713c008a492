# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers in C that a test builds when it wants them, and puts in front of a tool.
package Compile;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(compile preload);

my ($tests) = abs_path(__FILE__) =~ m{^(.*)/lib/};

# SOURCE below tests/ to the file TO, unless it is there; further flags, libraries last.
sub compile {
	my ($source, $to, @flags) = @_;
	my $cc = $ENV{CC} || 'cc';
	return if -e $to;
	system("$cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -O1 -o $to $tests/$source @flags") == 0
		or BAIL_OUT("$source does not compile");
}

# LD_PRELOAD=..., which puts libraries in front of TOOL: a sanitizer that it is linked with has to be the first.
sub preload {
	my ($tool, @libraries) = @_;
	my @sanitizer = `ldd $tool` =~ m{(/\S*libasan\S*)};
	return 'LD_PRELOAD=' . join ' ', @sanitizer, @libraries;
}

1;
