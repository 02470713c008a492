/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads pcapng (draft-ietf-opsawg-pcapng), all sections, byte orders and blocks. */
#ifndef VTAP_SOURCE_PCAPNG_H
#define VTAP_SOURCE_PCAPNG_H

#include "input.h"

/* True when the first bytes are a section header. */
bool source_pcapng_knows(struct span head);

/* Takes over input (on failure it stays the caller's). */
struct source *source_pcapng_open(const char *name, struct input *input, struct error *err);

#endif
