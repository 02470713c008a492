/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
enum { TRIES = 100, PAUSE_NS = 1000000 }; /* for a lock that others hold for a moment */
enum { LEVELS = 256 };			  /* folders above a file that are looked at */

static int shared = -1;

/* Never waits without end: everybody who may read the folder can hold a lock on it. */
static bool folder_lock_take_shared(int fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

void folder_lock_share(const char *folder)
{
	if (shared >= 0)
		return;
	shared = open(folder, FOLDER_FLAGS);
	if (shared >= 0)
		folder_lock_take_shared(shared);
}

static bool folder_lock_is_same(int a, int b)
{
	struct stat of_a, of_b;

	return b >= 0 && fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 &&
	       of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/*
 * An exclusive lock shows that there is no other. flock(2) gives up the shared lock of this process
 * before it tries, so for a moment there is none: should another process look just then, and take a
 * file of this one for abandoned, then output_path_again() and output_path_rename() find it gone.
 */
static bool folder_lock_has_no_other(int fd)
{
	bool own = folder_lock_is_same(fd, shared);
	int lock = own ? shared : fd;
	bool alone = flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;

	if (own)
		folder_lock_take_shared(lock);
	else
		flock(lock, LOCK_UN);
	return alone;
}

/* Returns the folder above, or -1 at the root or where this process may not look. */
static int folder_lock_above(int fd)
{
	int above = openat(fd, "..", FOLDER_FLAGS);

	if (above >= 0 && folder_lock_is_same(fd, above)) {
		close(above);
		above = -1;
	}
	close(fd);
	return above;
}

static int folder_lock_open_parent(const char *file)
{
	const char *slash = strrchr(file, '/');
	char folder[PATH_MAX];

	if (!slash)
		return open(".", FOLDER_FLAGS);
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file) + 1, file);
	return open(folder, FOLDER_FLAGS);
}

bool folder_lock_is_alone(const char *file)
{
	int fd = folder_lock_open_parent(file);
	bool alone = fd >= 0;

	for (int i = 0; alone && fd >= 0 && i < LEVELS; i++) {
		alone = folder_lock_has_no_other(fd);
		if (alone)
			fd = folder_lock_above(fd);
	}
	if (fd >= 0)
		close(fd);
	return alone;
}
