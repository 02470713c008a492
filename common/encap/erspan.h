/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ERSPAN type II and type III say in the same place. */
#ifndef VTAP_ENCAP_ERSPAN_H
#define VTAP_ENCAP_ERSPAN_H

#include "encap/codec.h"
#include "header/fields.h"

enum { ERSPAN_SESSION = 0x3ff, ERSPAN_TRUNCATED = 0x400 };

/* The first word of both headers; false when its version field is not the one given. */
static inline bool erspan_word(uint32_t word, unsigned version, struct tunnel *tunnel)
{
	tunnel->has_id = true;
	tunnel->id = word & ERSPAN_SESSION;
	tunnel->cut = word & ERSPAN_TRUNCATED;
	tunnel->linktype = LINK_ETHERNET;
	return word >> 28 == version;
}

/* A frame's outermost VLAN tag. */
struct erspan_tag {
	bool present;
	uint16_t control; /* priority, DEI, VID */
};

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

/* That word again, with 0 between COS and the T bit. */
static inline uint32_t erspan_word_of(unsigned version, struct erspan_tag tag,
				      const struct tunnel_build *what)
{
	return (uint32_t)version << 28 | (tag.control & 0xfffU) << 16 | (tag.control & 0xe000U) |
	       (what->cut ? (uint32_t)ERSPAN_TRUNCATED : 0) | (what->id & ERSPAN_SESSION);
}

#endif
