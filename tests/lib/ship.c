/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships one batch by tools/vtap-archive/store_rclone.h:
 *   ship STAGE ARCHIVE [download]   names below STAGE are read from standard input, one a line
 * Prints `read NAME`, `hash NAME` or `none NAME` for each, then `error: ...`, and what is said with
 * -v as `said: ...`. Exits 1 unless all are proven. A `+` in place of a name ships what was named
 * so far, and begins another batch of the same run.
 */
#include "tools/vtap-archive/store_rclone.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_object object[STORE_BATCH];
static size_t count;

static bool breathe(void *arg)
{
	(void)arg;
	return true;
}

static void say(void *arg, const char *text)
{
	(void)arg;
	printf("said: %s\n", text);
}

static void add(const char *stage, const char *name)
{
	struct stat status = { 0 };
	char path[8192];

	snprintf(path, sizeof(path), "%s/%s", stage, name);
	if (count == STORE_BATCH || stat(path, &status) < 0)
		exit(3);
	object[count++] =
		(struct store_object){ .name = strdup(name), .bytes = (uint64_t)status.st_size };
}

static bool ship(struct store *store)
{
	static const char *const words[] = { "none", "read", "hash" };
	struct error err = { 0 };
	bool done = store->ship(store->self, object, count, &err);

	for (size_t i = 0; i < count; i++)
		printf("%s %s\n", words[object[i].proof], object[i].name);
	if (!done)
		printf("error: %s\n", err.text);
	while (count > 0)
		free((char *)(uintptr_t)object[--count].name);
	fflush(stdout);
	return done;
}

int main(int argc, char **argv)
{
	struct archive_place place;
	struct error err = { 0 };
	struct store store;
	struct store_config config = { .place = &place,
				       .stage = argc > 2 ? argv[1] : "",
				       .jobs = 4,
				       .download = argc > 3,
				       .verbose = true,
				       .environment = environ,
				       .breathe = breathe,
				       .say = say };
	char name[4096];
	bool done = true;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 3 || !archive_place_parse(argv[2], &place, &err) ||
	    !store_rclone_open(&store, &config, &err)) {
		printf("error: %s\n", err.text);
		return 2;
	}
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, "+") == 0)
			done = ship(&store);
		else
			add(argv[1], name);
	}
	done = count ? ship(&store) : done;
	store.close(store.self);
	return !done;
}
