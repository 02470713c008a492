/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBERS = 9999 };  /* when all are taken, a file keeps its place */
enum { OWN_MODE = 0700 }; /* nobody else has business in there */
enum { REASON_MODE = 0600 };
enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static const char *const rooms[SPOOL_ROOMS] = {
	[SPOOL_TAKEN] = "taken",
	[SPOOL_STAGE] = "stage",
	[SPOOL_FAILED] = "failed",
};

static int spool_make_folder(int base, const char *name)
{
	if (mkdirat(base, name, OWN_MODE) < 0 && errno != EEXIST)
		return -1;
	return openat(base, name, FOLDER_FLAGS);
}

/* Makes a folder that a user is to own whom this process is to become. */
static int spool_give_folder(int base, const char *name, uid_t owner)
{
	bool is_new = mkdirat(base, name, OWN_MODE) == 0;
	int folder = spool_make_folder(base, name);

	if (folder < 0 || !is_new || owner == geteuid() || fchown(folder, owner, (gid_t)-1) == 0)
		return folder;
	close(folder);
	return -1;
}

/* Others may write to SPOOL: what they have put there by this name is not used. */
static bool spool_check_own(struct spool *spool, uid_t owner, struct error *err)
{
	struct stat st;

	if (fstat(spool->own, &st) < 0)
		return error_errno(err, "%s/" SPOOL_OWN, spool->name);
	if (st.st_uid != owner)
		return error_set(err,
				 "%s/" SPOOL_OWN ": belongs to user %u: run vtap-archive as that "
				 "user, or give the folder to this one",
				 spool->name, st.st_uid);
	spool->device = st.st_dev;
	return true;
}

static bool spool_lock(struct spool *spool, struct error *err)
{
	if (flock(spool->own, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return error_set(err, "%s: another vtap-archive has this spool", spool->name);
	return error_errno(err, "%s/" SPOOL_OWN ": lock", spool->name);
}

bool spool_open(struct spool *spool, const char *name, uid_t owner, struct error *err)
{
	*spool = SPOOL_CLOSED;
	spool->name = name;
	spool->folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->folder < 0)
		return error_errno(err, "%s", name);
	spool->own = spool_give_folder(spool->folder, SPOOL_OWN, owner);
	if (spool->own < 0)
		return error_errno(err, "%s/" SPOOL_OWN, name);
	if (!spool_check_own(spool, owner, err) || !spool_lock(spool, err))
		return false;
	for (int i = 0; i < SPOOL_ROOMS; i++) {
		spool->room[i] = spool_give_folder(spool->own, rooms[i], owner);
		if (spool->room[i] < 0)
			return error_errno(err, "%s/" SPOOL_OWN "/%s", name, rooms[i]);
	}
	return true;
}

void spool_close(struct spool *spool)
{
	for (int i = 0; i < SPOOL_ROOMS; i++)
		if (spool->room[i] >= 0)
			close(spool->room[i]);
	if (spool->own >= 0)
		close(spool->own);
	if (spool->folder >= 0)
		close(spool->folder);
}

/* Opens the first folder of a path and sets *rest to what stands behind it. */
static int spool_step(int base, const char *path, bool make, const char **rest)
{
	const char *slash = strchr(path, '/');
	char name[NAME_MAX + 1];

	if (slash - path > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
	*rest = slash + 1;
	return make ? spool_make_folder(base, name) : openat(base, name, FOLDER_FLAGS);
}

int spool_open_parent(int base, const char *path, bool make, const char **last)
{
	int folder = fcntl(base, F_DUPFD_CLOEXEC, 0);

	while (folder >= 0 && strchr(path, '/')) {
		int next = spool_step(folder, path, make, &path);

		close(folder);
		folder = next;
	}
	*last = path;
	return folder;
}

/* Writes a path that ends with "~N", or the path itself if N is 1. Names are at most NAME_MAX bytes
 * long: the end of a longer one goes. */
static bool spool_number(const char *path, unsigned number, char numbered[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t start = slash ? (size_t)(slash + 1 - path) : 0, len = strlen(path);
	char ending[8] = "";
	int size;

	if (number > 1)
		snprintf(ending, sizeof(ending), "~%u", number);
	if (len - start + strlen(ending) > NAME_MAX)
		len = start + NAME_MAX - strlen(ending);
	size = snprintf(numbered, PATH_MAX, "%.*s%s", (int)len, path, ending);
	return size > 0 && size < PATH_MAX;
}

/* Nobody but this process makes files in .vtap-archive, so a look is enough where the file system
 * has no RENAME_NOREPLACE. */
static int spool_rename(int from, const char *name, int to, const char *new_name)
{
	struct stat st;

	if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	else if (errno == ENOENT)
		return renameat(from, name, to, new_name);
	return -1;
}

/* Renames a file to path, or to path with a number, in a folder of .vtap-archive. Returns -1 with
 * errno set if that fails. */
static int spool_move(int from, const char *name, int room, const char *path, char now[PATH_MAX])
{
	const char *last;
	int result = -1;
	int to = spool_open_parent(room, path, true, &last);

	if (to < 0)
		return -1;
	for (unsigned number = 1; result < 0 && number <= NUMBERS; number++) {
		if (!spool_number(path, number, now)) {
			errno = ENAMETOOLONG;
			break;
		}
		result = spool_rename(from, name, to, now + (last - path));
		if (result < 0 && errno != EEXIST)
			break;
	}
	close(to);
	return result;
}

bool spool_claim(const struct spool *spool, const char *path, char claimed[PATH_MAX],
		 struct error *err)
{
	const char *last;
	int from = spool_open_parent(spool->folder, path, false, &last);
	int result =
		from < 0 ? -1 : spool_move(from, last, spool->room[SPOOL_TAKEN], path, claimed);

	if (result < 0)
		error_errno(err, "%s/%s", spool->name, path);
	if (from >= 0)
		close(from);
	return result == 0;
}

static void spool_write_reason(const struct spool *spool, const char *failed, const char *reason)
{
	const char *last;
	char name[NAME_MAX + 1];
	int folder = spool_open_parent(spool->room[SPOOL_FAILED], failed, false, &last), fd = -1;

	if (folder >= 0 && snprintf(name, sizeof(name), "%s.reason", last) < (int)sizeof(name))
		fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    REASON_MODE);
	if (fd >= 0) {
		dprintf(fd, "%s\n", reason);
		close(fd);
	}
	if (folder >= 0)
		close(folder);
}

/* Removes the folders above a file as far as they are empty. */
static void spool_remove_folders(int room, const char *path)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	while ((slash = strrchr(folder, '/'))) {
		*slash = '\0';
		if (unlinkat(room, folder, AT_REMOVEDIR) < 0)
			return;
	}
}

bool spool_refuse(const struct spool *spool, const char *claimed, const char *reason,
		  char failed[PATH_MAX], struct error *err)
{
	int taken = spool->room[SPOOL_TAKEN];

	if (spool_move(taken, claimed, spool->room[SPOOL_FAILED], claimed, failed) < 0)
		return error_errno(err, "%s/" SPOOL_OWN "/taken/%s", spool->name, claimed);
	spool_write_reason(spool, failed, reason);
	spool_remove_folders(taken, claimed);
	return true;
}

bool spool_remove(const struct spool *spool, enum spool_room room, const char *path,
		  struct error *err)
{
	if (unlinkat(spool->room[room], path, 0) < 0 && errno != ENOENT)
		return error_errno(err, "%s/" SPOOL_OWN "/%s/%s", spool->name, rooms[room], path);
	spool_remove_folders(spool->room[room], path);
	return true;
}
