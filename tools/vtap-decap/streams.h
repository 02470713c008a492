/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered streams of packets, a sequence for each key. */
#ifndef VTAP_DECAP_STREAMS_H
#define VTAP_DECAP_STREAMS_H

#include "base/hash_table.h"
#include "sequence.h"

struct stream {
	struct stream *next;
	struct sequence sequence;
	struct loss *loss; /* of whoever met the stream first */
	uint8_t key[];
};

struct streams {
	struct hash_table by_key;
	struct stream *first;
	uint32_t limit; /* so many are followed */
};

enum streams_found {
	STREAMS_KNOWN,
	STREAMS_NEW,
	STREAMS_FULL, /* not followed; *stream is NULL */
	STREAMS_NO_MEMORY,
};

void streams_init(struct streams *streams, uint32_t limit);
void streams_free(struct streams *streams);

/* The stream of a key; adds one, with that loss, where there is none yet. */
enum streams_found streams_find(struct streams *streams, const void *key, size_t key_len,
				struct loss *loss, struct stream **stream);

#endif
