/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Corrects the lengths that the outer headers of a tunnel claim, where the mirror cut the frame
 * before it wrapped it: IPv4 total length (and header checksum), IPv6 payload length, UDP length.
 */
#ifndef VTAP_FIXLEN_REWRITE_H
#define VTAP_FIXLEN_REWRITE_H

#include "tunnel/peel.h"

struct rewrite {
	uint64_t end[PEEL_MAX]; /* of tunnel i's outer headers, from the packet's start; 0: as is */
	bool too_long;		/* an inner claim that an outer length field cannot hold */
};

/* What is to be corrected; false when nothing is. */
bool rewrite_plan(struct rewrite *rewrite, const struct peel *peel);

/* Writes it into a copy of the packet that was peeled. */
void rewrite_apply(const struct rewrite *rewrite, const struct peel *peel, struct patch packet);

#endif
