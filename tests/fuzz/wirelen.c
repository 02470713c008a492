/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What length headers claim, through all tunnels, and where a run of datagrams is cut. Input:
 * packet. */
#include "tunnel/wirelen.h"

#include "fuzz.h"
#include "offload/udp_gso.h"
#include "tunnel/claim.h"

static struct peel peel;

static void check_unjoin(const struct layers *layers, struct span packet)
{
	struct span payload = span_from(packet, layers->payload);

	for (uint32_t header = 8; header <= 24; header += 8) {
		uint32_t size = udp_gso_size(payload, header, LINK_ETHERNET);

		FUZZ_CHECK(size == 0 || (size > header && size < payload.len));
		FUZZ_CHECK(size == 0 || (payload.len + size - 1) / size <= 128);
		udp_gso_size(payload, header, LINK_RAW);
	}
}

/* A glance at the length says what all headers say, or nothing. */
static void check_claim(const struct encap_select *select, const struct fuzz_packet *packet,
			enum wirelen_result result, uint64_t end)
{
	struct glance_table table;
	struct claim claim;

	glance_prepare(&table, select);
	if (!claim_at(&claim, &table, packet->linktype, packet->data, packet->caplen, packet->len))
		return;
	FUZZ_CHECK(result == WIRELEN_KNOWN && claim.end == end);
	FUZZ_CHECK(claim.tunnelled == (peel.count > 0) && peel.count <= 1);
	if (claim.tunnelled)
		FUZZ_CHECK(claim.glance.offset == peel.offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct encap_select select;
	struct fuzz_packet packet;
	enum wirelen_result result;
	uint64_t claim = 0;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	fuzz_select(&select, packet.flags);
	peel_walk(&peel, &select, packet.linktype, packet.data, packet.caplen, packet.len);
	for (unsigned i = 0; i <= peel.count; i++) {
		result = wirelen_walk(&peel.walk[i], &claim);
		FUZZ_CHECK(result <= WIRELEN_MALFORMED && (result == WIRELEN_KNOWN || claim == 0));
	}
	result = wirelen_peel(&peel, &claim);
	FUZZ_CHECK(result <= WIRELEN_MALFORMED && (result != WIRELEN_KNOWN || claim > 0));
	check_claim(&select, &packet, result, claim);
	check_unjoin(&peel.walk[0], span_of(packet.data, packet.caplen));
	return 0;
}
