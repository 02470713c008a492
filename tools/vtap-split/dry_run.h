/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of `vtap-split -n`: what a run would have written. */
#ifndef VTAP_SPLIT_DRY_RUN_H
#define VTAP_SPLIT_DRY_RUN_H

#include "split.h"

/*
 * Prints a line for each key to standard output, those with the most packets first: the key as
 * {key} of -w writes it, packets, bytes, the time of the first packet and the latest time. Returns
 * false and sets err if standard output cannot be written, or if there is no memory; see
 * sink_gone().
 */
bool dry_run_print(struct split *split, struct error *err);

#endif
