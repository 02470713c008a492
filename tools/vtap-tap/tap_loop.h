/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the stage (tap.h) that ends loops: taps that see each other's tunnels mirror them
 * without end, so a packet in more than config->max_depth tunnels is not mirrored.
 */
#ifndef VTAP_TAP_TAP_LOOP_H
#define VTAP_TAP_TAP_LOOP_H

#include "filter/nesting.h"
#include "tap_config.h"

struct tap_loop {
	const struct tap_config *config;
	struct encap_select select; /* what vtap-decap takes off, and the ports of the targets */
	struct encap_table table;
	struct fragment_depths fragments; /* what first fragments showed */
	bool told;
};

/* Fills *loop, which is all zeros: without config->ends_loops no port is that of a tunnel. config
 * is borrowed and must outlive it. */
void tap_loop_init(struct tap_loop *loop, const struct tap_config *config);

/* Has later fragments counted as this packet is, which is not mirrored for another reason. */
void tap_loop_see(struct tap_loop *loop, const struct headers *headers, struct span packet);

/*
 * Returns true if a packet is in more tunnels than config->max_depth, and says so the first time.
 * Otherwise it sets *tunnels_len to the offset behind the headers of the last tunnel. These bytes
 * have to be sent, whatever else is cut off: the next tap counts tunnels by them.
 */
bool tap_loop_is(struct tap_loop *loop, const struct headers *headers, struct span packet,
		 uint32_t *tunnels_len);

#endif
