/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox_path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool sandbox_path_is_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

static bool sandbox_path_is_existing_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void sandbox_path_folder(const char *path, char folder[SANDBOX_PATH_MAX])
{
	char *slash;

	snprintf(folder, SANDBOX_PATH_MAX, "%s", path);
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		if (sandbox_path_is_existing_folder(folder))
			return;
	}
	snprintf(folder, SANDBOX_PATH_MAX, "%s", slash ? "/" : ".");
}
