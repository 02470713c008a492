/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/choice.h"

#include <stdlib.h>

#include "base/linktype.h"
#include "filter/expression.h"

enum { TOLD_MAX = 10 }; /* link types that are told; a capture chooses how many there are */

struct choice {
	struct choice_config config;
	struct expression *expression; /* NULL if every packet matches */
	struct moment since, until;
	bool begun;			/* a packet with a time came: the times below are set */
	int64_t since_ns, until_ns;	/* of the moments that config has */
	int64_t earliest_ns, latest_ns; /* of packets that were judged */
	uint32_t told[TOLD_MAX];	/* link types */
	unsigned told_count;
};

static struct choice *choice_make(const struct choice_config *config, struct error *err)
{
	struct choice *choice = calloc(1, sizeof(*choice));

	if (!choice) {
		error_errno(err, "filter expression");
		return NULL;
	}
	choice->config = *config;
	if (config->since) {
		choice->since = *config->since;
		choice->config.since = &choice->since;
	}
	if (config->until) {
		choice->until = *config->until;
		choice->config.until = &choice->until;
	}
	return choice;
}

struct choice *choice_new(const struct choice_config *config, struct error *err)
{
	struct choice *choice = choice_make(config, err);

	if (!choice || !config->expression)
		return choice;
	choice->expression = expression_new(config->expression, err);
	if (choice->expression && expression_check(choice->expression, err))
		return choice;
	choice_free(choice);
	return NULL;
}

void choice_free(struct choice *choice)
{
	if (!choice)
		return;
	expression_free(choice->expression);
	free(choice);
}

static void choice_begin(struct choice *choice, int64_t first_ns)
{
	const struct choice_config *config = &choice->config;

	choice->begun = true;
	choice->earliest_ns = choice->latest_ns = first_ns;
	if (config->since)
		choice->since_ns = moment_ns(config->since, first_ns);
	if (config->until)
		choice->until_ns = moment_ns(config->until, first_ns);
}

static bool choice_is_in_time(struct choice *choice, int64_t time_ns)
{
	if (!choice->begun)
		choice_begin(choice, time_ns);
	if (time_ns < choice->earliest_ns)
		choice->earliest_ns = time_ns;
	if (time_ns > choice->latest_ns)
		choice->latest_ns = time_ns;
	return (!choice->config.since || time_ns >= choice->since_ns) &&
	       (!choice->config.until || time_ns < choice->until_ns);
}

static void choice_tell(struct choice *choice, uint32_t linktype, const struct error *why)
{
	for (unsigned i = 0; i < choice->told_count; i++)
		if (choice->told[i] == linktype)
			return;
	if (choice->told_count == TOLD_MAX || !choice->config.tell)
		return;
	choice->told[choice->told_count++] = linktype;
	choice->config.tell(choice->config.tell_arg, linktype, why);
}

static enum choice_verdict choice_match(struct choice *choice, const struct packet *packet,
					struct error *err)
{
	bool matched;

	if (expression_match(choice->expression, packet, &matched, err))
		return matched ? CHOICE_TAKEN : CHOICE_FILTERED;
	if (!err->usage)
		return CHOICE_FAILED;
	choice_tell(choice, linktype_one_raw(packet->linktype), err);
	*err = (struct error){ 0 };
	return CHOICE_FILTERED;
}

enum choice_verdict choice_judge(struct choice *choice, const struct packet *packet, bool timed,
				 struct error *err)
{
	const struct choice_config *config = &choice->config;

	if ((config->since || config->until) &&
	    (!timed || !choice_is_in_time(choice, packet->time_ns)))
		return CHOICE_OUT_OF_TIME;
	return choice->expression ? choice_match(choice, packet, err) : CHOICE_TAKEN;
}

bool choice_span(const struct choice *choice, int64_t *earliest_ns, int64_t *latest_ns)
{
	*earliest_ns = choice->earliest_ns;
	*latest_ns = choice->latest_ns;
	return choice->begun;
}
