/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lane.h"

#include "input.h"
#include "output.h"
#include "pcapng_format.h"
#include "sink/pcap.h"
#include "sink/pcapng.h"
#include "source/pcap.h"
#include "source/pcapng.h"

/* A record of a pcap: seconds and their part, caplen, len. */
struct record_head {
	uint32_t time[2], caplen, len;
};

/* An enhanced packet block of a pcapng; the time's upper half first. */
struct block_head {
	uint32_t type, block_len, interface, time[2], caplen, len;
};

_Static_assert(sizeof(struct record_head) == 16, "pcap record header");
_Static_assert(sizeof(struct block_head) == PCAPNG_PACKET_FIXED, "enhanced packet block");

/* What a run takes: bytes of the input, packets, their bytes before and after. */
struct sums {
	size_t taken;
	uint64_t packets, in, out;
};

/* One run along the lane. */
struct run {
	const struct lane *lane;
	const struct stage *stage;
	uint32_t linktype; /* as in struct quick */
	const struct pcapng_numbered *interfaces;
	uint32_t interface_count;
	const struct idmap *ids;
	uint64_t most; /* records */
	struct sums sums;
};

/* What a reader finds. */
struct found {
	struct span whole; /* the record or block */
	uint32_t time[2];  /* as it stands there */
};

void lane_open(struct lane *lane, const struct pump *pump)
{
	*lane = (struct lane){ .sink = pump->sink };
	if (!pump->stage->quick || !pump->sink)
		return;
	lane->input = source_pcap_input(pump->source, &lane->interface);
	lane->from_pcap = lane->input != NULL;
	if (!lane->from_pcap)
		lane->input = source_pcapng_input(pump->source);
	lane->output = sink_pcap_output(pump->sink);
	lane->to_pcap = lane->output != NULL;
	if (!lane->to_pcap)
		lane->output = sink_pcapng_output(pump->sink);
	if (lane->input && lane->output && (lane->from_pcap || !lane->to_pcap))
		lane->source = pump->source;
}

/* A part of a second that is a second or more is for the long way to carry over. */
SPAN_INLINE bool read_record(const struct run *run, struct span block, size_t at,
			     struct found *found, struct quick *quick)
{
	struct record_head head;

	if (!span_copy(block, at, &head, sizeof(head)) ||
	    head.time[1] >= run->lane->interface->ticks_per_s ||
	    !span_sub(block, at + sizeof(head), head.caplen, &quick->packet))
		return false;
	memcpy(found->time, head.time, sizeof(head.time));
	found->whole = span_first(span_from(block, at), sizeof(head) + head.caplen);
	quick->len = head.len;
	return true;
}

/* A packet without options. */
SPAN_INLINE bool read_block(const struct run *run, struct span block, size_t at,
			    struct found *found, struct quick *quick)
{
	struct block_head head;
	uint32_t last;

	if (!span_copy(block, at, &head, sizeof(head)) || head.type != PCAPNG_ENHANCED_PACKET ||
	    head.interface >= run->interface_count ||
	    head.block_len != sizeof(head) + pcapng_padded(head.caplen) + sizeof(last) ||
	    !span_sub(block, at, head.block_len, &found->whole) ||
	    !span_copy(found->whole, head.block_len - sizeof(last), &last, sizeof(last)) ||
	    last != head.block_len)
		return false;
	memcpy(found->time, head.time, sizeof(head.time));
	quick->interface = run->interfaces[head.interface].interface;
	quick->packet = span_first(span_from(found->whole, sizeof(head)), head.caplen);
	quick->len = head.len;
	return true;
}

/* Of a record of which all is kept only numbers change: in place, where it can be borrowed. */
SPAN_INLINE uint8_t *keep_whole(const struct lane *lane, struct span whole, struct error *err)
{
	uint8_t *room = output_borrow(lane->output, &lane->input->loan, whole);

	if (room)
		return room;
	room = output_room(lane->output, whole.len, err);
	if (!room)
		return NULL;
	memcpy(room, whole.data, whole.len);
	output_filled(lane->output, whole.len);
	return room;
}

SPAN_INLINE bool write_record(const struct run *run, const struct found *found,
			      const struct quick *quick, struct error *err)
{
	struct output *output = run->lane->output;
	struct record_head head = { .caplen = quick->caplen, .len = quick->kept_len };
	size_t len = sizeof(head) + quick->caplen;
	uint8_t *room = quick->caplen == quick->packet.len
				? keep_whole(run->lane, found->whole, err)
				: output_room(output, len, err);

	if (!room)
		return false;
	memcpy(head.time, found->time, sizeof(head.time));
	memcpy(room, &head, sizeof(head));
	if (quick->caplen == quick->packet.len)
		return true;
	memcpy(room + sizeof(head), span_from(quick->packet, quick->offset).data, quick->caplen);
	output_filled(output, len);
	return true;
}

/* The time as ticks, upper half first. */
SPAN_INLINE void block_time(const struct run *run, const struct found *found, uint32_t time[2])
{
	uint64_t ticks = found->time[0] * run->lane->interface->ticks_per_s + found->time[1];

	time[0] = (uint32_t)(ticks >> 32);
	time[1] = (uint32_t)ticks;
}

SPAN_INLINE bool build_block(const struct run *run, const struct quick *quick,
			     struct block_head *head, struct error *err)
{
	struct output *output = run->lane->output;
	size_t data = pcapng_padded(quick->caplen);
	uint8_t *room;

	head->type = PCAPNG_ENHANCED_PACKET;
	head->caplen = quick->caplen;
	head->len = quick->kept_len;
	head->block_len = (uint32_t)(sizeof(*head) + data + sizeof(head->block_len));
	room = output_room(output, head->block_len, err);
	if (!room)
		return false;
	/* The padding first: the last word of it and the data in one, or of the head in front. */
	memset(room + sizeof(*head) + data - 4, 0, 4);
	memcpy(room, head, sizeof(*head));
	memcpy(room + sizeof(*head), span_from(quick->packet, quick->offset).data, quick->caplen);
	memcpy(room + sizeof(*head) + data, &head->block_len, sizeof(head->block_len));
	output_filled(output, head->block_len);
	return true;
}

SPAN_INLINE bool write_block(const struct run *run, const struct found *found,
			     const struct quick *quick, struct error *err)
{
	const struct lane *lane = run->lane;
	struct block_head head;
	uint8_t *room;

	if (!idmap_get(run->ids, quick->to->serial, &head.interface) &&
	    !sink_pcapng_id(lane->sink, quick->to, &head.interface, err))
		return false;
	if (lane->from_pcap) {
		block_time(run, found, head.time);
		return build_block(run, quick, &head, err);
	}
	memcpy(head.time, found->time, sizeof(head.time));
	if (quick->caplen != quick->packet.len)
		return build_block(run, quick, &head, err);
	room = keep_whole(lane, found->whole, err);
	if (!room)
		return false;
	memcpy(room + offsetof(struct block_head, interface), &head.interface, sizeof(uint32_t));
	memcpy(room + offsetof(struct block_head, len), &quick->kept_len, sizeof(uint32_t));
	return true;
}

/* With constants for from_pcap and to_pcap: a loop for each pair of formats. */
SPAN_INLINE bool along(struct run *run, bool from_pcap, bool to_pcap, struct error *err)
{
	struct span block = span_of(input_at(run->lane->input), input_ready(run->lane->input));
	struct quick quick = { .interface = run->lane->interface, .linktype = run->linktype };
	bool (*const is_quick)(void *self, struct quick *quick) = run->stage->quick;
	struct sums sums = { 0 };
	bool good = true;
	struct found found = { 0 };

	while (good && sums.packets < run->most &&
	       (from_pcap ? read_record : read_block)(run, block, sums.taken, &found, &quick) &&
	       is_quick(run->stage->self, &quick)) {
		good = (to_pcap ? write_record : write_block)(run, &found, &quick, err);
		sums.taken += found.whole.len;
		sums.in += quick.packet.len;
		sums.out += quick.caplen;
		sums.packets++;
	}
	run->sums = sums;
	return good;
}

static bool go(struct run *run, struct error *err)
{
	if (run->lane->to_pcap)
		return along(run, true, true, err);
	if (run->lane->from_pcap)
		return along(run, true, false, err);
	return along(run, false, false, err);
}

/* Lets go of the packet given last. False: the sink is not ready. */
static bool begin(struct run *run)
{
	const struct lane *lane = run->lane;

	if (lane->to_pcap &&
	    !sink_pcap_takes(lane->sink, lane->interface->ticks_per_s, &run->linktype))
		return false;
	if (!lane->to_pcap)
		run->ids = sink_pcapng_ids(lane->sink);
	if (lane->from_pcap)
		source_pcap_release(lane->source);
	else
		source_pcapng_release(lane->source, &run->interfaces, &run->interface_count);
	return true;
}

bool lane_run(const struct lane *lane, struct pump *pump, struct error *err)
{
	struct run run = { .lane = lane,
			   .stage = pump->stage,
			   .linktype = QUICK_ANY,
			   .most = pump->limit ? pump->limit - pump->in : UINT64_MAX };
	bool good;

	if ((run.stage->holds && *run.stage->holds) || !begin(&run))
		return true;
	good = go(&run, err);
	input_take(lane->input, run.sums.taken);
	lane->source->packets += run.sums.packets;
	pump->in += run.sums.packets;
	pump->out += run.sums.packets;
	pump->bytes_in += run.sums.in;
	pump->bytes_out += run.sums.out;
	return good;
}
