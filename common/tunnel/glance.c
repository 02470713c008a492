/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/glance.h"

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

/* UDP, whole, with lengths that make sense; the smaller one is where the tunnel ends. */
static inline bool udp(struct span packet, struct plain_ip *ip, uint16_t *port)
{
	struct span header;
	uint16_t length = 0;

	if (ip->protocol != PLAIN_UDP || ip->end < ip->next + PLAIN_UDP_LEN ||
	    !span_sub(packet, ip->next, PLAIN_UDP_LEN, &header))
		return false;
	span_be16(header, 2, port);
	span_be16(header, 4, &length);
	if (ip->next + length < ip->end)
		ip->end = ip->next + length;
	return length >= PLAIN_UDP_LEN;
}

/* The last 8 or 32 bytes in front of ip->next are addresses. */
static inline void read_source(struct glance *glance, struct span packet, const struct plain_ip *ip)
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

/* As take() of tunnel/peel.c, for the first tunnel. */
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

bool glance_take(struct glance *glance, const struct glance_table *table, struct span packet,
		 struct plain_ip outer, uint32_t len)
{
	uint32_t caplen = (uint32_t)packet.len;
	size_t tunnel = outer.next + PLAIN_UDP_LEN;
	uint16_t port = 0;

	if (!udp(packet, &outer, &port))
		return false;
	packet = span_first(packet, (size_t)outer.end);
	if (!parse(glance, table, port, span_from(packet, tunnel)))
		return false;
	if (table->select->strict && glance->tunnel.anomalies != 0)
		return false;
	take(glance, (uint32_t)(tunnel + glance->tunnel.header_len), outer.end, caplen, len);
	read_source(glance, packet, &outer);
	return true;
}

bool glance_at(struct glance *glance, const struct glance_table *table, uint32_t linktype,
	       const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct span packet = span_of(data, caplen);
	struct plain_ip ip;
	uint16_t type;
	size_t at = 0;

	return linktype == LINK_ETHERNET && plain_ethertype(packet, &at, &type) &&
	       plain_by_type(packet, type, at, &ip) &&
	       glance_take(glance, table, packet, ip, len) &&
	       glance_inside(table, glance->tunnel.linktype,
			     span_of(data + glance->offset, glance->caplen), &glance->fills);
}
