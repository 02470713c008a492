/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcap_writer.h"

#include <stdlib.h>

#include "capture/pcap_record.h"
#include "io/output.h"

enum { DEFAULT_SNAPLEN = 262144 };

struct pcap_sink {
	struct sink sink;
	const struct interface *same; /* the last interface found to have the times and the FCS of
				 this file */
	enum pcap_precision precision;
	bool begun;	  /* the file header is written */
	bool of_pcap;	  /* all packets are of one input, a pcap */
	bool limited;	  /* the largest snaplen met holds for later packets, too */
	uint32_t snaplen; /* the largest of the interfaces met; 0: none of them has any */
	uint32_t linktype, linktype_flags;
	bool described; /* an interface was met: linktype is known */
	bool finer;	/* some interface has finer times than microseconds */
	bool nano;	/* the file has nanoseconds */
	bool borrow;
	bool without_fcs;  /* the file has no frame check sequences */
	uint32_t fcs_len;  /* bytes of the frame check sequence of each packet in the file */
	int64_t second_ns; /* the whole second of the last packet; 0: none yet */
	uint32_t second;
	struct output output;
};

/* Bare IP is 12 in pcapng, for libpcap's sake (capture/pcapng_writer.c), and 101 in pcap; a pcap
 * that has 12 keeps it. */
static uint32_t pcap_writer_linktype(const struct interface *interface, uint32_t linktype)
{
	return interface->from_block ? linktype_one_raw(linktype) : linktype;
}

static uint32_t pcap_writer_flags(const struct pcap_sink *pcap, const struct interface *interface)
{
	uint32_t flags = interface->linktype_flags;

	return pcap->without_fcs ? flags & ~(PCAP_FCS_FLAG | PCAP_FCS_LEN) : flags;
}

static void pcap_writer_describe(struct pcap_sink *pcap, const struct interface *interface)
{
	if (!pcap->described) {
		pcap->linktype = pcap_writer_linktype(interface, interface->linktype);
		pcap->linktype_flags = pcap_writer_flags(pcap, interface);
	}
	pcap->described = true;
	pcap->finer |= packet_is_finer_than_micro(interface->ticks_per_s);
	if (interface->snaplen > pcap->snaplen)
		pcap->snaplen = interface->snaplen;
}

static bool pcap_writer_begin_file(struct pcap_sink *pcap, struct error *err)
{
	bool nano =
		pcap->precision == PCAP_NANO || (pcap->precision == PCAP_AS_INPUT && pcap->finer);

	if (pcap->snaplen == 0 || (!pcap->limited && pcap->snaplen < DEFAULT_SNAPLEN))
		pcap->snaplen = DEFAULT_SNAPLEN;
	pcap->nano = nano;
	pcap->begun = true;
	struct pcap_file_header head = { .magic = nano ? PCAP_MAGIC_NANO : PCAP_MAGIC_MICRO,
					 .major = 2,
					 .minor = 4,
					 .snaplen = pcap->snaplen,
					 .linktype = pcap->linktype | pcap->linktype_flags };

	return output_write(&pcap->output, &head, sizeof(head), err);
}

/*
 * The first packet decides the link type of the file, and whether its head tells of frame check
 * sequences: only if it comes from a pcap whose head does. Other interfaces may follow, with a
 * larger snaplen, and libpcap cuts or refuses records that are longer than the file says. Only a
 * pcap has one interface, which has no name: what tools make of packets is on interfaces with
 * names.
 */
static bool pcap_writer_begin_with(struct pcap_sink *pcap, const struct packet *packet,
				   struct error *err)
{
	pcap_writer_describe(pcap, packet->interface);
	pcap->linktype_flags = pcap_writer_flags(pcap, packet->interface);
	pcap->fcs_len = pcap_record_fcs_len(pcap->linktype_flags);
	pcap->linktype = pcap_writer_linktype(packet->interface, packet->linktype);
	pcap->limited = pcap->of_pcap && !packet->interface->name;
	return pcap_writer_begin_file(pcap, err);
}

/* Seconds are 32 bits, unsigned: 1970 to 2106. Times outside become the nearest that fits. */
static void pcap_writer_stamp_second(struct pcap_sink *pcap, int64_t time_ns, uint32_t *seconds,
				     uint32_t *part)
{
	uint64_t whole = time_ns < 0 ? 0 : (uint64_t)time_ns;
	uint64_t s = whole / 1000000000;
	uint32_t ns = (uint32_t)(whole % 1000000000);

	if (time_ns >= 0 && s <= UINT32_MAX) {
		pcap->second_ns = time_ns - ns;
		pcap->second = (uint32_t)s;
	}
	if (s > UINT32_MAX) {
		s = UINT32_MAX;
		ns = 999999999;
	}
	*seconds = (uint32_t)s;
	*part = pcap->nano ? ns : ns / 1000;
	pcap->sink.timestamps_clamped +=
		s * 1000000000 + (pcap->nano ? *part : *part * 1000) != (uint64_t)time_ns;
}

/* Most packets are in the second of the packet before: no division is needed. */
static inline void pcap_writer_stamp(struct pcap_sink *pcap, int64_t time_ns, uint32_t *seconds,
				     uint32_t *part)
{
	uint64_t ns = (uint64_t)time_ns - (uint64_t)pcap->second_ns;

	if (ns >= 1000000000 || pcap->second_ns == 0) {
		pcap_writer_stamp_second(pcap, time_ns, seconds, part);
		return;
	}
	*seconds = pcap->second;
	*part = pcap->nano ? (uint32_t)ns : (uint32_t)ns / 1000;
	pcap->sink.timestamps_clamped += !pcap->nano && *part * 1000 != ns;
}

/* Returns true if the record can be copied but for its len. A record of a pcap has no options, so
 * its interface alone tells its frame check sequence. */
static inline bool pcap_writer_can_copy(struct pcap_sink *pcap, const struct packet *packet)
{
	const struct interface *interface = packet->interface;

	if (packet->block.len == 0 || packet->form != PACKET_PLAIN)
		return false;
	if (interface == pcap->same)
		return true;
	if (interface->ticks_per_s != (pcap->nano ? 1000000000 : 1000000) ||
	    interface->offset_s != 0 || interface->fcs_len != pcap->fcs_len)
		return false;
	pcap->same = interface;
	return true;
}

static bool pcap_writer_copy(struct pcap_sink *pcap, const struct packet *packet, struct error *err)
{
	struct span record = packet->block;
	uint8_t *copy = NULL;

	if (pcap->borrow)
		copy = output_borrow(&pcap->output, packet->loan, record);
	if (!copy) {
		copy = output_room(&pcap->output, record.len, err);
		if (!copy)
			return false;
		memcpy(copy, record.data, record.len);
		output_filled(&pcap->output, record.len);
	}
	pcap_record_set_len(copy, packet->len);
	return true;
}

SPAN_INLINE bool pcap_writer_build(struct pcap_sink *pcap, const struct packet *packet,
				   struct error *err)
{
	struct pcap_record record = { .caplen = packet->caplen, .len = packet->len };
	uint8_t *room = output_room(&pcap->output, sizeof(record) + packet->caplen, err);

	if (!room)
		return false;
	pcap_writer_stamp(pcap, packet->time_ns, &record.seconds, &record.fraction);
	pcap->sink.simple_enhanced += packet->form == PACKET_SIMPLE;
	pcap_record_write(room, &record);
	memcpy(room + sizeof(record), packet->data, packet->caplen);
	output_filled(&pcap->output, sizeof(record) + packet->caplen);
	return true;
}

/*
 * Readers take the length of the frame check sequence in the file's head for that of each packet. A
 * packet without one gets the length that it has with one, which was not captured.
 */
__attribute__((noinline, cold)) static bool
pcap_writer_put_other_fcs(struct pcap_sink *pcap, const struct packet *packet, struct error *err)
{
	struct packet fitted = *packet;
	uint32_t fcs_len = packet_fcs_len(packet);

	if (fcs_len > pcap->fcs_len) {
		packet_shorten(&fitted, fcs_len - pcap->fcs_len);
		pcap->sink.fcs_removed++;
	} else if (fitted.len <= UINT32_MAX - pcap->fcs_len) {
		fitted.len += pcap->fcs_len - fcs_len;
	}
	return pcap_writer_build(pcap, &fitted, err);
}

static bool pcap_writer_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	struct pcap_sink *pcap = (struct pcap_sink *)sink;

	if (!pcap->begun && !pcap_writer_begin_with(pcap, packet, err))
		return false;
	if (packet->linktype != pcap->linktype &&
	    linktype_one_raw(packet->linktype) != linktype_one_raw(pcap->linktype))
		return sink_refuse(packet, output_label(&pcap->output), "pcap", pcap->linktype,
				   err);
	if (pcap_writer_can_copy(pcap, packet))
		return pcap_writer_copy(pcap, packet, err);
	if (packet_fcs_len(packet) != pcap->fcs_len)
		return pcap_writer_put_other_fcs(pcap, packet, err);
	return pcap_writer_build(pcap, packet, err);
}

static bool pcap_writer_block(struct sink *sink, const struct block *block, struct error *err)
{
	struct pcap_sink *pcap = (struct pcap_sink *)sink;

	(void)err;
	if (block->kind == BLOCK_INTERFACE)
		pcap_writer_describe(pcap, block->interface);
	sink->blocks_dropped += block->kind == BLOCK_OTHER;
	return true;
}

static bool pcap_writer_flush(struct sink *sink, struct error *err)
{
	return output_flush(&((struct pcap_sink *)sink)->output, err);
}

static bool pcap_writer_close(struct sink *sink, bool complete, struct error *err)
{
	struct pcap_sink *pcap = (struct pcap_sink *)sink;
	bool good = true;

	if (!pcap->described)
		pcap->linktype = LINK_ETHERNET;
	if (!pcap->begun && !pcap->output.failed)
		good = pcap_writer_begin_file(pcap, err);
	good = output_close(&pcap->output, complete && good, err) && good;
	free(pcap);
	return good;
}

static struct output *pcap_writer_get_output(struct sink *sink)
{
	return &((struct pcap_sink *)sink)->output;
}

static const struct sink_ops pcap_writer_ops = { .put = pcap_writer_put,
						 .block = pcap_writer_block,
						 .flush = pcap_writer_flush,
						 .close = pcap_writer_close,
						 .output = pcap_writer_get_output };

struct output *pcap_writer_output(struct sink *sink)
{
	return sink->ops == &pcap_writer_ops ? pcap_writer_get_output(sink) : NULL;
}

bool pcap_writer_takes(const struct sink *sink, uint64_t ticks_per_s, uint32_t *linktype)
{
	const struct pcap_sink *pcap = (const struct pcap_sink *)sink;

	*linktype = pcap->linktype;
	return pcap->begun && ticks_per_s == (pcap->nano ? 1000000000U : 1000000U);
}

static bool is_of_pcap(const struct sink_config *config)
{
	return !config->one_section && config->fallback &&
	       (strcmp(config->fallback, "pcap") == 0 || strcmp(config->fallback, "nsecpcap") == 0);
}

struct sink *pcap_writer_open(const struct sink_config *config, enum pcap_precision precision,
			      struct error *err)
{
	struct pcap_sink *pcap = calloc(1, sizeof(*pcap));

	if (!pcap) {
		error_errno(err, "%s", config->name);
		return NULL;
	}
	if (!output_open(&pcap->output, config->name, config->manner, err)) {
		free(pcap);
		return NULL;
	}
	output_compress(&pcap->output, config->encode);
	output_sync(&pcap->output, config->sync);
	pcap->sink = (struct sink){ .ops = &pcap_writer_ops, .name = config->name };
	pcap->precision = precision;
	pcap->borrow = config->borrow;
	pcap->without_fcs = config->without_fcs;
	pcap->of_pcap = is_of_pcap(config);
	pcap->limited = true;
	return &pcap->sink;
}
