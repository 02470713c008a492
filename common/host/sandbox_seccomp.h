/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits the system calls of the process, as a part of host/sandbox.h; seccomp(2), through
 * libseccomp. The filter cannot look behind pointers, so host/sandbox_landlock.h limits which files
 * the calls may name.
 */
#ifndef VTAP_HOST_SANDBOX_SECCOMP_H
#define VTAP_HOST_SANDBOX_SECCOMP_H

#include "host/sandbox.h"

/*
 * Loads a filter that answers every system call outside the sandbox's needs with EPERM, for the
 * rest of the process's life. If lax is true, the filter is loaded but allows everything.
 * Returns false and sets err if memory runs out or the kernel refuses the filter.
 */
bool sandbox_seccomp_enter(const struct sandbox *sandbox, bool lax, struct error *err);

#endif
