/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens the folder that a file stands in, one part of the path after the other. Sets *name to the
 * file's own name. Returns a descriptor, or -1 with errno set. */
static int beneath_open_folder(int dir, const char *path, const char **name)
{
	int here = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	const char *slash;

	for (; here >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		char part[NAME_MAX + 1];
		int below = -1;

		errno = EINVAL;
		if (slash - path <= NAME_MAX && strncmp(path, "../", 3) != 0) {
			snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
			below = openat(here, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
		close(here);
		here = below;
	}
	*name = path;
	return here;
}

static bool beneath_is_regular(int fd, uint64_t *len, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "cannot be read");
	*len = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) || error_set(err, "this is no regular file");
}

/* O_NONBLOCK keeps a FIFO from making it wait. */
int beneath_open(int dir, const char *path, uint64_t *len, struct error *err)
{
	const char *name;
	int folder = beneath_open_folder(dir, path, &name), fd = -1;

	if (folder >= 0)
		fd = openat(folder, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		error_errno(err, "cannot be opened");
	if (folder >= 0)
		close(folder);
	if (fd < 0 || beneath_is_regular(fd, len, err))
		return fd;
	close(fd);
	return -1;
}

void beneath_remove(int dir, const char *path)
{
	const char *name;
	int folder = beneath_open_folder(dir, path, &name);

	if (folder < 0)
		return;
	unlinkat(folder, name, 0);
	close(folder);
}
