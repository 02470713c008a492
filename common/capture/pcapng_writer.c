/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_writer.h"

#include <stdlib.h>

#include "capture/interface_ids.h"
#include "capture/nflog_swap.h"
#include "capture/pcapng_record.h"
#include "capture/pcapng_swap.h"
#include "io/output.h"
#include "packet/option.h"

struct pcapng_sink {
	struct sink sink;
	struct output output;
	struct interface_ids ids; /* interfaces described in this section */
	uint32_t section;	  /* serial of the section that is being written; 0: none yet */
	bool swapped;		  /* its byte order */
	bool one_section;
	bool borrow;
};

/* Returns a number in the byte order of the section that is being written. */
static uint32_t order32(const struct pcapng_sink *ng, uint32_t value)
{
	return ng->swapped ? __builtin_bswap32(value) : value;
}

static uint16_t order16(const struct pcapng_sink *ng, uint16_t value)
{
	return ng->swapped ? __builtin_bswap16(value) : value;
}

static void store32(const struct pcapng_sink *ng, uint8_t *at, uint32_t value)
{
	value = order32(ng, value);
	memcpy(at, &value, sizeof(value));
}

static void store16(const struct pcapng_sink *ng, uint8_t *at, uint16_t value)
{
	value = order16(ng, value);
	memcpy(at, &value, sizeof(value));
}

/* Returns room for a block of len bytes, with type and both lengths in place. */
static uint8_t *begin_block(struct pcapng_sink *ng, uint32_t type, size_t len, struct error *err)
{
	uint8_t *room = output_room(&ng->output, len, err);

	if (!room)
		return NULL;
	store32(ng, room, type);
	store32(ng, room + 4, (uint32_t)len);
	store32(ng, room + len - 4, (uint32_t)len);
	return room;
}

static size_t options_size(struct span options)
{
	return options.len > 0 ? options.len + 4 : 0; /* the end mark */
}

/* Copies options and adds the end mark; turns them if their section has the other byte order. */
static void store_options(const struct pcapng_sink *ng, uint8_t *at, struct span options,
			  bool swapped, enum pcapng_scope scope)
{
	if (options.len == 0)
		return;
	memcpy(at, options.data, options.len);
	if (swapped != ng->swapped)
		pcapng_swap_options((struct patch){ at, options.len }, swapped, scope);
	memset(at + options.len, 0, 4);
}

static bool put_section(struct pcapng_sink *ng, const struct section *section, struct error *err)
{
	struct span options = section->options;
	size_t len = PCAPNG_SECTION_FIXED + options_size(options) + 4;
	uint8_t *room;

	if (ng->section == section->serial || (ng->one_section && ng->section))
		return true;
	ng->section = section->serial;
	ng->swapped = section->swapped;
	interface_ids_clear(&ng->ids);
	room = begin_block(ng, PCAPNG_SECTION, len, err);
	if (!room)
		return false;
	store32(ng, room + 8, PCAPNG_BYTE_ORDER);
	store16(ng, room + 12, 1);
	store16(ng, room + 14, 0);
	memset(room + 16, 0xff, 8); /* the section's length: not known in a stream */
	store_options(ng, room + PCAPNG_SECTION_FIXED, options, section->swapped, SCOPE_SECTION);
	output_filled(&ng->output, len);
	return true;
}

static void pcapng_writer_add_option(const struct pcapng_sink *ng, uint8_t **at, uint16_t code,
				     const void *value, size_t len)
{
	store16(ng, *at, code);
	store16(ng, *at + 2, (uint16_t)len);
	memset(*at + 4, 0, pcapng_padded(len));
	memcpy(*at + 4, value, len);
	*at += 4 + pcapng_padded(len);
}

static size_t text_len(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return len < 0xfff0 ? len : 0xfff0;
}

/* Returns the value of if_tsresol: a power of ten if ticks_per_s is one, else a power of two. */
static uint8_t pcapng_writer_tsresol(uint64_t ticks_per_s)
{
	uint8_t power = 0;
	uint64_t ticks = ticks_per_s;

	for (; ticks > 1 && ticks % 10 == 0; ticks /= 10)
		power++;
	if (ticks == 1)
		return power;
	return (uint8_t)(0x80 | __builtin_ctzll(ticks_per_s));
}

/* Writes options for an interface that comes from no pcapng file. Returns their length. */
static size_t own_options(const struct pcapng_sink *ng, const struct interface *interface,
			  uint8_t *at)
{
	uint8_t *start = at, tsresol = pcapng_writer_tsresol(interface->ticks_per_s);
	uint64_t offset = (uint64_t)interface->offset_s;

	if (interface->name)
		pcapng_writer_add_option(ng, &at, OPTION_IF_NAME, interface->name,
					 text_len(interface->name));
	if (interface->description)
		pcapng_writer_add_option(ng, &at, OPTION_IF_DESCRIPTION, interface->description,
					 text_len(interface->description));
	if (tsresol != 6)
		pcapng_writer_add_option(ng, &at, OPTION_IF_TSRESOL, &tsresol, 1);
	if (ng->swapped)
		offset = __builtin_bswap64(offset);
	if (offset != 0)
		pcapng_writer_add_option(ng, &at, OPTION_IF_TSOFFSET, &offset, sizeof(offset));
	return (size_t)(at - start);
}

static size_t own_options_size(const struct interface *interface)
{
	return 8 + pcapng_padded(text_len(interface->name)) + 8 +
	       pcapng_padded(text_len(interface->description)) + 8 + 12;
}

static bool put_interface(struct pcapng_sink *ng, const struct interface *interface,
			  struct error *err)
{
	struct span options = interface->options;
	size_t len = PCAPNG_INTERFACE_FIXED + 4;
	uint8_t *room;

	if (!interface_ids_add(&ng->ids, interface->serial, ng->ids.count))
		return error_errno(err, "%s", output_label(&ng->output));
	room = output_room(&ng->output,
			   len + 4 + (options.len ? options.len : own_options_size(interface)),
			   err);
	if (!room)
		return false;
	if (options.len > 0) {
		store_options(ng, room + PCAPNG_INTERFACE_FIXED, options,
			      interface->section->swapped, SCOPE_INTERFACE);
		len += options.len + 4;
	} else {
		size_t own = own_options(ng, interface, room + PCAPNG_INTERFACE_FIXED);

		memset(room + PCAPNG_INTERFACE_FIXED + own, 0, 4);
		len += own ? own + 4 : 0;
	}
	begin_block(ng, PCAPNG_INTERFACE, len, err);
	store16(ng, room + 8, (uint16_t)interface->linktype);
	store16(ng, room + 10, 0);
	store32(ng, room + 12, interface->snaplen);
	output_filled(&ng->output, len);
	return true;
}

/* Sets *id to an interface's number; describes the interface and its section if need be. */
static bool id_of(struct pcapng_sink *ng, const struct interface *interface, uint32_t *id,
		  struct error *err)
{
	if (!put_section(ng, interface->section, err))
		return false;
	if (interface_ids_get(&ng->ids, interface->serial, id))
		return true;
	return put_interface(ng, interface, err) &&
	       interface_ids_get(&ng->ids, interface->serial, id);
}

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
		pcapng_record_set_interface(room, order32(ng, id));
	else if (packet->form == PACKET_OLD)
		store16(ng, room + offsetof(struct pcapng_record, interface), (uint16_t)id);
	if (packet->form != PACKET_SIMPLE)
		pcapng_record_set_len(room, order32(ng, packet->len));
	return true;
}

/* Simple blocks can neither name an interface nor differ in length from what they hold. */
static inline bool can_copy(const struct pcapng_sink *ng, const struct packet *packet, uint32_t id)
{
	if (packet->block.len == 0 || packet->form == PACKET_PLAIN ||
	    packet->interface->section->swapped != ng->swapped)
		return false;
	if (packet->form == PACKET_SIMPLE)
		return id == 0 && pcapng_u32(packet->block, 8, ng->swapped) == packet->len;
	return packet->form != PACKET_OLD || id <= UINT16_MAX;
}

static bool put_enhanced(struct pcapng_sink *ng, const struct packet *packet, uint32_t id,
			 struct error *err)
{
	size_t len = pcapng_record_size(packet->caplen, options_size(packet->options));
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
		store_options(ng, room + sizeof(record) + pcapng_padded(packet->caplen),
			      packet->options, packet->interface->section->swapped, SCOPE_PACKET);
	store32(ng, room + len - 4, (uint32_t)len);
	output_filled(&ng->output, len);
	ng->sink.simple_enhanced += packet->form == PACKET_SIMPLE;
	return true;
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

/*
 * Copies a block, and turns it if a merged section has the other byte order. Statistics get the new
 * number of their interface; those of an interface that this output never met are left out.
 */
static bool put_other(struct pcapng_sink *ng, const struct block *block, struct error *err)
{
	bool statistics = block->type == PCAPNG_STATISTICS;
	uint32_t id = 0;
	uint8_t *room;

	if (!put_section(ng, block->section, err))
		return false;
	if (statistics &&
	    (!block->interface || !interface_ids_get(&ng->ids, block->interface->serial, &id))) {
		ng->sink.blocks_dropped++;
		return true;
	}
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
		store32(ng, room + 8, id);
	output_filled(&ng->output, block->bytes.len);
	return true;
}

static bool pcapng_writer_block(struct sink *sink, const struct block *block, struct error *err)
{
	struct pcapng_sink *ng = (struct pcapng_sink *)sink;
	uint32_t id;

	if (block->kind == BLOCK_SECTION)
		return put_section(ng, block->section, err);
	if (block->kind == BLOCK_INTERFACE)
		return id_of(ng, block->interface, &id, err);
	return put_other(ng, block, err);
}

static bool pcapng_writer_flush(struct sink *sink, struct error *err)
{
	return output_flush(&((struct pcapng_sink *)sink)->output, err);
}

/* A capture without any packet is still a capture: it needs its section header. */
static bool pcapng_writer_close(struct sink *sink, bool complete, struct error *err)
{
	struct pcapng_sink *ng = (struct pcapng_sink *)sink;
	const struct section empty = { .serial = UINT32_MAX };
	bool good = true;

	if (!ng->section && !ng->output.failed)
		good = put_section(ng, &empty, err);
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
	ng->sink = (struct sink){ .ops = &pcapng_writer_ops, .name = config->name };
	ng->one_section = config->one_section;
	ng->borrow = config->borrow;
	return &ng->sink;
}
