/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/output_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/filename.h"
#include "io/interrupt.h"
#include "io/sync.h"

enum { NS_PER_S = 1000000000 };
enum { CREATE_TRIES = 3 }; /* files that somebody takes away at once, after that it is an error */
enum { OUTPUT_PATH_FLAGS = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY };

static bool has_further_owner;
static uid_t further_owner;

void output_path_allow(uid_t owner)
{
	has_further_owner = true;
	further_owner = owner;
}

static int output_path_open(const char *name, int flags, struct error *err)
{
	int fd = interrupt_open(AT_FDCWD, name, OUTPUT_PATH_FLAGS | flags, 0666);

	if (fd < 0 && errno == ELOOP)
		error_set(err, "%s: is a symbolic link", name);
	else if (fd < 0)
		error_errno(err, "%s", name);
	return fd;
}

/* What follows a link is never asked for, so that a link to the file is another file. */
static bool output_path_stat(int dir, const char *name, int flags, struct statx *st,
			     struct output_path_id *id)
{
	if (statx(dir, name, flags | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, st) < 0)
		return false;
	*id = (struct output_path_id){ .device = (uint64_t)st->stx_dev_major << 32 |
						 st->stx_dev_minor,
				       .inode = st->stx_ino };
	if (st->stx_mask & STATX_BTIME)
		id->born_ns = st->stx_btime.tv_sec * NS_PER_S + st->stx_btime.tv_nsec;
	return true;
}

static bool output_path_identify(int dir, const char *name, int flags, struct output_path_id *id)
{
	struct statx st;

	return output_path_stat(dir, name, flags, &st, id);
}

bool output_path_same(const struct output_path_id *a, const struct output_path_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->born_ns == b->born_ns;
}

bool output_path_lost(const char *name, struct error *err)
{
	error_set(err, "%s: is another file now: what was written is lost", name);
	err->number = ESTALE;
	return false;
}

/* Returns the descriptor, or closes it and returns -1. */
static int output_path_keep_if(bool good, int fd)
{
	if (good)
		return fd;
	close(fd);
	return -1;
}

/* A lock that somebody else holds on it protects the file as well. */
static void output_path_lock(int fd)
{
	flock(fd, LOCK_EX | LOCK_NB);
}

/* Until the file is locked, others take it for abandoned, and remove it as it is empty. */
int output_path_create(const char *name, struct output_path_id *id, struct error *err)
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < CREATE_TRIES; i++) {
		fd = output_path_open(name, O_CREAT | O_EXCL | O_APPEND, err);
		if (fd < 0)
			return fd;
		output_path_lock(fd);
		if (!output_path_identify(fd, "", AT_EMPTY_PATH, id)) {
			error_errno(err, "%s", name);
			return output_path_keep_if(false, fd);
		}
		fd = output_path_keep_if(output_path_is(name, id, err), fd);
	}
	return fd;
}

int output_path_again(const char *name, const struct output_path_id *id, struct error *err)
{
	struct output_path_id now;
	int fd;

	if (!output_path_is(name, id, err))
		return -1;
	fd = output_path_open(name, O_APPEND, err);
	if (fd < 0)
		return fd;
	output_path_lock(fd);
	return output_path_keep_if(
		(output_path_identify(fd, "", AT_EMPTY_PATH, &now) && output_path_same(&now, id)) ||
			output_path_lost(name, err),
		fd);
}

bool output_path_is(const char *name, const struct output_path_id *id, struct error *err)
{
	struct output_path_id now;

	return (output_path_identify(AT_FDCWD, name, 0, &now) && output_path_same(&now, id)) ||
	       output_path_lost(name, err);
}

/* Any descriptor of the file will do, also to learn of a write that failed in the background. */
bool output_path_sync(const char *name, const struct output_path_id *id, struct error *err)
{
	int fd = output_path_again(name, id, err);
	bool done = fd >= 0 && sync_file(fd, name, err);

	if (fd >= 0)
		close(fd);
	return done;
}

/* A look in front alone would leave a moment to put another file there. A name that is free again
 * is that of a file which somebody has moved on at once, as vtap-archive does. */
bool output_path_rename(const char *from, const struct output_path_id *id, const char *name,
			bool keep, struct error *err)
{
	struct output_path_id now;

	if (!output_path_is(from, id, err))
		return false;
	if (keep && !filename_rename_noreplace(from, name, err))
		return false;
	if (!keep && TEMP_FAILURE_RETRY(rename(from, name)) < 0)
		return error_errno(err, "%s", name);
	return (!output_path_identify(AT_FDCWD, name, 0, &now) && errno == ENOENT) ||
	       output_path_is(name, id, err);
}

bool output_path_find(const char *name, struct output_path_id *id)
{
	struct statx st;

	return output_path_stat(AT_FDCWD, name, 0, &st, id) && S_ISREG(st.stx_mode) &&
	       output_path_is_owned(st.stx_uid);
}

bool output_path_remove(const char *name, const struct output_path_id *id, uint64_t *freed,
			struct error *err)
{
	enum { BLOCK_BYTES = 512 }; /* of stx_blocks, statx(2) */
	struct output_path_id now;
	struct statx st;

	*freed = 0;
	if (!output_path_stat(AT_FDCWD, name, 0, &st, &now) || !output_path_same(&now, id)) {
		error_set(err, "%s: is another file now", name);
		err->number = ESTALE;
		return false;
	}
	if (TEMP_FAILURE_RETRY(unlink(name)) < 0)
		return error_errno(err, "%s", name);
	if (st.stx_nlink == 1)
		*freed = st.stx_blocks * BLOCK_BYTES;
	return true;
}

bool output_path_is_owned(uid_t owner)
{
	return owner == geteuid() || (has_further_owner && owner == further_owner);
}

/* The file is open, so that nobody can put another one in its place between look and use. */
static bool output_path_may_reuse(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", name);
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
		return true;
	if (!S_ISREG(st.st_mode))
		return error_set(err, "%s: is neither a file nor a FIFO nor a character device",
				 name);
	if (!output_path_is_owned(st.st_uid))
		return error_set(err, "%s: belongs to another user (%u): remove it first", name,
				 (unsigned)st.st_uid);
	if (st.st_nlink > 1)
		return error_set(err, "%s: has a second name (hard link): remove it first", name);
	return true;
}

int output_path_reuse(const char *name, struct error *err)
{
	int fd = output_path_open(name, O_CREAT, err);

	if (fd < 0)
		return fd;
	return output_path_keep_if(output_path_may_reuse(fd, name, err), fd);
}

bool output_path_cut(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", name);
	return !S_ISREG(st.st_mode) || st.st_size == 0 ||
	       TEMP_FAILURE_RETRY(ftruncate(fd, 0)) == 0 || error_errno(err, "%s", name);
}

int output_path_empty(const char *name, struct error *err)
{
	int fd = output_path_reuse(name, err);

	return fd < 0 ? fd : output_path_keep_if(output_path_cut(fd, name, err), fd);
}
