/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Corrects the length fields of outer headers where the mirror cut the frame before it put the
 * tunnel around it: IPv4 total length and header checksum, IPv6 payload length, UDP length.
 */
#ifndef VTAP_FIXLEN_REWRITE_H
#define VTAP_FIXLEN_REWRITE_H

#include "tunnel/peel.h"

/* What is to be corrected in one packet. */
struct rewrite {
	/* For each tunnel, the offset from the packet's start at which its outer headers shall say
	 * that the packet ends; 0 if they stay as they are. */
	uint64_t end[PEEL_MAX];
	bool too_long; /* some outer length field cannot hold what the inner headers claim */
};

/* Fills *rewrite with what is to be corrected in a peeled packet. Returns false if nothing is, even
 * if too_long is set. */
bool rewrite_plan(struct rewrite *rewrite, const struct peel *peel);

/* Corrects the fields that rewrite_plan() found, in a copy of the packet that was peeled. */
void rewrite_apply(const struct rewrite *rewrite, const struct peel *peel, struct patch packet);

#endif
