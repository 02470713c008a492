/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BSD loopback: an address family of 4 bytes, in the byte order of the host that captured
 * (LINKTYPE_NULL) or big-endian (LINKTYPE_LOOP). AF_INET is 2 everywhere; AF_INET6 is not.
 */
#include "header/layers_internal.h"

enum { FAMILY_LEN = 4 };

static void family(struct walk *walk, uint32_t family, size_t offset)
{
	struct layer *layer = walk_push(walk, LAYER_NULL, offset, FAMILY_LEN);

	if (layer == NULL)
		return;
	switch (family) {
	case 2:
		walk_ipv4(walk, offset + FAMILY_LEN);
		return;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 26: /* Solaris */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		walk_ipv6(walk, offset + FAMILY_LEN);
		return;
	}
	walk_end(walk, LAYERS_NOT_IP, offset + FAMILY_LEN);
}

void walk_loop(struct walk *walk, size_t offset)
{
	uint32_t value = 0;

	if (!walk_has(walk, offset, FAMILY_LEN))
		return;
	span_be32(walk->packet, offset, &value);
	family(walk, value, offset);
}

void walk_null(struct walk *walk, size_t offset)
{
	uint32_t value = 0;

	if (!walk_has(walk, offset, FAMILY_LEN))
		return;
	/* Families are small: the order that gives a small number is the one meant. */
	span_be32(walk->packet, offset, &value);
	if (value > UINT16_MAX)
		span_le32(walk->packet, offset, &value);
	family(walk, value, offset);
}
