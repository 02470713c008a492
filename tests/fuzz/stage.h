/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole stages: packets go in as pipeline gives them, and what comes out is looked at. */
#ifndef VTAP_FUZZ_STAGE_H
#define VTAP_FUZZ_STAGE_H

#include "cli/stats.h"
#include "fuzz.h"
#include "pipeline/stage.h"

struct fuzz_stage {
	struct stage stage;
	const struct stats_row *rows;
	const void *counters;
	struct section section;
	struct interface interface[FUZZ_LINKS]; /* one a link type */
	struct interface other;			/* of Ethernet, with other times */
	char name[64];				/* of all of them */
	int64_t now_ns;
	uint64_t in, out;
	void (*check)(const struct packet *packet); /* of each packet that comes out; may be NULL */
};

static inline void fuzz_stage_begin(struct fuzz_stage *fuzz)
{
	*fuzz = (struct fuzz_stage){ .section.serial = packet_serial(), .name = "eth0" };
	for (unsigned i = 0; i < FUZZ_LINKS; i++)
		fuzz->interface[i] = (struct interface){ .serial = packet_serial(),
							 .section = &fuzz->section,
							 .id = i,
							 .linktype = fuzz_links[i],
							 .ticks_per_s = 1000000,
							 .name = fuzz->name };
	fuzz->other = (struct interface){ .serial = packet_serial(),
					  .section = &fuzz->section,
					  .id = FUZZ_LINKS,
					  .linktype = LINK_ETHERNET,
					  .ticks_per_s = FUZZ_NS,
					  .name = "eth1" };
}

/* A packet as the sinks take it. */
static inline void fuzz_stage_look(struct fuzz_stage *fuzz, const struct packet *packet)
{
	FUZZ_CHECK(packet->interface != NULL && packet->interface->section == &fuzz->section);
	FUZZ_CHECK(packet->interface->linktype == packet->linktype);
	fuzz_touch(packet->data, packet->caplen);
	fuzz_touch(packet->options.data, packet->options.len);
	if (packet->interface->name)
		fuzz_touch((const uint8_t *)packet->interface->name,
			   strlen(packet->interface->name));
	if (fuzz->check)
		fuzz->check(packet);
	fuzz->out++;
}

static inline void fuzz_stage_drain(struct fuzz_stage *fuzz, bool end)
{
	struct packet due;

	while (fuzz->stage.due && fuzz->stage.due(fuzz->stage.self, end, &due))
		fuzz_stage_look(fuzz, &due);
}

/* The interface that a record was captured on. */
static inline const struct interface *fuzz_stage_interface(const struct fuzz_stage *fuzz,
							   const struct fuzz_packet *record)
{
	unsigned link = 0;

	if (record->linktype == LINK_ETHERNET && record->flags & FUZZ_OTHER)
		return &fuzz->other;
	while (fuzz_links[link] != record->linktype)
		link++;
	return &fuzz->interface[link];
}

static inline struct packet fuzz_stage_packet(struct fuzz_stage *fuzz,
					      const struct fuzz_packet *record)
{
	const struct interface *interface = fuzz_stage_interface(fuzz, record);

	fuzz->now_ns += record->after_ms * (int64_t)(FUZZ_NS / 1000);
	return (struct packet){ .time_ns = fuzz->now_ns,
				.ticks = (uint64_t)fuzz->now_ns /
					 ((uint64_t)FUZZ_NS / interface->ticks_per_s),
				.data = record->data,
				.caplen = record->caplen,
				.len = record->len,
				.linktype = record->linktype,
				.interface = interface,
				.number = ++fuzz->in };
}

/* The stage's fast path; false: it has none, or none for this packet. */
static inline bool fuzz_stage_fast(struct fuzz_stage *fuzz, const struct packet *in,
				   enum verdict *verdict)
{
	struct fast_packet fast = { .interface = in->interface,
				    .linktype = LINK_ANY,
				    .packet = span_of(in->data, in->caplen),
				    .len = in->len,
				    .time_ns = in->time_ns };
	struct packet out = *in;

	if (!fuzz->stage.fast || (fuzz->stage.holds && *fuzz->stage.holds) ||
	    !fuzz->stage.fast(fuzz->stage.self, &fast))
		return false;
	*verdict = fast.left_out ? DROP : PASS;
	if (fast.left_out)
		return true;
	FUZZ_CHECK(fast.offset <= in->caplen && fast.caplen <= in->caplen - fast.offset);
	out.data += fast.offset;
	out.caplen = fast.caplen;
	out.len = fast.kept_len;
	out.interface = fast.to;
	out.linktype = fast.to->linktype;
	fuzz_stage_look(fuzz, &out);
	return true;
}

/* A record whose flags have FUZZ_FAST goes where the pipeline would ask the fast path first. */
static inline enum verdict fuzz_stage_put(struct fuzz_stage *fuzz, const struct fuzz_packet *record)
{
	struct packet in = fuzz_stage_packet(fuzz, record), out = in;
	struct error err = { 0 };
	enum verdict verdict;

	if (record->flags & FUZZ_FAST && fuzz_stage_fast(fuzz, &in, &verdict))
		return verdict;
	verdict = fuzz->stage.put(fuzz->stage.self, &in, fuzz->stage.in_place ? &in : &out, &err);
	if (verdict == FAILED)
		fprintf(stderr, "%s\n", err.text);
	FUZZ_CHECK(verdict != FAILED);
	if (verdict == PASS)
		fuzz_stage_look(fuzz, fuzz->stage.in_place ? &in : &out);
	if (!fuzz->stage.holds || *fuzz->stage.holds)
		fuzz_stage_drain(fuzz, false);
	return verdict;
}

/* The sum of the rows of a group whose names begin so. */
static inline uint64_t fuzz_stage_sum(const struct fuzz_stage *fuzz, enum stats_group group,
				      const char *start)
{
	uint64_t sum = 0;

	for (const struct stats_row *row = fuzz->rows; row->name; row++)
		if (row->group == group && strncmp(row->name, start, strlen(start)) == 0)
			sum += stats_value(row, fuzz->counters);
	return sum;
}

/* No more records: every packet is in exactly one outcome. */
static inline void fuzz_stage_end(struct fuzz_stage *fuzz)
{
	fuzz_stage_drain(fuzz, true);
	FUZZ_CHECK(fuzz_stage_sum(fuzz, STATS_OUTCOME, "") ==
		   fuzz->in + (fuzz->stage.gso ? fuzz->stage.gso->gained : 0));
}

/* All records of a sequence. */
static inline void fuzz_stage_run(struct fuzz_stage *fuzz, struct span input)
{
	struct fuzz_packet record;

	while (fuzz_record(&input, &record)) {
		fuzz_stage_put(fuzz, &record);
		free(record.copy);
	}
	fuzz_stage_end(fuzz);
}

#endif
