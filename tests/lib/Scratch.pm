# SPDX-License-Identifier: GPL-2.0-or-later
# The folder of a test. Every capture that a tool finishes below it is kept (Watch.pm) at the test's next check, or in its
# end, though it may soon be overwritten or removed. tests/captures.t reads what all tests have kept.
package Scratch;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Handle;
use Test2::API qw(test2_stack);
use Capture;
use Watch qw(watch look own descriptor);

our @EXPORT_OK = qw(scratch);
my $owner;

# A new folder, which goes with the test. A test that runs again in namespaces asks for it in there.
sub scratch {
	my $folder = tempdir('vtap-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	start() if !$owner;
	watch($folder);
	return $folder;
}

sub start {
	$owner = $$;
	$Capture::spewed = sub { own(@_) if $$ == $owner };
	test2_stack->top->listen(sub { look() if $$ == $owner }, inherit => 1);
}

# Before File::Temp, which was loaded earlier, removes the folder.
END {
	look() if $owner && $$ == $owner;
}

# For a test in bash (scratch.sh), which is named: prints the folder, and keeps what is finished there until it gets a line.
sub serve {
	($0) = @_;
	STDOUT->autoflush;
	print scratch(), "\n";
	my $ready = '';
	while (!vec $ready, 0, 1) {
		look();
		$ready = '';
		vec($ready, $_, 1) = 1 for 0, fileno descriptor();
		select $ready, undef, undef, undef;
	}
}

1;
