/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower bound of decapsulation, from standard input to standard output:
 *   bound_decap pcap       pcap to pcap: what is left moves together inside the block
 *   bound_decap pcapng     pcapng to pcapng: the interfaces of the input, and one for each source
 *   bound_decap convert    pcap to pcapng, with an interface for each source
 * The bytes of pcap are those of vtap-decap. In pcapng the interfaces have neither name nor
 * description (about 80 bytes each), and those of the input, on which no packet is left, are there,
 * too, so that the numbers differ.
 */
#include "bound.h"

static struct out out = { .fd = 1, .size = BLOCK };
static uint32_t interfaces;

static size_t decap_pcap(uint8_t *block, size_t len)
{
	size_t at = 0, end = 0;

	while (len - at >= RECORD) {
		uint8_t *frame = block + at + RECORD;
		uint32_t head[4], strip;
		uint64_t key;

		memcpy(head, block + at, RECORD);
		if (len - at - RECORD < head[2])
			break;
		at += RECORD + head[2];
		strip = (uint32_t)outer_len(frame, head[2], &key);
		head[2] -= strip;
		head[3] -= strip;
		memcpy(block + end, head, RECORD);
		memmove(block + end + RECORD, frame + strip, head[2]);
		end += RECORD + head[2];
	}
	put(1, block, end);
	return at;
}

/* The interface of a source; in front of a new one go the bytes that collected. */
static uint32_t interface_of(uint64_t key, const uint8_t *bytes, size_t *used)
{
	static const uint32_t interface[] = { INTERFACE, 20, 1, 262144, 20 };
	uint32_t *number = number_of(key);

	if (!*number) {
		put(1, bytes, *used);
		*used = 0;
		put(1, (const uint8_t *)interface, sizeof(interface));
		*number = ++interfaces;
	}
	return *number - 1;
}

/* An enhanced packet block of head[5] bytes of frame, which may overlap with it. */
static void enhanced_write(uint8_t *to, const uint32_t *head, const uint8_t *frame)
{
	memcpy(to, head, ENHANCED_HEAD);
	memmove(to + ENHANCED_HEAD, frame, head[5]);
	memset(to + ENHANCED_HEAD + head[5], 0, head[1] - ENHANCED_HEAD - head[5] - 4);
	memcpy(to + head[1] - 4, &head[1], 4);
}

static uint32_t enhanced_len(uint32_t caplen)
{
	return ENHANCED_HEAD + ((caplen + 3) & ~3U) + 4;
}

static size_t decap_pcapng(uint8_t *block, size_t len)
{
	size_t at = 0, end = 0;

	while (len - at >= 8) {
		uint8_t *in = block + at;
		uint32_t head[7], type = native32(in), total = native32(in + 4), strip;
		uint64_t key;

		if (len - at < total || total < 8)
			break;
		at += total;
		if (type != ENHANCED || total < ENHANCED_HEAD + 4) {
			interfaces += type == INTERFACE;
			memmove(block + end, in, total);
			end += total;
			continue;
		}
		memcpy(head, in, ENHANCED_HEAD);
		strip = (uint32_t)outer_len(in + ENHANCED_HEAD, head[5], &key);
		if (head[5] > total - ENHANCED_HEAD - 4)
			exit(1);
		if (strip)
			head[2] = interface_of(key, block, &end);
		head[5] -= strip;
		head[6] -= strip;
		head[1] = enhanced_len(head[5]);
		enhanced_write(block + end, head, in + ENHANCED_HEAD + strip);
		end += head[1];
	}
	put(1, block, end);
	return at;
}

static size_t convert(uint8_t *block, size_t len)
{
	size_t at = 0;

	while (len - at >= RECORD) {
		const uint8_t *frame = block + at + RECORD;
		uint32_t in[4], head[7] = { ENHANCED }, strip;
		uint64_t key, us;

		memcpy(in, block + at, RECORD);
		if (len - at - RECORD < in[2])
			break;
		at += RECORD + in[2];
		strip = (uint32_t)outer_len(frame, in[2], &key);
		if (strip)
			head[2] = interface_of(key, out.bytes, &out.used);
		us = in[0] * 1000000ULL + in[1];
		head[3] = (uint32_t)(us >> 32);
		head[4] = (uint32_t)us;
		head[5] = in[2] - strip;
		head[6] = in[3] - strip;
		head[1] = enhanced_len(head[5]);
		enhanced_write(out_take(&out, head[1]), head, frame + strip);
	}
	return at;
}

int main(int argc, char **argv)
{
	static uint8_t bytes[BLOCK];
	static const uint32_t section[] = { 0x0a0d0d0a, 28,	    0x1a2b3c4d, 1,
					    UINT32_MAX, UINT32_MAX, 28,		INTERFACE,
					    20,		1,	    262144,	20 };

	if (argc == 2 && strcmp(argv[1], "pcapng") == 0)
		return each_block(decap_pcapng);
	head_read(bytes, PCAP_HEAD);
	if (argc == 2 && strcmp(argv[1], "pcap") == 0) {
		put(1, bytes, PCAP_HEAD);
		return each_block(decap_pcap);
	}
	out.bytes = bytes;
	put(1, (const uint8_t *)section, sizeof(section));
	interfaces = 1;
	if (each_block(convert) != 0)
		return 1;
	out_flush(&out);
	return 0;
}
