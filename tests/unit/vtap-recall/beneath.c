/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files below a folder in which anybody may have made anything. */
#include "tools/vtap-recall/beneath.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"

static char place[] = "/tmp/vtap-beneath-XXXXXX";
static int dir;

static void opens(const char *path, bool is, const char *what)
{
	struct error err = { 0 };
	uint64_t len = 0;
	int fd = beneath_open(dir, path, &len, &err);

	ok((fd >= 0) == is && (is ? len == 4 : err.text[0] != '\0'), "%s", what);
	if (fd >= 0)
		close(fd);
}

static void put(const char *path)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (write(fd, "text", 4) != 4)
		perror(path);
	close(fd);
}

int main(void)
{
	if (!mkdtemp(place))
		return 1;
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(dir, "a", 0700);
	mkdirat(dir, "a/b", 0700);
	put("a/b/file");
	if (symlinkat("file", dir, "a/b/link") < 0 || symlinkat("b", dir, "a/c") < 0)
		perror("link");
	mkfifoat(dir, "a/b/fifo", 0600);
	opens("a/b/file", true, "a regular file");
	opens("a/b/none", false, "one that is not there");
	opens("a/b/link", false, "a link");
	opens("a/c/file", false, "a folder that is a link");
	opens("a/b/fifo", false, "a FIFO, without waiting");
	opens("a/b", false, "a folder");
	opens("a/../a/b/file", false, "a way up");
	beneath_remove(dir, "a/c/file");
	opens("a/b/file", true, "nothing is removed through a link");
	beneath_remove(dir, "a/b/file");
	opens("a/b/file", false, "a file is removed");
	unlinkat(dir, "a/b/link", 0);
	unlinkat(dir, "a/b/fifo", 0);
	unlinkat(dir, "a/c", 0);
	unlinkat(dir, "a/b", AT_REMOVEDIR);
	unlinkat(dir, "a", AT_REMOVEDIR);
	close(dir);
	rmdir(place);
	return tap_done();
}
