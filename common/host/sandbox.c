/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/sandbox_landlock.h"
#include "host/sandbox_path.h"
#include "host/sandbox_seccomp.h"
#include "io/fd_name.h"

/* AddressSanitizer and gcov do things when the process ends that no tool does. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANDBOX_LAX 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(VTAP_COVERAGE)
#define SANDBOX_LAX 1
#endif
#ifndef SANDBOX_LAX
#define SANDBOX_LAX 0
#endif

static void sandbox_add_path(struct sandbox *sandbox, const char *path, bool write)
{
	if (strcmp(path, "-") == 0 || sandbox->path_count == SANDBOX_PATHS)
		return;
	sandbox->path[sandbox->path_count++] = (struct sandbox_path){ path, write };
}

void sandbox_read(struct sandbox *sandbox, const char *path)
{
	sandbox_add_path(sandbox, path, false);
}

void sandbox_write(struct sandbox *sandbox, const char *path)
{
	sandbox_add_path(sandbox, path, true);
}

/* access(2) would judge by the real user, not by the effective one. */
static bool sandbox_may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

void sandbox_reopen(struct sandbox *sandbox, const char *const *names, unsigned count)
{
	sandbox->reopened = names;
	sandbox->reopened_count = count;
}

/* Returns NULL if the process can read all of them. */
static const char *sandbox_first_unreadable(const struct sandbox *sandbox)
{
	for (unsigned i = 0; i < sandbox->reopened_count; i++)
		if (!sandbox_may(sandbox->reopened[i], R_OK))
			return sandbox->reopened[i];
	return NULL;
}

bool sandbox_can_reopen(const struct sandbox *sandbox, const char *user, struct error *err)
{
	const char *name = sandbox_first_unreadable(sandbox);

	if (!name)
		return true;
	error_errno(err,
		    "%s: %s (-Z) cannot read it, and of so many inputs each is opened when its "
		    "time comes: let %s read them, or read them as another user",
		    name, user, user);
	return false;
}

/* In a folder with the sticky bit, only the owner of a file or of the folder may replace the file,
 * or a process with CAP_FOWNER; unlink(2). faccessat(2) does not look at that. */
static bool sandbox_may_replace(const char *folder, const char *file)
{
	struct stat of_folder, of_file;

	return stat(folder, &of_folder) < 0 || !(of_folder.st_mode & S_ISVTX) ||
	       lstat(file, &of_file) < 0 || of_folder.st_uid == geteuid() ||
	       of_file.st_uid == geteuid();
}

static bool sandbox_may_fill(const char *folder, const char *file)
{
	return sandbox_may(folder, W_OK | X_OK) && sandbox_may_replace(folder, file);
}

bool sandbox_is_reachable(const struct sandbox *sandbox)
{
	for (unsigned i = 0; i < sandbox->path_count; i++) {
		const struct sandbox_path *path = &sandbox->path[i];
		char folder[SANDBOX_PATH_MAX];
		struct stat st;
		bool there = stat(path->path, &st) == 0;

		if (path->write && fd_name_lookup(path->path) >= 0)
			continue;
		sandbox_path_folder(path->path, folder);
		if (path->write && there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
			if (!sandbox_may(path->path, W_OK))
				return false;
		} else if (path->write ? !sandbox_may_fill(folder, path->path)
				       : !sandbox_may(folder, X_OK) ||
						 (there && !sandbox_may(path->path, R_OK))) {
			return false;
		}
	}
	return !sandbox_first_unreadable(sandbox);
}

/* RLIMIT_DATA counts a sanitizer's reserved addresses as memory, so its builds have no limit. */
static void sandbox_limit_memory(uint64_t bytes)
{
	struct rlimit limit;

	if (SANDBOX_LAX || getrlimit(RLIMIT_DATA, &limit) < 0 || limit.rlim_cur <= bytes)
		return;
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_DATA, &limit);
}

static bool entered;

bool sandbox_is_entered(void)
{
	return entered;
}

/* Landlock goes first: the seccomp filter allows none of its system calls. */
bool sandbox_enter(const struct sandbox *sandbox, bool *confined, struct error *err)
{
	*confined = true;
	if (sandbox->needs & (SANDBOX_WIRETAP | SANDBOX_UNPACK))
		sandbox_limit_memory(sandbox->memory ? sandbox->memory : SANDBOX_MEMORY);
	entered = (SANDBOX_LAX || sandbox_landlock_enter(sandbox, confined, err)) &&
		  sandbox_seccomp_enter(sandbox, SANDBOX_LAX, err);
	return entered || error_wrap(err, "cannot enter the sandbox (--no-sandbox goes without)");
}
