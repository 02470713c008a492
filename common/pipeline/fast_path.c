/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline/fast_path.h"

#include "capture/pcap_reader.h"
#include "capture/pcap_record.h"
#include "capture/pcap_writer.h"
#include "capture/pcapng_reader.h"
#include "capture/pcapng_record.h"
#include "capture/pcapng_writer.h"
#include "io/input.h"
#include "io/output.h"

enum { PAUSE_MAX = 64 }; /* packets */

/* One run along the fast path. */
struct run {
	const struct fast_path *fast_path;
	struct output *output; /* of the sink */
	uint32_t linktype;     /* as in struct fast_packet */
	uint64_t ticks_per_s;  /* of the times of a pcap */
	uint32_t ns_per_tick;
	const struct pcapng_numbered *interfaces;
	uint32_t interface_count;
	const struct interface_ids *ids;
	uint64_t limit; /* records */
};

/* What a run has taken. */
struct taken {
	size_t bytes; /* of the input */
	struct fast_path_sums sums;
	/* Of the packet that was written last, or that the sink refused. */
	uint32_t last_caplen;
	const struct interface *last_to;
};

/* The record that was read last. */
struct found {
	struct span whole;
	uint32_t time[2]; /* as it stands in the record */
};

void fast_path_open(struct fast_path *fast_path, struct source *source, const struct stage *stage,
		    struct sink *sink)
{
	*fast_path = (struct fast_path){ .stage = stage, .sink = sink, .next_pause = 1 };
	if (!stage->fast || !sink)
		return;
	fast_path->input = pcap_reader_input(source, &fast_path->interface);
	fast_path->from_pcap = fast_path->input != NULL;
	if (!fast_path->from_pcap)
		fast_path->input = pcapng_reader_input(source);
	fast_path->output = pcap_writer_output(sink);
	fast_path->to_pcap = fast_path->output != NULL;
	if (!fast_path->to_pcap)
		fast_path->output = pcapng_writer_output(sink);
	if (fast_path->input && fast_path->output && (fast_path->from_pcap || !fast_path->to_pcap))
		fast_path->source = source;
}

/* timed: fast->time_ns is wanted, as the reader of the format would set it. */
SPAN_INLINE bool read_pcap(const struct run *run, bool timed, struct span block, size_t at,
			   struct found *found, struct fast_packet *fast)
{
	struct pcap_record record;

	if (!pcap_record_find(block, at, run->ticks_per_s, &record, &found->whole))
		return false;
	found->time[0] = record.seconds;
	found->time[1] = record.fraction;
	fast->packet = span_from(found->whole, sizeof(record));
	fast->len = record.len;
	if (timed)
		fast->time_ns = (int64_t)record.seconds * 1000000000 +
				(int64_t)record.fraction * run->ns_per_tick;
	return true;
}

/* Returns false if the time needs more than a multiplication. */
SPAN_INLINE bool set_time(const struct pcapng_numbered *numbered, const uint32_t time[2],
			  struct fast_packet *fast)
{
	uint64_t ticks = (uint64_t)time[0] << 32 | time[1];

	fast->time_ns = (int64_t)(ticks * numbered->ns_per_tick);
	return ticks < numbered->ticks_end;
}

SPAN_INLINE bool read_pcapng(const struct run *run, bool timed, struct span block, size_t at,
			     struct found *found, struct fast_packet *fast)
{
	struct pcapng_record record;

	if (!pcapng_record_find(block, at, &record, &found->whole) ||
	    record.interface >= run->interface_count)
		return false;
	memcpy(found->time, record.time, sizeof(found->time));
	if (timed && !set_time(&run->interfaces[record.interface], record.time, fast))
		return false;
	fast->interface = run->interfaces[record.interface].interface;
	fast->packet = span_first(span_from(found->whole, sizeof(record)), record.caplen);
	fast->len = record.len;
	return true;
}

/* If all bytes of a record are kept, only numbers of its header change: the output borrows it from
 * the input's block if it can, else it gets a copy. Returns where the caller writes the numbers. */
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

SPAN_INLINE bool write_pcap(const struct run *run, bool from_pcap, const struct found *found,
			    const struct fast_packet *fast, struct error *err)
{
	struct output *output = run->output;
	struct pcap_record record = { .seconds = found->time[0],
				      .fraction = found->time[1],
				      .caplen = fast->caplen,
				      .len = fast->kept_len };
	bool all = fast->caplen == fast->packet.len;
	size_t len = sizeof(record) + fast->caplen;
	uint8_t *room =
		all ? keep_whole(run->fast_path, found->whole, err) : output_room(output, len, err);

	(void)from_pcap;
	if (!room)
		return false;
	pcap_record_write(room, &record);
	if (all)
		return true;
	memcpy(room + sizeof(record), span_from(fast->packet, fast->offset).data, fast->caplen);
	output_filled(output, len);
	return true;
}

/* Sets the time of a block in ticks, upper half first, from the seconds and fraction of a pcap. */
SPAN_INLINE void block_time(const struct run *run, const struct found *found,
			    struct pcapng_record *record)
{
	uint64_t ticks = found->time[0] * run->ticks_per_s + found->time[1];

	record->time[0] = (uint32_t)(ticks >> 32);
	record->time[1] = (uint32_t)ticks;
}

SPAN_INLINE bool build_block(const struct run *run, const struct fast_packet *fast,
			     struct pcapng_record *record, struct error *err)
{
	struct output *output = run->output;
	size_t len = pcapng_record_size(fast->caplen, 0);
	uint8_t *room = output_room(output, len, err);

	if (!room)
		return false;
	record->type = PCAPNG_ENHANCED_PACKET;
	record->block_len = (uint32_t)len;
	record->caplen = fast->caplen;
	record->len = fast->kept_len;
	pcapng_record_write(room, record, span_from(fast->packet, fast->offset).data, fast->caplen);
	memcpy(room + len - sizeof(uint32_t), &record->block_len, sizeof(uint32_t));
	output_filled(output, len);
	return true;
}

SPAN_INLINE bool write_pcapng(const struct run *run, bool from_pcap, const struct found *found,
			      const struct fast_packet *fast, struct error *err)
{
	const struct fast_path *fast_path = run->fast_path;
	const struct interface_ids_row *row = interface_ids_find(run->ids, fast->to->serial);
	struct pcapng_record record;
	uint8_t *room;

	record.interface = row->id;
	if (row->serial == 0 &&
	    !pcapng_writer_id(fast_path->sink, fast->to, &record.interface, err))
		return false;
	if (from_pcap) {
		block_time(run, found, &record);
		return build_block(run, fast, &record, err);
	}
	memcpy(record.time, found->time, sizeof(record.time));
	if (fast->caplen != fast->packet.len)
		return build_block(run, fast, &record, err);
	room = keep_whole(fast_path, found->whole, err);
	if (!room)
		return false;
	pcapng_record_set_interface(room, record.interface);
	pcapng_record_set_len(room, fast->kept_len);
	return true;
}

/* Returns the time of the record that was taken last. That of a pcap still stands in it, even if
 * the output has borrowed it; of a pcapng it is in *found. */
SPAN_INLINE int64_t time_of_record(struct span record, const struct found *found, bool from_pcap,
				   const struct interface *interface)
{
	uint32_t time[2] = { 0 };

	if (!from_pcap)
		return packet_time_ns(interface, (uint64_t)found->time[0] << 32 | found->time[1]);
	span_copy(record, 0, time, sizeof(time));
	return packet_time_ns(interface, time[0] * interface->ticks_per_s + time[1]);
}

/*
 * Each caller gives constants for from_pcap, to_pcap and chooses (struct stage), so that the
 * compiler makes a loop for each pair of formats, and for those who choose; and a copy of its run,
 * which stays in registers.
 */
SPAN_INLINE bool take_records(struct run run, bool from_pcap, bool to_pcap, bool chooses,
			      struct taken *taken, struct error *err)
{
	const struct fast_path *fast_path = run.fast_path;
	struct span block =
		span_of(input_data(fast_path->input), input_available(fast_path->input));
	struct fast_packet fast = { .interface = fast_path->interface, .linktype = run.linktype };
	bool (*const is_fast)(void *self, struct fast_packet *fast) = fast_path->stage->fast;
	struct fast_path_sums sums = { 0 };
	struct found found = { 0 };
	size_t at = 0, last_at = 0;
	bool good = true;

	while (good && sums.packets < run.limit &&
	       (from_pcap ? read_pcap : read_pcapng)(&run, chooses, block, at, &found, &fast) &&
	       is_fast(fast_path->stage->self, &fast)) {
		if (chooses && fast.left_out) {
			sums.left_out++;
			fast.caplen = 0;
		} else {
			good = (to_pcap ? write_pcap : write_pcapng)(&run, from_pcap, &found, &fast,
								     err);
		}
		last_at = at;
		at += found.whole.len;
		if (!from_pcap)
			sums.bytes_in += fast.packet.len;
		sums.bytes_out += fast.caplen;
		sums.packets++;
	}
	if (from_pcap)
		sums.bytes_in = at - sums.packets * sizeof(struct pcap_record);
	if (sums.packets > 0)
		sums.last_ns = time_of_record(span_from(block, last_at), &found, from_pcap,
					      from_pcap ? fast_path->interface : fast.interface);
	*taken = (struct taken){ at, sums, fast.caplen, fast.to };
	return good;
}

static bool take_all(const struct run *run, struct taken *taken, struct error *err)
{
	if (run->fast_path->to_pcap)
		return take_records(*run, true, true, false, taken, err);
	if (run->fast_path->from_pcap)
		return take_records(*run, true, false, false, taken, err);
	return take_records(*run, false, false, false, taken, err);
}

static bool take_chosen(const struct run *run, struct taken *taken, struct error *err)
{
	if (run->fast_path->to_pcap)
		return take_records(*run, true, true, true, taken, err);
	if (run->fast_path->from_pcap)
		return take_records(*run, true, false, true, taken, err);
	return take_records(*run, false, false, true, taken, err);
}

/* Returns true if the sink has begun its file, and takes records as they are. */
static bool fast_path_sink_takes(struct run *run)
{
	const struct fast_path *fast_path = run->fast_path;

	if (fast_path->to_pcap)
		return pcap_writer_takes(fast_path->sink, fast_path->interface->ticks_per_s,
					 &run->linktype);
	run->ids = pcapng_writer_ids(fast_path->sink);
	return run->ids->size > 0;
}

/* Lets go of the packet that the source gave last. Returns false if there is nothing to do. */
static bool fast_path_begin_run(struct run *run)
{
	const struct fast_path *fast_path = run->fast_path;

	if (!fast_path_sink_takes(run)) {
		if (!fast_path->stage->fast_chooses)
			return false;
		run->linktype = LINK_NONE;
	}
	if (fast_path->from_pcap) {
		run->ticks_per_s = fast_path->interface->ticks_per_s;
		run->ns_per_tick = (uint32_t)(1000000000 / run->ticks_per_s);
		pcap_reader_release(fast_path->source);
	} else {
		pcapng_reader_release(fast_path->source, &run->interfaces, &run->interface_count);
	}
	return true;
}

static void fast_path_back_off(struct fast_path *fast_path, bool missed)
{
	fast_path->pause = missed ? fast_path->next_pause : 0;
	if (!missed)
		fast_path->next_pause = 1;
	else if (fast_path->next_pause < PAUSE_MAX)
		fast_path->next_pause *= 2;
}

bool fast_path_run(struct fast_path *fast_path, uint64_t limit, struct fast_path_sums *sums,
		   struct error *err)
{
	const struct stage *stage = fast_path->stage;
	struct run run = { .fast_path = fast_path,
			   .output = fast_path->output,
			   .linktype = LINK_ANY,
			   .limit = limit };
	struct taken taken = { 0 };
	bool good;

	*sums = (struct fast_path_sums){ 0 };
	if ((stage->holds && *stage->holds) || !fast_path_begin_run(&run))
		return true;
	good = (stage->fast_chooses ? take_chosen : take_all)(&run, &taken, err);
	input_consume(fast_path->input, taken.bytes);
	fast_path->source->packets += taken.sums.packets;
	fast_path_back_off(fast_path, taken.sums.packets == 0);
	*sums = taken.sums;
	if (!good) {
		sums->bytes_out -= taken.last_caplen;
		sums->failed_on = taken.last_to;
	}
	return good;
}
