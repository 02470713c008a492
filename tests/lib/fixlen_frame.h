/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of the unit tests of vtap-fixlen. */
#ifndef VTAP_TESTS_LIB_FIXLEN_FRAME_H
#define VTAP_TESTS_LIB_FIXLEN_FRAME_H

#include "lib/build.h"

/* Ethernet and IPv4, whose header says `total` bytes; 234 bytes are there. */
static inline void fixlen_frame(struct build *b, size_t total)
{
	build_clear(b);
	build_pad(b, 200, 'x');
	build_ipv4(b, 1, 2, 253);
	build_be16(b->room + b->start + 2, total);
	build_ethernet(b, 0x0800);
}

#endif
