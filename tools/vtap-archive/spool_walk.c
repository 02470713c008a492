/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spool_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECOND_NS = 1000000000 };
enum { LEVELS = 64 }; /* folders in folders; each costs a descriptor */

struct spool_walk {
	const struct spool *spool;
	const struct spool_visit *visit;
	struct {
		DIR *dir;
		size_t path_len; /* of its name below SPOOL */
	} level[LEVELS];	 /* the folders that are being read, SPOOL first */
	unsigned depth;
	char path[PATH_MAX]; /* of the folder or file that is looked at */
	struct error *err;
};

static void spool_walk_trouble(const struct spool_walk *walk, int number, const char *why)
{
	struct error err = { 0 };

	error_set(&err, "%s/%s: %s", walk->spool->name, walk->path, why);
	err.number = number;
	walk->visit->trouble(walk->visit->arg, &err);
}

static bool spool_walk_file(struct spool_walk *walk, int folder, const char *name,
			    const struct stat *st)
{
	const struct spool_file file = {
		.folder = folder,
		.name = name,
		.path = walk->path,
		.bytes = (uint64_t)st->st_size,
		.changed_ns = (int64_t)st->st_mtim.tv_sec * SECOND_NS + st->st_mtim.tv_nsec,
	};

	return walk->visit->file(walk->visit->arg, &file, walk->err);
}

/* Begins to read the folder at walk->path. What has taken its name since is passed over. */
static void spool_walk_enter(struct spool_walk *walk, int above, const char *name)
{
	int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		spool_walk_trouble(walk, errno, strerror(errno));
	if (!dir && fd >= 0)
		close(fd);
	if (!dir)
		return;
	if (walk->visit->folder)
		walk->visit->folder(walk->visit->arg, fd, walk->path);
	walk->level[walk->depth].dir = dir;
	walk->level[walk->depth].path_len = strlen(walk->path);
	walk->depth++;
}

static void spool_walk_below(struct spool_walk *walk, int above, const char *name,
			     const struct stat *st)
{
	if (name[0] == '.')
		return;
	if (st->st_dev != walk->spool->device)
		spool_walk_trouble(walk, EXDEV,
				   "is on another file system: nothing in it can be "
				   "claimed; archive it as a spool of its own");
	else if (walk->depth == LEVELS)
		spool_walk_trouble(walk, ELOOP, "is too deep: nothing in it is archived");
	else
		spool_walk_enter(walk, above, name);
}

static bool spool_walk_entry(struct spool_walk *walk, int folder, const char *name)
{
	size_t len = strlen(walk->path);
	struct stat st;
	int size;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strncmp(name, ".nfs", 4) == 0)
		return true;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return true; /* it has gone */
	size = snprintf(walk->path + len, sizeof(walk->path) - len, "%s%s", len ? "/" : "", name);
	if (size >= (int)(sizeof(walk->path) - len))
		spool_walk_trouble(walk, ENAMETOOLONG, "has too long a name");
	else if (S_ISREG(st.st_mode))
		return spool_walk_file(walk, folder, name, &st);
	else if (S_ISDIR(st.st_mode))
		spool_walk_below(walk, folder, name, &st);
	return true;
}

static void spool_walk_leave(struct spool_walk *walk)
{
	walk->depth--;
	closedir(walk->level[walk->depth].dir);
}

bool spool_walk(const struct spool *spool, const struct spool_visit *visit, struct error *err)
{
	struct spool_walk walk = { .spool = spool, .visit = visit, .err = err };
	bool good = true;

	spool_walk_enter(&walk, spool->folder, ".");
	while (good && walk.depth > 0) {
		DIR *dir = walk.level[walk.depth - 1].dir;
		const struct dirent *entry = readdir(dir);

		walk.path[walk.level[walk.depth - 1].path_len] = '\0';
		if (entry)
			good = spool_walk_entry(&walk, dirfd(dir), entry->d_name);
		else
			spool_walk_leave(&walk);
	}
	while (walk.depth > 0)
		spool_walk_leave(&walk);
	return good;
}
