/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else of a packet changes when its outer headers go. */
#ifndef VTAP_DECAP_MEND_H
#define VTAP_DECAP_MEND_H

#include "packet.h"

/* Memory that grows and is used again for each packet. */
struct mend {
	uint8_t *options, *frame;
	size_t options_size, frame_size;
};

void mend_free(struct mend *mend);

/*
 * Packet options that told of the whole frame: a hash goes, an FCS length becomes unknown. Counts
 * both. The new options hold until the next call. False: no memory.
 */
bool mend_options(struct mend *mend, struct packet *packet, uint64_t *hashes, uint64_t *fcs);

/*
 * Says in the packet's flags (epb_flags) which way it went: 1 in, 2 out. The new options hold until
 * the next call, of mend_options() too. False: no memory.
 */
bool mend_direction(struct mend *mend, struct packet *packet, uint8_t direction);

/*
 * Puts an Ethernet header in front of bare IP: from 02:00:00:00:00:01 to 02:00:00:00:00:02, both
 * locally administered, EtherType by IP version. packet->data holds until the next call. False: no
 * memory.
 */
bool mend_ethernet(struct mend *mend, struct packet *packet);

#endif
