/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_interface.h"
#include "capture/pcapng_writer_internal.h"

enum {
	DEFAULT_SNAPLEN = 262144,
	/* Interfaces of a section. Readers keep all of them, and packets choose those of
	 * vtap-decap: a new section begins for more, so that readers can forget them. */
	SECTION_INTERFACES_MAX = 1 << 18,
};

/* Returns room for a block of len bytes, with type and both lengths in place. */
static uint8_t *begin_block(struct pcapng_sink *ng, uint32_t type, size_t len, struct error *err)
{
	uint8_t *room = output_room(&ng->output, len, err);

	if (!room)
		return NULL;
	pcapng_writer_store32(ng, room, type);
	pcapng_writer_store32(ng, room + 4, (uint32_t)len);
	pcapng_writer_store32(ng, room + len - 4, (uint32_t)len);
	return room;
}

void pcapng_writer_store_options(const struct pcapng_sink *ng, uint8_t *at, struct span options,
				 bool swapped, enum pcapng_scope scope)
{
	if (options.len == 0)
		return;
	memcpy(at, options.data, options.len);
	if (swapped != ng->swapped)
		pcapng_swap_options((struct patch){ at, options.len }, swapped, scope);
	memset(at + options.len, 0, 4);
}

bool pcapng_writer_begin_section(struct pcapng_sink *ng, const struct section *section,
				 struct error *err)
{
	struct span options = section->options;
	size_t len = PCAPNG_SECTION_FIXED + pcapng_writer_options_size(options) + 4;
	uint8_t *room;

	ng->section = section->serial;
	ng->swapped = section->swapped;
	ng->waiting = ng->as_they_came || (ng->one_section && ng->order == INTERFACES_WITH_PACKETS);
	interface_ids_clear(&ng->ids);
	room = begin_block(ng, PCAPNG_SECTION, len, err);
	if (!room)
		return false;
	pcapng_writer_store32(ng, room + 8, PCAPNG_BYTE_ORDER);
	pcapng_writer_store16(ng, room + 12, 1);
	pcapng_writer_store16(ng, room + 14, 0);
	memset(room + 16, 0xff, 8); /* the section's length: not known in a stream */
	pcapng_writer_store_options(ng, room + PCAPNG_SECTION_FIXED, options, section->swapped,
				    SCOPE_SECTION);
	output_filled(&ng->output, len);
	return true;
}

static bool keeps_interface(const struct pcapng_sink *ng, const struct interface *interface)
{
	return ng->order == INTERFACES_AS_THEY_CAME || (interface->from_block && ng->as_they_came);
}

/* libpcap knows bare IP as 12; it refuses a file in which a second interface has 101. */
uint32_t pcapng_writer_written_linktype(const struct pcapng_sink *ng,
					const struct interface *interface)
{
	if (interface->linktype == LINK_RAW && !keeps_interface(ng, interface))
		return LINK_RAW_12;
	return interface->linktype;
}

/*
 * libpcap refuses a file whose interfaces have different snap lengths, too, and a packet that is
 * longer than that of the first: what comes behind an interface may be a datagram put together, or
 * a record of a pcap, whose snap length binds nobody.
 */
static uint32_t written_snaplen(const struct pcapng_sink *ng, const struct interface *interface)
{
	if (ng->order == INTERFACES_AS_THEY_CAME && interface->from_block)
		return interface->snaplen;
	if (ng->described)
		return ng->snaplen;
	return interface->snaplen > DEFAULT_SNAPLEN ? interface->snaplen : DEFAULT_SNAPLEN;
}

static void note_first(struct pcapng_sink *ng, uint32_t linktype, uint32_t snaplen)
{
	if (ng->ids.count == 1)
		ng->simple_snaplen = snaplen;
	if (ng->described)
		return;
	ng->described = true;
	ng->linktype = linktype;
	ng->snaplen = snaplen;
}

/* Begins a section like the last one, in which interfaces are described anew. */
static bool make_room_for_interface(struct pcapng_sink *ng, const struct interface *interface,
				    struct error *err)
{
	if (ng->ids.count < SECTION_INTERFACES_MAX)
		return true;
	ng->as_they_came = false;
	return pcapng_writer_begin_section(ng, interface->section, err);
}

static bool put_interface(struct pcapng_sink *ng, const struct interface *interface,
			  struct error *err)
{
	uint32_t linktype = pcapng_writer_written_linktype(ng, interface);
	uint32_t snaplen = written_snaplen(ng, interface);
	struct span options = interface->options;
	size_t len = PCAPNG_INTERFACE_FIXED + 4;
	uint8_t *room;

	if (!make_room_for_interface(ng, interface, err))
		return false;
	if (interface->linktype > UINT16_MAX)
		return error_set(err, "%s: link type %u: a pcapng has 16 bits for it",
				 output_label(&ng->output), interface->linktype);
	if (!interface_ids_add(&ng->ids, interface->serial, ng->ids.count))
		return error_errno(err, "%s", output_label(&ng->output));
	room = output_room(
		&ng->output,
		len + 4 + (options.len ? options.len : pcapng_interface_options_max(interface)),
		err);
	if (!room)
		return false;
	if (options.len > 0) {
		pcapng_writer_store_options(ng, room + PCAPNG_INTERFACE_FIXED, options,
					    interface->section->swapped, SCOPE_INTERFACE);
		len += options.len + 4;
	} else {
		size_t own = pcapng_interface_make_options(interface, ng->swapped,
							   room + PCAPNG_INTERFACE_FIXED);

		memset(room + PCAPNG_INTERFACE_FIXED + own, 0, 4);
		len += own ? own + 4 : 0;
	}
	begin_block(ng, PCAPNG_INTERFACE, len, err);
	pcapng_writer_store16(ng, room + 8, (uint16_t)linktype);
	pcapng_writer_store16(ng, room + 10, 0);
	pcapng_writer_store32(ng, room + 12, snaplen);
	output_filled(&ng->output, len);
	note_first(ng, linktype, snaplen);
	return true;
}

bool pcapng_writer_number_of(struct pcapng_sink *ng, const struct interface *interface,
			     uint32_t *id, struct error *err)
{
	return interface_ids_get(&ng->ids, interface->serial, id) ||
	       (put_interface(ng, interface, err) &&
		interface_ids_get(&ng->ids, interface->serial, id));
}
