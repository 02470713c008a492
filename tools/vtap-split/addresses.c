/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "addresses.h"

#include "header/fields.h"

struct found {
	struct names_address *to;
	unsigned count;
};

static void add(struct found *found, uint8_t type, const uint8_t *bytes, size_t len)
{
	struct names_address *address = &found->to[found->count];

	if (found->count == SINK_POOL_ADDRESSES)
		return;
	*address = (struct names_address){ .type = type };
	memcpy(address->bytes, bytes, len);
	found->count++;
}

static void add_macs(struct found *found, struct span bytes, size_t at)
{
	uint8_t mac[MAC_LEN];

	if (span_copy(bytes, at + ETHERNET_DST_AT, mac, sizeof(mac)))
		add(found, NAMES_MAC, mac, sizeof(mac));
	if (span_copy(bytes, at + ETHERNET_SRC_AT, mac, sizeof(mac)))
		add(found, NAMES_MAC, mac, sizeof(mac));
}

static void add_ips(struct found *found, const struct headers *headers, struct span bytes)
{
	uint8_t type = headers->ip_version == 4 ? NAMES_IPV4 : NAMES_IPV6;
	size_t len = headers->ip_version == 4 ? 4 : 16;
	struct headers_addresses ip;

	if (!headers_copy_addresses(headers, bytes, &ip))
		return;
	add(found, type, ip.src, len);
	add(found, type, ip.dst, len);
}

unsigned addresses_find(void *table, const struct packet *packet,
			struct names_address to[SINK_POOL_ADDRESSES])
{
	struct span bytes = span_of(packet->data, packet->caplen);
	struct found found = { .to = to };
	struct peel peel;

	peel_packet(&peel, table, packet->linktype, packet->data, packet->caplen, packet->len);
	for (unsigned i = 0; i <= peel.count; i++) {
		if (peel.headers[i].link == HEADERS_LINK_ETHERNET)
			add_macs(&found, bytes, i > 0 ? peel.layer[i - 1].payload : 0);
		add_ips(&found, &peel.headers[i], bytes);
	}
	return found.count;
}
