/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_writer.h"

#include <stdlib.h>

#include "capture/nflog_swap.h"
#include "capture/pcapng_record.h"
#include "capture/pcapng_writer_internal.h"
#include "packet/option.h"

/* Copies a block that nobody changed: only the interface's number and len can differ. */
static bool copy_packet(struct pcapng_sink *ng, const struct packet *packet, uint32_t id,
			struct error *err)
{
	struct span block = packet->block;
	uint8_t *room = NULL;

	if (ng->borrow)
		room = output_borrow(&ng->output, packet->loan, block);
	if (!room) {
		room = output_room(&ng->output, block.len, err);
		if (!room)
			return false;
		memcpy(room, block.data, block.len);
		output_filled(&ng->output, block.len);
	}
	/* An old block differs in its interface alone: 16 bits, and a count behind them. */
	if (packet->form == PACKET_ENHANCED)
		pcapng_record_set_interface(room, pcapng_writer_order32(ng, id));
	else if (packet->form == PACKET_OLD)
		pcapng_writer_store16(ng, room + offsetof(struct pcapng_record, interface),
				      (uint16_t)id);
	if (packet->form != PACKET_SIMPLE)
		pcapng_record_set_len(room, pcapng_writer_order32(ng, packet->len));
	return true;
}

/* Simple blocks name no interface, and the snap length of the first one is their only limit. */
static inline bool can_copy(const struct pcapng_sink *ng, const struct packet *packet, uint32_t id)
{
	if (packet->block.len == 0 || packet->form == PACKET_PLAIN ||
	    packet->interface->section->swapped != ng->swapped)
		return false;
	if (packet->form == PACKET_SIMPLE)
		return id == 0 && pcapng_u32(packet->block, 8, ng->swapped) == packet->len &&
		       packet->caplen == (ng->simple_snaplen - 1 < packet->len ? ng->simple_snaplen
									       : packet->len);
	return packet->form != PACKET_OLD || id <= UINT16_MAX;
}

/* Ticks are unsigned: packet_move() gives 0 to a time before the first that the interface has. */
static inline bool is_too_early(const struct packet *packet)
{
	return packet->ticks == 0 && packet->form != PACKET_SIMPLE &&
	       packet->time_ns < packet_time_ns(packet->interface, 0);
}

static bool put_enhanced(struct pcapng_sink *ng, const struct packet *packet, uint32_t id,
			 struct error *err)
{
	size_t len =
		pcapng_record_size(packet->caplen, pcapng_writer_options_size(packet->options));
	uint8_t *room = output_room(&ng->output, len, err);
	struct pcapng_record record = { .type = PCAPNG_ENHANCED_PACKET,
					.block_len = (uint32_t)len,
					.interface = id,
					.time = { (uint32_t)(packet->ticks >> 32),
						  (uint32_t)packet->ticks },
					.caplen = packet->caplen,
					.len = packet->len };

	if (!room)
		return false;
	if (ng->swapped)
		pcapng_record_swap(&record);
	pcapng_record_write(room, &record, packet->data, packet->caplen);
	if (ng->swapped && packet->linktype == LINK_NFLOG)
		nflog_swap((struct patch){ room + sizeof(record), packet->caplen }, false);
	if (packet->options.len > 0)
		pcapng_writer_store_options(
			ng, room + sizeof(record) + pcapng_padded(packet->caplen), packet->options,
			packet->interface->section->swapped, SCOPE_PACKET);
	pcapng_writer_store32(ng, room + len - 4, (uint32_t)len);
	output_filled(&ng->output, len);
	ng->sink.simple_enhanced += packet->form == PACKET_SIMPLE;
	ng->sink.timestamps_clamped += is_too_early(packet);
	return true;
}

/* Statistics of an interface without packets may describe it if the file keeps its link type. */
static bool has_place(const struct pcapng_sink *ng, const struct interface *interface)
{
	uint32_t id;

	if (!interface)
		return false;
	if (interface_ids_get(&ng->ids, interface->serial, &id))
		return true;
	return ng->order == INTERFACES_WITH_PACKETS &&
	       (!ng->described || pcapng_writer_written_linktype(ng, interface) == ng->linktype);
}

/*
 * Copies a block, and turns it if a merged section has the other byte order. Statistics get the new
 * number of their interface.
 */
static bool put_other(struct pcapng_sink *ng, const struct block *block, struct error *err)
{
	bool statistics = block->type == PCAPNG_STATISTICS;
	uint32_t id = 0;
	uint8_t *room;

	if (statistics && !has_place(ng, block->interface)) {
		ng->sink.blocks_dropped += ng->order != INTERFACES_ALIKE;
		return true;
	}
	if (statistics && !pcapng_writer_number_of(ng, block->interface, &id, err))
		return false;
	room = output_room(&ng->output, block->bytes.len, err);
	if (!room)
		return false;
	memcpy(room, block->bytes.data, block->bytes.len);
	if (block->section->swapped != ng->swapped &&
	    !pcapng_swap_block((struct patch){ room, block->bytes.len }, block->section->swapped)) {
		ng->sink.blocks_dropped++;
		return true;
	}
	if (statistics)
		pcapng_writer_store32(ng, room + 8, id);
	output_filled(&ng->output, block->bytes.len);
	return true;
}

/* The interfaces that wait are written as they came if the first packet is on one of them. */
static bool keeps_order(const struct pcapng_sink *ng, const struct interface *first)
{
	const struct pcapng_pending *pending = &ng->pending;
	uint32_t linktype = pending->count > 0 ? pending->interface[0]->linktype : 0;

	if (first && !pcapng_pending_has(pending, first))
		return false;
	return pcapng_pending_are(pending, linktype) &&
	       (!ng->described || ng->linktype == linktype);
}

/* Writes what waits for the first packet, which is on the interface `first`; NULL if none came. */
static bool stop_waiting(struct pcapng_sink *ng, const struct interface *first, struct error *err)
{
	struct pcapng_pending pending = ng->pending;
	bool good = true;
	uint32_t id;

	ng->waiting = false;
	ng->as_they_came = !ng->one_section && keeps_order(ng, first);
	ng->pending = (struct pcapng_pending){ .count = 0 };
	if (ng->as_they_came)
		for (uint32_t i = 0; good && i < pending.count; i++)
			good = pcapng_writer_number_of(ng, pending.interface[i], &id, err);
	if (good && first)
		good = pcapng_writer_number_of(ng, first, &id, err);
	for (struct pcapng_pending_block *at = pending.first; good && at; at = at->next)
		good = put_other(ng, &at->block, err);
	pcapng_pending_clear(&pending);
	return good;
}

static bool put_section(struct pcapng_sink *ng, const struct section *section, struct error *err)
{
	if (ng->section == section->serial || (ng->one_section && ng->section))
		return true;
	return (!ng->waiting || stop_waiting(ng, NULL, err)) &&
	       pcapng_writer_begin_section(ng, section, err);
}

/* Sets *id to the number of a packet's interface; describes it and its section if need be. */
static bool id_of(struct pcapng_sink *ng, const struct interface *interface, uint32_t *id,
		  struct error *err)
{
	if (!put_section(ng, interface->section, err))
		return false;
	if (ng->waiting && !stop_waiting(ng, interface, err))
		return false;
	if (interface_ids_get(&ng->ids, interface->serial, id))
		return true;
	ng->as_they_came = false;
	return pcapng_writer_number_of(ng, interface, id, err);
}

static bool pcapng_writer_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	struct pcapng_sink *ng = (struct pcapng_sink *)sink;
	uint32_t id;

	/* The numbers are those of the section being written: what has one needs no other check. */
	if (!interface_ids_get(&ng->ids, packet->interface->serial, &id) &&
	    !id_of(ng, packet->interface, &id, err))
		return false;
	if (can_copy(ng, packet, id))
		return copy_packet(ng, packet, id, err);
	return put_enhanced(ng, packet, id, err);
}

static bool on_interface(struct pcapng_sink *ng, const struct interface *interface,
			 struct error *err)
{
	uint32_t id;

	if (!put_section(ng, interface->section, err))
		return false;
	if (ng->waiting)
		return pcapng_pending_add_interface(&ng->pending, interface, err);
	ng->as_they_came = ng->as_they_came && interface->linktype == ng->linktype;
	return (ng->order == INTERFACES_WITH_PACKETS && !ng->as_they_came) ||
	       pcapng_writer_number_of(ng, interface, &id, err);
}

static bool on_other(struct pcapng_sink *ng, const struct block *block, struct error *err)
{
	if (!put_section(ng, block->section, err))
		return false;
	if (ng->waiting && pcapng_pending_add_block(&ng->pending, block))
		return true;
	return (!ng->waiting || stop_waiting(ng, NULL, err)) && put_other(ng, block, err);
}

static bool pcapng_writer_block(struct sink *sink, const struct block *block, struct error *err)
{
	struct pcapng_sink *ng = (struct pcapng_sink *)sink;

	if (block->kind == BLOCK_SECTION)
		return put_section(ng, block->section, err);
	if (block->kind == BLOCK_INTERFACE)
		return on_interface(ng, block->interface, err);
	return on_other(ng, block, err);
}

static bool pcapng_writer_flush(struct sink *sink, struct error *err)
{
	return output_flush(&((struct pcapng_sink *)sink)->output, err);
}

/* libpcap and mergecap refuse a file without an interface. */
static bool describe_nothing(struct pcapng_sink *ng, struct error *err)
{
	const struct section empty = { .serial = packet_serial() };
	const struct interface interface = { .serial = packet_serial(),
					     .section = &empty,
					     .linktype = LINK_ETHERNET,
					     .ticks_per_s = 1000000 };
	uint32_t id;

	return (ng->section || pcapng_writer_begin_section(ng, &empty, err)) &&
	       pcapng_writer_number_of(ng, &interface, &id, err);
}

/* A capture without any packet is still a capture. */
static bool pcapng_writer_close(struct sink *sink, bool complete, struct error *err)
{
	struct pcapng_sink *ng = (struct pcapng_sink *)sink;
	bool good = true;

	if (ng->waiting && !ng->output.failed)
		good = stop_waiting(ng, NULL, err);
	if (good && !ng->described && !ng->output.failed)
		good = describe_nothing(ng, err);
	pcapng_pending_clear(&ng->pending);
	good = output_close(&ng->output, complete && good, err) && good;
	interface_ids_clear(&ng->ids);
	free(ng);
	return good;
}

static struct output *pcapng_writer_get_output(struct sink *sink)
{
	return &((struct pcapng_sink *)sink)->output;
}

static const struct sink_ops pcapng_writer_ops = { .put = pcapng_writer_put,
						   .block = pcapng_writer_block,
						   .flush = pcapng_writer_flush,
						   .close = pcapng_writer_close,
						   .output = pcapng_writer_get_output };

struct output *pcapng_writer_output(struct sink *sink)
{
	return sink->ops == &pcapng_writer_ops ? pcapng_writer_get_output(sink) : NULL;
}

const struct interface_ids *pcapng_writer_ids(const struct sink *sink)
{
	return &((const struct pcapng_sink *)sink)->ids;
}

bool pcapng_writer_id(struct sink *sink, const struct interface *interface, uint32_t *id,
		      struct error *err)
{
	return id_of((struct pcapng_sink *)sink, interface, id, err);
}

struct sink *pcapng_writer_open(const struct sink_config *config, struct error *err)
{
	struct pcapng_sink *ng = calloc(1, sizeof(*ng));

	if (!ng) {
		error_errno(err, "%s", config->name);
		return NULL;
	}
	if (!output_open(&ng->output, config->name, config->manner, err)) {
		free(ng);
		return NULL;
	}
	output_compress(&ng->output, config->encode);
	output_sync(&ng->output, config->sync);
	ng->sink = (struct sink){ .ops = &pcapng_writer_ops, .name = config->name };
	ng->order = config->interfaces;
	ng->as_they_came = config->interfaces == INTERFACES_WITH_PACKETS && !config->one_section;
	ng->one_section = config->one_section;
	ng->borrow = config->borrow;
	return &ng->sink;
}
