/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every prefix of a sample, and every byte of it changed, through a harness. */
#ifndef VTAP_FUZZ_EVERY_H
#define VTAP_FUZZ_EVERY_H

#include "fuzz.h"

/*
 * Makes inputs of that shape (fuzz.h: packet, sequence or capture) from the first packets of a
 * capture; from all of them for "packet" and "sequences", which is else as "sequence". False when
 * it cannot be read; a harness that fails ends the process.
 */
bool every(const char *shape, const char *name);

#endif
