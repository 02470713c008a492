/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in which two things fail, one after the other: what is said of them, and the exit status. */
#include "cli/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

/* What goes wrong in a run; each number is an errno, 0 if all goes well. */
struct plan {
	bool damaged, stage; /* the source, the stage after its second packet */
	int flush;	     /* of the sink, in front of a wait of the source */
	int due;	     /* of the sink, when it gets what the stage has held until the end */
	int finish, close;
};

static struct plan plan;

static enum source_result plan_next(struct source *source, struct packet *packet,
				    struct block *block, struct error *err)
{
	(void)block;
	if (source->packets == 2 && plan.flush)
		source->hook.before_wait(source->hook.arg);
	if (source->packets == 2 && plan.damaged)
		error_set(err, "in: damaged");
	if (source->packets == 2)
		return plan.damaged ? SOURCE_ERROR : SOURCE_END;
	*packet = (struct packet){ .number = ++source->packets };
	return SOURCE_PACKET;
}

static void plan_close_source(struct source *source)
{
	(void)source;
}

static struct source *plan_open_source(void *arg, struct error *err)
{
	static const struct source_ops ops = { .next = plan_next, .close = plan_close_source };
	static struct source source = { .ops = &ops, .name = "in", .format = "pcap" };

	(void)arg, (void)err;
	return &source;
}

static bool plan_fail(int number, const char *what, struct error *err)
{
	errno = number;
	return number == 0 || error_errno(err, "%s", what);
}

static bool plan_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	(void)sink, (void)packet;
	return plan_fail(plan.due, "out: put", err);
}

static bool plan_flush(struct sink *sink, struct error *err)
{
	(void)sink;
	return plan_fail(plan.flush, "out: flush", err);
}

static bool plan_close(struct sink *sink, bool complete, struct error *err)
{
	(void)sink;
	fprintf(stderr, "closed%s\n", complete ? "" : " incomplete");
	return plan_fail(plan.close, "out: close", err);
}

static struct sink *plan_open_sink(void *arg, struct error *err)
{
	static const struct sink_ops ops = { .put = plan_put,
					     .flush = plan_flush,
					     .close = plan_close };
	static struct sink sink = { .ops = &ops, .name = "out" };

	(void)arg, (void)err;
	return &sink;
}

static enum verdict plan_hold(void *self, const struct packet *in, struct packet *out,
			      struct error *err)
{
	(void)self, (void)out;
	if (!plan.stage || in->number < 2)
		return HOLD;
	error_set(err, "stage: failed");
	return FAILED;
}

static bool plan_due(void *self, bool end, struct packet *out)
{
	static bool given;

	(void)self;
	*out = (struct packet){ .number = 1 };
	return end && !given && (given = true);
}

static bool plan_finish(void *arg, struct source *source, struct sink *sink, struct error *err)
{
	(void)arg, (void)source, (void)sink;
	return plan_fail(plan.finish, "finish", err);
}

static int run_tool(void)
{
	static const struct stats_row rows[] = { { 0 } };
	const char *inputs[] = { "in" };
	const struct cli_common common = { .inputs = inputs, .quiet = true, .no_sandbox = true };
	const struct stage stage = { .put = plan_hold, .due = plan_due };
	struct stats stats = { .tool = "tool", .rows = rows };
	const struct tool_job job = { .common = &common,
				      .stage = &stage,
				      .stats = &stats,
				      .open_source = plan_open_source,
				      .open_sink = plan_open_sink,
				      .finish = plan_finish };

	return tool_run(&job);
}

/* A process of its own, as a run gives up rights: its exit status, and what it says on stderr. */
static void run_is(struct plan now, int status, const char *said, const char *name)
{
	char text[4096];
	FILE *file = tmpfile();
	pid_t child;
	int ended = -1;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		plan = now;
		dup2(fileno(file), STDERR_FILENO);
		exit(run_tool());
	}
	waitpid(child, &ended, 0);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	is_str(text, said, name);
	ok(WIFEXITED(ended) && WEXITSTATUS(ended) == status, "... exit status %d", status);
}

static void test_one(void)
{
	run_is((struct plan){ 0 }, 0, "closed\n", "all goes well");
	run_is((struct plan){ .close = EPIPE }, 0, "closed\n", "the reader went away");
	run_is((struct plan){ .damaged = true }, 1, "closed\ntool: in: damaged\n", "damage");
	run_is((struct plan){ .finish = ENOSPC }, 1,
	       "closed incomplete\ntool: finish: No space left on device\n", "a failed finish");
}

/* The damage is said, and the later failure unless it is that the reader went away. */
static void test_damage_first(void)
{
	run_is((struct plan){ .damaged = true, .close = EPIPE }, 1, "closed\ntool: in: damaged\n",
	       "damage, then a reader that is gone when the sink is closed");
	run_is((struct plan){ .damaged = true, .close = ENOSPC }, 1,
	       "closed\ntool: in: damaged\ntool: out: close: No space left on device\n",
	       "damage, then a failed close");
	run_is((struct plan){ .damaged = true, .finish = ENOSPC }, 1,
	       "tool: in: damaged\nclosed incomplete\ntool: finish: No space left on device\n",
	       "damage, then a failed finish");
	run_is((struct plan){ .damaged = true, .finish = EPIPE }, 1,
	       "closed incomplete\ntool: in: damaged\n",
	       "damage, then a reader that is gone at the finish");
	run_is((struct plan){ .damaged = true, .due = ENOSPC }, 1,
	       "tool: in: damaged\nclosed incomplete\ntool: out: put: No space left on device\n",
	       "damage, then held packets that cannot be written");
	run_is((struct plan){ .damaged = true, .due = EPIPE }, 1,
	       "closed incomplete\ntool: in: damaged\n",
	       "damage, then held packets whose reader is gone");
	run_is((struct plan){ .damaged = true, .flush = ENOSPC }, 1,
	       "tool: in: damaged\nclosed incomplete\ntool: out: flush: No space left on device\n",
	       "damage behind a failed flush");
}

static void test_others(void)
{
	run_is((struct plan){ .stage = true, .due = ENOSPC }, 1,
	       "tool: stage: failed\nclosed incomplete\ntool: out: put: No space left on device\n",
	       "a failed stage, then held packets that cannot be written");
	run_is((struct plan){ .due = ENOSPC, .finish = EIO }, 1,
	       "closed incomplete\ntool: out: put: No space left on device\n",
	       "a failed sink is said alone");
	run_is((struct plan){ .flush = ENOSPC }, 1,
	       "closed incomplete\ntool: out: flush: No space left on device\n", "a failed flush");
}

int main(void)
{
	test_one();
	test_damage_first();
	test_others();
	return tap_done();
}
