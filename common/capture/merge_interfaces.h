/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of several inputs: those that have one name (or none, as in pcap), link type and
 * resolution are one, so that the fragments of a packet meet when files of a rotation are merged.
 */
#ifndef VTAP_CAPTURE_MERGE_INTERFACES_H
#define VTAP_CAPTURE_MERGE_INTERFACES_H

#include "base/hash_table.h"
#include "capture/interface_ids.h"
#include "packet/packet.h"

/* The interfaces seen so far, of all inputs. */
struct merge_interfaces {
	struct hash_table by_key; /* the first interface of each kind */
	struct interface_ids ids; /* serial of an interface to its place in `first` */
	const struct interface **first;
	uint32_t count, room;
	struct merge_interfaces_key *keys; /* a list, freed at the end */
};

/* Makes an empty set; merge_interfaces_free() frees it. */
void merge_interfaces_init(struct merge_interfaces *set);

/*
 * Returns the interface that an interface of an input stands for: the first one that was given here
 * and is alike, but of another section, or itself. Where memory runs out it stands for itself.
 * Interfaces must live as long as the set.
 */
const struct interface *merge_interfaces_find(struct merge_interfaces *set,
					      const struct interface *interface);

/* Frees what the set holds, but no interface. */
void merge_interfaces_free(struct merge_interfaces *set);

#endif
