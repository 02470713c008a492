/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The native reader of pcapng: packets and blocks are bytes of the file. Input: capture. */
#include "memory.h"

static void check_packet(const struct packet *packet, struct span file)
{
	struct span at;

	FUZZ_CHECK(packet->interface && packet->interface->linktype == packet->linktype);
	FUZZ_CHECK(packet->interface->ticks_per_s > 0 && packet->interface->section);
	FUZZ_CHECK(packet->form != PACKET_PLAIN && packet->block.len >= packet->caplen);
	FUZZ_CHECK(span_sub(file, packet->offset, packet->block.len, &at));
	FUZZ_CHECK(memcmp(at.data, packet->block.data, at.len) == 0);
	FUZZ_CHECK(packet->data >= packet->block.data + 12);
	FUZZ_CHECK(packet->data + packet->caplen <= packet->block.data + packet->block.len - 4);
	fuzz_touch(packet->data, packet->caplen);
	fuzz_touch(packet->options.data, packet->options.len);
	if (packet->interface->name)
		fuzz_touch((const uint8_t *)packet->interface->name,
			   strlen(packet->interface->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = memory_source(span_of(data, size), true);
	enum source_result result = SOURCE_PACKET;
	struct packet packet;
	struct block block;
	struct error err = { 0 };

	if (!source)
		return 0;
	while (result <= SOURCE_BLOCK) {
		result = source_next(source, &packet, &block, &err);
		if (result == SOURCE_PACKET)
			check_packet(&packet, span_of(data, size));
		if (result != SOURCE_BLOCK)
			continue;
		FUZZ_CHECK(block.section != NULL && block.kind <= BLOCK_OTHER);
		FUZZ_CHECK(block.kind != BLOCK_INTERFACE || block.interface != NULL);
		fuzz_touch(block.bytes.data, block.bytes.len);
		fuzz_touch(block.section->options.data, block.section->options.len);
	}
	FUZZ_CHECK((result == SOURCE_ERROR) == (err.text[0] != '\0'));
	source_close(source);
	return 0;
}
