/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcap_reader.h"

#include <stdlib.h>

#include "capture/nflog_swap.h"
#include "capture/pcap_record.h"
#include "packet/pcapng.h"

enum { FILE_HEADER = sizeof(struct pcap_file_header), RECORD_HEADER = sizeof(struct pcap_record) };

struct pcap_source {
	struct source source;
	struct input input;
	struct section section;
	struct interface interface;
	bool swapped;
	bool native; /* section and interface were given, and numbers need no swap */
	uint32_t ns_per_tick;
	unsigned blocks; /* 0: none given; 1: the section; 2: the interface, too */
	size_t take;	 /* bytes of the record given last, consumed at the next call */
};

/* Returns the ticks a second that the magic number says, or 0 if it is no pcap. */
static uint32_t pcap_reader_magic(struct span head, bool *swapped)
{
	for (int i = 0; i < 2; i++) {
		*swapped = i == 1;
		if (pcapng_u32(head, 0, *swapped) == PCAP_MAGIC_MICRO)
			return 1000000;
		if (pcapng_u32(head, 0, *swapped) == PCAP_MAGIC_NANO)
			return 1000000000;
	}
	return 0;
}

/* The two 16-bit numbers of the version are read as one of 32 bits. */
bool pcap_reader_begins(struct span head)
{
	const uint32_t little = 4 << 16 | 2, big = 2 << 16 | 4;
	bool swapped, host_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	if (head.len < offsetof(struct pcap_file_header, zone) ||
	    !pcap_reader_magic(head, &swapped))
		return false;
	return pcapng_u32(head, offsetof(struct pcap_file_header, major), swapped) ==
	       (host_little != swapped ? little : big);
}

bool pcap_reader_knows(struct span head)
{
	return head.len >= FILE_HEADER && pcap_reader_begins(head);
}

void pcap_reader_joined(uint64_t offset, struct error *err)
{
	error_set(err,
		  "another capture at byte %llu, joined by cat: join captures with mergecap -a",
		  (unsigned long long)offset);
}

static enum source_result pcap_reader_give_block(struct pcap_source *pcap, struct block *block)
{
	*block = (struct block){ .kind = pcap->blocks == 0 ? BLOCK_SECTION : BLOCK_INTERFACE,
				 .section = &pcap->section,
				 .interface = &pcap->interface };
	pcap->blocks++;
	pcap->native = pcap->blocks == 2 && !pcap->swapped;
	return SOURCE_BLOCK;
}

static enum source_result pcap_reader_damaged(struct pcap_source *pcap, enum capture_state state,
					      struct error *err)
{
	pcap->source.end = (struct capture_end){ state, pcap->input.offset };
	error_wrap(err, "%s: packet %llu: offset %llu", pcap->source.name,
		   (unsigned long long)pcap->source.packets + 1,
		   (unsigned long long)pcap->input.offset);
	return SOURCE_ERROR;
}

/* The file ends where a record should begin, or inside one. */
static enum source_result pcap_reader_ended(struct pcap_source *pcap, size_t want,
					    struct error *err)
{
	const struct input *input = &pcap->input;

	if (err->text[0])
		return pcap_reader_damaged(pcap, source_input_state(input), err);
	if (input_available(input) == 0 || input->interrupted) {
		if (!input->interrupted)
			pcap->source.end.state = CAPTURE_OK;
		return SOURCE_END;
	}
	error_set(err, "the file ends in the middle of a record: %zu of %zu bytes",
		  input_available(input), want);
	return pcap_reader_damaged(pcap, CAPTURE_TRUNCATED, err);
}

/* Members are set one by one: compilers zero a whole struct more slowly. */
static inline enum source_result pcap_reader_give_packet(struct pcap_source *pcap,
							 const struct pcap_record *record,
							 struct packet *packet)
{
	const struct interface *interface = &pcap->interface;
	const uint8_t *start = input_data(&pcap->input);

	pcap->take = RECORD_HEADER + (size_t)record->caplen;
	packet->time_ns = (int64_t)record->seconds * 1000000000 +
			  (int64_t)record->fraction * pcap->ns_per_tick;
	packet->ticks = record->seconds * interface->ticks_per_s + record->fraction;
	packet->data = start + RECORD_HEADER;
	packet->front = input_front(&pcap->input);
	packet->caplen = record->caplen;
	packet->len = record->len;
	packet->linktype = interface->linktype;
	packet->form = PACKET_PLAIN;
	packet->interface = interface;
	packet->options = span_of(NULL, 0);
	packet->block = span_of(start, pcap->take);
	packet->loan = &pcap->input.loan;
	packet->number = ++pcap->source.packets;
	packet->offset = pcap->input.offset;
	return SOURCE_PACKET;
}

/* For the start of a file, the other byte order, records that must be read first, and damage. */
static enum source_result pcap_reader_next_slow(struct pcap_source *pcap, struct packet *packet,
						struct block *block, struct error *err)
{
	struct pcap_record record = { 0 };
	struct span head;
	size_t want;

	if (pcap->blocks < 2)
		return pcap_reader_give_block(pcap, block);
	if (!input_require(&pcap->input, RECORD_HEADER, err))
		return pcap_reader_ended(pcap, RECORD_HEADER, err);
	head = span_of(input_data(&pcap->input), RECORD_HEADER);
	if (pcap_reader_begins(head) || pcapng_begins(head)) {
		pcap_reader_joined(pcap->input.offset, err);
		return pcap_reader_damaged(pcap, CAPTURE_ANOTHER, err);
	}
	span_copy(head, 0, &record, RECORD_HEADER);
	if (pcap->swapped)
		pcap_record_swap(&record);
	if (record.caplen > INPUT_MAX_RECORD) {
		error_set(err, "a record of %u bytes: more than 256 MiB", record.caplen);
		return pcap_reader_damaged(pcap, CAPTURE_DAMAGED, err);
	}
	want = RECORD_HEADER + (size_t)record.caplen;
	if (!input_require(&pcap->input, want, err))
		return pcap_reader_ended(pcap, want, err);
	pcap_reader_give_packet(pcap, &record, packet);
	if (pcap->swapped)
		nflog_swap_read(packet, &pcap->input);
	if (pcap->swapped || record.fraction >= pcap->interface.ticks_per_s)
		packet_changed(packet);
	return SOURCE_PACKET;
}

static enum source_result pcap_reader_next(struct source *source, struct packet *packet,
					   struct block *block, struct error *err)
{
	struct pcap_source *pcap = (struct pcap_source *)source;
	struct pcap_record record;
	struct span ready, whole;

	input_consume(&pcap->input, pcap->take);
	pcap->take = 0;
	ready = span_of(input_data(&pcap->input), input_available(&pcap->input));
	if (pcap->native &&
	    pcap_record_find(ready, 0, pcap->interface.ticks_per_s, &record, &whole) &&
	    record.caplen <= INPUT_MAX_RECORD)
		return pcap_reader_give_packet(pcap, &record, packet);
	return pcap_reader_next_slow(pcap, packet, block, err);
}

static void pcap_reader_close(struct source *source)
{
	struct pcap_source *pcap = (struct pcap_source *)source;

	input_close(&pcap->input);
	free(pcap);
}

static void pcap_reader_shut(struct source *source)
{
	input_close(&((struct pcap_source *)source)->input);
}

static void pcap_reader_hooked(struct source *source)
{
	((struct pcap_source *)source)->input.hook =
		(struct input_hook){ source->hook.before_wait, source->hook.arg };
}

static void pcap_reader_progress(const struct source *source, struct source_progress *progress)
{
	input_progress(&((const struct pcap_source *)source)->input, &progress->done,
		       &progress->total);
}

static const struct source_ops pcap_reader_ops = { .next = pcap_reader_next,
						   .close = pcap_reader_close,
						   .shut = pcap_reader_shut,
						   .hooked = pcap_reader_hooked,
						   .progress = pcap_reader_progress };

struct input *pcap_reader_input(struct source *source, const struct interface **interface)
{
	struct pcap_source *pcap = (struct pcap_source *)source;

	if (source->ops != &pcap_reader_ops || pcap->swapped)
		return NULL;
	*interface = &pcap->interface;
	return &pcap->input;
}

void pcap_reader_release(struct source *source)
{
	struct pcap_source *pcap = (struct pcap_source *)source;

	input_consume(&pcap->input, pcap->take);
	pcap->take = 0;
}

struct source *pcap_reader_open(const char *name, struct input *input, struct error *err)
{
	struct pcap_source *pcap = calloc(1, sizeof(*pcap));
	struct span head = span_of(input_data(input), FILE_HEADER);
	uint32_t ticks_per_s, link;

	if (!pcap) {
		error_errno(err, "%s", name);
		return NULL;
	}
	ticks_per_s = pcap_reader_magic(head, &pcap->swapped);
	link = pcapng_u32(head, offsetof(struct pcap_file_header, linktype), pcap->swapped);
	pcap->ns_per_tick = ticks_per_s == 1000000 ? 1000 : 1;
	pcap->section = (struct section){ .serial = packet_serial() };
	pcap->interface = (struct interface){
		.serial = packet_serial(),
		.section = &pcap->section,
		.linktype = link & PCAP_LINKTYPE,
		.linktype_flags = link & ~PCAP_LINKTYPE,
		.fcs_len = pcap_record_fcs_len(link),
		.snaplen =
			pcapng_u32(head, offsetof(struct pcap_file_header, snaplen), pcap->swapped),
		.ticks_per_s = ticks_per_s
	};
	pcap->source = (struct source){ .ops = &pcap_reader_ops,
					.name = name,
					.format = ticks_per_s == 1000000 ? "pcap" : "nsecpcap" };
	input_consume(input, FILE_HEADER);
	pcap->input = *input;
	return &pcap->source;
}
