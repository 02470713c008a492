/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "untaken.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/human.h"
#include "header/fields.h"

void untaken_init(struct untaken *untaken, const struct encap_select *select)
{
	struct encap_select usual;

	encap_select_default(&usual);
	untaken->select = select;
	untaken->all = *select;
	untaken->all.wanted |= usual.wanted;
	untaken->all.ranges = 0;
	untaken->restricted = select->ranges > 0 || select->wanted != untaken->all.wanted;
	encap_table_init(&untaken->table, &untaken->all);
}

bool untaken_restricts_encaps(const struct untaken *untaken)
{
	return untaken->select->wanted != untaken->all.wanted;
}

void untaken_free(struct untaken *untaken)
{
	free(untaken->udp);
}

static void untaken_note_id(struct untaken *untaken, uint32_t id)
{
	for (unsigned i = 0; i < untaken->ids; i++)
		if (untaken->id[i] == id)
			return;
	if (untaken->ids < UNTAKEN_IDS)
		untaken->id[untaken->ids++] = id;
	else
		untaken->more_ids = true;
}

void untaken_print_ids(const struct untaken *untaken, FILE *to)
{
	for (unsigned i = 0; i < untaken->ids; i++)
		fprintf(to, "%s%" PRIu32, i ? ", " : " (", untaken->id[i]);
	if (untaken->ids > 0)
		fputs(untaken->more_ids ? ", ...)" : ")", to);
}

enum untaken_left untaken_judge(struct untaken *untaken, const struct headers *headers,
				struct span packet)
{
	struct tunnel tunnel;

	if (!untaken->restricted ||
	    encap_parse(headers, &untaken->table, packet, &tunnel) != ENCAP_OK)
		return UNTAKEN_NO_TUNNEL;
	if (!(untaken->select->wanted >> tunnel.index & 1))
		return UNTAKEN_OTHER_ENCAP;
	if (encap_id_selected(untaken->select, &tunnel))
		return UNTAKEN_NO_TUNNEL;
	if (tunnel.has_id)
		untaken_note_id(untaken, tunnel.id);
	return UNTAKEN_OTHER_ID;
}

/* Returns true if the port is one of those that are assigned to the codec. */
static bool untaken_owns(unsigned index, uint16_t port)
{
	const struct encap *encap = encap_at(index);

	for (unsigned i = 0; i < sizeof(encap->numbers) / sizeof(*encap->numbers); i++)
		if (encap->numbers[i] == port)
			return true;
	return false;
}

static bool untaken_is_off(const struct encap_select *all, unsigned index)
{
	return !(all->wanted >> index & 1);
}

/* Returns true if the user said what the port carries. */
static bool untaken_is_said(const struct encap_select *all, uint16_t port)
{
	for (unsigned i = 0; i < all->ports; i++)
		if (all->port[i].port == port)
			return true;
	return false;
}

/* Nearly any bytes parse as some tunnel header; only a packet behind it makes it likely. */
static bool untaken_carries(const struct tunnel *tunnel, struct span payload)
{
	struct headers inner;
	uint16_t type = 0;

	headers_parse(&inner, tunnel->linktype, payload, tunnel->header_len);
	if (inner.ip_version != 0)
		return inner.end != HEADERS_MALFORMED;
	return tunnel->linktype == LINK_ETHERNET &&
	       span_be16(payload, tunnel->header_len + ETHERNET_TYPE_AT, &type) &&
	       type == ETHERTYPE_ARP;
}

static bool untaken_fits(unsigned index, struct span payload)
{
	const struct encap *encap = encap_at(index);
	struct tunnel tunnel = { .encap = encap,
				 .index = (uint8_t)index,
				 .payload_len = UINT32_MAX };

	return encap->carrier == CARRIER_UDP &&
	       encap->parse(payload, encap->numbers[0], &tunnel) == ENCAP_OK &&
	       tunnel.anomalies == 0 && untaken_carries(&tunnel, payload);
}

/*
 * Returns the index of a codec that the payload of a UDP datagram looks like, or encap_count(). One
 * that owns the port was tried already unless it is off; then it is likelier than any other.
 */
static unsigned untaken_looks_like(const struct encap_select *all, uint16_t port,
				   struct span payload)
{
	unsigned like = encap_count();

	if (untaken_is_said(all, port))
		return like;
	for (unsigned i = 0; i < encap_count(); i++) {
		bool owns = untaken_owns(i, port);

		if ((owns ? !untaken_is_off(all, i) : like < encap_count()) ||
		    !untaken_fits(i, payload))
			continue;
		like = i;
		if (owns)
			break;
	}
	return like;
}

static void untaken_look_at_udp(struct untaken *untaken, uint16_t number, struct span payload)
{
	unsigned encap = untaken_looks_like(&untaken->all, number, payload);
	struct untaken_port *port;

	if (!untaken->udp)
		untaken->udp = calloc(UNTAKEN_PORTS, sizeof(*untaken->udp));
	if (!untaken->udp)
		return;
	port = &untaken->udp[number];
	port->packets++;
	if (encap == encap_count())
		return;
	if (port->like == 0)
		port->encap = (uint8_t)encap;
	port->like += port->encap == encap;
}

static enum untaken_kind untaken_kind_of(const struct headers *headers)
{
	if (headers->ip_version == 0)
		return UNTAKEN_NOT_IP;
	if (headers_is_udp(headers))
		return UNTAKEN_UDP;
	return headers->protocol == IPPROTO_TCP ? UNTAKEN_TCP : UNTAKEN_OTHER_IP;
}

void untaken_look(struct untaken *untaken, const struct headers *headers, struct span packet)
{
	enum untaken_kind kind = untaken_kind_of(headers);

	if (headers->end == HEADERS_UNKNOWN_LINK)
		return;
	untaken->kind[kind]++;
	if (kind == UNTAKEN_UDP && headers->end == HEADERS_TRANSPORT)
		untaken_look_at_udp(untaken, headers->dst_port,
				    span_from(packet, headers->payload));
}

/* Returns the port with the most packets that look like a tunnel; if there are none, the one with
 * the most packets. NULL if untaken_look() saw no UDP. */
static const struct untaken_port *untaken_find_port(const struct untaken_port *udp)
{
	const struct untaken_port *best = udp;

	for (unsigned i = 1; udp && i < UNTAKEN_PORTS; i++)
		if (udp[i].like > best->like ||
		    (udp[i].like == best->like && udp[i].packets > best->packets))
			best = &udp[i];
	return best;
}

bool untaken_finds_port(const struct untaken *untaken)
{
	const struct untaken_port *port = untaken_find_port(untaken->udp);

	return port && port->like > 0;
}

static void untaken_print_kinds(const struct untaken *untaken, const struct untaken_port *port,
				FILE *to)
{
	static const char *const names[] = { "went to TCP", "went to UDP",
					     "went to other protocols of IP", "are not IP" };
	const char *comma = "";
	char number[HUMAN_SIZE];

	for (unsigned i = 0; i < UNTAKEN_KINDS; i++) {
		if (untaken->kind[i] == 0)
			continue;
		fprintf(to, "%s%s %s", comma, human_count(number, untaken->kind[i]), names[i]);
		if (i == UNTAKEN_UDP && port)
			fprintf(to, " (%s to port %u)", human_count(number, port->packets),
				(unsigned)(port - untaken->udp));
		comma = ", ";
	}
	if (*comma)
		fputs("; ", to);
}

bool untaken_print(const struct untaken *untaken, FILE *to)
{
	const struct untaken_port *port = untaken_find_port(untaken->udp);
	unsigned number = port ? (unsigned)(port - untaken->udp) : 0;
	char like[HUMAN_SIZE];
	const char *name;

	if (!port || port->like == 0) {
		untaken_print_kinds(untaken, port, to);
		return true;
	}
	name = encap_at(port->encap)->name;
	fprintf(to, "%s went to UDP port %u and look like ", human_count(like, port->like), number);
	for (const char *c = name; *c; c++)
		putc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, to);
	if (untaken_owns(port->encap, (uint16_t)number))
		fprintf(to, ": try -e %s", name);
	else
		fprintf(to, ": try --port %s:%u", name, number);
	if (untaken_restricts_encaps(untaken) && untaken_is_off(untaken->select, port->encap) &&
	    !untaken_owns(port->encap, (uint16_t)number))
		fprintf(to, " -e %s", name);
	return false;
}
