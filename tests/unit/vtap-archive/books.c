/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found is proven, dropped, failed, empty or waits: after every step. */
#include "tools/vtap-archive/books.h"

#include <stdlib.h>

#include "lib/tap.h"

static struct queue queue;
static struct books books = { .queue = &queue };

static bool balanced(void)
{
	uint64_t captures = queue.count, bytes = queue.bytes;

	for (int i = 0; i < BOOKS_OUTCOMES; i++) {
		captures += books.outcome[i].captures;
		bytes += books.outcome[i].bytes;
	}
	return captures == books.found.captures && bytes == books.found.bytes;
}

static char *text_of(void (*print)(void *arg, FILE *to))
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	print(&books, to);
	fclose(to);
	return text;
}

static void test_texts(void)
{
	char *table = text_of(books_figures.table), *line = text_of(books_figures.line);
	char text[96];

	ok(strstr(table, "             3  captures found (160 B)\n") != NULL, "the table");
	is_str(line, "1 proven, 120 B; 1 capture, 10 B waits", "the line");
	books_say_waiting(&books, text, sizeof(text));
	is_str(text, "1 capture, 10 B waits", "what waits");
	free(table);
	free(line);
}

int main(void)
{
	struct queue_item *one = books_add(&books, &queue, "one", 20, 1, true);
	struct queue_item *two = books_add(&books, &queue, "two", 10, 2, false);
	struct queue_item *three = books_add(&books, &queue, "three", 30, 3, true);

	ok(one && two && three && balanced(), "three are found");
	is_u64(books.claimed.captures, 2, "... two claimed");
	books_measure(&books, &queue, one, 120);
	ok(balanced() && books.found.bytes == 160, "one has become larger");
	books_measure(&books, &queue, three, 30);
	books_settle(&books, &queue, one, BOOKS_PROVEN);
	ok(balanced() && queue.count == 2, "one is proven");
	books_settle(&books, &queue, three, BOOKS_FAILED);
	ok(balanced() && queue.count == 1, "one has failed");
	test_texts();
	queue_free(&queue);
	return tap_done();
}
