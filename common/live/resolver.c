/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/privileges.h"
#include "host/sandbox.h"
#include "live/resolve.h"

enum { MS = 1000000 };

/* Both processes run the same program, so a message is a struct. */
struct resolver_question {
	unsigned number;
	uint8_t version;
	struct target target;
};

struct resolver_answer {
	unsigned number;
	bool found;
	uint8_t version;
	uint8_t address[16];
	uint32_t scope;
	char error[256];
};

struct resolver {
	int fd; /* messages of whole structs; -1 once the process has ended */
	struct resolver_slot {
		bool asked, answered;
		struct resolver_answer answer;
	} slot[RESOLVER_MAX];
};

static void resolver_answer(struct resolver_question *question, struct resolver_answer *answer)
{
	struct target *target = &question->target;
	struct error err;

	*answer = (struct resolver_answer){ .number = question->number };
	answer->found = resolve_target(target, question->version, &err);
	if (!answer->found) {
		memccpy(answer->error, err.text, '\0', sizeof(answer->error) - 1);
		return;
	}
	answer->version = target->version;
	memcpy(answer->address, target->address, sizeof(answer->address));
	answer->scope = target->scope;
}

/*
 * The sandbox is entered when the first name was asked for: what the C library loads for that, as
 * /etc/nsswitch.conf says, cannot be loaded later.
 */
static void resolver_serve(int fd, bool no_sandbox)
{
	const struct sandbox sandbox = { .needs = SANDBOX_NAMES };
	struct resolver_question question;
	struct resolver_answer answer;
	bool entered = no_sandbox, confined;
	struct error err;

	while (TEMP_FAILURE_RETRY(read(fd, &question, sizeof(question))) == sizeof(question)) {
		resolver_answer(&question, &answer);
		if (!entered && !sandbox_enter(&sandbox, &confined, &err))
			return;
		entered = true;
		if (TEMP_FAILURE_RETRY(write(fd, &answer, sizeof(answer))) != sizeof(answer))
			return;
	}
}

/* A name server may keep this process waiting for long, so a signal ends it with its parent. */
static void resolver_child(int fd, const struct resolver_config *config)
{
	const struct privileges privileges = { .user = config->user };
	struct error err;

	/* The parent fails to become that user, too, and says why. */
	if (privileges_drop(&privileges, &err) && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		resolver_serve(fd, config->no_sandbox);
	_exit(0);
}

static bool resolver_fork(struct resolver *resolver, const struct resolver_config *config)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		resolver_child(ends[1], config);
	}
	close(ends[1]);
	resolver->fd = ends[0];
	return pid > 0 && fcntl(resolver->fd, F_SETFL, O_NONBLOCK) == 0;
}

struct resolver *resolver_start(const struct resolver_config *config, struct error *err)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (!resolver) {
		error_errno(err, "names of targets");
		return NULL;
	}
	resolver->fd = -1;
	if (resolver_fork(resolver, config))
		return resolver;
	error_errno(err, "names of targets");
	resolver_close(resolver);
	return NULL;
}

static void resolver_end(struct resolver *resolver)
{
	if (resolver->fd >= 0)
		close(resolver->fd);
	resolver->fd = -1;
}

static void resolver_take(struct resolver *resolver, const struct resolver_answer *answer)
{
	struct resolver_slot *slot;

	if (answer->number >= RESOLVER_MAX)
		return;
	slot = &resolver->slot[answer->number];
	slot->answered = slot->asked;
	slot->answer = *answer;
	slot->answer.error[sizeof(slot->answer.error) - 1] = '\0';
	/* What a name server says may have taken the process over. */
	slot->answer.found &= answer->version == 4 || answer->version == 6;
}

static void resolver_collect(struct resolver *resolver)
{
	struct resolver_answer answer;
	ssize_t n;

	while (resolver->fd >= 0) {
		n = TEMP_FAILURE_RETRY(read(resolver->fd, &answer, sizeof(answer)));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n == sizeof(answer))
			resolver_take(resolver, &answer);
		else
			resolver_end(resolver);
	}
}

void resolver_ask(struct resolver *resolver, unsigned number, const struct target *target,
		  uint8_t version)
{
	struct resolver_question question = { .number = number, .version = version };
	struct resolver_slot *slot;

	if (number >= RESOLVER_MAX)
		return;
	resolver_collect(resolver);
	slot = &resolver->slot[number];
	if (slot->asked && !slot->answered)
		return;
	slot->asked = true;
	slot->answered = false;
	question.target = *target;
	/* A signal would end this process where the other has ended. */
	if (resolver->fd >= 0 && send(resolver->fd, &question, sizeof(question), MSG_NOSIGNAL) < 0)
		resolver_end(resolver);
}

static bool resolver_is_waiting(const struct resolver *resolver)
{
	for (unsigned i = 0; resolver->fd >= 0 && i < RESOLVER_MAX; i++)
		if (resolver->slot[i].asked && !resolver->slot[i].answered)
			return true;
	return false;
}

void resolver_wait(struct resolver *resolver, int64_t wait_ns)
{
	int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + wait_ns, left_ns = wait_ns;

	resolver_collect(resolver);
	while (left_ns > 0 && resolver_is_waiting(resolver)) {
		struct pollfd answer = { .fd = resolver->fd, .events = POLLIN };

		poll(&answer, 1, (int)(left_ns / MS) + 1);
		resolver_collect(resolver);
		left_ns = end_ns - clock_ns(CLOCK_MONOTONIC);
	}
}

enum resolver_result resolver_fetch(struct resolver *resolver, unsigned number,
				    struct target *target, struct error *err)
{
	struct resolver_slot *slot;

	if (number >= RESOLVER_MAX || !resolver->slot[number].asked)
		return RESOLVER_PENDING;
	resolver_collect(resolver);
	slot = &resolver->slot[number];
	if (!slot->answered && resolver->fd >= 0)
		return RESOLVER_PENDING;
	slot->asked = false;
	if (!slot->answered)
		error_set(err, "the process that asks for the address of %s has ended",
			  target->host);
	else if (!slot->answer.found)
		error_set(err, "%s", slot->answer.error);
	if (!slot->answered || !slot->answer.found)
		return RESOLVER_FAILED;
	target->version = slot->answer.version;
	memcpy(target->address, slot->answer.address, sizeof(target->address));
	target->scope = slot->answer.scope;
	return RESOLVER_FOUND;
}

void resolver_close(struct resolver *resolver)
{
	if (!resolver)
		return;
	resolver_end(resolver);
	free(resolver);
}
