/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of tunnels, and the names of where they came from. Input: packet. */
#include "tunnel/peel.h"

#include "fuzz.h"
#include "tunnel/origin.h"

static struct peel peel;

/* What a tunnel carries ends where the lengths around it say, or before. */
static void check_bounds(const struct peel_layer *layer, const struct headers *headers)
{
	uint64_t end = (uint64_t)layer->payload + layer->len;

	FUZZ_CHECK(headers->network_end == 0 || end <= headers->network_end);
	FUZZ_CHECK(headers->transport_end == 0 || end <= headers->transport_end);
	FUZZ_CHECK(layer->tunnel.payload_len == UINT32_MAX ||
		   layer->len <= layer->tunnel.payload_len);
}

static void check_layers(const struct fuzz_packet *packet, const struct encap_select *select)
{
	uint32_t at = 0, caplen = packet->caplen;

	FUZZ_CHECK(peel.count <= PEEL_MAX && peel.end <= PEEL_DEPTH);
	FUZZ_CHECK(select->depth == 0 || peel.count <= select->depth);
	for (unsigned i = 0; i < peel.count; i++) {
		const struct peel_layer *layer = &peel.layer[i];

		FUZZ_CHECK(layer->payload > at && layer->payload <= at + caplen);
		FUZZ_CHECK(layer->caplen <= at + caplen - layer->payload);
		FUZZ_CHECK(layer->len >= layer->caplen);
		check_bounds(layer, &peel.headers[i]);
		FUZZ_CHECK(!select->strict || layer->tunnel.anomalies == 0);
		at = layer->payload;
		caplen = layer->caplen;
	}
	FUZZ_CHECK(peel.offset == at && peel.caplen == caplen && peel.len >= peel.caplen);
}

static void check_names(struct span packet)
{
	uint8_t key[ORIGIN_KEY_MAX];
	char name[ORIGIN_NAME_MAX], description[ORIGIN_NAME_MAX];
	size_t len = origin_key(&peel, packet, key);

	FUZZ_CHECK(len == peel.count * (size_t)ORIGIN_KEY_LEN);
	origin_name(key, len, name);
	origin_description(&peel, packet, description);
	FUZZ_CHECK(strlen(name) < sizeof(name) && strlen(description) < sizeof(description));
	FUZZ_CHECK((len == 0) == (*name == '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct encap_select select;
	struct encap_table table;
	struct fuzz_packet packet;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	fuzz_select(&select, packet.flags);
	memset(&peel, 0xA5, sizeof(peel));
	encap_table_init(&table, &select);
	peel_packet(&peel, &table, packet.linktype, packet.data, packet.caplen, packet.len);
	check_layers(&packet, &select);
	check_names(span_of(packet.data, packet.caplen));
	return 0;
}
