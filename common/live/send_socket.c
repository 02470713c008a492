/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/fields.h"
#include "live/send_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { SEND_BUFFER = 2 * 1024 * 1024 }; /* bytes of each socket's send buffer */

struct send_address {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	socklen_t len;
	char text[INET6_ADDRSTRLEN];
};

static bool send_socket_is_udp(const struct send_path *path)
{
	return path->outer_header.encap->carrier == CARRIER_UDP;
}

static void send_address_set(struct send_address *address, uint8_t version, const uint8_t *bytes,
			     uint32_t scope)
{
	*address = (struct send_address){ .len = sizeof(address->to.four) };
	if (version == 4) {
		address->to.four.sin_family = AF_INET;
		memcpy(&address->to.four.sin_addr, bytes, sizeof(address->to.four.sin_addr));
		inet_ntop(AF_INET, bytes, address->text, sizeof(address->text));
		return;
	}
	address->len = sizeof(address->to.six);
	address->to.six.sin6_family = AF_INET6;
	memcpy(&address->to.six.sin6_addr, bytes, sizeof(address->to.six.sin6_addr));
	/* The kernel refuses or ignores a scope with any other address. */
	if (IN6_IS_ADDR_LINKLOCAL(&address->to.six.sin6_addr) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(&address->to.six.sin6_addr))
		address->to.six.sin6_scope_id = scope;
	inet_ntop(AF_INET6, bytes, address->text, sizeof(address->text));
}

static void send_address_set_port(struct send_address *address, uint16_t port)
{
	if (address->to.any.sa_family == AF_INET)
		address->to.four.sin_port = htons(port);
	else
		address->to.six.sin6_port = htons(port);
}

static bool send_socket_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

static bool send_socket_options_ipv4(int fd, const struct outer_header *outer_header)
{
	return send_socket_option(fd, IPPROTO_IP, IP_TTL, outer_header->ttl) &&
	       send_socket_option(fd, IPPROTO_IP, IP_TOS, outer_header->dscp << 2) &&
	       send_socket_option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
				  outer_header->may_fragment ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO) &&
	       send_socket_option(fd, IPPROTO_IP, IP_RECVERR, 1);
}

static bool send_socket_options_ipv6(int fd, const struct outer_header *outer_header)
{
	return send_socket_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, outer_header->ttl) &&
	       send_socket_option(fd, IPPROTO_IPV6, IPV6_TCLASS, outer_header->dscp << 2) &&
	       send_socket_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
				  outer_header->may_fragment ? IPV6_PMTUDISC_DONT
							     : IPV6_PMTUDISC_DO) &&
	       send_socket_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

/* These sockets only send. A raw socket would receive all GRE packets from the target. */
static bool send_socket_receive_nothing(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool send_socket_options(int fd, const struct outer_header *outer_header)
{
	/* SO_SNDBUFFORCE exceeds net.core.wmem_max, but needs CAP_NET_ADMIN; socket(7). */
	if (!send_socket_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER))
		send_socket_option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	return send_socket_receive_nothing(fd) &&
	       (outer_header->version == 4 ? send_socket_options_ipv4(fd, outer_header)
					   : send_socket_options_ipv6(fd, outer_header));
}

/* Takes the next free port from *port on, in the range that RFC 7348 section 5 names. */
static bool send_socket_bind_port(int fd, struct send_address *from, uint16_t *port)
{
	unsigned tries;

	for (tries = 0; tries < OUTER_HEADER_PORTS; tries++) {
		send_address_set_port(from, outer_header_source_port((*port)++));
		if (bind(fd, &from->to.any, from->len) == 0)
			return true;
		if (errno != EADDRINUSE)
			return false;
	}
	return false;
}

/* Sets up, binds and connects a socket. port points to the first UDP source port to try, and is set
 * to the one behind the port that was free; for a raw socket it is NULL. */
static bool send_socket_connect(int fd, const struct send_path *path, struct send_address *from,
				const struct send_address *to, uint16_t *port, struct error *err)
{
	bool bound;

	if (!send_socket_options(fd, &path->outer_header))
		return error_errno(err, "cannot set up a socket");
	bound = port ? send_socket_bind_port(fd, from, port)
		     : bind(fd, &from->to.any, from->len) == 0;
	if (!bound && errno == EADDRNOTAVAIL) {
		error_set(err, "%s is not an address of this host", from->text);
		err->number = EADDRNOTAVAIL;
		return false;
	}
	if (!bound)
		return error_errno(err, "cannot send from %s", from->text);
	if (connect(fd, &to->to.any, to->len) < 0)
		return error_errno(err, "no path to %s", to->text);
	return true;
}

static int send_socket_family(const struct send_path *path)
{
	return path->outer_header.version == 4 ? AF_INET : AF_INET6;
}

static int send_socket_create_raw(const struct send_path *path)
{
	return socket(send_socket_family(path), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      send_socket_is_udp(path) ? IPPROTO_UDP
					       : path->outer_header.encap->numbers[0]);
}

static int send_socket_create(const struct send_path *path)
{
	if (send_socket_is_udp(path))
		return socket(send_socket_family(path), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			      0);
	return send_socket_create_raw(path);
}

static bool send_socket_open_all(struct send_path *path, struct send_address *from,
				 const struct send_address *to, struct error *err)
{
	uint16_t port = 0;
	unsigned i;

	/* A random first port makes clashes with other programs rare. If there are no random bytes
	 * yet, the search begins at 0. */
	(void)!getrandom(&port, sizeof(port), GRND_NONBLOCK);
	for (i = 0; i < path->count; i++) {
		path->sockets[i].fd = send_socket_create(path);
		if (path->sockets[i].fd < 0 && !send_socket_is_udp(path) && errno == EPERM)
			return error_errno(err, "%s needs CAP_NET_RAW",
					   path->outer_header.encap->name);
		if (path->sockets[i].fd < 0)
			return error_errno(err, "cannot open a socket");
		if (!send_socket_connect(path->sockets[i].fd, path, from, to,
					 send_socket_is_udp(path) ? &port : NULL, err))
			return false;
	}
	path->mtu = send_socket_mtu(path, path->sockets[0].fd);
	return true;
}

static uint32_t send_socket_scope(const struct send_path *path)
{
	return path->zone[0] ? if_nametoindex(path->zone) : 0;
}

static void send_socket_target_address(struct send_address *to, const struct send_path *path)
{
	send_address_set(to, path->outer_header.version, path->outer_header.destination,
			 send_socket_scope(path));
	if (send_socket_is_udp(path))
		send_address_set_port(to, path->outer_header.port);
}

bool send_socket_open(struct send_path *path, unsigned ports, struct error *err)
{
	const struct outer_header *outer_header = &path->outer_header;
	struct send_address from, to;
	unsigned i;

	if (path->zone[0] && send_socket_scope(path) == 0)
		return error_errno(err, "%s", path->zone);
	send_address_set(&from, outer_header->version, outer_header->source,
			 send_socket_scope(path));
	send_socket_target_address(&to, path);
	path->skip = outer_header->version == 4 ? IPV4_MIN_LEN : IPV6_LEN;
	path->count = 1;
	if (send_socket_is_udp(path)) {
		path->skip += UDP_LEN;
		path->count = ports;
		path->segments = true;
	}
	path->sockets = calloc(path->count, sizeof(*path->sockets));
	if (!path->sockets)
		return error_errno(err, "sockets");
	for (i = 0; i < path->count; i++)
		path->sockets[i].fd = -1;
	if (!send_socket_open_all(path, &from, &to, err)) {
		send_socket_close(path);
		return false;
	}
	return true;
}

/* A packet socket sends from any address, such as one of --from that is not this host's, or one
 * that the host lost. The raw socket beside it has to do so as well. */
static bool send_socket_allow_any_source(int fd, const struct send_path *path)
{
	return path->outer_header.version == 4
		       ? send_socket_option(fd, IPPROTO_IP, IP_TRANSPARENT, 1)
		       : send_socket_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
}

int send_socket_open_raw(const struct send_path *path, struct error *err)
{
	const struct outer_header *outer_header = &path->outer_header;
	struct send_address from, to;
	int fd = send_socket_create_raw(path);

	send_address_set(&from, outer_header->version, outer_header->source,
			 send_socket_scope(path));
	send_socket_target_address(&to, path);
	if (fd < 0 || !send_socket_allow_any_source(fd, path))
		error_errno(err, "raw socket for fragments");
	else if (send_socket_connect(fd, path, &from, &to, NULL, err))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Connects again, so that the kernel looks the route up. Otherwise a socket reports the MTU of its
 * last packet's route: 68 if the device went down since then (blackhole_netdev), and without what
 * an ICMP error has told another socket.
 */
uint32_t send_socket_mtu(const struct send_path *path, int fd)
{
	bool four = path->outer_header.version == 4;
	struct send_address to;
	int mtu = 0;
	socklen_t len = sizeof(mtu);

	send_socket_target_address(&to, path);
	if (connect(fd, &to.to.any, to.len) < 0 ||
	    getsockopt(fd, four ? IPPROTO_IP : IPPROTO_IPV6, four ? IP_MTU : IPV6_MTU, &mtu, &len) <
		    0)
		return 0;
	return mtu > 0 ? (uint32_t)mtu : 0;
}

void send_socket_close(struct send_path *path)
{
	unsigned i;

	if (!path->sockets)
		return;
	for (i = 0; i < path->count; i++)
		if (path->sockets[i].fd >= 0)
			close(path->sockets[i].fd);
	if (path->icmp >= 0)
		close(path->icmp);
	if (path->oversize >= 0)
		close(path->oversize);
	free(path->sockets);
	path->sockets = NULL;
	path->count = 0;
}
