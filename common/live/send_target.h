/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account of one target: frames sent and failed, errors by number, the path's MTU, and the
 * messages about all of these. Every part of the sink that learns what became of a frame reports it
 * here; this module calls none of them.
 */
#ifndef VTAP_LIVE_SEND_TARGET_H
#define VTAP_LIVE_SEND_TARGET_H

#include "live/send_internal.h"

/* Counts a frame that the kernel took. */
void send_target_sent(struct send_target *target, const struct send_frame *frame);

/* Counts a frame that could not be sent and reports it by config.failed. The caller counts the
 * error by send_target_error(), since several frames may have failed with one error. */
void send_target_failed(struct send_sink *sink, struct send_target *target,
			const struct send_frame *frame);

/* Counts `count` errors with the errno `number`, and tells the user if it is not the one told last,
 * at most once a second. A number out of range counts as EIO. */
void send_target_error(struct send_sink *sink, struct send_target *target, int number,
		       unsigned count);

/* Counts one frame: sent if number is 0, else failed with this errno. */
void send_target_done(struct send_sink *sink, struct send_target *target,
		      const struct send_frame *frame, int number);

/* Tells the user that a target which had errors has had none for a second, in which frames were
 * sent. To be called often. */
void send_target_recovered(struct send_sink *sink, struct send_target *target);

/* Tells the user, once for a device, that the frames of this target leave by a device without a
 * network card, with checksums that a card would have completed. */
void send_target_tell_unfinished(struct send_sink *sink, struct send_target *target);

/* Sets the path's MTU, in bytes of an outer IP packet, and reports it by config.mtu if it is
 * another than before. An mtu of 0 means "not known" and changes nothing. */
void send_target_set_mtu(struct send_sink *sink, struct send_target *target, uint32_t mtu);

#endif
