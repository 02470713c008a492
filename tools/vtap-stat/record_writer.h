/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes records in one of four formats. ndjson and csv come out record by record; the table keeps
 * the rows of the interval until it ends; Prometheus keeps totals until they are asked for.
 */
#ifndef VTAP_STAT_RECORD_WRITER_H
#define VTAP_STAT_RECORD_WRITER_H

#include "base/error.h"
#include "record.h"
#include "record_config.h"

/*
 * Makes a writer. config and its texts are borrowed until record_writer_close(). For csv the header
 * is ready to be flushed. Returns NULL and sets err if there is no memory.
 */
struct record_writer *record_writer_open(const struct record_config *config, struct error *err);

/*
 * Takes a record, of which nothing is kept by reference. Keys of Prometheus get labels in the order
 * of these calls. Returns false and sets err if config->to could not be written, with the errno of
 * it, or if there is no memory.
 */
bool record_writer_put(struct record_writer *writer, const struct record *record,
		       struct error *err);

/*
 * Tells that an interval of -G has ended and all of its records were put: the table is written,
 * with interval_end_ns in its first line. Other formats ignore it.
 */
bool record_writer_end_interval(struct record_writer *writer, int64_t interval_end_ns,
				struct error *err);

/* Writes all complete lines to config->to: before the tool waits, and for a reader that does. */
bool record_writer_flush(struct record_writer *writer, struct error *err);

/* Writes what is left: a table without -G, or the table of the last interval if it has rows. */
bool record_writer_finish(struct record_writer *writer, int64_t interval_end_ns, struct error *err);

/* Writes all totals of a writer of RECORD_PROMETHEUS to a stream, whose errors the caller asks for
 * (ferror(3)): the content of a file that replaces the last one. */
void record_writer_prometheus(const struct record_writer *writer, FILE *to);

/* Frees the writer; what was not flushed is lost. writer may be NULL. */
void record_writer_close(struct record_writer *writer);

#endif
