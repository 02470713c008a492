/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_loop.h"

#include <stdio.h>

_Static_assert((int)ENCAP_MAX_PORTS >= (int)TAP_TARGETS_MAX, "the ports of all targets have room");

static bool tap_loop_has_port(const struct encap_select *select, uint16_t port)
{
	for (unsigned i = 0; i < select->ports; i++)
		if (select->port[i].port == port)
			return true;
	return false;
}

void tap_loop_init(struct tap_loop *loop, const struct tap_config *config)
{
	struct encap_select *select = &loop->select;

	loop->config = config;
	if (!config->ends_loops)
		return;
	encap_select_default(select);
	for (unsigned i = 0; i < config->target_count; i++) {
		const struct outer_header *outer_header = &config->targets[i].outer_header;

		if (outer_header->encap->carrier != CARRIER_UDP ||
		    tap_loop_has_port(select, outer_header->port))
			continue;
		select->port[select->ports].port = outer_header->port;
		select->port[select->ports++].encap = (uint8_t)encap_index(outer_header->encap);
	}
	encap_table_init(&loop->table, select);
}

/* The outermost tunnel is what the other tap sends, so the expression names it. Later fragments
 * have no ports to name. */
static void tap_loop_name(const struct headers *headers, char *tunnel, size_t size)
{
	if (headers->flags & HEADERS_LATER_FRAGMENT)
		snprintf(tunnel, size, "%s",
			 headers->ip_version == 4 ? "not ip[6:2] & 0x1fff != 0"
						  : "not ip6 proto 44");
	else if (headers->l4 == IPPROTO_UDP)
		snprintf(tunnel, size, "not udp dst port %u", headers->dst_port);
	else if (headers->l4 == 0)
		snprintf(tunnel, size, "not proto %u", headers->protocol);
	else
		snprintf(tunnel, size, "not icmp and not icmp6");
}

static void tap_loop_say(const struct tap_loop *loop, const struct headers *headers)
{
	char text[256], tunnel[32];

	if (!loop->config->say)
		return;
	tap_loop_name(headers, tunnel, sizeof(tunnel));
	snprintf(text, sizeof(text),
		 "packets in more than %u tunnels are not mirrored (--max-depth): taps may be "
		 "mirroring each other's tunnels; an expression such as '%s' leaves these out",
		 loop->config->max_depth, tunnel);
	loop->config->say(loop->config->say_arg, text);
}

void tap_loop_see(struct tap_loop *loop, const struct headers *headers, struct span packet)
{
	struct nesting nesting;

	if (loop->config->ends_loops && headers->more_fragments &&
	    !(headers->flags & HEADERS_LATER_FRAGMENT))
		nesting_count(&nesting, headers, &loop->table, &loop->fragments, packet,
			      loop->config->max_depth);
}

bool tap_loop_is(struct tap_loop *loop, const struct headers *headers, struct span packet,
		 uint32_t *tunnels_len)
{
	struct nesting nesting;

	nesting_count(&nesting, headers, &loop->table, &loop->fragments, packet,
		      loop->config->max_depth);
	*tunnels_len = nesting.end;
	if (nesting.depth <= loop->config->max_depth)
		return false;
	if (!loop->told)
		tap_loop_say(loop, headers);
	loop->told = true;
	return true;
}
