/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What -f, --since and --until leave out (filter/choice.h): such a packet is in no record and moves
 * no time. */
#ifndef VTAP_STAT_STAT_CHOOSE_H
#define VTAP_STAT_STAT_CHOOSE_H

#include "pipeline/stage.h"

/* Is the function `put` of struct stage in the place of stat_put(), for a config with a choice. */
enum verdict stat_choose_put(void *self, const struct packet *in, struct packet *out,
			     struct error *err);

#endif
