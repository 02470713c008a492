/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/own_tunnel.h"

#include "header/fields.h"

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

static void own_tunnel_fill_target(struct own_tunnel_target *target,
				   const struct outer_header *outer_header)
{
	bool udp = outer_header->encap->carrier == CARRIER_UDP;

	target->version = outer_header->version;
	target->protocol = udp ? IPPROTO_UDP : (uint8_t)outer_header->encap->numbers[0];
	target->port = udp ? outer_header->port : 0;
	memcpy(target->address, outer_header->destination,
	       outer_header->version == 4 ? IPV4_ADDRESS_LEN : IPV6_ADDRESS_LEN);
}

void own_tunnel_set(struct own_tunnel *own, unsigned index, const struct outer_header *outer_header)
{
	if (index >= OWN_TUNNEL_TARGETS_MAX)
		return;
	own->targets[index] = (struct own_tunnel_target){ 0 };
	if (outer_header != NULL)
		own_tunnel_fill_target(&own->targets[index], outer_header);
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

static bool to_target(const struct own_tunnel *own, const struct headers *headers, uint16_t port,
		      const uint8_t *destination)
{
	for (unsigned i = 0; i < own->count; i++) {
		const struct own_tunnel_target *target = &own->targets[i];

		if (target->port == port && target->protocol == headers->protocol &&
		    target->version == headers->ip_version &&
		    memcmp(target->address, destination, sizeof(target->address)) == 0)
			return true;
	}
	return false;
}

/* Returns the slot of an identification. Senders mostly count identifications up, so that the
 * latest packets to a target have a slot each. */
static struct own_tunnel_fragment *own_tunnel_slot(struct own_tunnel *own, uint32_t id)
{
	return &own->seen[(id ^ id >> 16) % OWN_TUNNEL_FRAGMENTS];
}

static void own_tunnel_remember(struct own_tunnel *own, const struct headers *headers,
				struct span packet)
{
	struct own_tunnel_fragment *fragment = own_tunnel_slot(own, headers->fragment_id);

	fragment->version = headers->ip_version;
	fragment->protocol = headers->protocol;
	fragment->id = headers->fragment_id;
	headers_copy_addresses(headers, packet, &fragment->addresses);
}

/* A first fragment stays after the last one was seen: a packet may pass several interfaces that are
 * mirrored. */
static bool own_tunnel_is_remembered(struct own_tunnel *own, const struct headers *headers,
				     struct span packet)
{
	const struct own_tunnel_fragment *fragment = own_tunnel_slot(own, headers->fragment_id);
	struct headers_addresses addresses;

	return fragment->id == headers->fragment_id && fragment->protocol == headers->protocol &&
	       fragment->version == headers->ip_version &&
	       headers_copy_addresses(headers, packet, &addresses) &&
	       memcmp(&fragment->addresses, &addresses, sizeof(addresses)) == 0;
}

/* Notes whether the later fragments of a first fragment are own tunnel. An identification comes
 * back, so one that is not own takes the place of an own one. */
static void own_tunnel_note_first(struct own_tunnel *own, const struct headers *headers,
				  struct span packet, bool is_own)
{
	if (is_own)
		own_tunnel_remember(own, headers, packet);
	else if (own_tunnel_is_remembered(own, headers, packet))
		own_tunnel_slot(own, headers->fragment_id)->version = 0;
}

static bool has_own_addresses(const struct own_tunnel *own, const struct headers *headers,
			      struct span packet)
{
	struct headers_addresses addresses;
	uint16_t port = headers->dst_port;

	return has_bit(own->ports, port & 0xFF) &&
	       headers_copy_addresses(headers, packet, &addresses) &&
	       to_target(own, headers, port, addresses.dst) &&
	       own->is_local(own->is_local_arg, headers->ip_version, addresses.src);
}

static bool is_sent_to_target(struct own_tunnel *own, const struct headers *headers,
			      struct span packet, bool quoted)
{
	bool is_own;

	if (!has_bit(own->protocols, headers->protocol))
		return false;
	if (headers->flags & HEADERS_LATER_FRAGMENT)
		return own_tunnel_is_remembered(own, headers, packet);
	is_own = has_own_addresses(own, headers, packet);
	if (own->fragments && headers->flags & HEADERS_ANY_FRAGMENT && !quoted)
		own_tunnel_note_first(own, headers, packet, is_own);
	return is_own;
}

/* RFC 792 quotes at least 8 bytes behind the IP header, which is enough for ports. */
static bool quotes_own_tunnel(struct own_tunnel *own, const struct headers *headers,
			      struct span packet)
{
	struct headers quoted;

	return headers_quoted(headers, packet, &quoted) && quoted.ip_version != 0 &&
	       is_sent_to_target(own, &quoted, packet, true);
}

bool own_tunnel_is(struct own_tunnel *own, const struct headers *headers, struct span packet)
{
	if (headers->ip_version == 0)
		return false;
	if (headers->l4 != IPPROTO_ICMP && headers->l4 != IPPROTO_ICMPV6)
		return is_sent_to_target(own, headers, packet, false);
	return quotes_own_tunnel(own, headers, packet);
}
