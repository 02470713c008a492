/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What length headers claim, through all tunnels, and where a run of datagrams is cut. Input:
 * packet. */
#include "tunnel/wirelen.h"

#include "fuzz.h"
#include "offload/udp_gso.h"
#include "tunnel/header_cache.h"

static struct peel peel;

static void check_gso_size(const struct headers *headers, struct span packet)
{
	struct span payload = span_from(packet, headers->payload);

	for (uint32_t header = 8; header <= 24; header += 8) {
		uint32_t size = udp_gso_size(payload, header, LINK_ETHERNET);

		FUZZ_CHECK(size == 0 || (size > header && size < payload.len));
		FUZZ_CHECK(size == 0 || (payload.len + size - 1) / size <= 128);
		udp_gso_size(payload, header, LINK_RAW);
	}
}

/* What the cache's look at a carried packet says of its length, all headers say. */
static void check_inside(const struct encap_table *table, const struct fuzz_packet *packet,
			 enum wirelen_result result, uint64_t claim)
{
	struct header_cache_inside inside;

	if ((packet->linktype != LINK_ETHERNET && packet->linktype != LINK_RAW) ||
	    !header_cache_inside(table, packet->linktype, span_of(packet->data, packet->caplen),
				 &inside))
		return;
	FUZZ_CHECK(peel.count == 0);
	if (inside.end > inside.header_end)
		FUZZ_CHECK(result == WIRELEN_KNOWN && claim == inside.end);
	else
		FUZZ_CHECK(result != WIRELEN_KNOWN || claim == inside.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct encap_select select;
	struct encap_table table;
	struct fuzz_packet packet;
	enum wirelen_result result;
	uint64_t claim = 0;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	fuzz_select(&select, packet.flags);
	encap_table_init(&table, &select);
	peel_packet(&peel, &table, packet.linktype, packet.data, packet.caplen, packet.len);
	for (unsigned i = 0; i <= peel.count; i++) {
		result = wirelen_headers(&peel.headers[i], &claim);
		FUZZ_CHECK(result <= WIRELEN_MALFORMED && (result == WIRELEN_KNOWN || claim == 0));
		FUZZ_CHECK((result == WIRELEN_ZERO) ==
			   ((peel.headers[i].flags & HEADERS_NO_LENGTH) != 0));
	}
	result = wirelen_peel(&peel, &claim);
	FUZZ_CHECK(result <= WIRELEN_MALFORMED && (result != WIRELEN_KNOWN || claim > 0));
	check_inside(&table, &packet, result, claim);
	check_gso_size(&peel.headers[0], span_of(packet.data, packet.caplen));
	return 0;
}
