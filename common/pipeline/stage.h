/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The middle of a pipeline: a stage judges each packet that the source gives and says what the sink
 * gets. A tool fills struct stage and hands it to pipeline_run(); a stage touches no file.
 */
#ifndef VTAP_PIPELINE_STAGE_H
#define VTAP_PIPELINE_STAGE_H

#include "base/error.h"
#include "packet/packet.h"

/* What a stage decides about a packet. */
enum verdict {
	PASS,	/* *out is written to the sink */
	DROP,	/* nothing is written; the stage has counted the reason */
	HOLD,	/* the stage keeps a copy, which it gives back by `due` or counts as lost */
	FAILED, /* the run ends; err is set */
};

/* Counts of GSO packets that a stage split into datagrams (offload/udp_gso.h). */
struct stage_gso {
	uint64_t split; /* GSO packets split */
	uint64_t
		gained; /* datagrams gained: those that came out less the packets that were split */
};

/*
 * A packet without options on the fast path. The pipeline fills the members up to time_ns, the
 * stage's `fast` function the others when it returns true.
 */
struct fast_packet {
	const struct interface *interface;
	uint32_t linktype;  /* link type that the bytes kept must have; LINK_ANY: no limit;
			       LINK_NONE: none can be kept */
	struct span packet; /* the bytes captured */
	uint32_t len;	    /* bytes of the packet on the wire */
	int64_t time_ns;    /* nanoseconds since 1970; only if the stage's fast_chooses is true */

	uint32_t offset;	    /* of the first byte kept in packet */
	uint32_t caplen;	    /* bytes kept */
	uint32_t kept_len;	    /* bytes on the wire of what is kept */
	const struct interface *to; /* interface on which the kept bytes are written */
	bool left_out; /* nothing is kept; only if the stage's fast_chooses is true, and
			  then the members above are not looked at */
};

/* Returns true if bytes of a link type may be kept of a fast packet. */
static inline bool stage_may_keep(const struct fast_packet *fast, uint32_t linktype)
{
	return fast->linktype == linktype || fast->linktype == LINK_ANY;
}

/* The times of packets that came in, in nanoseconds since 1970. */
struct stage_times {
	bool known; /* a packet had a time; else both are 0 */
	int64_t first_ns, last_ns;
};

/* The functions of a stage. All but put may be NULL; each gets `self` as its first argument. */
struct stage {
	void *self;
	/* Judges `in`. On PASS it has filled *out, which begins as a copy of *in. What *out points
	 * to is valid until the stage is called again. On FAILED it has set err. */
	enum verdict (*put)(void *self, const struct packet *in, struct packet *out,
			    struct error *err);
	/* Sees each block that is no packet before the sink gets it; cannot refuse it. */
	void (*block)(void *self, const struct block *block);
	/*
	 * Fills *out with the next packet that the stage held and that is now to be written;
	 * returns false if there is none. What *out points to is valid until the stage is called
	 * again. Asked until it returns false: after each put, before each new section, and at the
	 * end of the input; in the last two cases `end` is true.
	 */
	bool (*due)(void *self, bool end, struct packet *out);
	/*
	 * Fills *out with the next block that the stage has to write of its own; returns false if
	 * there is none. It is valid until the stage is called again, its interface and section as
	 * long as those of packets. Asked until it returns false, after `due` was. end: the section
	 * or the input ends: blocks of the section have no other place. times: of the packets that
	 * came in the section so far.
	 */
	bool (*due_block)(void *self, bool end, const struct stage_times *times, struct block *out);
	/* Moves the last packet that was given for the sink to an outcome of its own: the sink
	 * cannot hold its link type (sink_refused()), so it is left out. If it is NULL, such a
	 * packet ends the run. */
	void (*refused)(void *self);
	/*
	 * The sink failed to take the packet that put, due or fast gave last: it moves from its
	 * outcome to the one of packets that were not written. Also called for each packet that due
	 * gives after that, since the sink is given no more. fast: the interface on which the
	 * function `fast` put the packet; NULL if it was not that which gave it.
	 */
	void (*unwritten)(void *self, const struct interface *fast);
	/* The error of `due`, which cannot return one: once its text is not empty, the pipeline
	 * takes it over and ends the run with it. */
	struct error *failure;
	/* put changes the packet in place: `out` is `in`. */
	bool in_place;
	/* Points to false while the stage holds nothing: `due` is then not asked after each put.
	 * If it is NULL, `due` is always asked. */
	const bool *holds;
	/* The stage puts packets on interfaces of its own: the sink is not told the input's. */
	bool interfaces;
	/* Packets whose frame check sequence the stage took off; NULL if it takes none off. */
	const uint64_t *fcs_removed;
	const struct stage_gso *gso; /* NULL if the stage splits no GSO packets */
	/*
	 * The fast path: decides at once which bytes in the middle of a packet to keep. Returning
	 * true means PASS, and the packet is counted. Returning false means that nothing has
	 * happened, and put judges the packet. Not asked while *holds is true.
	 */
	bool (*fast)(void *self, struct fast_packet *fast);
	/* `fast` looks at times and leaves packets out, which it has then counted. */
	bool fast_chooses;
};

#endif
