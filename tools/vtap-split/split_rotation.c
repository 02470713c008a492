/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_rotation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/human.h"
#include "cli/tool.h"
#include "split_internal.h"
#include "split_keys.h"

enum { FAILURES_PRINTED = 10 }; /* removals; further ones are only counted */

enum cause { ROTATED, FREED };

static const char *const endings[SPLIT_ROTATION_PACKED] = { ".gz", ".zst" };

/* Returns a name as long as it is: names of files leave room for ".zst" (template.h). */
static void split_rotation_packed_name(const struct finished *file, unsigned i,
				       char name[TEMPLATE_NAME_SIZE + 4])
{
	snprintf(name, TEMPLATE_NAME_SIZE + 4, "%s%s", file->name, endings[i]);
}

static struct finished *split_rotation_new_file(struct split_key *key, const char *name,
						const struct output_path_id *id, struct error *err)
{
	size_t size = strlen(name) + 1;
	struct finished *file = calloc(1, sizeof(*file) + size);
	char packed[TEMPLATE_NAME_SIZE + 4];

	if (!file) {
		error_errno(err, "%s", name);
		return NULL;
	}
	memcpy(file->name, name, size);
	file->key = key;
	file->id = *id;
	file->packets = key->file.packets;
	for (unsigned i = 0; i < SPLIT_ROTATION_PACKED; i++) {
		split_rotation_packed_name(file, i, packed);
		output_path_find(packed, &file->packed[i]);
	}
	return file;
}

static void split_rotation_add_due(struct rotation *rotation, struct finished *file)
{
	file->next_due = rotation->due;
	rotation->due = file;
}

/* Takes a file off those that count for -W. */
static void split_rotation_leave_series(struct finished *file)
{
	struct split_rotation_series *series = &file->key->kept;

	*(file->key_older ? &file->key_older->key_newer : &series->oldest) = file->key_newer;
	*(file->key_newer ? &file->key_newer->key_older : &series->newest) = file->key_older;
	series->count--;
}

static void split_rotation_leave(struct rotation *rotation, struct finished *file)
{
	*(file->older ? &file->older->newer : &rotation->oldest) = file->newer;
	*(file->newer ? &file->newer->older : &rotation->newest) = file->older;
	if (!file->surplus)
		split_rotation_leave_series(file);
}

static void split_rotation_add(struct split *split, struct finished *file)
{
	struct rotation *rotation = &split->rotation;
	struct split_rotation_series *series = &file->key->kept;
	struct finished *oldest;

	file->older = rotation->newest;
	*(rotation->newest ? &rotation->newest->newer : &rotation->oldest) = file;
	rotation->newest = file;
	file->key_older = series->newest;
	*(series->newest ? &series->newest->key_newer : &series->oldest) = file;
	series->newest = file;
	series->count++;
	if (split->config->keep == 0 || series->count <= split->config->keep)
		return;
	oldest = series->oldest;
	split_rotation_leave_series(oldest);
	oldest->surplus = true;
	if (!oldest->job)
		split_rotation_add_due(rotation, oldest);
}

/* What was there before the command ran is not what it left. */
static void split_rotation_find_packed(struct finished *file)
{
	char name[TEMPLATE_NAME_SIZE + 4];

	for (unsigned i = 0; i < SPLIT_ROTATION_PACKED; i++) {
		struct output_path_id now = { 0 };

		split_rotation_packed_name(file, i, name);
		if (!output_path_find(name, &now) || output_path_same(&now, &file->packed[i]))
			now.inode = 0;
		file->packed[i] = now;
	}
}

static void split_rotation_on_job_end(void *arg, uint64_t number)
{
	struct rotation *rotation = &((struct split *)arg)->rotation;
	struct finished *file = hash_table_remove(&rotation->by_job, &number, sizeof(number));

	if (!file)
		return;
	file->job = 0;
	split_rotation_find_packed(file);
	if (file->surplus)
		split_rotation_add_due(rotation, file);
}

void split_rotation_init(struct split *split)
{
	const struct split_config *config = split->config;

	split->rotation = (struct rotation){ .on = config->keep > 0 || config->min_free > 0 };
	hash_table_init(&split->rotation.by_job);
	split->jobs.on_end = split_rotation_on_job_end;
	split->jobs.on_end_arg = split;
}

/* Returns true if the file is gone; what is not ours any more counts as gone, but not as removed.
 */
static bool split_rotation_remove_name(struct split *split, const char *name,
				       const struct output_path_id *id, uint64_t *freed)
{
	struct error err = { 0 };

	if (output_path_remove(name, id, freed, &err))
		return true;
	if (err.number == ESTALE)
		return false;
	split->counters.unremoved++;
	if (split->rotation.told++ < FAILURES_PRINTED) {
		error_wrap(&err, "cannot be removed");
		tool_fail("vtap-split", &err);
	}
	return false;
}

static bool split_rotation_tell_manifest(struct split *split, const struct finished *file,
					 enum cause cause, struct error *err)
{
	char text[KEY_PARTS * KEY_PART_SIZE], label[sizeof(text)];
	struct manifest_entry entry = { .name = file->name,
					.key = text,
					.label = label,
					.removed = cause == ROTATED ? "rotated" : "freed" };

	entry.key_len = key_text_label(split_keys_unpack(split, file->key->text), text);
	entry.label_len = key_text_label(split_keys_unpack(split, file->key->label), label);
	return manifest_add(&split->manifest, &entry, err);
}

static void split_rotation_count(struct split *split, const struct finished *file, enum cause cause)
{
	struct split_counters *counters = &split->counters;

	if (cause == FREED && counters->freed == 0 && !split->config->common.quiet)
		tool_say("vtap-split",
			 "%s: less than --min-free is free: the oldest files are removed",
			 file->name);
	*(cause == ROTATED ? &counters->rotated : &counters->freed) += 1;
	counters->packets_removed += file->packets;
}

/* Removes a file whose command has ended, and sets *freed to the bytes that this should make free.
 */
static bool split_rotation_remove(struct split *split, struct finished *file, enum cause cause,
				  uint64_t *freed, struct error *err)
{
	char name[TEMPLATE_NAME_SIZE + 4];
	uint64_t more;
	bool removed = split_rotation_remove_name(split, file->name, &file->id, freed), good = true;

	for (unsigned i = 0; i < SPLIT_ROTATION_PACKED; i++) {
		if (file->packed[i].inode == 0 || !split->config->command)
			continue;
		split_rotation_packed_name(file, i, name);
		removed |= split_rotation_remove_name(split, name, &file->packed[i], &more);
		*freed += more;
	}
	split_rotation_leave(&split->rotation, file);
	file_names_forget(&split->names, file->name);
	if (removed) {
		split_rotation_count(split, file, cause);
		good = split_rotation_tell_manifest(split, file, cause, err);
	}
	free(file);
	return good;
}

static bool split_rotation_remove_due(struct split *split, struct error *err)
{
	struct finished *file;
	uint64_t freed;

	while ((file = split->rotation.due)) {
		split->rotation.due = file->next_due;
		if (!split_rotation_remove(split, file, ROTATED, &freed, err))
			return false;
	}
	return true;
}

static bool split_rotation_ask_free(const struct split *split, uint64_t *bytes, struct error *err)
{
	char folder[TEMPLATE_NAME_SIZE];
	struct statvfs disk;

	template_folder(&split->config->name, folder);
	if (statvfs(folder, &disk) < 0)
		return error_errno(err, "--min-free: %s", folder);
	*bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	return true;
}

static bool split_rotation_refuse(const struct split *split, uint64_t bytes, const char *why,
				  struct error *err)
{
	char folder[TEMPLATE_NAME_SIZE], number[HUMAN_SIZE];

	template_folder(&split->config->name, folder);
	error_set(err, "%s: %s are free, less than --min-free %s%s", folder,
		  human_scaled(number, bytes, "B"), split->config->min_free_text, why);
	err->number = ENOSPC;
	return false;
}

bool split_rotation_begin(struct split *split, struct error *err)
{
	uint64_t bytes = 0;

	if (split->config->min_free == 0)
		return true;
	if (!split_rotation_ask_free(split, &bytes, err))
		return false;
	return bytes >= split->config->min_free || split_rotation_refuse(split, bytes, "", err);
}

/* There are no more files whose command runs or waits than the helper holds (jobs.h). */
static struct finished *split_rotation_oldest_ended(const struct rotation *rotation)
{
	struct finished *file = rotation->oldest;

	while (file && file->job)
		file = file->newer;
	return file;
}

/* Removes the oldest file that may go, or waits for a command. *bytes: those that are free. Returns
 * false without an error if the process was asked to end meanwhile. */
static bool split_rotation_free_some(struct split *split, uint64_t *bytes, struct error *err)
{
	struct finished *file = split_rotation_oldest_ended(&split->rotation);
	uint64_t freed = 0, before = *bytes;

	if (!file && !split->rotation.oldest)
		return split_rotation_refuse(split, before,
					     ", but no file of this run is left to remove", err);
	if (!file)
		return jobs_wait(&split->jobs) && split_rotation_remove_due(split, err) &&
		       split_rotation_ask_free(split, bytes, err);
	if (!split_rotation_remove(split, file, FREED, &freed, err) ||
	    !split_rotation_ask_free(split, bytes, err))
		return false;
	/* Some file systems free what was removed a little later. */
	if (*bytes < before + freed)
		*bytes = before + freed;
	return true;
}

static bool split_rotation_make_room(struct split *split, struct error *err)
{
	uint64_t bytes = 0;

	if (split->config->min_free == 0)
		return true;
	if (!split_rotation_ask_free(split, &bytes, err))
		return false;
	while (bytes < split->config->min_free)
		if (!split_rotation_free_some(split, &bytes, err))
			return !err->text[0];
	return true;
}

bool split_rotation_go_on(void *self, struct error *err)
{
	struct split *split = self;

	if (!split->rotation.on)
		return true;
	jobs_look(&split->jobs);
	return split_rotation_remove_due(split, err) && split_rotation_make_room(split, err);
}

bool split_rotation_take(struct split *split, struct split_key *key, const char *name,
			 const struct output_path_id *id, struct error *err)
{
	struct finished *file = NULL;
	uint64_t job;
	bool good = true;

	if (split->rotation.on) {
		file = split_rotation_new_file(key, name, id, err);
		good = file != NULL;
	}
	job = jobs_run(&split->jobs, name);
	if (!file)
		return good;
	file->job = job;
	if (job > 0 &&
	    !hash_table_put(&split->rotation.by_job, &file->job, sizeof(file->job), file)) {
		free(file);
		return error_errno(err, "%s", name);
	}
	split_rotation_add(split, file);
	return split_rotation_go_on(split, err);
}

static void split_rotation_tell(const struct split *split)
{
	const struct split_counters *counters = &split->counters;
	const struct split_config *config = split->config;

	if (config->common.quiet || config->common.verbose)
		return;
	if (counters->rotated > 0)
		tool_say("vtap-split",
			 "%" PRIu64 " files removed: -W keeps the newest %" PRIu64 " of each key",
			 counters->rotated, config->keep);
	if (counters->freed > 0)
		tool_say("vtap-split", "%" PRIu64 " files removed, so that --min-free stays free",
			 counters->freed);
}

bool split_rotation_finish(struct split *split, struct error *err)
{
	bool good = split_rotation_remove_due(split, err);

	split_rotation_tell(split);
	return good;
}

void split_rotation_free(struct split *split)
{
	struct rotation *rotation = &split->rotation;

	for (struct finished *file; (file = rotation->oldest);) {
		rotation->oldest = file->newer;
		free(file);
	}
	hash_table_free(&rotation->by_job);
}
