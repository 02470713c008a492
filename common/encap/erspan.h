/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and builds the first word of the ERSPAN header, which type II and type III have in common.
 * Include it in their codecs. */
#ifndef VTAP_ENCAP_ERSPAN_H
#define VTAP_ENCAP_ERSPAN_H

#include "encap/codec.h"
#include "header/fields.h"

enum { ERSPAN_SESSION = 0x3ff, ERSPAN_TRUNCATED = 0x400, ERSPAN_VLAN_SHIFT = 16 };

/* Reads the first word of a header into *tunnel. Returns false if its version is
 * not `version`. */
static inline bool erspan_word(uint32_t word, unsigned version, struct tunnel *tunnel)
{
	tunnel->has_id = true;
	tunnel->id = word & ERSPAN_SESSION;
	tunnel->cut = word & ERSPAN_TRUNCATED;
	tunnel->vlan = word >> ERSPAN_VLAN_SHIFT & VLAN_VID_MASK;
	tunnel->linktype = LINK_ETHERNET;
	return word >> 28 == version;
}

/* The outermost VLAN tag of a frame. */
struct erspan_tag {
	bool present;
	uint16_t control; /* priority 3 bits, DEI 1, VID 12; 0 without a tag */
};

/* Returns the outermost VLAN tag of an Ethernet frame. */
static inline struct erspan_tag erspan_tag(struct span frame)
{
	struct erspan_tag tag = { false, 0 };
	uint16_t type;

	if (span_be16(frame, ETHERNET_TYPE_AT, &type) &&
	    (type == ETHERTYPE_CVLAN || type == ETHERTYPE_SVLAN || type == ETHERTYPE_9100 ||
	     type == ETHERTYPE_9200))
		tag.present = span_be16(frame, ETHERNET_LEN + VLAN_TCI_AT, &tag.control);
	return tag;
}

/* Returns the first word of a header, with 0 in the two bits between COS and the T bit. tag: the
 * tag of the frame that the tunnel carries. */
static inline uint32_t erspan_word_of(unsigned version, struct erspan_tag tag,
				      const struct tunnel_build *what)
{
	return (uint32_t)version << 28 | (tag.control & 0xfffU) << 16 | (tag.control & 0xe000U) |
	       (what->cut ? (uint32_t)ERSPAN_TRUNCATED : 0) | (what->id & ERSPAN_SESSION);
}

#endif
