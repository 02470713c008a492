/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets for unit tests, made from the inside to the outside: each build_ function puts a header
 * in front of what is there and fills its lengths from it.
 */
#ifndef VTAP_TESTS_LIB_BUILD_H
#define VTAP_TESTS_LIB_BUILD_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct build {
	uint8_t room[8192];
	size_t start; /* the packet is room[start .. end-1] */
	size_t end;
};

static inline void build_clear(struct build *b)
{
	memset(b->room, 0, sizeof b->room);
	b->start = b->end = 6144;
}

static inline const uint8_t *build_data(const struct build *b)
{
	return b->room + b->start;
}

static inline size_t build_len(const struct build *b)
{
	return b->end - b->start;
}

/* Room for len bytes in front. */
static inline uint8_t *build_front(struct build *b, size_t len)
{
	assert(len <= b->start);
	b->start -= len;
	return b->room + b->start;
}

/* len bytes of value behind: payload, padding. */
static inline void build_pad(struct build *b, size_t len, uint8_t value)
{
	assert(len <= sizeof b->room - b->end);
	memset(b->room + b->end, value, len);
	b->end += len;
}

/* Bytes by hexadecimal text, spaces allowed, at out; returns how many. */
static inline size_t build_hex_at(uint8_t *out, size_t size, const char *hex)
{
	size_t len = 0;

	for (unsigned byte; *hex != '\0'; hex += 2) {
		hex += strspn(hex, " ");
		if (*hex == '\0')
			break;
		assert(len < size && sscanf(hex, "%2x", &byte) == 1);
		out[len++] = (uint8_t)byte;
	}
	return len;
}

static inline void build_hex(struct build *b, const char *hex)
{
	uint8_t bytes[512];
	size_t len = build_hex_at(bytes, sizeof bytes, hex);

	memcpy(build_front(b, len), bytes, len);
}

static inline void build_be16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void build_ethernet(struct build *b, uint16_t ethertype)
{
	uint8_t *p = build_front(b, 14);

	memcpy(p, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	build_be16(p + 12, ethertype);
}

/* A tag behind the MAC addresses of the header that stands in front; call it before build_ethernet.
 */
static inline void build_vlan(struct build *b, uint16_t vid, uint16_t ethertype)
{
	uint8_t *p = build_front(b, 4);

	build_be16(p, vid);
	build_be16(p + 2, ethertype);
}

/* From 10.0.0.source to 10.0.0.destination. */
static inline void build_ipv4(struct build *b, uint8_t source, uint8_t destination,
			      uint8_t protocol)
{
	uint8_t *p = build_front(b, 20);

	memcpy(p, "\x45\0\0\0\0\0\0\0\x40\0\0\0\x0a\0\0\0\x0a\0\0\0", 20);
	build_be16(p + 2, build_len(b));
	p[9] = protocol;
	p[15] = source;
	p[19] = destination;
}

/* From 2001:db8::source to 2001:db8::destination. */
static inline void build_ipv6(struct build *b, uint8_t source, uint8_t destination, uint8_t next)
{
	size_t payload = build_len(b);
	uint8_t *p = build_front(b, 40);

	memcpy(p, "\x60\0\0\0\0\0\0\x40\x20\x01\x0d\xb8\0\0\0\0", 16);
	memcpy(p + 24, "\x20\x01\x0d\xb8", 4);
	build_be16(p + 4, payload);
	p[6] = next;
	p[23] = source;
	p[39] = destination;
}

static inline void build_udp(struct build *b, uint16_t port)
{
	uint8_t *p = build_front(b, 8);

	build_be16(p, 50000);
	build_be16(p + 2, port);
	build_be16(p + 4, build_len(b));
}

/* The packet's first len bytes in memory of exactly that size, so that ASan sees each byte too
 * many. */
static inline uint8_t *build_exact(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len);

	assert(exact != NULL || len == 0);
	if (len > 0)
		memcpy(exact, data, len);
	return exact;
}

#endif
