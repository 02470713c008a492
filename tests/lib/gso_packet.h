/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames for unit tests as offloads leave them: TCP or UDP larger than any wire takes. */
#ifndef VTAP_TESTS_LIB_GSO_PACKET_H
#define VTAP_TESTS_LIB_GSO_PACKET_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "header/headers.h"

enum gso_packet_claim {
	CLAIM_RIGHT,
	CLAIM_NOTHING, /* length 0: above 65535 bytes, or left to the card */
	CLAIM_JUMBO,   /* RFC 2675 */
};

/* From 10.0.0.1 or 2001:db8::1 to .2, port 40000 to 5001. */
struct gso_packet {
	uint8_t version, protocol; /* 0: 4, TCP */
	unsigned vlans, ip_options_len, tcp_options_len;
	const char *extensions; /* IPv6: next headers, 8 bytes each: "\x3c\x2b" */
	enum gso_packet_claim claim;
	uint32_t payload_len, padding_len;
	uint16_t id, fragment; /* fragment: IPv4's field */
	uint8_t flags;
	uint32_t sequence;
	/* Filled by gso_packet_build(). */
	uint8_t bytes[200000];
	uint32_t len, ip, transport, payload;
	struct headers headers;
};

static inline void gso_packet_be16(struct gso_packet *f, uint32_t at, uint32_t value)
{
	f->bytes[at] = (uint8_t)(value >> 8);
	f->bytes[at + 1] = (uint8_t)value;
}

static inline uint32_t gso_packet_link(struct gso_packet *f)
{
	uint32_t at = 12;

	memcpy(f->bytes, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	for (unsigned i = 0; i < f->vlans; i++, at += 4) {
		gso_packet_be16(f, at, i + 1 < f->vlans ? 0x88a8 : 0x8100);
		gso_packet_be16(f, at + 2, 0x6000 | (100 + i));
	}
	gso_packet_be16(f, at, f->version == 6 ? 0x86dd : 0x0800);
	return at + 2;
}

static inline uint32_t gso_packet_ipv4(struct gso_packet *f, uint32_t at)
{
	uint32_t header_len = 20 + f->ip_options_len;

	memset(f->bytes + at, 1, header_len);
	memcpy(f->bytes + at, "\x45\x02\0\0\0\0\x40\0\x40\x06\0\0\x0a\0\0\1\x0a\0\0\2", 20);
	f->bytes[at] = (uint8_t)(0x40 | header_len / 4);
	gso_packet_be16(f, at + 4, f->id);
	if (f->fragment != 0)
		gso_packet_be16(f, at + 6, f->fragment);
	f->bytes[at + 9] = f->protocol;
	return at + header_len;
}

static inline uint32_t gso_packet_ipv6(struct gso_packet *f, uint32_t at)
{
	uint32_t next = at + 6;

	memset(f->bytes + at, 0, 40);
	memcpy(f->bytes + at, "\x60\x12\x34\x56\0\0\x06\x40\x20\x01\x0d\xb8", 12);
	memcpy(f->bytes + at + 24, "\x20\x01\x0d\xb8", 4);
	f->bytes[at + 23] = 1;
	f->bytes[at + 39] = 2;
	at += 40;
	if (f->claim == CLAIM_JUMBO) {
		f->bytes[next] = 0;
		memcpy(f->bytes + at, "\0\0\xc2\4\0\0\0\0", 8);
		next = at;
		at += 8;
	}
	for (const char *e = f->extensions; e != NULL && *e != '\0'; e++, next = at, at += 8) {
		f->bytes[next] = (uint8_t)*e;
		memcpy(f->bytes + at, "\0\0\1\0\0\0\0\0", 8);
	}
	f->bytes[next] = f->protocol;
	return at;
}

static inline uint32_t gso_packet_transport(struct gso_packet *f, uint32_t at)
{
	uint32_t header_len = f->protocol == 17 ? 8 : 20 + f->tcp_options_len;

	memset(f->bytes + at, 1, header_len);
	gso_packet_be16(f, at, 40000);
	gso_packet_be16(f, at + 2, 5001);
	if (f->protocol == 17) {
		gso_packet_be16(f, at + 4, f->payload_len + 8 < 65536 ? f->payload_len + 8 : 0);
		gso_packet_be16(f, at + 6, 0);
		return at + header_len;
	}
	gso_packet_be16(f, at + 4, f->sequence >> 16);
	gso_packet_be16(f, at + 6, f->sequence);
	memcpy(f->bytes + at + 8, "\1\2\3\4\0\0\x10\0\0\0\0\0", 12);
	f->bytes[at + 12] = (uint8_t)(header_len / 4 << 4);
	f->bytes[at + 13] = f->flags;
	return at + header_len;
}

static inline void gso_packet_claim(struct gso_packet *f)
{
	uint32_t end = f->payload + f->payload_len;

	if (f->claim == CLAIM_JUMBO) {
		gso_packet_be16(f, f->ip + 44, (end - f->ip - 40) >> 16);
		gso_packet_be16(f, f->ip + 46, end - f->ip - 40);
	} else if (f->claim == CLAIM_RIGHT && f->version == 4)
		gso_packet_be16(f, f->ip + 2, end - f->ip);
	else if (f->claim == CLAIM_RIGHT)
		gso_packet_be16(f, f->ip + 4, end - f->ip - 40);
}

/* From what the caller set; checksums are 0. */
static inline void gso_packet_build(struct gso_packet *f)
{
	f->version = f->version == 0 ? 4 : f->version;
	f->protocol = f->protocol == 0 ? 6 : f->protocol;
	f->ip = gso_packet_link(f);
	f->transport = f->version == 4 ? gso_packet_ipv4(f, f->ip) : gso_packet_ipv6(f, f->ip);
	f->payload = gso_packet_transport(f, f->transport);
	f->len = f->payload + f->payload_len + f->padding_len;
	assert(f->len <= sizeof f->bytes);
	for (uint32_t i = 0; i < f->payload_len; i++)
		f->bytes[f->payload + i] = (uint8_t)(i * 7 + i / 256 + i / 65536);
	memset(f->bytes + f->payload + f->payload_len, 0xEE, f->padding_len);
	gso_packet_claim(f);
	headers_parse(&f->headers, LINK_ETHERNET, span_of(f->bytes, f->len), 0);
}

#endif
