/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers repeat: the outer headers of a mirrored packet are those of the packet before it in the
 * same tunnel, but for lengths, identifications and checksums. The cache maps all other bytes to
 * what peel_packet() found behind them, so that the usual packet is compared instead of parsed.
 * It forgets what it has no room for; a miss costs time, never a wrong answer.
 */
#ifndef VTAP_TUNNEL_HEADER_CACHE_H
#define VTAP_TUNNEL_HEADER_CACHE_H

#include "header/headers_usual.h"
#include "tunnel/peel.h"

/*
 * Of the first HEADER_CACHE_LEN bytes of a frame those behind HEADER_CACHE_SKIP are compared, in
 * words of 8 bytes: the first half of them, which is all that IPv4 needs, or all.
 */
enum {
	HEADER_CACHE_LEN = 96,
	HEADER_CACHE_SKIP = 8, /* MAC addresses */
	HEADER_CACHE_WORDS = (HEADER_CACHE_LEN - HEADER_CACHE_SKIP) / 8,
	HEADER_CACHE_HALF = 7,
	HEADER_CACHE_HALF_LEN = HEADER_CACHE_SKIP + HEADER_CACHE_HALF * 8,
	HEADER_CACHE_FIELD_MASK = 62, /* offsets of length fields are even and at most this */
};

enum {
	HEADER_CACHE_WAYS = 4,	      /* entries in which one hash can stand */
	HEADER_CACHE_MAX = 64 * 1024, /* entries; then new ones take the place of old ones */
	HEADER_CACHE_SHAPES = 64,     /* layouts of headers; others are not cached */
};

/* The outer headers of one tunnel. */
struct header_cache_entry {
	uint64_t bytes[HEADER_CACHE_WORDS]; /* the headers, under the mask of their shape */
	void *value;			    /* the user's */
	uint32_t hash;			    /* 0: the entry is free */
	uint8_t shape;
	bool both;	    /* more than the first half counts */
	uint8_t network;    /* offset of the outer IP header */
	uint8_t ip_len_at;  /* offset of the length field of the outer IP header ... */
	uint8_t ip_base;    /* ... and what it counts from */
	uint8_t udp_len_at; /* of UDP likewise; without UDP those of IP again */
	uint8_t udp_base;
	uint8_t tunnel;	  /* offset of the tunnel header; 0 without UDP */
	uint8_t offset;	  /* of what the tunnel carries */
	uint8_t linktype; /* of what the tunnel carries */
	uint8_t index;	  /* encap_index() */
};

struct header_cache {
	struct header_cache_entry *entries; /* `sets` times HEADER_CACHE_WAYS */
	uint32_t sets;			    /* a power of two */
	uint32_t count;			    /* entries in use */
	uint32_t turn;			    /* which entry of a full set gives way next */
	unsigned shapes;
	uint64_t mask[HEADER_CACHE_SHAPES][16]; /* HEADER_CACHE_WORDS of them; 16 for speed */
	uint64_t *seen; /* a set of the tunnels that were seen, by their hashes */
	uint32_t seen_count;
};

/* Begins empty, without memory of its own. */
void header_cache_init(struct header_cache *cache);
void header_cache_free(struct header_cache *cache);

/* Never 0. */
SPAN_INLINE uint32_t header_cache_mix(uint32_t source, uint32_t id)
{
	return (uint32_t)(((uint64_t)source << 32 ^ id) * UINT64_C(0x9E3779B97F4A7C15) >> 32) |
	       UINT32_C(0x80000000);
}

/*
 * What tells the tunnels of one sender apart: over UDP the second word of the tunnel header, which
 * holds the id in VXLAN and GENEVE; GRE's first word and key; else nothing.
 */
SPAN_INLINE uint32_t header_cache_id(struct span head, size_t at, uint8_t protocol)
{
	enum { GRE_KEY = 0x2000, GRE_CHECKSUM = 0x8000 };
	uint32_t word = 0, key = 0;

	if (protocol == IPPROTO_UDP) {
		span_be32(head, at + UDP_LEN + 4, &word);
		return word;
	}
	if (protocol != IPPROTO_GRE)
		return 0;
	span_be32(head, at, &word);
	if ((word >> 16 & (GRE_KEY | GRE_CHECKSUM)) == GRE_KEY)
		span_be32(head, at + 4, &key);
	return word ^ key << 8;
}

SPAN_INLINE uint32_t header_cache_ipv4(struct span head, size_t ip)
{
	uint32_t source = 0;
	uint8_t protocol = 0;

	span_u8(head, ip + IPV4_PROTOCOL_AT, &protocol);
	span_be32(head, ip + IPV4_SRC_AT, &source);
	return header_cache_mix(source, header_cache_id(head, ip + IPV4_MIN_LEN, protocol));
}

SPAN_INLINE uint32_t header_cache_ipv6(struct span head, size_t ip)
{
	uint32_t source = 0;
	uint8_t next = 0;

	span_u8(head, ip + IPV6_NEXT_AT, &next);
	span_be32(head, ip + IPV6_SRC_AT + 12, &source);
	return header_cache_mix(source, header_cache_id(head, ip + IPV6_LEN, next));
}

/* The hash of an Ethernet frame of at least HEADER_CACHE_HALF_LEN bytes; behind more than two VLAN
 * tags it is of no use. */
SPAN_INLINE uint32_t header_cache_hash(struct span packet)
{
	enum {
		NO_TAG = ETHERNET_LEN,
		ONE_TAG = NO_TAG + VLAN_TAG_LEN,
		TWO = ONE_TAG + VLAN_TAG_LEN
	};
	uint16_t type = 0;

	span_be16(packet, NO_TAG - 2, &type);
	if (type == ETHERTYPE_IPV4)
		return header_cache_ipv4(packet, NO_TAG);
	if (type == ETHERTYPE_IPV6)
		return header_cache_ipv6(packet, NO_TAG);
	span_be16(packet, ONE_TAG - 2, &type);
	if (type == ETHERTYPE_IPV4)
		return header_cache_ipv4(packet, ONE_TAG);
	if (type == ETHERTYPE_IPV6)
		return header_cache_ipv6(packet, ONE_TAG);
	return header_cache_ipv4(packet, TWO);
}

/* The second half is for IPv6. */
SPAN_INLINE bool header_cache_fits(const struct header_cache *cache,
				   const struct header_cache_entry *entry, struct span packet)
{
	const uint64_t *mask = cache->mask[entry->shape];

	return span_fits(packet, HEADER_CACHE_SKIP, mask, entry->bytes, HEADER_CACHE_HALF) &&
	       (!entry->both || span_fits(packet, HEADER_CACHE_HALF_LEN, mask + HEADER_CACHE_HALF,
					  entry->bytes + HEADER_CACHE_HALF,
					  HEADER_CACHE_WORDS - HEADER_CACHE_HALF));
}

/* Where the outer lengths say that the packet ends; false if they differ. */
SPAN_INLINE bool header_cache_end(const struct header_cache_entry *entry, struct span packet,
				  uint32_t *end)
{
	uint16_t ip_len = 0, udp_len = 0;

	/* With offsets that the compiler can bound, there is nothing to check. */
	span_be16(packet, entry->ip_len_at & HEADER_CACHE_FIELD_MASK, &ip_len);
	span_be16(packet, entry->udp_len_at & HEADER_CACHE_FIELD_MASK, &udp_len);
	*end = entry->ip_base + (uint32_t)ip_len;
	return *end == entry->udp_base + (uint32_t)udp_len;
}

/*
 * Looks up the tunnel of an Ethernet frame. Returns NULL if the cache does not know: parse the
 * packet then. Otherwise peel_packet() would take a tunnel of entry->index off, what the tunnel
 * carries begins at entry->offset, and *end is the offset from the packet's start at which the
 * outer headers say that the packet ends; it may lie in front of entry->offset. Whether a further
 * tunnel is inside is for header_cache_inside() to say. The entry holds until the next
 * header_cache_learn().
 */
SPAN_INLINE const struct header_cache_entry *header_cache_lookup(const struct header_cache *cache,
								 struct span packet, uint32_t *end)
{
	const struct header_cache_entry *entry;
	uint32_t hash;

	if (packet.len < HEADER_CACHE_HALF_LEN)
		return NULL;
	hash = header_cache_hash(packet);
	entry = cache->entries + (size_t)(hash & (cache->sets - 1)) * HEADER_CACHE_WAYS;
	for (int i = 0; i < HEADER_CACHE_WAYS; i++, entry++)
		if (entry->hash == hash && header_cache_fits(cache, entry, packet))
			return header_cache_end(entry, packet, end) ? entry : NULL;
	return NULL;
}

/* What a tunnel carries, as far as IP's fixed header says. */
struct header_cache_inside {
	uint64_t header_end; /* offsets from where the carried packet begins; 0: it is ARP */
	uint64_t end;	     /* claimed by IP */
};

/* False if what IP carries could be a tunnel. */
SPAN_INLINE bool header_cache_last(const struct encap_table *table, struct span left,
				   const struct headers_usual_ip *ip)
{
	uint16_t port;

	if (ip->protocol == IPPROTO_TCP)
		return true;
	if (ip->protocol == IPPROTO_UDP)
		return span_be16(left, ip->next + DST_PORT_AT, &port) &&
		       !encap_may_be_tunnel(table, port);
	return ip->protocol == IPPROTO_ICMP || ip->protocol == IPPROTO_ICMPV6;
}

/*
 * Looks at what a tunnel carries: left begins there, of that link type. Returns true if it is
 * certainly neither another tunnel nor a fragment that could hold one; *inside is set then.
 */
SPAN_INLINE bool header_cache_inside(const struct encap_table *table, uint32_t linktype,
				     struct span left, struct header_cache_inside *inside)
{
	uint16_t type = ETHERTYPE_IPV4;
	struct headers_usual_ip ip;
	size_t at = 0;
	uint8_t first;

	if (linktype == LINK_ETHERNET) {
		if (!headers_usual_ethertype(left, &at, &type))
			return false;
	} else if (!span_u8(left, 0, &first)) {
		return false;
	} else if (first >> 4 == 6) {
		type = ETHERTYPE_IPV6;
	}
	*inside = (struct header_cache_inside){ 0 };
	if (type == ETHERTYPE_ARP)
		return true;
	if (!headers_usual_ip(left, type, at, &ip))
		return false;
	inside->header_end = ip.next;
	inside->end = ip.end;
	return header_cache_last(table, left, &ip);
}

/*
 * Learns the tunnel of a frame that was peeled, if it is one whose headers repeat: one tunnel, over
 * plain Ethernet and IP, without a sequence number, a length or a --meta option of its own. value
 * is what header_cache_lookup() shall give for the next packets of the tunnel, not NULL. A tunnel
 * is learned when it is seen for the second time, so that one that sends a single packet does not
 * push out others. Without memory nothing is learned.
 */
void header_cache_learn(struct header_cache *cache, struct span packet, const struct peel *peel,
			void *value);

#endif
