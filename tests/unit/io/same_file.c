/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/same_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"

static void test_names(void)
{
	static const struct {
		const char *a, *b;
		bool same;
		const char *why;
	} row[] = {
		{ "old", "old", true, "one name" },
		{ "old", "./folder/../old", true, "one file by two ways" },
		{ "old", "hard", true, "a hard link" },
		{ "soft", "old", true, "a symbolic link" },
		{ "old", "other", false, "two files" },
		{ "old", "new", false, "a file and one to be made" },
		{ "new", "./new", true, "one file to be made, by two ways" },
		{ "folder/new", "folder/../folder/new", true, "... in a folder" },
		{ "new", "folder/new", false, "one name in two folders" },
		{ "new", "newer", false, "two files to be made" },
		{ "no/new", "no/new", false, "a folder that is not there: opening it fails" },
		{ "fifo", "fifo", false, "a FIFO" },
		{ "/dev/null", "/dev/null", false, "a device" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		ok(same_file(row[i].a, row[i].b) == row[i].same, "%s", row[i].why);
}

/* Standard output is a file for this test, as it is behind `>`. */
static void test_descriptors(void)
{
	int out, old = open("old", O_WRONLY), null = open("/dev/null", O_WRONLY);
	bool to_file, to_other, to_stderr;
	bool twice;

	fflush(stdout);
	out = dup(STDOUT_FILENO);
	dup2(old, STDOUT_FILENO);
	to_file = same_file("-", "hard");
	to_other = same_file("other", "/dev/stdout");
	to_stderr = same_file("-", "/dev/stderr");
	dup2(null, STDOUT_FILENO);
	twice = same_file("-", "/dev/stdout");
	dup2(out, STDOUT_FILENO);
	close(out);
	close(old);
	close(null);
	ok(to_file, "standard output is a file, which has another name");
	ok(!to_other, "... and not another file");
	ok(!to_stderr, "... nor another descriptor");
	ok(twice, "one descriptor by two names, whatever it leads to");
}

int main(void)
{
	char folder[] = "/tmp/vtap-same-XXXXXX";
	const char *const files[] = { "old", "other", "hard", "soft", "fifo" };

	if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("folder", 0777) != 0 ||
	    close(creat("old", 0666)) != 0 || close(creat("other", 0666)) != 0 ||
	    link("old", "hard") != 0 || symlink("old", "soft") != 0 || mkfifo("fifo", 0666) != 0)
		return EXIT_FAILURE;
	test_names();
	test_descriptors();
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	rmdir("folder");
	if (chdir("/") == 0)
		rmdir(folder);
	return tap_done();
}
