/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else of a packet changes when its outer headers go. */
#ifndef VTAP_DECAP_DECAP_REWRITE_H
#define VTAP_DECAP_DECAP_REWRITE_H

#include "packet/packet.h"

/* Memory that grows and is used again for each packet. */
struct decap_rewrite {
	uint8_t *options, *frame;
	size_t options_size, frame_size;
};

void decap_rewrite_free(struct decap_rewrite *rewrite);

/*
 * Packet options that tap_meta of the whole frame: a hash goes, an FCS length becomes unknown.
 * Counts both. The new options hold until the next call. False: no memory.
 */
bool decap_rewrite_options(struct decap_rewrite *rewrite, struct packet *packet, uint64_t *hashes,
			   uint64_t *fcs);

/*
 * Says in the packet's flags (epb_flags) which way it went: 1 in, 2 out. The new options hold until
 * the next call, of decap_rewrite_options() too. False: no memory.
 */
bool decap_rewrite_direction(struct decap_rewrite *rewrite, struct packet *packet,
			     uint8_t direction);

/*
 * Puts an Ethernet header in front of bare IP: from 02:00:00:00:00:01 to 02:00:00:00:00:02, both
 * locally administered, EtherType by IP version. packet->data holds until the next call. False: no
 * memory.
 */
bool decap_rewrite_ethernet(struct decap_rewrite *rewrite, struct packet *packet);

#endif
