/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for names that need no name server, by another process, and without one. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

#include "live/resolver.h"

static const int64_t long_ns = INT64_C(60) * 1000000000;

static void ask(struct resolver *resolver, unsigned number, const char *uri, uint8_t version)
{
	struct target target;
	struct error err;

	target_parse(&target, uri, &err);
	resolver_ask(resolver, number, &target, version);
}

static const struct {
	const char *uri;
	uint8_t version;
	const char *address; /* NULL if there is none */
	const char *error;   /* how the message begins */
} rows[] = {
	{ "vxlan://localhost/1", 4, "127.0.0.1", NULL },
	/* RFC 2606 section 2: a name below .invalid never exists. */
	{ "vxlan://collector.invalid/1", 0, NULL,
	  "cannot find the address of collector.invalid: " },
	/* inet_aton(3) takes these for addresses. */
	{ "vxlan://0x0A000209/1", 0, "10.0.2.9", NULL },
	{ "vxlan://0x0/1", 0, NULL, "cannot send to 0x0: its address is 0.0.0.0" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void check_answer(struct resolver *resolver, unsigned i)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct error err = { 0 };
	struct target target;
	enum resolver_result result;

	target_parse(&target, rows[i].uri, &err);
	result = resolver_fetch(resolver, i, &target, &err);
	ok(result == (rows[i].address ? RESOLVER_FOUND : RESOLVER_FAILED), "%s: %s", rows[i].uri,
	   err.text);
	if (rows[i].error) {
		ok(strncmp(err.text, rows[i].error, strlen(rows[i].error)) == 0, "  and says so");
		is_u64(target.version, 0, "  the target is as it was");
	} else {
		inet_ntop(AF_INET, target.address, text, sizeof(text));
		is_str(text, rows[i].address, "  which is");
		is_u64(target.version, 4, "  of IPv4");
	}
	ok(resolver_fetch(resolver, i, &target, &err) == RESOLVER_PENDING, "  and told once");
}

static void test_answers(struct resolver *resolver)
{
	struct error err;
	struct target target;

	ok(resolver_fetch(resolver, 0, &target, &err) == RESOLVER_PENDING, "nothing was asked");
	for (unsigned i = 0; i < ROWS; i++)
		ask(resolver, i, rows[i].uri, rows[i].version);
	resolver_wait(resolver, long_ns);
	for (unsigned i = 0; i < ROWS; i++)
		check_answer(resolver, i);
	/* An answer that nobody fetched is not taken for that of the next question. */
	ask(resolver, 0, rows[0].uri, rows[0].version);
	resolver_wait(resolver, long_ns);
	ask(resolver, 0, rows[1].uri, rows[1].version);
	resolver_wait(resolver, long_ns);
	ok(resolver_fetch(resolver, 0, &target, &err) == RESOLVER_FAILED,
	   "the last question counts");
	ask(resolver, RESOLVER_MAX, rows[0].uri, 4);
	resolver_wait(resolver, long_ns);
	ok(resolver_fetch(resolver, RESOLVER_MAX, &target, &err) == RESOLVER_PENDING,
	   "a number that is too large is not asked");
}

/* The pid of the process that asks, the only child of this one. */
static pid_t child(void)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

static void test_killed(struct resolver *resolver)
{
	struct error err = { 0 };
	struct target target;
	pid_t pid = child();

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ask(resolver, 0, rows[0].uri, 4);
	resolver_wait(resolver, long_ns);
	target_parse(&target, rows[0].uri, &err);
	ok(resolver_fetch(resolver, 0, &target, &err) == RESOLVER_FAILED, "the process was killed");
	is_str(err.text, "the process that asks for the address of localhost has ended",
	       "  and says so");
	resolver_close(resolver);
}

int main(void)
{
	const struct resolver_config config = { 0 }, nobody = { .user = "nosuchuser" };
	struct error err = { 0 };
	struct resolver *resolver;

	setvbuf(stdout, NULL, _IOLBF, 0);
	resolver = resolver_start(&config, &err);
	if (!ok(resolver != NULL, "a process is started: %s", err.text))
		return tap_done();
	test_answers(resolver);
	resolver_close(resolver);
	ok(waitpid(-1, NULL, 0) > 0, "it ends when it is closed");
	resolver = resolver_start(&config, &err);
	test_killed(resolver);
	resolver = resolver_start(&nobody, &err);
	ok(waitpid(-1, NULL, 0) > 0, "a user that does not exist: it ends");
	resolver_close(resolver);
	resolver_close(NULL);
	return tap_done();
}
