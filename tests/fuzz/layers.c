/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk from the link layer to the transport, and what is read off it. Input: packet. */
#include "header/layers.h"

#include "filter/sample.h"
#include "fuzz.h"
#include "header/flow.h"
#include "offload/checksum_partial.h"
#include "offload/tcp_mss.h"

static void check_walk(const struct layers *layers, size_t len, uint32_t start)
{
	uint64_t at = start;

	FUZZ_CHECK(layers->count <= LAYERS_MAX && layers->end <= LAYERS_TOO_DEEP);
	FUZZ_CHECK(layers->ip < (int32_t)layers->count && layers->ip >= -1);
	FUZZ_CHECK(layers->transport < (int32_t)layers->count && layers->transport >= -1);
	for (uint32_t i = 0; i < layers->count; i++) {
		const struct layer *layer = &layers->layer[i];

		FUZZ_CHECK(layer->offset >= at && layer->header_len > 0);
		at = (uint64_t)layer->offset + layer->header_len;
		/* The last may be cut: of a transport the ports are enough, of IPv4 the addresses,
		 * of ARP the type in front of it. */
		FUZZ_CHECK(layer->offset < len ||
			   (layer->offset == len && layer->protocol == LAYER_ARP));
		FUZZ_CHECK(at <= len || i + 1 == layers->count);
		FUZZ_CHECK(at <= len || layer->protocol != LAYER_IPV6);
		FUZZ_CHECK(strcmp(layers_name(layer->protocol), "") != 0);
	}
	FUZZ_CHECK(layers->payload <= len || layers->payload <= at);
}

static void read_off(const struct layers *layers, uint32_t linktype, struct span packet)
{
	static struct tcp_mss *mss;
	struct flow flow, turned;
	char text[FLOW_ADDRESS_MAX];
	uint32_t offset = 0;
	uint16_t value;
	uint64_t hash;

	if (flow_glance(linktype, packet, &hash))
		FUZZ_CHECK(flow_of(&flow, layers, packet) && flow_hash(&flow) == hash &&
			   !(layers->layer[layers->ip].flags & LAYER_FRAGMENT));
	if (flow_of(&flow, layers, packet)) {
		FUZZ_CHECK(layers->ip >= 0 && (flow.version == 4 || flow.version == 6));
		turned = flow;
		turned.source = flow.destination;
		turned.destination = flow.source;
		FUZZ_CHECK(flow_hash(&flow) == flow_hash(&turned));
		flow_address(flow.version, flow.source.address, text);
	}
	if (checksum_is_partial(layers, packet, &offset, &value))
		FUZZ_CHECK(span_has(packet, offset, 2));
	sample_flow(3, layers, packet);
	if (!mss)
		mss = tcp_mss_new();
	tcp_mss_see(mss, layers, packet);
	tcp_mss_of(mss, layers, packet);
	tcp_mss_free(mss);
	mss = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_packet packet;
	struct layers layers;
	struct span bytes;
	uint32_t start;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	start = packet.flags % 8;
	bytes = span_of(packet.data, packet.caplen);
	if (start > bytes.len)
		start = 0;
	layers_walk(&layers, packet.linktype, bytes, start);
	FUZZ_CHECK(layers_know(packet.linktype) == (layers.end != LAYERS_UNKNOWN_LINK));
	check_walk(&layers, bytes.len, start);
	if (start == 0)
		read_off(&layers, packet.linktype, bytes);
	return 0;
}
