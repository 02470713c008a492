/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all formats of records are told. */
#ifndef VTAP_STAT_RECORD_CONFIG_H
#define VTAP_STAT_RECORD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum record_format { RECORD_TABLE, RECORD_NDJSON, RECORD_CSV, RECORD_PROMETHEUS };

struct record_config {
	enum record_format format;
	const char *by;	     /* the list of --by, with what it means: `source,flow` for `flow` */
	uint64_t interval_s; /* -G; 0 without */
	bool flows;	     /* flows are followed: without --no-flows */
	size_t top;	     /* --top: rows of the table, labels of Prometheus; 0: max_keys rows */
	size_t max_keys;     /* --max-keys */
	const char *version; /* observer.version */
	const char *input; /* the only input file, for the table's advice; NULL if there is none */
	unsigned columns;  /* width of the table: of the terminal; 0: 80 */
	bool utf8;	   /* the table may use block characters */
	/*
	 * Where complete lines go, many at a time, each time by one fwrite(3): with a stream that
	 * has no buffer (setvbuf(3)), no write(2) begins or ends within a record. It stays the
	 * caller's. Prometheus does not use it: record_writer_prometheus() has its own.
	 */
	FILE *to;
};

#endif
