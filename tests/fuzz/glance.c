/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A glance says what the whole walk says, or nothing. Input: packet. */
#include "tunnel/glance.h"

#include "fuzz.h"
#include "tunnel/origin.h"
#include "tunnel/peel.h"

static struct peel peel;

static void check_tunnel(const struct tunnel *a, const struct tunnel *b)
{
	FUZZ_CHECK(a->encap == b->encap && a->has_id == b->has_id && a->id == b->id);
	FUZZ_CHECK(a->has_sequence == b->has_sequence && a->sequence == b->sequence &&
		   a->sequence_bits == b->sequence_bits);
	FUZZ_CHECK(a->cut == b->cut && a->anomalies == b->anomalies && a->meta == b->meta);
	FUZZ_CHECK(a->header_len == b->header_len && a->payload_len == b->payload_len);
	FUZZ_CHECK(a->linktype == b->linktype && a->direction == b->direction);
}

static void check_origin(const struct glance *glance, struct span packet)
{
	uint8_t key[ORIGIN_KEY_MAX], quick[ORIGIN_KEY_LEN];

	origin_glance(glance, quick);
	FUZZ_CHECK(origin_key(&peel, packet, key) == sizeof(quick));
	FUZZ_CHECK(memcmp(key, quick, sizeof(quick)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct glance_table table;
	struct encap_select select;
	struct fuzz_packet packet;
	struct glance glance;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	fuzz_select(&select, packet.flags);
	glance_prepare(&table, &select);
	if (!glance_at(&glance, &table, packet.linktype, packet.data, packet.caplen, packet.len))
		return 0;
	peel_walk(&peel, &select, packet.linktype, packet.data, packet.caplen, packet.len);
	FUZZ_CHECK(peel.count == 1 && peel.end == PEEL_PLAIN);
	FUZZ_CHECK(peel.offset == glance.offset && peel.caplen == glance.caplen &&
		   peel.len == glance.len);
	FUZZ_CHECK(peel.linktype == glance.tunnel.linktype);
	FUZZ_CHECK(encap_index(peel.layer[0].tunnel.encap) == glance.encap);
	check_tunnel(&peel.layer[0].tunnel, &glance.tunnel);
	check_origin(&glance, span_of(packet.data, packet.caplen));
	return 0;
}
