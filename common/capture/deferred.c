/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/deferred.h"

#include <stdlib.h>

#include "capture/reorder.h"
#include "io/interrupt.h"

struct deferred {
	struct source base;
	struct source_file file;
	struct deferred_manner manner;
	struct source *inner; /* NULL until the file is opened to be read */
	bool open;
	struct source_progress progress; /* before the file is opened, and after its end */
};

/* Each time a copy of the file is opened, so that it can be done again. */
static struct source *deferred_start(const struct deferred *deferred, struct source_file *file,
				     struct error *err)
{
	struct source *source;

	*file = deferred->file;
	source = source_file_reopen(file, err) ? source_file_start(file, err) : NULL;
	return source ? reorder_open(source, deferred->manner.window_ns, deferred->manner.memory,
				     err)
		      : NULL;
}

/* A file that is damaged in front of its first packet is read first, and tells it then. */
static int64_t deferred_first_time(struct source *source)
{
	enum source_result result;
	struct packet packet;
	struct block block;
	struct error ignored;

	do
		result = source_next(source, &packet, &block, &ignored);
	while (result == SOURCE_BLOCK);
	return result == SOURCE_PACKET && packet.form != PACKET_SIMPLE ? packet.time_ns : INT64_MIN;
}

static bool deferred_begin(struct deferred *deferred, struct error *err)
{
	struct deferred_limit *limit = deferred->manner.limit;
	struct source_file file;

	deferred->base.end.state = CAPTURE_UNREADABLE;
	if (limit->open >= limit->most) {
		error_set(err,
			  "%s: too many open files: packets of more than %u inputs overlap in "
			  "time, and ulimit -Hn allows no more",
			  deferred->base.name, limit->most);
		return false;
	}
	deferred->inner = deferred_start(deferred, &file, err);
	if (!deferred->inner) {
		deferred->base.end.state = file.state;
		return false;
	}
	deferred->base.end.state = CAPTURE_NOT_READ;
	source_before_wait(deferred->inner, deferred->base.hook);
	deferred->open = true;
	limit->open++;
	return true;
}

static void deferred_progress(const struct source *source, struct source_progress *progress)
{
	const struct deferred *deferred = (const struct deferred *)source;

	if (deferred->open) {
		source_progress(deferred->inner, progress);
		return;
	}
	progress->done += deferred->progress.done;
	progress->total += deferred->progress.total;
}

static void deferred_end(struct deferred *deferred)
{
	struct source_progress progress = { 0 };

	deferred_progress(&deferred->base, &progress);
	deferred->progress = progress;
	deferred->base.end = deferred->inner->end;
	deferred->open = false;
	deferred->manner.limit->open--;
	source_shut(deferred->inner);
}

/* Sections and interfaces of a file that has ended may still be in use, so its source stays. */
static enum source_result deferred_next(struct source *source, struct packet *packet,
					struct block *block, struct error *err)
{
	struct deferred *deferred = (struct deferred *)source;
	enum source_result result;

	if (!deferred->inner && interrupt_seen())
		return SOURCE_END;
	if (!deferred->inner && !deferred_begin(deferred, err))
		return SOURCE_ERROR;
	result = source_next(deferred->inner, packet, block, err);
	deferred->base.packets = deferred->inner->packets;
	deferred->base.skipped = deferred->inner->skipped;
	if (result == SOURCE_END || result == SOURCE_ERROR)
		deferred_end(deferred);
	return result;
}

static void deferred_close(struct source *source)
{
	struct deferred *deferred = (struct deferred *)source;

	if (deferred->open)
		deferred->manner.limit->open--;
	source_close(deferred->inner);
	free(deferred);
}

static void deferred_hooked(struct source *source)
{
	struct deferred *deferred = (struct deferred *)source;

	if (deferred->open)
		source_before_wait(deferred->inner, source->hook);
}

static const struct source_ops deferred_ops = { .next = deferred_next,
						.close = deferred_close,
						.hooked = deferred_hooked,
						.progress = deferred_progress };

/* Returns false and sets err and file->state. */
static bool deferred_look(struct deferred *deferred, struct source_file *file, int64_t *first_ns,
			  struct error *err)
{
	struct source_file copy;
	struct source *source = deferred_start(deferred, &copy, err);

	file->state = copy.state;
	if (!source)
		return false;
	deferred->base.format = source->format;
	*first_ns = deferred_first_time(source);
	source_close(source);
	return true;
}

struct source *deferred_open(struct source_file *file, struct deferred_manner manner,
			     int64_t *first_ns, struct error *err)
{
	struct deferred *deferred = calloc(1, sizeof(*deferred));

	if (!deferred) {
		error_errno(err, "%s", file->name);
		return NULL;
	}
	deferred->base = (struct source){ .ops = &deferred_ops, .name = file->name };
	deferred->file = *file;
	deferred->manner = manner;
	deferred->progress.total = file->size;
	if (deferred_look(deferred, file, first_ns, err))
		return &deferred->base;
	free(deferred);
	return NULL;
}
