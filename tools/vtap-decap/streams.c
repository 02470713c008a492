/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "streams.h"

#include <stdlib.h>
#include <string.h>

void streams_init(struct streams *streams, uint32_t limit)
{
	*streams = (struct streams){ .limit = limit };
	hash_table_init(&streams->by_key);
}

void streams_free(struct streams *streams)
{
	hash_table_free(&streams->by_key);
}

void streams_forget(struct streams *streams, struct stream **list)
{
	for (struct stream *stream = *list, *next; stream; stream = next) {
		next = stream->next;
		hash_table_remove(&streams->by_key, stream->key, stream->key_len);
		free(stream);
	}
	*list = NULL;
}

static struct stream *streams_add(struct streams *streams, const void *key, size_t key_len)
{
	struct stream *stream = calloc(1, sizeof(*stream) + key_len);

	if (!stream)
		return NULL;
	memcpy(stream->key, key, key_len);
	stream->key_len = key_len;
	if (hash_table_put(&streams->by_key, stream->key, key_len, stream))
		return stream;
	free(stream);
	return NULL;
}

enum streams_found streams_find(struct streams *streams, const void *key, size_t key_len,
				struct stream **list, struct loss *loss, struct stream **stream)
{
	*stream = hash_table_get(&streams->by_key, key, key_len);
	if (*stream)
		return STREAMS_KNOWN;
	if (streams->by_key.count >= streams->limit)
		return STREAMS_FULL;
	*stream = streams_add(streams, key, key_len);
	if (!*stream)
		return STREAMS_NO_MEMORY;
	(*stream)->loss = loss;
	(*stream)->next = *list;
	*list = *stream;
	return STREAMS_NEW;
}
