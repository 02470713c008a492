# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs that people use say of files that vtap wrote: tcpdump, capinfos, tshark, mergecap and editcap.
package Readers;
use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Capture qw(kind);

our @EXPORT_OK = qw(complaints complaints_of_all read_by_all);

# What the programs have one of a file: libpcap a link type, and the byte order of the first section for the length of the
# others' heads; mergecap and editcap 4.0 one section if there are several link types.
sub one_link { return $_[0]{links} < 2 && $_[0]{orders} < 2 }
sub one_link_or_section { return $_[0]{links} < 2 || $_[0]{sections} < 2 }

# The command of quoted files, and which of them a program can read (kind() of Capture.pm), if not all. Of those that are
# slow, since they take one file or a third of a second to start, a file of each shape is asked. What is written goes to
# "-": mergecap and editcap remove a file that they could not write, be it /dev/null.
my @readers = (
	# It would give root's rights up behind the first file.
	{ name => 'tcpdump', reads => sub { "printf '%s\\n' @_ | tcpdump @{[$> ? '' : '-Z root']} -n --count -V -" }, can => \&one_link },
	{ name => 'capinfos', reads => sub { "capinfos -c @_" } },
	# Of several inputs it takes what it refuses alone.
	{ name => 'mergecap', reads => sub { join ' && ', map { "mergecap -w - $_" } @_ }, can => \&one_link_or_section, slow => 1 },
	{ name => 'editcap', reads => sub { join ' && ', map { "editcap $_ -" } @_ }, can => \&one_link_or_section, slow => 1 },
	# A pcapng behind a pcapng is a pcapng.
	{ name => 'tshark', reads => sub { "cat @_ | tshark -nr -" }, format => 'pcapng', slow => 1 },
	{ name => 'tshark', reads => sub { join ' && ', map { "tshark -nr $_" } @_ }, format => 'pcap', slow => 1 },
);

# What a program says to standard error about files, but for what it says of every one, and how it ended if not well.
sub said {
	my ($reader, @files) = @_;
	my $command = $reader->{reads}->(map { "'" . s/'/'\\''/gr . "'" } @files);
	my $text = `{ $command; } 2>&1 >/dev/null`;
	my $status = $? >> 8;
	$text =~ s/^(?:reading from file .*|Running as user .*|Warning: interface names might be incorrect)\n//mg;
	return $text eq '' && $status == 0 ? '' : "$reader->{name}: $text (exit $status)\n";
}

# Everything that all programs say about a file; '' if they read it well.
sub complaints {
	my ($file) = @_;
	my $format = kind($file)->{format};
	return join '', map { said($_, $file) } grep { ($_->{format} // $format) eq $format } @readers;
}

# {FILE => what the programs say that can read it}, of those that one has something to say of.
sub complaints_of_all {
	my %kind = map { $_ => kind($_) } @_;
	my %first = map { $kind{$_}{shape} => $_ } sort { -s $b <=> -s $a || $b cmp $a } @_;
	my %said;
	for my $reader (@readers) {
		my %alike; # tcpdump has one link type in a run
		push @{ $alike{ $kind{$_}{first} } }, $_ for grep { can_read($reader, $kind{$_}) } $reader->{slow} ? sort values %first : sort @_;
		ask($reader, \%said, @{ $alike{$_} }) for sort keys %alike;
	}
	return \%said;
}

# Variants of pcap, which have its magic number, are known to wiretap alone.
sub is_variant { return `capinfos -t '$_[0]' 2>/dev/null` =~ /^File type:\s+(?!Wireshark\/)\S/m }

# Adds to {FILE => TEXT}: many files at once, and in halves what is said of them, until it is of one.
sub ask {
	my ($reader, $all, @files) = @_;
	return if !@files;
	my $said = @files > 200 ? 'more than fit into a command' : said($reader, @files);
	return if $said eq '';
	if (@files == 1) {
		$all->{ $files[0] } .= $said if !is_variant($files[0]);
		return;
	}
	ask($reader, $all, splice @files, 0, @files / 2);
	ask($reader, $all, @files);
}

sub can_read {
	my ($reader, $kind) = @_;
	return ($reader->{format} // $kind->{format}) eq $kind->{format} && (!$reader->{can} || $reader->{can}->($kind));
}

# A test: all of them read the file, and tcpdump shows so many packets.
sub read_by_all {
	my ($file, $packets, $name) = @_;
	is(complaints($file), '', "$name: every reader takes it");
	like(`tcpdump --count -nr '$file' 2>/dev/null`, qr/^$packets packets?$/, "$name: tcpdump sees its packets");
}
1;
