/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of a section, and the blocks between them, that an output has not written yet because
 * it waits for the first packet: libpcap takes the link type of a file from its first interface.
 */
#ifndef VTAP_CAPTURE_PCAPNG_PENDING_H
#define VTAP_CAPTURE_PCAPNG_PENDING_H

#include "base/error.h"
#include "packet/packet.h"

/* What waits. If all is zero, it is empty; pcapng_pending_clear() frees what it holds. */
struct pcapng_pending {
	const struct interface **interface; /* in order; they live as long as their source */
	uint32_t count, room;
	struct pcapng_pending_block {
		struct block block; /* its bytes are behind this struct */
		struct pcapng_pending_block *next;
	} * first, *last;
	size_t bytes; /* of the blocks */
};

/* Appends an interface. Returns false and sets err if there is no memory. */
bool pcapng_pending_add_interface(struct pcapng_pending *pending, const struct interface *interface,
				  struct error *err);

/*
 * Appends a copy of a block. Returns false if there is no memory, or if the blocks would take more
 * than 16 MiB: the caller then stops waiting.
 */
bool pcapng_pending_add_block(struct pcapng_pending *pending, const struct block *block);

/* Returns true if an interface waits. */
bool pcapng_pending_has(const struct pcapng_pending *pending, const struct interface *interface);

/* Returns true if all interfaces that wait have this link type. */
bool pcapng_pending_are(const struct pcapng_pending *pending, uint32_t linktype);

/* Empties it and frees its memory. */
void pcapng_pending_clear(struct pcapng_pending *pending);

#endif
