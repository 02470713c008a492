/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lower bounds of `make bench` share: read blocks, find the end of the outer headers,
 * write blocks. Nothing here counts, reports, waits for a slow reader or looks further than the
 * traffic of generate.c goes; the checks are those without which a program would leave its memory.
 */
#ifndef BENCH_BOUND_H
#define BENCH_BOUND_H

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SLACK: headers may be looked at behind a short packet at the end of the block. */
enum { BLOCK = 256 << 10, SLACK = 256, SLOTS = 1 << 15, PIPE = 1 << 20 };
enum { PCAP_HEAD = 24, RECORD = 16, ENHANCED = 6, ENHANCED_HEAD = 28, INTERFACE = 1 };

/* An output that cannot be compacted in place: bytes collect until the next ones do not fit. */
struct out {
	int fd;
	size_t used, size;
	uint8_t *bytes;
};

static inline void put(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			exit(1);
		bytes += n;
		len -= (size_t)n;
	}
}

static inline void out_flush(struct out *out)
{
	put(out->fd, out->bytes, out->used);
	out->used = 0;
}

/* Room for len bytes, which are the output's next ones. */
static inline uint8_t *out_take(struct out *out, size_t len)
{
	if (out->size - out->used < len) {
		if (len > out->size)
			exit(1);
		out_flush(out);
	}
	out->used += len;
	return out->bytes + out->used - len;
}

static inline void head_read(uint8_t *head, size_t len)
{
	if (read(0, head, len) != (ssize_t)len)
		exit(1);
}

/* Hands work() the blocks of standard input: it returns the bytes of the whole records in them. */
static inline int each_block(size_t (*work)(uint8_t *block, size_t len))
{
	static uint8_t block[BLOCK + SLACK];
	size_t have = 0, taken;
	ssize_t n;

	fcntl(0, F_SETPIPE_SZ, PIPE);
	fcntl(1, F_SETPIPE_SZ, PIPE);
	while ((n = read(0, block + have, BLOCK - have)) > 0) {
		have += (size_t)n;
		taken = work(block, have);
		memmove(block, block + taken, have - taken);
		have -= taken;
	}
	return n < 0 || have > 0;
}

static inline uint32_t native32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static inline size_t be16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Bytes of Ethernet with at most one tag. */
static inline size_t link_len(const uint8_t *p, size_t *type)
{
	*type = be16(p + 12);
	if (*type != 0x8100)
		return 14;
	*type = be16(p + 16);
	return 18;
}

/* Bytes in front of the inner frame of VXLAN or GENEVE, 0 without one; *key: who sent it. */
static inline size_t outer_len(const uint8_t *p, size_t len, uint64_t *key)
{
	size_t type, at = link_len(p, &type), port;
	const uint8_t *source;
	int six = type == 0x86dd;

	if (!six && type != 0x0800)
		return 0;
	source = p + at + (six ? 20 : 12); /* of IPv6 the last four bytes */
	if (p[at + (six ? 6 : 9)] != 17)
		return 0;
	at += six ? 40 : (p[at] & 15) * 4;
	port = be16(p + at + 2);
	*key = (uint64_t)native32(p + at + 12) << 33 | (uint64_t)six << 32 | native32(source);
	if (port == 4789)
		at += 16;
	else if (port == 6081)
		at += 16 + (p[at + 8] & 63) * 4;
	else
		return 0;
	return at <= len ? at : 0;
}

/* The number that belongs to the key: 0 when it is new; the caller writes it. */
static inline uint32_t *number_of(uint64_t key)
{
	static struct slot {
		uint64_t key;
		uint32_t number;
	} slots[SLOTS];
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15 >> 49), tries = 0;

	while (slots[at].number && slots[at].key != key) {
		at = (at + 1) % SLOTS;
		if (++tries == SLOTS)
			exit(1);
	}
	slots[at].key = key;
	return &slots[at].number;
}

#endif
