/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower bound of length repair, from standard input to standard output: raises the length on
 * the wire of each record to what the IP header says, the inner one where there is a tunnel, and
 * writes the block as it was read. `bound_fixlen pcap` or `bound_fixlen pcapng`; the bytes are
 * those of vtap-fixlen.
 */
#include "bound.h"

/* Where the IP header says that the frame ends, 0 without one. */
static size_t claim(const uint8_t *frame, size_t len)
{
	uint64_t key;
	size_t type, at = outer_len(frame, len, &key);

	at += link_len(frame + at, &type);
	if (type == 0x0800)
		return at + be16(frame + at + 2);
	if (type == 0x86dd)
		return at + 40 + be16(frame + at + 4);
	return 0;
}

static void raise_len(uint8_t *field, const uint8_t *frame, size_t caplen)
{
	uint32_t claimed = (uint32_t)claim(frame, caplen);

	if (claimed > native32(field))
		memcpy(field, &claimed, sizeof(claimed));
}

static size_t fix_pcap(uint8_t *block, size_t len)
{
	size_t at = 0, caplen;

	while (len - at >= RECORD) {
		caplen = native32(block + at + 8);
		if (len - at - RECORD < caplen)
			break;
		raise_len(block + at + 12, block + at + RECORD, caplen);
		at += RECORD + caplen;
	}
	put(1, block, at);
	return at;
}

static size_t fix_pcapng(uint8_t *block, size_t len)
{
	size_t at = 0, total;

	while (len - at >= 8) {
		uint8_t *in = block + at;

		total = native32(in + 4);
		if (len - at < total || total < 8)
			break;
		if (native32(in) == ENHANCED && total >= ENHANCED_HEAD + 4)
			raise_len(in + 24, in + ENHANCED_HEAD, native32(in + 20));
		at += total;
	}
	put(1, block, at);
	return at;
}

int main(int argc, char **argv)
{
	uint8_t head[PCAP_HEAD];

	if (argc == 2 && strcmp(argv[1], "pcapng") == 0)
		return each_block(fix_pcapng);
	head_read(head, sizeof(head));
	put(1, head, sizeof(head));
	return each_block(fix_pcap);
}
