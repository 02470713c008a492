/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finished.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/folder_lock.h"

enum { SECOND_NS = 1000000000 };

/* FINISHED_BY_AGE says that no lease is to be had. */
static enum finished finished_ask(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? FINISHED_NO : FINISHED_BY_AGE;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return FINISHED_YES;
}

bool finished_has_writer(int fd)
{
	return finished_ask(fd) == FINISHED_NO;
}

static bool finished_is_tmp(const char *name)
{
	size_t len = strlen(name), end = strlen(".tmp");

	return len > end && strcmp(name + len - end, ".tmp") == 0;
}

/* A writer locks its unfinished file, or a folder above it while it has that file closed. */
static bool finished_is_abandoned(int fd, const char *path)
{
	bool alone = flock(fd, LOCK_EX | LOCK_NB) == 0 && folder_lock_is_alone(path);

	flock(fd, LOCK_UN);
	return alone;
}

static enum finished finished_judge(int fd, const char *name, const char *path, bool old)
{
	enum finished lease = finished_ask(fd);

	if (lease == FINISHED_NO)
		return FINISHED_NO;
	if (finished_is_tmp(name))
		return old && finished_is_abandoned(fd, path) ? FINISHED_ABANDONED : FINISHED_NO;
	return lease == FINISHED_YES || old ? lease : FINISHED_NO;
}

/* O_NONBLOCK: a FIFO that has taken the name since the folder was read must hold up nothing. */
static int finished_open(int folder, const char *name)
{
	return openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

enum finished finished_look(int folder, const char *name, const char *path, int64_t now_ns,
			    int64_t settle_ns)
{
	int fd = finished_open(folder, name);
	enum finished finished = FINISHED_GONE;
	struct stat st;

	if (fd < 0)
		return errno == EACCES || errno == EPERM ? FINISHED_UNREADABLE : FINISHED_GONE;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		int64_t changed_ns = (int64_t)st.st_mtim.tv_sec * SECOND_NS + st.st_mtim.tv_nsec;

		finished = finished_judge(fd, name, path, now_ns - changed_ns >= settle_ns);
	}
	close(fd);
	return finished;
}
