/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the packets of a source at the pace of their times, as tcpreplay does. */
#ifndef VTAP_CAPTURE_REPLAY_H
#define VTAP_CAPTURE_REPLAY_H

#include "capture/source.h"

/*
 * Wraps a source so that source_next() waits until a packet is due. Times count from the first
 * packet; speed, above 0, is how many times faster than recorded. A packet whose time lies before
 * that of an earlier one comes at once. A caller that is more than 100 ms late makes up for 100 ms
 * only: by the rest all later packets are due later. source_next() returns SOURCE_END if a signal
 * or hook.before_wait ends the wait, and SOURCE_ERROR if poll(2) fails. Takes over inner: returns
 * NULL, with inner closed and err set, if there is no memory.
 */
struct source *replay_open(struct source *inner, double speed, struct error *err);

#endif
