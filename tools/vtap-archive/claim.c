/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/human.h"
#include "finished.h"

enum {
	QUEUE_MEMORY = 24 << 20, /* bytes; captures beyond it stay in the spool until others left */
	TEXT = 2048,
};

static void claim_say_error(struct archive *archive, const struct error *err)
{
	tell_once(&archive->tell, err->text);
}

static bool claim_is_left_by_crash(const char *name, enum finished finished)
{
	return finished == FINISHED_ABANDONED || strstr(name, ".abandoned-");
}

/* What another user has put in the place of the file after it was looked at is no capture. */
static void claim_check_kind(struct archive *archive, struct queue_item *item)
{
	struct stat st;

	if (fstatat(archive->spool.room[SPOOL_TAKEN], item->path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		claim_refuse(archive, item, "it is no regular file");
}

static void claim_take(struct archive *archive, const struct spool_file *file,
		       enum finished finished)
{
	char claimed[PATH_MAX];
	struct queue_item *item;
	struct error err = { 0 };

	if (!spool_claim(&archive->spool, file->path, claimed, &err)) {
		if (err.number != ENOENT)
			claim_say_error(archive, &err);
		return;
	}
	item = books_add(&archive->books, &archive->queue, claimed, file->bytes, file->changed_ns,
			 true);
	if (!item) /* it is in taken/, where the next start finds it */
		return;
	archive->books.abandoned += claim_is_left_by_crash(file->name, finished);
	claim_check_kind(archive, item);
}

/* Says which way files are known to be finished, once. */
static void claim_say_way(struct archive *archive, enum finished finished)
{
	const char *spool = archive->config->spool;
	char text[TEXT];

	if (!archive->tell.verbose)
		return;
	snprintf(text, sizeof(text), "%s: %s", spool,
		 finished == FINISHED_YES
			 ? "files are finished when nobody has them open for writing"
			 : "there are no leases for some files: they are finished --settle after "
			   "their last change");
	tell_once(&archive->tell, text);
}

void claim_look(struct archive *archive, const struct spool_file *file)
{
	char path[PATH_MAX];
	enum finished finished;

	if (archive->queue.memory > QUEUE_MEMORY)
		archive->full = true;
	if (archive->queue.memory > QUEUE_MEMORY ||
	    snprintf(path, sizeof(path), "%s/%s", archive->config->spool, file->path) >=
		    (int)sizeof(path))
		return;
	finished = finished_look(file->folder, file->name, path, clock_ns(CLOCK_REALTIME),
				 archive->config->settle_ns);
	if (finished == FINISHED_NO || finished == FINISHED_GONE)
		return;
	if (finished == FINISHED_YES || finished == FINISHED_BY_AGE)
		claim_say_way(archive, finished);
	claim_take(archive, file, finished);
}

bool claim_resume(struct archive *archive, const struct spool_file *file)
{
	struct queue_item *item;

	if (archive->queue.memory > QUEUE_MEMORY)
		return false;
	item = books_add(&archive->books, &archive->queue, file->path, file->bytes,
			 file->changed_ns, false);
	if (item)
		claim_check_kind(archive, item);
	return item;
}

void claim_refuse(struct archive *archive, struct queue_item *item, const char *reason)
{
	char failed[PATH_MAX], text[TEXT];
	struct error err = { 0 };

	if (!spool_refuse(&archive->spool, item->path, reason, failed, &err)) {
		claim_say_error(archive, &err);
		if (item->in_hand)
			queue_put_back(&archive->queue, item);
		return;
	}
	snprintf(text, sizeof(text), "%s/%s: %s: it is in " SPOOL_OWN "/failed",
		 archive->config->spool, item->path, reason);
	tell_once(&archive->tell, text);
	books_settle(&archive->books, &archive->queue, item, BOOKS_FAILED);
}

static bool claim_drop_oldest(struct archive *archive)
{
	struct queue_item *item = queue_oldest_idle(&archive->queue);
	struct error err = { 0 };

	if (!item)
		return false;
	if (!spool_remove(&archive->spool, SPOOL_TAKEN, item->path, &err)) {
		claim_say_error(archive, &err);
		return false;
	}
	books_settle(&archive->books, &archive->queue, item, BOOKS_DROPPED);
	return true;
}

void claim_drop(struct archive *archive)
{
	const struct books_sum *dropped = &archive->books.outcome[BOOKS_DROPPED];
	const struct books_sum before = *dropped;
	char text[TEXT], bytes[HUMAN_SIZE], cap[HUMAN_SIZE], count[HUMAN_SIZE];

	if (archive->config->cap == 0)
		return;
	while (archive->queue.bytes > archive->config->cap && claim_drop_oldest(archive))
		;
	if (dropped->captures == before.captures)
		return;
	snprintf(text, sizeof(text),
		 "%s: dropped the oldest captures, as more than --cap %s waits: %s now, %s in all",
		 archive->config->spool, human_scaled(cap, archive->config->cap, "B"),
		 human_scaled(bytes, dropped->bytes - before.bytes, "B"),
		 human_count(count, dropped->captures));
	tell_once(&archive->tell, text);
}
