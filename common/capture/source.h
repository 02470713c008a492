/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where packets come from: one capture (file, pipe, later an interface or a socket). */
#ifndef VTAP_CAPTURE_SOURCE_H
#define VTAP_CAPTURE_SOURCE_H

#include "base/error.h"
#include "packet/packet.h"

enum source_result {
	SOURCE_PACKET,
	SOURCE_BLOCK, /* something beside packets: pass it on to the sinks */
	SOURCE_END,
	SOURCE_ERROR, /* all that stood before the damage has been given; err names file, packet,
			 offset */
};

struct source;

struct source_ops {
	enum source_result (*next)(struct source *source, struct packet *packet,
				   struct block *block, struct error *err);
	void (*close)(struct source *source);
	/* Hands the hook on to what the source reads from; NULL: the source looks at its own. */
	void (*hooked)(struct source *source);
};

/* Called before a read that would block; false: end as if the input had ended. */
struct source_hook {
	bool (*before_wait)(void *arg); /* may be NULL */
	void *arg;
};

/* What every source has; the first member of each kind's own struct. */
struct source {
	const struct source_ops *ops;
	const char *name;   /* for messages; "-" is standard input */
	uint64_t packets;   /* given so far */
	const char *format; /* what it is: "pcap", "nsecpcap", "pcapng" or a wiretap name */
	uint64_t skipped;   /* records that are no packets and were not handed on */
	bool drains; /* live: looks at interrupt_seen() itself, gives what the kernel still holds
			and ends */
	struct source_hook hook;
};

/*
 * The next packet or block. packet->data and all else it points to, sections
 * and interfaces apart, hold until the next call.
 */
static inline enum source_result source_next(struct source *source, struct packet *packet,
					     struct block *block, struct error *err)
{
	return source->ops->next(source, packet, block, err);
}

/* Has hook.before_wait run before each read that would block: the time to flush the sinks. */
void source_before_wait(struct source *source, struct source_hook hook);

/* Closes the file and frees source, its sections and interfaces. NULL is fine. */
void source_close(struct source *source);

#endif
