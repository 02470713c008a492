/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rclone is told to do. */
#include "archive/rclone_command.h"

#include <stdlib.h>

#include "lib/tap.h"

static char *no_environment[] = { NULL };
static struct rclone_places places = { .archive = "oci:b/p", .stage = "/s", .transfers = 8 };
static struct error err;

/* Joins the words of a command by newlines, which begin and end the text. */
static const char *joined(enum rclone_verb verb, const char *folder, char *const *environment)
{
	static char text[8192];
	char **command = rclone_command_make(verb, &places, folder, environment, &err);

	strcpy(text, command ? "\n" : "none");
	for (char **word = command; command && *word; word++) {
		strcat(text, *word);
		strcat(text, "\n");
	}
	rclone_command_free(command);
	return text;
}

static void has(enum rclone_verb verb, const char *what)
{
	ok(strstr(joined(verb, "", no_environment), what) != NULL, "has: %s", what + 1);
}

static bool ends(const char *text, const char *with)
{
	return strlen(text) >= strlen(with) && !strcmp(strchr(text, '\0') - strlen(with), with);
}

static void every(void)
{
	for (unsigned verb = 0; verb < RCLONE_VERBS; verb++) {
		const char *text = joined(verb, "", no_environment);

		ok(!strncmp(text, "\nrclone\n", 8), "verb %u is one of rclone's", verb);
		ok(strstr(text, "\n--retries=1\n") && strstr(text, "\n--contimeout=10s\n") &&
			   strstr(text, "\n--timeout=60s\n") &&
			   strstr(text, "\n--low-level-retries=3\n") &&
			   strstr(text, "\n--use-json-log\n") && strstr(text, "\n--transfers=8\n"),
		   "... has what all have");
		ok(rclone_command_has_list(verb) ==
			   (strstr(text, "\n--files-from-raw=-\n") != NULL),
		   "... reads its list");
		ok((verb >= RCLONE_LIST) == (strstr(text, "\n--size-only=false\n") != NULL),
		   "... and is strict");
	}
	is_str(joined(RCLONE_VERBS, "", no_environment), "none", "no such verb");
	ok(!rclone_command_has_list(RCLONE_VERBS), "... which has no list");
}

static void each(void)
{
	has(RCLONE_COPY, "\ncopy\n");
	has(RCLONE_COPY, "\n--checksum\n");
	has(RCLONE_COPY, "\n--no-traverse\n");
	has(RCLONE_COPY, "\n--s3-upload-cutoff=200M\n");
	has(RCLONE_COPY, "\n--s3-no-check-bucket\n");
	has(RCLONE_COPY, "\n--\n/s\noci:b/p\n");
	has(RCLONE_COPY_ANEW, "\n--ignore-times\n");
	has(RCLONE_CHECK, "\n--one-way\n--combined=-\n--download=false\n");
	has(RCLONE_CHECK_DOWNLOAD, "\n--one-way\n--combined=-\n--download\n");
	has(RCLONE_CHECK_DOWNLOAD, "\n--\n/s\noci:b/p\n");
	has(RCLONE_FETCH, "\n--\noci:b/p\n/s\n");
	has(RCLONE_REMOTES, "\nlistremotes\n");
	has(RCLONE_REMOTES, "\n--long\n");
}

static void folders(void)
{
	ok(ends(joined(RCLONE_LIST, "", no_environment), "\n--\noci:b/p\n"), "all is listed");
	ok(ends(joined(RCLONE_LIST, "a/b", no_environment), "\n--\noci:b/p/a/b\n"), "a folder");
	places.archive = "oci:";
	ok(ends(joined(RCLONE_LIST, "a", no_environment), "\n--\noci:a\n"), "... of a remote");
	places.archive = "oci:/x/";
	ok(ends(joined(RCLONE_LIST_BELOW, "a", no_environment), "\n--\noci:/x/a\n"),
	   "... of one with a slash");
	places.archive = NULL;
	is_str(joined(RCLONE_LIST, "", no_environment), "none", "there is no archive");
	ok(strstr(joined(RCLONE_VERSION, "", no_environment), "\nversion\n") != NULL,
	   "... which a version does not need");
	places.archive = "oci:b";
	places.stage = NULL;
	is_str(joined(RCLONE_COPY, "", no_environment), "none", "there is no stage");
	ok(joined(RCLONE_LIST, "", no_environment)[0] == '\n', "... which a listing does not need");
	places.stage = "/s";
}

static void environment(void)
{
	char *set[] = { (char[]){ "RCLONE_TIMEOUT=5s" }, (char[]){ "RCLONE_CONTIMEOUT=1s" }, NULL };
	const char *text = joined(RCLONE_COPY, "", set);

	ok(!strstr(text, "timeout"), "timeouts of the user's win");
	ok(strstr(text, "--low-level-retries=3") != NULL, "... what he has not set stays");
}

int main(void)
{
	every();
	each();
	folders();
	environment();
	return tap_done();
}
