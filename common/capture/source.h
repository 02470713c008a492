/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source of packets: a capture file, interfaces, or a socket. Each kind fills struct source_ops;
 * users call the functions below. A source may wrap another one (merge, reorder, replay).
 */
#ifndef VTAP_CAPTURE_SOURCE_H
#define VTAP_CAPTURE_SOURCE_H

#include "base/error.h"
#include "packet/packet.h"

enum source_result {
	SOURCE_PACKET,
	SOURCE_BLOCK, /* a section, an interface or another block, to be handed to the sinks */
	SOURCE_END,
	SOURCE_ERROR, /* the input is damaged, and all before the damage was given; err names file,
			 packet and offset */
};

struct source;

/* The functions of a kind of source. */
struct source_ops {
	enum source_result (*next)(struct source *source, struct packet *packet,
				   struct block *block, struct error *err);
	/* Closes the file and frees the source. */
	void (*close)(struct source *source);
	/* Hands source->hook to what the source reads from. NULL if it uses the hook itself. */
	void (*hooked)(struct source *source);
};

/* What a source calls before it waits for input. Returning false ends the input. */
struct source_hook {
	bool (*before_wait)(void *arg); /* may be NULL */
	void *arg;
};

/* What all sources have; the first member of the struct of each kind. */
struct source {
	const struct source_ops *ops;
	const char *name;   /* for messages */
	uint64_t packets;   /* packets given so far */
	const char *format; /* "pcap", "nsecpcap", "pcapng", or a name of wiretap's */
	uint64_t skipped;   /* records that are no packets and were not given */
	bool drains; /* live: after a signal it gives what the kernel still holds, and ends itself
		      */
	struct source_hook hook;
};

/*
 * Gives the next packet or block: fills *packet and returns SOURCE_PACKET, or fills *block and
 * returns SOURCE_BLOCK. What they point to is valid until the next call, but sections and
 * interfaces live until source_close(). Sets err when it returns SOURCE_ERROR.
 */
static inline enum source_result source_next(struct source *source, struct packet *packet,
					     struct block *block, struct error *err)
{
	return source->ops->next(source, packet, block, err);
}

/* Has hook.before_wait called before each read that would block: then is the time to flush sinks.
 */
void source_before_wait(struct source *source, struct source_hook hook);

/* Closes the source and frees it with its sections and interfaces. source may be NULL. */
void source_close(struct source *source);

#endif
