/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of sources: decoded, compared with patterns, spelled out. */
#include "tools/vtap-recall/source_names.h"

#include <string.h>

#include "lib/tap.h"

static struct source_names names;
static struct error err;

static void decodes(const char *interface)
{
	char source[KEY_TEXT_LIMIT + 1], name[KEY_TEXT_LIMIT + 1];
	bool whole;

	object_name_source(interface, source);
	whole = source_names_decode(source, name);
	ok(whole && strcmp(name, interface) == 0, "%s is decoded", source);
}

static void decoding(void)
{
	static const char *const usual[] = { "vxlan-3000@10.0.1.5",
					     "a/b",
					     "a b",
					     "100%",
					     "gr\xc3\xbcn",
					     "mixed",
					     "-x",
					     ".x",
					     "x.tmp",
					     "a~b",
					     "%41",
					     "a=b+c:d",
					     "vxlan-1@2001:db8::1",
					     "others" };
	char name[KEY_TEXT_LIMIT + 1], source[KEY_TEXT_LIMIT + 1], longer[300];

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		decodes(usual[i]);
	memset(longer, 'y', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	object_name_source(longer, source);
	ok(!source_names_decode(source, name), "a name that was cut is told");
	ok(source_names_decode("%4", name) && strcmp(name, "%4") == 0, "half a byte stays");
	ok(source_names_decode("%zz", name) && strcmp(name, "%zz") == 0, "... no hex, too");
}

static void begin(const char *first, const char *second)
{
	source_names_free(&names);
	if (first)
		source_names_add(&names, first, &err);
	if (second)
		source_names_add(&names, second, &err);
}

static void judging(void)
{
	char cut[KEY_TEXT_LIMIT + 1] = "yyy~0123456789ABCDEF";

	begin(NULL, NULL);
	ok(source_names_judge(&names, "a") == SOURCE_NAMES_ALL, "without a pattern all are wanted");
	ok(source_names_want(&names, "a"), "... and any interface");
	begin("a?c", "e*");
	ok(source_names_judge(&names, "abc") == SOURCE_NAMES_ALL, "a question mark");
	ok(source_names_judge(&names, "e%2Ff") == SOURCE_NAMES_ALL, "a star stands for a slash");
	ok(source_names_judge(&names, "ac") == SOURCE_NAMES_NONE, "another one");
	ok(source_names_judge(&names, "mixed") == SOURCE_NAMES_EACH, "mixed: each packet");
	ok(source_names_judge(&names, "%6Dixed") == SOURCE_NAMES_NONE,
	   "... not an interface mixed");
	ok(source_names_judge(&names, cut) == SOURCE_NAMES_EACH, "a name that was cut");
	ok(source_names_want(&names, "e/f") && !source_names_want(&names, "xe"), "interfaces");
}

static void spells(const char *first, const char *second, const char *joined)
{
	char text[512] = "";
	const char *const *spelled;
	size_t count;

	begin(first, second);
	ok(source_names_spell(&names, &spelled, &count, &err), "spelled out");
	for (size_t i = 0; i < count; i++)
		strcat(strcat(text, spelled[i]), " ");
	is_str(text, joined, "... are these sources");
}

int main(void)
{
	decoding();
	judging();
	spells("a/b", "c", "a%2Fb c mixed ");
	spells("none", NULL, "%6Eone none mixed ");
	spells("a*", "c", "");
	spells("c", "a[b]", "");
	spells(NULL, NULL, "");
	source_names_free(&names);
	return tap_done();
}
