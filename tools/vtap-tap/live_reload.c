/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_reload.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli_settings.h"
#include "cli/tool.h"
#include "live/packet_ring.h"

/* Options whose change needs neither a new ring nor a new socket. */
static const char *const may_change[] = { "rules", "expression", "snaplen", "rate",
					  "pps",   "burst",	 "sample",  NULL };

/* What a file of --config changes, until it is known that all of it can be done. */
struct live_change {
	struct options *options;
	struct rules *rules;	       /* NULL without --rules */
	struct expression *expression; /* NULL if there is none, or if the kernel runs it */
};

void live_reload_prepare(struct live *live)
{
	struct error ignored;

	if (!live->options->common.config)
		return;
	if (!live->setup.services)
		live->setup.services = services_read("/etc/services");
	packet_ring_check_filter("", &ignored);
}

/* Directions need a second ring, which is opened at the start only. */
static struct rules *live_reload_read_rules(const struct live *live, const char *file,
					    struct error *err)
{
	struct rules *rules = rules_read(file, live->setup.services, err);

	if (!rules || !rules_want_direction(rules) || live->directions || !live->live_stats.source)
		return rules;
	rules_free(rules);
	error_set(err, "%s: rules with in or out need a restart, since the old rules had neither",
		  file);
	return NULL;
}

static void live_reload_rules(struct live *live)
{
	struct error err = { 0 };
	struct rules *rules;

	if (!live->options->rules)
		return;
	rules = live_reload_read_rules(live, live->options->rules, &err);
	if (rules)
		tap_set_rules(live->tap, rules);
	else
		tool_say(tap_options_cli.tool, "%s; the old rules stay in force", err.text);
}

static bool live_reload_parse(const struct live *live, struct options *fresh, struct error *err)
{
	const struct options *options = live->options;
	const char *changed;

	if (tap_options_parse(fresh, options->argc, options->argv, err) != CLI_RUN)
		return false;
	changed = cli_settings_difference(options->common.settings, fresh->common.settings,
					  may_change);
	if (!changed)
		return true;
	tap_options_free(fresh);
	return error_set(err, "%s: %s is another one, which needs a new start",
			 options->common.config, changed);
}

static bool live_reload_read_expression(const char *text, struct expression **expression,
					struct error *err)
{
	*expression = expression_new(text, err);
	return *expression && expression_check(*expression, err);
}

/* The interfaces keep the text, for those that come later, so that it has to outlive the options.
 */
static bool live_reload_set_filter(struct live *live, const char *filter, struct error *err)
{
	char *copy;

	if (strcmp(live->options->filter, filter) == 0)
		return true;
	copy = strdup(filter);
	if (!copy)
		return error_errno(err, "%s", live->options->common.config);
	if (!interfaces_set_filter(live->live_stats.source, copy, NULL, err)) {
		free(copy);
		return error_wrap(err, "%s", live->options->common.config);
	}
	free(live->filter);
	live->filter = copy;
	return true;
}

/* The filter of interfaces is the last thing that can fail, and takes effect at once. */
static bool live_reload_make(struct live *live, struct live_change *change, struct error *err)
{
	const struct options *fresh = change->options;

	if (fresh->rules) {
		change->rules = live_reload_read_rules(live, fresh->rules, err);
		if (!change->rules)
			return false;
	}
	if (live->live_stats.source)
		return live_reload_set_filter(live, fresh->filter, err);
	return !fresh->filter[0] ||
	       live_reload_read_expression(fresh->filter, &change->expression, err);
}

static void live_reload_apply(struct live *live, const struct live_change *change)
{
	struct tap_config *config = &live->setup.config;
	struct options *options = live->options;
	const struct options *fresh = change->options;

	options->rules = fresh->rules;
	options->filter = fresh->filter;
	options->snaplen = fresh->snaplen;
	options->sample = fresh->sample;
	options->bits_per_s = fresh->bits_per_s;
	options->packets_per_s = fresh->packets_per_s;
	options->burst_ns = fresh->burst_ns;
	tap_options_set_limits(options, config);
	expression_free(config->expression);
	config->expression = change->expression;
	tap_set_rules(live->tap, change->rules);
	tap_reconfigure(live->tap);
	live_reload_free(live);
	live->reloaded = change->options;
}

static bool live_reload_options(struct live *live, struct error *err)
{
	struct live_change change = { .options = malloc(sizeof(*change.options)) };

	if (!change.options)
		return error_errno(err, "%s", live->options->common.config);
	if (!live_reload_parse(live, change.options, err)) {
		free(change.options);
		return false;
	}
	if (live_reload_make(live, &change, err)) {
		live_reload_apply(live, &change);
		return true;
	}
	rules_free(change.rules);
	expression_free(change.expression);
	tap_options_free(change.options);
	free(change.options);
	return false;
}

/* Returns false after telling the user if nothing of the file took effect. */
static bool live_reload_config(struct live *live)
{
	struct error err = { 0 };

	if (live_reload_options(live, &err))
		return true;
	tool_say(tap_options_cli.tool, "%s; nothing was changed", err.text);
	return false;
}

/* Names may have other addresses now. */
static void live_reload_targets(struct live *live)
{
	struct error err = { 0 };

	if (!live_targets_reload(&live->targets, &err))
		tool_say(tap_options_cli.tool, "%s; the old targets stay in use", err.text);
}

void live_reload(struct live *live)
{
	if (!live->options->common.config)
		live_reload_rules(live);
	else if (!live_reload_config(live))
		return;
	live_reload_targets(live);
}

void live_reload_free(struct live *live)
{
	if (!live->reloaded)
		return;
	tap_options_free(live->reloaded);
	free(live->reloaded);
	live->reloaded = NULL;
}
