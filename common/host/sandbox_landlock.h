/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits which files the process can open, as a part of host/sandbox.h; landlock(7). */
#ifndef VTAP_HOST_SANDBOX_LANDLOCK_H
#define VTAP_HOST_SANDBOX_LANDLOCK_H

#include "host/sandbox.h"

/*
 * Confines the process to the sandbox's paths and to what its needs imply, for the rest of its
 * life. *confined is set to false, and nothing is done, if the kernel has no Landlock or its
 * version 1 only (before Linux 5.19), which refuses renames between folders. It is set to true if
 * the kernel has a later one. Version 4 and later also refuse TCP; version 6 and later also refuse
 * signals to other processes and connections to their abstract Unix sockets.
 * A path that does not exist or cannot be reached is left out. Returns false and sets err if a path
 * cannot be opened for another reason, or if the kernel refuses the rules.
 */
bool sandbox_landlock_enter(const struct sandbox *sandbox, bool *confined, struct error *err);

#endif
