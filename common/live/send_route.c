/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps paths current as routes, links and neighbours change, and chooses the engine. A device
 * without carrier throws everything away and reports success (noop_qdisc gives NET_XMIT_CN, which
 * is no error to a socket): such a path counts as down.
 */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "host/link.h"
#include "host/monitor.h"
#include "host/neighbour.h"
#include "host/route.h"
#include "host/xfrm.h"
#include "live/send_internal.h"

enum { PORTS = 8 };

/* A neighbour that answers does so within this. */
enum { ANSWER_MS = 100, LOOK_MS = 4 };

/* Events come in swarms. */
static const int64_t every_ns = 20000000, pending_ns = 200000000;

static bool find_route(const struct send_path *path, struct route *route, struct error *err)
{
	return route_find(route, path->outer_header.version, path->outer_header.destination,
			  path->outer_header.source, path->zone[0] ? if_nametoindex(path->zone) : 0,
			  err);
}

/* False only when the device is known to be without carrier; netdevice(7). */
static bool has_carrier(int fd, uint32_t device)
{
	struct ifreq request = { 0 };

	if (!if_indextoname(device, request.ifr_name) || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return true;
	return !(request.ifr_flags & IFF_UP) || (request.ifr_flags & IFF_RUNNING);
}

/* Where sockets' packets go. Kinds without a name are hardware, most of all. */
static void look_at_device(struct send_path *path, uint32_t device)
{
	struct link link;
	struct error err;

	path->device = device;
	path->stacked = link_find(&link, NULL, device, &err) && link.kind[0] &&
			strcmp(link.kind, "veth") != 0 && strcmp(link.kind, "tun") != 0;
}

static int look(struct send_path *path, int64_t now_ns)
{
	struct route route;
	struct error err = { .number = 0 };

	if (!find_route(path, &route, &err)) {
		if (path->engine != ENGINE_PACKET)
			return 0; /* a socket hears it from the kernel */
		return err.number ? err.number : ENETUNREACH;
	}
	if (path->engine != ENGINE_PACKET)
		look_at_device(path, route.device);
	if (!route.local && !has_carrier(path->sockets[0].fd, route.device))
		return ENETDOWN;
	if (path->engine == ENGINE_PACKET && !send_packet_look(path, &route, now_ns, &err))
		return err.number ? err.number : ENETUNREACH;
	return 0;
}

static void look_at_queues(struct send_sink *tunnel)
{
	unsigned i;

	tunnel->qdiscs_ns = tunnel->now_ns;
	tunnel->queues_changed = false;
	send_qdisc_read(&tunnel->qdiscs);
	for (i = 0; i < tunnel->config.count; i++)
		tunnel->targets[i].path.split =
			send_qdisc_splits(&tunnel->qdiscs, &tunnel->targets[i].path);
}

void send_route_refresh(struct send_sink *tunnel)
{
	unsigned i;

	tunnel->looked_ns = tunnel->now_ns;
	tunnel->changed = false;
	for (i = 0; i < tunnel->config.count; i++) {
		struct send_target *target = &tunnel->targets[i];
		uint32_t old = target->path.mtu, mtu;

		target->path.unreachable = look(&target->path, tunnel->now_ns);
		mtu = target->path.mtu;
		target->path.mtu = old;
		send_target_set_mtu(tunnel, target, mtu);
	}
	look_at_queues(tunnel);
}

/* A next hop that was asked for may answer, or not, without a word of netlink. */
static bool is_pending(const struct send_sink *tunnel)
{
	unsigned i;

	for (i = 0; i < tunnel->config.count; i++)
		if (tunnel->targets[i].path.pending)
			return true;
	return false;
}

/* Netlink tells of neighbours always; only packet engines care. */
static bool is_news(const struct send_sink *tunnel, unsigned what)
{
	unsigned i;

	if (what & (MONITOR_LINKS | MONITOR_ADDRESSES | MONITOR_ROUTES))
		return true;
	for (i = 0; what & MONITOR_NEIGHBOURS && i < tunnel->config.count; i++)
		if (tunnel->targets[i].path.engine == ENGINE_PACKET)
			return true;
	return false;
}

void send_route_watch(struct send_sink *tunnel)
{
	int64_t since_ns = tunnel->now_ns - tunnel->looked_ns;
	unsigned what;

	if (tunnel->now_ns == tunnel->read_ns)
		return;
	tunnel->read_ns = tunnel->now_ns;
	what = monitor_read(tunnel->watch);
	tunnel->changed |= is_news(tunnel, what);
	tunnel->queues_changed |= (what & MONITOR_QDISCS) != 0;
	if (since_ns >= (tunnel->changed ? every_ns : pending_ns) &&
	    (tunnel->changed || is_pending(tunnel)))
		send_route_refresh(tunnel);
	else if (tunnel->queues_changed && tunnel->now_ns - tunnel->qdiscs_ns >= every_ns)
		look_at_queues(tunnel);
}

bool send_route_begin(struct send_sink *tunnel, struct error *err)
{
	tunnel->watch = monitor_open(MONITOR_LINKS | MONITOR_ADDRESSES | MONITOR_ROUTES |
					     MONITOR_NEIGHBOURS | MONITOR_QDISCS,
				     err);
	return tunnel->watch != NULL;
}

static bool open_packet(struct send_path *path, int64_t now_ns, struct error *err)
{
	struct route route;

	path->engine = ENGINE_PACKET;
	return find_route(path, &route, err) && send_packet_open(path, &route, now_ns, err);
}

/*
 * Of frames of one length UDP_SEGMENT sends the most by far; of mixed lengths the packet engine
 * does. It passes by what the host does to packets (IPsec above all), and fragments leave in any
 * order by it.
 */
static bool packet_is_best(const struct send_path *path, const struct send_config *config)
{
	return !(config->even && path->outer_header.encap->carrier == CARRIER_UDP) &&
	       !path->outer_header.may_fragment && !xfrm_has_policies();
}

/* While the kernel looks for a neighbour it keeps few packets and drops the others without a word:
 * the first batches would be lost and nobody knew. */
static void wait_for_neighbour(const struct send_path *path)
{
	struct neighbour next = { .known = false };
	struct route route;
	struct link link;
	struct error err;
	unsigned tries;

	if (!find_route(path, &route, &err) || route.local ||
	    !link_find(&link, NULL, route.device, &err) || link.type != ARPHRD_ETHER)
		return;
	for (tries = 0; tries < ANSWER_MS / LOOK_MS; tries++) {
		if (!send_packet_neighbour(&next, &path->outer_header, &route, &err) || next.known)
			return;
		poll(NULL, 0, LOOK_MS);
	}
}

bool send_route_open(struct send_path *path, const struct send_config *config, int64_t now_ns,
		     struct error *err)
{
	if (config->engine == ENGINE_PACKET)
		return open_packet(path, now_ns, err);
	if (config->engine == ENGINE_AUTO && packet_is_best(path, config)) {
		struct send_path packet = *path;

		if (open_packet(&packet, now_ns, err) && !packet.unreachable) {
			*path = packet;
			return true;
		}
		send_socket_close(&packet);
	}
	path->engine = ENGINE_SOCKET;
	if (!send_socket_open(path, config->ports ? config->ports : PORTS, err))
		return false;
	wait_for_neighbour(path);
	return true;
}
