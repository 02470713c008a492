/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_writer.h"

#include <errno.h>
#include <stdlib.h>

#include "record_csv.h"
#include "record_ndjson.h"
#include "record_prometheus.h"
#include "record_table.h"

enum { BLOCK = 64 * 1024 }; /* bytes of complete lines that are collected before they are written */

struct record_writer {
	const struct record_config *config;
	FILE *lines; /* a stream in memory: what is not yet flushed */
	char *bytes;
	size_t size;
	struct record_table *table;
	struct record_prometheus *prometheus;
	bool printed; /* a table was written: an empty line stands in front of the next */
};

static bool record_writer_make(struct record_writer *writer)
{
	const struct record_config *config = writer->config;

	switch (config->format) {
	case RECORD_TABLE:
		writer->table = record_table_open(config);
		return writer->table;
	case RECORD_PROMETHEUS:
		writer->prometheus = record_prometheus_open(config);
		return writer->prometheus;
	case RECORD_CSV:
		record_csv_header(writer->lines);
		return true;
	case RECORD_NDJSON:
		break;
	}
	return true;
}

struct record_writer *record_writer_open(const struct record_config *config, struct error *err)
{
	struct record_writer *writer = calloc(1, sizeof(*writer));

	if (writer) {
		writer->config = config;
		writer->lines = open_memstream(&writer->bytes, &writer->size);
	}
	if (writer && writer->lines && record_writer_make(writer))
		return writer;
	record_writer_close(writer);
	error_set(err, "no memory for records");
	return NULL;
}

/* Lines that no memory was found for are lost: the stream says so. */
static bool record_writer_block(struct record_writer *writer, off_t at_least, struct error *err)
{
	off_t len = ftello(writer->lines);

	if (len < at_least || len == 0)
		return true;
	if (fflush(writer->lines) != 0 || ferror(writer->lines))
		return error_set(err, "no memory for records");
	errno = 0;
	if (fwrite(writer->bytes, 1, (size_t)len, writer->config->to) != (size_t)len ||
	    ferror(writer->config->to))
		return error_errno(err, "cannot write");
	rewind(writer->lines);
	return true;
}

bool record_writer_put(struct record_writer *writer, const struct record *record, struct error *err)
{
	bool kept = true;

	switch (writer->config->format) {
	case RECORD_TABLE:
		kept = record_table_put(writer->table, record);
		break;
	case RECORD_PROMETHEUS:
		kept = record_prometheus_put(writer->prometheus, record);
		break;
	case RECORD_NDJSON:
		record_ndjson_write(writer->config, record, writer->lines);
		break;
	case RECORD_CSV:
		record_csv_write(writer->config, record, writer->lines);
		break;
	}
	if (!kept)
		return error_set(err, "no memory for records");
	return record_writer_block(writer, BLOCK, err);
}

bool record_writer_flush(struct record_writer *writer, struct error *err)
{
	if (!record_writer_block(writer, 0, err))
		return false;
	errno = 0;
	return fflush(writer->config->to) == 0 || error_errno(err, "cannot write");
}

static void print_table(struct record_writer *writer, int64_t interval_end_ns)
{
	if (writer->printed)
		putc('\n', writer->lines);
	writer->printed = true;
	record_table_print(writer->table, interval_end_ns, writer->lines);
	record_table_clear(writer->table);
}

bool record_writer_end_interval(struct record_writer *writer, int64_t interval_end_ns,
				struct error *err)
{
	if (!writer->table)
		return true;
	print_table(writer, interval_end_ns);
	return record_writer_flush(writer, err);
}

bool record_writer_finish(struct record_writer *writer, int64_t interval_end_ns, struct error *err)
{
	if (writer->table && (!writer->printed || !record_table_is_empty(writer->table)))
		print_table(writer, interval_end_ns);
	return writer->prometheus || record_writer_flush(writer, err);
}

void record_writer_prometheus(const struct record_writer *writer, FILE *to)
{
	record_prometheus_write(writer->prometheus, to);
}

void record_writer_close(struct record_writer *writer)
{
	if (!writer)
		return;
	record_table_close(writer->table);
	record_prometheus_close(writer->prometheus);
	if (writer->lines)
		fclose(writer->lines);
	free(writer->bytes);
	free(writer);
}
