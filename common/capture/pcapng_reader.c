/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_reader.h"

#include <stdlib.h>

#include "base/arena.h"
#include "capture/nflog_swap.h"
#include "capture/pcap_reader.h"
#include "capture/pcapng_interface.h"
#include "capture/pcapng_record.h"
#include "packet/option.h"

/* Bytes for sections and interfaces: a file may have any number of them. */
#define KEPT_MAX (UINT64_C(1) << 30)

/* A section or an interface. It lives until the source is closed, as users keep pointers. */
struct kept {
	union {
		struct section section;
		struct interface interface;
	};
	uint8_t bytes[]; /* options, then strings */
};

struct pcapng_source {
	struct source source;
	struct input input;
	struct arena kept;
	uint64_t kept_bytes;
	const struct section *section;
	struct pcapng_numbered *interfaces; /* of the section */
	uint32_t interface_count, interface_room;
	struct error strange; /* of the first section that was passed over; empty if none was */
	uint64_t strange_at;
	bool passing;		    /* the section is passed over */
	size_t take;		    /* bytes of the block given last, consumed at the next call */
	enum capture_state failure; /* what an error in the block that is read means */
};

bool pcapng_reader_knows(struct span head)
{
	return head.len >= 4 && pcapng_u32(head, 0, false) == PCAPNG_SECTION;
}

static struct kept *pcapng_reader_keep(struct pcapng_source *ng, size_t bytes, struct error *err)
{
	struct kept *kept;

	ng->kept_bytes += sizeof(*kept) + bytes;
	if (ng->kept_bytes > KEPT_MAX) {
		error_set(err, "sections and interfaces take more than 1 GiB of memory");
		return NULL;
	}
	kept = arena_take(&ng->kept, sizeof(*kept) + bytes, sizeof(uint64_t));
	if (!kept)
		error_errno(err, "an interface or section");
	return kept;
}

/* The header says the byte order, so its own length can only be read after it. */
static bool section_order(struct span head, bool *swapped, struct error *err)
{
	*swapped = pcapng_u32(head, 8, false) != PCAPNG_BYTE_ORDER;
	if (pcapng_u32(head, 8, *swapped) != PCAPNG_BYTE_ORDER)
		return error_set(err, "section header: no byte-order magic");
	return true;
}

static bool same_lengths(struct span bytes, bool swapped, struct error *err)
{
	uint32_t last = pcapng_u32(bytes, bytes.len - 4, swapped);

	return last == bytes.len ||
	       error_set(err, "a block begins with length %zu and ends with %u", bytes.len, last);
}

static void place_error(const struct pcapng_source *ng, struct error *err)
{
	unsigned long long packet = ng->source.packets + 1, at = ng->input.offset;

	error_wrap(err, "packet %llu: offset %llu", packet, at);
}

/* What such a section holds is not known, but that it is made of blocks: the next section may be
 * one that is known. The error comes at the end of the file. */
static void note_strange(struct pcapng_source *ng, uint16_t major, uint16_t minor)
{
	if (ng->strange.text[0])
		return;
	ng->strange_at = ng->input.offset;
	error_set(&ng->strange,
		  "section header: version %u.%u is not known: the section is skipped", major,
		  minor);
	place_error(ng, &ng->strange);
}

static bool read_section(struct pcapng_source *ng, struct span bytes, struct block *block,
			 struct error *err)
{
	struct span options;
	struct kept *kept;
	bool swapped;

	if (bytes.len < PCAPNG_SECTION_FIXED + 4)
		return error_set(err, "section header: %zu bytes are too short", bytes.len);
	if (!section_order(bytes, &swapped, err) || !same_lengths(bytes, swapped, err))
		return false;
	ng->passing = pcapng_u16(bytes, 12, swapped) != 1;
	if (ng->passing)
		note_strange(ng, pcapng_u16(bytes, 12, swapped), pcapng_u16(bytes, 14, swapped));
	options = span_from(span_first(bytes, bytes.len - 4), PCAPNG_SECTION_FIXED);
	options = option_trim(options, swapped);
	kept = pcapng_reader_keep(ng, options.len, err);
	if (!kept)
		return false;
	span_copy(options, 0, kept->bytes, options.len);
	kept->section = (struct section){ .serial = packet_serial(),
					  .swapped = swapped,
					  .options = span_of(kept->bytes, options.len) };
	ng->section = &kept->section;
	ng->interface_count = 0;
	*block = (struct block){ .kind = BLOCK_SECTION, .section = ng->section };
	return true;
}

static bool add_interface(struct pcapng_source *ng, const struct interface *interface,
			  struct error *err)
{
	if (ng->interface_count == ng->interface_room) {
		uint32_t room = ng->interface_room ? ng->interface_room * 2 : 16;
		struct pcapng_numbered *grown =
			realloc(ng->interfaces, room * sizeof(*ng->interfaces));

		if (!grown)
			return error_errno(err, "interface %u", ng->interface_count);
		ng->interfaces = grown;
		ng->interface_room = room;
	}
	ng->interfaces[ng->interface_count++] = pcapng_interface_numbered(interface);
	return true;
}

static bool read_interface(struct pcapng_source *ng, struct span bytes, struct block *block,
			   struct error *err)
{
	bool swapped = ng->section->swapped;
	struct span options;
	struct kept *kept;

	if (bytes.len < PCAPNG_INTERFACE_FIXED + 4)
		return error_set(err, "interface description: %zu bytes are too short", bytes.len);
	options = span_from(span_first(bytes, bytes.len - 4), PCAPNG_INTERFACE_FIXED);
	options = option_trim(options, swapped);
	kept = pcapng_reader_keep(ng, 2 * options.len,
				  err); /* strings with a NUL fit into their 4-byte heads */
	if (!kept)
		return false;
	span_copy(options, 0, kept->bytes, options.len);
	kept->interface = (struct interface){ .serial = packet_serial(),
					      .section = ng->section,
					      .id = ng->interface_count,
					      .from_block = true,
					      .linktype = pcapng_u16(bytes, 8, swapped),
					      .snaplen = pcapng_u32(bytes, 12, swapped),
					      .ticks_per_s = 1000000,
					      .options = span_of(kept->bytes, options.len) };
	*block = (struct block){ .kind = BLOCK_INTERFACE,
				 .section = ng->section,
				 .interface = &kept->interface };
	return pcapng_interface_options(&kept->interface, kept->bytes + options.len, err) &&
	       add_interface(ng, &kept->interface, err);
}

static const struct interface *pcapng_reader_find_interface(struct pcapng_source *ng, uint32_t id,
							    struct error *err)
{
	if (id < ng->interface_count)
		return ng->interfaces[id].interface;
	error_set(err, "interface %u is not described (%u are)", id, ng->interface_count);
	return NULL;
}

/* Enhanced packets, and old ones, whose interface number is 16 bits and a drop count follows it. */
static bool read_enhanced(struct pcapng_source *ng, struct span bytes, bool old,
			  struct packet *packet, struct error *err)
{
	bool swapped = ng->section->swapped;
	uint32_t id = old ? pcapng_u16(bytes, 8, swapped) : pcapng_u32(bytes, 8, swapped);
	struct span body;

	if (bytes.len < PCAPNG_PACKET_FIXED + 4)
		return error_set(err, "packet block: %zu bytes are too short", bytes.len);
	packet->interface = pcapng_reader_find_interface(ng, id, err);
	if (!packet->interface)
		return false;
	packet->ticks =
		(uint64_t)pcapng_u32(bytes, 12, swapped) << 32 | pcapng_u32(bytes, 16, swapped);
	packet->time_ns = packet_time_ns(packet->interface, packet->ticks);
	packet->caplen = pcapng_u32(bytes, 20, swapped);
	packet->len = pcapng_u32(bytes, 24, swapped);
	body = span_from(span_first(bytes, bytes.len - 4), PCAPNG_PACKET_FIXED);
	if (packet->caplen > body.len)
		return error_set(err, "packet block: %u captured bytes in a block of %zu",
				 packet->caplen, bytes.len);
	packet->data = body.data;
	packet->options = span_from(body, pcapng_padded(packet->caplen));
	if (packet->options.len > 0)
		packet->options = option_trim(packet->options, swapped);
	packet->form = old ? PACKET_OLD : PACKET_ENHANCED;
	return true;
}

static bool read_simple(struct pcapng_source *ng, struct span bytes, struct packet *packet,
			struct error *err)
{
	struct span body;
	uint32_t snaplen;

	if (bytes.len < PCAPNG_SIMPLE_FIXED + 4)
		return error_set(err, "simple packet block: %zu bytes are too short", bytes.len);
	packet->interface = pcapng_reader_find_interface(ng, 0, err);
	if (!packet->interface)
		return false;
	body = span_from(span_first(bytes, bytes.len - 4), PCAPNG_SIMPLE_FIXED);
	packet->len = pcapng_u32(bytes, 8, ng->section->swapped);
	packet->caplen = packet->len;
	snaplen = packet->interface->snaplen;
	if (snaplen > 0 && packet->caplen > snaplen)
		packet->caplen = snaplen;
	if (packet->caplen > body.len)
		return error_set(err, "simple packet block: %u bytes in a block of %zu",
				 packet->caplen, bytes.len);
	packet->data = body.data;
	packet->form = PACKET_SIMPLE;
	return true;
}

static bool read_packet(struct pcapng_source *ng, uint32_t type, struct span bytes,
			struct packet *packet, struct error *err)
{
	*packet = (struct packet){ .front = input_front(&ng->input),
				   .block = bytes,
				   .loan = &ng->input.loan,
				   .offset = ng->input.offset };
	if (type == PCAPNG_SIMPLE_PACKET
		    ? !read_simple(ng, bytes, packet, err)
		    : !read_enhanced(ng, bytes, type == PCAPNG_OLD_PACKET, packet, err))
		return false;
	packet->linktype = packet->interface->linktype;
	packet->number = ++ng->source.packets;
	if (ng->section->swapped)
		nflog_swap_read(packet, &ng->input);
	return true;
}

static void read_other(struct pcapng_source *ng, uint32_t type, struct span bytes,
		       struct block *block)
{
	uint32_t id = pcapng_u32(bytes, 8, ng->section->swapped);

	*block = (struct block){
		.kind = BLOCK_OTHER, .section = ng->section, .type = type, .bytes = bytes
	};
	if (type == PCAPNG_STATISTICS && bytes.len >= PCAPNG_STATISTICS_FIXED &&
	    id < ng->interface_count)
		block->interface = ng->interfaces[id].interface;
}

/* The file ends in front of a block, or inside one. */
static void block_is_cut(struct pcapng_source *ng, const char *want, uint32_t len,
			 struct error *err)
{
	ng->failure = err->text[0] ? source_input_state(&ng->input) : CAPTURE_TRUNCATED;
	if (!err->text[0] && input_available(&ng->input) > 0 && !ng->input.interrupted)
		error_set(err, "the file ends in the middle of a block: %zu of %s%u bytes",
			  input_available(&ng->input), want, len);
}

/* Returns the length of the next block, or 0: at the end, or with err if it is damaged. */
static uint32_t block_len(struct pcapng_source *ng, struct error *err)
{
	struct input *input = &ng->input;
	bool swapped = ng->section && ng->section->swapped;
	struct span head;
	uint32_t len;

	if (!input_require(input, PCAPNG_BLOCK_MIN, err)) {
		block_is_cut(ng, "at least ", PCAPNG_BLOCK_MIN, err);
		return 0;
	}
	head = span_of(input_data(input), PCAPNG_BLOCK_MIN);
	if (pcap_reader_begins(head)) {
		ng->failure = CAPTURE_ANOTHER;
		pcap_reader_joined(input->offset, err);
		return 0;
	}
	if (pcapng_u32(head, 0, false) == PCAPNG_SECTION && !section_order(head, &swapped, err))
		return 0;
	len = pcapng_u32(head, 4, swapped);
	if (len < PCAPNG_BLOCK_MIN || len % 4 != 0)
		error_set(err, "a block length of %u is not possible", len);
	else if (len > INPUT_MAX_RECORD)
		error_set(err, "a block of %u bytes: more than 256 MiB", len);
	else if (input_require(input, len, err))
		return len;
	else
		block_is_cut(ng, "", len, err);
	return 0;
}

static enum source_result read_block(struct pcapng_source *ng, struct span bytes,
				     struct packet *packet, struct block *block, struct error *err)
{
	bool swapped = ng->section && ng->section->swapped;
	uint32_t type = pcapng_u32(bytes, 0, swapped);
	bool good = true;

	if (type == PCAPNG_SECTION)
		good = read_section(ng, bytes, block, err);
	else if (!ng->section)
		good = error_set(err, "a block in front of any section header");
	else if (ng->passing)
		return SOURCE_BLOCK;
	else if (!same_lengths(bytes, swapped, err))
		good = false;
	else if (pcapng_is_packet(type))
		return read_packet(ng, type, bytes, packet, err) ? SOURCE_PACKET : SOURCE_ERROR;
	else if (type == PCAPNG_INTERFACE)
		good = read_interface(ng, bytes, block, err);
	else
		read_other(ng, type, bytes, block);
	return good ? SOURCE_BLOCK : SOURCE_ERROR;
}

/* Returns false, and does nothing, if next_any() has to read the block. Members are set one by one,
 * as compilers zero a whole struct more slowly. */
static inline bool next_plain(struct pcapng_source *ng, struct packet *packet)
{
	struct span ready = span_of(input_data(&ng->input), input_available(&ng->input));
	const struct pcapng_numbered *numbered;
	struct pcapng_record record;
	uint64_t ticks;

	if (!ng->section || ng->section->swapped || !span_copy(ready, 0, &record, sizeof(record)) ||
	    !pcapng_record_is_whole(&record, ready) || record.interface >= ng->interface_count)
		return false;
	numbered = &ng->interfaces[record.interface];
	ticks = (uint64_t)record.time[0] << 32 | record.time[1];
	if (ticks >= numbered->ticks_end)
		return false;
	packet->time_ns = (int64_t)(ticks * numbered->ns_per_tick);
	packet->ticks = ticks;
	packet->data = ready.data + PCAPNG_PACKET_FIXED;
	packet->front = input_front(&ng->input);
	packet->caplen = record.caplen;
	packet->len = record.len;
	packet->linktype = numbered->interface->linktype;
	packet->form = PACKET_ENHANCED;
	packet->interface = numbered->interface;
	packet->block = span_first(ready, record.block_len);
	packet->options = span_from(span_first(packet->block, record.block_len - 4),
				    PCAPNG_PACKET_FIXED + pcapng_padded(record.caplen));
	if (packet->options.len > 0)
		packet->options = option_trim(packet->options, false);
	packet->loan = &ng->input.loan;
	packet->number = ++ng->source.packets;
	packet->offset = ng->input.offset;
	ng->take = record.block_len;
	return true;
}

static enum source_result next_block(struct pcapng_source *ng, struct packet *packet,
				     struct block *block, struct error *err)
{
	uint32_t len;

	input_consume(&ng->input, ng->take);
	ng->take = 0;
	ng->failure = CAPTURE_DAMAGED;
	len = block_len(ng, err);
	if (len == 0)
		return err->text[0] ? SOURCE_ERROR : SOURCE_END;
	ng->take = len;
	return read_block(ng, span_of(input_data(&ng->input), len), packet, block, err);
}

static enum source_result pcapng_reader_ended(struct pcapng_source *ng, struct error *err)
{
	if (ng->input.interrupted)
		return SOURCE_END;
	ng->source.end.state = CAPTURE_OK;
	if (!ng->strange.text[0])
		return SOURCE_END;
	*err = ng->strange;
	error_wrap(err, "%s", ng->source.name);
	ng->source.end = (struct capture_end){ CAPTURE_DAMAGED, ng->strange_at };
	return SOURCE_ERROR;
}

/* One line tells what is damaged, and what was passed over in front of that. */
static void pcapng_reader_damaged(struct pcapng_source *ng, struct error *err)
{
	struct error damage = *err;

	ng->source.end = (struct capture_end){ ng->failure, ng->input.offset };
	if (ng->strange.text[0])
		error_set(err, "%s; in front of that, %s", damage.text, ng->strange.text);
	place_error(ng, err);
	error_wrap(err, "%s", ng->source.name);
}

static enum source_result next_any(struct pcapng_source *ng, struct packet *packet,
				   struct block *block, struct error *err)
{
	enum source_result result;

	err->text[0] = '\0';
	do
		result = next_block(ng, packet, block, err);
	while (ng->passing && result == SOURCE_BLOCK);
	if (result == SOURCE_END)
		return pcapng_reader_ended(ng, err);
	if (result != SOURCE_ERROR)
		return result;
	pcapng_reader_damaged(ng, err);
	return SOURCE_ERROR;
}

static enum source_result pcapng_reader_next(struct source *source, struct packet *packet,
					     struct block *block, struct error *err)
{
	struct pcapng_source *ng = (struct pcapng_source *)source;

	input_consume(&ng->input, ng->take);
	ng->take = 0;
	return next_plain(ng, packet) ? SOURCE_PACKET : next_any(ng, packet, block, err);
}

static void pcapng_reader_close(struct source *source)
{
	struct pcapng_source *ng = (struct pcapng_source *)source;

	arena_free(&ng->kept);
	free(ng->interfaces);
	input_close(&ng->input);
	free(ng);
}

static void pcapng_reader_shut(struct source *source)
{
	input_close(&((struct pcapng_source *)source)->input);
}

static void pcapng_reader_hooked(struct source *source)
{
	((struct pcapng_source *)source)->input.hook =
		(struct input_hook){ source->hook.before_wait, source->hook.arg };
}

static void pcapng_reader_progress(const struct source *source, struct source_progress *progress)
{
	input_progress(&((const struct pcapng_source *)source)->input, &progress->done,
		       &progress->total);
}

static const struct source_ops pcapng_reader_ops = { .next = pcapng_reader_next,
						     .close = pcapng_reader_close,
						     .shut = pcapng_reader_shut,
						     .hooked = pcapng_reader_hooked,
						     .progress = pcapng_reader_progress };

struct input *pcapng_reader_input(struct source *source)
{
	return source->ops == &pcapng_reader_ops ? &((struct pcapng_source *)source)->input : NULL;
}

void pcapng_reader_release(struct source *source, const struct pcapng_numbered **interfaces,
			   uint32_t *count)
{
	struct pcapng_source *ng = (struct pcapng_source *)source;

	input_consume(&ng->input, ng->take);
	ng->take = 0;
	*interfaces = ng->interfaces;
	*count = ng->section && !ng->section->swapped ? ng->interface_count : 0;
}

struct source *pcapng_reader_open(const char *name, struct input *input, struct error *err)
{
	struct pcapng_source *ng = calloc(1, sizeof(*ng));

	if (!ng) {
		error_errno(err, "%s", name);
		return NULL;
	}
	ng->source = (struct source){ .ops = &pcapng_reader_ops, .name = name, .format = "pcapng" };
	ng->input = *input;
	return &ng->source;
}
