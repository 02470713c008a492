/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/capture_facts.h"

#include <stdio.h>
#include <string.h>

#include "capture/compression.h"
#include "capture/pcap_reader.h"
#include "capture/source_file.h"
#include "io/input.h"

/* A capture that is being read. */
struct reading {
	struct capture_facts *facts;
	const struct interface *seen; /* that of the last packet */
	const char *source; /* name of the first interface with packets, "" if it has none */
	bool timed, mixed;
};

static const char *reading_name(const struct interface *interface)
{
	return interface->name ? interface->name : "";
}

static void reading_see_interface(struct reading *reading, const struct interface *interface)
{
	reading->seen = interface;
	if (!reading->source)
		reading->source = reading_name(interface);
	else if (strcmp(reading->source, reading_name(interface)) != 0)
		reading->mixed = true;
}

static void reading_see(struct reading *reading, const struct packet *packet)
{
	struct capture_facts *facts = reading->facts;

	facts->packets++;
	if (packet->interface != reading->seen)
		reading_see_interface(reading, packet->interface);
	if (packet->form == PACKET_SIMPLE)
		return;
	if (!reading->timed || packet->time_ns < facts->first_ns)
		facts->first_ns = packet->time_ns;
	if (!reading->timed || packet->time_ns > facts->last_ns)
		facts->last_ns = packet->time_ns;
	reading->timed = true;
}

/* Returns false where a name could not say what is in the capture. */
static bool reading_run(struct reading *reading, struct source *source, struct error *err)
{
	enum source_result result;
	struct packet packet;
	struct block block;

	while ((result = source_next(source, &packet, &block, err)) != SOURCE_END) {
		if (result == SOURCE_ERROR)
			return source->end.state == CAPTURE_TRUNCATED;
		if (result == SOURCE_PACKET)
			reading_see(reading, &packet);
		else if (block.kind == BLOCK_OTHER && block.type != PCAPNG_STATISTICS)
			reading->facts->holds_more = true;
	}
	return true;
}

/* Interfaces live until the source is closed. */
static void reading_write_source(const struct reading *reading)
{
	struct capture_facts *facts = reading->facts;

	if (reading->mixed)
		memcpy(facts->source, OBJECT_NAME_MIXED, sizeof(OBJECT_NAME_MIXED));
	else if (reading->source && *reading->source)
		object_name_source(reading->source, facts->source);
	snprintf(facts->interface, sizeof(facts->interface), "%s",
		 reading->mixed	   ? OBJECT_NAME_MIXED
		 : reading->source ? reading->source
				   : "");
}

static void reading_write_type(const struct reading *reading, const struct source *source,
			       const struct compression *compression)
{
	bool is_pcap = strcmp(source->format, "nsecpcap") == 0;

	snprintf(reading->facts->type, OBJECT_NAME_TYPE_SIZE, "%s%s",
		 is_pcap ? "pcap" : source->format, compression ? compression->ending : "");
}

/* wiretap, which knows a pcap by fewer bytes than our reader, would only say that it was cut. */
static bool capture_facts_is_cut_header(const struct source_file *file)
{
	struct span head = span_of(input_data(file->input), input_available(file->input));

	return file->foreign && pcap_reader_begins(head) && !pcap_reader_knows(head);
}

static bool capture_facts_take_cut_header(struct source_file *file, struct capture_facts *facts)
{
	memcpy(facts->type, "pcap", sizeof("pcap"));
	facts->end.state = CAPTURE_TRUNCATED;
	source_file_discard(file);
	return true;
}

bool capture_facts_read(const char *name, struct capture_facts *facts, struct error *err)
{
	struct reading reading = { .facts = facts };
	const struct compression *compression;
	struct source_file file = { 0 };
	struct source *source;
	bool good;

	*facts = (struct capture_facts){ 0 };
	if (!source_file_probe(&file, name, READER_AUTO, err)) {
		facts->end.state = file.state;
		return file.state == CAPTURE_EMPTY;
	}
	if (capture_facts_is_cut_header(&file))
		return capture_facts_take_cut_header(&file, facts);
	compression = file.compression;
	source = source_file_start(&file, err);
	if (!source) {
		facts->end.state = file.state;
		return false;
	}
	good = reading_run(&reading, source, err);
	reading_write_source(&reading);
	reading_write_type(&reading, source, compression);
	facts->compressed = compression;
	facts->end = source->end;
	source_close(source);
	return good;
}
