/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/rclone_environment.h"

enum { WORDS = 96 }; /* of a command line, with its NULL: all tables below fit */

enum operands { NONE, TO_ARCHIVE, FROM_ARCHIVE, FOLDER };

/* For every command. Statistics each second are the only sign of progress; they are log lines. */
static const char *const common[] = {
	"--use-json-log",	    "--log-level=NOTICE", "--stats=1s",
	"--stats-log-level=NOTICE", "--progress=false",	  "--ask-password=false",
	"--cache-dir=/dev/null",    "--retries=1",	  NULL,
};

/* What would copy or compare something else: from a configuration, or a variable that
 * rclone_environment_passes() has overlooked. */
static const char *const strict[] = {
	"--size-only=false",	   "--ignore-size=false",
	"--ignore-checksum=false", "--ignore-existing=false",
	"--ignore-case=false",	   "--ignore-errors=false",
	"--update=false",	   "--dry-run=false",
	"--interactive=false",	   "--immutable=false",
	"--no-check-dest=false",   "--max-age=off",
	"--min-age=off",	   "--max-size=off",
	"--min-size=off",	   "--max-depth=-1",
	"--max-transfer=off",	   "--max-duration=0",
	"--buffer-size=1M",	   "--multi-thread-streams=0",
	"--s3-no-check-bucket", /* or it would make a bucket that is missing */
	"--s3-upload-cutoff=200M", NULL,
};

static const char *const copy[] = { "--no-traverse", "--checksum", "--ignore-times=false", NULL };
static const char *const anew[] = { "--no-traverse", "--ignore-times", NULL };
static const char *const hashes[] = { "--one-way", "--combined=-", "--download=false", NULL };
static const char *const bytes[] = { "--one-way", "--combined=-", "--download", NULL };
static const char *const list[] = { "--format=sp", "--separator= ", NULL };
static const char *const below[] = { "--format=sp", "--separator= ", "--recursive", "--files-only",
				     NULL };
static const char *const types[] = { "--long", NULL };
static const char *const nothing[] = { NULL };

static const struct {
	const char *name;
	const char *const *options;
	bool list;
	enum operands operands;
} verbs[RCLONE_VERBS] = {
	[RCLONE_VERSION] = { "version", nothing, false, NONE },
	[RCLONE_REMOTES] = { "listremotes", types, false, NONE },
	[RCLONE_LIST] = { "lsf", list, false, FOLDER },
	[RCLONE_LIST_BELOW] = { "lsf", below, false, FOLDER },
	[RCLONE_COPY] = { "copy", copy, true, TO_ARCHIVE },
	[RCLONE_COPY_ANEW] = { "copy", anew, true, TO_ARCHIVE },
	[RCLONE_CHECK] = { "check", hashes, true, TO_ARCHIVE },
	[RCLONE_CHECK_DOWNLOAD] = { "check", bytes, true, TO_ARCHIVE },
	[RCLONE_FETCH] = { "copy", copy, true, FROM_ARCHIVE },
};

/* Options that a variable of the user's wins over. */
static const struct {
	const char *variable, *option;
} usual[] = {
	{ "RCLONE_CONTIMEOUT", "--contimeout=10s" },
	{ "RCLONE_TIMEOUT", "--timeout=60s" },
	{ "RCLONE_LOW_LEVEL_RETRIES", "--low-level-retries=3" },
};

/* The words so far; failed is set once one could not be added. */
struct words {
	char **word;
	size_t count;
	bool failed;
};

static void __attribute__((format(printf, 2, 3)))
rclone_command_add(struct words *words, const char *format, ...)
{
	va_list ap;

	if (words->failed || words->count + 1 >= WORDS) {
		words->failed = true;
		return;
	}
	va_start(ap, format);
	words->failed = vasprintf(&words->word[words->count], format, ap) < 0;
	va_end(ap);
	if (words->failed)
		words->word[words->count] = NULL;
	else
		words->count++;
}

static void rclone_command_add_all(struct words *words, const char *const *options)
{
	for (; *options; options++)
		rclone_command_add(words, "%s", *options);
}

static void rclone_command_add_folder(struct words *words, const char *archive, const char *folder)
{
	const char *end = strchr(archive, '\0') - 1;

	if (*folder)
		rclone_command_add(words, "%s%s%s", archive, *end == '/' || *end == ':' ? "" : "/",
				   folder);
	else
		rclone_command_add(words, "%s", archive);
}

static void rclone_command_add_places(struct words *words, enum operands operands,
				      const struct rclone_places *places, const char *folder)
{
	rclone_command_add(words, "--");
	if (operands == FOLDER) {
		rclone_command_add_folder(words, places->archive, folder);
		return;
	}
	rclone_command_add(words, "%s", operands == TO_ARCHIVE ? places->stage : places->archive);
	rclone_command_add(words, "%s", operands == TO_ARCHIVE ? places->archive : places->stage);
}

bool rclone_command_has_list(enum rclone_verb verb)
{
	return verb < RCLONE_VERBS && verbs[verb].list;
}

static bool rclone_command_has_places(enum rclone_verb verb, const struct rclone_places *places)
{
	return verb < RCLONE_VERBS && (verbs[verb].operands == NONE || places->archive) &&
	       (!verbs[verb].list || places->stage);
}

char **rclone_command_make(enum rclone_verb verb, const struct rclone_places *places,
			   const char *folder, char *const *environment, struct error *err)
{
	struct words words = { .word = calloc(WORDS, sizeof(*words.word)) };

	words.failed = !words.word || !rclone_command_has_places(verb, places);
	if (!words.failed) {
		rclone_command_add(&words, "rclone");
		rclone_command_add(&words, "%s", verbs[verb].name);
		rclone_command_add_all(&words, common);
		if (verbs[verb].operands != NONE)
			rclone_command_add_all(&words, strict);
		if (verbs[verb].list)
			rclone_command_add(&words, "--files-from-raw=-");
		rclone_command_add_all(&words, verbs[verb].options);
		for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
			if (!rclone_environment_get(environment, usual[i].variable))
				rclone_command_add(&words, "%s", usual[i].option);
		rclone_command_add(&words, "--transfers=%u", places->transfers);
		rclone_command_add(&words, "--checkers=%u", places->transfers);
		if (verbs[verb].operands != NONE)
			rclone_command_add_places(&words, verbs[verb].operands, places, folder);
	}
	if (!words.failed)
		return words.word;
	rclone_command_free(words.word);
	error_set(err, "there is no memory for a command line of rclone");
	return NULL;
}

void rclone_command_free(char **command)
{
	for (char **word = command; command && *word; word++)
		free(*word);
	free(command);
}
