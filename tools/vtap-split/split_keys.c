/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_keys.h"

#include <string.h>

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
static size_t split_keys_pack(const struct key_text *text, char *to)
{
	size_t len = 0;

	for (unsigned i = 0; i < text->count; i++) {
		size_t size = strlen(text->part[i]) + 1;

		memcpy(to + len, text->part[i], size);
		len += size;
	}
	return len;
}

static struct split_key *split_keys_add(struct split *split, const char *text, size_t len,
					bool none, struct error *err)
{
	struct split_key *key = arena_take(&split->arena, sizeof(*key) + len, ARENA_LINE);

	if (key) {
		memcpy(key->text, text, len);
		key->len = (uint32_t)len;
		key->none = none;
	}
	if (!key || !hash_table_put(&split->by_text, key->text, len, key)) {
		error_errno(err, "a key");
		return NULL;
	}
	*split->last = key;
	split->last = &key->next;
	split->counters.keys++;
	return key;
}

/* Keys of different bytes may have the same text, and so the same file: then they are one key. */
struct split_key *split_keys_make(struct split *split, const struct key *bytes, struct error *err)
{
	struct split_key *key = hash_table_get(&split->by_bytes, bytes->bytes, bytes->len);
	char text[KEY_PARTS * KEY_PART_SIZE];
	size_t len;

	if (key)
		return key;
	key_write(&split->config->spec, bytes, &split->text);
	len = split_keys_pack(&split->text, text);
	key = hash_table_get(&split->by_text, text, len);
	if (!key)
		key = split_keys_add(split, text, len, bytes->none, err);
	return key && split_keys_remember(split, bytes, key, err) ? key : NULL;
}

const struct key_text *split_keys_text(struct split *split, const struct split_key *key)
{
	const char *at = key->text;

	split->text.count = split->config->spec.count;
	for (unsigned i = 0; i < split->text.count; i++) {
		size_t size = strlen(at) + 1;

		memcpy(split->text.part[i], at, size);
		at += size;
	}
	return &split->text;
}
