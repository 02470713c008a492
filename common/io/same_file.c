/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/same_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd_name.h"

static int same_file_descriptor(const char *name)
{
	return strcmp(name, "-") == 0 ? STDOUT_FILENO : fd_name_lookup(name);
}

static bool same_file_stat(const char *name, int fd, struct stat *st)
{
	return (fd >= 0 ? fstat(fd, st) : stat(name, st)) == 0;
}

static bool is_same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns the last part of a name, and fills *folder with the state of what it is in. */
static const char *same_file_split(const char *name, struct stat *folder, bool *found)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s", (int)(last - name), name);
	*found = stat(slash ? path : ".", folder) == 0;
	return last;
}

static bool is_same_new_file(const char *a, const char *b)
{
	struct stat folder_a, folder_b;
	bool found_a, found_b;
	const char *last_a = same_file_split(a, &folder_a, &found_a);
	const char *last_b = same_file_split(b, &folder_b, &found_b);

	return found_a && found_b && strcmp(last_a, last_b) == 0 &&
	       is_same_inode(&folder_a, &folder_b);
}

bool same_file(const char *a, const char *b)
{
	int fd_a = same_file_descriptor(a), fd_b = same_file_descriptor(b);
	struct stat file_a, file_b;
	bool is_a, is_b;

	if (fd_a >= 0 && fd_a == fd_b)
		return true;
	is_a = same_file_stat(a, fd_a, &file_a);
	is_b = same_file_stat(b, fd_b, &file_b);
	if (!is_a && !is_b)
		return is_same_new_file(a, b);
	return is_a && is_b && S_ISREG(file_a.st_mode) && is_same_inode(&file_a, &file_b);
}
