/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of what comes back: those of all objects that have one name, link type and clock
 * are one, and one without a name gets that of SOURCE. They do not belong to an object, so that an
 * object can be closed when its packets were read.
 */
#ifndef VTAP_RECALL_NAMED_INTERFACES_H
#define VTAP_RECALL_NAMED_INTERFACES_H

#include "base/hash_table.h"
#include "packet/packet.h"
#include "source_names.h"

struct named_interface {
	struct interface interface; /* what packets are put on */
	bool wanted;		    /* --source wants its packets */
	struct named_interface *next;
	struct named_interface_key *key; /* and the bytes that the members above point to */
};

struct named_interfaces {
	const struct source_names *names; /* --source; borrowed */
	struct section section[2];	  /* in this host's byte order, and in the other one */
	struct hash_table by_key;
	struct named_interface *first;
};

/* Makes an empty set. */
void named_interfaces_init(struct named_interfaces *set, const struct source_names *names);

/*
 * Returns the interface that an interface of an object stands for, which lives until
 * named_interfaces_free(), or NULL and sets err if there is no memory. source: SOURCE of the
 * object.
 */
const struct named_interface *named_interfaces_find(struct named_interfaces *set,
						    const struct interface *interface,
						    const char *source, struct error *err);

/* Frees all interfaces. */
void named_interfaces_free(struct named_interfaces *set);

#endif
