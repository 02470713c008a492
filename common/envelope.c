/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "envelope.h"

#include "checksum.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40, UDP_LEN = 8 };
enum { BEHIND_IPV4 = ENVELOPE_ETHERNET_LEN + IPV4_LEN, BEHIND_IPV6 = BEHIND_IPV4 + 20 };
/* Bytes of a mould that are copied as its end: behind IP no more can be. */
enum { TAIL = 16 };
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

static uint8_t protocol(const struct envelope *envelope)
{
	return over_udp(envelope) ? PROTOCOL_UDP : (uint8_t)envelope->encap->numbers[0];
}

static void mould_ipv4(const struct envelope *envelope, struct patch packet)
{
	patch_u8(packet, 0, 0x45);
	patch_u8(packet, 1, (uint8_t)(envelope->dscp << 2));
	patch_be16(packet, 6, envelope->may_fragment ? 0 : DONT_FRAGMENT);
	patch_u8(packet, 8, envelope->ttl);
	patch_u8(packet, 9, protocol(envelope));
	patch_copy(packet, IPV4_SOURCE, envelope->source, IPV4_ADDRESS);
	patch_copy(packet, IPV4_SOURCE + IPV4_ADDRESS, envelope->destination, IPV4_ADDRESS);
}

static void mould_ipv6(const struct envelope *envelope, struct patch packet)
{
	patch_be32(packet, 0, UINT32_C(6) << 28 | (uint32_t)(envelope->dscp & 0x3f) << 22);
	patch_u8(packet, 6, protocol(envelope));
	patch_u8(packet, 7, envelope->ttl);
	patch_copy(packet, IPV6_SOURCE, envelope->source, IPV6_ADDRESS);
	patch_copy(packet, IPV6_SOURCE + IPV6_ADDRESS, envelope->destination, IPV6_ADDRESS);
}

/* Of a finished IP header. */
static uint64_t pseudo(const struct envelope *envelope, struct span packet)
{
	bool four = envelope->version == 4;
	struct span addresses = { NULL, 0 };

	span_sub(packet, four ? IPV4_SOURCE : IPV6_SOURCE,
		 four ? 2 * IPV4_ADDRESS : 2 * IPV6_ADDRESS, &addresses);
	return checksum_add_pseudo(0, addresses, PROTOCOL_UDP, 0);
}

/* A tunnel header behind the others. */
static void mould_tunnel(struct envelope_mould *mould, const struct tunnel_build *what)
{
	struct patch room =
		patch_from((struct patch){ mould->bytes, ENVELOPE_MOULD_MAX }, mould->carrier_len);
	struct tunnel_build ethernet = { .linktype = LINK_ETHERNET,
					 .has_id = what->has_id,
					 .id = what->id };
	size_t len;

	/* Over UDP nobody has sequence numbers. */
	if (!mould->encap->steady || what->meta || (what->has_sequence && !mould->udp))
		return;
	len = mould->encap->build(&ethernet, room) + mould->carrier_len;
	mould->steady = len <= (mould->four ? BEHIND_IPV4 : BEHIND_IPV6) + TAIL;
	if (mould->steady)
		mould->len = (uint8_t)len;
}

void envelope_mould(struct envelope_mould *mould, const struct envelope *envelope,
		    const struct tunnel_build *what)
{
	struct patch frame = { mould->bytes, sizeof(mould->bytes) };
	struct patch packet = patch_from(frame, ENVELOPE_ETHERNET_LEN);
	bool four = envelope->version == 4;

	*mould = (struct envelope_mould){ .encap = envelope->encap,
					  .carrier_len = (uint8_t)carrier_len(envelope),
					  .len = (uint8_t)carrier_len(envelope),
					  .four = four,
					  .udp = over_udp(envelope),
					  .may_fragment = envelope->may_fragment };
	/* RFC 6935 would allow 0 over IPv6, but sockets drop that unless told otherwise. */
	mould->checksum = mould->udp && (!four || envelope->checksum);
	patch_copy(frame, 0, envelope->destination_mac, ENVELOPE_MAC_LEN);
	patch_copy(frame, ENVELOPE_MAC_LEN, envelope->source_mac, ENVELOPE_MAC_LEN);
	patch_be16(frame, ENVELOPE_ETHERNET_LEN - 2, four ? TYPE_IPV4 : TYPE_IPV6);
	if (four)
		mould_ipv4(envelope, packet);
	else
		mould_ipv6(envelope, packet);
	if (mould->udp)
		patch_be16(patch_from(packet, ip_len(envelope)), 2, envelope->port);
	mould->ip_sum = checksum_add(0, span_first(patch_span(packet), IPV4_LEN));
	mould->udp_sum = pseudo(envelope, patch_span(packet));
	mould_tunnel(mould, what);
}

/* Out of line: most have none. */
__attribute__((noinline)) static bool put_checksum(const struct envelope_mould *mould, size_t at,
						   struct patch frame)
{
	struct span udp = span_from(patch_span(frame), at);

	return patch_be16(frame, at + 6,
			  checksum_fold_udp(checksum_add(mould->udp_sum + udp.len, udp)));
}

/* In front of all that UDP carries. */
static inline bool put_udp(const struct envelope_mould *mould, uint16_t source_port, size_t at,
			   struct patch frame)
{
	if (frame.len < at + UDP_LEN)
		return false;
	patch_be16(frame, at, source_port);
	patch_be16(frame, at + 4, (uint16_t)(frame.len - at));
	return !mould->checksum || put_checksum(mould, at, frame);
}

/* The end of the first len bytes; what it overlaps is the same. */
static inline void put_tail(const struct envelope_mould *mould, size_t len, struct patch frame)
{
	patch_copy(frame, len - TAIL, mould->bytes + len - TAIL, TAIL);
}

static inline bool put_ipv4(const struct envelope_mould *mould, size_t len, uint16_t source_port,
			    uint16_t id, struct patch frame)
{
	size_t total = frame.len - ENVELOPE_ETHERNET_LEN;
	uint64_t sum = mould->ip_sum + total;

	if (frame.len < BEHIND_IPV4 || total > UINT16_MAX)
		return false;
	patch_copy(frame, 0, mould->bytes, BEHIND_IPV4);
	put_tail(mould, len, frame);
	patch_be16(frame, ENVELOPE_ETHERNET_LEN + 2, (uint16_t)total);
	if (mould->may_fragment) {
		patch_be16(frame, ENVELOPE_ETHERNET_LEN + 4, id);
		sum += id;
	}
	patch_be16(frame, ENVELOPE_ETHERNET_LEN + 10, checksum_fold(sum));
	return !mould->udp || put_udp(mould, source_port, BEHIND_IPV4, frame);
}

/* IPv6 does not count its own header. */
static inline bool put_ipv6(const struct envelope_mould *mould, size_t len, uint16_t source_port,
			    struct patch frame)
{
	if (frame.len < BEHIND_IPV6 || frame.len - BEHIND_IPV6 > UINT16_MAX)
		return false;
	patch_copy(frame, 0, mould->bytes, BEHIND_IPV6);
	put_tail(mould, len, frame);
	patch_be16(frame, ENVELOPE_ETHERNET_LEN + 4, (uint16_t)(frame.len - BEHIND_IPV6));
	return !mould->udp || put_udp(mould, source_port, BEHIND_IPV6, frame);
}

bool envelope_fill(const struct envelope_mould *mould, size_t len, uint16_t source_port,
		   uint16_t id, struct patch frame)
{
	if (frame.len < len)
		return false;
	return mould->four ? put_ipv4(mould, len, source_port, id, frame)
			   : put_ipv6(mould, len, source_port, frame);
}

bool envelope_wrap(const struct envelope_mould *mould, const struct tunnel_build *what,
		   uint16_t source_port, uint16_t id, struct patch frame)
{
	size_t header;

	if (mould->steady && what->linktype == LINK_ETHERNET)
		return frame.len == mould->len + what->payload.len &&
		       envelope_fill(mould, mould->len, source_port, id, frame);
	header = mould->encap->build(what, patch_from(frame, mould->carrier_len));
	return header != 0 && frame.len == mould->carrier_len + header + what->payload.len &&
	       envelope_fill(mould, mould->carrier_len, source_port, id, frame);
}

size_t envelope_build(const struct envelope *envelope, const struct tunnel_build *what,
		      uint16_t source_port, uint16_t id, struct patch room)
{
	size_t overhead = envelope_overhead(envelope, what), len = overhead + what->payload.len;
	struct envelope_mould mould;

	if (overhead == 0 || !patch_copy(room, overhead, what->payload.data, what->payload.len))
		return 0;
	envelope_mould(&mould, envelope, what);
	return envelope_wrap(&mould, what, source_port, id, patch_first(room, len)) ? len : 0;
}
