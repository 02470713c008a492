/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

struct merge_input {
	struct source *source;
	struct packet packet; /* the next one of this input; holds until the input is read on */
	int64_t time_ns;      /* by which it is sorted */
};

struct merge {
	struct source base;
	struct merge_input *inputs;
	unsigned count;
	unsigned *heap; /* indices of inputs that have a packet, the earliest first */
	unsigned heap_len;
	unsigned load, load_end; /* inputs that are to be read on */
	bool failed;
	struct error first;
};

static bool earlier(const struct merge *merge, unsigned a, unsigned b)
{
	int64_t ta = merge->inputs[a].time_ns, tb = merge->inputs[b].time_ns;

	return ta != tb ? ta < tb : a < b;
}

static void heap_push(struct merge *merge, unsigned index)
{
	unsigned at = merge->heap_len++;

	for (unsigned up; at > 0; at = up) {
		up = (at - 1) / 2;
		if (!earlier(merge, index, merge->heap[up]))
			break;
		merge->heap[at] = merge->heap[up];
	}
	merge->heap[at] = index;
}

static unsigned heap_pop(struct merge *merge)
{
	unsigned top = merge->heap[0], last = merge->heap[--merge->heap_len], at = 0;

	for (unsigned down; (down = 2 * at + 1) < merge->heap_len; at = down) {
		if (down + 1 < merge->heap_len &&
		    earlier(merge, merge->heap[down + 1], merge->heap[down]))
			down++;
		if (!earlier(merge, merge->heap[down], last))
			break;
		merge->heap[at] = merge->heap[down];
	}
	merge->heap[at] = last;
	return top;
}

/* Reads one input up to its next packet; true when a block came before it. */
static bool load_input(struct merge *merge, unsigned index, struct block *block)
{
	struct merge_input *input = &merge->inputs[index];
	uint64_t skipped = input->source->skipped;
	struct error err = { 0 };
	enum source_result result = source_next(input->source, &input->packet, block, &err);

	merge->base.skipped += input->source->skipped - skipped;
	switch (result) {
	case SOURCE_BLOCK:
		return true;
	case SOURCE_PACKET:
		if (input->packet.form != PACKET_SIMPLE)
			input->time_ns = input->packet.time_ns;
		heap_push(merge, index);
		break;
	case SOURCE_ERROR:
		if (!merge->failed)
			merge->first = err;
		merge->failed = true;
		break;
	case SOURCE_END:
		break;
	}
	merge->load++;
	return false;
}

static enum source_result merge_next(struct source *source, struct packet *packet,
				     struct block *block, struct error *err)
{
	struct merge *merge = (struct merge *)source;
	unsigned index;

	while (merge->load < merge->load_end)
		if (load_input(merge, merge->load, block))
			return SOURCE_BLOCK;
	if (merge->heap_len == 0) {
		if (!merge->failed)
			return SOURCE_END;
		*err = merge->first;
		return SOURCE_ERROR;
	}
	index = heap_pop(merge);
	merge->load = index;
	merge->load_end = index + 1;
	*packet = merge->inputs[index].packet;
	merge->base.packets++;
	return SOURCE_PACKET;
}

static void merge_close(struct source *source)
{
	struct merge *merge = (struct merge *)source;

	for (unsigned i = 0; i < merge->count; i++)
		source_close(merge->inputs[i].source);
	free(merge->inputs);
	free(merge->heap);
	free(merge);
}

static void merge_hooked(struct source *source)
{
	struct merge *merge = (struct merge *)source;

	for (unsigned i = 0; i < merge->count; i++)
		source_before_wait(merge->inputs[i].source, source->hook);
}

static const struct source_ops merge_ops = { .next = merge_next,
					     .close = merge_close,
					     .hooked = merge_hooked };

/* The format that can hold what both hold. */
static const char *common_format(const char *a, const char *b)
{
	if (strcmp(a, b) == 0)
		return a;
	if ((strcmp(a, "pcap") == 0 || strcmp(a, "nsecpcap") == 0) &&
	    (strcmp(b, "pcap") == 0 || strcmp(b, "nsecpcap") == 0))
		return "nsecpcap";
	return "pcapng";
}

static struct merge *merge_new(unsigned count, struct error *err)
{
	struct merge *merge = calloc(1, sizeof(*merge));

	if (merge) {
		merge->inputs = calloc(count, sizeof(*merge->inputs));
		merge->heap = calloc(count, sizeof(*merge->heap));
	}
	if (!merge || !merge->inputs || !merge->heap) {
		error_errno(err, "merge %u inputs", count);
		if (merge)
			merge_close(&merge->base);
		return NULL;
	}
	return merge;
}

struct source *source_merge(struct source *const *inputs, unsigned count, struct error *err)
{
	struct merge *merge = merge_new(count, err);

	if (!merge) {
		for (unsigned i = 0; i < count; i++)
			source_close(inputs[i]);
		return NULL;
	}
	merge->base.ops = &merge_ops;
	merge->base.name = inputs[0]->name;
	merge->base.format = inputs[0]->format;
	merge->count = merge->load_end = count;
	for (unsigned i = 0; i < count; i++) {
		merge->inputs[i].source = inputs[i];
		merge->inputs[i].time_ns = INT64_MIN;
		merge->base.format = common_format(merge->base.format, inputs[i]->format);
	}
	return &merge->base;
}

static struct source *open_one(const char *name, unsigned count, enum source_reader reader,
			       int64_t window_ns, struct error *err)
{
	struct source *source = source_open(name, reader, err);

	if (source && window_ns > 0)
		return source_window(source, window_ns, MERGE_WINDOW_MEMORY / count, err);
	return source;
}

struct source *source_merge_open(const char *const *names, unsigned count,
				 enum source_reader reader, int64_t window_ns, struct error *err)
{
	struct source **sources;
	struct source *merged = NULL;
	unsigned opened = 0;

	if (count == 1)
		return open_one(names[0], 1, reader, window_ns, err);
	sources = calloc(count, sizeof(struct source *));
	if (!sources) {
		error_errno(err, "merge %u inputs", count);
		return NULL;
	}
	while (opened < count) {
		sources[opened] = open_one(names[opened], count, reader, window_ns, err);
		if (!sources[opened])
			break;
		opened++;
	}
	if (opened == count)
		merged = source_merge(sources, count, err);
	else
		while (opened > 0)
			source_close(sources[--opened]);
	free(sources);
	return merged;
}
