/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files have their final name when they are complete, and only then. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/output.h"
#include "lib/tap.h"

static char name[64], tmp[80];

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_complete(void)
{
	struct output output;
	struct error err;
	struct stat st;

	ok(output_open(&output, name, OUTPUT_REPLACE, &err), "a file is opened");
	ok(exists(tmp) && !exists(name), "under its .tmp name");
	ok(output_write(&output, "hello", 5, &err) && output_evict(&output, &err),
	   "written, parked");
	ok(output.fd < 0 && !output.buffer, "a parked output holds nothing");
	ok(output_write(&output, " world", 6, &err), "written again: it is appended");
	ok(output_close(&output, true, &err), "closed");
	ok(!exists(tmp) && stat(name, &st) == 0 && st.st_size == 11, "under its final name, whole");
}

static void test_incomplete(void)
{
	struct output output;
	struct error err;

	unlink(name);
	output_open(&output, name, OUTPUT_REPLACE, &err);
	output_write(&output, "half", 4, &err);
	output_close(&output, false, &err);
	ok(exists(tmp) && !exists(name), "what is not complete keeps the .tmp name");
}

/* While a writer lives its .tmp is in the way; after that it is kept under another name. */
static void test_abandoned(void)
{
	struct output first, second;
	struct error err = { 0 };
	char kept[96];

	snprintf(kept, sizeof(kept), "%s.abandoned-1", name);
	ok(output_open(&first, name, OUTPUT_REPLACE, &err) && exists(kept),
	   "a .tmp that nobody writes gets another name");
	unlink(kept);
	ok(!output_open(&second, name, OUTPUT_REPLACE, &err) && err.number == EEXIST &&
		   strstr(err.text, "is being written by another process"),
	   "one that is written is in the way: %s", err.text);
	output_close(&first, false, &err);
	ok(output_open(&second, name, OUTPUT_KEEP, &err) && !exists(kept),
	   "one that is empty is removed");
	ok(output_close(&second, true, &err) && exists(name) && !exists(tmp),
	   "and the name is free");
}

static bool holds(const char *path, const char *want)
{
	char text[32] = "";
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	text[n] = '\0';
	return strcmp(text, want) == 0;
}

/* What cannot be opened again has lost bytes: it never gets its final name. */
static void test_not_reopened(void)
{
	struct output output;
	struct error err;

	unlink(name);
	output_open(&output, name, OUTPUT_REPLACE, &err);
	ok(output_write(&output, "first", 5, &err) && output_evict(&output, &err), "evicted");
	rename(tmp, name);
	if (symlink(name, tmp) < 0)
		return;
	ok(output_write(&output, "second", 6, &err) && output_flush(&output, &err) &&
		   holds(name, "first"),
	   "nothing is written through a link in the place of the file");
	unlink(tmp);
	rename(name, tmp);
	ok(!output_close(&output, true, &err) && exists(tmp) && !exists(name),
	   "... and what is incomplete keeps the .tmp name, although it can be opened again");
	ok(err.number == ESTALE && strstr(err.text, "is another file now"), "... told: %s",
	   err.text);
	unlink(tmp);
}

/* Another file in the place of the .tmp one never gets the final name. */
static void test_swapped(enum output_manner manner, bool evicted)
{
	struct output output;
	struct error err = { 0 };
	FILE *other;

	unlink(name);
	output_open(&output, name, manner, &err);
	ok(output_write(&output, "mine", 4, &err) && (!evicted || output_evict(&output, &err)),
	   "written");
	unlink(tmp);
	other = fopen(tmp, "w");
	fputs("evil", other);
	fclose(other);
	output_write(&output, ", too", 5, &err);
	ok(!output_close(&output, true, &err) && err.number == ESTALE && !exists(name) &&
		   holds(tmp, "evil"),
	   "what is in its place neither gets the name nor a byte");
	unlink(tmp);
}

static void test_not_closed(void)
{
	struct output output;
	struct error err;

	output_open(&output, name, OUTPUT_REPLACE, &err);
	output_write(&output, "x", 1, &err);
	output_flush(&output, &err);
	close(output.fd);
	ok(!output_suspend(&output, &err), "a close that fails is an error: %s", err.text);
	ok(!output_close(&output, true, &err) && exists(tmp) && !exists(name),
	   "... and the file is incomplete");
	unlink(tmp);
}

static void test_nothing(void)
{
	struct output output;
	struct error err;

	output_open(&output, name, OUTPUT_REPLACE, &err);
	ok(output_write(&output, "", 0, &err), "no bytes are written at once");
	output_close(&output, false, &err);
}

static void test_link(void)
{
	struct output output;
	struct error err;
	char victim[80];
	FILE *file;

	snprintf(victim, sizeof(victim), "%s.victim", name);
	file = fopen(victim, "w");
	fputs("precious", file);
	fclose(file);
	unlink(tmp);
	if (symlink(victim, tmp) == 0) {
		ok(!output_open(&output, name, OUTPUT_REPLACE, &err) && err.number == EEXIST &&
			   holds(victim, "precious") && exists(tmp),
		   "a link in the way blocks the name: %s", err.text);
		ok(output_open(&output, name, OUTPUT_RENEW, &err) &&
			   output_write(&output, "x", 1, &err) &&
			   output_close(&output, true, &err) && holds(victim, "precious") &&
			   holds(name, "x"),
		   "... or, for what nobody misses, makes room, and is not followed");
	}
	unlink(victim);
}

static void test_watch(void)
{
	struct output output;
	struct error err;
	FILE *file = fopen(name, "w");

	fputs("longer than what comes", file);
	fclose(file);
	unlink(tmp);
	ok(output_open(&output, name, OUTPUT_WATCH, &err) && holds(name, ""),
	   "watched: an old file is emptied");
	ok(!output.tmp && !exists(tmp), "... and there is no .tmp");
	ok(output_write(&output, "hello", 5, &err) && output_flush(&output, &err) &&
		   holds(name, "hello"),
	   "what is flushed can be read");
	ok(output_write(&output, ", you", 5, &err) && output_close(&output, false, &err) &&
		   holds(name, "hello, you"),
	   "it stays, complete or not");
	unlink(name);
	ok(output_open(&output, name, OUTPUT_WATCH, &err) && output_close(&output, true, &err) &&
		   exists(name),
	   "a new file is created");
}

static void test_watch_refused(void)
{
	struct output output;
	struct error err;
	char link[80];
	FILE *file = fopen(name, "w");

	fputs("precious", file);
	fclose(file);
	snprintf(link, sizeof(link), "%s.link", name);
	if (symlink(name, link) == 0)
		ok(!output_open(&output, link, OUTPUT_WATCH, &err) && holds(name, "precious") &&
			   strstr(err.text, "is a symbolic link"),
		   "watched: a link is refused: %s", err.text);
	unlink(link);
	ok(!output_open(&output, "/tmp", OUTPUT_WATCH, &err) && strstr(err.text, "is a directory"),
	   "watched: so is a directory");
	ok(output_open(&output, "/dev/null", OUTPUT_WATCH, &err) &&
		   output_close(&output, true, &err),
	   "watched: a device is opened as ever");
}

static void test_full(void)
{
	struct output output;
	struct error err;

	ok(output_open(&output, "/dev/full", OUTPUT_REPLACE, &err), "a device is opened directly");
	ok(!output.tmp, "without a .tmp");
	output_write(&output, "x", 1, &err);
	ok(!output_close(&output, true, &err) && err.number == ENOSPC,
	   "a full disk is an error: %s", err.text);
}

static void test_large(void)
{
	struct output output;
	struct error err;
	struct stat st;
	char *bytes = calloc(1, 3 << 20);

	output_open(&output, name, OUTPUT_REPLACE, &err);
	for (int i = 0; i < 100; i++)
		output_write(&output, bytes, (size_t)(i * 7919), &err);
	output_write(&output, bytes, 3 << 20, &err);
	ok(output_close(&output, true, &err), "large and small writes");
	ok(stat(name, &st) == 0 && st.st_size == 7919 * 4950 + (3 << 20), "all bytes are there");
	free(bytes);
}

int main(void)
{
	struct error err;
	struct output output;

	signal(SIGPIPE, SIG_IGN);
	snprintf(name, sizeof(name), "/tmp/vtap-unit-%d-output", (int)getpid());
	snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	test_complete();
	test_incomplete();
	test_abandoned();
	test_not_reopened();
	test_swapped(OUTPUT_REPLACE, false);
	test_swapped(OUTPUT_REPLACE, true);
	test_swapped(OUTPUT_KEEP, false);
	test_swapped(OUTPUT_KEEP, true);
	test_not_closed();
	test_nothing();
	test_link();
	test_watch();
	test_watch_refused();
	test_full();
	test_large();
	ok(!output_open(&output, "/nonexistent/x", OUTPUT_REPLACE, &err) &&
		   strstr(err.text, "/nonexistent/x"),
	   "a missing directory is named: %s", err.text);
	ok(!output_open(&output, "/tmp", OUTPUT_REPLACE, &err) &&
		   strstr(err.text, "is a directory"),
	   "a directory is refused");
	unlink(name);
	unlink(tmp);
	return tap_done();
}
