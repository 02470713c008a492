/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lane.h"

#include "input.h"
#include "output.h"
#include "sink/pcap.h"
#include "source/pcap.h"

enum { RECORD_HEADER = 16 };

/* A record: seconds, their part, caplen, len. */
struct head {
	uint32_t seconds, part, caplen, len;
};

_Static_assert(sizeof(struct head) == RECORD_HEADER, "pcap record header");

void lane_open(struct lane *lane, const struct pump *pump)
{
	*lane = (struct lane){ 0 };
	if (!pump->stage->quick || !pump->sink)
		return;
	lane->input = source_pcap_input(pump->source, &lane->interface);
	lane->output = sink_pcap_output(pump->sink);
	if (lane->input && lane->output)
		lane->source = pump->source;
}

/* A part of a second that is a second or more is for the long way to carry over. */
static inline bool next_record(struct span block, size_t at, uint64_t ticks_per_s,
			       struct head *head, struct quick *quick)
{
	if (!span_copy(block, at, head, sizeof(*head)) || head->part >= ticks_per_s ||
	    !span_sub(block, at + sizeof(*head), head->caplen, &quick->packet))
		return false;
	quick->len = head->len;
	return true;
}

/* A record of which all is kept stays where it is. */
static inline bool borrow(const struct lane *lane, struct span record, const struct quick *quick)
{
	uint8_t *lent = output_borrow(lane->output, &lane->input->loan, record);

	if (lent)
		memcpy(lent + offsetof(struct head, len), &quick->kept_len, sizeof(uint32_t));
	return lent != NULL;
}

static inline bool put(struct output *output, struct head head, const struct quick *quick,
		       struct error *err)
{
	size_t len = sizeof(head) + quick->caplen;
	struct patch room = { output_room(output, len, err), len };

	if (!room.data)
		return false;
	head.caplen = quick->caplen;
	head.len = quick->kept_len;
	patch_copy(room, 0, &head, sizeof(head));
	patch_copy(room, sizeof(head), span_from(quick->packet, quick->offset).data, quick->caplen);
	output_filled(output, len);
	return true;
}

/* Takes *records at most; sets it to how many, and *at to their bytes. */
static bool run(const struct lane *lane, const struct stage *stage, uint32_t linktype,
		uint64_t *records, size_t *at, struct error *err)
{
	struct span block = span_of(input_at(lane->input), input_ready(lane->input));
	struct quick quick = { .interface = lane->interface, .linktype = linktype };
	uint64_t ticks_per_s = lane->interface->ticks_per_s, left = *records;
	bool (*const is_quick)(void *self, struct quick *quick) = stage->quick;
	bool good = true;
	struct head head;

	while (left > 0 && next_record(block, *at, ticks_per_s, &head, &quick) &&
	       is_quick(stage->self, &quick)) {
		struct span record = span_first(span_from(block, *at), sizeof(head) + head.caplen);

		good = (quick.caplen == head.caplen && borrow(lane, record, &quick)) ||
		       put(lane->output, head, &quick, err);
		if (!good)
			break;
		*at += sizeof(head) + head.caplen;
		left--;
	}
	*records -= left;
	return good;
}

bool lane_run(const struct lane *lane, struct pump *pump, struct error *err)
{
	const struct stage *stage = pump->stage;
	uint64_t records = pump->limit ? pump->limit - pump->in : UINT64_MAX;
	uint64_t before = sink_size(pump->sink);
	uint32_t linktype;
	size_t at = 0;
	bool good;

	if ((stage->holds && *stage->holds) ||
	    !sink_pcap_takes(pump->sink, lane->interface->ticks_per_s, &linktype))
		return true;
	source_pcap_release(lane->source);
	good = run(lane, stage, linktype, &records, &at, err);
	input_take(lane->input, at);
	lane->source->packets += records;
	pump->in += records;
	pump->out += records;
	pump->bytes_in += at - records * RECORD_HEADER;
	pump->bytes_out += sink_size(pump->sink) - before - records * RECORD_HEADER;
	return good;
}
