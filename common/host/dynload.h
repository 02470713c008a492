/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads shared libraries when they are first needed. wiretap and libpcap bring 28 other libraries;
 * if tools were linked with them, loading those would take four times as long as everything else
 * that a tool does with a short capture.
 */
#ifndef VTAP_HOST_DYNLOAD_H
#define VTAP_HOST_DYNLOAD_H

#include <stddef.h>

#include "base/error.h"

/*
 * Both are passed to a list macro such as LIBPCAP_FUNCTIONS(row), which calls row(NAME) for each
 * function. The first declares a pointer of the function's type and name, the second makes its name
 * a string.
 */
#define DYNLOAD_POINTER(name) __typeof__(name) *(name);
#define DYNLOAD_NAME(name)    #name,

/*
 * Loads a library by its soname from where the system keeps libraries, and fills functions, a
 * struct of count pointers, with the addresses of the functions in names, in that order. The
 * library stays loaded until the process ends. Returns false and sets err, which begins with the
 * soname, if the library (err names Debian's package of it) or one of the functions is missing;
 * some pointers may be filled then.
 */
bool dynload_load(const char *soname, const char *const names[], size_t count, void *functions,
		  struct error *err);

/* What --version says of a library. */
struct dynload_library {
	const char *name;   /* as people call it */
	const char *soname; /* what dynload_load() gets */
	/* The name of a function without arguments that returns the version as a string; NULL if
	 * there is none, then the name of the file tells it. */
	const char *version;
};

/* Loads a library and writes its version into text. Returns false and sets err, which begins with
 * the soname, if the library or its function is missing. */
bool dynload_version(const struct dynload_library *library, char *text, size_t size,
		     struct error *err);

#endif
