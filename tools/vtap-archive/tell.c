/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/printable.h"
#include "cli/tool.h"

static const char tool[] = "vtap-archive";

enum { SECOND_NS = 1000000000, TEXT = 2048 };

static void tell_say(const char *text)
{
	char safe[TEXT];

	snprintf(safe, sizeof(safe), "%s", text);
	printable(safe);
	tool_say(tool, "%s", safe);
}

/* FNV-1a; a collision costs a message. */
static uint64_t tell_hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

void tell_once(struct tell *tell, const char *text)
{
	uint64_t hash = tell_hash(text);

	for (unsigned i = 0; i < TELL_REMEMBERED && i < tell->count; i++)
		if (tell->told[i] == hash)
			return;
	tell->told[tell->count++ % TELL_REMEMBERED] = hash;
	tell_say(text);
}

void tell_verbose(const struct tell *tell, const char *text)
{
	if (tell->verbose)
		tell_say(text);
}

void tell_trouble(struct trouble *trouble, const char *place, const struct error *err,
		  const struct books *books)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	char waiting[2 * HUMAN_SIZE], text[TEXT];
	size_t len = strlen(err->text);

	if (!trouble_begin(trouble, err->text, now_ns, (uint64_t)random()))
		return;
	books_say_waiting(books, waiting, sizeof(waiting));
	snprintf(text, sizeof(text), "%s: %s%s %s", place, err->text,
		 len > 0 && err->text[len - 1] == '?' ? "" : ";", waiting);
	tell_say(text);
}

void tell_recovered(struct trouble *trouble, const char *place, const struct books *books,
		    bool quiet)
{
	int64_t lasted_ns = trouble_end(trouble, clock_ns(CLOCK_MONOTONIC));
	char duration[HUMAN_SIZE], count[HUMAN_SIZE], text[TEXT];
	bool one = books->queue->count == 1;

	if (lasted_ns < 0 || quiet)
		return;
	snprintf(text, sizeof(text), "%s: works again after %s; %s capture%s wait%s", place,
		 human_duration(duration, (uint64_t)lasted_ns / SECOND_NS),
		 human_count(count, books->queue->count), one ? "" : "s", one ? "s" : "");
	tell_say(text);
}
