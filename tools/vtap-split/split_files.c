/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/tool.h"
#include "split_keys.h"

enum { TAKEN_PRINTED = 10 }; /* names that are taken; further ones are only counted */

static void files_expand_name(struct split *split, const struct split_key *key,
			      const struct split_file *file, uint64_t n, bool ended,
			      char name[TEMPLATE_NAME_SIZE])
{
	struct template_values values = { .key = split_keys_unpack(split, key->label),
					  .n = n,
					  .start_ns = file->first_ns,
					  .end_ns = file->last_ns,
					  .ended = ended,
					  .serial = file->serial };

	template_expand(&split->config->name, &values, name);
}

/* key->mark gives a further file of the key the blocks since the last one, and names and secrets.
 */
static bool files_try(struct split *split, struct split_key *key, const struct packet *packet,
		      struct error *err)
{
	struct split_file *file = &key->file;
	char name[TEMPLATE_NAME_SIZE];

	*file = (struct split_file){ .serial = ++split->serial,
				     .first_ns = packet->time_ns,
				     .last_ns = packet->time_ns };
	files_expand_name(split, key, file, ++key->n, false, name);
	file->out = file_names_open(&split->names, split->sink_pool, name,
				    packet->interface->section, key->mark, &file->name, err);
	if (!file->out)
		return false;
	key->files++;
	split->counters.open_files++;
	split->newest_file_ns = clock_ns(CLOCK_MONOTONIC);
	return true;
}

static bool files_have_next_name(const struct split *split, const struct error *err)
{
	const struct name_template *name = &split->config->name;

	return err->number == EEXIST && (name->has_n || name->has_end);
}

bool split_files_may_begin(struct split *split, const struct split_key *key,
			   const struct packet *packet, struct error *err)
{
	const struct split_file file = { .serial = 1, .first_ns = packet->time_ns };
	char name[TEMPLATE_NAME_SIZE];

	files_expand_name(split, key, &file, 1, false, name);
	if (file_names_may_begin(&split->names, split->sink_pool, name, err))
		return true;
	if (!files_have_next_name(split, err))
		return false;
	*err = (struct error){ 0 };
	return true;
}

/* With -G files end in each interval: walking the list is cheaper than walking all keys. */
static void files_list_key(struct split *split, struct split_key *key)
{
	if (key->listed)
		return;
	key->listed = true;
	key->next_listed = NULL;
	*split->last_listed = key;
	split->last_listed = &key->next_listed;
}

/* Returns true if err says that a name is taken: that stops nothing, but the run will fail. */
static bool files_is_name_taken(struct split *split, struct error *err)
{
	if (err->number != EEXIST && err->number != ELOOP && err->number != ENAMETOOLONG)
		return false;
	if (split->names_taken++ < TAKEN_PRINTED)
		tool_fail("vtap-split", err);
	*err = (struct error){ 0 };
	return true;
}

/* Returns true if err says that another file is where this one was: its packets are lost, but those
 * of other files are not, so that nobody can end a run by a file that he moves. */
static bool files_is_lost(struct split *split, const struct split_file *file, struct error *err)
{
	if (err->number != ESTALE)
		return false;
	if (split->names_lost < TAKEN_PRINTED)
		tool_fail("vtap-split", err);
	split->names_lost++;
	split->counters.lost += file->packets;
	*err = (struct error){ 0 };
	return true;
}

/* Counts packets that the file's format has left out, of those that were counted as written. A
 * packet of two files is counted once, so there may be fewer of these. */
static void files_count_refused(struct split *split, struct split_key *key, uint64_t refused)
{
	struct split_counters *counters = &split->counters;
	uint64_t *outcome = key->none ? &counters->none : &counters->written;

	if (refused > 0 && !split->refuses)
		tool_say("vtap-split",
			 "%s: %" PRIu64 " packets have other link types than its format "
			 "holds, and are left out: pcapng holds all link types",
			 key->file.name, refused);
	split->refuses |= refused > 0;
	key->file.packets -= refused;
	if (refused > *outcome)
		refused = *outcome;
	*outcome -= refused;
	counters->refused += refused;
}

enum put_result split_files_begin(struct split *split, struct split_key *key,
				  const struct packet *packet, struct error *err)
{
	if (key->refused)
		return PUT_REFUSED;
	files_list_key(split, key);
	key->looked_packets = 0;
	while (!files_try(split, key, packet, err)) {
		if (files_have_next_name(split, err))
			continue;
		key->refused = files_is_name_taken(split, err);
		return key->refused ? PUT_REFUSED : PUT_FAILED;
	}
	return PUT_DONE;
}

/* The line comes first: the command may look for its file in the manifest. */
static bool files_announce(struct split *split, struct split_key *key, const char *name,
			   const struct output_path_id *id, struct error *err)
{
	const struct split_file *file = &key->file;
	char text[KEY_PARTS * KEY_PART_SIZE], label[sizeof(text)];
	struct manifest_entry entry = { .name = name,
					.key = text,
					.label = label,
					.packets = file->packets,
					.bytes = file->bytes,
					.first_ns = file->first_ns,
					.last_ns = file->last_ns };
	struct error later = { 0 };
	bool written;

	entry.key_len = key_text_label(split_keys_unpack(split, key->text), text);
	entry.label_len = key_text_label(split_keys_unpack(split, key->label), label);
	written = manifest_add(&split->manifest, &entry, err);
	split->counters.files++;
	return split_rotation_take(split, key, name, id, written ? err : &later) && written;
}

bool split_files_end(struct split *split, struct split_key *key, bool complete, struct error *err)
{
	struct split_file *file = &key->file;
	struct output_path_id made = { 0 };
	char name[TEMPLATE_NAME_SIZE];
	uint64_t refused;
	bool good;

	if (complete && split->config->name.has_end)
		files_expand_name(split, key, file, key->n, true, name);
	else
		snprintf(name, sizeof(name), "%s", file->name);
	if (complete)
		file_names_choose_last(&split->names, split->sink_pool, name);
	refused = sink_pool_counters(split->sink_pool).refused;
	good = sink_pool_close(split->sink_pool, file->out, name, complete,
			       file_names_may_replace(&split->names, name), &made, err);
	files_count_refused(split, key, sink_pool_counters(split->sink_pool).refused - refused);
	file->out = NULL;
	split->counters.open_files--;
	key->mark = sink_pool_mark(split->sink_pool);
	split_sums_add(&key->ended, file);
	split->counters.packets += file->packets;
	split->counters.bytes += file->bytes;
	split->counters.unfinished += !complete;
	if (good && complete) {
		good = file_names_remember(&split->names, name, err) &&
		       files_announce(split, key, name, &made, err);
	} else if (!good && files_is_lost(split, file, err)) {
		good = true;
	} else if (!good && split->refuses && sink_refused(err)) {
		*err = (struct error){ 0 };
		split->counters.unnamed++;
		good = true;
	} else if (complete && files_is_name_taken(split, err)) {
		split->counters.unnamed++;
		good = true;
	}
	file_names_close(&split->names, file->name);
	return good;
}

bool split_files_end_all(struct split *split, bool complete, struct error *err)
{
	struct error later = { 0 };
	bool good = true;

	for (struct split_key *key = split->listed; key; key = key->next_listed) {
		key->listed = key->refused = false;
		if (key->file.out && !split_files_end(split, key, complete, good ? err : &later))
			good = false;
	}
	split->listed = NULL;
	split->last_listed = &split->listed;
	return good;
}

static bool files_none_lost(const struct split *split, struct error *err)
{
	return split->names_lost == 0 ||
	       error_set(err,
			 "%" PRIu64
			 " packets are lost with files that were replaced while they were "
			 "written: use a folder where nobody else may write",
			 split->counters.lost);
}

bool split_files_none_taken(const struct split *split, struct error *err)
{
	const struct split_counters *counters = &split->counters;
	char folder[TEMPLATE_NAME_SIZE];

	if (split->names_taken == 0)
		return files_none_lost(split, err);
	error_set(err, "the names of files are taken, and nothing%s is overwritten: %s",
		  split->config->overwrite ? " but captures" : "",
		  file_names_advice(&split->names));
	if (counters->unnamed > 0) {
		template_folder(&split->config->name, folder);
		error_wrap(err, "%" PRIu64 " complete captures stay below %s as NAME.tmp",
			   counters->unnamed, folder);
	}
	if (counters->refused > 0)
		error_wrap(err, "%" PRIu64 " packets left out", counters->refused);
	return false;
}
