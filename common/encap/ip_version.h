/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version field of IP, for tunnel headers that do not say which IP version they carry. */
#ifndef VTAP_ENCAP_IP_VERSION_H
#define VTAP_ENCAP_IP_VERSION_H

#include "encap/codec.h"

/* Reads the version field of an IP header at an offset: 0 to 15. Returns false if its byte is not
 * present. */
static inline bool ip_version_read(struct span bytes, size_t offset, unsigned *version)
{
	uint8_t first;

	if (!span_u8(bytes, offset, &first))
		return false;
	*version = first >> 4;
	return true;
}

#endif
