/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a sandbox leaves: landlock(7), by system calls. */
#ifndef VTAP_HOST_SANDBOX_LANDLOCK_H
#define VTAP_HOST_SANDBOX_LANDLOCK_H

#include "host/sandbox.h"

/*
 * Confines the process to the sandbox's paths and to what its needs imply, for the rest of its
 * life. *confined is set to false, and nothing is done, if the kernel has no Landlock or its
 * version 1 only (before Linux 5.19), which refuses renames between folders. It is set to true if
 * the kernel has a later one. From version 4 on TCP is refused, too, and from version 6 on signals
 * to other processes and their abstract Unix sockets.
 * Returns false and sets err if the kernel refuses the rules.
 */
bool sandbox_landlock_enter(const struct sandbox *sandbox, bool *confined, struct error *err);

#endif
