/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source of packets: a capture file, interfaces, or a socket. Each kind fills struct source_ops;
 * users call the functions below. A source may wrap another one (merge, reorder, replay).
 */
#ifndef VTAP_CAPTURE_SOURCE_H
#define VTAP_CAPTURE_SOURCE_H

#include "base/error.h"
#include "packet/packet.h"

/* What source_next() returns. */
enum source_result {
	SOURCE_PACKET, /* a packet */
	SOURCE_BLOCK,  /* a section, an interface or another block, to be handed to the sinks */
	SOURCE_END,    /* nothing: the input has ended */
	SOURCE_ERROR,  /* the input is damaged, and all before the damage was given; err names file,
			  packet and offset */
};

/* What became of an input. `at` of struct capture_end says where, for those that say so. */
enum capture_state {
	CAPTURE_NOT_READ,   /* the run ended before; or it is still being read */
	CAPTURE_OK,	    /* read to its end */
	CAPTURE_EMPTY,	    /* a file of 0 bytes */
	CAPTURE_TRUNCATED,  /* at: it ends in the middle of this record or block */
	CAPTURE_DAMAGED,    /* at: this record or block contradicts itself */
	CAPTURE_ANOTHER,    /* at: the head of another capture stands here, joined by cat(1) */
	CAPTURE_NOT_ONE,    /* not a capture */
	CAPTURE_UNREADABLE, /* it could not be opened, or read(2) failed */
};

struct input; /* io/input.h */

/* Returns what a failed input_fill() means for the capture that is read. */
enum capture_state source_input_state(const struct input *input);

struct capture_end {
	enum capture_state state;
	uint64_t at; /* bytes from the start of the file, as it is decompressed */
};

struct source;

/* How far a source has read its input. */
struct source_progress {
	uint64_t done, total; /* bytes */
};

/* The functions of a kind of source. */
struct source_ops {
	/* What source_next() calls. */
	enum source_result (*next)(struct source *source, struct packet *packet,
				   struct block *block, struct error *err);
	/* Closes the file and frees the source. */
	void (*close)(struct source *source);
	/* What source_shut() calls. NULL if there is nothing to give back. */
	void (*shut)(struct source *source);
	/* Hands source->hook to what the source reads from. NULL if it uses the hook itself. */
	void (*hooked)(struct source *source);
	/* Adds the bytes of the file that were used so far, and the size of the file, to *progress.
	 * NULL if the source has no known end. */
	void (*progress)(const struct source *source, struct source_progress *progress);
};

/* What a source calls before it waits for input. Returning false ends the input. */
struct source_hook {
	bool (*before_wait)(void *arg); /* may be NULL */
	void *arg;
};

/* What all sources have; the first member of the struct of each kind. */
struct source {
	const struct source_ops *ops;
	const char *name;	/* for messages; borrowed, so it must outlive the source */
	uint64_t packets;	/* packets given so far */
	const char *format;	/* "pcap", "nsecpcap", "pcapng", or a name of wiretap's */
	uint64_t skipped;	/* records that are no packets and were not given */
	struct capture_end end; /* of a capture file, set with SOURCE_END and SOURCE_ERROR */
	bool drains; /* true for a live source that after a signal still gives what the kernel
			holds, and then returns SOURCE_END */
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

/*
 * Sets the hook: the source then calls hook.before_wait before each read that would block, which is
 * the time to flush sinks. A source that wraps others hands it on to them.
 */
void source_before_wait(struct source *source, struct source_hook hook);

/* Adds the bytes that a source has used of its files, and the bytes that these have, to *progress;
 * nothing if it cannot tell. Of a compressed file they are those on the disk. */
void source_progress(const struct source *source, struct source_progress *progress);

/* Returns the size of a source's input in bytes; 0 if it cannot tell, and less if it can tell for
 * some of several inputs only. */
uint64_t source_size(const struct source *source);

/* Returns the part of its input that a source has used, in percent, 0 to 100; 0 if it cannot tell.
 */
unsigned source_percent(const struct source *source);

/*
 * Closes the file of a source that has returned SOURCE_END or SOURCE_ERROR, and frees its memory
 * but for sections and interfaces, which live until source_close(). Nothing is read afterwards.
 */
void source_shut(struct source *source);

/* Closes the source and frees it with its sections and interfaces. source may be NULL. */
void source_close(struct source *source);

#endif
