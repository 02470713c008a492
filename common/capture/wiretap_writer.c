/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/wiretap_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/wiretap_link.h"
#include "io/output.h"

/* Bytes of the memory file after which it is copied to the output; of a record's header, about. */
enum { RELAY_BLOCK = 64 << 10, RECORD_HEAD = 32 };

struct wiretap_sink {
	struct sink sink;
	struct output output; /* writes what wiretap wrote to memory; if there is no memory file,
				 it only opens and renames the file */
	int memory; /* descriptor of a memory file for wiretap; -1 if the format goes back to its
		       header, so that wiretap writes to the output's file itself */
	size_t unrelayed; /* bytes, about, that are in memory and not yet in the output */
	const char *format;
	int type;	  /* wiretap's number of the format */
	uint32_t unit_ns; /* of the format's times */
	wtap_dumper *dumper;
	bool failed;
	bool per_packet; /* the format holds packets of several link types */
	bool described;	 /* an interface or packet was met: linktype is set */
	uint32_t linktype;
	int encap; /* of linktype */
	struct wiretap_record record;
};

static void wiretap_writer_set_linktype(struct wiretap_sink *wt, uint32_t linktype)
{
	wt->described = true;
	wt->linktype = linktype;
	wt->encap = wiretap.wtap_pcap_encap_to_wtap_encap((int)linktype);
}

static bool wiretap_writer_fail(struct wiretap_sink *wt, struct error *err)
{
	wt->failed = true;
	return error_wrap(err, "%s", output_label(&wt->output));
}

/*
 * wiretap gives up if a write is interrupted or a pipe is full, so its bytes pass through memory to
 * an output, which does not. Only formats that it can compress never go back to their header.
 */
static bool open_memory(struct wiretap_sink *wt, struct error *err)
{
	if (!wiretap.wtap_dump_can_compress(wt->type))
		return true;
	wt->memory = memfd_create("vtap", MFD_CLOEXEC);
	if (wt->memory >= 0)
		return true;
	error_errno(err, "memory file");
	return wiretap_writer_fail(wt, err);
}

/* Copies at most *len bytes of the memory file to the output, and sets *len to their number. */
static bool relay_part(struct wiretap_sink *wt, off_t at, size_t *len, struct error *err)
{
	uint8_t *room = output_room(&wt->output, *len, err);
	ssize_t n;

	if (!room)
		return false;
	errno = EIO; /* for a memory file that ends early */
	n = TEMP_FAILURE_RETRY(pread(wt->memory, room, *len, at));
	if (n <= 0) {
		error_errno(err, "memory file");
		return error_wrap(err, "%s", output_label(&wt->output));
	}
	*len = (size_t)n;
	output_filled(&wt->output, *len);
	return true;
}

/* Copies what wiretap has written to memory to the output; wiretap then writes from the start of
 * memory again. */
static bool wiretap_writer_relay(struct wiretap_sink *wt, struct error *err)
{
	off_t end = wt->memory >= 0 ? lseek(wt->memory, 0, SEEK_CUR) : 0;
	size_t len;

	for (off_t at = 0; at < end; at += (off_t)len) {
		len = end - at < RELAY_BLOCK ? (size_t)(end - at) : RELAY_BLOCK;
		if (!relay_part(wt, at, &len, err)) {
			wt->failed = true;
			return false;
		}
	}
	wt->unrelayed = 0;
	return end == 0 || lseek(wt->memory, 0, SEEK_SET) == 0;
}

static bool flush_relay(struct wiretap_sink *wt, struct error *err)
{
	if (!wiretap_flush(wt->dumper, err))
		return wiretap_writer_fail(wt, err);
	return wiretap_writer_relay(wt, err);
}

static bool wiretap_writer_begin_file(struct wiretap_sink *wt, struct error *err)
{
	int encap = wt->encap;

	wt->per_packet = wiretap.wtap_dump_can_write_encap(wt->type, WTAP_ENCAP_PER_PACKET);
	if (wt->per_packet)
		encap = WTAP_ENCAP_PER_PACKET;
	if (!wiretap.wtap_dump_can_write_encap(wt->type, encap)) {
		error_set(err, "format %s cannot hold packets of link type %u (%s)", wt->format,
			  wt->linktype, wiretap.wtap_encap_description(wt->encap));
		sink_refused_by_type(err);
		return error_wrap(err, "%s", output_label(&wt->output));
	}
	if (!open_memory(wt, err))
		return false;
	wt->dumper =
		wiretap_dump(wt->memory < 0 ? wt->output.fd : wt->memory, wt->type, encap, err);
	if (wt->dumper)
		return true;
	error_wrap(err, "format %s", wt->format);
	return wiretap_writer_fail(wt, err);
}

static void fill_header(wtap_rec *rec, const struct packet *packet, int encap)
{
	wiretap.wtap_rec_reset(rec);
	rec->rec_type = REC_TYPE_PACKET;
	rec->presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
	rec->tsprec = WTAP_TSPREC_NSEC;
	memset(&rec->rec_header.packet_header, 0, sizeof(rec->rec_header.packet_header));
	rec->rec_header.packet_header.pkt_encap = encap;
	rec->rec_header.packet_header.caplen = packet->caplen;
	rec->rec_header.packet_header.len =
		packet->len < packet->caplen ? packet->caplen : packet->len;
	if (encap == WTAP_ENCAP_ETHERNET) /* whether there is a frame check sequence is not known */
		rec->rec_header.packet_header.pseudo_header.eth.fcs_len = -1;
}

/* Returns the nanoseconds in the unit of a format's times: wiretap knows it, but does not tell. */
static uint32_t wiretap_writer_unit(const char *format)
{
	static const struct {
		const char *format;
		uint32_t unit_ns;
	} other[] = { { "5views", 1 },	      { "erf", 1 },	    { "observer", 1 },
		      { "rf5", 500 },	      { "lanalyzer", 500 }, { "dct2000", 100000 },
		      { "netmon1", 1000000 }, { "visual", 1000000 } };

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strcmp(other[i].format, format) == 0)
			return other[i].unit_ns;
	return 1000;
}

/* Counts a time that the format cannot hold: wiretap cuts off or rounds what is too fine. */
static void fill_time(struct wiretap_sink *wt, int64_t time_ns)
{
	int64_t seconds = time_ns / 1000000000, ns = time_ns % 1000000000;

	if (time_ns < 0)
		seconds = ns = 0;
	if (seconds > UINT32_MAX) {
		seconds = UINT32_MAX;
		ns = 999999999;
	}
	wt->sink.timestamps_clamped +=
		seconds * 1000000000 + ns != time_ns || ns % wt->unit_ns != 0;
	wt->record.rec.ts.secs = (time_t)seconds;
	wt->record.rec.ts.nsecs = (int)ns;
}

static bool put_record(struct wiretap_sink *wt, const struct packet *packet, struct error *err)
{
	const uint8_t *bytes = packet->data;

	if (wiretap.wtap_encap_requires_phdr(wt->encap)) {
		if (!wiretap_link_split(&wt->record, packet, err))
			return false;
		bytes = wiretap_record_bytes(&wt->record);
	} else {
		fill_header(&wt->record.rec, packet, wt->encap);
	}
	fill_time(wt, packet->time_ns);
	wt->sink.simple_enhanced += packet->form == PACKET_SIMPLE;
	return wiretap_write(wt->dumper, &wt->record, bytes, err);
}

static bool wiretap_writer_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	struct wiretap_sink *wt = (struct wiretap_sink *)sink;

	if (wt->dumper && !wt->per_packet && packet->linktype != wt->linktype)
		return sink_refuse(packet, output_label(&wt->output), wt->format, wt->linktype,
				   err);
	if (!wt->dumper || packet->linktype != wt->linktype)
		wiretap_writer_set_linktype(wt, packet->linktype);
	if (!wt->dumper && !wiretap_writer_begin_file(wt, err))
		return false;
	if (!put_record(wt, packet, err)) {
		if (err->number == 0)
			error_wrap(err, "packet %llu: format %s",
				   (unsigned long long)packet->number, wt->format);
		return wiretap_writer_fail(wt, err);
	}
	wt->unrelayed += RECORD_HEAD + packet->caplen;
	return wt->unrelayed < RELAY_BLOCK || wt->memory < 0 || flush_relay(wt, err);
}

static bool wiretap_writer_block(struct sink *sink, const struct block *block, struct error *err)
{
	struct wiretap_sink *wt = (struct wiretap_sink *)sink;

	(void)err;
	if (block->kind == BLOCK_INTERFACE && !wt->described)
		wiretap_writer_set_linktype(wt, block->interface->linktype);
	sink->blocks_dropped += block->kind == BLOCK_OTHER;
	return true;
}

static bool wiretap_writer_flush(struct sink *sink, struct error *err)
{
	struct wiretap_sink *wt = (struct wiretap_sink *)sink;

	return !wt->dumper || (flush_relay(wt, err) && output_flush(&wt->output, err));
}

/* A capture without any packet is still a capture: it needs its header. */
static bool wiretap_writer_close(struct sink *sink, bool complete, struct error *err)
{
	struct wiretap_sink *wt = (struct wiretap_sink *)sink;
	struct error ignored;
	bool good = !wt->failed && !wt->output.failed;

	if (good && !wt->described)
		wiretap_writer_set_linktype(wt, LINK_ETHERNET);
	if (good && !wt->dumper)
		good = wiretap_writer_begin_file(wt, err);
	if (wt->dumper && !wiretap_dump_close(wt->dumper, good ? err : &ignored) && good)
		good = wiretap_writer_fail(wt, err);
	good = good && wiretap_writer_relay(wt, err);
	if (wt->memory >= 0)
		close(wt->memory);
	wt->output.failed |= !good;
	good = output_close(&wt->output, complete && good, err) && good;
	wiretap_record_free(&wt->record);
	free(wt);
	return good;
}

static struct output *wiretap_writer_get_output(struct sink *sink)
{
	return &((struct wiretap_sink *)sink)->output;
}

static const struct sink_ops wiretap_writer_ops = { .put = wiretap_writer_put,
						    .block = wiretap_writer_block,
						    .flush = wiretap_writer_flush,
						    .close = wiretap_writer_close,
						    .output = wiretap_writer_get_output };

bool wiretap_writer_knows(const char *format, struct error *err)
{
	int type;

	err->text[0] = '\0';
	if (!wiretap_start(err))
		return false;
	type = wiretap.wtap_name_to_file_type_subtype(format);
	return type >= 0 && wiretap.wtap_dump_can_open(type);
}

struct sink *wiretap_writer_open(const struct sink_config *config, const char *format,
				 struct error *err)
{
	struct wiretap_sink *wt;

	if (!wiretap_start(err))
		return NULL;
	wt = calloc(1, sizeof(*wt));
	if (!wt) {
		error_errno(err, "%s", config->name);
		return NULL;
	}
	if (!output_open(&wt->output, config->name, config->manner, err)) {
		free(wt);
		return NULL;
	}
	/* Some formats go back to their header at the end: not where all writes append. */
	if (wt->output.tmp)
		fcntl(wt->output.fd, F_SETFL, 0);
	output_sync(&wt->output, config->sync);
	wiretap_record_init(&wt->record);
	wt->sink = (struct sink){ .ops = &wiretap_writer_ops, .name = config->name };
	wt->memory = -1;
	wt->format = format;
	wt->type = wiretap.wtap_name_to_file_type_subtype(format);
	wt->unit_ns = wiretap_writer_unit(format);
	return &wt->sink;
}
