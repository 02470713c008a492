/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_keys.h"

#include <string.h>

enum { TEXT_SIZE = KEY_PARTS * KEY_PART_SIZE };

static bool split_keys_remember(struct split *split, const struct key *bytes, struct split_key *key,
				struct error *err)
{
	uint8_t *copy = arena_take(&split->arena, bytes->len, 1);

	if (!copy)
		return error_errno(err, "a key");
	memcpy(copy, bytes->bytes, bytes->len);
	return hash_table_put(&split->by_bytes, copy, bytes->len, key) || error_errno(err, "a key");
}

/* Copies the parts one behind the other, each with its NUL. Returns the length. */
static size_t split_keys_pack(const struct key_text *text, char to[TEXT_SIZE])
{
	size_t len = 0;

	for (unsigned i = 0; i < text->count; i++) {
		size_t size = strlen(text->part[i]) + 1;

		memcpy(to + len, text->part[i], size);
		len += size;
	}
	return len;
}

const struct key_text *split_keys_unpack(struct split *split, const char *packed)
{
	split->text.count = split->config->spec.count;
	for (unsigned i = 0; i < split->text.count; i++) {
		size_t size = strlen(packed) + 1;

		memcpy(split->text.part[i], packed, size);
		packed += size;
	}
	return &split->text;
}

/* Replaces the parts that --names has by their labels. Returns true if there is any. */
static bool split_keys_label(const struct labels *labels, struct key_text *text)
{
	bool any = false;

	for (unsigned i = 0; i < text->count; i++) {
		const char *label = labels_find(labels, text->part[i]);

		if (label)
			snprintf(text->part[i], sizeof(text->part[i]), "%s", label);
		any |= label != NULL;
	}
	return any;
}

static void split_keys_note_parts(struct split *split)
{
	for (unsigned i = 0; i < split->text.count; i++)
		split->had |= split->text.part[i][0] ? UINT32_C(1) << i : 0;
}

static struct split_key *split_keys_new(struct split *split, bool none, size_t room,
					struct error *err)
{
	struct split_key *key = arena_take(&split->arena, sizeof(*key) + room, ARENA_LINE);

	if (!key) {
		error_errno(err, "a key");
		return NULL;
	}
	key->owner = key;
	key->none = none;
	return key;
}

/* A key that has a file of its own. label: its text, or what --names makes of that. */
static struct split_key *split_keys_add(struct split *split, const char *text, size_t text_len,
					const char *label, size_t label_len, bool none,
					struct error *err)
{
	size_t room = text_len + (label == text ? 0 : label_len);
	struct split_key *key = split_keys_new(split, none, room, err);
	char *end;

	if (!key)
		return NULL;
	end = key->text + text_len;
	memcpy(key->text, text, text_len);
	key->label = key->text;
	if (label != text)
		key->label = memcpy(end, label, label_len);
	if (!hash_table_put(&split->by_label, key->label, label_len, key)) {
		error_errno(err, "a key");
		return NULL;
	}
	*split->last = key;
	split->last = &key->next;
	split->counters.keys++;
	return key;
}

/*
 * Keys of different bytes may have the same label, and so the same file: then they are one key.
 * Only packets without a key are counted apart, so that they have a key of their own, which shares
 * the file of the other.
 */
static struct split_key *split_keys_share(struct split *split, struct split_key *owner, bool none,
					  struct error *err)
{
	struct split_key *key = owner;

	if (owner->none == none)
		return owner;
	key = split_keys_new(split, none, 0, err);
	if (key)
		key->owner = owner;
	return key;
}

struct split_key *split_keys_make(struct split *split, const struct key *bytes, struct error *err)
{
	struct split_key *key = hash_table_get(&split->by_bytes, bytes->bytes, bytes->len);
	char text[TEXT_SIZE], named[TEXT_SIZE], *label = text;
	size_t text_len, label_len;

	if (key)
		return key;
	key_write(&split->config->spec, bytes, &split->text);
	split_keys_note_parts(split);
	text_len = label_len = split_keys_pack(&split->text, text);
	if (split_keys_label(&split->config->labels, &split->text)) {
		label = named;
		split->labelled = true;
		label_len = split_keys_pack(&split->text, named);
	}
	key = hash_table_get(&split->by_label, label, label_len);
	if (key)
		key = split_keys_share(split, key, bytes->none, err);
	else
		key = split_keys_add(split, text, text_len, label, label_len, bytes->none, err);
	return key && split_keys_remember(split, bytes, key, err) ? key : NULL;
}
