# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs that people use say of files that vtap wrote: tcpdump, capinfos, tshark, mergecap and editcap.
package Readers;
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Test::More;
use Capture qw(kind);

our @EXPORT_OK = qw(complaints complaints_of_all read_by_all);

# What the programs have one of a file: libpcap a link type, and the byte order of the first section for the length of the
# others' heads; mergecap and editcap 4.0 one section if there are several link types. These two also compare each interface
# with all others: 100,000 take minutes.
sub one_link { return $_[0]{links} < 2 && $_[0]{orders} < 2 }
sub one_link_or_section { return ($_[0]{links} < 2 || $_[0]{sections} < 2) && $_[0]{interfaces} < 10_000 }

# The command of quoted files, and which of them a program can read (kind() of Capture.pm), if not all. What is written goes
# to "-": mergecap and editcap remove a file that they could not write, be it /dev/null.
my @readers = (
	# It would give root's rights up behind the first file.
	{ name => 'tcpdump', reads => sub { "printf '%s\\n' @_ | tcpdump @{[$> ? '' : '-Z root']} -n --count -V -" }, can => \&one_link },
	{ name => 'capinfos', reads => sub { "capinfos -c @_" } },
	# Of several inputs it takes what it refuses alone.
	{ name => 'mergecap', reads => sub { join ' && ', map { "mergecap -w - $_" } @_ }, can => \&one_link_or_section },
	{ name => 'editcap', reads => sub { join ' && ', map { "editcap $_ -" } @_ }, can => \&one_link_or_section },
	# A pcapng behind a pcapng is a pcapng.
	{ name => 'tshark', reads => sub { "cat @_ | tshark -nr -" }, format => 'pcapng' },
	{ name => 'tshark', reads => sub { join ' && ', map { "tshark -nr $_" } @_ }, format => 'pcap' },
);

# What a program says to standard error about files, but for what it says of every one, and what it stumbles on in packets
# that were made for that; and how it ended if not well.
sub said {
	my ($reader, @files) = @_;
	my $command = $reader->{reads}->(map { "'" . s/'/'\\''/gr . "'" } @files);
	my $text = `{ $command; } 2>&1 >/dev/null`;
	my $status = $? >> 8;
	$text =~ s/^(?:reading from file .*|Running as user .*|Warning: interface names might be incorrect| \*\* \(tshark:.*Dissector bug.*)\n//mg;
	return $text eq '' && $status == 0 ? '' : "$reader->{name}: $text (exit $status)\n";
}

# Everything that all programs say about a file; '' if they read it well.
sub complaints {
	my ($file) = @_;
	my $format = kind($file)->{format};
	return join '', map { said($_, $file) } grep { ($_->{format} // $format) eq $format } @readers;
}

# {FILE => what the programs say that can read it}, of those that one has something to say of. The programs run beside
# each other.
sub complaints_of_all {
	my %kind = map { $_ => kind($_) } @_;
	my @answers = map { my $reader = $_; answer(sub { complaints_of($reader, \%kind) }) } @readers;
	my %said;
	for my $answer (map { decode_json(do { local $/; readline $_ }) } @answers) {
		$said{$_} .= $answer->{$_} for keys %$answer;
	}
	return \%said;
}

# Has a process of its own work, and returns where its answer can be read.
sub answer {
	my ($work) = @_;
	my $pid = open my $from, '-|';
	defined $pid or die "fork: $!";
	return $from if $pid;
	print encode_json($work->());
	close STDOUT;
	POSIX::_exit(0);
}

sub complaints_of {
	my ($reader, $kind) = @_;
	my (%said, %alike);
	# tcpdump has one link type in a run.
	push @{ $alike{ $kind->{$_}{first} } }, $_ for grep { can_read($reader, $kind->{$_}) } sort keys %$kind;
	ask($reader, \%said, @{ $alike{$_} }) for sort keys %alike;
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
