/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tunnels that carry IP and do not say which: its version field. */
#ifndef VTAP_ENCAP_IP_VERSION_H
#define VTAP_ENCAP_IP_VERSION_H

#include "encap/codec.h"

/* The IP version at offset: 4, 6, or whatever the bits say; false when the byte is not there. */
static inline bool version_read(struct span bytes, size_t offset, unsigned *version)
{
	uint8_t first;

	if (!span_u8(bytes, offset, &first))
		return false;
	*version = first >> 4;
	return true;
}

#endif
