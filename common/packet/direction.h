/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way a packet went through the interface that saw it. */
#ifndef VTAP_PACKET_DIRECTION_H
#define VTAP_PACKET_DIRECTION_H

#include "packet/packet.h"

/* The numbers of epb_flags, bits 0 and 1 (pcapng). */
enum direction { DIRECTION_UNKNOWN = 0, DIRECTION_IN = 1, DIRECTION_OUT = 2 };

/* What the packet's epb_flags option says; unknown without one. */
enum direction direction_of(const struct packet *packet);

#endif
