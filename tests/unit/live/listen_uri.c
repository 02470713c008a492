/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "header/flow.h"
#include "lib/tap.h"

static const struct {
	const char *uri, *encap, *address; /* address: "" is any of both families */
	unsigned version, port;
} good[] = {
	{ "vxlan://", "vxlan", "", 0, 4789 },
	{ "vxlan://:8472", "vxlan", "", 0, 8472 },
	{ "geneve://:0x1234", "geneve", "", 0, 0x1234 },
	{ "vxlan-gpe://10.0.0.1", "vxlan-gpe", "10.0.0.1", 4, 4790 },
	{ "tzsp://0.0.0.0:65535", "tzsp", "0.0.0.0", 4, 65535 },
	{ "gtpu://[::]", "gtpu", "::", 6, 2152 },
	{ "vxlan://[2001:db8::1]:1", "vxlan", "2001:db8::1", 6, 1 },
	{ "vxlan://[::ffff:10.0.0.1]:2", "vxlan", "10.0.0.1", 4, 2 },
	{ "vxlan://[fe80::1%lo]", "vxlan", "fe80::1", 6, 4789 },
};

static const struct {
	const char *uri, *expected;
} bad[] = {
	{ "", "expected NAME://" },
	{ ":4789", "expected NAME://" },
	{ "vxlan:4789", "expected NAME://" },
	{ "gre://", "one of vxlan" },
	{ "erspan2://", "one of vxlan" },
	{ "vxlan:///", "expected NAME://" },
	{ "vxlan://10.0.0.1/3", "expected NAME://" },
	{ "vxlan://:", "port: expected" },
	{ "vxlan://:0", "port: expected" },
	{ "vxlan://:65536", "port: expected" },
	{ "vxlan://:1/", "port: expected" },
	{ "vxlan://host", "host is not one" },
	{ "vxlan://10.0.0", "10.0.0 is not one" },
	{ "vxlan://2001:db8::1", "in brackets" },
	{ "vxlan://[]", "IPv6 address in brackets" },
	{ "vxlan://[::1", "expected ]" },
	{ "vxlan://[10.0.0.1]", "IPv6 address in brackets" },
	{ "vxlan://[::1]4789", "expected NAME://" },
	{ "vxlan://[fe80::1%no-such-one]", "no interface no-such-one" },
	{ "vxlan://1111111111111111111111111111111111111111111111111111111111111111111111111111",
	  "an address of this host" },
};

static void parse(void)
{
	struct listen_address address;
	struct error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char text[FLOW_ADDRESS_MAX] = "";
		bool read = listen_uri_parse(&address, good[i].uri, &err);

		if (read && address.version != 0)
			flow_address(address.version, address.address, text);
		ok(read && strcmp(address.encap->name, good[i].encap) == 0 &&
			   address.version == good[i].version && address.port == good[i].port &&
			   strcmp(text, good[i].address) == 0,
		   "%s", good[i].uri);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!listen_uri_parse(&address, bad[i].uri, &err) &&
			   strstr(err.text, bad[i].expected),
		   "'%s': %s", bad[i].uri, bad[i].expected);
}

/* Sends len bytes 0, 1, 2 ... to the port, as datagrams of part bytes. */
static void send_batch(int fd, int family, uint16_t port, uint8_t len, int part)
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

/* Parts that are shorter than the headers in front of them: those reach over several. */
static void cut(struct source *source, int family, uint16_t port, uint8_t len, uint8_t part)
{
	uint32_t headers = family == AF_INET ? 28 : 48;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct packet packet;
	struct block block;
	struct error err;
	unsigned at = 0, good_parts = 0, want = (len + part - 1U) / part;

	send_batch(fd, family, port, len, part);
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

static void runs(void)
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
	for (uint8_t part = 1; part <= 61 && source; part += 12) {
		cut(source, AF_INET, address.port, (uint8_t)(part * 4 - part / 2), part);
		cut(source, AF_INET6, address.port, (uint8_t)(part * 4 - part / 2), part);
	}
	is_u64(listen_dropped(source), 0, "nothing was dropped");
	source_close(source);
}

int main(void)
{
	alarm(20); /* a datagram that does not come would be waited for */
	parse();
	runs();
	return tap_done();
}
