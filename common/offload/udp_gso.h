/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts runs of UDP datagrams that a sender, a virtual interface or GRO joined (UDP_SEGMENT,
 * UDP_GRO) into the datagrams of the wire. A packet socket shows such a run as one datagram longer
 * than the MTU, with no word of where it is to be cut; of tunnels the repeating header tells.
 */
#ifndef VTAP_OFFLOAD_UDP_GSO_H
#define VTAP_OFFLOAD_UDP_GSO_H

#include "tunnel/peel.h"
#include "packet/packet.h"

struct udp_gso;

enum { UDP_GSO_MARK = 8 }; /* bytes of a tunnel header, the same in a run */

/* Only tunnels of the table, which must outlive this, are looked at. Returns NULL without memory.
 */
struct udp_gso *udp_gso_new(const struct encap_table *table);
void udp_gso_free(struct udp_gso *udp_gso);

/* Returns true if the packet, which was peeled, is a GSO packet: udp_gso_next() gives its datagrams
 * while its bytes stay. */
bool udp_gso_begin(struct udp_gso *udp_gso, const struct packet *packet, const struct peel *peel);

/*
 * The next datagram of the run, as a packet with the number, time and options of the run; its bytes
 * hold until the next call. False: that was all.
 */
bool udp_gso_next(struct udp_gso *udp_gso, struct packet *packet);

/* True while udp_gso_next() has more. */
bool udp_gso_more(const struct udp_gso *udp_gso);

/* Cheap: false for nearly every UDP payload that is no run, whatever it carries. */
static inline bool udp_gso_repeats(struct span payload)
{
	return span_find(payload, 1, span_first(payload, UDP_GSO_MARK));
}

/*
 * Bytes of each datagram but the last in a UDP payload; 0: it is one datagram. header_len: of its
 * tunnel header, 8 at least; linktype: of what that carries. A run is at most 128 datagrams of one
 * length, all beginning with the same 8 bytes; none is longer than what the first packet in it
 * claims to be.
 */
uint32_t udp_gso_size(struct span payload, uint32_t header_len, uint32_t linktype);

#endif
