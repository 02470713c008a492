/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams that the kernel has joined (UDP_GRO) are cut again, each with headers of its own. */
#include "live/listen.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tap.h"

/* Sends len bytes 0, 1, 2 ... to the port, as datagrams of part bytes. */
static void listen_send_joined(int fd, int family, uint16_t port, uint8_t len, int part)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port),
				    .sin6_addr = in6addr_loopback };
	uint8_t bytes[256];

	for (unsigned i = 0; i < len; i++)
		bytes[i] = (uint8_t)i;
	ok(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &part, sizeof(part)) == 0 &&
		   sendto(fd, bytes, len, 0,
			  family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
			  family == AF_INET ? sizeof(in) : sizeof(in6)) == len,
	   "%u bytes leave as datagrams of %d", len, part);
}

/* The headers of a datagram that is shorter than they are reach over several datagrams. */
static void check_cut(struct source *source, int family, uint16_t port, uint8_t len, uint8_t part)
{
	uint32_t headers = family == AF_INET ? 28 : 48;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct packet packet;
	struct block block;
	struct error err;
	unsigned at = 0, good_parts = 0, want = (len + part - 1U) / part;

	listen_send_joined(fd, family, port, len, part);
	for (unsigned i = 0; i < want; i++) {
		uint32_t have = len - at < part ? len - at : part;
		struct span bytes;
		uint16_t udp_len = 0, to = 0;

		if (source_next(source, &packet, &block, &err) != SOURCE_PACKET)
			break;
		bytes = span_of(packet.data, packet.caplen);
		span_be16(bytes, headers - 6, &to);
		span_be16(bytes, headers - 4, &udp_len);
		good_parts += packet.caplen == headers + have && packet.len == packet.caplen &&
			      udp_len == 8 + have && to == port &&
			      packet.data[headers] == (uint8_t)at &&
			      packet.data[packet.caplen - 1] == (uint8_t)(at + have - 1);
		at += have;
	}
	is_u64(good_parts, want, "... and arrive as they left");
	close(fd);
}

/* The section comes before any packet, so that a sink can write its header. */
static void check_section(struct source *source)
{
	struct packet packet;
	struct block block = { 0 };
	struct error err;

	ok(source_next(source, &packet, &block, &err) == SOURCE_BLOCK &&
		   block.kind == BLOCK_SECTION && block.section,
	   "the section comes before any packet");
}

static void check_joined(void)
{
	struct listen_address address = { .encap = encap_find("vxlan") };
	const struct listen_config config = { .addresses = &address, .count = 1, .buffer = 65536 };
	struct source *source = NULL;
	struct error err;

	for (unsigned port = 40000 + (unsigned)getpid() % 20000; !source && port < 65536; port++) {
		address.port = (uint16_t)port;
		source = listen_open(&config, &err);
	}
	ok(source && source->drains, "a socket for both families");
	if (source)
		check_section(source);
	for (uint8_t part = 1; part <= 61 && source; part += 12) {
		check_cut(source, AF_INET, address.port, (uint8_t)(part * 4 - part / 2), part);
		check_cut(source, AF_INET6, address.port, (uint8_t)(part * 4 - part / 2), part);
	}
	is_u64(listen_dropped(source), 0, "nothing was dropped");
	source_close(source);
}

static char said[256];

static void hear(void *arg, const char *text)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s", text);
}

/* What is said of a receive buffer of so many bytes. */
static void check_buffer(uint64_t bytes, const char *want)
{
	struct listen_address address = { .encap = encap_find("vxlan"), .version = 4 };
	const struct listen_config config = {
		.addresses = &address, .count = 1, .buffer = bytes, .say = hear
	};
	struct error err = { 0 };
	struct source *source = listen_open(&config, &err);

	ok(source != NULL, "a receive buffer of %" PRIu64 " bytes: %s", bytes, err.text);
	is_str(said, want, "... of which is said");
	said[0] = '\0';
	if (source)
		source_close(source);
}

/* Without CAP_NET_ADMIN a sysctl of the host decides. */
static void check_buffers(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 65536;
	bool may = setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0;

	close(fd);
	if (!may) {
		ok(true, "receive buffers # SKIP no CAP_NET_ADMIN");
		return;
	}
	check_buffer(1, "");
	check_buffer(UINT64_C(1) << 30, "");
	check_buffer(UINT64_C(1) << 32,
		     "the kernel gives a receive buffer of 1048575 KiB, not 4194304: a socket has "
		     "no larger one");
}

static void check_count(void)
{
	static struct listen_address addresses[LISTEN_MAX + 1];
	struct listen_config config = { .addresses = addresses, .count = LISTEN_MAX + 1 };
	struct error err = { 0 };

	ok(!listen_open(&config, &err), "a socket too many");
	is_str(err.text, "1 to 32 UDP sockets, not 33", "... which is said");
	config.count = 0;
	ok(!listen_open(&config, &err), "none at all");
}

int main(void)
{
	alarm(20); /* a datagram that is lost would be waited for */
	check_joined();
	check_buffers();
	check_count();
	return tap_done();
}
