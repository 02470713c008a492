/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The native reader of pcap: packets lie within the file, one behind the other. Input: capture. */
#include "base/linktype.h"

#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = memory_source(span_of(data, size), false);
	enum source_result result = SOURCE_PACKET;
	uint64_t offset = 24; /* behind the header of the file */
	struct packet packet;
	struct block block;
	struct error err = { 0 };

	if (!source)
		return 0;
	while (result <= SOURCE_BLOCK) {
		result = source_next(source, &packet, &block, &err);
		if (result != SOURCE_PACKET)
			continue;
		FUZZ_CHECK(packet.offset == offset && packet.caplen <= size);
		FUZZ_CHECK(packet.offset + 16 + packet.caplen <= size);
		/* Netfilter logs of the other byte order have their numbers turned. */
		FUZZ_CHECK(packet.linktype == LINK_NFLOG ||
			   memcmp(packet.data, data + packet.offset + 16, packet.caplen) == 0);
		FUZZ_CHECK(packet.interface && packet.interface->linktype == packet.linktype);
		offset += 16 + (uint64_t)packet.caplen;
	}
	FUZZ_CHECK((result == SOURCE_ERROR) == (err.text[0] != '\0'));
	source_close(source);
	return 0;
}
