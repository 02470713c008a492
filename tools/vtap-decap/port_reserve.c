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

static bool drop_all(int fd)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { 1, nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool bind_any(int fd, int family, uint16_t port)
{
	const struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int both = 0;

	if (family == AF_INET)
		return bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both)) == 0 &&
	       bind(fd, (const struct sockaddr *)&in6, sizeof(in6)) == 0;
}

/* -1 and errno. The kernel may have no IPv6. */
static int hold(uint16_t port)
{
	int family = AF_INET6, fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), number;

	if (fd < 0 && errno == EAFNOSUPPORT) {
		family = AF_INET;
		fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (fd < 0 || (drop_all(fd) && bind_any(fd, family, port)))
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

static void tell(uint16_t port, void (*say)(void *arg, const char *text), void *say_arg)
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
		int fd = hold(ports[i]);

		if (fd >= 0)
			reserve->fd[reserve->count++] = fd;
		else
			tell(ports[i], say, say_arg);
	}
}

void port_reserve_close(struct port_reserve *reserve)
{
	while (reserve->count > 0)
		close(reserve->fd[--reserve->count]);
}
