# SPDX-License-Identifier: GPL-2.0-or-later
# What a live test needs of the machine: root, namespaces, devices of the kernel's. Where it is not there the test says
# SKIP and why; with VTAP_REQUIRE_LIVE, as in .ci/run, it fails, for a skipped test would look like one that passed.
package Required;
use strict;
use warnings;
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(lacks insist);

my $required = $ENV{VTAP_REQUIRE_LIVE};

# Ends a test that cannot run.
sub lacks {
	my ($what) = @_;
	BAIL_OUT($what) if $required;
	plan skip_all => $what;
}

# From now on the caller's skip() is a failure where it may not be.
sub insist {
	return if !$required;
	no warnings qw(redefine exiting);
	*main::skip = sub {
		my ($why) = @_;
		fail("is not to be skipped: $why");
		last SKIP;
	};
}

1;
