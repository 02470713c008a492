/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run of --check: says whether this host has, at this moment, what the options need, and
 * whether packets fit the paths to the targets. It captures nothing and sends nothing.
 */
#ifndef VTAP_TAP_CHECK_H
#define VTAP_TAP_CHECK_H

#include "options.h"

/*
 * Prints what was found to standard output and what is missing to standard error. Returns the exit
 * status: 1 if something is missing, 2 if the rules, the expression or the options are wrong.
 */
int tap_check(struct options *options);

#endif
