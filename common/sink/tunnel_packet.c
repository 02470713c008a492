/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet engine: one packet socket a target, bound to the device that the route goes by. It
 * takes whole frames; packet(7).
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fragmenter.h"
#include "route.h"
#include "sink/tunnel_way.h"

enum { SEND_BUFFER = 2 * 1024 * 1024, MAC_LEN = ENVELOPE_MAC_LEN };

/* A neighbour that answers does so within this. */
enum { ANSWER_MS = 200, LOOK_MS = 4 };

/* The kernel drops entries that nobody but a packet socket uses, and resolves them anew (3 tries, 1
 * s each): what stood there still holds meanwhile. */
static const int64_t still_good_ns = 4000000000;

static bool to_device(struct tunnel_way *way, const struct link *link, struct error *err)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)link->index };

	if (link->type != ARPHRD_ETHER)
		return error_set(err, "%s is no Ethernet device: the packet engine cannot use it",
				 link->name);
	if (way->device != link->index &&
	    bind(way->lanes[0].fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return error_errno(err, "%s", link->name);
	way->device = link->index;
	memcpy(way->ethernet + MAC_LEN, link->mac, MAC_LEN);
	return true;
}

bool tunnel_packet_neighbour(struct neighbour *neighbour, const struct envelope *envelope,
			     const struct route *route, struct error *err)
{
	return route_neighbour(neighbour, route->device,
			       route->has_gateway ? route->gateway_version : envelope->version,
			       route->has_gateway ? route->gateway : envelope->destination, err);
}

static bool to_neighbour(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			 struct error *err)
{
	struct neighbour neighbour;

	if (!tunnel_packet_neighbour(&neighbour, &way->envelope, route, err))
		return false;
	if (neighbour.known) {
		/* By another router the path is another. */
		if (memcmp(way->ethernet, neighbour.mac, MAC_LEN) != 0)
			way->path_mtu = 0;
		memcpy(way->ethernet, neighbour.mac, MAC_LEN);
		way->known_ns = now_ns;
	}
	way->pending = !neighbour.known;
	if (way->known_ns == 0 || now_ns - way->known_ns > still_good_ns) {
		error_set(err, "the next hop does not answer");
		err->number = EHOSTUNREACH;
		return false;
	}
	return true;
}

bool tunnel_packet_look(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			struct error *err)
{
	struct link link;

	if (route->local || route->encapsulated)
		return error_set(err,
				 "the way is no plain Ethernet: the packet engine cannot go it");
	if (!link_find(&link, NULL, route->device, err))
		return false;
	if (way->device != link.index)
		way->known_ns = way->path_mtu = 0;
	if (!to_device(way, &link, err))
		return false;
	way->route_mtu = route->mtu;
	way->mtu = tunnel_icmp_mtu(way, now_ns);
	return to_neighbour(way, route, now_ns, err);
}

static bool open_lane(struct tunnel_way *way, struct error *err)
{
	int size = SEND_BUFFER;
	/* Protocol 0: nothing is received. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 && errno == EPERM)
		return error_errno(err, "the packet engine needs CAP_NET_RAW");
	if (fd < 0)
		return error_errno(err, "packet socket");
	way->lanes[0].fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return true;
}

/* True when the next hop is known within a moment. */
static bool wait_for_neighbour(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			       struct error *err)
{
	unsigned tries;

	for (tries = 0; tries < ANSWER_MS / LOOK_MS; tries++) {
		if (tunnel_packet_look(way, route, now_ns, err))
			return true;
		if (err->number != EHOSTUNREACH)
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

bool tunnel_packet_open(struct tunnel_way *way, const struct route *route, int64_t now_ns,
			struct error *err)
{
	bool four = way->envelope.version == 4;
	struct patch head = { way->ethernet, sizeof(way->ethernet) };

	way->count = 1;
	way->lanes = calloc(1, sizeof(*way->lanes));
	if (!way->lanes)
		return error_errno(err, "packet socket");
	way->lanes[0].fd = -1;
	patch_be16(head, 2 * MAC_LEN, four ? ETH_P_IP : ETH_P_IPV6);
	if (open_lane(way, err) && tunnel_icmp_open(way, err) &&
	    wait_for_neighbour(way, route, now_ns, err))
		return true;
	/* Later, then: frames fail until it answers. */
	if (way->icmp >= 0 && err->number == EHOSTUNREACH) {
		way->unreachable = EHOSTUNREACH;
		return true;
	}
	tunnel_socket_close(way);
	return false;
}

/* The fragments of one frame; the error of the first that did not go. */
static int send_fragments(struct tunnel_sink *tunnel, struct tunnel_way *way, struct span frame)
{
	struct patch room = { tunnel->fragment, sizeof(tunnel->fragment) };
	struct fragmenter fragmenter;
	size_t len;

	if (!fragmenter_begin(&fragmenter, frame, way->mtu, way->identification++))
		return EMSGSIZE;
	while ((len = fragmenter_next(&fragmenter, room)) > 0) {
		patch_copy(room, 0, way->ethernet, sizeof(way->ethernet));
		if (send(way->lanes[0].fd, tunnel->fragment, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return errno;
	}
	return 0;
}

void tunnel_packet_oversize(struct tunnel_sink *tunnel, struct tunnel_lane *lane,
			    const struct tunnel_frame *frame)
{
	struct tunnel_way *way = &lane->target->way;
	int number = way->unreachable;

	if (!number &&
	    (!way->envelope.may_fragment || way->mtu + ENVELOPE_ETHERNET_LEN > TUNNEL_FRAGMENT_MAX))
		number = EMSGSIZE;
	if (!number)
		number = send_fragments(tunnel, way,
					span_of(frame->packet.data - ENVELOPE_ETHERNET_LEN,
						frame->packet.len + ENVELOPE_ETHERNET_LEN));
	tunnel_send_settle(tunnel, lane->target, frame, number);
}
