# SPDX-License-Identifier: GPL-2.0-or-later
# Sees each capture that a tool finishes below some folders, and keeps a copy below the folder of the build. A tool writes
# NAME.tmp, and gives it its NAME by rename(2) when it is complete: inotify(7) tells. What the test wrote itself is left out.
package Watch;
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use Exporter qw(import);
use Fcntl qw(O_NONBLOCK);
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp qw(tempfile);
require 'syscall.ph';

our @EXPORT_OK = qw(watch look own descriptor);

# inotify(7)
use constant { MOVED_FROM => 0x40, MOVED_TO => 0x80, CREATE => 0x100, OVERFLOW => 0x4000, ONLYDIR => 0x01000000,
	DONT_FOLLOW => 0x02000000, ISDIR => 0x40000000, CLOEXEC => 0x80000 };

# How a pcapng, a pcap, and what may be one in gzip or zstd begin.
my $capture = qr/^(?:\x0a\x0d\x0d\x0a|\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\xa1\xb2\x3c\x4d|\x1f\x8b|\x28\xb5\x2f\xfd)/;

my $kept = abs_path($ENV{BUILD} || 'build') . '/tests/captures';
# Floods are alike, and take the programs minutes: of the files that were finished since the last look so many are kept, and
# none with more bytes.
my ($most, $longest) = (50, 1 << 20);
my ($inotify, %folders, %moved, @events, @finished);
my %own; # digests of what the test wrote itself

sub descriptor {
	open $inotify, '<&=', syscall(SYS_inotify_init1(), O_NONBLOCK | CLOEXEC) or die "inotify: $!" if !$inotify;
	return $inotify;
}

# Also the folders below. What stands in a new folder by the time that it is watched may have got its name before: all of it
# counts.
sub watch {
	my ($folder) = @_;
	my $number = syscall(SYS_inotify_add_watch(), fileno descriptor(), $folder, MOVED_FROM | MOVED_TO | CREATE | ONLYDIR | DONT_FOLLOW);
	return if $number < 0; # it is gone
	$folders{$number} = $folder;
	opendir my $names, $folder or return;
	for my $path (map { "$folder/$_" } grep { !/^\.\.?$/ } readdir $names) {
		lstat $path;
		-d _ ? watch($path) : -f _ && $path !~ /\.tmp$/ && push @finished, $path;
	}
}

# Keeps what was finished until now. A test that asks for $? does not notice.
sub look {
	local ($?, $!, $@);
	take_events();
	while (my $event = shift @events) {
		handle(@$event);
		take_events();
	}
	my $every = @finished > $most ? @finished / $most : 1;
	for (my $i = 0; $i < @finished; $i += $every) {
		keep($finished[$i]);
	}
	@finished = ();
}

sub take_events {
	while (sysread $inotify, my $bytes, 65536) {
		while (length $bytes) {
			my ($folder, $what, $pair, $len) = unpack 'i L L L', $bytes;
			push @events, [$folder, $what, $pair, unpack "x16 Z$len", $bytes];
			substr $bytes, 0, 16 + $len, '';
		}
	}
}

# The queue of events may overflow in a run that writes thousands of files: then all folders are looked through.
sub handle {
	my ($folder, $what, $pair, $name) = @_;
	return map { watch($_) } sort values %folders if $what & OVERFLOW;
	my $path = ($folders{$folder} // '') . "/$name";
	if ($what & ISDIR) {
		watch($path) if $what & (CREATE | MOVED_TO);
	} elsif ($what & MOVED_FROM) {
		$moved{$pair} = $path;
	} elsif ($what & MOVED_TO && (delete $moved{$pair} // '') eq "$path.tmp") {
		push @finished, $path;
	}
}

sub beginning {
	my ($file) = @_;
	my $bytes = '';
	read $file, $bytes, 4;
	return $bytes;
}

# A copy of a capture, and the names of the test and of the file. Other tests may have the same file at the same time.
sub keep {
	my ($path) = @_;
	open my $file, '<:raw', $path or return; # it is gone
	return if -s $file > $longest || beginning($file) !~ $capture;
	seek $file, 0, 0;
	my $digest = Digest::MD5->new->addfile($file)->hexdigest;
	return if $own{$digest} || -e "$kept/$digest";
	make_path($kept);
	my ($copy, $whole) = tempfile(DIR => $kept);
	seek $file, 0, 0;
	copy($file, $copy) && close $copy or die "$whole: $!";
	open my $name, '>', "$kept/$digest.name" or die "$kept/$digest.name: $!";
	print $name "$0 $path";
	close $name;
	rename $whole, "$kept/$digest";
}

# What a test writes itself is no work of the tools, wherever a copy of it stands from now on.
sub own {
	my (@bytes) = @_;
	look();
	$own{md5_hex(@bytes)} = 1;
}

1;
