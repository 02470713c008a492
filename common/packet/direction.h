/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells which way a packet passed the interface that captured it. */
#ifndef VTAP_PACKET_DIRECTION_H
#define VTAP_PACKET_DIRECTION_H

#include "packet/packet.h"

/* The values of bits 0 and 1 of the epb_flags option (pcapng). */
enum direction { DIRECTION_UNKNOWN = 0, DIRECTION_IN = 1, DIRECTION_OUT = 2 };

/* Returns the direction in the packet's epb_flags option, or DIRECTION_UNKNOWN without one. */
enum direction direction_of(const struct packet *packet);

#endif
