/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/interrupt.h"
#include "io/reader_watch.h"

enum {
	TRIES = 3,
	STEP_MS = 500,
	NO_FOLDER = 3, /* exit status of rclone: a folder is not there */
};

static const int64_t second_ns = 1000000000, patience_ns = INT64_C(20) * 1000000000;

struct remote {
	struct remote_config config;
	struct rclone *rclone;
	struct rclone_messages messages; /* of the present command */
	/* Whom remote_list() calls, and what came of it. */
	bool (*take)(void *arg, const char *name, uint64_t stored, struct error *err);
	void *take_arg;
	struct error take_err;
	bool take_failed;
	char version[64]; /* the first line of `rclone version` */
};

/* `SIZE NAME`. */
static void remote_take_entry(struct remote *remote, const char *line)
{
	char *end;
	long long size = strtoll(line, &end, 10);

	if (end == line || *end != ' ' || remote->take_failed)
		return;
	if (!remote->take(remote->take_arg, end + 1, size < 0 ? 0 : (uint64_t)size,
			  &remote->take_err))
		remote->take_failed = true;
}

static void remote_on_output(void *arg, const char *line, size_t len)
{
	struct remote *remote = arg;

	(void)len;
	if (remote->take)
		remote_take_entry(remote, line);
	else if (!*remote->version)
		snprintf(remote->version, sizeof(remote->version), "%s", line);
}

static void remote_on_log(void *arg, const struct rclone_log *log)
{
	struct remote *remote = arg;

	rclone_messages_note(&remote->messages, log);
}

struct remote *remote_open(const struct remote_config *config, struct error *err)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	const struct rclone_config rclone = { .places = { .archive = config->place->text,
							  .stage = config->stage,
							  .transfers = config->transfers },
					      .environment = config->environment,
					      .user = config->user,
					      .fetches = config->stage != NULL,
					      .no_sandbox = config->no_sandbox,
					      .patience_ns = patience_ns,
					      .on_output = remote_on_output,
					      .on_log = remote_on_log,
					      .arg = remote };

	if (!remote) {
		error_errno(err, "rclone");
		return NULL;
	}
	remote->config = *config;
	remote->rclone = rclone_open(&rclone, err);
	if (remote->rclone)
		return remote;
	free(remote);
	return NULL;
}

void remote_breathe(struct remote *remote, bool (*breathe)(void *arg), void *arg)
{
	remote->config.breathe = breathe;
	remote->config.arg = arg;
}

static bool remote_begin(struct remote *remote, enum rclone_verb verb, const char *folder,
			 const char *list, size_t len, struct error *err)
{
	remote->messages = (struct rclone_messages){ 0 };
	return rclone_begin(remote->rclone, verb, folder, list, len, err);
}

static bool remote_may_go_on(const struct remote *remote)
{
	return interrupt_poll(NULL, 0, 0) != WOKEN_END && !reader_watch_gone() &&
	       (!remote->config.breathe || remote->config.breathe(remote->config.arg));
}

/* Waits for the end of a command. Returns false if the tool is asked to end; err->text is empty
 * then. */
static bool remote_wait(struct remote *remote, struct rclone_result *result, struct error *err)
{
	bool goes_on = true;

	err->text[0] = '\0';
	while (goes_on && rclone_step(remote->rclone, STEP_MS) == RCLONE_RUNS)
		goes_on = remote_may_go_on(remote);
	if (!rclone_end(remote->rclone, result) && goes_on)
		return error_set(err, "the process that runs rclone has ended");
	return goes_on;
}

/* Says why a command has failed. Always returns false. */
static bool remote_explain(const struct remote *remote, const struct rclone_result *result,
			   const char *right, struct error *err)
{
	char text[RCLONE_MESSAGES_SIZE];

	if (result->error == ENOENT)
		rclone_messages_missing(text);
	else if (result->error)
		snprintf(text, sizeof(text), "rclone: %s", strerror(result->error));
	else if (result->killed && !rclone_messages_is_known(&remote->messages))
		snprintf(text, sizeof(text), "the store does not answer");
	else
		rclone_messages_explain(&remote->messages, remote->config.place, right, text);
	if (remote->config.say && remote->messages.rank)
		remote->config.say(remote->config.arg, remote->messages.message);
	error_set(err, "%s: %s", remote->config.place->text, text);
	err->number = result->error;
	return false;
}

bool remote_check(struct remote *remote, struct error *err)
{
	char text[RCLONE_MESSAGES_SIZE];
	struct rclone_result result;

	remote->take = NULL;
	if (!remote_begin(remote, RCLONE_VERSION, "", "", 0, err) ||
	    !remote_wait(remote, &result, err))
		return false;
	if (result.error)
		return remote_explain(remote, &result, "read", err);
	return rclone_messages_accept_version(remote->version, text) || error_set(err, "%s", text);
}

bool remote_tries_again(struct remote *remote, unsigned tries)
{
	if (tries >= TRIES)
		return false;
	for (unsigned i = 0; i < 2 * tries; i++) {
		if (!remote_may_go_on(remote))
			return false;
		interrupt_poll(NULL, 0, second_ns / 2);
	}
	return remote_may_go_on(remote);
}

/* Lists once. Sets *again if it is to be tried again. */
static bool remote_list_once(struct remote *remote, const char *folder, enum rclone_verb verb,
			     bool *again, struct error *err)
{
	struct rclone_result result;

	*again = false;
	if (!remote_begin(remote, verb, folder, "", 0, err) || !remote_wait(remote, &result, err))
		return false;
	if (remote->take_failed) {
		*err = remote->take_err;
		return false;
	}
	/* The archive itself has to be there. */
	if (result.status == 0 || (result.status == NO_FOLDER && *folder))
		return true;
	*again = result.error == 0;
	return remote_explain(remote, &result, "list", err);
}

/* What was listed before a failure comes again at the next try; whoever takes it bears that. */
bool remote_list(struct remote *remote, const char *folder, bool below,
		 bool (*take)(void *arg, const char *name, uint64_t stored, struct error *err),
		 void *arg, struct error *err)
{
	enum rclone_verb verb = below ? RCLONE_LIST_BELOW : RCLONE_LIST;
	unsigned tries = 0;
	bool good, again;

	remote->take = take;
	remote->take_arg = arg;
	remote->take_failed = false;
	do
		good = remote_list_once(remote, folder, verb, &again, err);
	while (!good && again && remote_tries_again(remote, ++tries));
	remote->take = NULL;
	if (!good && !remote_may_go_on(remote))
		err->text[0] = '\0';
	return good;
}

bool remote_fetch(struct remote *remote, const char *list, size_t len, struct error *err)
{
	return remote_begin(remote, RCLONE_FETCH, "", list, len, err);
}

bool remote_has_fetched(struct remote *remote)
{
	return rclone_step(remote->rclone, 0) != RCLONE_RUNS;
}

bool remote_end_fetch(struct remote *remote, struct error *err)
{
	struct rclone_result result;

	if (!remote_wait(remote, &result, err))
		return false;
	return result.status == 0 || remote_explain(remote, &result, "read", err);
}

void remote_close(struct remote *remote)
{
	if (!remote)
		return;
	rclone_close(remote->rclone);
	free(remote);
}
