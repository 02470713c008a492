/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where finished frames stand until they have been sent. One is made behind the other, in two
 * halves by turns: so frames of the usual size stay within a cache, and the largest fit too.
 */
#ifndef VTAP_TAP_FRAMES_H
#define VTAP_TAP_FRAMES_H

#include "tunnel/outer_header.h"

/* An Ethernet header, and the longest packets of IPv4 and of IPv6, which does not count its own. */
enum { TAP_IPV4_MAX = 65535, TAP_IPV6_MAX = 65535 + 40 };
enum { TAP_FRAME_MAX = ETHERNET_LEN + TAP_IPV6_MAX };

struct tap_frames {
	uint8_t *bytes;
	size_t at;     /* where the next one is made */
	unsigned made; /* in this half */
	unsigned half; /* 0 or 1 */
	bool copied;   /* a frame is done with when the next is made: all in one place */
};

/* Memory is only used as far as frames need it. False: there is none. */
bool tap_frames_init(struct tap_frames *frames, bool copied);
void tap_frames_free(struct tap_frames *frames);

/* Room for a frame of any size. */
static inline struct patch tap_frames_room(struct tap_frames *frames)
{
	return (struct patch){ frames->bytes + frames->at, TAP_FRAME_MAX };
}

void tap_frames_keep(struct tap_frames *frames, size_t len);

/* Says that len bytes of the room are one: it stays until TAP_HELD more were made. */
static inline void tap_frames_made(struct tap_frames *frames, size_t len)
{
	if (!frames->copied)
		tap_frames_keep(frames, len);
}

#endif
