/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool sync_file(int fd, const char *name, struct error *err)
{
	return TEMP_FAILURE_RETRY(fdatasync(fd)) == 0 ||
	       error_errno(err, "%s: --sync: cannot wait for the disk", name);
}

/* fdatasync(2) need not wait for a new name: some file systems take it for an attribute. */
bool sync_folder(const char *name, struct error *err)
{
	const char *slash = strrchr(name, '/');
	char folder[PATH_MAX] = ".";
	bool done;
	int fd;

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name + 1), name);
	fd = TEMP_FAILURE_RETRY(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	done = fd >= 0 && TEMP_FAILURE_RETRY(fsync(fd)) == 0;
	if (!done)
		error_errno(err, "%s: --sync: cannot wait for the disk to have the name in %s",
			    name, folder);
	if (fd >= 0)
		close(fd);
	return done;
}
