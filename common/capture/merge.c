/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/merge.h"

#include <stdlib.h>
#include <string.h>

#include "capture/merge_interfaces.h"

struct merge_input {
	struct source *source;
	struct packet packet; /* the next one of this input; holds until the input is read on */
	int64_t time_ns;      /* the time that it is sorted by */
	bool waits;	      /* nothing was read of it: its first packet comes at time_ns */
	const struct interface *seen, *stands_for; /* of the packet before, merged */
	int64_t first_ns, last_ns; /* times of packets that were given and read on; INT64_MIN if
				      there is none */
};

/* An input that has a packet, and its time. */
struct merge_entry {
	int64_t time_ns;
	unsigned input;
};

struct merge {
	struct source base;
	struct merge_input *inputs;
	unsigned count, begun;	  /* inputs; how many of them were read at all */
	struct merge_entry *heap; /* the earliest first */
	unsigned heap_len;
	bool given; /* the packet of the first entry was given: its input is to be read on */
	struct merge_watch watch;
	bool in_section; /* a section was given: all inputs share it */
	struct merge_interfaces interfaces;
};

static inline bool merge_is_earlier(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->input < b->input;
}

static void merge_heap_push(struct merge *merge, struct merge_entry entry)
{
	unsigned at = merge->heap_len++;

	for (unsigned up; at > 0; at = up) {
		up = (at - 1) / 2;
		if (!merge_is_earlier(&entry, &merge->heap[up]))
			break;
		merge->heap[at] = merge->heap[up];
	}
	merge->heap[at] = entry;
}

/* Puts an entry in place of the first one, where it stays while one input is the earliest. */
static inline void merge_heap_replace(struct merge *merge, struct merge_entry entry)
{
	unsigned at = 0;

	for (unsigned down; (down = 2 * at + 1) < merge->heap_len; at = down) {
		if (down + 1 < merge->heap_len &&
		    merge_is_earlier(&merge->heap[down + 1], &merge->heap[down]))
			down++;
		if (!merge_is_earlier(&merge->heap[down], &entry))
			break;
		merge->heap[at] = merge->heap[down];
	}
	merge->heap[at] = entry;
}

/* Returns false if the block is left out: what it describes was given for another input. */
static bool merge_takes_block(struct merge *merge, struct block *block)
{
	const struct interface *interface = block->interface;

	if (block->kind == BLOCK_SECTION) {
		if (merge->in_section)
			return false;
		merge->in_section = true;
		return true;
	}
	if (interface)
		block->interface = merge_interfaces_find(&merge->interfaces, interface);
	return block->kind != BLOCK_INTERFACE || block->interface == interface;
}

static inline void merge_join_interface(struct merge *merge, struct merge_input *input)
{
	if (input->packet.interface != input->seen) {
		input->seen = input->packet.interface;
		input->stands_for = merge_interfaces_find(&merge->interfaces, input->seen);
	}
	input->packet.interface = input->stands_for;
}

/* Reads an input up to its next packet or block, or SOURCE_END. */
static enum source_result merge_read_input(struct merge *merge, struct merge_input *input,
					   struct block *block)
{
	uint64_t skipped = input->source->skipped;
	enum source_result result;
	struct error err;

	err.text[0] = '\0'; /* to clear all of it for every packet takes long */
	do
		result = source_next(input->source, &input->packet, block, &err);
	while (result == SOURCE_BLOCK && !merge_takes_block(merge, block));
	merge->base.skipped += input->source->skipped - skipped;
	if (result == SOURCE_PACKET)
		merge_join_interface(merge, input);
	if (result == SOURCE_PACKET && input->packet.form != PACKET_SIMPLE)
		input->time_ns = input->packet.time_ns;
	if (result != SOURCE_ERROR)
		return result;
	merge->watch.failed(merge->watch.arg, &err);
	return SOURCE_END;
}

/* Reads the first packet of each input that does not wait. Returns true if a block came first,
 * which is to be given. */
static bool merge_begin_inputs(struct merge *merge, struct block *block)
{
	for (; merge->begun < merge->count; merge->begun++) {
		struct merge_input *input = &merge->inputs[merge->begun];
		enum source_result result = SOURCE_PACKET;

		if (!input->waits)
			result = merge_read_input(merge, input, block);
		if (result == SOURCE_BLOCK)
			return true;
		if (result == SOURCE_PACKET)
			merge_heap_push(merge,
					(struct merge_entry){ input->time_ns, merge->begun });
	}
	return false;
}

static inline void merge_was_given(struct merge_input *input)
{
	input->last_ns = input->time_ns;
	if (input->first_ns == INT64_MIN)
		input->first_ns = input->time_ns;
}

/* Returns true if the first entry has no packet to be given: it was given, or the input waits. */
static inline bool merge_is_due(const struct merge *merge)
{
	return merge->given || (merge->heap_len > 0 && merge->inputs[merge->heap[0].input].waits);
}

/* Reads the next packet of the input of the first entry. Returns true if a block came first. */
static inline bool merge_read_next(struct merge *merge, struct block *block)
{
	unsigned index = merge->heap[0].input;
	struct merge_input *input = &merge->inputs[index];
	enum source_result result;

	if (merge->given)
		merge_was_given(input);
	result = merge_read_input(merge, input, block);
	if (result == SOURCE_BLOCK)
		return true;
	merge->given = input->waits = false;
	if (result == SOURCE_PACKET)
		merge_heap_replace(merge, (struct merge_entry){ input->time_ns, index });
	else
		merge_heap_replace(merge, merge->heap[--merge->heap_len]);
	return false;
}

static enum source_result merge_next(struct source *source, struct packet *packet,
				     struct block *block, struct error *err)
{
	struct merge *merge = (struct merge *)source;

	(void)err;
	if (merge->begun < merge->count && merge_begin_inputs(merge, block))
		return SOURCE_BLOCK;
	while (merge_is_due(merge))
		if (merge_read_next(merge, block))
			return SOURCE_BLOCK;
	if (merge->heap_len == 0)
		return SOURCE_END;
	merge->given = true;
	*packet = merge->inputs[merge->heap[0].input].packet;
	merge->base.packets++;
	return SOURCE_PACKET;
}

static void merge_close(struct source *source)
{
	struct merge *merge = (struct merge *)source;

	for (unsigned i = 0; merge->inputs && i < merge->count; i++)
		source_close(merge->inputs[i].source);
	merge_interfaces_free(&merge->interfaces);
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

static void merge_progress(const struct source *source, struct source_progress *progress)
{
	const struct merge *merge = (const struct merge *)source;

	for (unsigned i = 0; i < merge->count; i++)
		source_progress(merge->inputs[i].source, progress);
}

static const struct source_ops merge_ops = {
	.next = merge_next, .close = merge_close, .hooked = merge_hooked, .progress = merge_progress
};

/* The format that can hold what both hold. */
static const char *merge_common_format(const char *a, const char *b)
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
		merge_interfaces_init(&merge->interfaces);
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

struct source *merge_sources(struct source *const *inputs, unsigned count, struct merge_watch watch,
			     struct error *err)
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
	merge->count = count;
	merge->watch = watch;
	for (unsigned i = 0; i < count; i++) {
		merge->inputs[i].source = inputs[i];
		merge->inputs[i].time_ns = INT64_MIN;
		merge->inputs[i].first_ns = merge->inputs[i].last_ns = INT64_MIN;
		merge->base.format = merge_common_format(merge->base.format, inputs[i]->format);
	}
	return &merge->base;
}

void merge_wait(struct source *source, unsigned index, int64_t first_ns)
{
	struct merge_input *input = &((struct merge *)source)->inputs[index];

	input->waits = true;
	input->time_ns = first_ns;
}

/* The packet of an entry was read but not given, unless it is the first one or its input waits. */
void merge_figures(const struct source *source, struct merge_figures *figures)
{
	const struct merge *merge = (const struct merge *)source;

	if (merge->given)
		merge_was_given(&merge->inputs[merge->heap[0].input]);
	for (unsigned i = 0; i < merge->count; i++)
		figures[i] = (struct merge_figures){ .packets = merge->inputs[i].source->packets,
						     .first_ns = merge->inputs[i].first_ns,
						     .last_ns = merge->inputs[i].last_ns };
	for (unsigned i = merge->given ? 1 : 0; i < merge->heap_len; i++)
		if (!merge->inputs[merge->heap[i].input].waits)
			figures[merge->heap[i].input].packets--;
}
