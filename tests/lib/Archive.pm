# SPDX-License-Identifier: GPL-2.0-or-later
# Archives for tests, made without the tools under test: captures of known packets, called as docs/archive.md says.
package Archive;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use POSIX qw(strftime floor);
use Capture qw(slurp spew ng_section ng_interface ng_option ng_packet packets);

our @EXPORT_OK = qw(capture object_name put_object put time_text basic_text encoded $second $hour $day);
our ($second, $hour, $day) = (1_000_000_000, 3_600_000_000_000, 86_400_000_000_000);

# A time as (seconds, nanoseconds), also before 1970.
sub parts {
	use integer;
	my ($ns) = @_;
	my ($s, $rest) = ($ns / $second, $ns % $second);
	($s, $rest) = ($s - 1, $rest + $second) if $rest < 0;
	return ($s, $rest);
}

# Nanoseconds since 1970 as 2026-11-17T16:05:00.123456789Z, and as in the name of an object.
sub time_text {
	my ($s, $rest) = parts(@_);
	return strftime('%Y-%m-%dT%H:%M:%S', gmtime $s) . sprintf '.%09dZ', $rest;
}

sub basic_text { return time_text(@_) =~ tr/:-//dr }

# A name of an interface as SOURCE has it, if it is short.
sub encoded {
	my ($name) = @_;
	return '%6Dixed' if $name eq 'mixed';
	return 'none' if $name eq '';
	my $special = $name =~ /^[.-]/ || $name eq 'none' || $name eq 'others';
	my $text = $name =~ s/([^A-Za-z0-9._@+=,:-])/sprintf '%%%02X', ord $1/ger;
	$text = sprintf('%%%02X', ord $name) . substr $text, 1 if $special;
	return $text =~ s/\.tmp$/%2Etmp/r;
}

# A pcapng with packets [NANOSECONDS, BYTES, NAME]; an interface for each name.
sub capture {
	my @packets = @_;
	my (%id, $interfaces, $records);
	$interfaces = $records = '';
	for (@packets) {
		my ($ns, $bytes, $name) = @$_;
		$name //= '';
		if (!defined $id{$name}) {
			$id{$name} = keys %id;
			$interfaces .= ng_interface('<', 1, 0, $name eq '' ? () : ng_option('<', 2, $name), ng_option('<', 9, chr 9));
		}
		$records .= ng_packet('<', $id{$name}, $ns, $bytes, length $bytes);
	}
	return ng_section('<') . $interfaces . $records;
}

# The name of an object: times in nanoseconds.
sub object_name {
	my ($source, $first, $last, $packets, $sum, $type) = @_;
	my ($date, $hh) = time_text($first) =~ /^(.{10})T(..)/;
	my $span = $last - $first;
	my $place = $span > $day ? 'long' : $span > $hour ? "$date/day" : "$date/$hh";
	return "$place/$source/" . basic_text($first) . '--' . basic_text($last) . "--$packets--" . substr($sum, 0, 16) . ".$type";
}

sub put {
	my ($archive, $name, $bytes) = @_;
	make_path(dirname("$archive/$name"));
	return spew("$archive/$name", $bytes);
}

# zstd of some bytes, a frame with a checksum.
sub zstd {
	my ($bytes) = @_;
	spew('to-pack', $bytes);
	system('zstd', '-q', '-3', '--check', '-f', 'to-pack', '-o', 'packed') == 0 or die "zstd: $?";
	return slurp('packed');
}

# Puts a capture of packets [NANOSECONDS, BYTES, NAME] into an archive, and returns the name of the object. More: source
# (encoded), type ('pcapng.zst'), bytes (of the capture), count.
sub put_object {
	my ($archive, $packets, %more) = @_;
	my @times = sort { $a <=> $b } map { $_->[0] } @$packets;
	my %names = map { ($_->[2] // '') => 1 } @$packets;
	my $source = $more{source} // (keys %names > 1 ? 'mixed' : encoded((keys %names)[0]));
	my $bytes = $more{bytes} // capture(@$packets);
	my $type = $more{type} // 'pcapng.zst';
	my $name = object_name($source, $times[0], $times[-1], $more{count} // scalar(@$packets), sha256_hex($bytes), $type);
	put($archive, $name, $type =~ /\.zst$/ ? zstd($bytes) : $bytes);
	return $name;
}

1;
