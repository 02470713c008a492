/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store_rclone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sandbox.h"
#include "store_rclone_internal.h"

enum { STEP_MS = 500, NS_PER_S = 1000000000, DAMAGED_MAX = 4096 };

#define SILENCE_NS (INT64_C(10) * NS_PER_S) /* at first */

/* From this size on rclone uploads in parts, and stores have a hash that the uploader wrote; see
 * --s3-upload-cutoff in archive/rclone_command.c. */
#define PARTS_BYTES (UINT64_C(200) << 20)

const unsigned store_rclone_needs = SANDBOX_TRUNCATE;

/* Returns the index of a name, or damaged.count if it is not in the list. */
static unsigned store_rclone_find_damaged(const struct store_rclone *self, const char *name)
{
	unsigned i;

	for (i = 0; i < self->damaged.count; i++)
		if (strcmp(self->damaged.name[i], name) == 0)
			break;
	return i;
}

/* A list that is forgotten costs a try: what differs is found again. */
static void store_rclone_add_damaged(struct store_rclone *self, const char *name)
{
	if (self->damaged.count >= DAMAGED_MAX)
		name_list_free(&self->damaged);
	if (store_rclone_find_damaged(self, name) == self->damaged.count)
		name_list_add(&self->damaged, NULL, name);
}

static void store_rclone_drop_damaged(struct store_rclone *self, const char *name)
{
	struct name_list *damaged = &self->damaged;
	unsigned at = store_rclone_find_damaged(self, name);

	if (at == damaged->count)
		return;
	damaged->name[at] = damaged->name[damaged->count - 1];
	damaged->count--;
	if (!damaged->count)
		name_list_free(damaged);
}

static bool store_rclone_is_whole(const struct store_rclone *self,
				  const struct store_object *object)
{
	return store_rclone_find_damaged(self, object->name) == self->damaged.count;
}

static bool store_rclone_is_damaged(const struct store_rclone *self,
				    const struct store_object *object)
{
	return !store_rclone_is_whole(self, object);
}

static bool store_rclone_has_hash(const struct store_rclone *self,
				  const struct store_object *object)
{
	return self->hashes && !self->hashless && !self->config.download &&
	       !self->config.place->connection && object->bytes < PARTS_BYTES;
}

static bool store_rclone_is_read_back(const struct store_rclone *self,
				      const struct store_object *object)
{
	return !store_rclone_has_hash(self, object);
}

/* The commands of a batch. Each has a list of its own, and is left out if that is empty. */
static const struct store_rclone_step {
	enum rclone_verb verb;
	bool (*takes)(const struct store_rclone *self, const struct store_object *object);
	const char *right;
	enum store_proof proof; /* what a line `= NAME` is, for the objects that the step takes */
} steps[] = {
	{ RCLONE_COPY, store_rclone_is_whole, "write", STORE_UNPROVEN },
	{ RCLONE_COPY_ANEW, store_rclone_is_damaged, "write", STORE_UNPROVEN },
	{ RCLONE_CHECK, store_rclone_has_hash, "read", STORE_HASH },
	{ RCLONE_CHECK_DOWNLOAD, store_rclone_is_read_back, "read", STORE_READ },
};

enum { STEPS = sizeof(steps) / sizeof(*steps) };

/* Returns the index of an object of the batch, or the batch's count if it is none of it. */
static size_t store_rclone_find(const struct store_rclone *self, const char *name)
{
	size_t i;

	for (i = 0; i < self->count; i++)
		if (strcmp(self->object[i].name, name) == 0)
			break;
	return i;
}

/* A line of a command that compares. What it says of others than it was asked for is nothing. */
static void store_rclone_take_result(struct store_rclone *self,
				     const struct store_rclone_step *step, const char *line)
{
	size_t at = line[0] && line[1] == ' ' ? store_rclone_find(self, line + 2) : self->count;
	struct store_object *object = &self->object[at];

	if (at == self->count || !step->takes(self, object))
		return;
	self->said[at] = line[0];
	object->proof = line[0] == '=' ? step->proof : STORE_UNPROVEN;
	if (line[0] == '=')
		store_rclone_drop_damaged(self, object->name);
}

static void store_rclone_take_output(void *arg, const char *line, size_t len)
{
	struct store_rclone *self = arg;

	(void)len;
	if (self->step && self->step->proof != STORE_UNPROVEN)
		store_rclone_take_result(self, self->step, line);
	else if (!self->step)
		store_rclone_prepare_line(self, line);
}

/* Notes the objects that the store is known not to have taken or given: those are not damaged. */
static void store_rclone_take_failure(struct store_rclone *self, const struct rclone_log *log)
{
	struct rclone_messages one = { 0 };
	size_t at = store_rclone_find(self, log->object);

	rclone_messages_note(&one, log);
	if (at < self->count && rclone_messages_is_known(&one))
		self->refused[at] = true;
}

/* Where a store tells no hash, rclone compares sizes alone, writes `= NAME`, and says in its log
 * of how many objects that is true. */
static void store_rclone_take_log(void *arg, const struct rclone_log *log)
{
	struct store_rclone *self = arg;
	unsigned rank = self->messages.rank;

	rclone_messages_note(&self->messages, log);
	if (self->messages.rank != rank && self->step)
		self->right = self->step->right;
	store_rclone_take_failure(self, log);
	if (strstr(log->message, "hashes could not be checked"))
		self->hashless = true;
}

/* Sets err to what rclone, or nobody, has told of a command that was given up. */
static bool store_rclone_give_up(struct store_rclone *self, struct error *err)
{
	char text[RCLONE_MESSAGES_SIZE];
	int64_t silence_s = self->silence_ns / NS_PER_S;

	self->silence_ns *= 2;
	if (self->silence_ns > RCLONE_PATIENCE_NS)
		self->silence_ns = RCLONE_PATIENCE_NS;
	if (!rclone_messages_is_known(&self->messages))
		return error_set(err, "no answer: rclone has made no progress for %d s",
				 (int)silence_s);
	rclone_messages_explain(&self->messages, self->config.place, self->right, text);
	return error_set(err, "%s", text);
}

/* A command that was not run, or was killed, has told nothing; one that failed may have. */
static bool store_rclone_end(struct store_rclone *self, bool goes_on, struct error *err)
{
	struct rclone_result result;
	char text[RCLONE_MESSAGES_SIZE];
	bool known = rclone_end(self->rclone, &result);

	if (!goes_on) {
		error_set(err, "the run ends");
		err->number = ECANCELED;
		return false;
	}
	if (!known) {
		error_set(err, "the process that runs rclone has ended");
		err->number = ECHILD;
		return false;
	}
	if (result.error == ENOENT) {
		self->ready = false;
		rclone_messages_missing(text);
		return error_set(err, "%s", text);
	}
	errno = result.error;
	if (result.error)
		return error_errno(err, "cannot start rclone");
	return !result.killed || store_rclone_give_up(self, err);
}

bool store_rclone_run(struct store_rclone *self, enum rclone_verb verb, size_t len,
		      struct error *err)
{
	bool goes_on;

	if (!rclone_begin(self->rclone, verb, "", self->list, len, err))
		return false;
	do
		goes_on = self->config.breathe(self->config.arg);
	while (goes_on && rclone_step(self->rclone, STEP_MS) == RCLONE_RUNS &&
	       rclone_idle_ns(self->rclone) < self->silence_ns);
	return store_rclone_end(self, goes_on, err);
}

/* Writes the names of the objects that a step takes to the list. Returns its bytes. */
static size_t store_rclone_make_list(struct store_rclone *self,
				     const struct store_rclone_step *step)
{
	char *end = self->list;

	for (size_t i = 0; i < self->count; i++)
		if (step->takes(self, &self->object[i])) {
			end = stpcpy(end, self->object[i].name);
			*end++ = '\n';
		}
	return (size_t)(end - self->list);
}

static bool store_rclone_make_room(struct store_rclone *self, struct error *err)
{
	size_t room = 1;

	for (size_t i = 0; i < self->count; i++)
		room += strlen(self->object[i].name) + 1;
	self->list = malloc(room);
	return self->list || error_errno(err, "names of a batch");
}

/* Hashes of a command that could not check all of them are none. */
static void store_rclone_forget_hashes(struct store_rclone *self)
{
	for (size_t i = 0; self->hashless && i < self->count; i++)
		if (self->object[i].proof == STORE_HASH)
			self->object[i].proof = STORE_UNPROVEN;
}

static bool store_rclone_run_steps(struct store_rclone *self, struct error *err)
{
	bool done = true;

	for (size_t i = 0; done && i < STEPS; i++) {
		size_t len = store_rclone_make_list(self, &steps[i]);

		self->step = &steps[i];
		done = !len || store_rclone_run(self, steps[i].verb, len, err);
		store_rclone_forget_hashes(self);
	}
	self->step = NULL;
	return done;
}

/* Counts the objects that a comparison has marked by one of the letters, and sets *example to one
 * of them. */
static unsigned store_rclone_count(const struct store_rclone *self, const char *letters,
				   const char **example)
{
	unsigned count = 0;

	for (size_t i = self->count; i-- > 0;)
		if (self->object[i].proof == STORE_UNPROVEN && strchr(letters, self->said[i])) {
			*example = self->object[i].name;
			count++;
		}
	return count;
}

/* What a comparison calls different though nobody refused it is damaged in the archive. */
static void store_rclone_note_damaged(struct store_rclone *self)
{
	for (size_t i = 0; i < self->count; i++)
		if ((self->said[i] == '*' || self->said[i] == '!') && !self->refused[i] &&
		    self->object[i].proof == STORE_UNPROVEN)
			store_rclone_add_damaged(self, self->object[i].name);
}

/* Says why some objects have no proof. */
static bool store_rclone_explain(const struct store_rclone *self, struct error *err)
{
	const char *example = "";
	char text[RCLONE_MESSAGES_SIZE];
	unsigned different = store_rclone_count(self, "*!", &example);

	if (rclone_messages_is_known(&self->messages) || (self->messages.rank && !different)) {
		rclone_messages_explain(&self->messages, self->config.place, self->right, text);
		return error_set(err, "%s", text);
	}
	if (different)
		return error_set(err,
				 "the store has other bytes than it was sent (%u objects, such as "
				 "%s): they are sent anew",
				 different, example);
	return error_set(err, "rclone does not say that the store has %s",
			 store_rclone_count(self, "+", &example) ? example : "what it was sent");
}

static bool store_rclone_is_proven(const struct store_rclone *self)
{
	for (size_t i = 0; i < self->count; i++)
		if (self->object[i].proof == STORE_UNPROVEN)
			return false;
	return true;
}

static bool store_rclone_ship_batch(struct store_rclone *self, struct error *err)
{
	if (!store_rclone_make_room(self, err) || !store_rclone_prepare(self, err) ||
	    !store_rclone_run_steps(self, err))
		return false;
	store_rclone_note_damaged(self);
	if (!store_rclone_is_proven(self))
		return store_rclone_explain(self, err);
	self->silence_ns = self->silence_ns / 2 > SILENCE_NS ? self->silence_ns / 2 : SILENCE_NS;
	return true;
}

/* Says what rclone wrote: the line that the sentence is made of tells more than the last one. */
static void store_rclone_quote(const struct store_rclone *self)
{
	const struct rclone_messages *messages = &self->messages;
	char text[RCLONE_LOG_MESSAGE_SIZE + RCLONE_LOG_OBJECT_SIZE + 16];

	snprintf(text, sizeof(text), "rclone: %s%s%s", messages->object,
		 messages->object[0] ? ": " : "", messages->message);
	self->config.say(self->config.arg, text);
}

static bool store_rclone_ship(void *arg, struct store_object *object, size_t count,
			      struct error *err)
{
	struct store_rclone *self = arg;
	bool done;

	for (size_t i = 0; i < count; i++)
		object[i].proof = STORE_UNPROVEN;
	self->object = object;
	self->count = count;
	self->messages = (struct rclone_messages){ 0 };
	self->right = "write";
	self->hashless = false;
	memset(self->said, ' ', sizeof(self->said));
	memset(self->refused, 0, sizeof(self->refused));
	done = store_rclone_ship_batch(self, err);
	free(self->list);
	self->list = NULL;
	self->count = 0;
	if (!done && self->config.verbose && self->messages.rank)
		store_rclone_quote(self);
	return done;
}

static void store_rclone_close(void *arg)
{
	struct store_rclone *self = arg;

	rclone_close(self->rclone);
	name_list_free(&self->damaged);
	free(self);
}

bool store_rclone_open(struct store *store, const struct store_config *config, struct error *err)
{
	struct store_rclone *self = calloc(1, sizeof(*self));
	const struct rclone_config rclone = { .places = { .archive = config->place->text,
							  .stage = config->stage,
							  .transfers = config->jobs },
					      .environment = config->environment,
					      .user = config->user,
					      .no_sandbox = config->no_sandbox,
					      .on_output = store_rclone_take_output,
					      .on_log = store_rclone_take_log,
					      .arg = self };

	if (!self)
		return error_errno(err, "rclone");
	self->config = *config;
	self->silence_ns = SILENCE_NS;
	self->rclone = rclone_open(&rclone, err);
	if (!self->rclone) {
		free(self);
		return false;
	}
	*store = (struct store){ store_rclone_ship, store_rclone_close, self };
	return true;
}
