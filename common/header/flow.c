/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/flow.h"

#include <arpa/inet.h>

#include "base/digits.h"
#include "header/headers_usual.h"

enum { IPV6_GROUPS = IPV6_ADDRESS_LEN / 2 };

_Static_assert((int)FLOW_ADDRESS_MAX == (int)INET6_ADDRSTRLEN, "inet_ntop fits");

bool flow_of(struct flow *flow, const struct headers *headers, struct span packet)
{
	struct span addresses = headers_address_bytes(headers, packet);

	memset(flow, 0, sizeof *flow);
	if (!span_copy(addresses, 0, flow->source.address, addresses.len / 2) ||
	    !span_copy(addresses, addresses.len / 2, flow->destination.address, addresses.len / 2))
		return false;
	flow->version = headers->ip_version;
	flow->protocol = headers->protocol;
	flow->has_ports = headers_have_ports(headers);
	flow->source.port = headers->src_port;
	flow->destination.port = headers->dst_port;
	return headers->ip_version != 0;
}

static inline uint64_t be64(struct span bytes, size_t at)
{
	uint64_t value = 0;

	span_copy(bytes, at, &value, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

/* By numbers, as a call of memcmp() costs more. */
static bool flow_is_above(const struct flow_end *a, const struct flow_end *b)
{
	struct span first = span_of(a->address, sizeof a->address);
	struct span second = span_of(b->address, sizeof b->address);
	uint64_t x = be64(first, 0), y = be64(second, 0);

	if (x != y)
		return x > y;
	x = be64(first, sizeof x);
	y = be64(second, sizeof y);
	return x != y ? x > y : a->port > b->port;
}

bool flow_normalise(struct flow *flow)
{
	struct flow_end source = flow->source;

	if (!flow_is_above(&flow->source, &flow->destination))
		return false;
	flow->source = flow->destination;
	flow->destination = source;
	return true;
}

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 32;
}

static inline uint64_t hash_begin(uint8_t version, uint8_t protocol, bool has_ports)
{
	return mix(UINT64_C(0x51D6F22D9A04B3E7),
		   (uint64_t)version << 16 | (uint64_t)protocol << 8 | has_ports);
}

/* source, destination: address and port in one number, which orders them as flow_normalise() does.
 */
SPAN_INLINE uint64_t hash_ipv4(uint64_t hash, uint64_t source, uint64_t destination)
{
	bool turn = source > destination;

	hash = mix(mix(hash, turn ? destination : source), turn ? source : destination);
	return mix(hash, hash >> 29);
}

/* addresses: source and destination, 16 bytes each. They are read as big-endian numbers, so that
 * hosts of either byte order compute one hash. */
static inline uint64_t hash_ipv6(uint64_t hash, struct span addresses, uint16_t from, uint16_t to)
{
	uint64_t a = be64(addresses, 0), b = be64(addresses, 8);
	uint64_t c = be64(addresses, 16), d = be64(addresses, 24);
	bool turn = a != c ? a > c : b != d ? b > d : from > to;

	hash = mix(mix(hash, turn ? c : a), turn ? d : b);
	hash = mix(mix(hash, turn ? a : c), turn ? b : d);
	hash = mix(hash, turn ? (uint64_t)to << 16 | from : (uint64_t)from << 16 | to);
	return mix(hash, hash >> 29);
}

SPAN_INLINE uint64_t hash_addresses(uint64_t hash, uint8_t version, struct span addresses,
				    uint16_t from, uint16_t to)
{
	uint32_t source = 0, destination = 0;

	if (version != 4)
		return hash_ipv6(hash, addresses, from, to);
	span_be32(addresses, 0, &source);
	span_be32(addresses, IPV4_ADDRESS_LEN, &destination);
	return hash_ipv4(hash, (uint64_t)source << 16 | from, (uint64_t)destination << 16 | to);
}

uint64_t flow_hash(const struct flow *flow)
{
	size_t len = flow->version == 4 ? IPV4_ADDRESS_LEN : IPV6_ADDRESS_LEN;
	uint8_t addresses[2 * IPV6_ADDRESS_LEN];

	memcpy(addresses, flow->source.address, len);
	memcpy(addresses + len, flow->destination.address, len);
	return hash_addresses(hash_begin(flow->version, flow->protocol, flow->has_ports),
			      flow->version, span_of(addresses, 2 * len), flow->source.port,
			      flow->destination.port);
}

uint64_t flow_hash_packet(const struct headers *headers, struct span packet)
{
	return hash_addresses(
		hash_begin(headers->ip_version, headers->protocol, headers_have_ports(headers)),
		headers->ip_version, headers_address_bytes(headers, packet), headers->src_port,
		headers->dst_port);
}

int flow_hash_usual(uint32_t linktype, struct span packet, uint64_t *hash)
{
	struct headers_usual_ip ip;
	uint16_t type, from, to;
	size_t at = 0;

	if (linktype != LINK_ETHERNET || !headers_usual_ethertype(packet, &at, &type) ||
	    !headers_usual_ip(packet, type, at, &ip) || ip.next + PORTS_LEN > ip.end ||
	    (ip.protocol != IPPROTO_TCP && ip.protocol != IPPROTO_UDP) ||
	    !span_be16(packet, ip.next + SRC_PORT_AT, &from) ||
	    !span_be16(packet, ip.next + DST_PORT_AT, &to))
		return -1;
	*hash = hash_addresses(hash_begin(ip.version, ip.protocol, true), ip.version,
			       span_from(ip.header, ip.version == 6 ? IPV6_SRC_AT : IPV4_SRC_AT),
			       from, to);
	return ip.protocol == IPPROTO_UDP ? to : 0;
}

/* The groups of 16 bits of an IPv6 address for which `::` stands. */
struct flow_zeros {
	unsigned first, count;
};

/* RFC 5952, section 4.2: the longest run of two or more groups of 0, the first of several. */
static struct flow_zeros flow_find_zeros(const uint16_t group[IPV6_GROUPS])
{
	struct flow_zeros best = { .first = IPV6_GROUPS, .count = 1 };

	for (unsigned i = 0; i < IPV6_GROUPS; i++) {
		unsigned first = i;

		while (i < IPV6_GROUPS && group[i] == 0)
			i++;
		if (i - first > best.count)
			best = (struct flow_zeros){ first, i - first };
	}
	return best;
}

/* RFC 5952, sections 4.1 and 4.3: small letters, no zeros in front. */
static char *flow_put_group(char *to, uint16_t group)
{
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[group >> shift & 15];
	return to;
}

/* Writes an address that does not begin with a group of 0. inet_ntop() of glibc prints each group
 * by sprintf(), and takes four times as long. */
static void flow_put_ipv6(const uint16_t group[IPV6_GROUPS], char *to)
{
	struct flow_zeros zeros = flow_find_zeros(group);

	for (unsigned i = 0; i < IPV6_GROUPS; i++) {
		if (i == zeros.first) {
			*to++ = ':';
			i += zeros.count;
			if (i == IPV6_GROUPS)
				*to++ = ':';
		}
		if (i < IPV6_GROUPS) {
			if (i > 0)
				*to++ = ':';
			to = flow_put_group(to, group[i]);
		}
	}
	*to = '\0';
}

static void flow_address_ipv6(const uint8_t *address, char text[FLOW_ADDRESS_MAX])
{
	struct span bytes = span_of(address, IPV6_ADDRESS_LEN);
	uint16_t group[IPV6_GROUPS];

	for (unsigned i = 0; i < IPV6_GROUPS; i++)
		span_be16(bytes, 2 * i, &group[i]);
	/* Some addresses that begin with 0 end in an IPv4 address, which is written with points. */
	if (group[0] == 0)
		inet_ntop(AF_INET6, address, text, FLOW_ADDRESS_MAX);
	else
		flow_put_ipv6(group, text);
}

void flow_address(uint8_t version, const uint8_t *address, char text[FLOW_ADDRESS_MAX])
{
	/* inet_ntop() of glibc and musl keeps all rules of RFC 5952, section 4. */
	_Static_assert(FLOW_ADDRESS_MAX >= INET6_ADDRSTRLEN, "every address fits");
	if (version != 4) {
		flow_address_ipv6(address, text);
		return;
	}
	for (unsigned i = 0; i < IPV4_ADDRESS_LEN; i++) {
		text = digits_put(text, address[i]);
		*text++ = '.';
	}
	text[-1] = '\0';
}
