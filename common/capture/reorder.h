/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sorts the packets of one source by time, within a window: for captures that several queues or
 * processors wrote slightly out of order.
 */
#ifndef VTAP_CAPTURE_REORDER_H
#define VTAP_CAPTURE_REORDER_H

#include "capture/source.h"

/*
 * Wraps a source: packets that are at most window_ns (nanoseconds) late come in order. A packet
 * that is later is given as soon as it is read. Copies of packets take at most `memory` bytes (64
 * KiB if that is less) and one record; beyond that the earliest packets leave before their time.
 * Nothing is sorted across the beginning of a section. Takes over inner: returns NULL, with inner
 * closed and err set, if there is no memory. Returns inner itself if window_ns is 0.
 */
struct source *reorder_open(struct source *inner, int64_t window_ns, size_t memory,
			    struct error *err);

#endif
