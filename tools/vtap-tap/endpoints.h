/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where and to where frames really go: names of targets, and the addresses this host sends
 * from. */
#ifndef VTAP_TAP_ENDPOINTS_H
#define VTAP_TAP_ENDPOINTS_H

#include "options.h"

/* Finds the addresses of targets that are names. False and err: one is not found, or has none of
 * the family of --from. */
bool endpoints_resolve(struct options *options, struct error *err);

/* Puts the address that the kernel would send from into each outer_header that has none from
 * --from. False and err: no route. */
bool endpoints_sources(const struct options *options, struct setup *setup, struct error *err);

/* Both again, for names that may have got another address of the same family. On failure nothing
 * has changed. */
bool endpoints_again(struct options *options, struct setup *setup, struct error *err);

#endif
