/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox_internal.h"
#include "io/fd_name.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void add(struct sandbox *sandbox, const char *path, bool write)
{
	if (strcmp(path, "-") == 0 || sandbox->path_count == SANDBOX_PATHS)
		return;
	sandbox->path[sandbox->path_count++] = (struct sandbox_path){ path, write };
}

void sandbox_read(struct sandbox *sandbox, const char *path)
{
	add(sandbox, path, false);
}

void sandbox_write(struct sandbox *sandbox, const char *path)
{
	add(sandbox, path, true);
}

bool sandbox_is_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void sandbox_folder(const char *path, char folder[SANDBOX_PATH_MAX])
{
	char *slash;

	snprintf(folder, SANDBOX_PATH_MAX, "%s", path);
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		if (is_folder(folder))
			return;
	}
	snprintf(folder, SANDBOX_PATH_MAX, "%s", slash ? "/" : ".");
}

/* With the effective user and capabilities: access() would ask for the real ones. */
static bool may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

bool sandbox_reaches(const struct sandbox *sandbox)
{
	for (unsigned i = 0; i < sandbox->path_count; i++) {
		const struct sandbox_path *path = &sandbox->path[i];
		char folder[SANDBOX_PATH_MAX];
		struct stat st;
		bool there = stat(path->path, &st) == 0;

		if (path->write && fd_name_lookup(path->path) >= 0)
			continue;
		sandbox_folder(path->path, folder);
		if (path->write && there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
			if (!may(path->path, W_OK))
				return false;
		} else if (!may(folder, path->write ? W_OK | X_OK : X_OK) ||
			   (!path->write && there && !may(path->path, R_OK))) {
			return false;
		}
	}
	return true;
}

bool sandbox_refuses(void)
{
	return !SANDBOX_LAX;
}

/*
 * What was read of a small compressed file may be any amount. Addresses that a sanitizer takes are
 * no memory, and cannot be told from it.
 */
static void bound_memory(void)
{
	struct rlimit limit;

	if (SANDBOX_LAX || getrlimit(RLIMIT_DATA, &limit) < 0 || limit.rlim_cur <= SANDBOX_MEMORY)
		return;
	limit.rlim_cur = SANDBOX_MEMORY;
	setrlimit(RLIMIT_DATA, &limit);
}

/* Files first: the filter leaves nothing that could confine them. */
bool sandbox_enter(const struct sandbox *sandbox, bool *confined, struct error *err)
{
	*confined = true;
	if (sandbox->needs & SANDBOX_WIRETAP)
		bound_memory();
	if ((SANDBOX_LAX || sandbox_landlock(sandbox, confined, err)) &&
	    sandbox_seccomp(sandbox, SANDBOX_LAX, err))
		return true;
	return error_wrap(err, "cannot enter the sandbox (--no-sandbox goes without)");
}
