/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "extcap_options.h"

#include <getopt.h>
#include <stdint.h>
#include <string.h>

const char extcap_default_listen[] = "vxlan://:4789 geneve://:6081";

enum {
	OPT_ACTION = 0x100,
	OPT_VALUE = 0x200,
	OPT_FLAG = 0x300,
	OPT_IGNORED = 0x400,
	OPT_KIND = 0xf00
};
enum value {
	VALUE_NAME,
	VALUE_FILTER,
	VALUE_RELOAD,
	VALUE_FIFO,
	VALUE_LISTEN,
	VALUE_INTERFACE,
	VALUE_ID
};
enum flag { FLAG_KEEP, FLAG_NO_FIXLEN };

static const struct option rows[] = {
	{ "capture", no_argument, NULL, OPT_ACTION | EXTCAP_CAPTURE },
	{ "extcap-capture-filter", required_argument, NULL, OPT_VALUE | VALUE_FILTER },
	{ "extcap-cleanup-postkill", no_argument, NULL, OPT_ACTION | EXTCAP_CLEANUP },
	{ "extcap-config", no_argument, NULL, OPT_ACTION | EXTCAP_CONFIG },
	{ "extcap-dlts", no_argument, NULL, OPT_ACTION | EXTCAP_DLTS },
	{ "extcap-interface", required_argument, NULL, OPT_VALUE | VALUE_NAME },
	{ "extcap-interfaces", no_argument, NULL, OPT_ACTION | EXTCAP_INTERFACES },
	{ "extcap-reload-option", required_argument, NULL, OPT_VALUE | VALUE_RELOAD },
	{ "extcap-version", optional_argument, NULL, OPT_IGNORED },
	{ "fifo", required_argument, NULL, OPT_VALUE | VALUE_FIFO },
	{ "help", no_argument, NULL, OPT_ACTION | EXTCAP_HELP },
	{ "id", required_argument, NULL, OPT_VALUE | VALUE_ID },
	{ "interface", required_argument, NULL, OPT_VALUE | VALUE_INTERFACE },
	{ "keep", optional_argument, NULL, OPT_FLAG | FLAG_KEEP },
	{ "listen", required_argument, NULL, OPT_VALUE | VALUE_LISTEN },
	{ "no-fixlen", optional_argument, NULL, OPT_FLAG | FLAG_NO_FIXLEN },
	{ "version", no_argument, NULL, OPT_ACTION | EXTCAP_VERSION },
	{ 0 },
};

/* An empty field of Wireshark's dialog is an option that was not given. */
static void extcap_options_set_value(struct extcap_options *options, enum value which)
{
	const char **const places[] = {
		[VALUE_NAME] = &options->interface_name,
		[VALUE_FILTER] = &options->filter,
		[VALUE_RELOAD] = &options->reload,
		[VALUE_FIFO] = &options->fifo,
		[VALUE_LISTEN] = &options->listen,
		[VALUE_INTERFACE] = &options->interface,
		[VALUE_ID] = &options->id,
	};

	if (optarg[strspn(optarg, " ,\t")])
		*places[which] = optarg;
}

static bool extcap_options_word(const char *word, bool *value)
{
	bool is_true = strcmp(word, "true") == 0;

	if (!is_true && strcmp(word, "false") != 0)
		return false;
	*value = is_true;
	return true;
}

/* Wireshark gives a flag alone, or with "true" or "false" as the next word. */
static bool extcap_options_set_flag(struct extcap_options *options, int flag, const char *next,
				    struct error *err)
{
	bool *place = flag == FLAG_KEEP ? &options->keep : &options->no_fixlen;

	*place = true;
	if (optarg && !extcap_options_word(optarg, place))
		return error_usage(err, "--%s: expected true or false, not '%s'",
				   flag == FLAG_KEEP ? "keep" : "no-fixlen", optarg);
	if (!optarg && next && extcap_options_word(next, place))
		optind++;
	return true;
}

static bool extcap_options_take(struct extcap_options *options, int number, char *const *argv,
				struct error *err)
{
	int row = number & ~OPT_KIND;

	switch (number & OPT_KIND) {
	case OPT_ACTION:
		options->action = (enum extcap_action)row;
		return true;
	case OPT_VALUE:
		extcap_options_set_value(options, (enum value)row);
		return true;
	case OPT_FLAG:
		return extcap_options_set_flag(options, row, argv[optind], err);
	case OPT_IGNORED:
		return true;
	default:
		return error_usage(err, "%s: unknown, or its value is missing or too much",
				   argv[optind - 1]);
	}
}

static bool extcap_options_find_interface(struct extcap_options *options, struct error *err)
{
	const char *name = options->interface_name;

	if (!name)
		return error_usage(err, "expected --extcap-interface vtap or vtap-if");
	options->kind = strcmp(name, "vtap") == 0 ? EXTCAP_UDP : EXTCAP_OTHER;
	return options->kind == EXTCAP_UDP || strcmp(name, "vtap-if") == 0 ||
	       error_usage(err, "there is no interface '%s': vtap and vtap-if are", name);
}

static bool extcap_options_check(struct extcap_options *options, struct error *err)
{
	bool of_interface = options->action == EXTCAP_DLTS || options->action == EXTCAP_CONFIG ||
			    options->action == EXTCAP_CAPTURE ||
			    (options->action == EXTCAP_NOTHING && options->filter);

	if (of_interface && !extcap_options_find_interface(options, err))
		return false;
	if (options->action != EXTCAP_CAPTURE)
		return true;
	if (options->keep && options->kind == EXTCAP_UDP)
		return error_usage(err, "--keep is of vtap-if: vtap-decap -l drops what is in no "
					"tunnel");
	return options->fifo || error_usage(err, "--capture needs --fifo");
}

bool extcap_options_parse(struct extcap_options *options, int argc, char **argv, struct error *err)
{
	struct error more = { 0 };
	bool good = true;
	int number;

	*options = (struct extcap_options){ .listen = extcap_default_listen };
	opterr = 0;
	while ((number = getopt_long(argc, argv, "", rows, NULL)) >= 0)
		if (!extcap_options_take(options, number, argv, good ? err : &more))
			good = false;
	if (!good)
		return false;
	if (optind < argc)
		return error_usage(err, "%s: unexpected", argv[optind]);
	return extcap_options_check(options, err);
}
