/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of cli/stats.h in the text format 0.0.4 of Prometheus, for the atomic_file collector
 * of node_exporter. Names begin with the tool's (vtap_tap_): packets_total{outcome=} outcomes:
 * their sum is in_packets_total NAME_total                        a detail; NAME_bytes, a gauge,
 * for STATS_LARGEST target_NAME_total{target=}        a target's counters; the URI names it
 *   target_errors_total{target=,error=}
 * Each has the label tap= in front, so that a collector can have the files of several.
 */
#ifndef VTAP_CLI_METRICS_H
#define VTAP_CLI_METRICS_H

#include "cli/stats.h"

/* Replaces the file as a whole; "-" is standard output. tap: who counts; NULL: no such label. */
bool metrics_write(const struct stats *stats, const char *tap, const char *file, struct error *err);

#endif
