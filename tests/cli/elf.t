#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# How the tools are built, by what readelf says of them: PIE, full RELRO, a stack that is not executed,
# guarded stacks, checked copies. A build with flags of one's own may be without.
use strict;
use warnings;
use Test::More;
use lib 'tests/lib';
use Scratch qw(scratch);

my $build = $ENV{BUILD} || 'build';
my @tools = map { m{tools/(.*)/main\.c} } glob 'tools/*/main.c';
my ($flags) = do { local (@ARGV, $/) = "$build/flags"; <> };

# What readelf says, in one piece.
sub elf {
	my ($file) = @_;
	my $text = `readelf --wide --file-header --program-headers --dynamic --symbols $file`;
	die "readelf $file\n" if $? || !length $text;
	return $text;
}

my %checks = (
	'position independent' => sub { $_[0] =~ /^\s*Type:\s+DYN\b/m && $_[0] =~ /\(FLAGS_1\).*\bPIE\b/ },
	'read-only after relocation' => sub { $_[0] =~ /^\s*GNU_RELRO\s/m },
	'all of it, at the start' => sub { $_[0] =~ /\(FLAGS_1\).*\bNOW\b/ },
	'the stack is no code' => sub { $_[0] =~ /^\s*GNU_STACK\s+(?:0x\S+\s+){5}RW\s/m },
	'no page is written and run' => sub { $_[0] !~ /^\s*LOAD\s+(?:0x\S+\s+){5}RWE/m },
	'no code is written to, ever' => sub { $_[0] !~ /\(TEXTREL\)/ },
	'libraries of the system only' => sub { $_[0] !~ /\((?:RPATH|RUNPATH)\)/ },
	'guarded stacks' => sub { $_[0] =~ /\b__stack_chk_fail\b/ },
	'checked copies' => sub { $_[0] =~ /\b__(?:memcpy|v?snprintf|v?fprintf|printf)_chk\b/ },
);

# Sanitizers and flags of one's own may do without.
my $own = $flags !~ / -fno-strict-aliasing -O2 -g -MMD/ || $flags =~ /-fsanitize|--coverage/;

# What the Makefile sets by itself, in front of flags of one's own: how many stacks are guarded, and how closely copies
# are watched, cannot be told from a program.
like($flags, qr/ -fstack-protector-strong /, 'stacks with any array are guarded');
SKIP: {
	skip 'flags of one\'s own', 1 if $own;
	like($flags, qr/ -D_FORTIFY_SOURCE=[23] /, 'copies are checked');
}

for my $tool (@tools) {
	my $elf = elf("$build/$tool");
	for my $check (sort keys %checks) {
	SKIP: {
			skip 'a build without _FORTIFY_SOURCE', 1
				if $check eq 'checked copies' && $flags !~ /-D_FORTIFY_SOURCE=[23]/;
			skip 'flags of one\'s own', 1 if $own && $flags =~ /-fno-stack-protector|-no-pie|-fno-pie/i;
			ok($checks{$check}->($elf), "$tool: $check") or diag $elf =~ /^(?:.*(?:Type|GNU_|LOAD|FLAGS_1).*\n)+/mg;
		}
	}
}

# The checks see what is missing.
SKIP: {
	my $cc = $flags =~ /^(\S+)/ ? $1 : 'cc';
	my $dir = scratch();
	open my $file, '>', "$dir/bare.c";
	print $file "#include <string.h>\nint main(int c, char **v) { char b[64]; strcpy(b, v[0]); return b[c]; }\n";
	close $file;
	my $bare = "$cc -O2 -U_FORTIFY_SOURCE -fno-stack-protector -no-pie -fno-pie "
		. "-Wl,-z,norelro,-z,execstack -o $dir/bare $dir/bare.c";
	skip 'no compiler', scalar keys %checks if system("$bare 2>/dev/null");
	my $elf = elf("$dir/bare");
	for my $check (sort keys %checks) {
		next if $check =~ /^no |^libraries/;
		ok(!$checks{$check}->($elf), "a bare program is not: $check");
	}
}

done_testing;
