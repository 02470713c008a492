/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of one target: a pool of connected UDP sockets, or a raw one for GRE. udp(7), ip(7),
 * ipv6(7), raw(7).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "sink/tunnel_way.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40, UDP_LEN = 8, SEND_BUFFER = 2 * 1024 * 1024 };

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	socklen_t len;
	char text[INET6_ADDRSTRLEN];
};

static bool is_udp(const struct tunnel_way *way)
{
	return way->envelope.encap->carrier == CARRIER_UDP;
}

static void address_set(struct address *address, uint8_t version, const uint8_t *bytes,
			uint32_t scope)
{
	*address = (struct address){ .len = sizeof(address->to.four) };
	if (version == 4) {
		address->to.four.sin_family = AF_INET;
		memcpy(&address->to.four.sin_addr, bytes, sizeof(address->to.four.sin_addr));
		inet_ntop(AF_INET, bytes, address->text, sizeof(address->text));
		return;
	}
	address->len = sizeof(address->to.six);
	address->to.six.sin6_family = AF_INET6;
	memcpy(&address->to.six.sin6_addr, bytes, sizeof(address->to.six.sin6_addr));
	/* Other addresses are the same on every link: a scope would be refused or ignored. */
	if (IN6_IS_ADDR_LINKLOCAL(&address->to.six.sin6_addr) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(&address->to.six.sin6_addr))
		address->to.six.sin6_scope_id = scope;
	inet_ntop(AF_INET6, bytes, address->text, sizeof(address->text));
}

static void address_port(struct address *address, uint16_t port)
{
	if (address->to.any.sa_family == AF_INET)
		address->to.four.sin_port = htons(port);
	else
		address->to.six.sin6_port = htons(port);
}

static bool option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

static bool options_ipv4(int fd, const struct envelope *envelope)
{
	return option(fd, IPPROTO_IP, IP_TTL, envelope->ttl) &&
	       option(fd, IPPROTO_IP, IP_TOS, envelope->dscp << 2) &&
	       option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
		      envelope->may_fragment ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO) &&
	       option(fd, IPPROTO_IP, IP_RECVERR, 1);
}

static bool options_ipv6(int fd, const struct envelope *envelope)
{
	return option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, envelope->ttl) &&
	       option(fd, IPPROTO_IPV6, IPV6_TCLASS, envelope->dscp << 2) &&
	       option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
		      envelope->may_fragment ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_DO) &&
	       option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

/* Nothing is expected back: a raw socket would get all GRE of the other side. */
static bool take_nothing(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool options(int fd, const struct envelope *envelope)
{
	/* More than net.core.wmem_max needs CAP_NET_ADMIN. */
	if (!option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER))
		option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	return take_nothing(fd) &&
	       (envelope->version == 4 ? options_ipv4(fd, envelope) : options_ipv6(fd, envelope));
}

/* The next port from *port on that is free; RFC 7348 section 5 names the range. */
static bool bind_port(int fd, struct address *from, uint16_t *port)
{
	unsigned tries;

	for (tries = 0; tries < ENVELOPE_PORTS; tries++) {
		address_port(from, envelope_source_port((*port)++));
		if (bind(fd, &from->to.any, from->len) == 0)
			return true;
		if (errno != EADDRINUSE)
			return false;
	}
	return false;
}

static bool settle(int fd, const struct tunnel_way *way, struct address *from,
		   const struct address *to, uint16_t *port, struct error *err)
{
	bool bound;

	if (!options(fd, &way->envelope))
		return error_errno(err, "cannot set up a socket");
	bound = is_udp(way) ? bind_port(fd, from, port) : bind(fd, &from->to.any, from->len) == 0;
	if (!bound && errno == EADDRNOTAVAIL) {
		error_set(err, "%s is not an address of this host", from->text);
		err->number = EADDRNOTAVAIL;
		return false;
	}
	if (!bound)
		return error_errno(err, "cannot send from %s", from->text);
	if (connect(fd, &to->to.any, to->len) < 0)
		return error_errno(err, "no way to %s", to->text);
	return true;
}

static int socket_of(const struct tunnel_way *way)
{
	int family = way->envelope.version == 4 ? AF_INET : AF_INET6;

	if (is_udp(way))
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      way->envelope.encap->numbers[0]);
}

static bool open_lanes(struct tunnel_way *way, struct address *from, const struct address *to,
		       struct error *err)
{
	uint16_t port = 0;
	unsigned i;

	/* Not random: then ports are where others look, too, and tried one by one. */
	(void)!getrandom(&port, sizeof(port), GRND_NONBLOCK);
	for (i = 0; i < way->count; i++) {
		way->lanes[i].fd = socket_of(way);
		if (way->lanes[i].fd < 0 && !is_udp(way) && errno == EPERM)
			return error_errno(err, "%s needs CAP_NET_RAW", way->envelope.encap->name);
		if (way->lanes[i].fd < 0)
			return error_errno(err, "cannot open a socket");
		if (!settle(way->lanes[i].fd, way, from, to, &port, err))
			return false;
	}
	way->mtu = tunnel_socket_mtu(way, way->lanes[0].fd);
	return true;
}

static uint32_t scope_of(const struct tunnel_way *way)
{
	return way->zone[0] ? if_nametoindex(way->zone) : 0;
}

static void address_of_target(struct address *to, const struct tunnel_way *way)
{
	address_set(to, way->envelope.version, way->envelope.destination, scope_of(way));
	if (is_udp(way))
		address_port(to, way->envelope.port);
}

bool tunnel_socket_open(struct tunnel_way *way, unsigned ports, struct error *err)
{
	const struct envelope *envelope = &way->envelope;
	struct address from, to;
	unsigned i;

	if (way->zone[0] && scope_of(way) == 0)
		return error_errno(err, "%s", way->zone);
	address_set(&from, envelope->version, envelope->source, scope_of(way));
	address_of_target(&to, way);
	way->skip = envelope->version == 4 ? IPV4_LEN : IPV6_LEN;
	way->count = 1;
	if (is_udp(way)) {
		way->skip += UDP_LEN;
		way->count = ports;
		way->segments = true;
	}
	way->lanes = calloc(way->count, sizeof(*way->lanes));
	if (!way->lanes)
		return error_errno(err, "sockets");
	for (i = 0; i < way->count; i++)
		way->lanes[i].fd = -1;
	if (!open_lanes(way, &from, &to, err)) {
		tunnel_socket_close(way);
		return false;
	}
	return true;
}

/*
 * A socket keeps the route of its last packet until the next one, and tells the MTU of that: 68
 * where the device went down meanwhile (blackhole_netdev), and what an ICMP error told another
 * socket is not in it. To connect again looks the route up.
 */
uint32_t tunnel_socket_mtu(const struct tunnel_way *way, int fd)
{
	bool four = way->envelope.version == 4;
	struct address to;
	int mtu = 0;
	socklen_t len = sizeof(mtu);

	address_of_target(&to, way);
	if (connect(fd, &to.to.any, to.len) < 0 ||
	    getsockopt(fd, four ? IPPROTO_IP : IPPROTO_IPV6, four ? IP_MTU : IPV6_MTU, &mtu, &len) <
		    0)
		return 0;
	return mtu > 0 ? (uint32_t)mtu : 0;
}

void tunnel_socket_close(struct tunnel_way *way)
{
	unsigned i;

	if (!way->lanes)
		return;
	for (i = 0; i < way->count; i++)
		if (way->lanes[i].fd >= 0)
			close(way->lanes[i].fd);
	if (way->icmp >= 0)
		close(way->icmp);
	free(way->lanes);
	way->lanes = NULL;
	way->count = 0;
}
