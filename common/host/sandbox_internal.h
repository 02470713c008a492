/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two halves of sandbox_enter(). */
#ifndef VTAP_HOST_SANDBOX_INTERNAL_H
#define VTAP_HOST_SANDBOX_INTERNAL_H

#include "host/sandbox.h"

enum { SANDBOX_PATH_MAX = 4096 };

/* A sanitizer's end, and gcov's, need what no tool does. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANDBOX_LAX 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(VTAP_COVERAGE)
#define SANDBOX_LAX 1
#endif
#ifndef SANDBOX_LAX
#define SANDBOX_LAX 0
#endif

/* The folder that a file of this name is in or will be, or the first above that exists. */
void sandbox_folder(const char *path, char folder[SANDBOX_PATH_MAX]);

/* True for a path that ends with a slash. */
bool sandbox_is_folder(const char *path);

/* System calls; lax: the filter is loaded and allows all. */
bool sandbox_seccomp(const struct sandbox *sandbox, bool lax, struct error *err);

/* Files; *confined is false where the kernel has no Landlock, or one of before Linux 5.19. */
bool sandbox_landlock(const struct sandbox *sandbox, bool *confined, struct error *err);

#endif
