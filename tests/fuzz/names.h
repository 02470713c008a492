/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the name of a file made of packets' bytes never is. */
#ifndef VTAP_FUZZ_NAMES_H
#define VTAP_FUZZ_NAMES_H

#include "fuzz.h"

/* One component: no name of a directory, hidden file or option; plain ASCII; fits a file system
 * with what sinks add. */
static inline void names_check(const char *name, size_t len)
{
	FUZZ_CHECK(len > 0 && len <= 255 - sizeof(".pcapng.tmp") + 1);
	FUZZ_CHECK(name[0] != '.' && name[0] != '-');
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK(name[i] > ' ' && name[i] < 0x7f && name[i] != '/');
}

#endif
