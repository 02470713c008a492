#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A lint that finds nothing may be blind. In a small house of its own nothing is found; then each rule of tests/lint_house,
# of check_house and of check_man in tests/lint is broken, and the lint names every place and no other.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use Test::More;
use lib 'tests/lib';
use Capture qw(slurp spew);
use Scratch qw(scratch);

for my $tool (qw(git ctags nm python3)) {
	plan skip_all => "needs $tool" if system("command -v $tool >/dev/null");
}
my $root = abs_path('.');
my $dir = scratch();
delete @ENV{qw(GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE MAKEFLAGS MFLAGS SANITIZE CFLAGS)};
$ENV{BUILD} = 'build';

# A tool, a module in two parts that call each other, the parser in two files, a codec with a number of its own, tests.
my %house = (
	(map { ("common/$_/room.h" => "/* Room. */\n") } qw(io host packet tunnel key offload filter capture archive live pipeline)),
	'common/base/span.h' => "static inline int patch_it(void) { return 1; }\n",
	'common/base/span.c' => "#include \"base/span.h\"\nstatic int help(void) { return patch_it(); }\nint (*span_help)(void) = help;\n",
	'common/cli/cli.h' => "int cli_run(void);\nint cli_part_two(void);\n",
	'common/cli/cli_internal.h' => "int cli_part(void);\n",
	'common/cli/cli.c' => "#include \"cli/cli_internal.h\"\nstatic int help(void) { return cli_part(); }\nint cli_run(void) { return help(); }\n",
	'common/cli/cli_part.c' => "#include \"cli/cli.h\"\nint cli_part(void) { return cli_run(); }\nint cli_part_two(void) { return 2; }\n",
	'common/header/fields.h' => "enum { ETHERNET_LEN = 14, ETHERTYPE_IPV4 = 0x0800 };\n",
	'common/header/headers.h' => "int headers_parse(void);\n",
	'common/header/headers_internal.h' => "int proto_ip(void);\n",
	'common/header/headers.c' => "#include \"header/headers_internal.h\"\nint headers_parse(void) { return proto_ip(); }\n",
	'common/header/proto_ip.c' => "#include \"header/headers.h\"\n#include \"header/headers_internal.h\"\nint proto_ip(void) { return headers_parse(); }\n",
	'common/encap/vxlan.c' => "enum { PROTOCOL_IPV4 = 1 };\nconst int encap_vxlan = PROTOCOL_IPV4; /* 0x0800 */\n",
	'tools/vtap-tap/main.c' => "#include \"live.h\"\nint main(void) { return tap_live_run(); }\n",
	'tools/vtap-tap/live.h' => "int tap_live_run(void);\n",
	'tools/vtap-tap/live.c' => "#include \"live.h\"\n#include \"cli/cli.h\"\nint tap_live_run(void) { return cli_run(); }\n",
	'tests/lib/tap.h' => "/* Room. */\n",
	'tests/unit/cli/cli.c' => "#include \"cli/cli_internal.h\"\n#include \"lib/tap.h\"\n",
	'tests/unit/cli/cli_topic.c' => "#include \"tools/vtap-tap/live.h\"\n",
	'tests/unit/vtap-tap/live.c' => '',
	'man/vtap-tap.1' => ".It Fl w\n.Pa .tmp\n",
	'.gitignore' => "build/\n",
	'Makefile' => "objects := \$(patsubst %.c,\$(BUILD)/%.o,\$(wildcard common/*/*.c tools/*/*.c))\nall: \$(objects)\n"
		. "\$(BUILD)/%.o: %.c\n\t\@mkdir -p \$(\@D)\n\tcc -O0 -Icommon -I. -c -o \$\@ \$<\n",
);

# FILE, its text in lines, LINE: WHAT of each offender in it.
my @broken = (
	# 1 The order of the folders.
	['common/base/up.h', ['#include "packet/room.h"'], '1: base/ includes packet/room.h, of a folder behind it (rule 1)'],
	['common/io/up.h', ['', '#include "lib/tap.h"'], '2: common/ includes tests/lib/tap.h (rule 1)'],
	# 2 The wings.
	['common/capture/wing.h', ['#include "header/headers.h"'], '1: capture/ includes header/headers.h, of the other wing (rule 2)'],
	['common/offload/wing.h', ['#  include "io/room.h"'], '1: offload/ includes io/room.h, of the other wing (rule 2)'],
	# 3 Includes name folders, and those are fifteen.
	['common/cli/bare.h', ['#include "cli.h"'], '1: cli.h is included without its folder (rule 3)'],
	['tests/unit/cli/cli_bare.c', ['#include "../../lib/tap.h"', '#include "cli.h"'],
		'1: ../../lib/tap.h is included without its folder (rule 3)', '2: there is no cli.h (rule 3)'],
	['common/flat.h', [], '1: common/ holds the 15 folders and nothing else (rule 3)'],
	['common/cli/deep/deep.h', [], '1: common/ holds the 15 folders and nothing else (rule 3)'],
	['common/util/util.h', [], '1: common/ holds the 15 folders and nothing else (rule 3)'],
	['common/live', undef, '1: this folder is missing (rule 3)'],
	# 4 Circles: one includes, the other calls; two headers; two parts of a module without the whole.
	['common/base/one.h', ['#include "base/two.h"', 'int one_act(void);'],
		'1: common/base/one includes base/two.h, and common/base/two needs common/base/one: a circle of 2 (rule 4)'],
	['common/base/one.c', ['int one_act(void) { return 0; }']],
	['common/base/two.h', ['int two_act(void);']],
	['common/base/two.c', ['int two_act(void)', '{ int one_act(void); return one_act(); }'],
		'2: common/base/two uses one_act, and common/base/one needs common/base/two: a circle of 2 (rule 4)'],
	['tools/vtap-tap/left.h', ['#include "right.h"'],
		'1: tools/vtap-tap/left includes right.h, and tools/vtap-tap/right needs tools/vtap-tap/left: a circle of 2 (rule 4)'],
	['tools/vtap-tap/right.h', ['#include "left.h"'],
		'1: tools/vtap-tap/right includes left.h, and tools/vtap-tap/left needs tools/vtap-tap/right: a circle of 2 (rule 4)'],
	['common/host/way.h', ['']],
	['common/host/way_in.h', ['#include "host/way_out.h"'],
		'1: common/host/way_in includes host/way_out.h, and common/host/way_out needs common/host/way_in: a circle of 2 (rule 4)'],
	['common/host/way_out.h', ['#include "host/way_in.h"'],
		'1: common/host/way_out includes host/way_in.h, and common/host/way_in needs common/host/way_out: a circle of 2 (rule 4)'],
	# 5 Private headers.
	['common/cli/other.h', ['#include "cli/cli_internal.h"'], '1: cli/cli_internal.h is private to cli (rule 5)'],
	['common/header/nosy.h', ['#include "header/headers_internal.h"'], '1: header/headers_internal.h is private to headers (rule 5)'],
	['tools/vtap-split/nosy.h', ['#include "tools/vtap-tap/live.h"'], '1: tools/vtap-tap/live.h is private to its tool (rule 5)'],
	# 6 Numbers.
	['common/tunnel/numbers.h', ['enum { TYPE = 0x86dd, /* 0x8100', '0x0800 */ FOUR = 4,', 'SEND_UDP_LEN = 8,', 'A_IPV4_LEN = IPV4_LEN };'],
		'1: "0x86dd" belongs into common/header/fields.h (rule 6)', '3: "SEND_UDP_LEN = 8" belongs into common/header/fields.h (rule 6)'],
	['common/encap/numbers.h', ['enum { TYPE = 0x0800 };'], '1: "0x0800" belongs into common/header/fields.h (rule 6)'],
	# 7 Names of functions.
	['common/io/name.h', ['int act_name(void);', 'static inline int names(void) { return 0; }'], '2: names() does not begin with name (rule 7)'],
	['common/io/name.c', ['int', 'act_name(void) { return 0; }'], '2: act_name() does not begin with name (rule 7)'],
	['tools/vtap-tap/live_part.h', ['int split_live_part(void);']],
	['tools/vtap-tap/live_part.c', ['int split_live_part(void) { return 0; }'],
		'1: split_live_part() does not begin with live or live_part or tap_live or tap_live_part (rule 7)'],
	['common/base/span.c', [split /\n/, $house{'common/base/span.c'}],
		'2: 3 files have a static help(): common/base/span.c common/cli/cli.c common/packet/three.c (rule 7)'],
	['common/packet/three.c', ['static int help(void) { return 0; }', 'int (*three_help)(void) = help;']],
	# 8 A header for each module.
	['common/base/alone.c', ['static int x(void) { return 0; }', 'int alone_act(void) { return x(); }', 'int alone_too(void) { return 0; }'],
		'2: alone_act() is public, and there is no alone.h (rule 8)'],
	['common/packet/host.h', ['int guest_act(void);'], '1: declares guest_act(), which common/packet/guest.c defines (rule 8)'],
	['common/packet/guest.h', ['int guest_too(void);']],
	['common/packet/guest.c', ['int guest_act(void) { return 0; }', 'int guest_too(void) { return 0; }']],
	['common/pipeline/extern.c', ['int cli_run(void);'], '1: cli_run() is declared outside a header (rule 8)'],
	# 9 The mirror.
	['tests/unit/base/spam.c', [], '1: there is no module base/spam in common/ or tools/ (rule 9)'],
	['tests/unit/loose.c', [], '1: there is no module loose in common/ or tools/ (rule 9)'],
	# 10 Words.
	['common/io/words.h', ['/* The same', '   likewise */', '/* As above */', '/* x; NULL: y', '   False: y', '   True: y */', 'x ? NULL : 0'],
		'1: "/* The same" in a comment (rule 10)', '2: "likewise" in a comment (rule 10)', '3: "/* As above" in a comment (rule 10)',
		'4: "NULL:" in a comment (rule 10)', '5: "False:" in a comment (rule 10)', '6: "True:" in a comment (rule 10)'],
	# Patterns of check_house.
	['common/packet/lines.h', ['#include <wiretap/wtap.h>', '#include <pcap.h>', '#include <stdio.h>', 'printf("x");', 'malloc(1);', 'typedef int x;', '/* TODO */'],
		'1:#include <wiretap/wtap.h>   <- wiretap is for capture/wiretap*', '2:#include <pcap.h>   <- libpcap is for live/ and filter/expression.c',
		'3:#include <stdio.h>   <- from packet to offload: libc without stdio', '4:printf("x");   <- common neither prints nor exits',
		'5:malloc(1);   <- nothing is allocated per packet', '6:typedef int x;   <- no typedefs', '7:/* TODO */   <- no bare TODO'],
);

sub put {
	my ($path, $text) = @_;
	make_path("$dir/" . dirname($path));
	spew("$dir/$path", $text);
}

# What `CHECKS=NAME tests/lint` prints below its first line; and that it fails if there is anything.
sub lint {
	my ($name) = @_;
	system('cd ' . $dir . ' && git add -A . 2>/dev/null') == 0 or die 'git add';
	my ($first, @lines) = split /\n/, qx(cd $dir && CHECKS=$name tests/lint 2>&1);
	is($? >> 8, @lines ? 1 : 0, "$name: " . (@lines ? 'fails' : 'passes'));
	like($first, @lines ? qr/: FAILED$/ : qr/: ok$/, "$name: says so");
	return map { s/^ {4}//r } @lines;
}

put($_, $house{$_}) for keys %house;
for my $script (qw(lint lint_house)) {
	copy("$root/tests/$script", "$dir/tests/$script") or die "$script: $!";
	chmod 0755, "$dir/tests/$script";
}
system('git', 'init', '-q', $dir) == 0 or die 'git init';
is_deeply([lint('house')], [], 'a house in order');

for my $row (@broken) {
	my ($path, $lines) = @$row;
	$lines ? put($path, join '', map { "$_\n" } @$lines) : system('rm', '-r', "$dir/$path");
}
put('man/vtap-tap.1', ".It .Fl w Ar FILE\n.Pa .tmp\n.It Fl w , .Ar x\n");
my %said = map { $_ => 1 } lint('house');
for my $row (@broken) {
	my ($path, undef, @offenders) = @$row;
	ok(delete $said{"$path:$_"}, "$path:$_") for @offenders;
}
is_deeply([sort keys %said], [], 'nothing else is found') or diag explain \%said;

my @man = grep { /has no dot/ } lint('man');
is_deeply(\@man, [map { "man/vtap-tap.1:$_   <- a macro within a line has no dot" } '1:.It .Fl w Ar FILE', '3:.It Fl w , .Ar x'],
	'macros that manual pages print');

done_testing;
