/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower bound of encapsulation: puts Ethernet, IPv4, UDP and VXLAN in front of each packet of
 * the pcap at standard input. The bytes are those of
 *   vtap-tap -t vxlan://10.0.2.9/3000 --from 10.0.1.5 -F pcap -w -
 * but for the UDP source port, which is the same for all flows here.
 */
#include "bound.h"

enum { OUTER = 50, IP = 14, UDP = 34 };

static struct out out = { .fd = 1, .size = BLOCK };

static const uint8_t outer[OUTER] = {
	2,    0, 0,    0,    0, 2,    2,    0, 0,  0,  0, 1, 8,	 0, /* Ethernet */
	0x45, 0, 0,    0,    0, 0,    0x40, 0, 64, 17, 0, 0, 10, 0, 1, 5, 10, 0, 2, 9, /* IPv4 */
	0xc0, 0, 0x12, 0xb5, 0, 0,    0,    0,					       /* UDP */
	8,    0, 0,    0,    0, 0x0b, 0xb8, 0					       /* VXLAN */
};

static void set16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum_of_constants(void)
{
	uint32_t sum = 0;

	for (size_t i = IP; i < UDP; i += 2)
		sum += (uint32_t)be16(outer + i);
	return sum;
}

static size_t tap(uint8_t *block, size_t len)
{
	uint32_t head[4], constants = sum_of_constants(), sum;
	size_t at = 0;
	uint8_t *to;

	while (len - at >= RECORD) {
		memcpy(head, block + at, RECORD);
		if (len - at - RECORD < head[2])
			break;
		to = out_take(&out, RECORD + OUTER + head[2]);
		memcpy(to + RECORD, outer, OUTER);
		memcpy(to + RECORD + OUTER, block + at + RECORD, head[2]);
		at += RECORD + head[2];
		head[2] += OUTER;
		head[3] += OUTER;
		memcpy(to, head, RECORD);
		to += RECORD;
		set16(to + IP + 2, head[2] - IP);
		set16(to + UDP + 4, head[2] - UDP);
		sum = constants + (uint32_t)be16(to + IP + 2);
		sum = (sum & 0xffff) + (sum >> 16);
		sum += sum >> 16;
		set16(to + IP + 10, ~sum & 0xffff);
	}
	return at;
}

int main(void)
{
	static uint8_t bytes[BLOCK];
	int status;

	out.bytes = bytes;
	head_read(bytes, PCAP_HEAD);
	put(1, bytes, PCAP_HEAD);
	status = each_block(tap);
	out_flush(&out);
	return status;
}
