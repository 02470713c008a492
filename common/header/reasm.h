/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded reassembly of outer IP fragments (RFC 791, 8200, 5722). It keeps copies of
 * whole packets, so that a datagram that comes to nothing can be passed on
 * unchanged: every packet taken comes out again, exactly once, or its bytes inside a whole datagram
 * that the caller then accepts.
 *
 * Fragments belong together by addresses, identification, protocol (IPv4), VLAN tags and the
 * interface they were captured on.
 */
#ifndef VTAP_HEADER_REASM_H
#define VTAP_HEADER_REASM_H

#include "header/headers.h"

struct reasm;

/* Bytes: the least that works, and the most that makes sense. */
#define REASM_MEMORY_MIN (UINT64_C(1) << 20)
#define REASM_MEMORY_MAX (UINT64_C(1) << 40)

enum {
	REASM_FRAGMENTS_MAX = 512,   /* of one datagram, duplicates included */
	REASM_PACKET_MAX = 128 << 10 /* bytes of a packet with its options and block */
};

/*
 * memory: bytes kept at most, REASM_MEMORY_MIN to _MAX; time_ns: a datagram's age at most, by
 * capture time. NULL: no memory.
 */
struct reasm *reasm_new(uint64_t memory, int64_t time_ns);
void reasm_free(struct reasm *reasm);

enum reasm_result {
	REASM_KEPT,  /* the packet was copied */
	REASM_WHOLE, /* it was copied and completed its datagram: *whole is set */
	/* The rest: not taken, pass it on. */
	REASM_CUT,	 /* cut by the capture, or without a length: its bytes are not all known */
	REASM_MALFORMED, /* empty, not a multiple of 8 bytes, or past 65535 */
	REASM_REFUSED,	 /* of a datagram that was given up because fragments overlap */
	REASM_FULL,	 /* larger than REASM_PACKET_MAX, or what is due was not fetched */
};

/*
 * Offers a packet whose headers are those of a fragment (HEADERS_ANY_FRAGMENT).
 * *whole: the completing packet's time, interface and options, with data = link and IP headers of
 * the datagram's first fragment (IP lengths corrected, fragment fields and header cleared, the
 * checksum left) and the datagram's payload; len likewise. Holds until the next reasm_put(), but
 * the options, which are those of *packet.
 */
enum reasm_result reasm_put(struct reasm *reasm, const struct packet *packet,
			    const struct headers *headers, struct packet *whole);

/* After REASM_WHOLE: the fragments are used up (returns how many, this one included) ... */
uint64_t reasm_accept(struct reasm *reasm);
/* ... or are to be passed on unchanged: they become due. */
void reasm_refuse(struct reasm *reasm);

/* Why a kept packet comes out again. */
enum reasm_cause {
	REASM_NOT_WANTED,  /* reasm_refuse() */
	REASM_OVERLAPPING, /* RFC 5722: all of a datagram of which two fragments overlap */
	REASM_TIMED_OUT,
	REASM_NO_MEMORY,  /* the oldest datagrams, when memory or REASM_FRAGMENTS_MAX is used up */
	REASM_INCOMPLETE, /* the end came first */
};

/* Makes due what is more than the limit away from now_ns; INT64_MAX makes all due. Cheap when
 * nothing is. */
void reasm_expire(struct reasm *reasm, int64_t now_ns);

/*
 * The next due packet, in the order of their arrival; false when there is none. To be asked until
 * then after each reasm_put(): that makes room for the next. The packet holds until the next call
 * of this or of reasm_put().
 */
bool reasm_due(struct reasm *reasm, struct packet *packet, enum reasm_cause *cause);

/* True when nothing is kept and nothing refused: until the next reasm_put() nothing can be due. */
bool reasm_idle(const struct reasm *reasm);

#endif
