/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_pending.h"

#include <stdlib.h>

enum { BLOCKS_MAX = 16 << 20 };

bool pcapng_pending_add_interface(struct pcapng_pending *pending, const struct interface *interface,
				  struct error *err)
{
	if (pending->count == pending->room) {
		uint32_t room = pending->room ? 2 * pending->room : 16;
		const struct interface **grown =
			realloc(pending->interface, room * sizeof(*pending->interface));

		if (!grown)
			return error_errno(err, "interface %u", interface->id);
		pending->interface = grown;
		pending->room = room;
	}
	pending->interface[pending->count++] = interface;
	return true;
}

bool pcapng_pending_add_block(struct pcapng_pending *pending, const struct block *block)
{
	size_t len = block->bytes.len;
	struct pcapng_pending_block *copy;

	if (len > BLOCKS_MAX - pending->bytes)
		return false;
	copy = malloc(sizeof(*copy) + len);
	if (!copy)
		return false;
	span_copy(block->bytes, 0, copy + 1, len);
	*copy = (struct pcapng_pending_block){ .block = *block };
	copy->block.bytes = span_of((const uint8_t *)(copy + 1), len);
	*(pending->last ? &pending->last->next : &pending->first) = copy;
	pending->last = copy;
	pending->bytes += len;
	return true;
}

bool pcapng_pending_has(const struct pcapng_pending *pending, const struct interface *interface)
{
	for (uint32_t i = 0; i < pending->count; i++)
		if (pending->interface[i] == interface)
			return true;
	return false;
}

bool pcapng_pending_are(const struct pcapng_pending *pending, uint32_t linktype)
{
	for (uint32_t i = 0; i < pending->count; i++)
		if (pending->interface[i]->linktype != linktype)
			return false;
	return true;
}

void pcapng_pending_clear(struct pcapng_pending *pending)
{
	while (pending->first) {
		struct pcapng_pending_block *next = pending->first->next;

		free(pending->first);
		pending->first = next;
	}
	free(pending->interface);
	*pending = (struct pcapng_pending){ .count = 0 };
}
