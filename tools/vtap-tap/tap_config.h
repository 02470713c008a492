/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stage of vtap-tap is told to do: which packets it mirrors, where to, and how. */
#ifndef VTAP_TAP_TAP_CONFIG_H
#define VTAP_TAP_TAP_CONFIG_H

#include "base/token_bucket.h"
#include "encap/geneve_meta.h"
#include "filter/expression.h"
#include "filter/rules.h"
#include "packet/direction.h"
#include "tunnel/outer_header.h"

enum {
	TAP_TARGETS_MAX = 64, /* -t options; more are an error of usage */
	/* A frame stays where it is until so many further frames were made. */
	TAP_HELD = 64,
};

/* What to do with a packet that is larger than the MTU when a tunnel is around it. */
enum tap_oversize { OVERSIZE_TRUNCATE, OVERSIZE_DROP, OVERSIZE_FRAGMENT };

/* A target (-t). */
struct tap_target {
	const char *uri; /* as given, for counters */
	char name[320];	 /* name of its interface in the output, such as vxlan-3000@10.0.2.9 */
	struct outer_header outer_header; /* complete, with both addresses */
	bool has_id;
	uint32_t id;  /* VNI, key or session */
	uint32_t mtu; /* bytes of an outer IP packet, at most; 0: no limit. See tap_set_mtu() */
};

struct tap_config {
	struct tap_target *targets;
	unsigned target_count;		 /* 1 to TAP_TARGETS_MAX */
	bool balance;			 /* each packet goes to one target, instead of to all */
	uint32_t snaplen;		 /* bytes of a packet that are sent, at most; 0: all */
	struct expression *expression;	 /* NULL matches all packets */
	struct rules *rules;		 /* NULL includes all packets; the caller frees them */
	enum direction wanted;		 /* DIRECTION_UNKNOWN: both */
	uint64_t sample;		 /* one packet in so many is mirrored; 0 or 1: all */
	uint64_t sample_flows;		 /* one flow in so many is mirrored; 0 or 1: all */
	struct token_bucket_config rate; /* of each target; all 0: no limit */
	/* With ends_loops, packets in more than max_depth tunnels are not mirrored. */
	bool ends_loops;
	unsigned max_depth;
	enum tap_oversize oversize;
	/* With OVERSIZE_FRAGMENT: the sink fragments, and gets whole frames larger than the MTU. */
	bool fragment_by_sender;
	uint32_t first_id;	/* identification of the first outer IP packet; they count up */
	bool sequence;		/* GRE and ERSPAN headers have sequence numbers */
	bool meta;		/* GENEVE headers have the option of --meta */
	struct geneve_meta tap; /* instance and name for --meta */
	bool segment;		/* TCP GSO packets are segmented */
	uint32_t segment_mtu;	/* bytes of a segment's IP packet; 0: the MTU of its interface */
	/*
	 * Returns true if the address (4 or 16 bytes, as version says) is of this host. NULL if no
	 * packet can be of this host's own tunnels, as in files.
	 */
	bool (*is_local)(void *arg, uint8_t version, const uint8_t *address);
	void *is_local_arg;
	bool checksums;	 /* partial checksums are completed */
	bool live_clock; /* rates are by this host's clock, not by the times of packets */
	/* Tells the user a line, without a newline at its end. NULL if nobody is told. */
	void (*say)(void *arg, const char *text);
	void *say_arg;
	bool copied; /* the sink copies a frame at once and reports no failure later: a file */
};

#endif
