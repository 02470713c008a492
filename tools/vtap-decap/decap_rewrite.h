/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rewrites what still describes the outer frame after decapsulation: packet options (hash, FCS
 * length, direction, VLAN), and the link-layer header of bare IP for --ether.
 */
#ifndef VTAP_DECAP_DECAP_REWRITE_H
#define VTAP_DECAP_DECAP_REWRITE_H

#include "packet/packet.h"

/* Buffers that grow as needed and are used again for each packet. Begins as all zeros. */
struct decap_rewrite {
	uint8_t *options, *frame;
	size_t options_size, frame_size; /* bytes allocated */
};

/* Frees the buffers, not *rewrite itself. */
void decap_rewrite_free(struct decap_rewrite *rewrite);

/*
 * Removes the hash options of a packet and clears the FCS length in its flags, since both describe
 * the whole frame. Adds the number of options removed to *hashes, and of flags cleared to *fcs. The
 * packet's options point into *rewrite until the next call for options. Returns false without
 * memory.
 */
bool decap_rewrite_options(struct decap_rewrite *rewrite, struct packet *packet, uint64_t *hashes,
			   uint64_t *fcs);

/*
 * Sets the direction in the packet's flags option (epb_flags), which is added if there is none:
 * 1 is inbound, 2 is outbound. The packet's options point into *rewrite until the next call for
 * options. Returns false without memory.
 */
bool decap_rewrite_direction(struct decap_rewrite *rewrite, struct packet *packet,
			     uint8_t direction);

/*
 * Adds the comment that the frame belongs to a VLAN of which it has no tag (tunnel/vlan_comment.h).
 * The packet's options point into *rewrite until the next call for options. Returns false without
 * memory.
 */
bool decap_rewrite_vlan(struct decap_rewrite *rewrite, struct packet *packet, uint16_t vid);

/*
 * Puts an Ethernet header in front of a packet that begins with an IP header: from
 * 02:00:00:00:00:01 to 02:00:00:00:00:02, which are locally administered, with the EtherType of
 * the IP version. packet->caplen and packet->len grow by its 14 bytes. packet->data points into
 * *rewrite until the next call of this function. Returns false without memory.
 */
bool decap_rewrite_ethernet(struct decap_rewrite *rewrite, struct packet *packet);

#endif
