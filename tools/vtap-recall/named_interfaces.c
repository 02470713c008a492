/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "named_interfaces.h"

#include <stdlib.h>
#include <string.h>

/* What interfaces have in common that are one. */
struct named_interface_key {
	struct named_interface_alike {
		uint64_t ticks_per_s;
		int64_t offset_s;
		uint32_t linktype, linktype_flags, fcs_len;
		uint16_t swapped;
		uint16_t wanted; /* a name that was cut may stand for several */
	} alike;
	char name[]; /* and description, and options */
};

void named_interfaces_init(struct named_interfaces *set, const struct source_names *names)
{
	*set = (struct named_interfaces){ .names = names };
	hash_table_init(&set->by_key);
	set->section[0].serial = packet_serial();
	set->section[1].serial = packet_serial();
	set->section[1].swapped = true;
}

/* How many bytes of the key are compared. */
static size_t named_interfaces_key_len(const char *name)
{
	return offsetof(struct named_interface_key, name) + strlen(name);
}

static struct named_interface_key *named_interfaces_key(const struct interface *interface,
							const char *name, bool wanted)
{
	const char *description = interface->description ? interface->description : "";
	size_t name_size = strlen(name) + 1, description_size = strlen(description) + 1;
	struct named_interface_key *key =
		calloc(1, sizeof(*key) + name_size + description_size + interface->options.len);

	if (!key)
		return NULL;
	key->alike = (struct named_interface_alike){
		.ticks_per_s = interface->ticks_per_s,
		.offset_s = interface->offset_s,
		.linktype = interface->linktype,
		.linktype_flags = interface->linktype_flags,
		.fcs_len = interface->fcs_len,
		.swapped = interface->section->swapped,
		.wanted = wanted,
	};
	memcpy(key->name, name, name_size);
	memcpy(key->name + name_size, description, description_size);
	span_copy(interface->options, 0, key->name + name_size + description_size,
		  interface->options.len);
	return key;
}

/* The options of an interface without a name are made anew, for they lack it. */
static bool named_interfaces_fill(struct named_interfaces *set, struct named_interface *one,
				  const struct interface *interface)
{
	char *name = one->key->name, *description = name + strlen(name) + 1;
	bool had_name = interface->name && *interface->name;

	one->interface = *interface;
	one->interface.serial = packet_serial();
	one->interface.section = &set->section[interface->section->swapped];
	one->interface.name = name;
	one->interface.description = interface->description ? description : NULL;
	one->interface.options = span_of(description + strlen(description) + 1,
					 had_name ? interface->options.len : 0);
	one->wanted = one->key->alike.wanted;
	one->next = set->first;
	return hash_table_put(&set->by_key, one->key, named_interfaces_key_len(name), one);
}

static struct named_interface *named_interfaces_add(struct named_interfaces *set,
						    struct named_interface_key *key,
						    const struct interface *interface)
{
	struct named_interface *one = calloc(1, sizeof(*one));

	if (one) {
		one->key = key;
		if (named_interfaces_fill(set, one, interface)) {
			set->first = one;
			return one;
		}
	}
	free(one);
	return NULL;
}

const struct named_interface *named_interfaces_find(struct named_interfaces *set,
						    const struct interface *interface,
						    const char *source, struct error *err)
{
	char decoded[KEY_TEXT_LIMIT + 1];
	bool had_name = interface->name && *interface->name;
	const char *name = had_name ? interface->name : decoded;
	struct named_interface_key *key;
	struct named_interface *one;
	bool wanted;

	source_names_decode(source, decoded);
	wanted = had_name ? source_names_want(set->names, name)
			  : source_names_judge(set->names, source) == SOURCE_NAMES_ALL;
	key = named_interfaces_key(interface, name, wanted);
	one = key ? hash_table_get(&set->by_key, key, named_interfaces_key_len(name)) : NULL;
	if (!one && key)
		one = named_interfaces_add(set, key, interface);
	if (!one || one->key != key)
		free(key);
	if (!one)
		error_errno(err, "interfaces");
	return one;
}

void named_interfaces_free(struct named_interfaces *set)
{
	while (set->first) {
		struct named_interface *next = set->first->next;

		free(set->first->key);
		free(set->first);
		set->first = next;
	}
	hash_table_free(&set->by_key);
}
