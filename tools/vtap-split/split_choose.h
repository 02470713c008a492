/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What -f, --since and --until leave out (filter/choice.h). A packet that is left out has no key
 * and no file, and ends none: the files are those of a capture without it.
 */
#ifndef VTAP_SPLIT_SPLIT_CHOOSE_H
#define VTAP_SPLIT_SPLIT_CHOOSE_H

#include "pipeline/stage.h"

/* Is the function `put` of struct stage in the place of split_put(), for a config with a choice. */
enum verdict split_choose_put(void *self, const struct packet *in, struct packet *out,
			      struct error *err);

#endif
