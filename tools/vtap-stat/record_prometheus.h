/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals of keys in the text format of Prometheus
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). The first keys to appear get a
 * label and keep it, all others are one; so no value ever falls.
 */
#ifndef VTAP_STAT_RECORD_PROMETHEUS_H
#define VTAP_STAT_RECORD_PROMETHEUS_H

#include "record.h"
#include "record_config.h"

/* Makes totals for config->top labels. config is borrowed until record_prometheus_close(). Returns
 * NULL if there is no memory. */
struct record_prometheus *record_prometheus_open(const struct record_config *config);

/* Adds a record to the totals of its key. Returns false, with nothing added, if there is no memory.
 */
bool record_prometheus_put(struct record_prometheus *prometheus, const struct record *record);

/* Writes all totals. */
void record_prometheus_write(const struct record_prometheus *prometheus, FILE *to);

/* Frees the totals, which may be NULL. */
void record_prometheus_close(struct record_prometheus *prometheus);

#endif
