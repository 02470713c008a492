/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink of packets: a capture file, or tunnels to other hosts. Each kind fills struct sink_ops;
 * users call the functions below. A sink of a file can be suspended, so that thousands of them
 * share few descriptors.
 */
#ifndef VTAP_CAPTURE_SINK_H
#define VTAP_CAPTURE_SINK_H

#include "base/error.h"
#include "io/output.h"
#include "packet/packet.h"

struct sink;

/* The functions of a kind of sink. */
struct sink_ops {
	/* What sink_put(), sink_block() and sink_flush() call. */
	bool (*put)(struct sink *sink, const struct packet *packet, struct error *err);
	bool (*block)(struct sink *sink, const struct block *block, struct error *err);
	bool (*flush)(struct sink *sink, struct error *err);
	/* What sink_close() calls. Frees the sink in any case. */
	bool (*close)(struct sink *sink, bool complete, struct error *err);
	/* What sink_output() calls. NULL if the sink writes to no output of its own. */
	struct output *(*output)(struct sink *sink);
};

/* What all sinks have; the first member of the struct of each kind. */
struct sink {
	const struct sink_ops *ops;
	const char *name;	     /* for messages; "-" is standard output */
	uint64_t simple_enhanced;    /* simple packets, which have no time, written with time 0 */
	uint64_t timestamps_clamped; /* packets whose time is too fine, early or late for the format
				      */
	uint64_t fcs_removed;	     /* packets whose frame check sequence was taken off */
	uint64_t blocks_dropped;     /* blocks that the format cannot hold */
};

/* Which interfaces a pcapng describes, and where. */
enum interface_order {
	/* Each interface of the input stands where it stood, as it was. */
	INTERFACES_AS_THEY_CAME,
	/*
	 * In front of its first packet, because libpcap takes the link type of the file from the
	 * first interface, and refuses a second link type or snap length. The interfaces of
	 * the input stand where they stood, and are as they were, as long as they have one link
	 * type and all packets are on them, unless all packets go into one section (one_section).
	 */
	INTERFACES_WITH_PACKETS,
	/* In front of its first packet, always. */
	INTERFACES_ALIKE,
};

/* What a sink is to write. */
struct sink_config {
	const char *name; /* of the file; "-" is standard output */
	/* "pcap" (microseconds), "nsecpcap", "pcapng" or a name that wiretap can write. If it is
	 * NULL, the ending of the name decides, else `fallback`. */
	const char *format;
	/* "pcap" (micro- or nanoseconds, as the input has; see `live`), "pcapng" or a name of
	 * wiretap's. It may be NULL only if `format` is not, or if the name ends in .pcap or
	 * .pcapng. A caller with one input gives that input's format: a pcap made from a pcap keeps
	 * its snaplen. */
	const char *fallback;
	bool one_section; /* all packets go into one section, as for merged inputs */
	enum interface_order interfaces;
	enum output_manner manner; /* OUTPUT_WATCH for a live capture, which cannot be suspended */
	bool live; /* packets come from a live source: "pcap" has microseconds, as tcpdump writes */
	bool sync; /* the complete file is on the disk before it gets its name: output_sync() */
	bool without_fcs; /* a pcap gets no frame check sequences; see pcap_writer_open() */
	/* Makes encoders for a compressed file (io/output.h); NULL if it is not compressed. What
	 * opens a sink sets it by the ending of the name. */
	struct encoder *(*encode)(struct error *err);
	bool borrow; /* the sink gets all packets of its source: unchanged records are written from
			where the source holds them (base/loan.h) */
};

/*
 * Appends a packet. If its interface is new to the sink, the interface is described first. Returns
 * false and sets err if a write failed, or if the format cannot hold the packet: sink_refused()
 * tells which.
 */
static inline bool sink_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	return sink->ops->put(sink, packet, err);
}

/*
 * Appends a section, an interface or another block; counts it in blocks_dropped if the format
 * cannot hold it. block is read at once, but its section and interface have to live until the sink
 * is closed. Returns false and sets err if a write failed.
 */
static inline bool sink_block(struct sink *sink, const struct block *block, struct error *err)
{
	return sink->ops->block(sink, block, err);
}

/* Hands all bytes to the system. Returns false and sets err if that fails; see sink_gone(). */
static inline bool sink_flush(struct sink *sink, struct error *err)
{
	return sink->ops->flush(sink, err);
}

/*
 * Writes what is left, and frees the sink in any case. complete: the file gets its final name; else
 * it stays NAME.tmp. Returns false and sets err if that fails; err then names the file that holds
 * what was written.
 */
bool sink_close(struct sink *sink, bool complete, struct error *err);

/*
 * Flushes, closes the descriptor and frees the buffer; the next put opens the file again and
 * appends. Only for what is written under NAME.tmp: not for pipes, devices, files of OUTPUT_WATCH,
 * wiretap's formats and tunnels. Returns false and sets err if that fails.
 */
bool sink_evict(struct sink *sink, struct error *err);

/* Writes what is in the buffer and frees it; the descriptor stays open. Only for what sink_evict()
 * may be called for. Returns false and sets err if that fails. */
bool sink_release(struct sink *sink, struct error *err);

/*
 * Closes the descriptor, but keeps the buffer; the file is opened again when bytes are written.
 * Only for what sink_evict() may be called for. Returns false and sets err if that fails.
 */
bool sink_suspend(struct sink *sink, struct error *err);

/* Returns what the sink writes to (io/output.h), or NULL for tunnels. */
struct output *sink_output(struct sink *sink);

/* Returns the bytes put so far, buffered ones too; 0 if there is no sink_output(). */
uint64_t sink_size(struct sink *sink);

/*
 * Fills err for a packet whose link type the file cannot hold. Whoever sends packets chooses their
 * link types, so such a packet ends nothing: it is left out, and the sink takes the next one.
 * Always returns false.
 */
bool sink_refuse(const struct packet *packet, const char *file, const char *format,
		 uint32_t linktype, struct error *err);

/* Marks an err that is filled as one of sink_refuse(), for a format that has no such link type. */
void sink_refused_by_type(struct error *err);

/* Returns true if err is that of sink_refuse(). */
bool sink_refused(const struct error *err);

/* Returns true if err says that the reader of a pipe has gone: a tool then ends quietly. */
bool sink_gone(const struct error *err);

#endif
