/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "claim.h"
#include "worker.h"

#define BATCH_BYTES (UINT64_C(1) << 30)

enum { HOST_SIZE = 256 };

struct batch {
	struct archive *archive;
	struct staged *room; /* of worker.h */
	char host[HOST_SIZE];
	size_t count; /* captures that are staged */
	struct batch_capture {
		struct queue_item *item;
		struct staged staged;
		size_t object; /* that holds its bytes */
	} capture[STORE_BATCH];
	size_t objects;
	struct store_object object[STORE_BATCH];
};

struct batch *batch_new(struct archive *archive, struct error *err)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch) {
		error_errno(err, "memory for a batch");
		return NULL;
	}
	batch->archive = archive;
	gethostname(batch->host, sizeof(batch->host) - 1);
	batch->room = worker_new(err);
	if (batch->room)
		return batch;
	batch_free(batch);
	return NULL;
}

void batch_free(struct batch *batch)
{
	if (batch)
		worker_free(batch->room);
	free(batch);
}

/* Notes the first failure of a batch; the others have the same cause, or come again. */
static void batch_note(struct error *first, const struct error *err)
{
	if (!first->text[0])
		*first = *err;
}

/* Two captures of the same bytes are one object. */
static size_t batch_find_object(const struct batch *batch, const char *name)
{
	for (size_t i = 0; i < batch->objects; i++)
		if (strcmp(batch->object[i].name, name) == 0)
			return i;
	return batch->objects;
}

static void batch_add(struct batch *batch, struct queue_item *item, const struct staged *staged)
{
	struct batch_capture *capture = &batch->capture[batch->count++];

	capture->item = item;
	capture->staged = *staged;
	capture->object = batch_find_object(batch, staged->object);
	if (capture->object == batch->objects)
		batch->object[batch->objects++] = (struct store_object){
			.name = capture->staged.object,
			.bytes = staged->stored,
		};
}

static void batch_remove_empty(struct archive *archive, struct queue_item *item,
			       struct error *failure)
{
	struct error err = { 0 };

	if (spool_remove(&archive->spool, SPOOL_TAKEN, item->path, &err)) {
		books_settle(&archive->books, &archive->queue, item, BOOKS_EMPTY);
		return;
	}
	batch_note(failure, &err);
	queue_put_back(&archive->queue, item);
}

static void batch_put_back(struct archive *archive, struct queue_item *item,
			   const struct error *err, struct error *failure)
{
	batch_note(failure, err);
	queue_put_back(&archive->queue, item);
}

/* A capture that somebody still writes stays in taken/, and is looked at in a later batch. */
static void batch_stage(struct batch *batch, struct queue_item *item, struct error *failure)
{
	struct archive *archive = batch->archive;
	const struct staged *staged = worker_make(archive, batch->room, item->path);
	struct error err = staged->err;

	if (staged->verdict != STAGING_FAILED && staged->bytes != item->bytes)
		books_measure(&archive->books, &archive->queue, item, staged->bytes);
	switch (staged->verdict) {
	case STAGING_DONE:
		if (staging_name(&archive->spool, staged, &err))
			batch_add(batch, item, staged);
		else
			batch_put_back(archive, item, &err, failure);
		break;
	case STAGING_EMPTY:
		batch_remove_empty(archive, item, failure);
		break;
	case STAGING_REFUSED:
		claim_refuse(archive, item, err.text);
		break;
	case STAGING_WRITTEN:
		queue_put_back(&archive->queue, item);
		break;
	case STAGING_NOTHING:
	case STAGING_FAILED:
		batch_put_back(archive, item, &err, failure);
		break;
	}
}

static bool batch_write_proof(const struct batch *batch, const struct batch_capture *capture,
			      struct error *err)
{
	const struct staged *staged = &capture->staged;
	const struct store_object *object = &batch->object[capture->object];

	return proofs_add(&batch->archive->proofs,
			  &(struct proof){
				  .name = capture->item->path,
				  .key = staged->facts.source,
				  .source = staged->facts.interface,
				  .object = object->name,
				  .sha256 = staged->sha256,
				  .host = batch->host,
				  .proof = object->proof == STORE_HASH ? "hash" : "read",
				  .packets = staged->facts.packets,
				  .bytes = staged->bytes,
				  .stored = object->bytes,
				  .first_ns = staged->facts.first_ns,
				  .last_ns = staged->facts.last_ns,
			  },
			  err);
}

static bool batch_is_proven(const struct batch *batch, const struct batch_capture *capture)
{
	return batch->object[capture->object].proof != STORE_UNPROVEN;
}

/* What is proven is written down, on the disk, before anything is deleted for it. */
static bool batch_write_proofs(struct batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch_is_proven(batch, &batch->capture[i]) &&
		    !batch_write_proof(batch, &batch->capture[i], err))
			return false;
	return proofs_sync(&batch->archive->proofs, err);
}

static void batch_settle(struct batch *batch, const struct batch_capture *capture,
			 struct error *failure)
{
	struct archive *archive = batch->archive;
	struct books *books = &archive->books;
	struct error err = { 0 };

	if (!spool_remove(&archive->spool, SPOOL_TAKEN, capture->item->path, &err)) {
		batch_put_back(archive, capture->item, &err, failure);
		return;
	}
	books->proven_ns = clock_ns(CLOCK_MONOTONIC);
	books->packets += capture->staged.facts.packets;
	books_settle(books, &archive->queue, capture->item, BOOKS_PROVEN);
}

/* Whatever became of them: what is unproven is staged anew for its next try, so the stage never
 * holds more than one batch. */
static void batch_empty_stage(struct batch *batch, struct error *failure)
{
	struct error err = { 0 };

	for (size_t i = 0; i < batch->objects; i++)
		if (!spool_remove(&batch->archive->spool, SPOOL_STAGE, batch->object[i].name, &err))
			batch_note(failure, &err);
}

/* Returns how many objects are proven. */
static size_t batch_end(struct batch *batch, bool written, struct error *failure)
{
	struct archive *archive = batch->archive;
	size_t proven = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct batch_capture *capture = &batch->capture[i];

		if (written && batch_is_proven(batch, capture)) {
			batch_settle(batch, capture, failure);
			continue;
		}
		archive->books.retried++;
		queue_put_back(&archive->queue, capture->item);
	}
	for (size_t i = 0; i < batch->objects; i++) {
		bool is = written && batch->object[i].proof != STORE_UNPROVEN;

		archive->books.stored_bytes += is ? batch->object[i].bytes : 0;
		proven += is;
	}
	batch_empty_stage(batch, failure);
	return proven;
}

static void batch_stage_all(struct batch *batch, bool new_alone, struct error *failure)
{
	struct archive *archive = batch->archive;
	struct queue_item *item[STORE_BATCH];
	size_t count = queue_take(&archive->queue, STORE_BATCH, BATCH_BYTES, new_alone, item);

	batch->count = batch->objects = 0;
	for (size_t i = 0; i < count; i++) {
		batch_stage(batch, item[i], failure);
		archive->breathe(archive->breathe_arg);
	}
}

/* Returns how many captures of this run wait no more. */
static uint64_t batch_settled(const struct archive *archive)
{
	return archive->books.found.captures - archive->queue.count;
}

enum batch_result batch_ship(struct batch *batch, bool new_alone, bool *partly, struct error *err)
{
	struct archive *archive = batch->archive;
	struct error failure = { 0 };
	uint64_t settled = batch_settled(archive);
	bool shipped = true;

	*partly = false;
	batch_stage_all(batch, new_alone, &failure);
	if (batch->count > 0) {
		archive->books.batches++;
		shipped = archive->store.ship(archive->store.self, batch->object, batch->objects,
					      err);
		*partly = batch_end(batch, batch_write_proofs(batch, &failure), &failure) > 0;
	}
	if (!shipped)
		return BATCH_STORE_FAILED;
	if (failure.text[0]) {
		*err = failure;
		return BATCH_SPOOL_FAILED;
	}
	if (batch->count > 0)
		return BATCH_PROVEN;
	return batch_settled(archive) > settled ? BATCH_SETTLED : BATCH_NONE;
}
