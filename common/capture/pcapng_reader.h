/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads pcapng files (draft-ietf-opsawg-pcapng) with any number of sections, in both byte orders.
 * Blocks that are neither packets nor interfaces are given as they are.
 */
#ifndef VTAP_CAPTURE_PCAPNG_READER_H
#define VTAP_CAPTURE_PCAPNG_READER_H

#include "capture/pcapng_interface.h"
#include "capture/source.h"
#include "io/input.h"

/* Returns true if a file with these first bytes, at least 4, begins with a section header. */
bool pcapng_reader_knows(struct span head);

/*
 * Returns a source that reads from an input of which nothing is consumed. The source takes over
 * *input by copying the struct, which the caller then frees but does not close. name must outlive
 * the source. Returns NULL and sets err if there is no memory; the input then stays the caller's.
 */
struct source *pcapng_reader_open(const char *name, struct input *input, struct error *err);

/*
 * For the fast path, which takes blocks out of the input itself: returns the input, which lives as
 * long as the source, or NULL if this reader did not open the source.
 */
struct input *pcapng_reader_input(struct source *source);

/*
 * Ends the use of the block given last, so that input_data() is where the next one begins. Sets
 * *interfaces and *count to the interfaces of the section; they are valid until the next
 * source_next(). *count is 0 if numbers are not in this host's byte order.
 */
void pcapng_reader_release(struct source *source, const struct pcapng_numbered **interfaces,
			   uint32_t *count);

#endif
