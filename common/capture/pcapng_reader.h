/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads pcapng (draft-ietf-opsawg-pcapng), all sections, byte orders and blocks. */
#ifndef VTAP_CAPTURE_PCAPNG_READER_H
#define VTAP_CAPTURE_PCAPNG_READER_H

#include "capture/source.h"
#include "io/input.h"

/* True when the first bytes are a section header. */
bool pcapng_reader_knows(struct span head);

/* An interface by its number. Times below ticks_end are whole nanoseconds by one multiplication. */
struct pcapng_numbered {
	const struct interface *interface;
	uint64_t ns_per_tick, ticks_end;
};

/*
 * For who takes blocks out of the input himself: the input of the source; NULL when it is no such
 * source.
 */
struct input *pcapng_reader_input(struct source *source);
/*
 * Lets go of the block given last: input_data() is where the next one begins. *interfaces are those
 * described so far, *count of them, until the next source_next(); none where numbers are in the
 * other byte order.
 */
void pcapng_reader_release(struct source *source, const struct pcapng_numbered **interfaces,
			   uint32_t *count);

/* Takes over input (on failure it stays the caller's). */
struct source *pcapng_reader_open(const char *name, struct input *input, struct error *err);

#endif
