/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture at the pace at which it was recorded, or so many times faster. */
#ifndef VTAP_CAPTURE_REPLAY_H
#define VTAP_CAPTURE_REPLAY_H

#include "capture/source.h"

/*
 * Takes over inner, also on failure (NULL and err). speed: more than 0. Time counts from the first
 * packet; a packet whose time goes back comes at once. Who takes packets too slowly by more than
 * 100 ms is not made to catch up.
 */
struct source *replay_open(struct source *inner, double speed, struct error *err);

#endif
