/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stencil.h"

enum { ETHERNET_LEN = 14, TAG_LEN = 4, IPV4_LEN = 20, IPV6_LEN = 40, UDP_LEN = 8 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86DD };

void stencils_clear(struct stencils *stencils)
{
	if (stencils->learned)
		memset(stencils, 0, sizeof(*stencils));
}

/* By the last word of the outer source address and the word that has a VNI: any would do. */
static inline size_t slot_of(struct span packet)
{
	const uint64_t golden = 0x9E3779B97F4A7C15;
	uint32_t source = 0, id = 0;
	size_t ip = ETHERNET_LEN;
	uint16_t type = 0;

	span_be16(packet, ip - 2, &type);
	if (type != TYPE_IPV4 && type != TYPE_IPV6) {
		ip += TAG_LEN;
		span_be16(packet, ip - 2, &type);
	}
	span_be32(packet, ip + (type == TYPE_IPV4 ? 12 : 20), &source);
	span_be32(packet, ip + (type == TYPE_IPV4 ? IPV4_LEN : IPV6_LEN) + UDP_LEN + 4, &id);
	return (((uint64_t)source << 32 | id) * golden) >> (64 - STENCIL_BITS);
}

/* The second half is for IPv6. */
static inline bool fits(const struct stencil *stencil, struct span packet)
{
	uint16_t ip_len = 0, udp_len = 0;

	if (!span_fits(packet, STENCIL_SKIP, stencil->mask, stencil->bytes, STENCIL_HALF) ||
	    (stencil->both &&
	     !span_fits(packet, STENCIL_SKIP + STENCIL_HALF * 8, &stencil->mask[STENCIL_HALF],
			&stencil->bytes[STENCIL_HALF], STENCIL_WORDS - STENCIL_HALF)))
		return false;
	span_be16(packet, stencil->ip_len, &ip_len);
	span_be16(packet, stencil->udp + 4U, &udp_len);
	return stencil->ip + (size_t)ip_len == packet.len &&
	       stencil->udp + (size_t)udp_len == packet.len;
}

const struct stencil *stencil_find(const struct stencils *stencils, const struct packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	const struct stencil *stencil;

	if (packet->caplen != packet->len || packet->linktype != LINK_ETHERNET ||
	    bytes.len < STENCIL_LEN)
		return NULL;
	stencil = &stencils->slot[slot_of(bytes)];
	if (!stencil->to || !fits(stencil, bytes) ||
	    stencil->to->ticks_per_s != packet->interface->ticks_per_s ||
	    stencil->to->offset_s != packet->interface->offset_s)
		return NULL;
	return stencil;
}

/* Of everything in front of the IP header only the types count. */
static void mask_tags(struct patch mask, size_t ip)
{
	for (size_t at = ETHERNET_LEN; at <= ip; at += TAG_LEN)
		patch_be16(mask, at - 2, 0xFFFF);
}

static void mask_ipv4(struct patch header)
{
	patch_u8(header, 0, 0xFF);
	patch_be16(header, 6, 0x3FFF); /* fragments, whatever DF says */
	patch_u8(header, 9, 0xFF);
	patch_be32(header, 12, 0xFFFFFFFF);
}

static void mask_ipv6(struct patch header)
{
	patch_u8(header, 0, 0xF0);
	patch_u8(header, 6, 0xFF);
	patch_be64(header, 8, UINT64_MAX);
	patch_be64(header, 16, UINT64_MAX);
}

static void mask_headers(struct stencil *stencil, size_t ip, uint8_t version)
{
	uint8_t room[STENCIL_LEN] = { 0 };
	struct patch mask = { room, sizeof(room) };

	mask_tags(mask, ip);
	if (version == 4)
		mask_ipv4(patch_from(mask, ip));
	else
		mask_ipv6(patch_from(mask, ip));
	patch_be16(mask, stencil->udp + 2U, 0xFFFF);
	for (size_t at = stencil->udp + UDP_LEN; at < stencil->offset; at++)
		patch_u8(mask, at, 0xFF);
	memcpy(stencil->mask, room + STENCIL_SKIP, sizeof(stencil->mask));
}

/*
 * A codec reads no more than the header that it reports, so the same bytes mean the same. Not with
 * a length of its own (GTP-U), which would have to be read each time.
 */
void stencil_learn(struct stencils *stencils, const struct packet *packet,
		   const struct glance *glance, const struct interface *to, struct sender *sender)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	uint32_t udp = glance->offset - glance->tunnel.header_len - UDP_LEN;
	uint32_t ip = udp - (glance->version == 4 ? IPV4_LEN : IPV6_LEN);
	struct stencil *stencil;

	if (bytes.len < STENCIL_LEN || glance->offset > STENCIL_LEN || udp + 4 > STENCIL_LENGTHS ||
	    glance->tunnel.payload_len != UINT32_MAX)
		return;
	stencils->learned = true;
	stencil = &stencils->slot[slot_of(bytes)];
	*stencil = (struct stencil){ .ip_len = ip + (glance->version == 4 ? 2 : 4),
				     .ip = glance->version == 4 ? ip : udp,
				     .udp = udp,
				     .offset = glance->offset,
				     .both = glance->offset > STENCIL_SKIP + STENCIL_HALF * 8,
				     .linktype = glance->tunnel.linktype,
				     .encap = glance->encap,
				     .to = to,
				     .sender = sender };
	mask_headers(stencil, ip, glance->version);
	span_copy(bytes, STENCIL_SKIP, stencil->bytes, sizeof(stencil->bytes));
	for (size_t i = 0; i < STENCIL_WORDS; i++)
		stencil->bytes[i] &= stencil->mask[i];
}
