/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of --names: which lines say what, and which are wrong. */
#include "tools/vtap-split/labels.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"

static char path[] = "/tmp/vtap-labels-XXXXXX";
static struct labels labels;
static struct error err;

static bool reads(const char *text)
{
	FILE *to = fopen(path, "w");

	labels_free(&labels);
	err = (struct error){ 0 };
	if (!to || fputs(text, to) < 0 || fclose(to) != 0)
		return false;
	return labels_read(&labels, path, &err);
}

static const char *label_of(const char *part)
{
	const char *label = labels_find(&labels, part);

	return label ? label : "(none)";
}

static void test_forms(void)
{
	static const struct {
		const char *key, *part;
	} rows[] = {
		{ "3001", "3001" },
		{ "none", "" },
		{ "%6Eone", "none" },
		{ "%6Fthers", "others" },
		{ "%6eone", "none" },
		{ "10.0.0.1", "10.0.0.1" },
		{ "FD00:0::1", "fd00::1" },
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1" },
		{ "02-AB-00-00-00-0F", "02:ab:00:00:00:0f" },
		{ "02:AB:00:00:00:0f", "02:ab:00:00:00:0f" },
		{ "02:AB:00:00:00:0g", "02:AB:00:00:00:0g" },
		{ "eth%200", "eth 0" },
		{ "100%", "100%" },
		{ "100%2", "100%2" },
		{ "%zz", "%zz" },
		{ "%00", "%00" },
		{ "vxlan-3000@FD00::1", "vxlan-3000@FD00::1" },
	};
	char line[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "%s name\n", rows[i].key);
		ok(reads(line), "%s", rows[i].key);
		is_str(label_of(rows[i].part), "name", rows[i].part);
	}
}

static void test_lines(void)
{
	ok(reads("") && reads("\n \t\r\n") && reads("# 1 x\n  #2 x y z\n"),
	   "an empty file, and one of blank lines and comments");
	is_str(label_of("1"), "(none)", "... name nothing");
	ok(reads("1 x\n2\ty\r\n  3   z"), "lines of all ends");
	is_str(label_of("1"), "x", "LF");
	is_str(label_of("2"), "y", "CRLF and a tab");
	is_str(label_of("3"), "z", "blanks, and no end");
	is_str(label_of("4"), "(none)", "a part that is not there");
}

static void test_wrong(void)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "1\n", ":1: " },
		{ "1 x\n\n2 y z\n", ":3: " },
		{ "1 x\n1 x\n", ":2: " },
		{ "::1 x\n#\n0::1 y\n", ":3: " },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ok(!reads(rows[i].text) && err.usage, "an error of usage");
		ok(strstr(err.text, rows[i].line) != NULL, "... in its line: %s", err.text);
	}
	labels_free(&labels);
	err = (struct error){ 0 };
	ok(!labels_read(&labels, "/nowhere/names", &err) && !err.usage, "no file: %s", err.text);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	is_str(label_of("1"), "(none)", "a struct of zeros has no labels");
	test_forms();
	test_lines();
	test_wrong();
	labels_free(&labels);
	unlink(path);
	return tap_done();
}
