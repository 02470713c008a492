# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs that people use say of a file that vtap wrote.
package Readers;
use strict;
use warnings;
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(complaints read_by_all);

# Everything that tcpdump, capinfos, tshark, mergecap and editcap say to standard error about a capture, but for
# tcpdump's line about what it reads, and the notes of root.
sub complaints {
	my ($file) = @_;
	my $quoted = "'" . $file =~ s/'/'\\''/gr . "'";
	my $said = '';
	for my $command ("tcpdump -nr $quoted", "capinfos $quoted", "tshark -nr $quoted", "mergecap -w - $quoted", "editcap $quoted -") {
		my $text = `{ $command >/dev/null; } 2>&1`;
		my $status = $? >> 8;
		$text =~ s/^(?:reading from file .*|Running as user .*)\n//mg;
		$said .= "$command: $text (exit $status)\n" if $text ne '' || $status != 0;
	}
	return $said;
}

# A test: all of them read the file, and tcpdump shows so many packets.
sub read_by_all {
	my ($file, $packets, $name) = @_;
	is(complaints($file), '', "$name: every reader takes it");
	like(`tcpdump --count -nr '$file' 2>/dev/null`, qr/^$packets packets?$/, "$name: tcpdump sees its packets");
}
1;
