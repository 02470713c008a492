/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "books.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/human.h"
#include "cli/metrics.h"

enum { SECOND_NS = 1000000000, FIGURES = 7 };

static void books_count(struct books_sum *sum, uint64_t bytes)
{
	sum->captures++;
	sum->bytes += bytes;
}

struct queue_item *books_add(struct books *books, struct queue *queue, const char *path,
			     uint64_t bytes, int64_t changed_ns, bool claimed)
{
	struct queue_item *item = queue_add(queue, path, bytes, changed_ns);

	if (!item)
		return NULL;
	books_count(&books->found, bytes);
	if (claimed)
		books_count(&books->claimed, bytes);
	return item;
}

void books_measure(struct books *books, struct queue *queue, struct queue_item *item,
		   uint64_t bytes)
{
	books->found.bytes += bytes - item->bytes;
	queue_measure(queue, item, bytes);
}

void books_settle(struct books *books, struct queue *queue, struct queue_item *item,
		  enum books_outcome outcome)
{
	books_count(&books->outcome[outcome], item->bytes);
	queue_remove(queue, item);
}

struct figure {
	const char *name, *text;
	struct books_sum sum;
};

/* Writes all figures in the order in which they are told; what waits comes last. */
static void books_figure(const struct books *books, struct figure figure[FIGURES])
{
	const struct books_sum *outcome = books->outcome;
	const struct books_sum waiting = { books->queue->count, books->queue->bytes };
	const struct figure all[FIGURES] = {
		{ "found", "captures found", books->found },
		{ "claimed", "claimed by this run", books->claimed },
		{ "proven", "proven: the archive has them", outcome[BOOKS_PROVEN] },
		{ "dropped", "dropped: more than --cap waited", outcome[BOOKS_DROPPED] },
		{ "failed", "failed: moved to .vtap-archive/failed", outcome[BOOKS_FAILED] },
		{ "empty", "empty: removed", outcome[BOOKS_EMPTY] },
		{ "waiting", "waiting", waiting },
	};

	for (unsigned i = 0; i < FIGURES; i++)
		figure[i] = all[i];
}

static uint64_t books_oldest_s(const struct books *books)
{
	int64_t oldest_ns = queue_oldest_ns(books->queue), now_ns = clock_ns(CLOCK_REALTIME);

	return oldest_ns < now_ns ? (uint64_t)(now_ns - oldest_ns) / SECOND_NS : 0;
}

static uint64_t books_proven_ago_s(const struct books *books)
{
	return (uint64_t)(clock_ns(CLOCK_MONOTONIC) - books->proven_ns) / SECOND_NS;
}

static void books_json(void *arg, struct json *json)
{
	const struct books *books = arg;
	struct figure figure[FIGURES];

	books_figure(books, figure);
	json_object(json, "captures");
	for (unsigned i = 0; i < FIGURES; i++)
		json_number(json, figure[i].name, figure[i].sum.captures);
	json_object_end(json);
	json_object(json, "bytes");
	for (unsigned i = 0; i < FIGURES; i++)
		json_number(json, figure[i].name, figure[i].sum.bytes);
	json_object_end(json);
	json_object(json, "details");
	json_number(json, "abandoned", books->abandoned);
	json_number(json, "retried", books->retried);
	json_number(json, "batches", books->batches);
	json_number(json, "stored_bytes", books->stored_bytes);
	json_number(json, "packets", books->packets);
	json_number(json, "oldest_seconds", books_oldest_s(books));
	json_number(json, "proven_seconds_ago", books_proven_ago_s(books));
	json_number(json, "store_up", !books->store_down);
	json_object_end(json);
}

static void books_metrics(void *arg, struct metrics_writer *metrics)
{
	const struct books *books = arg;
	struct figure figure[FIGURES];

	books_figure(books, figure);
	metrics_family(metrics, "captures_total", "counter", "captures by what became of them");
	for (unsigned i = 0; i < FIGURES - 1; i++)
		metrics_sample(metrics, "captures_total", "outcome", figure[i].name,
			       figure[i].sum.captures);
	metrics_gauge(metrics, "waiting", "captures that wait", books->queue->count);
	metrics_gauge(metrics, "oldest_seconds", "age of the oldest capture that waits",
		      books_oldest_s(books));
	metrics_gauge(metrics, "store_up", "whether the archive takes captures",
		      !books->store_down);
}

static void books_print_count(FILE *to, uint64_t count, const char *text)
{
	char number[HUMAN_SIZE];

	if (count > 0)
		fprintf(to, "%14s  %s\n", human_count(number, count), text);
}

static void books_table(void *arg, FILE *to)
{
	const struct books *books = arg;
	char number[HUMAN_SIZE], bytes[HUMAN_SIZE];
	struct figure figure[FIGURES];

	books_figure(books, figure);
	for (unsigned i = 0; i < FIGURES; i++)
		if (i == 0 || figure[i].sum.captures > 0)
			fprintf(to, "%14s  %s (%s)\n", human_count(number, figure[i].sum.captures),
				figure[i].text, human_scaled(bytes, figure[i].sum.bytes, "B"));
	books_print_count(to, books->packets, "packets in proven captures");
	books_print_count(to, books->stored_bytes, "bytes of objects in the archive");
	books_print_count(to, books->batches, "batches");
	books_print_count(to, books->retried, "captures tried again");
	books_print_count(to, books->abandoned, "captures that a crash has left");
	if (books->store_down)
		fprintf(to, "%14s  the archive takes no captures\n", "");
}

static void books_line(void *arg, FILE *to)
{
	const struct books *books = arg;
	const struct books_sum *proven = &books->outcome[BOOKS_PROVEN];
	char count[HUMAN_SIZE], bytes[HUMAN_SIZE], waiting[2 * HUMAN_SIZE];

	books_say_waiting(books, waiting, sizeof(waiting));
	fprintf(to, "%s proven, %s; %s", human_count(count, proven->captures),
		human_scaled(bytes, proven->bytes, "B"), waiting);
	if (books->store_down)
		fputs("; the archive takes none", to);
}

const struct stats_own books_figures = {
	.instead = true,
	.json = books_json,
	.metrics = books_metrics,
	.table = books_table,
	.line = books_line,
};

void books_say_waiting(const struct books *books, char *text, size_t size)
{
	char count[HUMAN_SIZE], bytes[HUMAN_SIZE];
	bool one = books->queue->count == 1;

	snprintf(text, size, "%s capture%s, %s wait%s", human_count(count, books->queue->count),
		 one ? "" : "s", human_scaled(bytes, books->queue->bytes, "B"), one ? "s" : "");
}
