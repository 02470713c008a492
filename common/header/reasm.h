/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reassembles IP fragments (RFC 791, 8200, 5722) in bounded memory, since mirrors fragment their
 * outer packets. It keeps copies of whole packets: each packet that it took comes out again once,
 * either inside a datagram that the caller accepts, or unchanged by reasm_due(). Fragments belong
 * together by addresses, identification, protocol (IPv4), capture interface and VIDs; a VID of 0 in
 * front of the others counts as no tag (IEEE 802.1Q: a priority tag names no VLAN).
 */
#ifndef VTAP_HEADER_REASM_H
#define VTAP_HEADER_REASM_H

#include "header/headers.h"

struct reasm;

/* The range of memory limits for options, in bytes. */
#define REASM_MEMORY_MIN (UINT64_C(1) << 20)
#define REASM_MEMORY_MAX (UINT64_C(1) << 40)

enum {
	REASM_FRAGMENTS_MAX = 512,   /* fragments of a datagram, with duplicates; then it is due */
	REASM_PACKET_MAX = 128 << 10 /* bytes of a packet with its options and block; a larger one
					is not taken */
};

/*
 * Allocates a reassembly, which reasm_free() frees. memory: most bytes that it uses, at which the
 * oldest datagrams become due (less than REASM_MEMORY_MIN counts as that); time_ns: the age in
 * nanoseconds of capture time at which reasm_expire() gives a datagram up. Returns NULL if there is
 * no memory.
 */
struct reasm *reasm_new(uint64_t memory, int64_t time_ns);

/* Frees a reassembly with all that it keeps. reasm may be NULL. */
void reasm_free(struct reasm *reasm);

/* What became of a packet. After the last four it was not taken: pass it on. */
enum reasm_result {
	REASM_KEPT,	 /* it was copied */
	REASM_WHOLE,	 /* it was copied, and completed its datagram: *whole is set */
	REASM_COPY,	 /* it was not taken: it is an exact copy of a fragment of a datagram that
			    was accepted no longer ago than the limit of reasm_new(), and so is
			    part of that (interfaces "any" show each packet several times) */
	REASM_TRUNCATED, /* not all its bytes are present, or its IP header claims no length */
	REASM_MALFORMED, /* its payload is empty, is no multiple of 8 bytes although more fragments
			    follow, or makes a datagram whose length the IP header cannot hold; or
			    it is a jumbogram */
	REASM_REFUSED,	 /* its datagram was given up because fragments overlap */
	REASM_FULL,	 /* it exceeds REASM_PACKET_MAX, or there is no room because the caller did
			    not call reasm_due() until that returned false */
};

/*
 * Offers a packet that is a fragment: headers.flags has HEADERS_ANY_FRAGMENT. On REASM_WHOLE *whole
 * is the datagram as one packet: time, interface and options are those of *packet, link and IP
 * headers those of the datagram's first fragment. Its IP length is corrected, the fragment fields
 * (IPv4) or header (IPv6) are removed. IPv4's checksum and a length in the link header (PPPoE, IEEE
 * 802.3) are left as they were. Its data stay valid until the next reasm_put(), its options as long
 * as those of *packet. Call reasm_accept() or reasm_refuse() then.
 */
enum reasm_result reasm_put(struct reasm *reasm, const struct packet *packet,
			    const struct headers *headers, struct packet *whole);

/* Uses up the fragments of the datagram that reasm_put() returned; *whole stays valid. They are
 * kept only to know further copies by, as long as nothing else needs their memory. Returns how many
 * they are, the completing one and duplicates included. */
uint64_t reasm_accept(struct reasm *reasm);

/* Makes the fragments of the datagram that reasm_put() returned due, so that they are passed on.
 * Returns how many they are. */
uint64_t reasm_refuse(struct reasm *reasm);

/* Why a packet is due. */
enum reasm_cause {
	REASM_NOT_WANTED,  /* reasm_refuse() was called */
	REASM_OVERLAPPING, /* two fragments of its datagram overlap (RFC 5722) */
	REASM_TOO_LONG,	   /* its datagram is complete, and longer than the IP header of its first
			      fragment can hold: that has options which the last one lacks */
	REASM_TIMED_OUT,   /* its datagram was not complete in time */
	REASM_NO_MEMORY,   /* its datagram was the oldest when memory, or had too many fragments
			      when REASM_FRAGMENTS_MAX, was used up */
	REASM_INCOMPLETE,  /* the input ended before its datagram was complete */
};

/*
 * Makes datagrams due, in the order in which their first packets arrived, as long as that packet is
 * older, or younger, than now_ns by more than the limit of reasm_new(). now_ns is capture time. It
 * costs little if there are none.
 */
void reasm_expire(struct reasm *reasm, int64_t now_ns);

/* Makes all datagrams due, with REASM_INCOMPLETE as cause: the input has ended. */
void reasm_end(struct reasm *reasm);

/*
 * Takes out the next due packet, in the order in which they arrived. Returns false if none is due.
 * Call it after each reasm_put() until it returns false: that makes room for the next packet. The
 * packet stays valid until the next call of reasm_due() or reasm_put().
 */
bool reasm_due(struct reasm *reasm, struct packet *packet, enum reasm_cause *cause);

/* Returns true if nothing waits for more, nothing is due, and no datagram is given up: until the
 * next reasm_put() nothing can become due. */
bool reasm_idle(const struct reasm *reasm);

#endif
