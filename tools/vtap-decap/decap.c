/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap.h"

#include <stdlib.h>

#include "base/human.h"
#include "cli/cli_choice.h"
#include "cli/stats_print.h"
#include "decap_choose.h"
#include "decap_fast.h"
#include "decap_full.h"

struct decap *decap_new(const struct decap_config *config, struct error *err)
{
	struct decap *decap = calloc(1, sizeof(*decap));
	struct origins_users users;
	bool reassemble = config->reassembly_memory != 0;

	if (!decap)
		goto failed;
	decap->config = config;
	decap->asks = config->choice != NULL;
	counters_rows(&decap->rows);
	encap_table_init(&decap->table, &config->select);
	untaken_init(&decap->untaken, &config->select);
	header_cache_init(&decap->cache);
	interface_statistics_init(&decap->statistics);
	users = (struct origins_users){ .cache = &decap->cache,
					.statistics = decap->asks ? NULL : &decap->statistics,
					.gone = &decap->counters.sources_over_limit,
					.full = &decap->holds };
	decap->origins = origins_new(ORIGINS_MAX, &users);
	decap->udp_gso = udp_gso_new(&decap->table);
	if (reassemble)
		decap->reasm = reasm_new(config->reassembly_memory, config->reassembly_time_ns);
	if (decap->origins && decap->udp_gso && (decap->reasm || !reassemble))
		return decap;
	decap_free(decap);
failed:
	error_set(err, "not enough memory");
	return NULL;
}

void decap_free(struct decap *decap)
{
	reasm_free(decap->reasm);
	interface_statistics_free(&decap->statistics); /* has entries of the origins */
	origins_free(decap->origins);
	header_cache_free(&decap->cache);
	udp_gso_free(decap->udp_gso);
	untaken_free(&decap->untaken);
	decap_rewrite_free(&decap->rewrite);
	free(decap);
}

/* The longest pause of the fast path, in packets; one less than a power of two. */
enum { PAUSE_MAX = 63 };

/*
 * Where the fast path misses packet after packet it only costs time: it is left alone for 1, 3, 7
 * ... PAUSE_MAX packets.
 */
static enum verdict decap_put(void *self, const struct packet *in, struct packet *out,
			      struct error *err)
{
	struct decap *decap = self;
	enum verdict verdict;

	decap->now_ns = in->time_ns;
	if (decap->pause > 0) {
		decap->pause--;
	} else if (decap_fast_put(decap, in, out, &verdict, err)) {
		decap->misses = 0;
		return verdict;
	} else {
		decap->misses = (2 * decap->misses + 1) & PAUSE_MAX;
		decap->pause = decap->misses;
	}
	return decap_full_put(decap, in, out, err);
}

/* A packet that is moved to another interface no longer says that it had no time. */
static enum verdict decap_put_timed(void *self, const struct packet *in, struct packet *out,
				    struct error *err)
{
	((struct decap *)self)->timed = in->form != PACKET_SIMPLE;
	return decap_put(self, in, out, err);
}

static void decap_unwritten(void *self, const struct interface *fast)
{
	struct decap *decap = self;
	struct interface_statistics_entry *entry =
		fast ? interface_statistics_find(&decap->statistics, fast) : decap->entry;

	--*(fast ? &decap->counters.stripped : decap->outcome);
	decap->counters.unwritten++;
	if (entry)
		entry->unwritten++;
}

static bool decap_due(void *self, bool end, struct packet *out)
{
	struct decap *decap = self;

	if (decap_full_due_part(decap, out) || decap_full_due_fragment(decap, end, out))
		return true;
	decap->holds = decap->reasm && !reasm_idle(decap->reasm);
	return false;
}

static void decap_refused(void *self)
{
	struct decap *decap = self;

	--*decap->outcome;
	decap->counters.wrong_link_type++;
	if (decap->entry)
		decap->entry->unwritten++;
}

/* The next interface of which a block is due. */
static struct interface_statistics_entry *decap_next_entry(struct decap *decap, bool end)
{
	struct interface_statistics_entry *entry = NULL;

	if (origins_have_gone(decap->origins))
		entry = origins_next_gone(decap->origins);
	return !entry && end ? decap->statistics.first : entry;
}

static void decap_begin_end(struct decap *decap, const struct stage_times *times)
{
	decap->ending = true;
	decap->times = *times;
	if (decap->at_end.ask)
		decap->at_end.ask(decap->at_end.arg, &decap->times);
	decap->drops_left = decap->counters.kernel_dropped;
}

static bool decap_due_block(void *self, bool end, const struct stage_times *times,
			    struct block *out)
{
	struct decap *decap = self;
	struct interface_statistics_entry *entry;

	while ((entry = decap_next_entry(decap, end))) {
		if (end && !decap->ending)
			decap_begin_end(decap, times);
		if (interface_statistics_take(&decap->statistics, entry,
					      end ? &decap->times : times, &decap->drops_left,
					      out) &&
		    decap->config->statistics)
			return true;
	}
	decap->ending = false;
	decap->entry = NULL;
	return false;
}

static void decap_block(void *self, const struct block *block)
{
	struct decap *decap = self;

	if (block->kind == BLOCK_SECTION)
		origins_new_section(decap->origins);
	if (block->kind == BLOCK_OTHER && block->type == PCAPNG_STATISTICS && block->interface &&
	    decap->config->statistics)
		interface_statistics_tell(&decap->statistics, block->interface);
}

static bool (*decap_fast(const struct decap_config *config))(void *self, struct fast_packet *fast)
{
	if (config->live)
		return NULL;
	return config->choice ? decap_fast_chosen : decap_fast_packet;
}

struct stage decap_stage(struct decap *decap)
{
	return (struct stage){ .self = decap,
			       .put = decap->config->choice ? decap_put_timed : decap_put,
			       .block = decap_block,
			       .due = decap_due,
			       .due_block = decap_due_block,
			       .refused = decap_refused,
			       .unwritten = decap_unwritten,
			       .failure = &decap->failure,
			       .in_place = true,
			       .holds = &decap->holds,
			       .gso = &decap->gso,
			       .fast = decap_fast(decap->config),
			       .fast_chooses = decap->config->choice != NULL };
}

/* Returns true if packets without a selected tunnel are in the output. */
static bool decap_passes(const struct decap *decap)
{
	return !decap->config->live && !decap->config->drop;
}

/* Prints how many packets -e and --id left in their tunnel. Returns false if there are none. */
static bool decap_print_left(const struct decap *decap, FILE *to)
{
	uint64_t ids = decap->counters.other_ids, encaps = decap->counters.other_encaps;
	char number[HUMAN_SIZE];

	if (ids + encaps == 0)
		return false;
	if (ids > 0) {
		fprintf(to, "%s packets of other ids", human_count(number, ids));
		untaken_print_ids(&decap->untaken, to);
	}
	if (encaps > 0)
		fprintf(to, "%s%s packets of other encapsulations", ids ? " and " : "",
			human_count(number, encaps));
	if (decap_passes(decap))
		fputs(decap->config->choice ? " kept their tunnels; -x drops them"
					    : " passed unchanged; -x drops them",
		      to);
	return true;
}

static const char *decap_selection(const struct untaken *untaken)
{
	bool ids = untaken->select->ranges > 0, encaps = untaken_restricts_encaps(untaken);

	if (ids && encaps)
		return " that -e and --id select";
	if (ids)
		return " that --id selects";
	return encaps ? " that -e selects" : "";
}

/* Says why no tunnel was found. With -x the losses say so, in the line that tool_finish() adds, and
 * only what they cannot know is printed. */
static void decap_print_why(const struct decap *decap, const struct stats *stats, FILE *to)
{
	fprintf(to, "no tunnel was found%s: ", decap_selection(&decap->untaken));
	if (stats->in == 0)
		fputs("no packet came", to);
	else if (!decap_print_left(decap, to) && untaken_print(&decap->untaken, to))
		stats_print_outcomes(stats, to);
}

/* Returns true if a tunnel was taken off some packet, which may have been left out then. */
static bool decap_has_found(const struct decap *decap)
{
	uint64_t tunnels = decap->counters.stripped;

	for (unsigned i = 0; i < COUNTERS_ENCAPS; i++)
		tunnels += decap->counters.tunnels[i];
	return tunnels > 0;
}

/* Says that -f, --since and --until leave nothing, and that no tunnel was found if that is so: then
 * they saw outer packets. */
static void decap_print_none(const struct decap *decap, const struct stats *stats, FILE *to)
{
	const struct counters *counters = &decap->counters;
	const char *sees = "-f sees packets without their tunnels: for what is outside, filter in "
			   "front of vtap-decap";
	char none[CLI_CHOICE_SAID];

	cli_choice_say_none(decap->config->choice, counters->filtered, counters->out_of_time,
			    decap_has_found(decap) ? sees : NULL, none);
	fputs(none, to);
	if (decap_has_found(decap))
		return;
	fputs("; ", to);
	if (untaken_finds_port(&decap->untaken) || counters->other_ids + counters->other_encaps > 0)
		decap_print_why(decap, stats, to);
	else
		fputs(stats->nothing_text, to);
}

static bool decap_nothing(void *self, const struct stats *stats, FILE *to)
{
	const struct decap *decap = self;
	uint64_t left = decap->counters.other_ids + decap->counters.other_encaps;

	if (stats->out == 0 && decap_choose_left_out(decap)) {
		decap_print_none(decap, stats, to);
		return true;
	}
	if (decap_has_found(decap)) {
		if (decap_passes(decap))
			decap_print_left(decap, to);
		return false;
	}
	if ((stats->in > 0 || decap->config->live) &&
	    (!decap->config->drop || left > 0 || untaken_finds_port(&decap->untaken)))
		decap_print_why(decap, stats, to);
	return true;
}

void decap_stats(struct decap *decap, struct stats *stats)
{
	stats->nothing = decap_nothing;
	stats->nothing_arg = decap;
	stats->nothing_text = "no tunnel was found";
	stats->rows = decap->rows.row;
	stats->counters = &decap->counters;
	stats->sources = &origins_sources;
	stats->sources_arg = decap->origins;
}

void decap_set_kernel(struct decap *decap, const struct decap_kernel *kernel)
{
	decap->counters.kernel_dropped = kernel->dropped;
	decap->counters.interface_dropped = kernel->interface_dropped;
	decap->counters.interface_gaps = kernel->interface_gaps;
	decap->counters.interface_replaced = kernel->interface_replaced;
}

void decap_at_end(struct decap *decap, const struct decap_end *at_end)
{
	decap->at_end = *at_end;
}
