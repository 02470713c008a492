# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of the tools' manual pages and of --help, and which options they show. tests/cli/examples.t runs those that
# go from file to file, tests/live/examples.t those that use a network.
package Examples;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename);
use Capture qw(slurp);

our @EXPORT_OK = qw(examples in_folders is_live without_example row_of);
my $build = abs_path($ENV{BUILD} || 'build');

# What mdoc's escapes stand for.
sub plain {
	my ($line) = @_;
	my %escape = ('-' => '-', '&' => '', 'e' => '\\', '(aq' => "'", '(dq' => '"', '(ti' => '~', '(ha' => '^');
	$line =~ s/^"(.*)"$/$1/;
	$line =~ s/\\(\([a-z]{2}|[-&e])/$escape{$1}/g;
	return $line;
}

# The examples of a page: its literal blocks and .Dl lines below EXAMPLES, in their order.
sub of_page {
	my ($page) = @_;
	my ($text) = slurp($page) =~ /^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\z)/ms or return;
	my @examples;
	push @examples, join "\n", map { plain($_) } split /\n/, $1 // $2
		while $text =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed|^\.Dl ([^\n]*)/msg;
	return @examples;
}

sub of_help {
	my ($tool) = @_;
	my ($text) = `$build/$tool --help` =~ /^Examples:\n(.*)\z/ms;
	return ($text // '') =~ /^ {4}(\S.*)$/mg;
}

# All of them: [where it stands, the commands].
sub examples {
	my @found;
	for my $tool (map { basename($_) } sort glob 'tools/*') {
		push @found, map { ["man/$tool.1", $_] } of_page("man/$tool.1");
		push @found, map { ["$tool --help", $_] } of_help($tool);
	}
	return @found;
}

# What takes packets from a network, gives them to one, or asks about one.
sub is_live {
	my ($example) = @_;
	return 1 if $example =~ /\bvtap-decap\b[^|]* -[li] /;
	return grep { / -t / && !/ -w / } $example =~ /\bvtap-tap\b([^|]*)/g;
}

# An example with an archive, as a test runs it: folders below the working one in the place of a store and of a host's own
# folders, the day of the recording, and an end of what would run until somebody ends it.
sub in_folders {
	my ($example) = @_;
	$example =~ s{oci:(?:captures(?:/site1)?|site1)|/(?:mnt/archive|srv/captures)\b}{archive}g;
	$example =~ s{2026-11-17T16:(\d)5}{'2026-11-21T05:' . ($1 + 3) . '5'}ge;
	$example =~ s{2026-11-1([78])\b}{'2026-11-2' . ($1 - 6)}ge;
	$example =~ s{/var/spool/vtap\b}{spool}g;
	$example =~ s{\bvtap-archive (?!(?:[^\n|]|\\\n)*(?:--once|--config|--print-config|-h\b|-V\b))}{vtap-archive --once }g;
	return $example;
}

# The row of a table [[pattern, ...], ...] that fits an example, which then counts as used; no two may fit.
sub row_of {
	my ($example, $used, @rows) = @_;
	my @fit = grep { $example =~ $_->[0] } @rows;
	$used->{ $_->[0] }++ for @fit;
	return @fit == 1 ? $fit[0] : undef;
}

# Which options of a tool are in no example. A letter and its long name are one option; letters may stand together.
sub without_example {
	my ($tool, @examples) = @_;
	my (%name_of, %takes, %seen);
	for (`$build/$tool --help` =~ /^  ((?:-., |    )--[a-z0-9-]+(?: \S+)?)/mg) {
		my ($letter, $name, $metavar) = /^(?:-(.), |    )--([a-z0-9-]+)( \S+)?/;
		$takes{$name} = $metavar;
		$name_of{$letter} = $name if defined $letter;
	}
	return "$tool --help shows no options" if !%takes;
	for my $call (map { s/\\\n/ /gr =~ /\b\Q$tool\E( [^|\n;&<>]*)/g } @examples) {
		for my $word ($call =~ /(?<= )'?(-[^\s']*)/g) {
			if ($word =~ /^--([^=]*)/) { $seen{$1} = 1; next }
			for my $letter (split //, substr $word, 1) {
				my $name = $name_of{$letter} // last;
				$seen{$name} = 1;
				last if $takes{$name};
			}
		}
	}
	return grep { !$seen{$_} } sort keys %takes;
}

1;
