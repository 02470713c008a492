/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/archive_place.h"
#include "archive/rclone_confine.h"
#include "archive/rclone_environment.h"
#include "archive/rclone_helper.h"
#include "archive/rclone_lines.h"
#include "base/clock.h"
#include "host/helper.h"

enum { NS_PER_MS = 1000000, END_WAIT_MS = 1000 };

struct rclone {
	struct rclone_config config;
	pid_t helper;
	int orders, list, out, log; /* the tool's ends; see struct rclone_helper. -1 if closed */
	uint64_t number;	    /* of the last command */
	enum rclone_state state;
	bool killed; /* it was asked to be */
	struct rclone_report report;
	int64_t progress_ns;		   /* when the command last made progress */
	uint64_t bytes, transfers, checks; /* of its log, then */
	struct rclone_lines output, messages;
	bool notes_hashes;
};

/* Descriptors of both sides; the tool closes those of the helper. */
enum { ORDERS, HELPER_ORDERS, OUT, HELPER_OUT, LOG, HELPER_LOG, LIST, ENDS };

static void rclone_close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* The list needs no name: rclone reads it as standard input, wherever it may read files. */
static bool rclone_make_ends(int end[ENDS])
{
	for (unsigned i = 0; i < ENDS; i++)
		end[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end + ORDERS) == 0 &&
	    pipe2(end + OUT, O_CLOEXEC) == 0 && pipe2(end + LOG, O_CLOEXEC) == 0 &&
	    fcntl(end[OUT], F_SETFL, O_NONBLOCK) == 0 && fcntl(end[LOG], F_SETFL, O_NONBLOCK) == 0)
		end[LIST] = memfd_create("rclone-list", MFD_CLOEXEC);
	if (end[LIST] >= 0)
		return true;
	rclone_close_all(end, ENDS);
	return false;
}

static void rclone_run_helper(void *arg)
{
	rclone_helper_run(arg);
}

static bool rclone_start_helper(struct rclone *rclone, char *const *environment,
				const struct rclone_confine *confine)
{
	struct rclone_helper helper = { .places = rclone->config.places,
					.environment = environment,
					.user = rclone->config.user,
					.confine = rclone->config.no_sandbox ? NULL : confine,
					.tool = getpid() };
	int end[ENDS];

	if (!rclone_make_ends(end))
		return false;
	helper.orders = end[HELPER_ORDERS];
	helper.out = end[HELPER_OUT];
	helper.log = end[HELPER_LOG];
	helper.list = end[LIST];
	rclone->helper = helper_fork(rclone_run_helper, &helper);
	rclone_close_all((int[]){ end[HELPER_ORDERS], end[HELPER_OUT], end[HELPER_LOG] }, 3);
	rclone->orders = end[ORDERS];
	rclone->out = end[OUT];
	rclone->log = end[LOG];
	rclone->list = end[LIST];
	return rclone->helper > 0;
}

static bool rclone_open_helper(struct rclone *rclone, struct error *err)
{
	const struct rclone_config *config = &rclone->config;
	struct rclone_confine confine = { 0 };
	struct archive_place place = { .settings = "", .path = "" };
	char **environment = rclone_environment_make(config->environment, err);
	bool done = environment != NULL;

	if (done && config->places.archive)
		done = archive_place_parse(config->places.archive, &place, err) &&
		       (place.remote || error_usage(err, "%s: this is no remote", place.text));
	done = done && rclone_confine_init(&confine, &place, config->places.stage, config->fetches,
					   environment, err);
	if (done && !rclone_start_helper(rclone, environment, &confine))
		done = error_errno(err, "cannot start the process that runs rclone");
	rclone->notes_hashes = confine.notes_hashes;
	rclone_confine_free(&confine);
	rclone_environment_free(environment);
	return done;
}

struct rclone *rclone_open(const struct rclone_config *config, struct error *err)
{
	struct rclone *rclone = calloc(1, sizeof(*rclone));

	if (!rclone) {
		error_errno(err, "rclone");
		return NULL;
	}
	rclone->config = *config;
	rclone->config.patience_ns = config->patience_ns ? config->patience_ns : RCLONE_PATIENCE_NS;
	rclone->orders = rclone->list = rclone->out = rclone->log = -1;
	rclone->state = RCLONE_ENDED;
	if (rclone_open_helper(rclone, err))
		return rclone;
	rclone_close(rclone);
	return NULL;
}

/* The helper sees that the socket is closed, and kills what runs. */
void rclone_close(struct rclone *rclone)
{
	if (!rclone)
		return;
	rclone_close_all((int[]){ rclone->orders, rclone->list, rclone->out, rclone->log }, 4);
	if (rclone->helper > 0)
		TEMP_FAILURE_RETRY(waitpid(rclone->helper, NULL, 0));
	free(rclone);
}

static bool rclone_write_list(const struct rclone *rclone, const char *list, size_t len)
{
	size_t done = 0;

	if (ftruncate(rclone->list, 0) < 0)
		return false;
	while (done < len) {
		ssize_t more = TEMP_FAILURE_RETRY(
			pwrite(rclone->list, list + done, len - done, (off_t)done));

		if (more < 0)
			return false;
		done += (size_t)more;
	}
	return true;
}

static void rclone_throw_away(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	(void)len;
}

static void rclone_clear(struct rclone *rclone)
{
	while (rclone_lines_read(&rclone->output, rclone->out, rclone_throw_away, NULL) > 0)
		;
	while (rclone_lines_read(&rclone->messages, rclone->log, rclone_throw_away, NULL) > 0)
		;
	rclone_lines_clear(&rclone->output);
	rclone_lines_clear(&rclone->messages);
	rclone->output.left_out = rclone->messages.left_out = 0;
	rclone->bytes = rclone->transfers = rclone->checks = 0;
	rclone->killed = false;
	rclone->report = (struct rclone_report){ 0 };
}

static bool rclone_is_lost(struct error *err)
{
	error_set(err, "the process that runs rclone has ended");
	err->number = ECHILD;
	return false;
}

static bool rclone_tell(struct rclone *rclone, const struct rclone_order *order, struct error *err)
{
	/* MSG_NOSIGNAL is not needed: every tool ignores SIGPIPE, and a sandbox may refuse send().
	 */
	if (TEMP_FAILURE_RETRY(write(rclone->orders, order, sizeof(*order))) == sizeof(*order))
		return true;
	rclone->state = RCLONE_LOST;
	return rclone_is_lost(err);
}

bool rclone_notes_hashes(const struct rclone *rclone)
{
	return rclone->notes_hashes;
}

bool rclone_begin(struct rclone *rclone, enum rclone_verb verb, const char *folder,
		  const char *list, size_t len, struct error *err)
{
	struct rclone_order order = { .number = rclone->number + 1, .verb = verb };

	if (rclone->state == RCLONE_LOST)
		return rclone_is_lost(err);
	if (strlen(folder) >= sizeof(order.folder))
		return error_set(err, "%s: the name of the folder is too long", folder);
	memcpy(order.folder, folder, strlen(folder));
	if (rclone_command_has_list(verb) && !rclone_write_list(rclone, list, len))
		return error_errno(err, "list for rclone");
	rclone_clear(rclone);
	if (!rclone_tell(rclone, &order, err))
		return false;
	rclone->number++;
	rclone->state = RCLONE_RUNS;
	rclone->progress_ns = clock_ns(CLOCK_MONOTONIC);
	return true;
}

int64_t rclone_idle_ns(const struct rclone *rclone)
{
	return clock_ns(CLOCK_MONOTONIC) - rclone->progress_ns;
}

static void rclone_take_output(void *arg, const char *line, size_t len)
{
	struct rclone *rclone = arg;

	if (memchr(line, '\0', len))
		rclone->output.left_out++;
	else
		rclone->config.on_output(rclone->config.arg, line, len);
}

static void rclone_take_log(void *arg, const char *line, size_t len)
{
	struct rclone *rclone = arg;
	struct rclone_log log;

	if (!rclone_log_parse(line, len, &log))
		return;
	if (log.has_stats && (log.bytes != rclone->bytes || log.transfers != rclone->transfers ||
			      log.checks != rclone->checks)) {
		rclone->bytes = log.bytes;
		rclone->transfers = log.transfers;
		rclone->checks = log.checks;
		rclone->progress_ns = clock_ns(CLOCK_MONOTONIC);
	}
	rclone->config.on_log(rclone->config.arg, &log);
}

static ssize_t rclone_read_output(struct rclone *rclone)
{
	ssize_t len = rclone_lines_read(&rclone->output, rclone->out, rclone_take_output, rclone);

	if (len > 0)
		rclone->progress_ns = clock_ns(CLOCK_MONOTONIC);
	return len;
}

static ssize_t rclone_read_log(struct rclone *rclone)
{
	return rclone_lines_read(&rclone->messages, rclone->log, rclone_take_log, rclone);
}

/* Asks the helper to kill the command, once. */
static void rclone_kill(struct rclone *rclone)
{
	const struct rclone_order order = { .number = rclone->number, .verb = RCLONE_VERBS };
	struct error err;

	if (!rclone->killed)
		rclone_tell(rclone, &order, &err);
	rclone->killed = true;
}

/* What rclone wrote before it ended is in the pipes by then. A program that it left behind may
 * write on: what does not fit into a pipe is not waited for. */
static void rclone_take_report(struct rclone *rclone)
{
	enum { READS_MAX = 64 };
	struct rclone_report report;
	ssize_t len = TEMP_FAILURE_RETRY(read(rclone->orders, &report, sizeof(report)));

	if (len != sizeof(report)) {
		rclone->state = RCLONE_LOST;
		return;
	}
	if (report.number != rclone->number)
		return;
	for (unsigned i = 0; i < READS_MAX && rclone_read_output(rclone) > 0; i++)
		;
	for (unsigned i = 0; i < READS_MAX && rclone_read_log(rclone) > 0; i++)
		;
	rclone->report = report;
	rclone->state = RCLONE_ENDED;
}

enum rclone_state rclone_step(struct rclone *rclone, int timeout_ms)
{
	struct pollfd all[] = { { .fd = rclone->orders, .events = POLLIN },
				{ .fd = rclone->out, .events = POLLIN },
				{ .fd = rclone->log, .events = POLLIN } };
	int64_t left_ms;

	if (rclone->state != RCLONE_RUNS)
		return rclone->state;
	left_ms = (rclone->config.patience_ns - rclone_idle_ns(rclone)) / NS_PER_MS + 1;
	if (left_ms <= 0)
		rclone_kill(rclone);
	else if (timeout_ms < 0 || left_ms < timeout_ms)
		timeout_ms = (int)left_ms;
	if (rclone->state == RCLONE_RUNS && poll(all, 3, timeout_ms) > 0) {
		if (all[1].revents)
			rclone_read_output(rclone);
		if (all[2].revents)
			rclone_read_log(rclone);
		if (all[0].revents)
			rclone_take_report(rclone);
	}
	return rclone->state;
}

bool rclone_end(struct rclone *rclone, struct rclone_result *result)
{
	const struct rclone_report *report = &rclone->report;

	if (rclone->state == RCLONE_RUNS)
		rclone_kill(rclone);
	while (rclone_step(rclone, END_WAIT_MS) == RCLONE_RUNS)
		;
	*result = (struct rclone_result){ .error = report->error,
					  .status = -1,
					  .killed = rclone->killed,
					  .lines_left_out = rclone->output.left_out +
							    rclone->messages.left_out };
	if (rclone->state == RCLONE_LOST)
		return false;
	if (!report->error && WIFEXITED(report->status))
		result->status = WEXITSTATUS(report->status);
	else if (!report->error && WIFSIGNALED(report->status))
		result->signal = WTERMSIG(report->status);
	return true;
}
