/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "programs.h"

/* execv(3) takes words that it does not change as `char *`. */
static bool plan_add(struct plan_program *program, const char *word, struct error *err)
{
	union {
		const char *given;
		char *taken;
	} both = { word };

	if (program->count == PLAN_WORDS)
		return error_set(err, "more than %d words for %s", PLAN_WORDS, program->path);
	program->words[program->count++] = both.taken;
	program->words[program->count] = NULL;
	return true;
}

static bool plan_add_all(struct plan_program *program, const char *const *words, struct error *err)
{
	for (; *words; words++)
		if (!plan_add(program, *words, err))
			return false;
	return true;
}

static bool plan_add_dumpcap(struct plan *plan, const struct extcap_options *options,
			     struct error *err)
{
	struct plan_program *program = &plan->program[plan->count++];

	program->is_dumpcap = true;
	if (!options->interface)
		return error_set(err, "no interface is chosen: set \"Capture from\", or "
				      "extcap.vtap_if.interface");
	if (!programs_find_dumpcap(program->path))
		return error_set(err, "there is no dumpcap that this user may run");
	return plan_add_all(
		program,
		(const char *const[]){ "dumpcap", "-q", "-i", options->interface, "-w", "-", NULL },
		err);
}

static bool plan_add_listen(struct plan *plan, struct plan_program *program,
			    const struct extcap_options *options, struct error *err)
{
	char *rest = NULL;

	plan->listen = strdup(options->listen);
	if (!plan->listen)
		return error_errno(err, "--listen");
	for (char *word = strtok_r(plan->listen, " ,\t", &rest); word;
	     word = strtok_r(NULL, " ,\t", &rest))
		if (!plan_add(program, "-l", err) || !plan_add(program, word, err))
			return false;
	return true;
}

/* Without -q each stop would end with a line, which Wireshark shows in a dialog. */
static bool plan_add_decap(struct plan *plan, const struct extcap_options *options,
			   struct error *err)
{
	struct plan_program *program = &plan->program[plan->count++];

	programs_find_tool("vtap-decap", program->path);
	if (!plan_add_all(program, (const char *const[]){ "vtap-decap", "-q", NULL }, err) ||
	    (!options->keep && !plan_add(program, "-x", err)) ||
	    (options->id &&
	     (!plan_add(program, "--id", err) || !plan_add(program, options->id, err))))
		return false;
	return options->kind != EXTCAP_UDP || plan_add_listen(plan, program, options, err);
}

static bool plan_add_fixlen(struct plan *plan, struct error *err)
{
	struct plan_program *program = &plan->program[plan->count++];

	programs_find_tool("vtap-fixlen", program->path);
	return plan_add_all(program, (const char *const[]){ "vtap-fixlen", "-q", NULL }, err);
}

bool plan_make(struct plan *plan, const struct extcap_options *options, struct error *err)
{
	*plan = (struct plan){ 0 };
	if (options->kind == EXTCAP_OTHER && !plan_add_dumpcap(plan, options, err))
		return false;
	return plan_add_decap(plan, options, err) &&
	       (options->no_fixlen || plan_add_fixlen(plan, err));
}

void plan_free(struct plan *plan)
{
	free(plan->listen);
}
