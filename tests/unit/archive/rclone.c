/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of rclone, run by a script that acts as one. */
#include "archive/rclone.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

enum { STEP_MS = 100, SOON_MS = 20000 };

static char folder[] = "/tmp/vtap-rclone-XXXXXX", script[64], path[128], text[4096];
static char *environment[] = { path, (char[]){ "RCLONE_DRY_RUN=1" },
			       (char[]){ "RCLONE_S3_REGION=there" }, NULL };
static size_t lines, len_of_all, logs;
static struct rclone_log last_log;
static struct rclone *rclone;
static bool fetches;
static struct rclone_result result;
static struct error err;

/* Joins short outputs in text. */
static void take_output(void *arg, const char *line, size_t len)
{
	(void)arg;
	lines++;
	len_of_all += len;
	if (strlen(line) == len && strlen(text) + len + 2 < sizeof(text))
		strcat(strcat(text, line), "\n");
}

static void take_log(void *arg, const struct rclone_log *log)
{
	(void)arg;
	logs++;
	last_log = *log;
}

/* Puts a shell script in the place of rclone: in the only folder of PATH, for the host may have an
 * rclone of its own. */
static void put(const char *commands)
{
	FILE *to = fopen(script, "w");

	fprintf(to, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n", commands);
	fclose(to);
	chmod(script, 0755);
	text[0] = '\0';
	lines = len_of_all = logs = 0;
}

static struct rclone *opened(int64_t patience_ns)
{
	const struct rclone_config config = {
		.places = { .archive = "oci:b/p", .stage = folder, .transfers = 4 },
		.environment = environment,
		.patience_ns = patience_ns,
		.fetches = fetches,
		.on_output = take_output,
		.on_log = take_log,
	};

	return rclone_open(&config, &err);
}

static void begin(enum rclone_verb verb, const char *commands, const char *list)
{
	put(commands);
	ok(rclone_begin(rclone, verb, "", list, strlen(list), &err), "begins");
}

/* Steps until the command has ended. Returns false if it takes too long. */
static bool finish(void)
{
	enum rclone_state state = RCLONE_RUNS;

	for (int ms = 0; state == RCLONE_RUNS && ms < SOON_MS; ms += STEP_MS / 10)
		state = rclone_step(rclone, STEP_MS);
	return rclone_end(rclone, &result) && state == RCLONE_ENDED;
}

static void usual(void)
{
	begin(RCLONE_VERSION, "echo \"rclone $1\"; echo; printf 'no newline'", "");
	ok(finish(), "a command ends");
	is_str(text, "rclone version\n\n", "... its whole lines are handed over");
	ok(result.status == 0 && !result.signal && !result.error && !result.killed, "... status 0");
	begin(RCLONE_CHECK, "while read -r name; do echo \"= $name\"; done; exit 3", "a b\nc\n");
	ok(finish(), "a command with a list");
	is_str(text, "= a b\n= c\n", "... reads it");
	is_u64((uint64_t)result.status, 3, "... its exit status is told");
	begin(RCLONE_CHECK, "cat", "x\n");
	ok(finish() && !strcmp(text, "x\n"), "a shorter list replaces a longer one");
	begin(RCLONE_COPY,
	      "echo 'a pipe'; env | grep -c RCLONE_DRY_RUN; echo $RCLONE_S3_REGION; "
	      "readlink /proc/$$/fd/0 | cut -c1-8; setpriv --dump | grep no_new",
	      "");
	ok(finish(), "an environment");
	is_str(text, "a pipe\n0\nthere\n/memfd:r\nno_new_privs: 1\n",
	       "... has what passes, and no new privileges");
	put("echo \"$@\" | sed 's/.*-- //'");
	ok(rclone_begin(rclone, RCLONE_LIST, "2026-11-17/16", NULL, 0, &err) && finish(),
	   "a listing");
	is_str(text, "oci:b/p/2026-11-17/16\n", "... of a folder");
}

/* Writes what a shell may do with files beside the stage, where the kernel has Landlock. */
static void confined(void)
{
	static char aside[] = "/tmp/vtap-aside-XXXXXX";
	char commands[512];
	int fd = mkstemp(aside);

	close(fd);
	snprintf(commands, sizeof(commands),
		 "cat %s 2>/dev/null || echo unread; { echo x >%s; } 2>/dev/null || echo kept; "
		 "{ echo x >%s/new; } 2>/dev/null || echo none; cat %s/rclone >/dev/null && echo "
		 "read",
		 aside, aside, folder, folder);
	begin(RCLONE_COPY, commands, "");
	ok(finish(), "files");
	if (strcmp(text, "read\n") == 0)
		ok(true, "... # SKIP the kernel has no Landlock");
	else
		is_str(text, "unread\nkept\nnone\nread\n", "... are those of the stage, to read");
	rclone_close(rclone);
	fetches = true;
	rclone = opened(0);
	begin(RCLONE_FETCH, commands, "");
	ok(finish(), "files of a fetch");
	snprintf(commands, sizeof(commands), "%s/new", folder);
	ok(unlink(commands) == 0, "... may be written below the stage");
	ok(!strcmp(text, "unread\nkept\nread\n") || !strcmp(text, "read\n"),
	   "... and nowhere else");
	rclone_close(rclone);
	fetches = false;
	rclone = opened(0);
	unlink(aside);
}

static void log_lines(void)
{
	begin(RCLONE_COPY,
	      "echo '{\"level\":\"error\",\"msg\":\"no\",\"object\":\"a\"}' >&2; "
	      "echo '{broken' >&2; echo 'Failed to copy: x' >&2; exit 1",
	      "");
	ok(finish(), "a log");
	is_u64(logs, 2, "... a line that is none is left out");
	is_str(last_log.message, "Failed to copy: x", "... the last one");
}

static void endings(void)
{
	begin(RCLONE_VERSION,
	      "kill -TERM $PPID; kill -INT $PPID; sleep 0.1; echo on; kill -TERM $$", "");
	ok(finish() && !strcmp(text, "on\n"), "signals do not end the helper");
	ok(result.signal == SIGTERM, "... and are not ignored by rclone");
	begin(RCLONE_VERSION, "kill -9 $$", "");
	ok(finish(), "a command that is killed ends");
	ok(result.signal == SIGKILL && result.status == -1 && !result.killed, "... and it is told");
	begin(RCLONE_VERSION, "sleep 1000", "");
	ok(rclone_step(rclone, 10) == RCLONE_RUNS, "a command that runs on");
	ok(rclone_end(rclone, &result) && result.killed && result.signal == SIGKILL,
	   "... is killed by rclone_end()");
	unlink(script);
	ok(rclone_begin(rclone, RCLONE_VERSION, "", NULL, 0, &err) && finish() &&
		   result.error == ENOENT && result.status == -1,
	   "there is no rclone");
	begin(RCLONE_VERSION, "echo back", "");
	ok(finish() && !strcmp(text, "back\n"), "... and then there is");
}

static void much(void)
{
	begin(RCLONE_VERSION, "head -c 1000000 /dev/zero | tr '\\0' x | fold -w 99; echo", "");
	ok(finish(), "much output");
	is_u64(len_of_all, 1000000, "... arrives");
	is_u64(lines, (1000000 + 98) / 99, "... in whole lines");
	begin(RCLONE_VERSION,
	      "echo a; printf 'b\\0b\\n'; echo c; head -c 1000000 /dev/zero | tr '\\0' "
	      "y; printf '\\nd\\n'; head -c 1000000 /dev/zero >&2; echo >&2; "
	      "echo last >&2",
	      "");
	ok(finish(), "hostile lines");
	is_str(text, "a\nc\nd\n", "... cost themselves alone");
	is_str(last_log.message, "last", "... in a log, too");
	is_u64(result.lines_left_out, 3, "... and are counted");
}

static void stalled(void)
{
	rclone_close(rclone);
	rclone = opened(INT64_C(1500) * 1000000);
	begin(RCLONE_COPY,
	      "while :; do echo '{\"msg\":\"x\",\"stats\":{\"bytes\":7}}' >&2; "
	      "sleep 0.1; done",
	      "");
	ok(finish() && result.killed && result.signal == SIGKILL, "no progress: it is killed");
	ok(logs >= 2, "... though it talks");
	begin(RCLONE_COPY,
	      "for i in 1 2 3 4 5 6 7 8 9; do "
	      "echo \"{\\\"stats\\\":{\\\"bytes\\\":$i}}\" >&2; sleep 0.2; done",
	      "");
	ok(finish() && !result.killed && result.status == 0, "progress: it is not killed");
	rclone_close(rclone);
	rclone = opened(0);
}

/* A process that has ended may wait for a parent that does not look. */
static bool is_gone(long pid)
{
	char name[64], state = 'Z';
	FILE *from;

	snprintf(name, sizeof(name), "/proc/%ld/stat", pid);
	from = fopen(name, "r");
	if (!from)
		return true;
	if (fscanf(from, "%*d %*s %c", &state) != 1)
		state = 'Z';
	fclose(from);
	return state == 'Z';
}

static bool goes_soon(long pid)
{
	for (int ms = 0; ms < SOON_MS && !is_gone(pid); ms += 10)
		usleep(10000);
	return is_gone(pid);
}

static void helper_killed(void)
{
	long child = 0, helper = 0;

	begin(RCLONE_VERSION, "echo $$ $PPID; exec sleep 1000", "");
	while (!lines && rclone_step(rclone, STEP_MS) == RCLONE_RUNS)
		;
	ok(sscanf(text, "%ld %ld", &child, &helper) == 2 && helper > 1, "rclone runs");
	kill((pid_t)helper, SIGKILL);
	ok(goes_soon(child), "the helper is killed: rclone ends");
	ok(!finish() && rclone_step(rclone, 0) == RCLONE_LOST, "... and it is told");
	ok(!rclone_begin(rclone, RCLONE_VERSION, "", NULL, 0, &err) && err.text[0],
	   "... nothing begins any more");
}

static void tool_killed(void)
{
	long child = 0, helper = 0;
	int to[2];
	pid_t tool;
	ssize_t len;

	if (!ok(pipe(to) == 0, "a pipe"))
		return;
	tool = fork();
	if (tool == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		rclone = opened(0);
		begin(RCLONE_VERSION, "trap '' TERM; echo $$ $PPID; while :; do sleep 1; done", "");
		while (!lines)
			rclone_step(rclone, STEP_MS);
		if (write(to[1], text, strlen(text)) > 0)
			pause();
		_exit(0);
	}
	len = read(to[0], text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	ok(sscanf(text, "%ld %ld", &child, &helper) == 2, "rclone of another tool runs");
	kill(tool, SIGKILL);
	waitpid(tool, NULL, 0);
	ok(goes_soon(helper), "the tool is killed: the helper ends");
	ok(goes_soon(child), "... and rclone");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (!mkdtemp(folder))
		return 1;
	snprintf(script, sizeof(script), "%s/rclone", folder);
	snprintf(path, sizeof(path), "PATH=%s", folder);
	rclone = opened(0);
	ok(rclone != NULL, "opened");
	usual();
	confined();
	log_lines();
	endings();
	much();
	stalled();
	helper_killed();
	rclone_close(rclone);
	tool_killed();
	unlink(script);
	rmdir(folder);
	return tap_done();
}
