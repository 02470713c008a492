/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "envelope.h"

#include "checksum.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40, UDP_LEN = 8 };
enum { IPV4_SOURCE = 12, IPV6_SOURCE = 8, IPV4_ADDRESS = 4, IPV6_ADDRESS = 16 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86DD, DONT_FRAGMENT = 0x4000, PROTOCOL_UDP = 17 };

void envelope_init(struct envelope *envelope, const struct encap *encap, uint8_t version)
{
	static const uint8_t source[] = { 2, 0, 0, 0, 0, 1 }, destination[] = { 2, 0, 0, 0, 0, 2 };

	*envelope = (struct envelope){ .encap = encap, .version = version, .ttl = 64 };
	memcpy(envelope->source_mac, source, sizeof source);
	memcpy(envelope->destination_mac, destination, sizeof destination);
	if (encap->carrier == CARRIER_UDP)
		envelope->port = encap->numbers[0];
}

static bool over_udp(const struct envelope *envelope)
{
	return envelope->encap->carrier == CARRIER_UDP;
}

static size_t ip_len(const struct envelope *envelope)
{
	return envelope->version == 4 ? IPV4_LEN : IPV6_LEN;
}

/* Up to the tunnel header. */
static size_t carrier_len(const struct envelope *envelope)
{
	return ENVELOPE_ETHERNET_LEN + ip_len(envelope) + (over_udp(envelope) ? UDP_LEN : 0);
}

size_t envelope_overhead(const struct envelope *envelope, const struct tunnel_build *what)
{
	size_t header = envelope->encap->build(what, (struct patch){ NULL, 0 });

	return header == 0 ? 0 : carrier_len(envelope) + header;
}

static void put_ethernet(const struct envelope *envelope, struct patch frame)
{
	patch_copy(frame, 0, envelope->destination_mac, ENVELOPE_MAC_LEN);
	patch_copy(frame, ENVELOPE_MAC_LEN, envelope->source_mac, ENVELOPE_MAC_LEN);
	patch_be16(frame, 12, envelope->version == 4 ? TYPE_IPV4 : TYPE_IPV6);
}

static uint8_t protocol(const struct envelope *envelope)
{
	return over_udp(envelope) ? PROTOCOL_UDP : (uint8_t)envelope->encap->numbers[0];
}

static void put_ipv4(const struct envelope *envelope, uint16_t id, struct patch packet)
{
	patch_u8(packet, 0, 0x45);
	patch_u8(packet, 1, (uint8_t)(envelope->dscp << 2));
	patch_be16(packet, 2, (uint16_t)packet.len);
	patch_be16(packet, 4, envelope->may_fragment ? id : 0);
	patch_be16(packet, 6, envelope->may_fragment ? 0 : DONT_FRAGMENT);
	patch_u8(packet, 8, envelope->ttl);
	patch_u8(packet, 9, protocol(envelope));
	patch_be16(packet, 10, 0);
	patch_copy(packet, IPV4_SOURCE, envelope->source, IPV4_ADDRESS);
	patch_copy(packet, IPV4_SOURCE + IPV4_ADDRESS, envelope->destination, IPV4_ADDRESS);
	patch_be16(packet, 10,
		   checksum_fold(checksum_add(0, span_first(patch_span(packet), IPV4_LEN))));
}

static void put_ipv6(const struct envelope *envelope, struct patch packet)
{
	patch_be32(packet, 0, UINT32_C(6) << 28 | (uint32_t)(envelope->dscp & 0x3f) << 22);
	patch_be16(packet, 4, (uint16_t)(packet.len - IPV6_LEN));
	patch_u8(packet, 6, protocol(envelope));
	patch_u8(packet, 7, envelope->ttl);
	patch_copy(packet, IPV6_SOURCE, envelope->source, IPV6_ADDRESS);
	patch_copy(packet, IPV6_SOURCE + IPV6_ADDRESS, envelope->destination, IPV6_ADDRESS);
}

/* Behind a finished IP header, in front of all it carries. */
static void put_udp(const struct envelope *envelope, uint16_t source_port, struct patch packet)
{
	bool four = envelope->version == 4;
	struct patch udp = patch_from(packet, ip_len(envelope));
	struct span addresses = { NULL, 0 };
	uint64_t sum;

	patch_be16(udp, 0, source_port);
	patch_be16(udp, 2, envelope->port);
	patch_be16(udp, 4, (uint16_t)udp.len);
	patch_be16(udp, 6, 0);
	/* RFC 6935 would allow 0 over IPv6, but sockets drop that unless told otherwise. */
	if (four && !envelope->checksum)
		return;
	span_sub(patch_span(packet), four ? IPV4_SOURCE : IPV6_SOURCE,
		 four ? 2 * IPV4_ADDRESS : 2 * IPV6_ADDRESS, &addresses);
	sum = checksum_add_pseudo(0, addresses, PROTOCOL_UDP, (uint32_t)udp.len);
	patch_be16(udp, 6, checksum_fold_udp(checksum_add(sum, patch_span(udp))));
}

size_t envelope_build(const struct envelope *envelope, const struct tunnel_build *what,
		      uint16_t source_port, uint16_t id, struct patch room)
{
	size_t at = carrier_len(envelope);
	size_t header = envelope->encap->build(what, patch_from(room, at));
	size_t len = at + header + what->payload.len;
	/* IPv6 does not count its own header. */
	size_t start = ENVELOPE_ETHERNET_LEN + (envelope->version == 4 ? 0 : IPV6_LEN);
	struct patch packet = patch_from(patch_first(room, len), ENVELOPE_ETHERNET_LEN);

	if (header == 0 || len - start > UINT16_MAX ||
	    !patch_copy(room, at + header, what->payload.data, what->payload.len))
		return 0;
	put_ethernet(envelope, room);
	if (envelope->version == 4)
		put_ipv4(envelope, id, packet);
	else
		put_ipv6(envelope, packet);
	if (over_udp(envelope))
		put_udp(envelope, source_port, packet);
	return len;
}
