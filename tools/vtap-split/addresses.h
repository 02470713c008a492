/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses in a packet's headers, of all its tunnels and of what they carry: names of these
 * alone go to the file that has the packet.
 */
#ifndef VTAP_SPLIT_ADDRESSES_H
#define VTAP_SPLIT_ADDRESSES_H

#include "capture/names.h"
#include "capture/sink_pool.h"
#include "tunnel/peel.h"

/*
 * Writes the addresses of IP headers and the MAC addresses of Ethernet headers to `to`, as often as
 * they stand there, and returns how many; what is behind SINK_POOL_ADDRESSES is left out. table has
 * the encapsulations. Is the function `addresses` of struct sink_pool_config.
 */
unsigned addresses_find(void *table, const struct packet *packet,
			struct names_address to[SINK_POOL_ADDRESSES]);

#endif
