/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/fd_name.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 8 }; /* links that are followed; a longer chain leads to no descriptor */

/* Replaces a link by what it points to. Returns false if that is no name. */
static bool fd_name_follow_link(char path[PATH_MAX])
{
	char target[PATH_MAX];
	const char *slash = strrchr(path, '/');
	ssize_t len = readlink(path, target, sizeof(target));
	size_t folder;

	if (len <= 0)
		return false;
	folder = slash && target[0] != '/' ? (size_t)(slash + 1 - path) : 0;
	if (folder + (size_t)len >= PATH_MAX)
		return false;
	memcpy(path + folder, target, (size_t)len);
	path[folder + (size_t)len] = '\0';
	return true;
}

/* proc(5): links below fd/ are named by the descriptor, but they may be another process's. */
static int fd_name_parse_number(const char *path)
{
	const char *slash = strrchr(path, '/'), *digits = slash ? slash + 1 : path;
	struct stat here, there;
	char *end;
	long fd = strtol(digits, &end, 10);

	if (end == digits || *end || fd < 0 || fd > INT_MAX || fstat((int)fd, &here) < 0 ||
	    stat(path, &there) < 0 || here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return -1;
	return (int)fd;
}

int fd_name_lookup(const char *name)
{
	struct stat proc, link;
	char path[PATH_MAX];

	if (strlen(name) >= sizeof(path) || stat("/proc/self", &proc) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s", name);
	for (int i = 0; i < LINKS_MAX && lstat(path, &link) == 0 && S_ISLNK(link.st_mode); i++) {
		if (link.st_dev == proc.st_dev)
			return fd_name_parse_number(path);
		if (!fd_name_follow_link(path))
			break;
	}
	return -1;
}
