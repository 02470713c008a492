/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/interrupt.h"

/* For file systems without O_TMPFILE. A kill between the two calls leaves an empty file. */
static int open_named(const char *dir)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/vtap-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

int tempfile_open(struct error *err)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = interrupt_open(AT_FDCWD, dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = open_named(dir);
	if (fd < 0)
		error_errno(err, "temporary file in %s", dir);
	return fd;
}
