/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/udp_gso.h"

#include <stdlib.h>

#include "header/checksum.h"
#include "lib/tap.h"

enum { HEADER = 8, ROOM = 65536 };

static const uint8_t vxlan[HEADER] = { 0x08, 0, 0, 0, 0, 0x0b, 0xb8, 0 };
static uint8_t bytes[ROOM];

/* An Ethernet frame of which `present` bytes are there, and which claims `claimed`; returns its
 * end. */
static size_t frame(size_t at, uint16_t claimed, size_t present)
{
	uint8_t head[34] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0, 0x45 };

	head[16] = (uint8_t)((claimed - 14) >> 8);
	head[17] = (uint8_t)(claimed - 14);
	head[22] = 64;
	head[23] = 6;
	memset(bytes + at, 0xAA, present);
	memcpy(bytes + at, head, present < sizeof(head) ? present : sizeof(head));
	return at + present;
}

static size_t datagram(size_t at, uint16_t claimed, size_t present)
{
	memcpy(bytes + at, vxlan, HEADER);
	return frame(at + HEADER, claimed, present);
}

static uint32_t size_of(size_t len)
{
	return udp_gso_size(span_of(bytes, len), HEADER, LINK_ETHERNET);
}

static void runs(void)
{
	size_t end = datagram(0, 1514, 1514);

	is_u64(size_of(end), 0, "one datagram");
	end = datagram(0, 9000, 9000);
	is_u64(size_of(end), 0, "a long one");
	end = datagram(0, 1514, 128);
	is_u64(size_of(end), 0, "a cut one");
	end = datagram(datagram(0, 1514, 1514), 1514, 1514);
	is_u64(size_of(end), HEADER + 1514, "two whole ones");
	end = datagram(end, 100, 100);
	is_u64(size_of(end), HEADER + 1514, "... and a shorter last one");
	end = datagram(datagram(datagram(0, 1514, 128), 1514, 128), 1514, 128);
	is_u64(size_of(end), HEADER + 128, "three cut ones, shorter together than one claims");
	end = datagram(datagram(0, 54, 60), 54, 60);
	is_u64(size_of(end), HEADER + 60, "two padded ones");
	end = 0;
	for (int i = 0; i < 128; i++)
		end = datagram(end, 66, 66);
	is_u64(size_of(end), HEADER + 66, "128 are a run");
	end = datagram(end, 66, 66);
	is_u64(size_of(end), 0, "129 are none");
}

static void no_runs(void)
{
	size_t end = datagram(datagram(0, 1514, 128), 1514, 128);

	is_u64(size_of(end - 128), 0, "nothing behind the last header");
	bytes[HEADER + 128 + 6] ^= 1;
	is_u64(size_of(end), 0, "another VNI is another tunnel");
	end = datagram(datagram(datagram(0, 1514, 128), 1514, 100), 1514, 128);
	is_u64(size_of(end), 0, "lengths that differ");
	/* VXLAN in VXLAN, of the same VNI, cut behind the inner header. */
	end = datagram(0, 1514, 42 + HEADER + 20);
	bytes[HEADER + 23] = 17;
	memcpy(bytes + HEADER + 42, vxlan, HEADER);
	is_u64(size_of(end), 0, "a tunnel in the tunnel");
	for (size_t len = 0; len <= end; len++)
		if (udp_gso_size(span_of(bytes, len), HEADER, LINK_ETHERNET) > len)
			ok(false, "prefix of %zu bytes", len);
	is_u64(udp_gso_size(span_of(bytes, 0), HEADER, LINK_ETHERNET), 0, "no bytes at all");
}

/* As the kernel leaves it to the card: the folded sum of the pseudo-header. */
static void leave_partial(uint8_t *wire, size_t udp_len)
{
	uint64_t sum = checksum_add_pseudo(0, span_of(wire + 26, 8), 17, (uint32_t)udp_len);
	uint16_t field = (uint16_t)~checksum_fold(sum);

	wire[40] = (uint8_t)(field >> 8);
	wire[41] = (uint8_t)field;
}

/* Ethernet, IPv4 and UDP to the VXLAN port around the payload of len bytes. */
static size_t wrap(uint8_t *wire, size_t len)
{
	const uint8_t head[42] = { 2,
				   0,
				   0,
				   0,
				   0,
				   1,
				   2,
				   0,
				   0,
				   0,
				   0,
				   2,
				   0x08,
				   0,
				   0x45,
				   0,
				   (uint8_t)((len + 28) >> 8),
				   (uint8_t)(len + 28),
				   0,
				   0,
				   0x40,
				   0,
				   64,
				   17,
				   0,
				   0,
				   10,
				   0,
				   0,
				   1,
				   10,
				   0,
				   0,
				   2,
				   0xC0,
				   0,
				   0x12,
				   0xB5,
				   (uint8_t)((len + 8) >> 8),
				   (uint8_t)(len + 8),
				   0xAB,
				   0xCD };

	memcpy(wire, head, sizeof(head));
	memcpy(wire + sizeof(head), bytes, len);
	leave_partial(wire, len + 8);
	return sizeof(head) + len;
}

static void cuts(size_t parts)
{
	static uint8_t wire[ROOM];
	struct interface interface = { .linktype = LINK_ETHERNET, .ticks_per_s = 1000000000 };
	struct encap_select select;
	struct packet packet = {
		.data = wire, .front = wire, .linktype = LINK_ETHERNET, .interface = &interface
	};
	struct encap_table table;
	static struct peel peel;
	struct udp_gso *udp_gso;
	size_t end = 0, got = 0;

	for (size_t i = 0; i < parts; i++)
		end = datagram(end, 1514, i + 1 < parts ? 128 : 90);
	packet.len = packet.caplen = (uint32_t)wrap(wire, end);
	encap_select_all(&select);
	encap_table_init(&table, &select);
	udp_gso = udp_gso_new(&table);
	peel_packet(&peel, &table, LINK_ETHERNET, wire, packet.caplen, packet.len);
	wire[40] ^= 1;
	ok(!udp_gso_begin(udp_gso, &packet, &peel),
	   "%zu datagrams under a checksum: none was joined", parts);
	wire[40] ^= 1;
	ok(udp_gso_begin(udp_gso, &packet, &peel) == (parts > 1), "%zu datagrams: a run or not",
	   parts);
	while (udp_gso_next(udp_gso, &packet)) {
		uint32_t want = 42 + HEADER + (++got < parts ? 128 : 90);

		ok(packet.caplen == want && packet.len == want && packet.data[17] == want - 14 &&
			   packet.data[39] == want - 34 &&
			   memcmp(packet.data + 42, vxlan, HEADER) == 0 && packet.front == NULL,
		   "part %zu of %zu: lengths and bytes", got, parts);
	}
	is_u64(got, parts > 1 ? parts : 0, "all parts come");
	ok(!udp_gso_more(udp_gso), "and no more");
	udp_gso_free(udp_gso);
}

int main(void)
{
	runs();
	no_runs();
	cuts(1);
	cuts(2);
	cuts(64);
	return tap_done();
}
