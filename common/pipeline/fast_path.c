/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline/fast_path.h"

#include "capture/pcap_reader.h"
#include "capture/pcap_writer.h"
#include "capture/pcapng_reader.h"
#include "capture/pcapng_writer.h"
#include "io/input.h"
#include "io/output.h"
#include "packet/option.h"

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

/* One run along the fast_path. */
struct run {
	const struct fast_path *fast_path;
	const struct stage *stage;
	uint32_t linktype; /* as in struct fast_packet */
	const struct pcapng_numbered *interfaces;
	uint32_t interface_count;
	const struct interface_ids *ids;
	uint64_t most; /* records */
	struct sums sums;
};

/* What a reader finds. */
struct found {
	struct span whole; /* the record or block */
	uint32_t time[2];  /* as it stands there */
};

void fast_path_open(struct fast_path *fast_path, const struct pipeline *pipeline)
{
	*fast_path = (struct fast_path){ .sink = pipeline->sink };
	if (!pipeline->stage->quick || !pipeline->sink)
		return;
	fast_path->input = pcap_reader_input(pipeline->source, &fast_path->interface);
	fast_path->from_pcap = fast_path->input != NULL;
	if (!fast_path->from_pcap)
		fast_path->input = pcapng_reader_input(pipeline->source);
	fast_path->output = pcap_writer_output(pipeline->sink);
	fast_path->to_pcap = fast_path->output != NULL;
	if (!fast_path->to_pcap)
		fast_path->output = pcapng_writer_output(pipeline->sink);
	if (fast_path->input && fast_path->output && (fast_path->from_pcap || !fast_path->to_pcap))
		fast_path->source = pipeline->source;
}

/* A part of a second that is a second or more is for the long way to carry over. */
SPAN_INLINE bool read_record(const struct run *run, struct span block, size_t at,
			     struct found *found, struct fast_packet *quick)
{
	struct record_head head;

	if (!span_copy(block, at, &head, sizeof(head)) ||
	    head.time[1] >= run->fast_path->interface->ticks_per_s ||
	    !span_sub(block, at + sizeof(head), head.caplen, &quick->packet))
		return false;
	memcpy(found->time, head.time, sizeof(head.time));
	found->whole = span_first(span_from(block, at), sizeof(head) + head.caplen);
	quick->len = head.len;
	return true;
}

/* A packet without options. */
SPAN_INLINE bool read_block(const struct run *run, struct span block, size_t at,
			    struct found *found, struct fast_packet *quick)
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
SPAN_INLINE uint8_t *keep_whole(const struct fast_path *fast_path, struct span whole,
				struct error *err)
{
	uint8_t *room = output_borrow(fast_path->output, &fast_path->input->loan, whole);

	if (room)
		return room;
	room = output_room(fast_path->output, whole.len, err);
	if (!room)
		return NULL;
	memcpy(room, whole.data, whole.len);
	output_filled(fast_path->output, whole.len);
	return room;
}

SPAN_INLINE bool write_record(const struct run *run, const struct found *found,
			      const struct fast_packet *quick, struct error *err)
{
	struct output *output = run->fast_path->output;
	struct record_head head = { .caplen = quick->caplen, .len = quick->kept_len };
	size_t len = sizeof(head) + quick->caplen;
	uint8_t *room = quick->caplen == quick->packet.len
				? keep_whole(run->fast_path, found->whole, err)
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
	uint64_t ticks = found->time[0] * run->fast_path->interface->ticks_per_s + found->time[1];

	time[0] = (uint32_t)(ticks >> 32);
	time[1] = (uint32_t)ticks;
}

SPAN_INLINE bool build_block(const struct run *run, const struct fast_packet *quick,
			     struct block_head *head, struct error *err)
{
	struct output *output = run->fast_path->output;
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
			     const struct fast_packet *quick, struct error *err)
{
	const struct fast_path *fast_path = run->fast_path;
	struct block_head head;
	uint8_t *room;

	if (!interface_ids_get(run->ids, quick->to->serial, &head.interface) &&
	    !pcapng_writer_id(fast_path->sink, quick->to, &head.interface, err))
		return false;
	if (fast_path->from_pcap) {
		block_time(run, found, head.time);
		return build_block(run, quick, &head, err);
	}
	memcpy(head.time, found->time, sizeof(head.time));
	if (quick->caplen != quick->packet.len)
		return build_block(run, quick, &head, err);
	room = keep_whole(fast_path, found->whole, err);
	if (!room)
		return false;
	memcpy(room + offsetof(struct block_head, interface), &head.interface, sizeof(uint32_t));
	memcpy(room + offsetof(struct block_head, len), &quick->kept_len, sizeof(uint32_t));
	return true;
}

/* With constants for from_pcap and to_pcap: a loop for each pair of formats. */
SPAN_INLINE bool along(struct run *run, bool from_pcap, bool to_pcap, struct error *err)
{
	struct span block =
		span_of(input_data(run->fast_path->input), input_available(run->fast_path->input));
	struct fast_packet quick = { .interface = run->fast_path->interface,
				     .linktype = run->linktype };
	bool (*const is_quick)(void *self, struct fast_packet *quick) = run->stage->quick;
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
	if (run->fast_path->to_pcap)
		return along(run, true, true, err);
	if (run->fast_path->from_pcap)
		return along(run, true, false, err);
	return along(run, false, false, err);
}

/* Lets go of the packet given last. False: the sink is not ready. */
static bool begin(struct run *run)
{
	const struct fast_path *fast_path = run->fast_path;

	if (fast_path->to_pcap &&
	    !pcap_writer_takes(fast_path->sink, fast_path->interface->ticks_per_s, &run->linktype))
		return false;
	if (!fast_path->to_pcap)
		run->ids = pcapng_writer_ids(fast_path->sink);
	if (fast_path->from_pcap)
		pcap_reader_release(fast_path->source);
	else
		pcapng_reader_release(fast_path->source, &run->interfaces, &run->interface_count);
	return true;
}

bool fast_path_run(const struct fast_path *fast_path, struct pipeline *pipeline, struct error *err)
{
	struct run run = { .fast_path = fast_path,
			   .stage = pipeline->stage,
			   .linktype = LINKTYPE_ANY,
			   .most = pipeline->limit ? pipeline->limit - pipeline->in : UINT64_MAX };
	bool good;

	if ((run.stage->holds && *run.stage->holds) || !begin(&run))
		return true;
	good = go(&run, err);
	input_consume(fast_path->input, run.sums.taken);
	fast_path->source->packets += run.sums.packets;
	pipeline->in += run.sums.packets;
	pipeline->out += run.sums.packets;
	pipeline->bytes_in += run.sums.in;
	pipeline->bytes_out += run.sums.out;
	return good;
}
