/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a key of --by that no packet has, so that a run into the file none is not silent.
 */
#ifndef VTAP_SPLIT_LACKING_H
#define VTAP_SPLIT_LACKING_H

#include "cli/stats.h"
#include "split.h"

/* Sets the function `nothing` of *stats, which prints the keys that no packet had, and why. It
 * returns true if no packet had any of them. */
void lacking_stats(struct split *split, struct stats *stats);

#endif
