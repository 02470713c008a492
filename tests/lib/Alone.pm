# SPDX-License-Identifier: GPL-2.0-or-later
# A live test in network and mount namespaces of its own: what it makes there goes with it.
package Alone;
use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Required qw(lacks insist);
use Scratch qw(scratch);
use Wait qw($hangs);

our @EXPORT_OK = qw(alone);

# Runs the test again in there, or skips it; returns a folder for everybody that is removed at the end.
sub alone {
	if (!$ENV{VTAP_TEST_INSIDE}) {
		my $able = $> == 0 && system('unshare', '-n', '-m', 'true') == 0;
		lacks('needs root and network namespaces') if !$able;
		$ENV{VTAP_TEST_INSIDE} = 1;
		exec 'unshare', '-n', '-m', $^X, $0 or die "unshare: $!";
	}
	delete $ENV{VTAP_TEST_INSIDE};
	insist();
	my $dir = scratch();
	chmod 0777, $dir;
	$SIG{ALRM} = sub { BAIL_OUT('the test hangs') };
	alarm $hangs;
	return $dir;
}

1;
