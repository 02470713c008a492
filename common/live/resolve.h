/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the address of a target's host name, by getaddrinfo(3). */
#ifndef VTAP_LIVE_RESOLVE_H
#define VTAP_LIVE_RESOLVE_H

#include "tunnel/target.h"

/*
 * Sets version, address and scope of a target from its host, which is a name or an address, and its
 * zone. version is 4 or 6 to accept only such an address, or 0 for whichever the system prefers.
 * Asks the system each time, and may block as long as its resolver does.
 * Returns false, sets err and leaves the target as it was if there is no such address, or if it is
 * not one to send to (target_is_usable()).
 */
bool resolve_target(struct target *target, uint8_t version, struct error *err);

#endif
