/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory in which frames are built and stay until they have been sent. It is a double buffer:
 * frames are built in one half while the sink may still read those of the other. Within a half one
 * frame is built behind the other, so frames of the usual size stay in the processor's cache.
 */
#ifndef VTAP_TAP_FRAMES_H
#define VTAP_TAP_FRAMES_H

#include "tunnel/outer_header.h"

/* Bytes of the longest IP packets; IPv6 does not count its own header. */
enum { TAP_IPV4_MAX = 65535, TAP_IPV6_MAX = 65535 + IPV6_LEN };
enum { TAP_FRAME_MAX = ETHERNET_LEN + TAP_IPV6_MAX };

struct tap_frames {
	uint8_t *bytes; /* two halves, each for TAP_HELD frames of TAP_FRAME_MAX bytes */
	size_t at;	/* offset of the next frame */
	unsigned made;	/* frames in this half */
	unsigned half;	/* 0 or 1 */
	bool copied;	/* the sink copies frames: all are built at the same place */
};

/*
 * Reserves the memory, which the kernel provides as frames need it. Returns false without memory;
 * tap_frames_free() may be called in any case.
 */
bool tap_frames_init(struct tap_frames *frames, bool copied);
void tap_frames_free(struct tap_frames *frames);

/* Returns room for the next frame, TAP_FRAME_MAX bytes. */
static inline struct patch tap_frames_room(struct tap_frames *frames)
{
	return (struct patch){ frames->bytes + frames->at, TAP_FRAME_MAX };
}

/* Keeps the first len bytes of the room as a frame until TAP_HELD further frames were kept. */
void tap_frames_keep(struct tap_frames *frames, size_t len);

/* Says that the first len bytes of the room are a frame. It is kept unless the sink copies it. */
static inline void tap_frames_made(struct tap_frames *frames, size_t len)
{
	if (!frames->copied)
		tap_frames_keep(frames, len);
}

#endif
