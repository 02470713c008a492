/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox_landlock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/landlock.h"
#include "host/sandbox_path.h"
#include "io/fd_name.h"

enum {
	TO_READ = LANDLOCK_READ_FILE,
	/* READ_DIR, as a folder is opened to lock it; seccomp lets nobody list it without a need.
	 */
	TO_WRITE = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_WRITE_FILE |
		   LANDLOCK_REMOVE_FILE | LANDLOCK_MAKE_REG | LANDLOCK_TRUNCATE |
		   LANDLOCK_IOCTL_DEV,
	TO_FILL = TO_WRITE | LANDLOCK_MAKE_DIR | LANDLOCK_REFER,
};

/* An editor, or git, replaces the target of a link by a new file in the target's folder. */
static bool sandbox_landlock_allow_target(const struct landlock *landlock, const char *path)
{
	char *target = realpath(path, NULL), folder[SANDBOX_PATH_MAX];
	bool done = true;

	if (target) {
		sandbox_path_folder(target, folder);
		done = landlock_allow(landlock, folder, TO_READ);
	}
	free(target);
	return done;
}

/* A FIFO, a device or a descriptor is never replaced, so its folder, perhaps /dev, stays closed. */
static bool sandbox_landlock_is_permanent(const char *path)
{
	struct stat st;

	return fd_name_lookup(path) >= 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* fsync(2) of a folder takes a descriptor, which open(2) gives to those alone who may read it. */
static uint64_t sandbox_landlock_rights(const struct sandbox_path *path, unsigned needs)
{
	bool is_folder = sandbox_path_is_folder(path->path);

	if (!path->write)
		return TO_READ | (needs & SANDBOX_LIST ? LANDLOCK_READ_DIR : 0);
	return (is_folder ? TO_FILL : TO_WRITE) | (needs & SANDBOX_SYNC ? LANDLOCK_READ_DIR : 0) |
	       (is_folder && needs & SANDBOX_SPOOL ? LANDLOCK_REMOVE_DIR : 0);
}

static bool sandbox_landlock_allow_path(const struct landlock *landlock,
					const struct sandbox_path *path, unsigned needs)
{
	uint64_t allowed = sandbox_landlock_rights(path, needs);
	char folder[SANDBOX_PATH_MAX];

	sandbox_path_folder(path->path, folder);
	return ((path->write && sandbox_landlock_is_permanent(path->path)) ||
		landlock_allow(landlock, folder, allowed)) &&
	       landlock_allow(landlock, path->path, allowed & LANDLOCK_OF_FILES) &&
	       (path->write || sandbox_path_is_folder(path->path) ||
		sandbox_landlock_allow_target(landlock, path->path));
}

static bool sandbox_landlock_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Neighbours in the list are often in one folder, which then gets a single rule. */
static bool sandbox_landlock_allow_reopened(const struct landlock *landlock,
					    const struct sandbox *sandbox)
{
	char folder[SANDBOX_PATH_MAX], last[SANDBOX_PATH_MAX] = "";

	for (unsigned i = 0; i < sandbox->reopened_count; i++) {
		const char *path = sandbox->reopened[i];

		if (sandbox_landlock_is_link(path) &&
		    !sandbox_landlock_allow_target(landlock, path))
			return false;
		sandbox_path_folder(path, folder);
		if (strcmp(folder, last) == 0)
			continue;
		if (!landlock_allow(landlock, folder, TO_READ))
			return false;
		snprintf(last, sizeof(last), "%s", folder);
	}
	return true;
}

static bool sandbox_landlock_allow_to_read(const struct landlock *landlock,
					   const char *const *paths)
{
	for (; *paths; paths++)
		if (!landlock_allow(landlock, *paths, LANDLOCK_READ_FILE | LANDLOCK_READ_DIR))
			return false;
	return true;
}

/* What /etc/resolv.conf leads to is there only when the service that writes it has started, perhaps
 * later than this process. */
static bool sandbox_landlock_allow_resolver(const struct landlock *landlock)
{
	static const char link[] = "/etc/resolv.conf";
	char target[SANDBOX_PATH_MAX] = "", path[SANDBOX_PATH_MAX + 8], folder[SANDBOX_PATH_MAX];

	if (access(link, F_OK) == 0 || readlink(link, target, sizeof(target) - 1) <= 0)
		return true;
	snprintf(path, sizeof(path), "%s%s", target[0] == '/' ? "" : "/etc/", target);
	sandbox_path_folder(path, folder);
	return strcmp(folder, "/") == 0 ||
	       landlock_allow(landlock, folder, LANDLOCK_READ_FILE | LANDLOCK_READ_DIR);
}

static bool sandbox_landlock_allow_all(const struct landlock *landlock,
				       const struct sandbox *sandbox)
{
	/* libpcap reads what kind an interface is and how many packets it has dropped. */
	static const char *const interfaces[] = { "/sys/class/net", "/sys/devices", "/proc/net",
						  NULL };
	/* /etc/resolv.conf is often a link into /run; names of protocols may be in /usr. */
	static const char *const names[] = {
		"/etc",	     "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
		"/run/nscd", "/usr/share/libc-bin",  "/usr/etc",	NULL
	};

	for (unsigned i = 0; i < sandbox->path_count; i++)
		if (!sandbox_landlock_allow_path(landlock, &sandbox->path[i], sandbox->needs))
			return false;
	if (sandbox->needs & (SANDBOX_CAPTURE | SANDBOX_FOLLOW) &&
	    !sandbox_landlock_allow_to_read(landlock, interfaces))
		return false;
	if (sandbox->needs & SANDBOX_NAMES && (!sandbox_landlock_allow_to_read(landlock, names) ||
					       !sandbox_landlock_allow_resolver(landlock)))
		return false;
	return sandbox_landlock_allow_reopened(landlock, sandbox);
}

bool sandbox_landlock_enter(const struct sandbox *sandbox, bool *confined, struct error *err)
{
	struct landlock landlock;

	if (!landlock_init(&landlock, true, confined, err))
		return false;
	return !*confined ||
	       landlock_finish(&landlock, sandbox_landlock_allow_all(&landlock, sandbox), err);
}
