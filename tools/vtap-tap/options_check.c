/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks which options of vtap-tap go together. */
#include <inttypes.h>
#include <stddef.h>

#include "cli/cli_files.h"
#include "cli/tool.h"
#include "encap/encap.h"
#include "options.h"

/* The kinds of runs in which an option has a meaning. */
enum option_place { LIVE_ONLY, SENDING_ONLY, WRITING_ONLY, NOT_BETWEEN_FILES, RECORDED_ONLY };

struct placed_option {
	const char *option;
	bool given;
	enum option_place place;
};

static bool options_fit_place(const struct options *options, enum option_place place)
{
	switch (place) {
	case LIVE_ONLY:
		return options->interface_count > 0;
	case SENDING_ONLY:
		return !options->common.output;
	case WRITING_ONLY:
		return options->common.output;
	case NOT_BETWEEN_FILES:
		return !tap_options_between_files(options);
	case RECORDED_ONLY:
		break;
	}
	return options->interface_count == 0 && !options->common.output;
}

static bool check_places(const struct options *options, struct error *err)
{
	static const char *const why[] = {
		[LIVE_ONLY] = "is for interfaces (-i)",
		[SENDING_ONLY] = "is for sending; -w writes a file instead",
		[WRITING_ONLY] = "is for writing a file (-w)",
		[NOT_BETWEEN_FILES] = "is for interfaces (-i) and for sending (no -w)",
		[RECORDED_ONLY] = "is for sending a capture (-r, no -w)",
	};
	const struct placed_option rules[] = {
		{ "-p", options->no_promiscuous, LIVE_ONLY },
		{ "-B", options->buffer != 0, LIVE_ONLY },
		{ "--follow", options->follow, LIVE_ONLY },
		{ "--no-follow", options->no_follow, LIVE_ONLY },
		{ "-F", options->common.format != NULL, WRITING_ONLY },
		{ "--engine", options->engine_name != NULL, SENDING_ONLY },
		{ "--ports", options->ports != 0, SENDING_ONLY },
		{ "--mtu auto", options->mtu_auto, SENDING_ONLY },
		{ "--duration", options->duration_ns != 0, NOT_BETWEEN_FILES },
		{ "--speed", options->speed_given, RECORDED_ONLY },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].given && !options_fit_place(options, rules[i].place))
			return error_usage(err, "%s %s", rules[i].option, why[rules[i].place]);
	return true;
}

static bool check_pairs(const struct options *options, struct error *err)
{
	if (options->interface_count > 0 && options->common.input_given)
		return error_usage(err, "-i and -r exclude each other: packets come from "
					"interfaces or from a file");
	if (options->burst_ns != 0 && options->bits_per_s == 0 && options->packets_per_s == 0)
		return error_usage(err, "--burst needs --rate or --pps");
	if (options->name && !options->meta && !options->common.metrics)
		return error_usage(err, "--name needs --meta or --metrics");
	return true;
}

static bool check_meta(const struct options *options, struct error *err)
{
	for (unsigned i = 0; i < options->target_count; i++)
		if (options->targets[i].encap == encap_find("geneve"))
			return true;
	return !options->meta ||
	       error_usage(err, "--meta needs a geneve:// target: no other tunnel can carry it");
}

/* Frames in a file have addresses, so a name and an unknown source are errors. */
static bool check_file_target(const struct options *options, unsigned i, struct error *err)
{
	const struct target *target = &options->targets[i];

	if (target->version == 0)
		return error_usage(err, "-t '%s': with -w a target needs an address, not a name",
				   options->uris[i]);
	if (target->version == 4 ? options->from4.given : options->from6.given)
		return true;
	return error_usage(err, "-w needs --from ADDR, the outer IPv%d source address for %s",
			   target->version, options->uris[i]);
}

static bool check_targets(const struct options *options, struct error *err)
{
	if (options->target_count == 0)
		return error_usage(
			err,
			"there is no target: give one with -t URI, such as vxlan://10.0.2.9/3000");
	for (unsigned i = 0; options->common.output && i < options->target_count; i++)
		if (!check_file_target(options, i, err))
			return false;
	return check_meta(options, err);
}

bool tap_options_check_fragments(const struct options *options, struct error *err)
{
	return options->common.output || options->oversize != OVERSIZE_FRAGMENT ||
	       options->mtu == 0 || options->engine == ENGINE_PACKET ||
	       error_usage(err,
			   "--oversize fragment with --mtu %u needs --engine packet: sockets "
			   "fragment for the MTU of the path",
			   (unsigned)options->mtu);
}

/* What a run finds when it makes the config of its stage. */
static bool check_print(const struct options *options, struct error *err)
{
	struct setup setup = { 0 };

	return tap_options_setup_tunnels(options, &setup, err) &&
	       (options->engine == ENGINE_AUTO || tap_options_check_fragments(options, err));
}

bool tap_options_check(void *config, struct error *err)
{
	const struct options *options = config;

	if (options->list)
		return true;
	return check_pairs(options, err) && check_places(options, err) &&
	       check_targets(options, err) &&
	       cli_check_ends(&options->common, options->common.output != NULL, err) &&
	       (!options->common.print_config || check_print(options, err));
}

void tap_options_tell_rate(const struct options *options)
{
	enum { FULL_BITS = 8 * 1514 };

	if (options->bits_per_s > 0 && options->bits_per_s < FULL_BITS && !options->common.quiet)
		tool_say(tap_options_cli.tool,
			 "--rate: %" PRIu64
			 " bit/s is less than one full-sized packet a second; k, M "
			 "and G are 1000, 1000^2 and 1000^3",
			 options->bits_per_s);
}
