/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts runs of UDP datagrams that a sender, a virtual interface or GRO joined (UDP_SEGMENT,
 * UDP_GRO) into the datagrams of the wire. A packet socket shows such a run as one datagram longer
 * than the MTU, with no word of where it is to be cut; of tunnels the repeating header tells.
 */
#ifndef VTAP_UNJOIN_H
#define VTAP_UNJOIN_H

#include "encap.h"
#include "packet.h"

struct unjoin;

enum { UNJOIN_MARK = 8 }; /* bytes of a tunnel header, the same in a run */

/* Only tunnels of select are looked at; it must outlive this. NULL: no memory. */
struct unjoin *unjoin_new(const struct encap_select *select);
void unjoin_free(struct unjoin *unjoin);

/* True when the packet is a run: unjoin_next() gives its datagrams while the packet's bytes stay.
 */
bool unjoin_begin(struct unjoin *unjoin, const struct packet *packet);

/*
 * The next datagram of the run, as a packet with the number, time and options of the run; its bytes
 * hold until the next call. False: that was all.
 */
bool unjoin_next(struct unjoin *unjoin, struct packet *packet);

/* True while unjoin_next() has more. */
bool unjoin_more(const struct unjoin *unjoin);

/* Cheap: false for nearly every UDP payload that is no run, whatever it carries. */
static inline bool unjoin_repeats(struct span payload)
{
	return span_find(payload, 1, span_first(payload, UNJOIN_MARK));
}

/*
 * Bytes of each datagram but the last in a UDP payload; 0: it is one datagram. header_len: of its
 * tunnel header, 8 at least; linktype: of what that carries. A run is at most 128 datagrams of one
 * length, all beginning with the same 8 bytes; none is longer than what the first packet in it
 * claims to be.
 */
uint32_t unjoin_size(struct span payload, uint32_t header_len, uint32_t linktype);

#endif
