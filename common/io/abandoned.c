/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/abandoned.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/filename.h"
#include "io/folder_lock.h"
#include "io/interrupt.h"
#include "io/output_path.h"

enum { NUMBERS = 9999 }; /* when all are taken, the .tmp stays and keeps its name */

static void (*abandoned_teller)(const void *arg, const char *tmp, const char *now);
static const void *abandoned_teller_arg;

void abandoned_tell(void (*tell)(const void *arg, const char *tmp, const char *now),
		    const void *arg)
{
	abandoned_teller = tell;
	abandoned_teller_arg = arg;
}

static bool abandoned_refuse(const char *tmp, const char *why, struct error *err)
{
	error_set(err, "%s: %s", tmp, why);
	err->number = EEXIST;
	return false;
}

/* The lock comes first: a writer that was closing its file could else rename it in between. */
static bool abandoned_is_dead(int fd, const char *tmp, const struct stat *seen, struct error *err)
{
	struct stat st;

	if (fd < 0)
		return abandoned_refuse(tmp, "exists already, and cannot be read", err);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return abandoned_refuse(tmp,
					errno == EWOULDBLOCK
						? "is being written by another process"
						: "exists already, on a file system without locks",
					err);
	if (fstat(fd, &st) < 0 || st.st_dev != seen->st_dev || st.st_ino != seen->st_ino)
		return abandoned_refuse(tmp, "is another file now", err);
	if (!folder_lock_is_alone(tmp))
		return abandoned_refuse(
			tmp, "may be that of another process, which holds a lock on its folder",
			err);
	return true;
}

/* Returns a descriptor with the lock of an abandoned file, which the caller closes, or -1. Then err
 * is set, unless nothing has the name. */
static int abandoned_open(const char *tmp, struct stat *st, struct error *err)
{
	int fd;

	if (lstat(tmp, st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -1;
	if (!S_ISREG(st->st_mode) || !output_path_is_owned(st->st_uid)) {
		abandoned_refuse(tmp, "is no regular file of this user", err);
		return -1;
	}
	fd = interrupt_open(AT_FDCWD, tmp,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0);
	if (abandoned_is_dead(fd, tmp, st, err))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool abandoned_is_cleared(const char *tmp, struct error *err)
{
	struct error why = { 0 };
	struct stat st = { 0 };
	int fd = abandoned_open(tmp, &st, &why);

	if (fd >= 0)
		close(fd);
	if (why.text[0])
		*err = why;
	return !why.text[0];
}

static bool abandoned_has_ending(const char *name, size_t len, const char *ending)
{
	size_t e = strlen(ending);

	return len > e && memcmp(name + len - e, ending, e) == 0;
}

/* Returns where the ending of the first len bytes of a name begins, such as .pcap.gz. The parts of
 * an address are no endings: they begin with a digit. */
static size_t abandoned_stem(const char *name, size_t len)
{
	size_t packed = len;

	if (abandoned_has_ending(name, len, ".gz"))
		packed -= strlen(".gz");
	else if (abandoned_has_ending(name, len, ".zst"))
		packed -= strlen(".zst");
	for (size_t at = packed; at > 1 && name[at - 1] != '/'; at--)
		if (name[at - 1] == '.')
			return isalpha((unsigned char)name[at]) && name[at - 2] != '/' ? at - 1
										       : packed;
	return packed;
}

static bool abandoned_rename(const char *tmp, struct error *err)
{
	size_t len = strlen(tmp) - strlen(".tmp"), stem = abandoned_stem(tmp, len);
	char now[PATH_MAX];

	for (int number = 1; number <= NUMBERS; number++) {
		int size = snprintf(now, sizeof(now), "%.*s.abandoned-%d%.*s", (int)stem, tmp,
				    number, (int)(len - stem), tmp + stem);

		if (size >= PATH_MAX)
			return abandoned_refuse(tmp, "has too long a name to get another one", err);
		if (filename_rename_noreplace(tmp, now, err)) {
			if (abandoned_teller)
				abandoned_teller(abandoned_teller_arg, tmp, now);
			return true;
		}
		if (err->number != EEXIST)
			return error_wrap(err, "%s", tmp);
	}
	return abandoned_refuse(tmp, "was abandoned, as 9999 others were: move them away", err);
}

bool abandoned_clear(const char *tmp, struct error *err)
{
	struct error why = { 0 };
	struct stat st = { 0 };
	int fd = abandoned_open(tmp, &st, &why);
	bool done = fd >= 0 || !why.text[0];

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0)
		done = TEMP_FAILURE_RETRY(unlink(tmp)) == 0 || error_errno(&why, "%s", tmp);
	else if (fd >= 0)
		done = abandoned_rename(tmp, &why);
	if (fd >= 0)
		close(fd);
	if (!done)
		*err = why;
	return done;
}
