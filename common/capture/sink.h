/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where packets go: one capture (file, pipe; later a tunnel). */
#ifndef VTAP_CAPTURE_SINK_H
#define VTAP_CAPTURE_SINK_H

#include "base/error.h"
#include "io/output.h"
#include "packet/packet.h"

struct sink;

struct sink_ops {
	bool (*put)(struct sink *sink, const struct packet *packet, struct error *err);
	bool (*block)(struct sink *sink, const struct block *block, struct error *err);
	bool (*flush)(struct sink *sink, struct error *err);
	bool (*close)(struct sink *sink, bool complete, struct error *err);
	struct output *(*output)(struct sink *sink); /* NULL: cannot be parked */
};

/* What every sink has; the first member of each kind's own struct. */
struct sink {
	const struct sink_ops *ops;
	const char *name;	  /* for messages; "-" is standard output */
	uint64_t simple_enhanced; /* simple packet blocks that became enhanced ones with time 0 */
	uint64_t timestamps_clamped; /* packets whose time the format cannot say: too fine, early or
					late */
	uint64_t blocks_dropped;     /* blocks the format cannot carry (pcap: all) */
};

/*
 * What a sink is to write. `format` is NULL (decide by the ending of the name,
 * else by `fallback`), "pcap" (microseconds), "nsecpcap", "pcapng", or any name
 * that wiretap can write.
 */
struct sink_config {
	const char *name;
	const char *format;
	const char *fallback; /* "pcap": microseconds or nanoseconds as the input has; "pcapng"; or
				 a wiretap name */
	bool one_section;     /* merged inputs: all packets go into one section, whatever section
				 their interface belongs to */
	enum output_manner manner; /* a live capture is OUTPUT_WATCH, as with tcpdump: not parkable
				    */
	bool borrow; /* it gets all packets: those that go out as they came in are written
			from where their source holds them (base/loan.h) */
};

/* Appends a packet. A sink that has not met packet->interface yet describes it first. */
static inline bool sink_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	return sink->ops->put(sink, packet, err);
}

/* Appends a section, an interface or another block, where the format can carry it. */
static inline bool sink_block(struct sink *sink, const struct block *block, struct error *err)
{
	return sink->ops->block(sink, block, err);
}

/* Hands what is buffered to the system. A reader that went away is errno EPIPE: see sink_gone(). */
static inline bool sink_flush(struct sink *sink, struct error *err)
{
	return sink->ops->flush(sink, err);
}

/*
 * Writes what is left and frees the sink, also on failure. complete: the file gets its
 * final name; otherwise it stays NAME.tmp. err then says which file holds what was written.
 */
bool sink_close(struct sink *sink, bool complete, struct error *err);

/*
 * For many files on few descriptors: sink_evict() flushes, closes the descriptor and frees the
 * buffer; the next put opens the file again and appends. sink_can_evict() is false where that can't
 * be: pipes, devices, formats of wiretap.
 */
bool sink_can_evict(struct sink *sink);
bool sink_evict(struct sink *sink, struct error *err);
/* Closes only the descriptor: the next flush, park or close opens the file again. */
bool sink_suspend(struct sink *sink, struct error *err);
/* What it writes to (io/output.h); NULL in formats of wiretap. */
struct output *sink_output(struct sink *sink);
/* Bytes put so far, buffered ones too; 0 where the format is wiretap's. */
uint64_t sink_size(struct sink *sink);

/* True when err says that the reader of a pipe has gone: end quietly. */
bool sink_gone(const struct error *err);

#endif
