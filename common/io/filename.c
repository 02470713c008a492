/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/filename.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sync.h"

static bool filename_refuse(struct error *err, const char *path, bool last, const char *by)
{
	error_set(err, "%s: %s", path, by);
	err->number = last ? EEXIST : ELOOP;
	return false;
}

static bool filename_part_is_free(const char *path, bool last, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return true; /* opening it will say why */
	if (S_ISLNK(st.st_mode))
		return filename_refuse(err, path, last, "is a symbolic link");
	if (!last)
		return S_ISDIR(st.st_mode) ||
		       filename_refuse(err, path, last, "is not a directory");
	return filename_refuse(err, path, last,
			       S_ISDIR(st.st_mode) ? "is a directory" : "exists already");
}

bool filename_is_free(const char *name, size_t trusted, struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", name);
	for (char *at = path + trusted; *at;) {
		char *end = strchrnul(at, '/'), was = *end;

		*end = '\0';
		if (!filename_part_is_free(path, !was, err))
			return false;
		*end = was;
		at = end + (was != '\0');
	}
	return true;
}

bool filename_rename_noreplace(const char *from, const char *name, struct error *err)
{
	int done = TEMP_FAILURE_RETRY(renameat2(AT_FDCWD, from, AT_FDCWD, name, RENAME_NOREPLACE));

	if (done < 0 && (errno == EINVAL || errno == ENOSYS)) /* as on NFS */
		done = filename_part_is_free(name, true, err)
			       ? TEMP_FAILURE_RETRY(rename(from, name))
			       : 1;
	if (done < 0)
		error_errno(err, "%s", name);
	return done == 0;
}

static bool filename_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where nothing may be made, such as in /proc, mkdir(2) may say so even if the folder exists. */
static bool filename_make_folder(const char *path, bool sync, const char *name, struct error *err)
{
	int number;

	if (TEMP_FAILURE_RETRY(mkdir(path, 0777)) == 0)
		return !sync || sync_folder(path, err);
	number = errno;
	if (number == EEXIST || filename_is_folder(path))
		return true;
	errno = number;
	return error_errno(err, "%s", name);
}

bool filename_make_folders(const char *name, bool sync, struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", name);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!filename_make_folder(path, sync, name, err))
			return false;
		*slash = '/';
	}
	return true;
}
