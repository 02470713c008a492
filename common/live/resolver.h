/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process of its own that asks for the addresses of names, so that a name server which does not
 * answer holds nobody up. It has no rights but those to ask, and it ends with the process that
 * started it.
 */
#ifndef VTAP_LIVE_RESOLVER_H
#define VTAP_LIVE_RESOLVER_H

#include "tunnel/target.h"

enum { RESOLVER_MAX = 64 }; /* questions are numbered below this; others are not asked */

struct resolver;

struct resolver_config {
	const char *user; /* user to become; NULL to stay the present one */
	bool no_sandbox;  /* system calls and files are not limited */
};

/*
 * Starts the process. To be called before this one gives up the right to start any. Returns NULL
 * and sets err if that fails. The caller ends it with resolver_close().
 */
struct resolver *resolver_start(const struct resolver_config *config, struct error *err);

/*
 * Asks for the address of a target's host, as resolve_target() does; version is its argument. An
 * answer to an earlier question of this number that was not fetched is dropped; while one is still
 * being asked, nothing new is. The answer comes later.
 */
void resolver_ask(struct resolver *resolver, unsigned number, const struct target *target,
		  uint8_t version);

/* Waits until all questions are answered, but wait_ns nanoseconds at most. */
void resolver_wait(struct resolver *resolver, int64_t wait_ns);

enum resolver_result {
	RESOLVER_PENDING, /* there is no answer yet, or nothing was asked */
	RESOLVER_FOUND,
	RESOLVER_FAILED, /* there is no such address; or the process has ended, and answers none */
};

/*
 * Fetches the answer to question `number` without waiting. Sets version, address and scope of
 * *target if it is RESOLVER_FOUND, and err if it is RESOLVER_FAILED.
 */
enum resolver_result resolver_fetch(struct resolver *resolver, unsigned number,
				    struct target *target, struct error *err);

/* Lets the process end and frees the resolver; NULL is allowed. */
void resolver_close(struct resolver *resolver);

#endif
