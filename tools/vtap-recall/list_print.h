/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --list prints: a table by source, or a line of JSON for each object. */
#ifndef VTAP_RECALL_LIST_PRINT_H
#define VTAP_RECALL_LIST_PRINT_H

#include <stdio.h>

#include "archive/listing.h"

/*
 * Prints a line for each source, sorted by their names: objects, packets, stored bytes, first and
 * last time, in UTC; above them the interval of the listing, and the sum below, if there is more
 * than one. Sorts the objects of the listing by source. Errors of writing stay in the stream.
 */
void list_print_table(struct listing *listing, FILE *to);

/* Prints a JSON object on a line for each object, in their order. */
void list_print_json(const struct listing *listing, FILE *to);

#endif
