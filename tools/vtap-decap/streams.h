/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streams of numbered packets: a sequence (sequence.h) for each key. The caller decides what
 * the key is made of, for example origin and destination.
 */
#ifndef VTAP_DECAP_STREAMS_H
#define VTAP_DECAP_STREAMS_H

#include "base/hash_table.h"
#include "sequence.h"

struct stream {
	struct stream *next; /* in struct streams */
	struct sequence sequence;
	struct loss *loss; /* counts that the stream adds to; borrowed */
	uint8_t key[];
};

struct streams {
	struct hash_table by_key;
	struct stream *first; /* list of all streams */
	uint32_t limit;	      /* the most streams; packets of further ones are not followed */
};

enum streams_found {
	STREAMS_KNOWN,
	STREAMS_NEW,
	STREAMS_FULL, /* the limit is reached, and *stream is NULL */
	STREAMS_NO_MEMORY,
};

/* Begins without any stream. */
void streams_init(struct streams *streams, uint32_t limit);
void streams_free(struct streams *streams);

/*
 * Finds the stream of a key of key_len bytes, or adds one that counts in *loss, which must outlive
 * it. *stream is the stream, which lives until streams_free(), or NULL.
 */
enum streams_found streams_find(struct streams *streams, const void *key, size_t key_len,
				struct loss *loss, struct stream **stream);

#endif
