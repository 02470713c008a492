/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/source_file.h"

/* A file in .tmp is one that a tool still writes, or did not complete. */
static bool folder_passes_over(const char *name)
{
	size_t len = strlen(name);

	return name[0] == '.' || (len >= 4 && strcmp(name + len - 4, ".tmp") == 0);
}

static bool folder_is_named_capture(const char *name)
{
	return strstr(name, ".pcap") || strstr(name, ".cap");
}

static bool folder_begins_as_capture(const char *path)
{
	struct source_file file;
	struct error ignored;
	bool begins = source_file_probe(&file, path, READER_NATIVE, &ignored);

	if (begins)
		source_file_discard(&file);
	return begins;
}

/* A link that leads nowhere counts by its name, so that somebody is told of it. */
static bool folder_is_capture(int dir, const char *name, const char *path)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) == 0 && !S_ISREG(st.st_mode))
		return false;
	return folder_is_named_capture(name) || folder_begins_as_capture(path);
}

static bool folder_is_below(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* folders: where folders below are appended, or NULL. Returns false with errno set. */
static bool folder_take(int dir, const char *folder, const char *name, struct name_list *folders,
			struct name_list *captures)
{
	if (folder_passes_over(name))
		return true;
	if (folder_is_below(dir, name))
		return !folders || name_list_add(folders, folder, name);
	if (!name_list_add(captures, folder, name))
		return false;
	if (!folder_is_capture(dir, name, captures->name[captures->count - 1]))
		name_list_drop(captures);
	return true;
}

static bool folder_read(const char *folder, struct name_list *folders, struct name_list *captures)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int number = 0;

	if (!dir)
		return name_list_add(captures, NULL, folder);
	while (number == 0 && (errno = 0, entry = readdir(dir)))
		if (!folder_take(dirfd(dir), folder, entry->d_name, folders, captures))
			number = errno;
	if (number == 0)
		number = errno;
	closedir(dir);
	errno = number;
	return number == 0;
}

bool folder_list(const char *folder, bool deeper, struct name_list *captures, struct error *err)
{
	struct name_list folders = { .name = NULL };
	unsigned first = captures->count;
	bool good = name_list_add(&folders, NULL, folder);

	for (unsigned i = 0; good && i < folders.count; i++)
		good = folder_read(folders.name[i], deeper ? &folders : NULL, captures);
	if (good && captures->count == first)
		good = name_list_add(captures, NULL, folder);
	if (!good)
		error_errno(err, "%s", folder);
	name_list_sort(captures, first);
	name_list_free(&folders);
	return good;
}
