/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces that packets can be captured from, as a list for the user (option -D). */
#ifndef VTAP_LIVE_INTERFACE_LIST_H
#define VTAP_LIVE_INTERFACE_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/*
 * Prints one line for each interface that packets can be captured from: name, state, addresses,
 * MTU, and the bridge or bond that it is a port of. Needs no rights. Returns false and sets err if
 * libpcap is missing or fails, or the output cannot be written.
 */
bool interface_list_print(FILE *to, struct error *err);

#endif
