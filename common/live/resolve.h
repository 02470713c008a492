/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host names of targets become addresses; getaddrinfo(3). */
#ifndef VTAP_LIVE_RESOLVE_H
#define VTAP_LIVE_RESOLVE_H

#include "tunnel/target.h"

/*
 * Sets version, address and scope of the target: of its host, which may be a name, an address or an
 * address with a zone. version: 4 or 6 when no other will do, else 0 (what the system prefers).
 * Asks anew each time, and may take as long as the system's resolver does. False and err ("cannot
 * find the address of collector: ..."), the target is then as it was.
 */
bool resolve_target(struct target *target, uint8_t version, struct error *err);

#endif
