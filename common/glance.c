/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "glance.h"

enum { ETHERNET_LEN = 14, TAG_LEN = 4, TAGS_MAX = 2, IPV4_LEN = 20, IPV6_LEN = 40, UDP_LEN = 8 };
enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86DD };
enum { TYPE_QINQ = 0x88A8 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMP6 = 58 };
enum { NO_OPTIONS = 0x45, ANY_FRAGMENT = 0x3FFF };

/* Two ports of one slot, or two codecs of one port, are for encap_parse() to tell apart. */
static void add(struct glance_table *table, uint16_t number, unsigned encap)
{
	struct glance_port *port = &table->port[number % GLANCE_PORTS];

	if (!(table->select->wanted >> encap & 1))
		return;
	if (port->count > 0 && port->port == number && port->index == encap)
		return;
	*port = (struct glance_port){ .encap = encap_at(encap),
				      .index = (uint8_t)encap,
				      .count = port->count + (port->count < 2),
				      .port = number };
}

void glance_prepare(struct glance_table *table, const struct encap_select *select)
{
	enum { NUMBERS = sizeof(encap_at(0)->numbers) / sizeof(uint16_t) };

	*table = (struct glance_table){ .select = select };
	for (unsigned i = 0; i < encap_count(); i++)
		for (unsigned k = 0; k < NUMBERS && encap_at(i)->carrier == CARRIER_UDP; k++)
			if (encap_at(i)->numbers[k] != 0)
				add(table, encap_at(i)->numbers[k], i);
	for (unsigned i = 0; i < select->ports; i++)
		if (select->port[i].encap < encap_count())
			add(table, select->port[i].port, select->port[i].encap);
}

/* What stands behind Ethernet and its tags; false when they are cut or too many. */
static inline bool ethertype(struct span packet, size_t *at, uint16_t *type)
{
	if (!span_be16(packet, *at + ETHERNET_LEN - 2, type))
		return false;
	*at += ETHERNET_LEN;
	for (int i = 0; i < TAGS_MAX && (*type == TYPE_VLAN || *type == TYPE_QINQ); i++) {
		if (!span_be16(packet, *at + TAG_LEN - 2, type))
			return false;
		*at += TAG_LEN;
	}
	return true;
}

/* An IP header, and what matters here of the 8 bytes behind it. */
struct ip {
	uint64_t end; /* claimed; from the packet's start */
	size_t next;  /* where the 8 bytes begin */
	uint8_t version, protocol;
};

static inline bool ipv4(struct span packet, size_t at, struct ip *ip)
{
	uint16_t total = 0, fragment = 0;
	struct span header;
	uint8_t first = 0;

	if (!span_sub(packet, at, IPV4_LEN, &header))
		return false;
	span_u8(header, 0, &first);
	span_be16(header, 2, &total);
	span_be16(header, 6, &fragment);
	span_u8(header, 9, &ip->protocol);
	ip->version = 4;
	ip->next = at + IPV4_LEN;
	ip->end = at + total;
	return first == NO_OPTIONS && (fragment & ANY_FRAGMENT) == 0;
}

static inline bool ipv6(struct span packet, size_t at, struct ip *ip)
{
	struct span header;
	uint16_t payload = 0;
	uint8_t first = 0;

	if (!span_sub(packet, at, IPV6_LEN, &header))
		return false;
	span_u8(header, 0, &first);
	span_be16(header, 4, &payload);
	span_u8(header, 6, &ip->protocol);
	ip->version = 6;
	ip->next = at + IPV6_LEN;
	ip->end = ip->next + payload;
	return first >> 4 == 6;
}

static inline bool by_type(struct span packet, uint16_t type, size_t at, struct ip *ip)
{
	if (type == TYPE_IPV4)
		return ipv4(packet, at, ip);
	return type == TYPE_IPV6 && ipv6(packet, at, ip);
}

/* UDP, whole, with lengths that make sense; the smaller one is where the tunnel ends. */
static inline bool udp(struct span packet, struct ip *ip, uint16_t *port)
{
	struct span header;
	uint16_t length = 0;

	if (ip->protocol != PROTOCOL_UDP || ip->end < ip->next + UDP_LEN ||
	    !span_sub(packet, ip->next, UDP_LEN, &header))
		return false;
	span_be16(header, 2, port);
	span_be16(header, 4, &length);
	if (ip->next + length < ip->end)
		ip->end = ip->next + length;
	return length >= UDP_LEN;
}

/* The last 8 or 32 bytes in front of ip->next are addresses. */
static inline void read_source(struct glance *glance, struct span packet, const struct ip *ip)
{
	uint32_t four = 0;

	glance->version = ip->version;
	if (ip->version == 6) {
		span_copy(packet, ip->next - 32, &glance->source[0], sizeof(uint64_t));
		span_copy(packet, ip->next - 24, &glance->source[1], sizeof(uint64_t));
		return;
	}
	span_copy(packet, ip->next - 8, &four, sizeof(four));
	glance->source[0] = four;
	glance->source[1] = 0;
}

static inline bool parse(struct glance *glance, const struct glance_table *table, uint16_t port,
			 struct span bytes)
{
	const struct glance_port *known = &table->port[port % GLANCE_PORTS];

	if (known->count != 1 || known->port != port)
		return false;
	glance->encap = known->index;
	glance->tunnel = (struct tunnel){ .encap = known->encap, .payload_len = UINT32_MAX };
	return known->encap->parse(bytes, port, &glance->tunnel) == ENCAP_OK &&
	       encap_id_selected(table->select, &glance->tunnel);
}

/* As take() of peel.c, for the first tunnel. */
static inline void take(struct glance *glance, uint32_t payload, uint64_t end, uint32_t caplen,
			uint32_t len)
{
	if (glance->tunnel.payload_len != UINT32_MAX &&
	    payload + (uint64_t)glance->tunnel.payload_len < end)
		end = payload + (uint64_t)glance->tunnel.payload_len;
	glance->offset = payload;
	glance->len = (len > caplen ? len : caplen) - payload;
	if (end - payload < glance->len)
		glance->len = (uint32_t)(end - payload);
	glance->caplen = caplen - payload;
	if (glance->caplen > glance->len)
		glance->caplen = glance->len;
}

static inline bool may_be_tunnel(const struct glance_table *table, uint16_t port)
{
	const struct glance_port *known = &table->port[port % GLANCE_PORTS];

	return known->count > 1 || (known->count == 1 && known->port == port);
}

static inline bool ends_here(const struct glance_table *table, struct span left,
			     const struct ip *ip)
{
	uint16_t port;

	if (ip->protocol == PROTOCOL_UDP)
		return span_be16(left, ip->next + 2, &port) && !may_be_tunnel(table, port);
	return ip->protocol == PROTOCOL_TCP || ip->protocol == PROTOCOL_ICMP ||
	       ip->protocol == PROTOCOL_ICMP6;
}

bool glance_inside(const struct glance_table *table, uint32_t linktype, struct span left,
		   bool *fills)
{
	uint16_t type = TYPE_IPV4;
	struct ip ip;
	uint8_t first;
	size_t at = 0;

	*fills = false;
	if (linktype == LINK_ETHERNET) {
		if (!ethertype(left, &at, &type))
			return false;
	} else if (linktype != LINK_RAW || !span_u8(left, 0, &first)) {
		return false;
	} else if (first >> 4 == 6) {
		type = TYPE_IPV6;
	}
	if (type == TYPE_ARP)
		return true;
	if (!by_type(left, type, at, &ip))
		return false;
	*fills = ip.end == left.len;
	return ends_here(table, left, &ip);
}

bool glance_at(struct glance *glance, const struct glance_table *table, uint32_t linktype,
	       const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct span packet = span_of(data, caplen);
	uint16_t type, port = 0;
	size_t at = 0, tunnel;
	struct ip ip;

	if (linktype != LINK_ETHERNET || !ethertype(packet, &at, &type) ||
	    !by_type(packet, type, at, &ip) || !udp(packet, &ip, &port))
		return false;
	tunnel = ip.next + UDP_LEN;
	if (ip.end < packet.len)
		packet = span_first(packet, (size_t)ip.end);
	if (!parse(glance, table, port, span_from(packet, tunnel)))
		return false;
	if (table->select->strict && glance->tunnel.anomalies != 0)
		return false;
	take(glance, (uint32_t)(tunnel + glance->tunnel.header_len), ip.end, caplen, len);
	read_source(glance, packet, &ip);
	return glance_inside(table, glance->tunnel.linktype,
			     span_of(data + glance->offset, glance->caplen), &glance->fills);
}
