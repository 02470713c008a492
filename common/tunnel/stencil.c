/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/stencil.h"

void stencils_clear(struct stencils *stencils)
{
	if (stencils->learned)
		memset(stencils, 0, sizeof(*stencils));
}

/* Of everything in front of the IP header only the types count. */
static void mask_tags(struct patch mask, size_t ip)
{
	for (size_t at = PLAIN_ETHERNET_LEN; at <= ip; at += PLAIN_TAG_LEN)
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
	for (size_t at = stencil->udp + PLAIN_UDP_LEN; at < stencil->offset; at++)
		patch_u8(mask, at, 0xFF);
	memcpy(stencil->mask, room + STENCIL_SKIP, sizeof(stencil->mask));
}

/*
 * A codec reads no more than the header that it reports, so the same bytes mean the same. Not with
 * a length of its own (GTP-U), which would have to be read each time.
 */
void stencil_learn(struct stencils *stencils, struct span packet, const struct glance *glance,
		   const struct stencil_known *known)
{
	uint32_t udp = glance->offset - glance->tunnel.header_len - PLAIN_UDP_LEN;
	uint32_t ip = udp - (glance->version == 4 ? PLAIN_IPV4_LEN : PLAIN_IPV6_LEN);
	struct stencil *stencil;

	if (packet.len < STENCIL_LEN || glance->offset > STENCIL_LEN || udp + 4 > STENCIL_LENGTHS ||
	    glance->tunnel.payload_len != UINT32_MAX)
		return;
	stencils->learned = true;
	stencil = &stencils->slot[stencil_slot(packet)];
	*stencil = (struct stencil){
		.both = glance->offset > STENCIL_SKIP + STENCIL_HALF * 8,
		.encap = (uint8_t)glance->encap,
		.ip_len = (uint8_t)(ip + (glance->version == 4 ? 2 : 4)),
		.udp = (uint8_t)udp,
		.ip = glance->version == 4 ? ip : udp,
		.offset = glance->offset,
		.linktype = glance->tunnel.linktype,
		.from = known->from,
		.to = known->to,
		.owner = known->owner,
	};
	mask_headers(stencil, ip, glance->version);
	span_copy(packet, STENCIL_SKIP, stencil->bytes, sizeof(stencil->bytes));
	for (size_t i = 0; i < STENCIL_WORDS; i++)
		stencil->bytes[i] &= stencil->mask[i];
}
