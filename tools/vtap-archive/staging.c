/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "staging.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digits.h"
#include "capture/compression.h"
#include "capture/compression_zstd_frame.h"
#include "capture/wiretap_reader.h"
#include "finished.h"

enum { COPY_BLOCK = 64 << 10, OBJECT_MODE = 0600 };

/* A capture whose object is being made. */
struct staging {
	const struct staging_config *config;
	const char *path;
	struct staged *staged;
	struct stat before; /* as it was when reading began */
	int folder;	    /* that it is in */
	const char *last;   /* its name in that */
	int fd;
};

bool staging_load(struct error *err)
{
	static const char *const names[] = { "x.gz", "x.zst", "x.lz4" };
	struct error none = { 0 };

	wiretap_reader_load(&none);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		compression_load(compression_of_name(names[i]), names[i], &none);
	return compression_zstd_frame_load(err);
}

/* O_NONBLOCK: nothing that is no regular file may hold this up. */
static bool staging_open(struct staging *staging)
{
	struct error *err = &staging->staged->err;

	staging->folder = spool_open_parent(staging->config->spool->room[SPOOL_TAKEN],
					    staging->path, false, &staging->last);
	if (staging->folder >= 0)
		staging->fd = openat(staging->folder, staging->last,
				     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (staging->fd < 0 || fstat(staging->fd, &staging->before) < 0)
		error_errno(err, "it cannot be read");
	else if (!S_ISREG(staging->before.st_mode))
		error_set(err, "it is no regular file");
	staging->staged->bytes = (uint64_t)staging->before.st_size;
	if (err->text[0])
		staging->staged->verdict = STAGING_REFUSED;
	return !err->text[0];
}

/* What the reader says begins with the name of the file. */
static const char *staging_without_name(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
										  : text;
}

/* Of a capture that is cut, err says where. */
static bool staging_read(struct staging *staging)
{
	struct staged *staged = staging->staged;
	const struct capture_facts *facts = &staged->facts;
	struct error err = { 0 };
	char name[PATH_MAX];

	if (snprintf(name, sizeof(name), "%s/" SPOOL_OWN "/taken/%s", staging->config->spool->name,
		     staging->path) >= (int)sizeof(name))
		error_set(&staged->err, "its name is too long");
	else if (!capture_facts_read(name, &staged->facts, &err))
		error_set(&staged->err, "%s", staging_without_name(err.text, name));
	else if (facts->packets == 0 && !facts->holds_more)
		staged->verdict = STAGING_EMPTY;
	else if (facts->packets == 0)
		error_set(&staged->err, "it holds no packets, but other blocks");
	else
		return true;
	if (staged->verdict == STAGING_NOTHING)
		staged->verdict = STAGING_REFUSED;
	return false;
}

static bool staging_write(int to, const uint8_t *bytes, size_t len)
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

static bool staging_copy_bytes(int from, int to)
{
	uint8_t block[COPY_BLOCK];
	ssize_t n;

	if (lseek(from, 0, SEEK_SET) < 0)
		return false;
	while ((n = TEMP_FAILURE_RETRY(read(from, block, sizeof(block)))) > 0)
		if (!staging_write(to, block, (size_t)n))
			return false;
	return n == 0;
}

static int staging_create(const struct staging *staging)
{
	int stage = staging->config->spool->room[SPOOL_STAGE];

	if (unlinkat(stage, STAGING_FILE, 0) < 0 && errno != ENOENT)
		return -1;
	return openat(stage, STAGING_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      OBJECT_MODE);
}

static bool staging_compress(struct staging *staging, struct error *err)
{
	struct compression_zstd_frame frame;
	int to = staging_create(staging);
	bool good = to >= 0 || error_errno(err, "the stage cannot be written");

	good = good && compression_zstd_frame(staging->fd, to, staging->config->level, &frame, err);
	if (to >= 0)
		close(to);
	if (!good)
		return false;
	sha256_write(frame.sha256, staging->staged->sha256);
	staging->staged->stored = frame.stored;
	return true;
}

/* The kernel may refuse links to files of other users (protected_hardlinks; proc(5)), and some file
 * systems have none. */
static bool staging_link_or_copy(const struct staging *staging, struct error *err)
{
	int stage = staging->config->spool->room[SPOOL_STAGE];
	bool good;
	int to;

	unlinkat(stage, STAGING_FILE, 0);
	if (linkat(staging->folder, staging->last, stage, STAGING_FILE, 0) == 0)
		return true;
	to = staging_create(staging);
	good = to >= 0 && staging_copy_bytes(staging->fd, to);
	if (!good)
		error_errno(err, "the stage cannot be written");
	if (to >= 0)
		close(to);
	return good;
}

static bool staging_take_as_it_is(struct staging *staging, struct error *err)
{
	uint8_t hash[SHA256_LEN];

	if (lseek(staging->fd, 0, SEEK_SET) < 0)
		return error_errno(err, "it cannot be read");
	if (!sha256_file(staging->fd, hash, &staging->staged->stored, err))
		return false;
	sha256_write(hash, staging->staged->sha256);
	return true;
}

/* Returns true if the object is compressed by us. A disk without room for that has room for a link.
 */
static bool staging_try_compress(struct staging *staging, struct error *err)
{
	if (staging->config->level == 0 || staging->staged->facts.compressed)
		return false;
	if (staging_compress(staging, err))
		return true;
	if (err->number == ENOSPC || err->number == EDQUOT)
		*err = (struct error){ 0 };
	return false;
}

/* A link changes the time of the inode's change, so it is made after this look. */
static bool staging_is_unchanged(struct staging *staging)
{
	const struct stat *before = &staging->before;
	struct staged *staged = staging->staged;
	struct stat now;

	if (finished_has_writer(staging->fd)) {
		staged->verdict = STAGING_WRITTEN;
	} else if (fstat(staging->fd, &now) < 0 || now.st_size != before->st_size ||
		   now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
		   now.st_mtim.tv_nsec != before->st_mtim.tv_nsec ||
		   now.st_ctim.tv_sec != before->st_ctim.tv_sec ||
		   now.st_ctim.tv_nsec != before->st_ctim.tv_nsec) {
		error_set(&staged->err, "it changed while it was read");
		staged->verdict = STAGING_REFUSED;
	}
	return staged->verdict == STAGING_NOTHING;
}

static void staging_write_name(const struct staging *staging, bool packed)
{
	struct staged *staged = staging->staged;
	struct object_name name = { .first_ns = staged->facts.first_ns,
				    .last_ns = staged->facts.last_ns,
				    .packets = staged->facts.packets };

	if (!staged->facts.source[0]) {
		object_name_source(staging->config->source, staged->facts.source);
		snprintf(staged->facts.interface, sizeof(staged->facts.interface), "%s",
			 staging->config->source);
	}
	memcpy(name.source, staged->facts.source, sizeof(name.source));
	memcpy(name.sha256, staged->sha256, OBJECT_NAME_DIGITS);
	snprintf(name.type, sizeof(name.type), "%.*s%s", OBJECT_NAME_TYPE_SIZE - 5,
		 staged->facts.type, packed ? ".zst" : "");
	object_name_write(&name, staged->object);
}

static void staging_make_object(struct staging *staging)
{
	struct staged *staged = staging->staged;
	struct error *err = &staged->err;
	bool packed = staging_try_compress(staging, err);

	if (!err->text[0] && !packed)
		staging_take_as_it_is(staging, err);
	if (!staging_is_unchanged(staging))
		return;
	if (!err->text[0] && !packed)
		staging_link_or_copy(staging, err);
	staged->verdict = err->text[0] ? STAGING_FAILED : STAGING_DONE;
	if (!err->text[0])
		staging_write_name(staging, packed);
}

void staging_make(const struct staging_config *config, const char *path, struct staged *staged)
{
	struct staging staging = {
		.config = config, .path = path, .staged = staged, .folder = -1, .fd = -1
	};

	*staged = (struct staged){ .verdict = STAGING_NOTHING };
	if (staging_open(&staging)) {
		if (finished_has_writer(staging.fd))
			staged->verdict = STAGING_WRITTEN;
		else if (staging_read(&staging))
			staging_make_object(&staging);
	}
	if (staging.fd >= 0)
		close(staging.fd);
	if (staging.folder >= 0)
		close(staging.folder);
}

bool staging_name(const struct spool *spool, const struct staged *staged, struct error *err)
{
	int stage = spool->room[SPOOL_STAGE];
	const char *last;
	int folder = spool_open_parent(stage, staged->object, true, &last);
	bool good = folder >= 0 && renameat(stage, STAGING_FILE, folder, last) == 0;

	if (!good)
		error_errno(err, "the stage cannot be written");
	if (folder >= 0)
		close(folder);
	return good;
}
