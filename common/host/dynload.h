/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that are loaded when they are first needed. Linking wiretap and libpcap, with the 28
 * libraries that they bring, took four times as long as all else that a tool does with a short
 * capture.
 */
#ifndef VTAP_HOST_DYNLOAD_H
#define VTAP_HOST_DYNLOAD_H

#include <stddef.h>

#include "base/error.h"

/* Of a list in which row(NAME) stands for a function: a pointer to it, and its name. */
#define DYNLOAD_POINTER(name) __typeof__(name) *(name);
#define DYNLOAD_NAME(name)    #name,

/*
 * Loads a library by its soname from where the system keeps libraries, and fills functions, a
 * struct of count pointers, with those of names. It is never unloaded. False, and an err that
 * begins with the soname, when it or one of the functions is not there.
 */
bool dynload_load(const char *soname, const char *const names[], size_t count, void *functions,
		  struct error *err);

#endif
