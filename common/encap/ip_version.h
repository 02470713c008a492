/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version field of IP, for tunnel headers that do not say which IP version they carry, and to
 * hold it against what others say. */
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

/*
 * Makes IP the payload of a tunnel whose header has tunnel->header_len bytes: sets its link type.
 * Returns ENCAP_TRUNCATED if the first byte of the IP header is not present, and ENCAP_MALFORMED if
 * its version is not the one that the tunnel announces.
 */
static inline enum encap_verdict ip_version_expect(struct span bytes, unsigned announced,
						   struct tunnel *tunnel)
{
	unsigned version;

	if (!ip_version_read(bytes, tunnel->header_len, &version))
		return ENCAP_TRUNCATED;
	tunnel->first_nibble = true;
	tunnel->linktype = LINK_RAW;
	return version == announced ? ENCAP_OK : ENCAP_MALFORMED;
}

#endif
