/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_frames.h"

#include <stdlib.h>

#include "tap_config.h"

enum { ALIGNMENT = 64, SLOT = (TAP_FRAME_MAX + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };
enum { HALF = TAP_HELD * SLOT };

bool tap_frames_init(struct tap_frames *frames, bool copied)
{
	/* At this size calloc() maps pages that take no memory until they are written. */
	*frames = (struct tap_frames){ .bytes = calloc(2, HALF), .copied = copied };
	return frames->bytes != NULL;
}

void tap_frames_free(struct tap_frames *frames)
{
	free(frames->bytes);
	frames->bytes = NULL;
}

void tap_frames_keep(struct tap_frames *frames, size_t len)
{
	frames->at += (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (++frames->made < TAP_HELD)
		return;
	frames->made = 0;
	frames->half ^= 1;
	frames->at = (size_t)frames->half * HALF;
}
