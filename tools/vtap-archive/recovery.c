/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recovery.h"

#include "claim.h"

static bool recovery_remove(void *arg, const struct spool_file *file, struct error *err)
{
	const struct archive *archive = arg;

	return spool_remove(&archive->spool, SPOOL_STAGE, file->path, err);
}

static bool recovery_take(void *arg, const struct spool_file *file, struct error *err)
{
	return claim_resume(arg, file) || error_set(err, "no room");
}

static void recovery_say(void *arg, const struct error *err)
{
	struct archive *archive = arg;

	tell_once(&archive->tell, err->text);
}

/* Walks through a folder of .vtap-archive. */
static bool recovery_walk(struct archive *archive, enum spool_room room,
			  bool (*file)(void *arg, const struct spool_file *file, struct error *err),
			  struct error *err)
{
	struct spool view = archive->spool;
	const struct spool_visit visit = { .file = file, .trouble = recovery_say, .arg = archive };

	view.folder = archive->spool.room[room];
	return spool_walk(&view, &visit, err);
}

bool recovery_empty_stage(struct archive *archive, struct error *err)
{
	return recovery_walk(archive, SPOOL_STAGE, recovery_remove, err);
}

bool recovery_resume(struct archive *archive)
{
	struct error err = { 0 };

	return recovery_walk(archive, SPOOL_TAKEN, recovery_take, &err);
}
