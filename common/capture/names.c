/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/names.h"

#include <stdlib.h>
#include <string.h>

#include "capture/pcapng_swap.h"

/* A name resolution block (draft-ietf-opsawg-pcapng, section 4.5) has records behind its length. */
enum { RECORDS_AT = 8, RECORD_HEAD = 4, BLOCK_TAIL = 4 };

/* What a name and a record cost beside their bytes: structs, and a slot of the table. */
enum { NAME_COST = 128, RECORD_COST = 16 };

struct record {
	struct names_address address;
	uint16_t type, value_len;
	struct span value; /* address and names, with padding */
};

void names_init(struct names *names)
{
	*names = (struct names){ 0 };
	hash_table_init(&names->by_address);
}

void names_free(struct names *names)
{
	hash_table_free(&names->by_address);
	arena_free(&names->arena);
	free(names->block);
	names_init(names);
}

/* Returns the bytes of the address in a record; 0 if the type is not known. */
static size_t address_len(uint16_t type)
{
	switch (type) {
	case NAMES_IPV4:
		return 4;
	case NAMES_IPV6:
		return 16;
	case NAMES_MAC:
		return 6;
	default:
		return 0;
	}
}

static struct span names_rows(const struct block *block)
{
	struct span bytes = block->bytes;

	return span_from(span_first(bytes, bytes.len < BLOCK_TAIL ? 0 : bytes.len - BLOCK_TAIL),
			 RECORDS_AT);
}

/* Takes the next record off the front. Returns false at the end mark, at the end of the block, and
 * where a record is damaged or of no address: *rest then stays. */
static bool names_next(struct span *rest, bool swapped, struct record *record)
{
	size_t len;

	if (!span_has(*rest, 0, RECORD_HEAD))
		return false;
	record->type = pcapng_u16(*rest, 0, swapped);
	record->value_len = pcapng_u16(*rest, 2, swapped);
	len = address_len(record->type);
	if (len == 0 || record->value_len < len ||
	    !span_sub(*rest, RECORD_HEAD, pcapng_padded(record->value_len), &record->value))
		return false;
	record->address = (struct names_address){ .type = (uint8_t)record->type };
	span_copy(record->value, 0, record->address.bytes, len);
	*rest = span_from(*rest, RECORD_HEAD + record->value.len);
	return true;
}

bool names_knows(const struct block *block)
{
	bool swapped = block->section->swapped;
	struct span rest = names_rows(block);
	struct record record;
	unsigned count = 0;

	if (block->type != PCAPNG_NAMES)
		return false;
	while (names_next(&rest, swapped, &record))
		count++;
	return count > 0 && (rest.len == 0 || pcapng_u32(rest, 0, swapped) == NAMES_END);
}

const struct name *names_find(const struct names *names, const struct names_address *address)
{
	return hash_table_get(&names->by_address, address, sizeof(*address));
}

/* Writers of pcapng repeat all names that they know in each file. */
static bool has_record(const struct name *name, struct span bytes)
{
	for (const struct names_record *at = name->first; at; at = at->next)
		if (at->len == bytes.len && memcmp(at->bytes, bytes.data, bytes.len) == 0)
			return true;
	return false;
}

static struct name *names_make(struct names *names, const struct names_address *address,
			       struct error *err)
{
	struct name *name = hash_table_get(&names->by_address, address, sizeof(*address));

	if (name)
		return name;
	name = arena_take(&names->arena, sizeof(*name), sizeof(uint64_t));
	if (name)
		name->address = *address;
	if (!name ||
	    !hash_table_put(&names->by_address, &name->address, sizeof(name->address), name)) {
		error_errno(err, "names");
		return NULL;
	}
	names->memory += NAME_COST;
	return name;
}

/* Sets *kept to false if there is no room for the record. */
static bool names_add_record(struct names *names, const struct record *record, bool *kept,
			     struct error *err)
{
	uint8_t bytes[NAMES_OF_ADDRESS];
	size_t len = RECORD_HEAD + record->value.len;
	struct names_record *added;
	struct name *name;

	if (len > NAMES_OF_ADDRESS || names->memory > NAMES_MEMORY) {
		*kept = false;
		return true;
	}
	memcpy(bytes, &record->type, 2);
	memcpy(bytes + 2, &record->value_len, 2);
	memcpy(bytes + RECORD_HEAD, record->value.data, record->value.len);
	name = names_make(names, &record->address, err);
	if (!name || has_record(name, span_of(bytes, len)))
		return name != NULL;
	if (name->len + len > NAMES_OF_ADDRESS) {
		*kept = false;
		return true;
	}
	added = arena_take(&names->arena, sizeof(*added) + len, sizeof(uint64_t));
	if (!added)
		return error_errno(err, "names");
	added->len = len;
	memcpy(added->bytes, bytes, len);
	*(name->last ? &name->last->next : &name->first) = added;
	name->last = added;
	name->len += len;
	names->memory += RECORD_COST + len;
	return true;
}

bool names_add(struct names *names, const struct block *block, struct error *err)
{
	struct span rest = names_rows(block);
	struct record record;
	bool kept = true;

	while (names_next(&rest, block->section->swapped, &record))
		if (!names_add_record(names, &record, &kept, err))
			return false;
	names->blocks++;
	names->dropped += !kept;
	return true;
}

static bool names_grow(struct names *names, size_t more, struct error *err)
{
	size_t room = 2 * (names->len + more);
	uint8_t *grown;

	if (names->len + more <= names->room)
		return true;
	grown = realloc(names->block, room);
	if (!grown)
		return error_errno(err, "names");
	names->block = grown;
	names->room = room;
	return true;
}

void names_begin(struct names *names)
{
	names->len = RECORDS_AT;
}

bool names_is_empty(const struct names *names)
{
	return names->len == RECORDS_AT;
}

bool names_append(struct names *names, const struct name *name, const struct names_record *last,
		  struct error *err)
{
	for (const struct names_record *at = last ? last->next : name->first; at; at = at->next) {
		if (!names_grow(names, at->len, err))
			return false;
		memcpy(names->block + names->len, at->bytes, at->len);
		names->len += at->len;
	}
	return true;
}

bool names_finish(struct names *names, const struct section *section, struct block *block,
		  struct error *err)
{
	uint32_t type = PCAPNG_NAMES, end = NAMES_END, len;

	if (!names_grow(names, sizeof(end) + BLOCK_TAIL, err))
		return false;
	memcpy(names->block + names->len, &end, sizeof(end));
	names->len += sizeof(end) + BLOCK_TAIL;
	len = (uint32_t)names->len;
	memcpy(names->block, &type, sizeof(type));
	memcpy(names->block + 4, &len, sizeof(len));
	memcpy(names->block + len - BLOCK_TAIL, &len, sizeof(len));
	if (section->swapped)
		pcapng_swap_block((struct patch){ names->block, names->len }, false);
	*block = (struct block){ .kind = BLOCK_OTHER,
				 .section = section,
				 .type = PCAPNG_NAMES,
				 .bytes = span_of(names->block, names->len) };
	return true;
}
