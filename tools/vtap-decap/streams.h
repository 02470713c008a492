/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streams of numbered packets: a sequence (sequence.h) for each key. The caller decides what
 * the key is made of, for example origin and destination.
 */
#ifndef VTAP_DECAP_STREAMS_H
#define VTAP_DECAP_STREAMS_H

#include "base/hash_table.h"
#include "tunnel/sequence.h"

struct stream {
	struct stream *next; /* of the same owner */
	size_t key_len;
	struct sequence sequence;
	struct loss *loss; /* counts that the stream adds to; borrowed */
	uint8_t key[];
};

struct streams {
	struct hash_table by_key;
	uint32_t limit; /* the most streams */
};

enum streams_found {
	STREAMS_KNOWN,
	STREAMS_NEW,
	STREAMS_FULL, /* the limit is reached: *stream is NULL, and some owner has to forget */
	STREAMS_NO_MEMORY,
};

/* Begins without any stream. */
void streams_init(struct streams *streams, uint32_t limit);

/* Frees what is left when all owners have forgotten their streams. */
void streams_free(struct streams *streams);

/*
 * Finds the stream of a key of key_len bytes, or adds one to the list of its owner that counts in
 * *loss, which must outlive it. *stream is the stream, which lives until streams_forget(), or NULL.
 */
enum streams_found streams_find(struct streams *streams, const void *key, size_t key_len,
				struct stream **list, struct loss *loss, struct stream **stream);

/* Frees all streams of an owner. */
void streams_forget(struct streams *streams, struct stream **list);

#endif
