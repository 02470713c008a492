/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ERSPAN type II and type III say in the same place. */
#ifndef VTAP_ENCAP_ERSPAN_H
#define VTAP_ENCAP_ERSPAN_H

#include "encap.h"

/* The first word of both headers; false when its version field is not the one given. */
static inline bool erspan_word(uint32_t word, unsigned version, struct tunnel *tunnel)
{
	enum { TRUNCATED = 0x400, SESSION = 0x3ff };

	tunnel->has_id = true;
	tunnel->id = word & SESSION;
	tunnel->cut = word & TRUNCATED;
	tunnel->linktype = LINK_ETHERNET;
	return word >> 28 == version;
}

#endif
