/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded reassembly of outer IP fragments (RFC 791, 8200, 5722). It keeps copies of
 * whole packets, so that a datagram that comes to nothing can be passed on
 * unchanged: every packet taken comes out again, exactly once, or its bytes inside a whole datagram
 * that the caller then accepts.
 */
#ifndef VTAP_REASM_H
#define VTAP_REASM_H

#include "peel.h"

struct reasm;

struct reasm_counters {
	uint64_t fragments, datagrams;				/* taken; made whole */
	uint64_t overlapping, timed_out, no_memory, incomplete; /* fragments released, by cause */
	uint64_t refused; /* fragments of whole datagrams that the caller refused */
};

/* memory: bytes kept at most; time_ns: a datagram's age at most, by capture time. */
struct reasm *reasm_new(uint64_t memory, int64_t time_ns);
void reasm_free(struct reasm *reasm);

enum reasm_result {
	REASM_KEPT,    /* the packet was copied */
	REASM_WHOLE,   /* the packet completed its datagram: *whole is set */
	REASM_REFUSED, /* no fragment of something that can be reassembled, or larger than memory:
			  not taken, pass it on */
};

/*
 * Offers a packet whose walk ended at a fragment (layers->layer[layers->ip] has LAYER_FRAGMENT).
 * *whole: the completing packet's time, interface and options, with data = its own link and IP
 * headers (IP lengths corrected, fragment fields and header cleared) and the datagram's payload;
 * len likewise. Holds until the next call of reasm_put, _accept or _refuse. A record cut by the
 * capture is refused: REASM_REFUSED.
 */
enum reasm_result reasm_put(struct reasm *reasm, const struct packet *packet,
			    const struct layers *layers, struct packet *whole);

/* After REASM_WHOLE: the fragments are used up (returns how many, this one included) ... */
uint64_t reasm_accept(struct reasm *reasm);
/* ... or are to be passed on unchanged: they become due. */
void reasm_refuse(struct reasm *reasm);

/* Makes due what is older than time_ns minus the limit; INT64_MAX makes all due. Cheap when nothing
 * is. */
void reasm_expire(struct reasm *reasm, int64_t now_ns);

/* The next due packet, in the order of their arrival; false when there is none. Holds until the
 * next call. */
bool reasm_due(struct reasm *reasm, struct packet *packet);

const struct reasm_counters *reasm_counters(const struct reasm *reasm);

#endif
