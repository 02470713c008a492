/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VLAN of a frame that has no tag, as a comment of the packet: `VLAN 10`. vtap-decap writes the
 * comment if the header of ERSPAN has the VLAN, because a tag put back into the frame would make a
 * packet that the mirror did not send. vtap-split reads the comment.
 */
#ifndef VTAP_TUNNEL_VLAN_COMMENT_H
#define VTAP_TUNNEL_VLAN_COMMENT_H

#include "packet/packet.h"

/* Bytes of a comment at most, with its NUL. */
enum { VLAN_COMMENT_MAX = 12 };

/* Writes the comment for a VID, 0 to 4095, and returns its length without the NUL. */
size_t vlan_comment_write(uint16_t vid, char text[VLAN_COMMENT_MAX]);

/* Returns the VID, 1 to 4095, in the last comment of a packet that has that form, or 0 if it has
 * none. */
uint16_t vlan_comment_of(const struct packet *packet);

#endif
