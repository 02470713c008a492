/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "spool.h"

enum {
	BLOCK = 256 << 10,
	BREATH_NS = 500000000,
	FOLDER_MODE = 0777,
	FILE_MODE = 0666,
	FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	FILE_FLAGS = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
};

struct store_folder {
	struct store_config config;
	int folder; /* the archive */
	int64_t breath_ns;
	uint8_t ours[BLOCK], theirs[BLOCK];
};

/* An object on its way. */
struct moving {
	struct store_folder *store;
	const struct store_object *object;
	int from;	  /* in the stage */
	int folder;	  /* in the archive */
	const char *last; /* its name in that */
	char tmp[NAME_MAX + 1];
};

static bool store_folder_breathe(struct store_folder *store, struct error *err)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (now_ns < store->breath_ns)
		return true;
	store->breath_ns = now_ns + BREATH_NS;
	if (store->config.breathe(store->config.arg))
		return true;
	error_set(err, "ended by a signal");
	err->number = ECANCELED;
	return false;
}

/* A disk that is not mounted leaves an empty folder, or none. */
static bool store_folder_is_there(const struct store_folder *store, struct error *err)
{
	struct stat now, then;
	int fd = open(store->config.place->text, FOLDER_FLAGS);
	bool good = fd >= 0 && fstat(fd, &now) == 0 && fstat(store->folder, &then) == 0;

	if (!good)
		error_errno(err, "the folder cannot be used");
	else if (now.st_dev != then.st_dev || now.st_ino != then.st_ino)
		good = error_set(err, "another folder has its name now: is its disk mounted? Start "
				      "vtap-archive again if it is");
	if (fd >= 0)
		close(fd);
	return good;
}

/* A new folder has its name on the disk before anything is said to be in it. */
static int store_folder_enter(int above, const char *name)
{
	if (mkdirat(above, name, FOLDER_MODE) == 0)
		fsync(above);
	else if (errno != EEXIST)
		return -1;
	return openat(above, name, FOLDER_FLAGS | O_NOFOLLOW);
}

/* Opens the folder of an object, and makes what is missing of it. Returns -1 with errno set if that
 * fails. */
static int store_folder_reach(int archive, const char *name, const char **last)
{
	int folder = fcntl(archive, F_DUPFD_CLOEXEC, 0);
	char part[NAME_MAX + 1];
	const char *slash;

	for (; folder >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		int above = folder;

		snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
		folder = store_folder_enter(above, part);
		close(above);
	}
	*last = name;
	return folder;
}

static bool store_folder_write(int to, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = TEMP_FAILURE_RETRY(write(to, bytes, len));

		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool store_folder_copy(const struct moving *moving, int to, struct error *err)
{
	struct store_folder *store = moving->store;
	off_t at = 0;
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(pread(moving->from, store->ours, BLOCK, at))) > 0) {
		if (!store_folder_write(to, store->ours, (size_t)n))
			return error_errno(err, "%s cannot be written", moving->object->name);
		if (!store_folder_breathe(store, err))
			return false;
		at += n;
	}
	if (n < 0)
		return error_errno(err, "the stage cannot be read");
	return fsync(to) == 0 || error_errno(err, "%s cannot be written", moving->object->name);
}

/* Reads up to a block, less only at the end of the file. */
static ssize_t store_folder_read(int fd, uint8_t *to, off_t at)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = TEMP_FAILURE_RETRY(pread(fd, to + len, BLOCK - len, at + (off_t)len));
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < BLOCK);
	return n < 0 ? -1 : (ssize_t)len;
}

/* Returns 1 if two files have the same bytes, 0 if they differ or one cannot be read, and -1 with
 * err set if the run has to end. */
static int store_folder_compare(const struct moving *moving, int fd, struct error *err)
{
	struct store_folder *store = moving->store;
	off_t at = 0;
	ssize_t ours;

	/* What the kernel still remembers of the file says nothing of the disk. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	do {
		ours = store_folder_read(moving->from, store->ours, at);
		if (ours < 0 || store_folder_read(fd, store->theirs, at) != ours ||
		    memcmp(store->ours, store->theirs, (size_t)ours) != 0)
			return 0;
		if (!store_folder_breathe(store, err))
			return -1;
		at += ours;
	} while (ours == BLOCK);
	return 1;
}

/* Opens the object under its final name and compares it. Returns what store_folder_compare() does,
 * 0 too if it is not there. */
static int store_folder_prove(const struct moving *moving, struct error *err)
{
	int fd = openat(moving->folder, moving->last, O_RDONLY | FILE_FLAGS), result = 0;
	struct stat st;

	/* Another sink may have written it just now. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == moving->object->bytes && fsync(fd) == 0)
		result = store_folder_compare(moving, fd, err);
	if (fd >= 0)
		close(fd);
	return result;
}

/* Returns true if the name still is that of the open file: the sink that held the lock before may
 * have given the file its final name, and it must not be emptied then. */
static bool store_folder_has_name(const struct moving *moving, int fd)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && S_ISREG(here.st_mode) &&
	       fstatat(moving->folder, moving->tmp, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Opens NAME.tmp, locked and empty. No O_EXCL: a crash may have left it. Returns -1 and sets err if
 * that fails. */
static int store_folder_create(const struct moving *moving, struct error *err)
{
	int fd = openat(moving->folder, moving->tmp, O_RDWR | O_CREAT | FILE_FLAGS, FILE_MODE);

	if (fd < 0)
		error_errno(err, "%s.tmp cannot be written", moving->object->name);
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !store_folder_has_name(moving, fd))
		error_set(err, "another process writes %s.tmp", moving->object->name);
	else if (ftruncate(fd, 0) < 0)
		error_errno(err, "%s.tmp cannot be written", moving->object->name);
	if (fd >= 0 && err->text[0])
		close(fd);
	return err->text[0] ? -1 : fd;
}

static bool store_folder_rename(const struct moving *moving, struct error *err)
{
	return renameat(moving->folder, moving->tmp, moving->folder, moving->last) == 0 ||
	       error_errno(err, "%s cannot be renamed", moving->tmp);
}

/* A part of an object would take room on a disk that is perhaps full. The lock is held to the
 * end. */
static bool store_folder_put(const struct moving *moving, struct error *err)
{
	int fd = store_folder_create(moving, err);
	bool good;

	if (fd < 0)
		return false;
	good = store_folder_copy(moving, fd, err) && store_folder_rename(moving, err);
	if (!good)
		unlinkat(moving->folder, moving->tmp, 0);
	close(fd);
	return good;
}

/* Opens what store_folder_leave() closes, in any case. */
static bool store_folder_approach(struct moving *moving, struct error *err)
{
	const struct store_folder *store = moving->store;
	const char *name = moving->object->name, *staged;
	int stage = spool_open_parent(store->config.stage_folder, name, false, &staged);

	moving->folder = store_folder_reach(store->folder, name, &moving->last);
	if (stage >= 0)
		moving->from = openat(stage, staged, O_RDONLY | FILE_FLAGS);
	if (moving->folder < 0)
		error_errno(err, "the folder of %s cannot be made", name);
	else if (moving->from < 0)
		error_errno(err, "the stage cannot be read");
	else if (snprintf(moving->tmp, sizeof(moving->tmp), "%s.tmp", moving->last) >=
		 (int)sizeof(moving->tmp))
		error_set(err, "%s: its name is too long", name);
	if (stage >= 0)
		close(stage);
	return !err->text[0];
}

static void store_folder_leave(const struct moving *moving)
{
	if (moving->from >= 0)
		close(moving->from);
	if (moving->folder >= 0)
		close(moving->folder);
}

/* The first step of all objects: an object that is there, with these bytes, is not written. */
static bool store_folder_write_object(const struct moving *moving, struct error *err)
{
	int proof = store_folder_prove(moving, err);

	return proof > 0 || (proof == 0 && store_folder_put(moving, err));
}

/* The second step, when all are written: their names are on the disk before they are read back. */
static bool store_folder_prove_object(const struct moving *moving, struct error *err)
{
	int proof;

	if (fsync(moving->folder) < 0)
		return error_errno(err, "the folder of %s cannot be written", moving->object->name);
	proof = store_folder_prove(moving, err);
	if (proof == 0)
		error_set(err, "%s has other bytes than were written: is the disk sound?",
			  moving->object->name);
	return proof > 0;
}

static bool store_folder_do(struct store_folder *store, const struct store_object *object,
			    bool (*step)(const struct moving *moving, struct error *err),
			    struct error *err)
{
	struct moving moving = { .store = store, .object = object, .from = -1, .folder = -1 };
	bool good = store_folder_approach(&moving, err) && step(&moving, err);

	store_folder_leave(&moving);
	return good;
}

/* A full disk fails all that follow. */
static bool store_folder_is_fatal(const struct error *err)
{
	return err->number == ENOSPC || err->number == EDQUOT || err->number == EROFS ||
	       err->number == ECANCELED;
}

/* Notes the first failure, or the one that ends the batch. Returns false if it does. */
static bool store_folder_note(struct error *first, const struct error *err)
{
	if (!first->text[0] || store_folder_is_fatal(err))
		*first = *err;
	return !store_folder_is_fatal(err);
}

static bool store_folder_ship(void *self, struct store_object *object, size_t count,
			      struct error *err)
{
	struct store_folder *store = self;
	bool written[STORE_BATCH] = { false }, goes_on = true;

	if (!store_folder_is_there(store, err))
		return false;
	for (size_t i = 0; i < count && goes_on; i++) {
		struct error one = { 0 };

		written[i] = store_folder_do(store, &object[i], store_folder_write_object, &one);
		goes_on = written[i] || store_folder_note(err, &one);
	}
	for (size_t i = 0; i < count && err->number != ECANCELED; i++) {
		struct error one = { 0 };

		if (!written[i])
			continue;
		if (store_folder_do(store, &object[i], store_folder_prove_object, &one))
			object[i].proof = STORE_READ;
		else
			store_folder_note(err, &one);
	}
	return !err->text[0];
}

static void store_folder_close(void *self)
{
	struct store_folder *store = self;

	close(store->folder);
	free(store);
}

bool store_folder_open(struct store *store, const struct store_config *config, struct error *err)
{
	struct store_folder *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(err, "%s", config->place->text);
	self->config = *config;
	self->folder = open(config->place->text, FOLDER_FLAGS);
	if (self->folder < 0) {
		error_errno(err, "%s", config->place->text);
		free(self);
		return false;
	}
	*store = (struct store){ .ship = store_folder_ship,
				 .close = store_folder_close,
				 .self = self };
	return true;
}
