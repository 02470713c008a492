/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps outer headers to what peel_packet() found in them. The packets of a tunnel have equal outer
 * headers but for lengths, identifications and checksums, so that a tool compares the headers of
 * the usual packet instead of parsing them. A full cache replaces old tunnels; a tunnel that is not
 * in the cache costs time and never gives a wrong result.
 */
#ifndef VTAP_TUNNEL_HEADER_CACHE_H
#define VTAP_TUNNEL_HEADER_CACHE_H

#include "header/headers_usual.h"
#include "tunnel/peel.h"

/*
 * The bytes of a frame that are compared: from HEADER_CACHE_SKIP to HEADER_CACHE_LEN, in words of 8
 * bytes. The first half of the words is enough for IPv4.
 */
enum {
	HEADER_CACHE_LEN = 96,
	HEADER_CACHE_SKIP = 8, /* bytes of MAC addresses, which are not compared */
	HEADER_CACHE_WORDS = (HEADER_CACHE_LEN - HEADER_CACHE_SKIP) / 8,
	HEADER_CACHE_HALF = 7,
	HEADER_CACHE_HALF_LEN = HEADER_CACHE_SKIP + HEADER_CACHE_HALF * 8,
	HEADER_CACHE_FIELD_MASK = 62, /* all bits of a length field's offset, which is even */
};

enum {
	HEADER_CACHE_WAYS = 4,	      /* entries of a set; a hash chooses the set */
	HEADER_CACHE_MAX = 64 * 1024, /* entries; a new one replaces an old one then */
	HEADER_CACHE_SHAPES = 64,     /* layouts of headers; packets of others are not cached */
};

/* The outer headers of one tunnel. Offsets are in the packet. */
struct header_cache_entry {
	uint64_t bytes[HEADER_CACHE_WORDS]; /* the headers; bytes that may differ are 0 */
	void *value;			    /* what the tool gave to header_cache_learn() */
	uint32_t hash;			    /* header_cache_hash(); 0 if the entry is free */
	uint8_t shape;			    /* index of the mask of bytes that are compared */
	bool both;			    /* both halves of the words are compared */
	uint8_t network;		    /* offset of the outer IP header */
	uint8_t ip_len_at;		    /* offset of the length field of the outer IP header */
	uint8_t ip_base;		    /* offset from which IP's length counts */
	uint8_t udp_len_at; /* offset of UDP's length field; ip_len_at without UDP */
	uint8_t udp_base;   /* offset from which UDP's length counts; ip_base without UDP */
	uint8_t tunnel;	    /* offset of the tunnel header; 0 without UDP */
	uint8_t offset;	    /* offset of what the tunnel carries */
	uint8_t linktype;   /* link type of what the tunnel carries */
	uint8_t index;	    /* encap_index() of the encapsulation */
};

struct header_cache {
	struct header_cache_entry *entries; /* `sets` times HEADER_CACHE_WAYS */
	uint32_t sets;			    /* a power of two */
	uint32_t count;			    /* entries in use */
	uint32_t turn;	 /* modulo HEADER_CACHE_WAYS: the entry of a full set to replace next */
	unsigned shapes; /* masks in use */
	uint64_t mask[HEADER_CACHE_SHAPES][16]; /* HEADER_CACHE_WORDS are used; 16 are faster */
	uint64_t *seen;	     /* Bloom filter of the hashes of tunnels that were seen */
	uint32_t seen_count; /* hashes in the filter */
};

/* Makes an empty cache, which allocates memory when it is offered the first tunnel. */
void header_cache_init(struct header_cache *cache);

/* Frees the memory of a cache and makes it empty. */
void header_cache_free(struct header_cache *cache);

/*
 * Returns a hash of an address and the id of a tunnel; it is never 0. Its lowest bits choose the
 * set. They come from the upper half of the product, which depends on all bits: in the lower half
 * they would depend on the lowest bits of the address alone, in which hosts of many networks do not
 * differ (10.1.0.5, 10.2.0.5).
 */
SPAN_INLINE uint32_t header_cache_mix(uint32_t source, uint32_t id)
{
	uint64_t both = (uint64_t)source << 32 ^ id;
	unsigned __int128 product = (unsigned __int128)both * UINT64_C(0x9E3779B97F4A7C15);

	return (uint32_t)(product >> 64) | UINT32_C(0x80000000);
}

/*
 * Returns what tells the tunnels of one source address apart: over UDP the second word of the
 * tunnel header, which has the id in VXLAN and GENEVE; the flags and key of GRE; 0 for all others.
 * at: offset of what IP carries.
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

/* Returns the hash of a frame with an IPv4 header at offset ip. */
SPAN_INLINE uint32_t header_cache_ipv4(struct span head, size_t ip)
{
	uint32_t source = 0;
	uint8_t protocol = 0;

	span_u8(head, ip + IPV4_PROTOCOL_AT, &protocol);
	span_be32(head, ip + IPV4_SRC_AT, &source);
	return header_cache_mix(source, header_cache_id(head, ip + IPV4_MIN_LEN, protocol));
}

/* Returns the hash of a frame with an IPv6 header at offset ip. */
SPAN_INLINE uint32_t header_cache_ipv6(struct span head, size_t ip)
{
	uint32_t source = 0;
	uint8_t next = 0;

	span_u8(head, ip + IPV6_NEXT_AT, &next);
	span_be32(head, ip + IPV6_SRC_AT + 12, &source);
	return header_cache_mix(source, header_cache_id(head, ip + IPV6_LEN, next));
}

/* Returns the hash of an Ethernet frame of at least HEADER_CACHE_HALF_LEN bytes. If the frame has
 * neither IP behind at most one VLAN tag nor IPv4 behind two, the hash is of whatever bytes stand
 * where an IPv4 header behind two tags would: a lookup is then slower, and no less right. */
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

/* Returns true if the headers of a packet are those of an entry. */
SPAN_INLINE bool header_cache_fits(const struct header_cache *cache,
				   const struct header_cache_entry *entry, struct span packet)
{
	const uint64_t *mask = cache->mask[entry->shape];

	return span_fits(packet, HEADER_CACHE_SKIP, mask, entry->bytes, HEADER_CACHE_HALF) &&
	       (!entry->both || span_fits(packet, HEADER_CACHE_HALF_LEN, mask + HEADER_CACHE_HALF,
					  entry->bytes + HEADER_CACHE_HALF,
					  HEADER_CACHE_WORDS - HEADER_CACHE_HALF));
}

/* Sets *end to the offset at which the outer lengths end. Returns false if those of IP and UDP end
 * at different offsets. */
SPAN_INLINE bool header_cache_end(const struct header_cache_entry *entry, struct span packet,
				  uint32_t *end)
{
	uint16_t ip_len = 0, udp_len = 0;

	/* The mask bounds the offsets, so that the compiler leaves span_be16()'s checks out. */
	span_be16(packet, entry->ip_len_at & HEADER_CACHE_FIELD_MASK, &ip_len);
	span_be16(packet, entry->udp_len_at & HEADER_CACHE_FIELD_MASK, &udp_len);
	*end = entry->ip_base + (uint32_t)ip_len;
	return *end == entry->udp_base + (uint32_t)udp_len;
}

/*
 * Looks up the tunnel of an Ethernet frame. Returns its entry, which is valid until the next
 * header_cache_learn() or header_cache_free(), or NULL if the packet has to be parsed.
 * peel_packet() would take that tunnel off. *end is the offset at which the outer headers say that
 * the packet ends; it may lie in front of entry->offset. Ask header_cache_inside() whether another
 * tunnel is inside.
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

/*
 * Fetches what header_cache_lookup() will look at into the processor's cache, for a packet that
 * comes soon: with thousands of tunnels, waiting for memory is most of what a lookup takes. hash:
 * of the packet (header_cache_hash()).
 */
SPAN_INLINE void header_cache_fetch(const struct header_cache *cache, uint32_t hash)
{
	enum { LINE = 64, LINES = 4 }; /* half of the entries: most sets have no more */
	const char *set = (const char *)(cache->entries +
					 (size_t)(hash & (cache->sets - 1)) * HEADER_CACHE_WAYS);

	for (int i = 0; i < LINES; i++)
		__builtin_prefetch(set + (ptrdiff_t)i * LINE);
}

/* Returns the value that header_cache_lookup() is likely to find for a packet with this hash, which
 * is good for fetching only. Returns NULL if no tunnel has this hash. */
SPAN_INLINE void *header_cache_guess(const struct header_cache *cache, uint32_t hash)
{
	const struct header_cache_entry *entry =
		cache->entries + (size_t)(hash & (cache->sets - 1)) * HEADER_CACHE_WAYS;

	for (int i = 0; i < HEADER_CACHE_WAYS; i++, entry++)
		if (entry->hash == hash)
			return entry->value;
	return NULL;
}

/* What a tunnel carries. Offsets count from the start of the carried packet; both are 0 for ARP. */
struct header_cache_inside {
	uint64_t header_end; /* offset behind the IP header */
	uint64_t end;	     /* offset of the end that IP's length claims; nothing checks it: it may
				lie in front of header_end (GSO packets) or behind the frame */
};

/* Returns true if what IP carries is no tunnel for certain: TCP, ICMP, or UDP to a port that no
 * selected codec has. left: the packet that ip was read from. */
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
 * Reads the headers of what a tunnel carries. left: its bytes; linktype: its link type. Returns
 * true, and sets *inside, if it is ARP or an unfragmented TCP, UDP or ICMP packet that is no other
 * tunnel. Returns false if it has to be parsed.
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
 * Offers the outer headers of an Ethernet frame that was peeled. The cache learns them when it sees
 * the tunnel for the second time, so that single packets do not replace tunnels. It learns only
 * headers that repeat: of one tunnel, with IP without options or extension headers, and without a
 * sequence number, length, checksum, direction, tag or meta option in the tunnel header. value:
 * what the entry of the tunnel shall have, not NULL; the caller owns it, and it has to live as long
 * as the cache. If there is no memory, nothing is learned.
 */
void header_cache_learn(struct header_cache *cache, struct span packet, const struct peel *peel,
			void *value);

#endif
