/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port_reserve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/link.h"

static bool reserve_drop_all(int fd)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { 1, nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool reserve_bind(int fd, int family, uint16_t port)
{
	const struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int both = 0;

	if (family == AF_INET)
		return bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both)) == 0 &&
	       bind(fd, (const struct sockaddr *)&in6, sizeof(in6)) == 0;
}

/* Returns a socket, or -1 with errno. Without IPv6 in the kernel, it is for IPv4 only. */
static int reserve_port(uint16_t port)
{
	int family = AF_INET6, fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), number;

	if (fd < 0 && errno == EAFNOSUPPORT) {
		family = AF_INET;
		fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (fd < 0 || (reserve_drop_all(fd) && reserve_bind(fd, family, port)))
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

static void reserve_report(uint16_t port, void (*say)(void *arg, const char *text), void *say_arg)
{
	int number = errno;
	char text[160];
	struct link link;

	if (number == EADDRINUSE && link_find_by_port(&link, port))
		snprintf(text, sizeof(text),
			 "UDP port %u is held by the %s device %s of this host, which receives "
			 "the packets, too",
			 port, link.kind, link.name);
	else
		snprintf(text, sizeof(text),
			 "UDP port %u could not be bound (%s): senders may get ICMP errors", port,
			 strerror(number));
	say(say_arg, text);
}

void port_reserve_open(struct port_reserve *reserve, const uint16_t *ports, unsigned count,
		       void (*say)(void *arg, const char *text), void *say_arg)
{
	reserve->count = 0;
	for (unsigned i = 0; i < count; i++) {
		int fd = reserve_port(ports[i]);

		if (fd >= 0)
			reserve->fd[reserve->count++] = fd;
		else
			reserve_report(ports[i], say, say_arg);
	}
}

void port_reserve_close(struct port_reserve *reserve)
{
	while (reserve->count > 0)
		close(reserve->fd[--reserve->count]);
}
