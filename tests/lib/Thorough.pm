# SPDX-License-Identifier: GPL-2.0-or-later
# How much of the same kind a test does. make check is for every change; with VTAP_THOROUGH set nothing is left out.
package Thorough;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw($thorough some);
our $thorough = $ENV{VTAP_THOROUGH};

# Of many alike each step-th and the last, or all.
sub some {
	my ($step, @all) = @_;
	return $thorough ? @all : @all[grep { $_ % $step == $#all % $step } 0 .. $#all];
}

1;
