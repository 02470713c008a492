/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the name of an object says of a capture, found by reading the capture to its end: its
 * packets, their times, whose they are, and its format. How the file is called does not matter.
 */
#ifndef VTAP_ARCHIVE_CAPTURE_FACTS_H
#define VTAP_ARCHIVE_CAPTURE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/object_name.h"
#include "base/error.h"
#include "capture/source.h"

enum { CAPTURE_FACTS_INTERFACE_SIZE = 256 }; /* bytes of the name of an interface with its NUL */

struct capture_facts {
	uint64_t packets;
	/* Earliest and latest time of a packet, nanoseconds since 1970. Simple blocks have none; if
	 * no packet has one, both are 0. */
	int64_t first_ns, last_ns;
	/* Name of the interface whose packets are in the capture, encoded for a name of an object;
	 * OBJECT_NAME_MIXED if there are packets of interfaces with different names; empty if no
	 * interface with packets has a name. */
	char source[KEY_TEXT_LIMIT + 1];
	/* That name as it was, up to 255 bytes of it; OBJECT_NAME_MIXED or empty where `source` is.
	 */
	char interface[CAPTURE_FACTS_INTERFACE_SIZE];
	/* TYPE of a name of an object: what the bytes are, and what they are compressed by. */
	char type[OBJECT_NAME_TYPE_SIZE];
	bool compressed; /* the file is */
	bool holds_more; /* blocks that are no section, interface or statistics */
	/* CAPTURE_OK, _EMPTY or _TRUNCATED: of the last, all is said of what stands before the cut,
	 * which may be a part of the file's own header. Another state if reading has failed. */
	struct capture_end end;
};

/*
 * Reads a capture. Returns false and sets err if the file cannot be read, or is no capture, or is
 * damaged in a way that no crash leaves behind: what a name would say of it is not known then.
 */
bool capture_facts_read(const char *name, struct capture_facts *facts, struct error *err);

#endif
