/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_route.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "host/link.h"
#include "host/monitor.h"
#include "host/neighbour.h"
#include "host/route.h"
#include "host/xfrm.h"
#include "live/send_packet.h"
#include "live/send_socket.h"
#include "live/send_target.h"

enum { PORTS_DEFAULT = 8 };

/* A neighbour that answers does so within ANSWER_MS; the table is asked every RETRY_MS. */
enum { ANSWER_MS = 100, RETRY_MS = 4 };

/* Notifications come in bursts, so paths are updated no more often than refresh_interval_ns. While
 * a next hop is being resolved, or the kernel could not be asked, a path is updated every
 * pending_interval_ns. */
static const int64_t refresh_interval_ns = 20000000, pending_interval_ns = 200000000;

static bool send_route_find(const struct send_path *path, struct route *route, struct error *err)
{
	uint32_t device = path->zone[0] ? if_nametoindex(path->zone) : 0;

	if (path->zone[0] && device == 0) {
		error_errno(err, "%s", path->zone);
		return false;
	}
	return route_find(route, path->outer_header.version, path->outer_header.destination,
			  path->outer_header.source, device, err);
}

bool send_route_is_missing(const struct send_path *path, struct error *err)
{
	struct route route;
	struct error why;

	if (send_route_find(path, &route, &why) || !route_is_missing(&why))
		return false;
	*err = why;
	return true;
}

/*
 * A device without carrier drops every packet, and the send succeeds all the same: noop_qdisc
 * returns NET_XMIT_CN, which is no error to a socket. So such a path counts as unreachable. Returns
 * true as well if the device is down, because the kernel reports that to senders, or if its flags
 * cannot be read (netdevice(7)).
 */
static bool send_route_has_carrier(int fd, uint32_t device)
{
	struct ifreq request = { 0 };

	if (!if_indextoname(device, request.ifr_name) || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return true;
	return !(request.ifr_flags & IFF_UP) || (request.ifr_flags & IFF_RUNNING);
}

/* The kernel completes the checksum of a socket's datagram itself where the device has no such
 * offload (ethtool -K DEVICE tx off). Returns true as well if the device does not tell. */
static bool send_route_leaves_checksums(const struct send_path *path, const struct link *link)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GTXCSUM };
	struct ifreq request = { .ifr_data = (char *)&value };

	memcpy(request.ifr_name, link->name, sizeof(request.ifr_name));
	return path->outer_header.encap->carrier == CARRIER_UDP &&
	       (ioctl(path->sockets[0].fd, SIOCETHTOOL, &request) < 0 || value.data);
}

/* A virtual device has a kind and may hand packets on to another device; veth and tun do not. A
 * device without a kind is nearly always hardware. A tunnel without Ethernet completes checksums
 * before it wraps packets. */
static void send_route_update_device(struct send_path *path, const struct route *route)
{
	struct link link;
	struct error err;

	path->device = route->device;
	if (!link_find(&link, NULL, route->device, &err))
		link = (struct link){ 0 };
	path->unfinished = link.type == ARPHRD_ETHER && !route->local &&
			   send_route_leaves_checksums(path, &link) &&
			   link_lacks_hardware(link.index);
	path->stacked =
		link.kind[0] && strcmp(link.kind, "veth") != 0 && strcmp(link.kind, "tun") != 0;
}

/* Returns what path->unreachable becomes when the route cannot be taken for the reason err. */
static int send_route_refused(struct send_path *path, const struct error *err)
{
	bool blind = path->engine == ENGINE_PACKET && path->known_ns == 0;

	path->unasked = error_is_shortage(err->number);
	if (path->unasked && !blind)
		return path->unreachable; /* it is as good as it was, and will be asked for again */
	if (path->engine != ENGINE_PACKET)
		return 0; /* a send on the socket will fail with the reason */
	return err->number ? err->number : ENETUNREACH;
}

static int send_route_update(struct send_path *path, int64_t now_ns)
{
	struct route route;
	struct error err = { .number = 0 };

	if (path->absent)
		return SEND_NO_ROUTE;
	path->unasked = false;
	if (!send_route_find(path, &route, &err))
		return send_route_refused(path, &err);
	if (path->engine != ENGINE_PACKET)
		send_route_update_device(path, &route);
	if (!route.local && !send_route_has_carrier(path->sockets[0].fd, route.device))
		return ENETDOWN;
	if (path->engine == ENGINE_PACKET && !send_packet_update(path, &route, now_ns, &err))
		return send_route_refused(path, &err);
	return 0;
}

static void send_route_update_qdiscs(struct send_sink *sink)
{
	unsigned i;

	sink->qdiscs_ns = sink->now_ns;
	sink->qdiscs_changed = false;
	sink->qdiscs_unasked = !send_qdisc_read(&sink->qdiscs);
	for (i = 0; i < sink->config.count; i++)
		sink->targets[i].path.split =
			send_qdisc_splits(&sink->qdiscs, &sink->targets[i].path);
}

void send_route_refresh(struct send_sink *sink)
{
	unsigned i;

	sink->refresh_ns = sink->now_ns;
	sink->changed = false;
	for (i = 0; i < sink->config.count; i++) {
		struct send_target *target = &sink->targets[i];
		uint32_t old = target->path.mtu, mtu;

		target->path.unreachable = send_route_update(&target->path, sink->now_ns);
		mtu = target->path.mtu;
		target->path.mtu = old;
		send_target_set_mtu(sink, target, mtu);
		send_target_tell_unfinished(sink, target);
	}
	send_route_update_qdiscs(sink);
}

/* Netlink does not always notify when a next hop has answered or has failed to, and it never
 * notifies that the kernel can be asked again. */
static bool send_route_is_pending(const struct send_sink *sink)
{
	unsigned i;

	for (i = 0; i < sink->config.count; i++)
		if (sink->targets[i].path.pending || sink->targets[i].path.unasked)
			return true;
	return false;
}

/* Neighbours change all the time, and only the packet engine depends on them. */
static bool send_route_is_relevant(const struct send_sink *sink, unsigned what)
{
	unsigned i;

	if (what & (MONITOR_LINKS | MONITOR_ADDRESSES | MONITOR_ROUTES))
		return true;
	for (i = 0; what & MONITOR_NEIGHBOURS && i < sink->config.count; i++)
		if (sink->targets[i].path.engine == ENGINE_PACKET)
			return true;
	return false;
}

static bool send_route_qdiscs_are_due(const struct send_sink *sink)
{
	int64_t since_ns = sink->now_ns - sink->qdiscs_ns;

	return (sink->qdiscs_changed && since_ns >= refresh_interval_ns) ||
	       (sink->qdiscs_unasked && since_ns >= pending_interval_ns);
}

void send_route_watch(struct send_sink *sink)
{
	int64_t since_ns = sink->now_ns - sink->refresh_ns;
	unsigned what;

	if (sink->now_ns == sink->monitor_ns)
		return;
	sink->monitor_ns = sink->now_ns;
	what = monitor_read(sink->monitor);
	sink->changed |= send_route_is_relevant(sink, what);
	sink->qdiscs_changed |= (what & MONITOR_QDISCS) != 0;
	if (since_ns >= (sink->changed ? refresh_interval_ns : pending_interval_ns) &&
	    (sink->changed || send_route_is_pending(sink)))
		send_route_refresh(sink);
	else if (send_route_qdiscs_are_due(sink))
		send_route_update_qdiscs(sink);
}

bool send_route_begin(struct send_sink *sink, struct error *err)
{
	sink->policies = xfrm_watch_open();
	sink->monitor = monitor_open(MONITOR_LINKS | MONITOR_ADDRESSES | MONITOR_ROUTES |
					     MONITOR_NEIGHBOURS | MONITOR_QDISCS,
				     err);
	return sink->monitor != NULL;
}

static bool send_route_open_packet(struct send_path *path, int64_t now_ns, struct error *err)
{
	struct route route;

	path->engine = ENGINE_PACKET;
	return send_route_find(path, &route, err) && send_packet_open(path, &route, now_ns, err);
}

/*
 * UDP sockets are the fastest way (UDP_SEGMENT), but they leave the outer checksum to a network
 * card. Where there is none, it stays wrong in the bytes of the packet: the kernel knows that, a
 * receiver in user space does not and has to drop the packet. The packet engine writes the bytes
 * of the wire, but it bypasses what the host does to its packets, above all IPsec. GRE has no such
 * checksum, and for its fragments the packet engine needs the kernel all the same.
 */
static bool send_route_prefers_packet(const struct send_sink *sink, const struct send_path *path,
				      bool lacks_hardware)
{
	return (path->outer_header.encap->carrier == CARRIER_UDP
			? lacks_hardware
			: !path->outer_header.may_fragment) &&
	       !xfrm_watch_has_policies(sink->policies);
}

/* Returns false and leaves *path as it was if sockets are better or all that is permitted. A next
 * hop that does not answer yet is waited for only where sockets are no way. */
static bool send_route_open_best(const struct send_sink *sink, struct send_path *path,
				 int64_t now_ns)
{
	struct send_path packet = *path;
	struct route route;
	struct error ignored;
	bool lacks = send_route_find(path, &route, &ignored) && link_lacks_hardware(route.device);

	if (!send_route_prefers_packet(sink, path, lacks))
		return false;
	if (send_route_open_packet(&packet, now_ns, &ignored) &&
	    (!packet.unreachable || path->outer_header.encap->carrier == CARRIER_UDP)) {
		*path = packet;
		return true;
	}
	send_socket_close(&packet);
	return false;
}

/* While the kernel resolves a neighbour it queues few packets and drops the others, which no
 * counter of the socket shows: without this wait the first batches would be lost. */
static void send_route_wait_for_neighbour(const struct send_path *path)
{
	struct neighbour next = { .known = false };
	struct route route;
	struct link link;
	struct error err;
	unsigned tries;

	if (!send_route_find(path, &route, &err) || route.local ||
	    !link_find(&link, NULL, route.device, &err) || link.type != ARPHRD_ETHER)
		return;
	for (tries = 0; tries < ANSWER_MS / RETRY_MS; tries++) {
		if (!send_packet_neighbour(&next, &path->outer_header, &route, &err) || next.known)
			return;
		poll(NULL, 0, RETRY_MS);
	}
}

bool send_route_open(const struct send_sink *sink, struct send_path *path,
		     const struct send_config *config, struct error *err)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);

	if (config->engine == ENGINE_PACKET)
		return send_route_open_packet(path, now_ns, err);
	if (config->engine == ENGINE_AUTO && send_route_open_best(sink, path, now_ns))
		return true;
	path->engine = ENGINE_SOCKET;
	if (!send_socket_open(path, config->ports ? config->ports : PORTS_DEFAULT, err))
		return false;
	send_route_wait_for_neighbour(path);
	return true;
}
