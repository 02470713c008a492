/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_interfaces.h"

#include <stdlib.h>

/* The interfaces for one section of the input, one per target. */
struct tap_interface_set {
	struct tap_interface_set *next;
	struct interface interface[];
};

void tap_interfaces_free(struct tap_interfaces *interfaces)
{
	for (struct tap_interface_set *set = interfaces->sets, *next; set; set = next) {
		next = set->next;
		free(set);
	}
}

void tap_interfaces_see(struct tap_interfaces *interfaces, const struct block *block)
{
	if (block->kind == BLOCK_SECTION)
		interfaces->finer = false;
	if (block->kind == BLOCK_INTERFACE)
		interfaces->finer |= packet_is_finer_than_micro(block->interface->ticks_per_s);
	interfaces->in = NULL;
}

static bool tap_interfaces_add(struct tap_interfaces *interfaces, struct tap_emit *emit,
			       const struct section *section, struct error *err)
{
	const struct tap_config *config = emit->config;
	struct tap_interface_set *set =
		calloc(1, sizeof(*set) + config->target_count * sizeof(*set->interface));

	if (!set)
		return error_set(err, "not enough memory for one more section");
	set->next = interfaces->sets;
	interfaces->sets = set;
	interfaces->section = section;
	interfaces->nano = interfaces->finer;
	for (unsigned i = 0; i < config->target_count; i++) {
		set->interface[i] =
			(struct interface){ .serial = packet_serial(),
					    .section = section,
					    .id = i,
					    .linktype = LINK_ETHERNET,
					    .ticks_per_s = interfaces->nano ? TAP_NANO : TAP_MICRO,
					    .name = config->targets[i].name };
		emit->state[i].interface = &set->interface[i];
	}
	return true;
}

bool tap_interfaces_change(struct tap_interfaces *interfaces, struct tap_emit *emit,
			   const struct interface *in, struct error *err)
{
	uint64_t ticks_per_s;

	interfaces->finer |= packet_is_finer_than_micro(in->ticks_per_s);
	if ((!interfaces->sets || in->section != interfaces->section ||
	     interfaces->finer != interfaces->nano) &&
	    !tap_interfaces_add(interfaces, emit, in->section, err))
		return false;
	interfaces->in = in;
	ticks_per_s = interfaces->nano ? TAP_NANO : TAP_MICRO;
	for (unsigned i = 0; i < emit->config->target_count; i++)
		emit->state[i].same_ticks = in->ticks_per_s == ticks_per_s && in->offset_s == 0;
	return true;
}
