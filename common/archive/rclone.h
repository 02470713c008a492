/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs rclone for a tool in a sandbox: one command at a time, by a process that is forked before
 * the sandbox is entered. What rclone says comes line by line; what it says is not proof of
 * anything but the lines of RCLONE_CHECK and RCLONE_CHECK_DOWNLOAD. The helper and rclone end with
 * the tool, whatever ends that. The tool needs SANDBOX_TRUNCATE (host/sandbox.h).
 */
#ifndef VTAP_ARCHIVE_RCLONE_H
#define VTAP_ARCHIVE_RCLONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/rclone_command.h"
#include "archive/rclone_log.h"
#include "base/error.h"

/* Nanoseconds without progress after which a command is killed. */
#define RCLONE_PATIENCE_NS (INT64_C(300) * 1000000000)

struct rclone_config {
	struct rclone_places places; /* strings are borrowed until rclone_open() returns */
	char *const *environment;    /* of the tool, NULL ends it; what passes is copied */
	const char *user;	     /* user to become, or NULL to stay the present one */
	bool fetches;		     /* rclone writes below the stage: RCLONE_FETCH will be run */
	bool no_sandbox;	     /* rclone's files are not limited (archive/rclone_confine.h) */
	int64_t patience_ns;	     /* 0 is RCLONE_PATIENCE_NS */
	/* Called by rclone_step() for each whole line of rclone's output: len bytes without newline
	 * or NUL. A line with a NUL, of more than 64 KiB, or without newline at the end, is left
	 * out. A line ends with a NUL that is not counted, and lives until on_output() returns. */
	void (*on_output)(void *arg, const char *line, size_t len);
	/* Called by rclone_step() for each line of rclone's log; *log lives until it returns. */
	void (*on_log)(void *arg, const struct rclone_log *log);
	void *arg; /* for both */
};

struct rclone;

enum rclone_state {
	RCLONE_RUNS,  /* the command still runs */
	RCLONE_ENDED, /* it has ended, and all that it wrote was handed over */
	RCLONE_LOST,  /* the helper has ended, and no command can be run any more */
};

/* How a command has ended. */
struct rclone_result {
	int error;   /* errno if it was not started; ENOENT: there is no rclone in PATH */
	int status;  /* exit status, or -1 if a signal ended it or it was not started */
	int signal;  /* signal that ended it, or 0 */
	bool killed; /* it made no progress, or rclone_end() was called before it ended */
	uint64_t lines_left_out; /* of its output and its log: too long, or a NUL in them */
};

/*
 * Starts the helper; to be called before anything is parsed and before the sandbox is entered, by
 * the thread that lives longest. rclone itself is not run. Returns NULL and sets err if the helper
 * cannot be started, or places.archive is no remote. To be freed by rclone_close().
 */
struct rclone *rclone_open(const struct rclone_config *config, struct error *err);

/*
 * Returns true if the settings of the remotes are such that rclone compares objects with hashes
 * that it has noted itself, so that an equal hash proves nothing.
 */
bool rclone_notes_hashes(const struct rclone *rclone);

/*
 * Begins a command; none may run. folder: for RCLONE_LIST and RCLONE_LIST_BELOW, below the archive,
 * "" for all of it. list: for verbs with a list, len bytes, a name and a newline each; not used
 * otherwise. Both are copied. Output of an earlier command that was not read is thrown away.
 * Returns false and sets err if the folder is too long, the list cannot be written, or the helper
 * has ended: err->number is ECHILD then.
 */
bool rclone_begin(struct rclone *rclone, enum rclone_verb verb, const char *folder,
		  const char *list, size_t len, struct error *err);

/*
 * Waits timeout_ms milliseconds at most for something of the command that runs, and hands over what
 * came. Also returns when a signal was caught. Kills a command that made no progress for
 * patience_ns: no byte of output, and no change in the counts of its log.
 */
enum rclone_state rclone_step(struct rclone *rclone, int timeout_ms);

/* Returns nanoseconds since the command that runs began or made progress. */
int64_t rclone_idle_ns(const struct rclone *rclone);

/*
 * Ends a command: one that still runs is killed and waited for, and what it wrote is handed over.
 * Fills *result. Returns false if the helper has ended: the result is not known then.
 */
bool rclone_end(struct rclone *rclone, struct rclone_result *result);

/* Ends the helper, and rclone if it runs, waits for the helper, and frees; NULL is allowed. */
void rclone_close(struct rclone *rclone);

#endif
