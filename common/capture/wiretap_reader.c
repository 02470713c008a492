/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/wiretap_reader.h"

#include <stdlib.h>
#include <unistd.h>

#include "capture/pcapng_interface.h"
#include "capture/wiretap_link.h"
#include "packet/option.h"

const struct dynload_library wiretap_library = { "wiretap", WIRETAP_SONAME, NULL };

/* A section. It lives until the source is closed. */
struct kept_section {
	struct kept_section *next;
	struct section section;
	struct wiretap_options options;
};

/* An interface with one link type. An interface of wiretap's becomes as many of these as
 * encapsulations were seen on it. */
struct typed_interface {
	struct typed_interface *next;
	int encap;
	struct interface interface;
	struct wiretap_options options;
	char *name, *description;
};

/* An interface as wiretap describes it. */
struct port {
	wtap_block_t idb;
	struct typed_interface *typed;
};

struct wiretap_source {
	struct source source;
	wtap *wth;
	struct wiretap_record record;
	bool held;		       /* record waits until the blocks in front of it were given */
	int64_t offset;		       /* of record; -1 when wiretap did not say */
	struct kept_section *sections; /* the current section first */
	unsigned section_number;
	struct port *ports; /* in the order of the file */
	size_t port_count, port_room;
	size_t first_port; /* of the current section */
	struct port loose; /* for packets without a described interface */
	struct wiretap_link *links;
	size_t link_count, link_room;
	struct block *blocks; /* to be given before record */
	size_t block_count, block_room, blocks_given;
	struct wiretap_options options; /* of record */
};

/* Makes room for one more element. Returns NULL and sets err if there is no memory. */
static void *room_for(void *array, size_t count, size_t *room, size_t size, struct error *err)
{
	size_t more = *room ? *room * 2 : 8;

	if (count < *room)
		return array;
	array = realloc(array, more * size);
	if (array)
		*room = more;
	else
		error_errno(err, "descriptions of interfaces");
	return array;
}

static bool announce(struct wiretap_source *wt, enum block_kind kind,
		     const struct interface *interface, struct error *err)
{
	void *blocks =
		room_for(wt->blocks, wt->block_count, &wt->block_room, sizeof(*wt->blocks), err);

	if (!blocks)
		return false;
	wt->blocks = blocks;
	wt->blocks[wt->block_count++] = (struct block){ .kind = kind,
							.section = &wt->sections->section,
							.interface = interface };
	return true;
}

static bool add_section(struct wiretap_source *wt, unsigned number, struct error *err)
{
	struct kept_section *section = calloc(1, sizeof(*section));

	if (!section)
		return error_errno(err, "section");
	section->section.serial = packet_serial();
	section->section.options =
		wiretap_options(&section->options, wiretap.wtap_file_get_shb(wt->wth, number));
	section->next = wt->sections;
	wt->sections = section;
	wt->section_number = number;
	wt->first_port = wt->port_count;
	return announce(wt, BLOCK_SECTION, NULL, err);
}

static struct wiretap_link *link_of(struct wiretap_source *wt, int encap, struct error *err)
{
	void *links;

	for (size_t i = 0; i < wt->link_count; i++)
		if (wt->links[i].encap == encap)
			return &wt->links[i];
	links = room_for(wt->links, wt->link_count, &wt->link_room, sizeof(*wt->links), err);
	if (!links)
		return NULL;
	wt->links = links;
	if (!wiretap_link_open(&wt->links[wt->link_count], encap, err))
		return NULL;
	return &wt->links[wt->link_count++];
}

static char *text_of(wtap_block_t idb, unsigned code)
{
	char *text;

	if (wiretap.wtap_block_get_string_option_value(idb, code, &text) == WTAP_OPTTYPE_SUCCESS)
		return strdup(text);
	return NULL;
}

static void describe_typed_interface(struct typed_interface *typed, wtap_block_t idb)
{
	const wtapng_if_descr_mandatory_t *fixed = wiretap.wtap_block_get_mandatory_data(idb);
	struct interface *interface = &typed->interface;
	struct pcapng_option option;
	struct span rest;

	typed->name = text_of(idb, OPT_IDB_NAME);
	typed->description = text_of(idb, OPT_IDB_DESCRIPTION);
	interface->name = typed->name;
	interface->description = typed->description;
	interface->snaplen = fixed->snap_len;
	if (fixed->time_units_per_second > 0)
		interface->ticks_per_s = fixed->time_units_per_second;
	interface->options = wiretap_options(&typed->options, idb);
	rest = interface->options;
	while (option_next(&rest, false, &option)) {
		if (option.code == OPTION_IF_TSOFFSET)
			span_copy(option.value, 0, &interface->offset_s, sizeof(int64_t));
		if (option.code == OPTION_IF_FCSLEN)
			interface->fcs_len = pcapng_interface_fcs_len(option.value);
	}
}

static struct typed_interface *add_typed_interface(struct wiretap_source *wt, struct port *port,
						   int encap, struct error *err)
{
	struct wiretap_link *link = link_of(wt, encap, err);
	struct typed_interface *typed;

	if (!link)
		return NULL;
	typed = calloc(1, sizeof(*typed));
	if (!typed) {
		error_errno(err, "interface");
		return NULL;
	}
	typed->encap = encap;
	typed->interface = (struct interface){ .serial = packet_serial(),
					       .section = &wt->sections->section,
					       .linktype = link->linktype,
					       .ticks_per_s = 1000000000 };
	if (port != &wt->loose)
		typed->interface.id = (uint32_t)(port - wt->ports - wt->first_port);
	if (port->idb)
		describe_typed_interface(typed, port->idb);
	typed->next = port->typed;
	port->typed = typed;
	return announce(wt, BLOCK_INTERFACE, &typed->interface, err) ? typed : NULL;
}

/* An interface whose packets may be of any kind is announced with the first of each. */
static bool add_ports(struct wiretap_source *wt, struct error *err)
{
	const wtapng_if_descr_mandatory_t *fixed;
	wtap_block_t idb;
	struct port *port;
	void *ports;

	while ((idb = wiretap.wtap_get_next_interface_description(wt->wth))) {
		ports = room_for(wt->ports, wt->port_count, &wt->port_room, sizeof(*wt->ports),
				 err);
		if (!ports)
			return false;
		wt->ports = ports;
		port = &wt->ports[wt->port_count++];
		*port = (struct port){ .idb = idb };
		fixed = wiretap.wtap_block_get_mandatory_data(idb);
		/* wiretap takes this for what it cannot count, which the native reader refuses. */
		if (fixed->time_units_per_second == UINT64_MAX)
			return error_set(err, "interface: its time resolution is beyond 64 bits");
		if (fixed->wtap_encap > 0 && !add_typed_interface(wt, port, fixed->wtap_encap, err))
			return false;
	}
	return true;
}

/*
 * wiretap 4.0 numbers interfaces anew in each section, but lists those of all sections. Those that
 * are new at the first packet of a section are taken for that section's.
 */
static bool wiretap_reader_describe(struct wiretap_source *wt, struct error *err)
{
	const wtap_rec *rec = &wt->record.rec;

	if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER &&
	    rec->section_number > wt->section_number && !add_section(wt, rec->section_number, err))
		return false;
	return add_ports(wt, err);
}

static struct typed_interface *typed_interface_of(struct wiretap_source *wt, struct error *err)
{
	const wtap_rec *rec = &wt->record.rec;
	struct port *port = &wt->loose;
	int encap = rec->rec_header.packet_header.pkt_encap;
	size_t id = 0;

	if (rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		id = rec->rec_header.packet_header.interface_id;
	if (id < wt->port_count - wt->first_port)
		port = &wt->ports[wt->first_port + id];
	for (struct typed_interface *typed = port->typed; typed; typed = typed->next)
		if (typed->encap == encap)
			return typed;
	return add_typed_interface(wt, port, encap, err);
}

/* Reads up to the next packet or the end; what else there is in a capture is counted. */
static bool wiretap_reader_hold_packet(struct wiretap_source *wt, struct error *err)
{
	while (!wt->held) {
		wt->offset = -1;
		if (!wiretap_read(wt->wth, &wt->record, &wt->offset, &wt->source.end.state, err))
			return !err->text[0] && add_ports(wt, err);
		wt->held = wt->record.rec.rec_type == REC_TYPE_PACKET;
		wt->source.skipped += !wt->held;
		if (!wiretap_reader_describe(wt, err) || (wt->held && !typed_interface_of(wt, err)))
			return false;
	}
	return true;
}

static int64_t time_of(const wtap_rec *rec)
{
	int64_t seconds = rec->ts.secs;

	if (!(rec->presence_flags & WTAP_HAS_TS))
		return 0;
	if (seconds > INT64_MAX / 1000000000 - 1)
		return INT64_MAX;
	if (seconds < INT64_MIN / 1000000000 + 1)
		return INT64_MIN;
	return seconds * 1000000000 + rec->ts.nsecs;
}

/*
 * Ticks are rounded to the nearest: wiretap cuts its nanoseconds off finer ticks and, for NetXray
 * files, off floating-point numbers.
 */
static void wiretap_reader_stamp(struct packet *packet, const struct interface *interface,
				 int64_t time_ns)
{
	packet->time_ns = time_ns;
	if (time_ns >= 0 && time_ns < INT64_MAX - 1000000000)
		packet->time_ns += (int64_t)(500000000 / interface->ticks_per_s);
	packet_move(packet, interface);
	packet->time_ns = packet->ticks > 0 ? packet_time_ns(interface, packet->ticks) : time_ns;
}

static bool wiretap_reader_give_packet(struct wiretap_source *wt, struct packet *packet,
				       struct error *err)
{
	struct typed_interface *typed = typed_interface_of(wt, err);
	struct wiretap_link *link = typed ? link_of(wt, typed->encap, err) : NULL;

	wt->held = false;
	*packet = (struct packet){ .number = wt->source.packets + 1,
				   .offset = wt->offset < 0 ? 0 : (uint64_t)wt->offset };
	if (!link || !wiretap_link_restore(link, &wt->record, packet, err))
		return false;
	packet->options = wiretap_options(&wt->options, wt->record.rec.block);
	wiretap_reader_stamp(packet, &typed->interface, time_of(&wt->record.rec));
	wt->source.packets++;
	return true;
}

static enum source_result wiretap_reader_damaged(struct wiretap_source *wt, struct error *err)
{
	if (wt->source.end.state == CAPTURE_NOT_READ)
		wt->source.end.state = CAPTURE_DAMAGED;
	wt->source.end.at = wt->offset >= 0 ? (uint64_t)wt->offset : 0;
	if (wt->offset >= 0)
		error_wrap(err, "offset %lld", (long long)wt->offset);
	error_wrap(err, "%s: packet %llu", wt->source.name,
		   (unsigned long long)wt->source.packets + 1);
	return SOURCE_ERROR;
}

static enum source_result wiretap_reader_next(struct source *source, struct packet *packet,
					      struct block *block, struct error *err)
{
	struct wiretap_source *wt = (struct wiretap_source *)source;

	err->text[0] = '\0';
	if (wt->blocks_given == wt->block_count && !wiretap_reader_hold_packet(wt, err))
		return wiretap_reader_damaged(wt, err);
	if (wt->blocks_given < wt->block_count) {
		*block = wt->blocks[wt->blocks_given++];
		return SOURCE_BLOCK;
	}
	wt->blocks_given = wt->block_count = 0;
	if (!wt->held) {
		wt->source.end.state = CAPTURE_OK;
		return SOURCE_END;
	}
	return wiretap_reader_give_packet(wt, packet, err) ? SOURCE_PACKET
							   : wiretap_reader_damaged(wt, err);
}

static void free_typed_interfaces(struct typed_interface *typed)
{
	while (typed) {
		struct typed_interface *next = typed->next;

		free(typed->options.data);
		free(typed->name);
		free(typed->description);
		free(typed);
		typed = next;
	}
}

static void free_sections(struct kept_section *section)
{
	while (section) {
		struct kept_section *next = section->next;

		free(section->options.data);
		free(section);
		section = next;
	}
}

static void wiretap_reader_close(struct source *source)
{
	struct wiretap_source *wt = (struct wiretap_source *)source;

	for (size_t i = 0; i < wt->port_count; i++)
		free_typed_interfaces(wt->ports[i].typed);
	free_typed_interfaces(wt->loose.typed);
	for (size_t i = 0; i < wt->link_count; i++)
		wiretap_link_close(&wt->links[i]);
	free_sections(wt->sections);
	free(wt->ports);
	free(wt->links);
	free(wt->blocks);
	free(wt->options.data);
	wiretap_record_free(&wt->record);
	if (wt->wth)
		wiretap_close(wt->wth);
	free(wt);
}

static void wiretap_reader_shut(struct source *source)
{
	struct wiretap_source *wt = (struct wiretap_source *)source;

	wiretap_close(wt->wth);
	wt->wth = NULL;
}

/* Of a compressed file, both count its compressed bytes. */
static void wiretap_reader_progress(const struct source *source, struct source_progress *progress)
{
	wtap *wth = ((const struct wiretap_source *)source)->wth;
	int64_t done = wiretap.wtap_read_so_far(wth), total = wiretap.wtap_file_size(wth, NULL);

	progress->done += done > 0 ? (uint64_t)done : 0;
	progress->total += total > 0 ? (uint64_t)total : 0;
}

static const struct source_ops wiretap_reader_ops = { .next = wiretap_reader_next,
						      .close = wiretap_reader_close,
						      .shut = wiretap_reader_shut,
						      .progress = wiretap_reader_progress };

bool wiretap_reader_load(struct error *err)
{
	return wiretap_start(err);
}

bool wiretap_reader_loaded(void)
{
	return wiretap.wtap_init;
}

struct source *wiretap_reader_open(const char *name, int fd, struct error *err)
{
	wtap *wth = wiretap_open(fd, err);
	struct wiretap_source *wt;
	int type;

	close(fd);
	if (!wth) {
		error_wrap(err, "%s", name);
		return NULL;
	}
	wt = calloc(1, sizeof(*wt));
	if (!wt) {
		error_errno(err, "%s", name);
		wiretap_close(wth);
		return NULL;
	}
	type = wiretap.wtap_file_type_subtype(wth);
	wt->source = (struct source){ .ops = &wiretap_reader_ops,
				      .name = name,
				      .format = wiretap.wtap_dump_can_open(type)
							? wiretap.wtap_file_type_subtype_name(type)
							: "pcapng" };
	wt->wth = wth;
	wiretap_record_init(&wt->record);
	if (!add_section(wt, 0, err) || !add_ports(wt, err)) {
		error_wrap(err, "%s", name);
		wiretap_reader_close(&wt->source);
		return NULL;
	}
	return &wt->source;
}
