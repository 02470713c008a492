/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the counters of cli/stats.h in Prometheus' text format 0.0.4, for the textfile collector
 * of node_exporter. A name is that of the tool (vtap_tap_) and one of these:
 *   build_info{version=}                    always 1
 *   in_packets_total, in_bytes_total, out_packets_total, out_bytes_total
 *   packets_total{outcome=}                 the outcomes; their sum is in_packets_total
 *   NAME_total, NAME_bytes, NAME            details; _bytes, a gauge, for STATS_LARGEST; NAME
 *                                           alone for STATS_GAUGE
 *   sources                                 how many sources are told apart, a gauge
 *   target_NAME_total{target=}              counters of a target, which its URI names; if an
 *                                           earlier target has that URI, " #NUMBER" follows it
 *   target_errors_total{target=,error=}     errors of a target, by the name of the errno
 *   interface_up{interface=}                a gauge: whether packets are captured from it
 * A tool that counts other things (struct stats_own) has build_info and its own families.
 */
#ifndef VTAP_CLI_METRICS_H
#define VTAP_CLI_METRICS_H

#include "cli/stats.h"

/* HELP of packets_total. One family of all files that a node_exporter reads has one HELP, so a tool
 * that writes such a family itself takes this one. */
#define METRICS_PACKETS_HELP "packets by what became of them"

/* A label in front of all others, which tells the files of several processes apart. */
struct metrics_label {
	const char *name, *value; /* name is NULL for no label */
};

struct metrics_writer; /* a file that is being written */

/* Begins a family, whose samples come next. name: without that of the tool; type: "counter" or
 * "gauge"; help: a text for people. */
void metrics_family(struct metrics_writer *metrics, const char *name, const char *type,
		    const char *help);

/* Adds a sample to the family of that name. label and its value are NULL for none. */
void metrics_sample(struct metrics_writer *metrics, const char *name, const char *label,
		    const char *label_value, uint64_t value);

/* Adds a gauge of one sample. */
void metrics_gauge(struct metrics_writer *metrics, const char *name, const char *help,
		   uint64_t value);

/*
 * Replaces a file by the counters (io/atomic_file.h); "-" is standard output. Returns false and
 * sets err if the file cannot be written.
 */
bool metrics_write(const struct stats *stats, const struct metrics_label *label, const char *file,
		   struct error *err);

#endif
