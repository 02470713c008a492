/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in columns, paragraphs in lines. */
#include "tools/vtap-stat/table_text.h"

#include <stdlib.h>

#include "lib/tap.h"

static void is_cut(const char *name, unsigned width, bool utf8, const char *want)
{
	char text[TABLE_TEXT_SIZE];

	table_text_cut(name, width, utf8, text);
	is_str(text, want, want);
}

static void test_cut(void)
{
	char name[5000], text[TABLE_TEXT_SIZE];

	is_cut("eth0", 4, true, "eth0");
	is_cut("vxlan-3001@10.0.1.6", 10, true, "vxlan….1.6");
	is_cut("vxlan-3001@10.0.1.6", 10, false, "vxlan~.1.6");
	is_cut("abc", 2, true, "a…");
	is_cut("abc", 1, true, "…");
	is_cut("abc", 0, true, "");
	is_cut("a\x1b[31m\n\xff", 20, true, "a?[31m??");
	is_cut("ä€", 10, true, "ä€");
	is_cut("ä€", 10, false, "?????");
	is_cut("漢字漢字", 5, true, "漢…字");
	is_cut("漢字漢字", 4, true, "漢…");
	memset(name, 'n', sizeof(name));
	name[4999] = '\0';
	table_text_cut(name, 2000, true, text);
	ok(strlen(text) < TABLE_TEXT_SIZE, "a very long name has room");
	table_text_cut(name, 1015, true, text);
	is_u64(table_text_width(text), 1015, "with its mark, too");
}

static void test_wrap(void)
{
	size_t len;
	char *text;
	FILE *to = open_memstream(&text, &len);

	table_text_wrap("one two three extraordinary 4", 9, to);
	table_text_wrap("", 9, to);
	fclose(to);
	is_str(text, "one two\nthree\nextraordinary\n4\n\n", "lines");
	free(text);
}

int main(void)
{
	test_cut();
	test_wrap();
	return tap_done();
}
