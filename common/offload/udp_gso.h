/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits UDP GSO packets of tunnels, which a sender (UDP_SEGMENT), a virtual interface or GRO made,
 * into the datagrams of the wire. A packet socket shows a GSO packet as one datagram that exceeds
 * the MTU, without the length of its datagrams. They all begin with one tunnel header, and the
 * distance at which that repeats is the length.
 */
#ifndef VTAP_OFFLOAD_UDP_GSO_H
#define VTAP_OFFLOAD_UDP_GSO_H

#include "tunnel/peel.h"
#include "packet/packet.h"

struct udp_gso;

/* Bytes at the start of a tunnel header that are equal in all datagrams of a GSO packet. */
enum { UDP_GSO_COMPARED = 8 };

/* Allocates a splitter for tunnels of a table, which must outlive it. Returns NULL if there is no
 * memory. */
struct udp_gso *udp_gso_new(const struct encap_table *table);

/* Frees a splitter; it may be NULL. */
void udp_gso_free(struct udp_gso *udp_gso);

/*
 * Returns true if a packet is a GSO packet of its outermost tunnel, and begins with its datagrams.
 * Its bytes must stay until udp_gso_next() returned the last. Call it only if udp_gso_more()
 * returns false: else the datagrams that are left of the packet before are lost or mistaken. peel:
 * the peeled packet.
 */
bool udp_gso_begin(struct udp_gso *udp_gso, const struct packet *packet, const struct peel *peel);

/*
 * Makes *packet the next datagram, with number, time and options of the GSO packet, and without a
 * UDP checksum (0). Its bytes are valid until the next call. Returns false if no datagram is left.
 */
bool udp_gso_next(struct udp_gso *udp_gso, struct packet *packet);

/* Returns true if udp_gso_next() would return a datagram. */
bool udp_gso_more(const struct udp_gso *udp_gso);

/* Returns true if the first 8 bytes of a UDP payload occur in it again, as in all GSO packets. This
 * test is cheap, and few other packets pass it. payload: at least 2 bytes. */
static inline bool udp_gso_repeats(struct span payload)
{
	return span_find(payload, 1, span_first(payload, UDP_GSO_COMPARED));
}

/*
 * Returns the bytes of each datagram but the last in a UDP payload; 0 if it is one datagram.
 * header_len: bytes of its tunnel header, 8 or more; linktype: link type of what the tunnel
 * carries. A GSO packet has at most 128 datagrams of one length, whose first 8 bytes are equal;
 * none is longer than the tunnel header and the packet behind it, by the length that packet claims
 * (Ethernet: at least 60 bytes, as frames are padded to that).
 */
uint32_t udp_gso_size(struct span payload, uint32_t header_len, uint32_t linktype);

#endif
