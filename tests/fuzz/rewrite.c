/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from a pcapng and written again is the same, block for block. Input: capture. */
#include "capture/pcapng_writer.h"
#include "memory.h"
#include "packet/option.h"

/* Reads and writes all; false: there was nothing good. */
static bool copy(struct source *source, const char *name)
{
	struct sink_config config = { .name = name, .format = "pcapng" };
	enum source_result result = SOURCE_PACKET;
	struct error err = { 0 };
	struct sink *sink = pcapng_writer_open(&config, &err);
	struct packet packet;
	struct block block;
	bool some = false;

	FUZZ_CHECK(sink != NULL);
	while (result <= SOURCE_BLOCK) {
		result = source_next(source, &packet, &block, &err);
		if (result == SOURCE_PACKET)
			FUZZ_CHECK(sink_put(sink, &packet, &err));
		else if (result == SOURCE_BLOCK)
			FUZZ_CHECK(sink_block(sink, &block, &err));
		some |= result <= SOURCE_BLOCK;
	}
	FUZZ_CHECK(sink_close(sink, true, &err));
	return some;
}

/* The next block of a file; its order is that of the section it is in. */
static bool next_block(struct span *file, bool *swapped, struct span *block)
{
	uint32_t type = pcapng_u32(*file, 0, false), len;

	if (file->len < PCAPNG_BLOCK_MIN)
		return false;
	if (type == PCAPNG_SECTION)
		*swapped = pcapng_u32(*file, 8, false) != PCAPNG_BYTE_ORDER;
	len = pcapng_u32(*file, 4, *swapped);
	if (len < PCAPNG_BLOCK_MIN || !span_sub(*file, 0, len, block))
		return false;
	*file = span_from(*file, len);
	return true;
}

/* Bytes of a block in front of its options, if it is one that is written anew. */
static size_t fixed_len(uint32_t type)
{
	return type == PCAPNG_SECTION	  ? PCAPNG_SECTION_FIXED
	       : type == PCAPNG_INTERFACE ? PCAPNG_INTERFACE_FIXED
					  : 0;
}

/* Section headers lose their length, interfaces reserved bits, both what stands behind damage. */
static void check_block(struct span a, struct span b, bool swapped)
{
	uint32_t type = pcapng_u32(a, 0, swapped);
	size_t fixed = fixed_len(type);
	struct span had, has;

	if (fixed == 0) {
		FUZZ_CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
		return;
	}
	had = option_trim(span_first(span_from(a, fixed), a.len - fixed - 4), swapped);
	has = option_trim(span_first(span_from(b, fixed), b.len - fixed - 4), swapped);
	FUZZ_CHECK(memcmp(a.data, b.data, 4) == 0);
	if (type == PCAPNG_INTERFACE)
		FUZZ_CHECK(pcapng_u16(a, 8, swapped) == pcapng_u16(b, 8, swapped) &&
			   pcapng_u32(a, 12, swapped) == pcapng_u32(b, 12, swapped));
	FUZZ_CHECK(had.len == has.len &&
		   (had.len == 0 || memcmp(had.data, has.data, had.len) == 0));
}

/* Statistics of an interface that is not described say nothing, and are left out; so are sections
 * of an unknown version. */
static bool is_lost(struct span block, bool swapped, uint32_t interfaces, bool *strange)
{
	uint32_t type = pcapng_u32(block, 0, swapped);

	if (type == PCAPNG_SECTION)
		*strange = pcapng_u16(block, 12, swapped) != 1;
	return *strange ||
	       (type == PCAPNG_STATISTICS && (block.len < PCAPNG_STATISTICS_FIXED ||
					      pcapng_u32(block, 8, swapped) >= interfaces));
}

static void check_same(struct span in, struct span out)
{
	bool in_swapped = false, out_swapped = false, strange = false;
	bool described = false;
	uint32_t interfaces = 0;
	struct span a, b;

	while (next_block(&out, &out_swapped, &b)) {
		/* A file without any interface gets one at its end. */
		if (!described && out.len == 0 && pcapng_u32(b, 0, out_swapped) == PCAPNG_INTERFACE)
			break;
		do
			FUZZ_CHECK(next_block(&in, &in_swapped, &a));
		while (is_lost(a, in_swapped, interfaces, &strange));
		FUZZ_CHECK(in_swapped == out_swapped);
		interfaces += pcapng_u32(a, 0, in_swapped) == PCAPNG_INTERFACE;
		described |= interfaces > 0;
		if (pcapng_u32(a, 0, in_swapped) == PCAPNG_SECTION)
			interfaces = 0;
		check_block(a, b, in_swapped);
	}
	FUZZ_CHECK(out.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_pipe memory = { .end = { -1, -1 } };
	struct source *source;
	const uint8_t *bytes;
	size_t len;
	bool some;

	if (memory.end[0] < 0)
		memory_pipe_open(&memory);
	source = memory_source(span_of(data, size), true);
	if (!source)
		return 0;
	some = copy(source, memory.name);
	source_close(source);
	bytes = memory_pipe_take(&memory, &len);
	if (some)
		check_same(span_of(data, size), span_of(bytes, len));
	return 0;
}
