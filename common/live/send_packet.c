/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_packet.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "header/fields.h"
#include "host/link.h"
#include "host/neighbour.h"
#include "host/route.h"
#include "live/send_icmp.h"
#include "live/send_socket.h"
#include "live/send_target.h"

enum { SEND_BUFFER = 2 * 1024 * 1024 }; /* bytes of the socket's send buffer */

/* A neighbour that answers does so within ANSWER_MS; the table is asked every RETRY_MS. */
enum { ANSWER_MS = 200, RETRY_MS = 4 };

/* The kernel drops neighbour entries that only a packet socket uses, and then resolves them again
 * (3 tries of 1 s). Meanwhile frames go to the MAC address that was known, until this time after it
 * was last found in the kernel's table; then they fail with EHOSTUNREACH. */
static const int64_t neighbour_valid_ns = 4000000000;

static bool send_packet_bind(struct send_path *path, const struct link *link, struct error *err)
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

/* The MAC address of another next hop, and the MTU that was learned behind it, no longer count. */
static void send_packet_set_hop(struct send_path *path, const struct route *route)
{
	uint8_t version = route->has_gateway ? route->gateway_version : path->outer_header.version;
	const uint8_t *hop = route->has_gateway ? route->gateway : path->outer_header.destination;

	if (path->device != route->device || path->hop_version != version ||
	    memcmp(path->hop, hop, sizeof(path->hop)) != 0)
		path->known_ns = path->path_mtu = 0;
	path->hop_version = version;
	memcpy(path->hop, hop, sizeof(path->hop));
}

static bool send_packet_update_neighbour(struct send_path *path, const struct route *route,
					 int64_t now_ns, struct error *err)
{
	struct neighbour neighbour;

	if (!send_packet_neighbour(&neighbour, &path->outer_header, route, err))
		return false;
	if (neighbour.known) {
		/* path_mtu was learned on the path by the former router. */
		if (memcmp(path->ethernet, neighbour.mac, MAC_LEN) != 0)
			path->path_mtu = 0;
		memcpy(path->ethernet, neighbour.mac, MAC_LEN);
		path->known_ns = now_ns;
	}
	path->pending = !neighbour.known;
	if (path->known_ns == 0 || now_ns - path->known_ns > neighbour_valid_ns) {
		error_set(err, "the next hop does not answer");
		err->number = EHOSTUNREACH;
		return false;
	}
	return true;
}

bool send_packet_update(struct send_path *path, const struct route *route, int64_t now_ns,
			struct error *err)
{
	struct link link;

	if (route->local || route->encapsulated)
		return error_set(err,
				 "the path is no plain Ethernet: the packet engine cannot go it");
	if (!link_find(&link, NULL, route->device, err))
		return false;
	send_packet_set_hop(path, route);
	if (!send_packet_bind(path, &link, err))
		return false;
	path->route_mtu = route->mtu;
	path->mtu = send_icmp_mtu(path, now_ns);
	return send_packet_update_neighbour(path, route, now_ns, err);
}

static bool send_packet_open_socket(struct send_path *path, struct error *err)
{
	int size = SEND_BUFFER;
	/* packet(7): with protocol 0 the socket receives nothing. */
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

static bool send_packet_open_oversize(struct send_path *path, struct error *err)
{
	if (path->outer_header.may_fragment)
		path->oversize = send_socket_open_raw(path, err);
	return !path->outer_header.may_fragment || path->oversize >= 0;
}

static bool send_packet_wait_for_neighbour(struct send_path *path, const struct route *route,
					   int64_t now_ns, struct error *err)
{
	unsigned tries;

	for (tries = 0; tries < ANSWER_MS / RETRY_MS; tries++) {
		if (send_packet_update(path, route, now_ns, err))
			return true;
		if (err->number != EHOSTUNREACH)
			return false;
		poll(NULL, 0, RETRY_MS);
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
	if (send_packet_open_socket(path, err) && send_packet_open_oversize(path, err) &&
	    send_icmp_open(path, err) && send_packet_wait_for_neighbour(path, route, now_ns, err))
		return true;
	/* The next hop may answer later; frames fail until then. */
	if (path->icmp >= 0 && err->number == EHOSTUNREACH) {
		path->unreachable = EHOSTUNREACH;
		return true;
	}
	send_socket_close(path);
	return false;
}

/* Returns true for a fragment that the stage made. It can be longer than the path's MTU if the user
 * gave a larger one (--mtu). */
static bool send_packet_is_fragment(const struct send_path *path, struct span packet)
{
	uint16_t field = 0;
	uint8_t next = 0;

	if (path->outer_header.version == 4)
		return span_be16(packet, IPV4_FRAGMENT_AT, &field) &&
		       (field & IPV4_ANY_FRAGMENT) != 0;
	return span_u8(packet, IPV6_NEXT_AT, &next) && next == IPPROTO_FRAGMENT;
}

/*
 * Has the kernel fragment a packet; returns 0 or an errno. The kernel sends all fragments within
 * this call. If each were a message of its own, another process could run between two of them and
 * send from the same address: a Linux receiver gives up a datagram if more than 64 fragments of
 * others came amid its own (net.ipv4.ipfrag_max_dist). The kernel then chooses the identifications,
 * too, which begin at a random number for each socket.
 */
static int send_packet_fragments(const struct send_path *path, struct span packet)
{
	size_t header = path->outer_header.version == 4 ? IPV4_MIN_LEN : IPV6_LEN;
	struct span rest = span_from(packet, header);
	unsigned tries;

	/* One error may be that of an earlier datagram: send_icmp.c counts those. */
	for (tries = 0; tries < 2; tries++) {
		if (send(path->oversize, rest.data, rest.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			break;
	}
	return errno;
}

void send_packet_oversize(struct send_sink *sink, struct send_socket *sock,
			  const struct send_frame *frame)
{
	const struct send_path *path = &sock->target->path;
	int number = path->unreachable;

	if (!number && (path->oversize < 0 || send_packet_is_fragment(path, frame->packet)))
		number = EMSGSIZE;
	if (!number)
		number = send_packet_fragments(path, frame->packet);
	send_target_done(sink, sock->target, frame, number);
}
