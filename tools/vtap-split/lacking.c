/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lacking.h"

#include <string.h>

#include "base/human.h"
#include "cli/cli_choice.h"
#include "split_keys.h"

/* Why no packet has a part of a tunnel. */
static const char *why_no_tunnel(const struct split *split)
{
	if (split->tunnelled)
		return "the tunnels have none";
	return strcmp(split->format, "pcapng") == 0
		       ? "no packet is in a tunnel, and no interface is named after one"
		       : "no packet is in a tunnel, and a pcap does not name sources: have the "
			 "tool in front write pcapng";
}

static const char *why_no_name(const struct split *split)
{
	return strcmp(split->format, "pcapng") == 0
		       ? "the interfaces have no names"
		       : "a pcap does not name sources: have the tool in front write pcapng";
}

static const char *why_no_ethernet(const struct split *split)
{
	(void)split;
	return "the innermost packets have no Ethernet header";
}

static const char *why_no_ip(const struct split *split)
{
	(void)split;
	return "no packet has an IP header that is known";
}

static const char *why_no_vlan(const struct split *split)
{
	(void)split;
	return "no packet has a VLAN tag";
}

static const struct {
	const char *key;
	const char *(*why)(const struct split *split);
	bool tunnel; /* the pipeline in front may have lost it */
} reasons[] = {
	{ "source", why_no_name, true },       { "outer-src", why_no_tunnel, true },
	{ "id", why_no_tunnel, true },	       { "encap", why_no_tunnel, true },
	{ "mac-src", why_no_ethernet, false }, { "mac", why_no_ethernet, false },
	{ "ip-src", why_no_ip, false },	       { "ip-dst", why_no_ip, false },
	{ "host", why_no_ip, false },	       { "pair", why_no_ip, false },
	{ "flow", why_no_ip, false },	       { "vlan", why_no_vlan, false },
};

enum { REASONS = sizeof(reasons) / sizeof(*reasons) };

/* Returns a bit for each part of --by that no packet had. An interface without a name has a number
 * in the place of one, which tells nobody a source. */
static uint32_t lacking_find(const struct split *split)
{
	const struct key_spec *spec = &split->config->spec;
	int source = key_find(spec, "source", strlen("source"));
	uint32_t had = split->had;

	if (source >= 0 && !split->named && !split->tunnelled)
		had &= ~(UINT32_C(1) << source);
	return ~had & ((UINT32_C(1) << spec->count) - 1);
}

/* Prints the keys that no packet had, and then each reason once. Where others were there, only a
 * key of tunnels is news: traffic may well have no VLAN. */
static void lacking_print(const struct split *split, uint32_t lacks, bool all, FILE *to)
{
	unsigned said[REASONS] = { 0 }; /* rows, one of each reason */
	unsigned kinds = 0, i;
	const char *before = "no packet has the key of --by ";

	for (unsigned row = 0; row < REASONS; row++) {
		const char *key = reasons[row].key;
		int part = key_find(&split->config->spec, key, strlen(key));

		if (part < 0 || !(lacks >> part & 1) || !(all || reasons[row].tunnel))
			continue;
		fprintf(to, "%s%s", before, key);
		before = ",";
		for (i = 0; i < kinds && reasons[said[i]].why != reasons[row].why; i++)
			;
		if (i == kinds)
			said[kinds++] = row;
	}
	for (i = 0; i < kinds; i++)
		fprintf(to, "%s %s", i ? ";" : ":", reasons[said[i]].why(split));
}

/* Says where the packets are if none has a key. Names of files from a pipe may have a number more.
 */
static void lacking_print_where(struct split *split, const struct stats *stats, FILE *to)
{
	const struct name_template *name = &split->config->name;
	char number[HUMAN_SIZE], file[TEMPLATE_NAME_SIZE] = "files of the key none";

	if (split->config->common.dry_run || split->counters.none != stats->in)
		return;
	if (split->names.is_file_job && !name->has_n && !name->has_start && !name->has_end) {
		const struct template_values values = { .key = split_keys_unpack(
								split, split->first->label) };

		template_expand(name, &values, file);
	}
	fprintf(to, "; all %s are in %s", human_count(number, split->counters.none), file);
}

/* Says that -f, --since and --until leave nothing. Returns false if that is not so. */
static bool lacking_print_none(const struct split *split, FILE *to)
{
	const struct split_counters *counters = &split->counters;
	const char *sees = "-f sees the outside of tunnels: for what is inside, filter behind "
			   "vtap-decap";
	char none[CLI_CHOICE_SAID];

	if (split->first || counters->filtered + counters->out_of_time == 0)
		return false;
	cli_choice_say_none(split->config->choice, counters->filtered, counters->out_of_time,
			    split->filtered_tunnel ? sees : NULL, none);
	fputs(none, to);
	return true;
}

static bool lacking_nothing(void *self, const struct stats *stats, FILE *to)
{
	struct split *split = self;
	uint32_t lacks = lacking_find(split);
	bool all = lacks == (UINT32_C(1) << split->config->spec.count) - 1;

	if (lacking_print_none(split, to) || stats->in == 0)
		return all;
	lacking_print(split, lacks, all, to);
	if (all)
		lacking_print_where(split, stats, to);
	return all;
}

void lacking_stats(struct split *split, struct stats *stats)
{
	stats->nothing = lacking_nothing;
	stats->nothing_arg = split;
	stats->nothing_text = "no packet has a key of --by";
}
