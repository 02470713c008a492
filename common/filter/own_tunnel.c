/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/own_tunnel.h"

enum { PROTOCOL_UDP = 17, ICMP_LEN = 8 };
enum { IPV4_SOURCE = 12, IPV4_ADDRESS = 4, IPV6_SOURCE = 8, IPV6_ADDRESS = 16 };

/* Where an IP packet goes, and from where. IPv4: the first 4 bytes, the rest zero. */
struct way {
	uint8_t version, protocol;
	uint16_t port;
	uint8_t source[16], destination[16];
};

void own_tunnel_init(struct own_tunnel *own, bool fragments,
		     bool (*is_local)(void *arg, uint8_t version, const uint8_t *address),
		     void *arg)
{
	*own = (struct own_tunnel){ .fragments = fragments,
				    .is_local = is_local,
				    .is_local_arg = arg };
}

static void set_bit(uint64_t bits[4], unsigned bit)
{
	bits[bit / 64 % 4] |= UINT64_C(1) << bit % 64;
}

static bool has_bit(const uint64_t bits[4], unsigned bit)
{
	return bits[bit / 64 % 4] >> bit % 64 & 1;
}

static void fill(struct own_tunnel_target *target, const struct outer_header *outer_header)
{
	bool udp = outer_header->encap->carrier == CARRIER_UDP;

	target->version = outer_header->version;
	target->protocol = udp ? PROTOCOL_UDP : (uint8_t)outer_header->encap->numbers[0];
	target->port = udp ? outer_header->port : 0;
	memcpy(target->address, outer_header->destination,
	       outer_header->version == 4 ? IPV4_ADDRESS : IPV6_ADDRESS);
}

void own_tunnel_set(struct own_tunnel *own, unsigned index, const struct outer_header *outer_header)
{
	if (index >= OWN_TUNNEL_TARGETS_MAX)
		return;
	own->targets[index] = (struct own_tunnel_target){ 0 };
	if (outer_header != NULL)
		fill(&own->targets[index], outer_header);
	if (index >= own->count)
		own->count = index + 1;
	memset(own->protocols, 0, sizeof own->protocols);
	memset(own->ports, 0, sizeof own->ports);
	for (unsigned i = 0; i < own->count; i++)
		if (own->targets[i].version != 0) {
			set_bit(own->protocols, own->targets[i].protocol);
			set_bit(own->ports, own->targets[i].port);
		}
}

static bool addresses(struct way *way, const struct layer *ip, struct span packet)
{
	bool four = ip->protocol == LAYER_IPV4;
	size_t len = four ? IPV4_ADDRESS : IPV6_ADDRESS;
	size_t source = ip->offset + (size_t)(four ? IPV4_SOURCE : IPV6_SOURCE);

	memset(way->source, 0, sizeof way->source);
	memset(way->destination, 0, sizeof way->destination);
	way->version = four ? 4 : 6;
	return span_copy(packet, source, way->source, len) &&
	       span_copy(packet, source + len, way->destination, len);
}

static bool to_target(const struct own_tunnel *own, const struct way *way)
{
	for (unsigned i = 0; i < own->count; i++) {
		const struct own_tunnel_target *target = &own->targets[i];

		if (target->port == way->port && target->protocol == way->protocol &&
		    target->version == way->version &&
		    memcmp(target->address, way->destination, sizeof way->destination) == 0)
			return true;
	}
	return false;
}

/* Identifications mostly count up, so that the latest of one target take a slot each. */
static struct own_tunnel_fragment *slot(struct own_tunnel *own, uint32_t id)
{
	return &own->seen[(id ^ id >> 16) % OWN_TUNNEL_FRAGMENTS];
}

static void remember(struct own_tunnel *own, const struct way *way, uint32_t id)
{
	struct own_tunnel_fragment *fragment = slot(own, id);

	fragment->version = way->version;
	fragment->protocol = way->protocol;
	fragment->id = id;
	memcpy(fragment->source, way->source, sizeof way->source);
	memcpy(fragment->destination, way->destination, sizeof way->destination);
}

/* Not forgotten with the last fragment: a packet may pass several interfaces that are mirrored. */
static bool remembered(struct own_tunnel *own, const struct layer *ip, struct span packet)
{
	const struct own_tunnel_fragment *fragment = slot(own, ip->fragment_id);
	struct way way;

	return fragment->id == ip->fragment_id && fragment->protocol == ip->next &&
	       addresses(&way, ip, packet) && fragment->version == way.version &&
	       memcmp(fragment->source, way.source, sizeof way.source) == 0 &&
	       memcmp(fragment->destination, way.destination, sizeof way.destination) == 0;
}

static bool is_sent(struct own_tunnel *own, const struct layers *layers, struct span packet,
		    bool quoted)
{
	const struct layer *ip = &layers->layer[layers->ip];
	struct way way = { .protocol = (uint8_t)ip->next };

	if (!has_bit(own->protocols, way.protocol))
		return false;
	if (ip->flags & LAYER_LATER_FRAGMENT)
		return remembered(own, ip, packet);
	if (layers->transport >= 0)
		way.port = layers->layer[layers->transport].tag2;
	if (!has_bit(own->ports, way.port & 0xFF) || !addresses(&way, ip, packet) ||
	    !to_target(own, &way) || !own->is_local(own->is_local_arg, way.version, way.source))
		return false;
	if (own->fragments && ip->flags & LAYER_FRAGMENT && !quoted)
		remember(own, &way, ip->fragment_id);
	return true;
}

/* Messages that end with the packet they are about: RFC 792; RFC 4443, section 2.1. */
static bool is_error(const struct layer *transport, struct span packet)
{
	uint8_t type;

	if (!span_u8(packet, transport->offset, &type))
		return false;
	if (transport->protocol == LAYER_ICMP6)
		return type < 128;
	return transport->protocol == LAYER_ICMP &&
	       (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

/* RFC 792 promises only 8 bytes behind the quoted IP header: enough for the ports. */
static bool is_quoted(struct own_tunnel *own, const struct layer *transport, struct span packet)
{
	struct layers quoted;

	layers_walk(&quoted, LINK_RAW, packet, transport->offset + ICMP_LEN);
	return quoted.ip >= 0 && is_sent(own, &quoted, packet, true);
}

bool own_tunnel_is(struct own_tunnel *own, const struct layers *layers, struct span packet)
{
	const struct layer *transport =
		&layers->layer[layers->transport < 0 ? 0 : layers->transport];

	if (layers->ip < 0)
		return false;
	if (transport->protocol != LAYER_ICMP && transport->protocol != LAYER_ICMP6)
		return is_sent(own, layers, packet, false);
	return is_error(transport, packet) && is_quoted(own, transport, packet);
}
