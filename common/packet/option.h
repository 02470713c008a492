/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of pcapng blocks and packets: a list of code, length and value, each padded to 4 bytes.
 * Lists are in the byte order of their section; swapped says that it is not this host's.
 */
#ifndef VTAP_PACKET_OPTION_H
#define VTAP_PACKET_OPTION_H

#include "base/span.h"
#include "packet/pcapng.h"

/* Codes in interface description blocks. */
enum {
	OPTION_IF_NAME = 2,
	OPTION_IF_DESCRIPTION = 3,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_FCSLEN = 13,
	OPTION_IF_TSOFFSET = 14
};

/* Codes in enhanced packet blocks; OPTION_COMMENT in all blocks. */
enum { OPTION_COMMENT = 1, OPTION_EPB_FLAGS = 2, OPTION_EPB_HASH = 3, OPTION_EPB_VERDICT = 7 };

/* Bits of OPTION_EPB_FLAGS: the direction, and the bytes of the frame check sequence, 0 if they are
 * not known. */
enum { OPTION_FLAGS_DIRECTION = 3, OPTION_FLAGS_FCS = 0x1E0, OPTION_FLAGS_FCS_SHIFT = 5 };

/* An option. Its spans are bytes of the list from which it was read. */
struct pcapng_option {
	uint16_t code;
	struct span value; /* without padding */
	struct span whole; /* code, length, value and padding */
};

/*
 * Takes the next option off the front of *options. Returns false at the end mark, at the end of the
 * list, and where an option runs past the end; *options then stays as it is, and *option is not
 * valid.
 */
bool option_next(struct span *options, bool swapped, struct pcapng_option *option);

/* Returns the part of a list in front of its end mark, or of the first option that is damaged. */
struct span option_trim(struct span options, bool swapped);

/* Returns the flags of a packet (OPTION_EPB_FLAGS), or 0 if the list has none. */
uint32_t option_flags(struct span options, bool swapped);

/*
 * Copies a list to `to`, which has room for the whole list, without the options of one code.
 * Returns the copy, which lies in `to`, and adds the number of options left out to *removed.
 */
struct span option_copy_without(struct span options, bool swapped, uint16_t code, struct patch to,
				uint64_t *removed);

#endif
