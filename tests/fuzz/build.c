/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an encapsulation builds, its parse reads back, and the whole outer_header does too. Input:
 * packet. */
#include "fuzz.h"
#include "tunnel/outer_header.h"
#include "tunnel/peel.h"

static struct peel peel;

static struct tunnel_build describe(const struct fuzz_packet *packet, const struct encap *encap)
{
	struct span bytes = span_of(packet->data, packet->caplen);

	return (struct tunnel_build){ .payload = span_from(bytes, 8),
				      .linktype = packet->linktype,
				      .has_id = !encap->id_optional || packet->flags & 1,
				      .id = fuzz_number(&bytes, 4) & encap->id_max,
				      .has_sequence = packet->flags & 2,
				      .sequence = fuzz_number(&bytes, 4),
				      .cut = packet->flags & 4,
				      .direction = (packet->flags >> 3 & 3) % 3,
				      .time_ns = (int64_t)packet->len * FUZZ_NS };
}

static void check_tunnel(const struct tunnel *tunnel, const struct encap *encap,
			 const struct tunnel_build *what)
{
	FUZZ_CHECK(tunnel->anomalies == 0);
	FUZZ_CHECK(tunnel->has_id == (encap->id_max != 0 && what->has_id));
	FUZZ_CHECK(!tunnel->has_id || tunnel->id == what->id);
	FUZZ_CHECK(!tunnel->has_sequence || tunnel->sequence == what->sequence ||
		   !what->has_sequence);
	FUZZ_CHECK((tunnel->linktype == LINK_ETHERNET) == (what->linktype == LINK_ETHERNET));
	FUZZ_CHECK(!tunnel->cut || what->cut);
}

static void check_header(const struct encap *encap, const struct tunnel_build *what)
{
	size_t len = encap->build(what, (struct patch){ NULL, 0 });
	struct tunnel tunnel = { .payload_len = UINT32_MAX };
	uint8_t *room;

	if (len == 0)
		return;
	FUZZ_CHECK(len <= ENCAP_HEADER_MAX && len % 4 == 0);
	room = calloc(1, len);
	FUZZ_CHECK(encap->build(what, (struct patch){ room, len }) == len);
	FUZZ_CHECK(encap->parse(span_of(room, len), encap->numbers[0], &tunnel) == ENCAP_OK);
	FUZZ_CHECK(tunnel.header_len == len);
	check_tunnel(&tunnel, encap, what);
	free(room);
}

static void check_envelope(const struct encap *encap, const struct tunnel_build *what,
			   uint8_t version)
{
	struct encap_select all;
	struct encap_table table;
	struct outer_header outer_header;
	size_t overhead, len;
	uint8_t *room;

	outer_header_init(&outer_header, encap, version);
	outer_header.checksum = what->cut;
	overhead = outer_header_overhead(&outer_header, what);
	if (overhead == 0 || what->payload.len == 0) /* a tunnel that carries nothing stays on */
		return;
	room = calloc(1, overhead + what->payload.len);
	len = outer_header_build(&outer_header, what, OUTER_HEADER_PORT_FIRST, 1,
				 (struct patch){ room, overhead + what->payload.len });
	FUZZ_CHECK(len == overhead + what->payload.len);
	encap_select_all(&all);
	all.depth = 1;
	encap_table_init(&table, &all);
	peel_packet(&peel, &table, LINK_ETHERNET, room, (uint32_t)len, (uint32_t)len);
	FUZZ_CHECK(peel.count == 1 && peel.offset == overhead);
	FUZZ_CHECK(peel.caplen == what->payload.len && peel.len == what->payload.len);
	FUZZ_CHECK(peel.layer[0].tunnel.encap == encap);
	FUZZ_CHECK(peel.headers[0].network_end == len);
	if (encap->carrier == CARRIER_UDP)
		FUZZ_CHECK(peel.headers[0].transport_end == len);
	FUZZ_CHECK(memcmp(room + overhead, what->payload.data, what->payload.len) == 0);
	check_tunnel(&peel.layer[0].tunnel, encap, what);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_packet packet;

	if (!fuzz_packet(span_of(data, size), &packet) || packet.caplen < 8)
		return 0;
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);
		struct tunnel_build what = describe(&packet, encap);

		if (!encap->build)
			continue;
		check_header(encap, &what);
		check_envelope(encap, &what, 4);
		check_envelope(encap, &what, 6);
	}
	return 0;
}
