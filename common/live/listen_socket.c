/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "header/flow.h"
#include "host/link.h"

static bool listen_socket_set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* The kernel reports twice the bytes that were asked for: one half is for its bookkeeping. */
static void listen_socket_set_buffer(struct listen_socket *sock, uint64_t bytes)
{
	int want = bytes > LISTEN_BUFFER_MAX ? LISTEN_BUFFER_MAX : (int)bytes, got = 0;
	socklen_t len = sizeof(got);

	if (!listen_socket_set_option(sock->fd, SOL_SOCKET, SO_RCVBUFFORCE, want))
		listen_socket_set_option(sock->fd, SOL_SOCKET, SO_RCVBUF, want);
	getsockopt(sock->fd, SOL_SOCKET, SO_RCVBUF, &got, &len);
	sock->buffer = (uint64_t)got / 2;
	/* A byte less is no news: LISTEN_BUFFER_MAX is that much less than 1 GiB. */
	sock->capped = sock->buffer + 1 < bytes;
}

/* UDP_GRO is new in Linux 5.0. Without it each datagram is a message of its own. */
static bool listen_socket_set_options(struct listen_socket *sock,
				      const struct listen_address *address)
{
	int fd = sock->fd;
	bool both = address->version == 0;
	bool done = listen_socket_set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) &&
		    listen_socket_set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);

	if (sock->ipv6)
		done = done && listen_socket_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !both) &&
		       listen_socket_set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
		       listen_socket_set_option(fd, SOL_UDP, UDP_NO_CHECK6_RX, 1);
	else
		done = done && listen_socket_set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	sock->gro =
		listen_socket_set_option(fd, SOL_UDP, UDP_GRO, 1) ? LISTEN_GRO_ON : LISTEN_GRO_OFF;
	return done;
}

static bool listen_socket_bind(const struct listen_socket *sock,
			       const struct listen_address *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(address->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(address->port),
				    .sin6_scope_id = address->scope };

	memcpy(&in.sin_addr, address->address, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, address->address, sizeof(in6.sin6_addr));
	if (sock->ipv6)
		return bind(sock->fd, (const struct sockaddr *)&in6, sizeof(in6)) == 0;
	return bind(sock->fd, (const struct sockaddr *)&in, sizeof(in)) == 0;
}

/* Sets err from the errno of bind(2). Always returns false. */
static bool listen_socket_cannot_bind(const struct listen_address *address, struct error *err)
{
	int number = errno;
	char text[FLOW_ADDRESS_MAX] = "";
	struct link link;

	if (address->version != 0)
		flow_address(address->version, address->address, text);
	if (number == EADDRINUSE && link_find_by_port(&link, address->port))
		error_set(err,
			  "UDP port %u is held by this host's own %s device %s: use -i to receive "
			  "beside it, or take it down",
			  address->port, link.kind, link.name);
	else if (number == EADDRINUSE)
		error_set(err, "UDP port %u is in use by another socket of this host",
			  address->port);
	else if (number == EADDRNOTAVAIL)
		error_set(err, "%s is no address of this host", text);
	else if (number == EACCES)
		error_set(err, "UDP port %u: the kernel reserves it (CAP_NET_BIND_SERVICE)",
			  address->port);
	else
		error_errno(err, "UDP port %u", address->port);
	err->number = number;
	return false;
}

/* If the kernel has no IPv6, "any address" means any IPv4 address. */
static bool listen_socket_create(struct listen_socket *sock, const struct listen_address *address)
{
	enum { TYPE = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK };

	sock->ipv6 = address->version != 4;
	sock->fd = socket(sock->ipv6 ? AF_INET6 : AF_INET, TYPE, 0);
	if (sock->fd < 0 && errno == EAFNOSUPPORT && address->version == 0) {
		sock->ipv6 = false;
		sock->fd = socket(AF_INET, TYPE, 0);
	}
	return sock->fd >= 0;
}

bool listen_socket_open(struct listen_socket *sock, const struct listen_address *address,
			uint64_t buffer, struct error *err)
{
	*sock = (struct listen_socket){ .fd = -1, .port = address->port };
	if (!listen_socket_create(sock, address))
		return error_errno(err, "UDP socket");
	if (!listen_socket_set_options(sock, address)) {
		error_errno(err, "UDP socket: options");
	} else if (!listen_socket_bind(sock, address)) {
		listen_socket_cannot_bind(address, err);
	} else {
		listen_socket_set_buffer(sock, buffer);
		return true;
	}
	listen_socket_close(sock);
	return false;
}

bool listen_socket_describe_caps(const struct listen_socket *sockets, unsigned count,
				 uint64_t wanted, char *text, size_t size)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < count; i++)
		if (sockets[i].capped && sockets[i].buffer < least)
			least = sockets[i].buffer;
	if (least == UINT64_MAX)
		return false;
	snprintf(text, size,
		 "the kernel gives a receive buffer of %" PRIu64 " KiB, not %" PRIu64 ": %s",
		 least >> 10, wanted >> 10,
		 least < LISTEN_BUFFER_MAX ? "the sysctl net.core.rmem_max is the limit"
					   : "a socket has no larger one");
	return true;
}

void listen_socket_close(struct listen_socket *sock)
{
	if (sock->fd >= 0)
		close(sock->fd);
	sock->fd = -1;
}

void listen_socket_set_drops(struct listen_socket *sock, uint32_t drops)
{
	uint32_t more = drops - sock->drops_now;

	/* A message carries the count at the time it was queued, which may be older than ours. */
	if (more == 0 || more > UINT32_MAX / 2)
		return;
	sock->drops_now = drops;
	sock->dropped += more;
	if (sock->gro == LISTEN_GRO_ON)
		sock->gro = LISTEN_GRO_LEAVING;
}

void listen_socket_read_drops(struct listen_socket *sock)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (!sock->refusing && getsockopt(sock->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 &&
	    len > SK_MEMINFO_DROPS * sizeof(*info))
		listen_socket_set_drops(sock, info[SK_MEMINFO_DROPS]);
}

/* Makes the kernel drop what arrives from now on. */
static bool listen_socket_fence(const struct listen_socket *sock)
{
	struct sock_filter drop_all[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { 1, drop_all };

	return setsockopt(sock->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

/* The kernel's count of drops is read first: those to come are no lack of room. */
bool listen_socket_refuse(struct listen_socket *sock)
{
	listen_socket_read_drops(sock);
	sock->refusing = listen_socket_fence(sock);
	if (sock->refusing && sock->gro == LISTEN_GRO_FENCED)
		sock->gro = LISTEN_GRO_ON;
	return sock->refusing;
}

/*
 * With UDP_GRO off the kernel no longer says where the joined datagrams in its queue are to be cut.
 * So the queue has to be empty at that moment, and a filter keeps it so.
 */
void listen_socket_leave_gro(struct listen_socket *sock, bool nearly, bool drained)
{
	if (sock->refusing)
		return;
	if (sock->gro == LISTEN_GRO_LEAVING && nearly && listen_socket_fence(sock))
		sock->gro = LISTEN_GRO_FENCED;
	else if (sock->gro == LISTEN_GRO_FENCED && drained) {
		listen_socket_set_option(sock->fd, SOL_UDP, UDP_GRO, 0);
		listen_socket_set_option(sock->fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
		sock->gro = LISTEN_GRO_OFF;
	}
}
