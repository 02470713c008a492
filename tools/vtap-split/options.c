/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <string.h>

#include "base/number.h"
#include "capture/inputs.h"
#include "capture/sink_file.h"
#include "capture/sink_pool.h"
#include "cli/cli_choice.h"
#include "cli/cli_files.h"
#include "cli/cli_operands.h"
#include "cli/tool.h"
#include "io/descriptors.h"
#include "io/fd_name.h"
#include "io/same_file.h"

static const char tool[] = "vtap-split";

enum { RESERVED = 24 };	    /* descriptors that are neither of inputs nor of outputs */
enum { OPEN_MOST = 16384 }; /* outputs that are open at once unless --max-open asks for more */

static bool set_by(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	split->by = value;
	return key_parse(&split->spec, value, err);
}

static bool set_write(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	if (!*value)
		return error_set(err, "expected a file name with {key} in it");
	split->common.output = value;
	return true;
}

static bool set_size(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	if (!number_size(value, 1000000, &split->size, err))
		return false;
	return split->size > 0 || error_set(err, "expected a size above 0");
}

static bool set_interval(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	if (!number_duration(value, &split->interval_ns, err))
		return false;
	return split->interval_ns > 0 || error_set(err, "expected a time above 0");
}

static bool set_keep(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, UINT64_MAX, &((struct split_config *)config)->keep, err);
}

static bool set_min_free(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	split->min_free_text = value;
	if (!number_size(value, 1, &split->min_free, err))
		return false;
	return split->min_free > 0 || error_set(err, "expected a size above 0");
}

static bool set_window(void *config, const char *value, struct error *err)
{
	return number_duration(value, &((struct split_config *)config)->window_ns, err);
}

static bool set_command(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	split->command = value;
	return *value || error_set(err, "expected a command");
}

static bool set_jobs(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, 4096, &((struct split_config *)config)->jobs, err);
}

static bool set_max_open(void *config, const char *value, struct error *err)
{
	return number_parse(value, 1, 1000000, &((struct split_config *)config)->max_open, err);
}

static bool set_memory(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	if (!number_size(value, 1, &split->memory, err))
		return false;
	return split->memory > 0 || error_set(err, "expected a size above 0");
}

static bool set_manifest(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	split->manifest = value;
	return *value || error_set(err, "expected a file name");
}

static bool set_names(void *config, const char *value, struct error *err)
{
	struct split_config *split = config;

	split->names = value;
	return *value || error_set(err, "expected a file name");
}

static bool set_portable(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct split_config *)config)->portable = true;
	return true;
}

static bool set_overwrite(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct split_config *)config)->overwrite = true;
	return true;
}

static bool set_dry_run(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct split_config *)config)->common.dry_run = true;
	return true;
}

static const struct cli_option options[] = {
	CLI_OPERANDS_OPTIONS,
	CLI_CHOICE_OPTIONS("seen\nwith its tunnels on; behind vtap-decap without"),
	{ "by", 0, "LIST",
	  "split by source, outer-src, id, encap, interface,\n"
	  "mac-src, mac, ip-src, ip-dst, host, pair, flow,\n"
	  "vlan or linktype, or by several: a,b (id is the VNI)",
	  set_by, CLI_SELECTION | CLI_USUAL },
	{ "dry-run", 'n', NULL,
	  "write no file; print keys, packets, bytes, first\nand last time to standard output",
	  set_dry_run, CLI_OUTPUT | CLI_USUAL },
	{ "fail-if-none", 0, NULL, "exit with 1 if no packet has a key of --by",
	  cli_set_fail_if_none, CLI_REPORT },
	{ "write", 'w', "TEMPLATE",
	  "names of the files, with {key} or the keys of --by,\n"
	  "{n}, {start}, {end} (default: {key}.pcapng)",
	  set_write, CLI_OUTPUT | CLI_USUAL },
	{ "file-size", 'C', "SIZE",
	  "start a new file of a key after SIZE: 100 (million\nbytes), 500M (1024^2), 1GB (1000^3)",
	  set_size, CLI_OUTPUT | CLI_USUAL },
	{ "file-time", 'G', "DURATION", "start new files every DURATION of packet time",
	  set_interval, CLI_OUTPUT | CLI_USUAL },
	{ "file-count", 'W', "N",
	  "with -C or -G, keep the newest N files of each key,\nand remove older ones of this run",
	  set_keep, CLI_OUTPUT },
	{ "post", 'z', "COMMAND", "run COMMAND FILE for each finished file", set_command,
	  CLI_OUTPUT },
	{ "jobs", 0, "N", "run up to N commands of -z at once (default: 1)", set_jobs, CLI_LIMITS },
	{ "manifest", 0, "FILE", "write a JSON line to FILE for each finished file", set_manifest,
	  CLI_REPORT },
	{ "max-open", 0, "N", "keep at most N files open (default: ulimit -Hn)", set_max_open,
	  CLI_LIMITS },
	{ "memory", 0, "SIZE", "buffers of all files together (default: 64M)", set_memory,
	  CLI_LIMITS },
	{ "min-free", 0, "SIZE", "keep SIZE free on the disk: remove the oldest files\nof this run",
	  set_min_free, CLI_LIMITS },
	{ "names", 0, "FILE",
	  "call keys in names of files as FILE says, which\nhas lines of KEY NAME: 3000 eni-0abc",
	  set_names, CLI_OUTPUT },
	{ "overwrite", 0, NULL, "replace captures that have the names of the files", set_overwrite,
	  CLI_OUTPUT },
	{ "portable-names", 0, NULL, "write no colons into file names", set_portable, CLI_OUTPUT },
	{ "window", 0, "DURATION", "sort packets that are up to DURATION out of order", set_window,
	  CLI_INPUT },
	{ "sync", 0, NULL, "have each file on the disk before it gets its name", cli_set_sync,
	  CLI_OUTPUT },
	{ 0 },
};

/* A compressed file that is open has an encoder, which takes up to a megabyte: there the soft limit
 * says what a program may hold. */
static uint64_t options_usual_open(const struct split_config *config, struct descriptors limit)
{
	if (!sink_file_encode(config->common.output))
		return OPEN_MOST;
	return limit.usual > RESERVED ? limit.usual - RESERVED : 1;
}

/* Of many inputs more may have to be open at once than is known here, so outputs leave half of the
 * descriptors to them. */
static bool options_limit_open(struct split_config *config, struct error *err)
{
	struct descriptors limit = descriptors_raise();
	unsigned inputs = config->common.input_count;
	uint64_t used = RESERVED + (inputs < INPUTS_OPEN ? inputs : INPUTS_OPEN);
	uint64_t free = limit.most > used ? limit.most - used : 1;
	uint64_t usual = options_usual_open(config, limit);
	uint64_t most = inputs > INPUTS_OPEN ? (free + 1) / 2 : free;

	if (config->max_open == 0)
		config->max_open = usual < most ? usual : most;
	return config->max_open <= free ||
	       error_usage(err, "--max-open %llu: the system allows fewer descriptors (ulimit -Hn)",
			   (unsigned long long)config->max_open);
}

/* An unknown format is an error at once: the first packet from a pipe may be long in coming. */
static bool options_check_format(const struct cli_common *common, struct error *err)
{
	struct sink_config any = { .name = common->output ? common->output : "",
				   .format = common->format,
				   .fallback = "pcapng" };

	return sink_file_format(&any, err) != NULL;
}

/* A dry run opens nothing, so that it can be asked for by adding -n to any command line. */
static void options_leave_out(struct split_config *config)
{
	const char *stats = config->common.stats;

	config->no_table = stats && same_file("-", stats);
	config->manifest = NULL;
	config->command = NULL;
}

/* given: the options before options_leave_out(). */
static void options_tell_left_out(const struct split_config *given)
{
	bool both = given->manifest && given->command;

	if ((given->manifest || given->command) && !given->common.quiet)
		tool_say(tool, "a dry run leaves out %s%s%s", given->manifest ? "--manifest" : "",
			 both ? " and " : "", given->command ? "-z" : "");
}

/* Checks what can be seen without opening anything. */
static bool options_agree(struct split_config *config, struct error *err)
{
	const struct cli_common *common = &config->common;
	/* Lines of JSON may share a descriptor, as in 2>>log; counters would replace a file. */
	bool shared = config->manifest && fd_name_lookup(config->manifest) >= 0;
	const struct cli_file manifest = { "--manifest", config->manifest };
	const struct cli_file files[] = { { "--stats", common->stats },
					  { "--metrics", common->metrics },
					  { "--names", config->names },
					  { "--manifest", shared ? NULL : config->manifest } };

	if (config->jobs == 0)
		config->jobs = 1;
	if (config->memory == 0)
		config->memory = SINK_POOL_MEMORY;
	return cli_check_files(files, 4, err) && cli_check_inputs(common, files[0], err) &&
	       cli_check_inputs(common, files[1], err) && cli_check_inputs(common, manifest, err) &&
	       cli_choice_check(&common->choice, err) && split_check(config, err) &&
	       options_limit_open(config, err);
}

static bool options_check(void *config, struct error *err)
{
	struct split_config *split = config;
	const struct cli_common *common = &split->common;
	const struct split_config given = *split;

	if (common->dry_run)
		options_leave_out(split);
	if (common->print_config)
		return options_agree(split, err);
	if (cli_reads_terminal(common))
		return error_usage(err, "standard input is a terminal: captures are binary, "
					"use -r FILE or a pipe");
	if (!options_agree(split, err) || !options_check_format(common, err))
		return false;
	if (common->dry_run)
		options_tell_left_out(&given);
	return true;
}

static const struct cli cli = {
	.tool = tool,
	.summary = "Writes one capture per source, flow, VLAN or other key.",
	.operands = "[FILE ...]",
	.examples = {
		{ "A file for each source that mirrored packets",
		  "vtap-split --by source -r mirrored.pcap -w 'out/{source}.pcapng'" },
		{ "A file for each host and minute, compressed when it is finished",
		  "vtap-split --by host -G 60 -w '{host}/{start}.pcap' -z gzip mirrored.pcap" },
		{ "Two captures, merged by time, a file for each VLAN",
		  "vtap-split --by vlan -w 'vlan-{vlan}.pcapng' first.pcap second.pcap" },
	},
	.options = options,
	.check = options_check,
};

enum cli_result options_parse(int argc, char **argv, struct split_config *config, struct error *err)
{
	enum cli_result result = cli_parse(&cli, argc, argv, config, err);

	if (result != CLI_RUN)
		split_config_free(config);
	return result;
}

void options_free(struct split_config *config)
{
	split_config_free(config);
	cli_free(&config->common);
}
