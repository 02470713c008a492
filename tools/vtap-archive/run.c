/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "base/clock.h"
#include "base/human.h"
#include "batch.h"
#include "claim.h"
#include "cli/tool.h"
#include "cli/tool_interval.h"
#include "host/notify.h"
#include "io/interrupt.h"
#include "recovery.h"
#include "scan.h"
#include "staging.h"
#include "store_folder.h"
#include "store_rclone.h"

static const char tool[] = "vtap-archive";

enum {
	SECOND_NS = 1000000000,
	TRIES = 3,		  /* of --once */
	MEMORY = 56 << 20,	  /* bytes of data; 8 MiB are left for code */
	SPOOL_SIZE = PATH_MAX + 2 /* bytes of a folder's name with a slash and a NUL */
};

struct run {
	const struct archive_config *config;
	struct archive archive;
	struct scan scan;
	struct batch *batch;
	struct trouble store_trouble, spool_trouble;
	bool partly;	  /* the archive takes some captures, but not all: new ones are tried */
	bool all_resumed; /* taken/ has nothing that is not in the queue */
	unsigned idle;	  /* batches of --once, one after the other, that had nothing to ship */
	int64_t hold_ns;  /* no batch before that, by CLOCK_MONOTONIC */
	struct error end; /* what has ended the run; empty if nothing has */
	char spool[SPOOL_SIZE], place[SPOOL_SIZE]; /* for the sandbox */
	char stage[SPOOL_SIZE + sizeof(SPOOL_OWN "/stage")];
	struct stats stats;
	struct tool_interval interval;
	struct notify notify;
	int64_t notify_ns; /* when the service manager heard of this process last */
};

/* What is due in between. */

static void run_notify(struct run *run)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	char waiting[2 * HUMAN_SIZE];
	struct error err = { 0 };

	if (run->notify.fd < 0 || now_ns - run->notify_ns < SECOND_NS)
		return;
	run->notify_ns = now_ns;
	books_say_waiting(&run->archive.books, waiting, sizeof(waiting));
	notify_status(&run->notify, waiting, &err);
	if (run->notify.watchdog_ns)
		notify_send(&run->notify, NOTIFY_ALIVE, &err);
}

static bool run_breathe(void *arg)
{
	struct run *run = arg;
	unsigned events = interrupt_events();

	if (events & INTERRUPT_RELOAD)
		run->store_trouble.next_ns = run->spool_trouble.next_ns = 0;
	if (!run->config->once || events & INTERRUPT_RELOAD)
		scan_step(&run->scan, events & INTERRUPT_RELOAD);
	claim_drop(&run->archive);
	if (events & INTERRUPT_REPORT)
		tool_report_stats(&run->stats);
	if (tool_interval_is_due(&run->interval))
		tool_interval_tick(&run->interval);
	run_notify(run);
	return true;
}

static void run_say(void *arg, const char *text)
{
	const struct run *run = arg;

	tell_verbose(&run->archive.tell, text);
}

/* The loop. */

/* When the queue was full, the rest lies where it was. */
static void run_find_more(struct run *run)
{
	struct archive *archive = &run->archive;

	if (archive->queue.count > 0)
		return;
	if (!run->all_resumed)
		run->all_resumed = recovery_resume(archive);
	if (archive->full)
		scan_step(&run->scan, true);
}

static bool run_is_tired(const struct run *run)
{
	return run->store_trouble.tries >= TRIES || run->spool_trouble.tries >= TRIES ||
	       run->idle >= TRIES;
}

static bool run_is_over(const struct run *run)
{
	return interrupt_seen() || run->end.text[0] ||
	       (run->config->once && (run->archive.queue.count == 0 || run_is_tired(run)));
}

static void run_note_result(struct run *run, enum batch_result result, bool new_alone,
			    const struct error *err)
{
	const struct archive_config *config = run->config;
	const struct books *books = &run->archive.books;
	bool quiet = config->common.quiet;

	run->idle = result == BATCH_NONE ? run->idle + 1 : 0;
	switch (result) {
	case BATCH_NONE:
		run->hold_ns = clock_ns(CLOCK_MONOTONIC) + SECOND_NS;
		break;
	case BATCH_SETTLED:
		break;
	case BATCH_PROVEN:
		if (!new_alone)
			tell_recovered(&run->store_trouble, config->archive.text, books, quiet);
		tell_recovered(&run->spool_trouble, config->spool, books, quiet);
		break;
	case BATCH_STORE_FAILED:
		tell_trouble(&run->store_trouble, config->archive.text, err, books);
		break;
	case BATCH_SPOOL_FAILED:
		tell_trouble(&run->spool_trouble, config->spool, err, books);
		break;
	}
	run->archive.books.store_down = run->store_trouble.on;
}

/* Returns when the next batch may begin, and sets *new_alone if it may have no captures that were
 * tried before: those wait for their time. */
static int64_t run_next_ns(const struct run *run, bool *new_alone)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC), next_ns = run->hold_ns;

	*new_alone = run->store_trouble.on && run->partly && run->store_trouble.next_ns > now_ns;
	if (run->spool_trouble.next_ns > next_ns)
		next_ns = run->spool_trouble.next_ns;
	if (!*new_alone && run->store_trouble.next_ns > next_ns)
		next_ns = run->store_trouble.next_ns;
	return next_ns;
}

static void run_try(struct run *run, bool new_alone)
{
	struct error err = { 0 };
	bool partly;
	enum batch_result result = batch_ship(run->batch, new_alone, &partly, &err);

	if (result == BATCH_PROVEN || result == BATCH_STORE_FAILED)
		run->partly = partly;
	if (result == BATCH_STORE_FAILED && err.number == ECHILD)
		run->end = err;
	else
		run_note_result(run, result, new_alone, &err);
}

/* Waits until something changes in the spool, but no longer than to next_ns. */
static void run_wait(struct run *run, int64_t next_ns)
{
	struct pollfd changes[1 + INTERRUPT_OWN_FDS] = { { .fd = run->scan.notify,
							   .events = POLLIN } };
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	bool has_interval = run->config->common.metrics || run->config->common.stats_interval_ns;

	if (run->scan.next_ns < next_ns)
		next_ns = run->scan.next_ns;
	if ((has_interval || run->notify.fd >= 0) && now_ns + SECOND_NS < next_ns)
		next_ns = now_ns + SECOND_NS;
	if (next_ns > now_ns)
		interrupt_poll(changes, 1, next_ns - now_ns);
}

static void run_step(struct run *run)
{
	bool new_alone;
	int64_t next_ns = run_next_ns(run, &new_alone);

	if (run->archive.queue.count == 0)
		next_ns = INT64_MAX;
	if (clock_ns(CLOCK_MONOTONIC) >= next_ns)
		run_try(run, new_alone);
	else
		run_wait(run, next_ns);
	run_breathe(run);
	run_find_more(run);
}

/* Start and end. */

static bool run_name_folders(struct run *run, struct error *err)
{
	const struct archive_config *config = run->config;
	char spool[PATH_MAX];

	if (!realpath(config->spool, spool))
		return error_errno(err, "%s", config->spool);
	snprintf(run->spool, sizeof(run->spool), "%s/", spool);
	snprintf(run->place, sizeof(run->place), "%s/", config->archive.text);
	snprintf(run->stage, sizeof(run->stage), "%s" SPOOL_OWN "/stage", run->spool);
	return true;
}

static struct store_config run_store_config(struct run *run)
{
	const struct archive_config *config = run->config;

	return (struct store_config){ .place = &config->archive,
				      .stage = run->stage,
				      .stage_folder = run->archive.spool.room[SPOOL_STAGE],
				      .jobs = config->jobs,
				      .download = config->download,
				      .verbose = config->common.verbose,
				      .no_sandbox = config->common.no_sandbox,
				      .user = config->common.user,
				      .environment = environ,
				      .breathe = run_breathe,
				      .say = run_say,
				      .arg = run };
}

static bool run_enter_sandbox(struct run *run, struct error *err)
{
	const struct archive_config *config = run->config;
	struct sandbox sandbox = { .needs = SANDBOX_WIRETAP | SANDBOX_UNPACK | SANDBOX_SYNC |
					    SANDBOX_SPOOL | SANDBOX_FORK,
				   .memory = MEMORY };

	sandbox.needs |= config->archive.remote ? store_rclone_needs : STORE_FOLDER_NEEDS;
	sandbox_write(&sandbox, run->spool);
	if (!config->archive.remote)
		sandbox_write(&sandbox, run->place);
	if (config->manifest)
		sandbox_write(&sandbox, config->manifest);
	return tool_confine(tool, &config->common, config->manifest, false, &sandbox, err);
}

static bool run_open_spool(struct run *run, struct error *err)
{
	const char *name = run->config->common.user;
	const struct passwd *user = name ? getpwnam(name) : NULL;

	if (name && !user)
		return error_set(err, "there is no user %s", name);
	return spool_open(&run->archive.spool, run->config->spool, user ? user->pw_uid : geteuid(),
			  err);
}

/* The helper of a remote, which is forked here, closes its copies of descriptors, and so does not
 * hold the lock on the spool. */
static bool run_open_store(struct run *run, struct error *err)
{
	const struct store_config config = run_store_config(run);

	return run->config->archive.remote ? store_rclone_open(&run->archive.store, &config, err)
					   : store_folder_open(&run->archive.store, &config, err);
}

static bool run_open_all(struct run *run, struct error *err)
{
	struct archive *archive = &run->archive;
	struct error unheard = { 0 };

	if (!run_name_folders(run, err) || !run_open_spool(run, err) || !run_open_store(run, err) ||
	    !staging_load(err) || !interrupt_catch_events(err))
		return false;
	if (!notify_open(&run->notify, &unheard))
		tell_once(&archive->tell, unheard.text);
	scan_open(&run->scan, archive);
	run->batch = batch_new(archive, err);
	return run->batch && run_enter_sandbox(run, err) &&
	       proofs_open(&archive->proofs, run->config->manifest, err);
}

static bool run_begin(struct run *run, struct error *err)
{
	struct archive *archive = &run->archive;

	if (!run_open_all(run, err) || !recovery_empty_stage(archive, err))
		return false;
	run->all_resumed = recovery_resume(archive);
	if (!scan_first(&run->scan, err))
		return false;
	notify_send(&run->notify, NOTIFY_READY, &(struct error){ 0 });
	run_breathe(run);
	return true;
}

static void run_close(struct run *run)
{
	struct archive *archive = &run->archive;

	if (archive->store.close)
		archive->store.close(archive->store.self);
	batch_free(run->batch);
	scan_close(&run->scan);
	proofs_close(&archive->proofs);
	spool_close(&archive->spool);
	queue_free(&archive->queue);
	notify_close(&run->notify);
}

/* What somebody still writes is not finished, so it is no failure that it waits. */
static bool run_has_failed(const struct run *run)
{
	const struct books *books = &run->archive.books;

	return run->config->once && !interrupt_seen() &&
	       (books->outcome[BOOKS_FAILED].captures > 0 ||
		(run->archive.queue.count > 0 && run->idle < TRIES));
}

int archive_run(const struct archive_config *config)
{
	static const struct stats_row none = { .name = NULL };
	struct run run = { .config = config,
			   .scan = { .notify = -1 },
			   .notify = { .fd = -1 },
			   .stats = { .tool = tool, .rows = &none, .own = &books_figures } };
	struct archive *archive = &run.archive;
	int status;

	*archive = (struct archive){ .config = config,
				     .spool = SPOOL_CLOSED,
				     .proofs = { .fd = -1 },
				     .books = { .queue = &archive->queue,
						.proven_ns = clock_ns(CLOCK_MONOTONIC) },
				     .tell = { .verbose = config->common.verbose },
				     .breathe = run_breathe,
				     .breathe_arg = &run };
	run.stats.own_arg = &archive->books;
	srandom((unsigned)getpid());
	signal(SIGIO, SIG_IGN);
	interrupt_catch();
	tool_interval_open(&run.interval, &config->common, &run.stats,
			   &(struct metrics_label){ 0 });
	if (run_begin(&run, &run.end))
		while (!run_is_over(&run))
			run_step(&run);
	notify_send(&run.notify, NOTIFY_STOPPING, &(struct error){ 0 });
	run.stats.fatal = run.end.text[0];
	status = tool_finish(&run.interval, &run.end);
	if (status == EXIT_DONE && run_has_failed(&run))
		status = EXIT_FAILED;
	run_close(&run);
	return status;
}
