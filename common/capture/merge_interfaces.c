/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/merge_interfaces.h"

#include <stdlib.h>
#include <string.h>

/*
 * What interfaces must have in common. Times are counted from offset_s, the flags of a pcap say how
 * long check sequences are, and options of packets are in the byte order of the section.
 */
struct merge_interfaces_key {
	struct merge_interfaces_key *next;
	const struct interface *interface;
	/* Of rank 0: how many more that are alike the section described last had. */
	const struct section *section;
	uint32_t further;
	size_t len; /* bytes of the key, which begins here */
	struct merge_interfaces_alike {
		uint64_t ticks_per_s;
		int64_t offset_s;
		uint32_t linktype, linktype_flags;
		uint32_t swapped;
		uint32_t rank; /* in its section, among those that are alike otherwise */
	} alike;
	char name[];
};

void merge_interfaces_init(struct merge_interfaces *set)
{
	*set = (struct merge_interfaces){ 0 };
	hash_table_init(&set->by_key);
}

static struct merge_interfaces_key *merge_interfaces_key(const struct interface *interface)
{
	const char *name = interface->name ? interface->name : "";
	size_t name_len = strlen(name);
	struct merge_interfaces_key *key = calloc(1, sizeof(*key) + name_len);

	if (!key)
		return NULL;
	key->interface = interface;
	key->section = interface->section;
	key->len = sizeof(key->alike) + name_len;
	key->alike = (struct merge_interfaces_alike){
		.ticks_per_s = interface->ticks_per_s,
		.offset_s = interface->offset_s,
		.linktype = interface->linktype,
		.linktype_flags = interface->linktype_flags,
		.swapped = interface->section && interface->section->swapped,
	};
	memcpy(key->name, name, name_len);
	return key;
}

/* Interfaces of one section stay apart: its second one without a name is the second one of another
 * section. */
static uint32_t merge_interfaces_rank(struct merge_interfaces_key *first,
				      const struct section *section)
{
	if (first->section == section)
		return ++first->further;
	first->section = section;
	return first->further = 0;
}

static const struct interface *merge_interfaces_first(struct merge_interfaces *set,
						      const struct interface *interface)
{
	struct merge_interfaces_key *key = merge_interfaces_key(interface), *first;

	if (!key)
		return interface;
	first = hash_table_get(&set->by_key, &key->alike, key->len);
	key->alike.rank = first ? merge_interfaces_rank(first, interface->section) : 0;
	if (key->alike.rank > 0)
		first = hash_table_get(&set->by_key, &key->alike, key->len);
	if (first || !hash_table_put(&set->by_key, &key->alike, key->len, key)) {
		free(key);
		return first ? first->interface : interface;
	}
	key->next = set->keys;
	set->keys = key;
	return interface;
}

static bool merge_interfaces_grow(struct merge_interfaces *set)
{
	uint32_t room = set->room ? 2 * set->room : 16;
	const struct interface **grown;

	if (set->count < set->room)
		return true;
	grown = realloc(set->first, room * sizeof(*grown));
	if (!grown)
		return false;
	set->first = grown;
	set->room = room;
	return true;
}

const struct interface *merge_interfaces_find(struct merge_interfaces *set,
					      const struct interface *interface)
{
	const struct interface *first;
	uint32_t place;

	if (interface_ids_get(&set->ids, interface->serial, &place))
		return set->first[place];
	first = merge_interfaces_first(set, interface);
	if (merge_interfaces_grow(set) &&
	    interface_ids_add(&set->ids, interface->serial, set->count))
		set->first[set->count++] = first;
	return first;
}

void merge_interfaces_free(struct merge_interfaces *set)
{
	while (set->keys) {
		struct merge_interfaces_key *next = set->keys->next;

		free(set->keys);
		set->keys = next;
	}
	hash_table_free(&set->by_key);
	interface_ids_clear(&set->ids);
	free(set->first);
}
