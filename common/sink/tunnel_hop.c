/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps ways current as routes, links and neighbours change, and chooses the engine. A device
 * without carrier throws everything away and reports success (noop_qdisc gives NET_XMIT_CN, which
 * is no error to a socket): such a way counts as down.
 */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "route.h"
#include "sink/tunnel_way.h"

enum { PORTS = 8 };

/* A neighbour that answers does so within this. */
enum { ANSWER_MS = 100, LOOK_MS = 4 };

/* Events come in swarms. */
static const int64_t every_ns = 20000000, pending_ns = 200000000;

static bool find_route(const struct tunnel_way *way, struct route *route, struct error *err)
{
	return route_find(route, way->envelope.version, way->envelope.destination,
			  way->envelope.source, way->zone[0] ? if_nametoindex(way->zone) : 0, err);
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
static void look_at_device(struct tunnel_way *way, uint32_t device)
{
	struct link link;
	struct error err;

	way->device = device;
	way->stacked = link_find(&link, NULL, device, &err) && link.kind[0] &&
		       strcmp(link.kind, "veth") != 0 && strcmp(link.kind, "tun") != 0;
}

static int look(struct tunnel_way *way, int64_t now_ns)
{
	struct route route;
	struct error err = { .number = 0 };

	if (!find_route(way, &route, &err)) {
		if (way->engine != ENGINE_PACKET)
			return 0; /* a socket hears it from the kernel */
		return err.number ? err.number : ENETUNREACH;
	}
	if (way->engine != ENGINE_PACKET)
		look_at_device(way, route.device);
	if (!route.local && !has_carrier(way->lanes[0].fd, route.device))
		return ENETDOWN;
	if (way->engine == ENGINE_PACKET && !tunnel_packet_look(way, &route, now_ns, &err))
		return err.number ? err.number : ENETUNREACH;
	return 0;
}

static void look_at_queues(struct tunnel_sink *tunnel)
{
	unsigned i;

	tunnel->qdiscs_ns = tunnel->now_ns;
	tunnel->queues_changed = false;
	tunnel_qdisc_read(&tunnel->qdiscs);
	for (i = 0; i < tunnel->config.count; i++)
		tunnel->targets[i].way.split =
			tunnel_qdisc_splits(&tunnel->qdiscs, &tunnel->targets[i].way);
}

void tunnel_hop_refresh(struct tunnel_sink *tunnel)
{
	unsigned i;

	tunnel->looked_ns = tunnel->now_ns;
	tunnel->changed = false;
	for (i = 0; i < tunnel->config.count; i++) {
		struct tunnel_target *target = &tunnel->targets[i];
		uint32_t old = target->way.mtu, mtu;

		target->way.unreachable = look(&target->way, tunnel->now_ns);
		mtu = target->way.mtu;
		target->way.mtu = old;
		tunnel_send_mtu(tunnel, target, mtu);
	}
	look_at_queues(tunnel);
}

/* A next hop that was asked for may answer, or not, without a word of netlink. */
static bool is_pending(const struct tunnel_sink *tunnel)
{
	unsigned i;

	for (i = 0; i < tunnel->config.count; i++)
		if (tunnel->targets[i].way.pending)
			return true;
	return false;
}

/* Netlink tells of neighbours always; only packet engines care. */
static bool is_news(const struct tunnel_sink *tunnel, unsigned what)
{
	unsigned i;

	if (what & (WATCH_LINKS | WATCH_ADDRESSES | WATCH_ROUTES))
		return true;
	for (i = 0; what & WATCH_NEIGHBOURS && i < tunnel->config.count; i++)
		if (tunnel->targets[i].way.engine == ENGINE_PACKET)
			return true;
	return false;
}

void tunnel_hop_watch(struct tunnel_sink *tunnel)
{
	int64_t since_ns = tunnel->now_ns - tunnel->looked_ns;
	unsigned what;

	if (tunnel->now_ns == tunnel->read_ns)
		return;
	tunnel->read_ns = tunnel->now_ns;
	what = link_watch_read(tunnel->watch);
	tunnel->changed |= is_news(tunnel, what);
	tunnel->queues_changed |= (what & WATCH_QUEUES) != 0;
	if (since_ns >= (tunnel->changed ? every_ns : pending_ns) &&
	    (tunnel->changed || is_pending(tunnel)))
		tunnel_hop_refresh(tunnel);
	else if (tunnel->queues_changed && tunnel->now_ns - tunnel->qdiscs_ns >= every_ns)
		look_at_queues(tunnel);
}

bool tunnel_hop_begin(struct tunnel_sink *tunnel, struct error *err)
{
	tunnel->watch = link_watch_open(WATCH_LINKS | WATCH_ADDRESSES | WATCH_ROUTES |
						WATCH_NEIGHBOURS | WATCH_QUEUES,
					err);
	return tunnel->watch != NULL;
}

static bool open_packet(struct tunnel_way *way, int64_t now_ns, struct error *err)
{
	struct route route;

	way->engine = ENGINE_PACKET;
	return find_route(way, &route, err) && tunnel_packet_open(way, &route, now_ns, err);
}

/*
 * Of frames of one length UDP_SEGMENT sends the most by far; of mixed lengths the packet engine
 * does. It passes by what the host does to packets (IPsec above all), and fragments leave in any
 * order by it.
 */
static bool packet_is_best(const struct tunnel_way *way, const struct tunnel_config *config)
{
	return !(config->even && way->envelope.encap->carrier == CARRIER_UDP) &&
	       !way->envelope.may_fragment && !route_has_policies();
}

/* While the kernel looks for a neighbour it keeps few packets and drops the others without a word:
 * the first batches would be lost and nobody knew. */
static void wait_for_neighbour(const struct tunnel_way *way)
{
	struct neighbour next = { .known = false };
	struct route route;
	struct link link;
	struct error err;
	unsigned tries;

	if (!find_route(way, &route, &err) || route.local ||
	    !link_find(&link, NULL, route.device, &err) || link.type != ARPHRD_ETHER)
		return;
	for (tries = 0; tries < ANSWER_MS / LOOK_MS; tries++) {
		if (!tunnel_packet_neighbour(&next, &way->envelope, &route, &err) || next.known)
			return;
		poll(NULL, 0, LOOK_MS);
	}
}

bool tunnel_hop_open(struct tunnel_way *way, const struct tunnel_config *config, int64_t now_ns,
		     struct error *err)
{
	if (config->engine == ENGINE_PACKET)
		return open_packet(way, now_ns, err);
	if (config->engine == ENGINE_AUTO && packet_is_best(way, config)) {
		struct tunnel_way packet = *way;

		if (open_packet(&packet, now_ns, err) && !packet.unreachable) {
			*way = packet;
			return true;
		}
		tunnel_socket_close(&packet);
	}
	way->engine = ENGINE_SOCKET;
	if (!tunnel_socket_open(way, config->ports ? config->ports : PORTS, err))
		return false;
	wait_for_neighbour(way);
	return true;
}
