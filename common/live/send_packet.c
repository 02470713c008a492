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

#include "header/ip_fragment.h"
#include "host/link.h"
#include "host/neighbour.h"
#include "host/route.h"
#include "live/send_internal.h"

enum { SEND_BUFFER = 2 * 1024 * 1024, MAC_LEN = OUTER_HEADER_MAC_LEN };

/* A neighbour that answers does so within this. */
enum { ANSWER_MS = 200, LOOK_MS = 4 };

/* The kernel drops entries that nobody but a packet socket uses, and resolves them anew (3 tries, 1
 * s each): what stood there still holds meanwhile. */
static const int64_t still_good_ns = 4000000000;

static bool to_device(struct send_path *path, const struct link *link, struct error *err)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)link->index };

	if (link->type != ARPHRD_ETHER)
		return error_set(err, "%s is no Ethernet device: the packet engine cannot use it",
				 link->name);
	if (path->device != link->index &&
	    bind(path->sockets[0].fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return error_errno(err, "%s", link->name);
	path->device = link->index;
	memcpy(path->ethernet + MAC_LEN, link->mac, MAC_LEN);
	return true;
}

bool send_packet_neighbour(struct neighbour *neighbour, const struct outer_header *outer_header,
			   const struct route *route, struct error *err)
{
	return neighbour_lookup(neighbour, route->device,
				route->has_gateway ? route->gateway_version : outer_header->version,
				route->has_gateway ? route->gateway : outer_header->destination,
				err);
}

static bool to_neighbour(struct send_path *path, const struct route *route, int64_t now_ns,
			 struct error *err)
{
	struct neighbour neighbour;

	if (!send_packet_neighbour(&neighbour, &path->outer_header, route, err))
		return false;
	if (neighbour.known) {
		/* By another router the path is another. */
		if (memcmp(path->ethernet, neighbour.mac, MAC_LEN) != 0)
			path->path_mtu = 0;
		memcpy(path->ethernet, neighbour.mac, MAC_LEN);
		path->known_ns = now_ns;
	}
	path->pending = !neighbour.known;
	if (path->known_ns == 0 || now_ns - path->known_ns > still_good_ns) {
		error_set(err, "the next hop does not answer");
		err->number = EHOSTUNREACH;
		return false;
	}
	return true;
}

bool send_packet_look(struct send_path *path, const struct route *route, int64_t now_ns,
		      struct error *err)
{
	struct link link;

	if (route->local || route->encapsulated)
		return error_set(err,
				 "the path is no plain Ethernet: the packet engine cannot go it");
	if (!link_find(&link, NULL, route->device, err))
		return false;
	if (path->device != link.index)
		path->known_ns = path->path_mtu = 0;
	if (!to_device(path, &link, err))
		return false;
	path->route_mtu = route->mtu;
	path->mtu = send_icmp_mtu(path, now_ns);
	return to_neighbour(path, route, now_ns, err);
}

static bool open_lane(struct send_path *path, struct error *err)
{
	int size = SEND_BUFFER;
	/* Protocol 0: nothing is received. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 && errno == EPERM)
		return error_errno(err, "the packet engine needs CAP_NET_RAW");
	if (fd < 0)
		return error_errno(err, "packet socket");
	path->sockets[0].fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return true;
}

/* True when the next hop is known within a moment. */
static bool wait_for_neighbour(struct send_path *path, const struct route *route, int64_t now_ns,
			       struct error *err)
{
	unsigned tries;

	for (tries = 0; tries < ANSWER_MS / LOOK_MS; tries++) {
		if (send_packet_look(path, route, now_ns, err))
			return true;
		if (err->number != EHOSTUNREACH)
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

bool send_packet_open(struct send_path *path, const struct route *route, int64_t now_ns,
		      struct error *err)
{
	bool four = path->outer_header.version == 4;
	struct patch head = { path->ethernet, sizeof(path->ethernet) };

	path->count = 1;
	path->sockets = calloc(1, sizeof(*path->sockets));
	if (!path->sockets)
		return error_errno(err, "packet socket");
	path->sockets[0].fd = -1;
	patch_be16(head, 2 * MAC_LEN, four ? ETH_P_IP : ETH_P_IPV6);
	if (open_lane(path, err) && send_icmp_open(path, err) &&
	    wait_for_neighbour(path, route, now_ns, err))
		return true;
	/* Later, then: frames fail until it answers. */
	if (path->icmp >= 0 && err->number == EHOSTUNREACH) {
		path->unreachable = EHOSTUNREACH;
		return true;
	}
	send_socket_close(path);
	return false;
}

/* The fragments of one frame; the error of the first that did not go. */
static int send_fragments(struct send_sink *tunnel, struct send_path *path, struct span frame)
{
	struct patch room = { tunnel->fragment, sizeof(tunnel->fragment) };
	struct ip_fragment ip_fragment;
	size_t len;

	if (!ip_fragment_begin(&ip_fragment, frame, path->mtu, path->identification++))
		return EMSGSIZE;
	while ((len = ip_fragment_next(&ip_fragment, room)) > 0) {
		patch_copy(room, 0, path->ethernet, sizeof(path->ethernet));
		if (send(path->sockets[0].fd, tunnel->fragment, len, MSG_DONTWAIT | MSG_NOSIGNAL) <
		    0)
			return errno;
	}
	return 0;
}

void send_packet_oversize(struct send_sink *tunnel, struct send_socket *sock,
			  const struct send_frame *frame)
{
	struct send_path *path = &sock->target->path;
	int number = path->unreachable;

	if (!number && (!path->outer_header.may_fragment ||
			path->mtu + OUTER_HEADER_ETHERNET_LEN > SEND_FRAGMENT_MAX))
		number = EMSGSIZE;
	if (!number)
		number = send_fragments(tunnel, path,
					span_of(frame->packet.data - OUTER_HEADER_ETHERNET_LEN,
						frame->packet.len + OUTER_HEADER_ETHERNET_LEN));
	send_target_done(tunnel, sock->target, frame, number);
}
