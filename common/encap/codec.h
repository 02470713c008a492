/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a codec is: one wire format of a tunnel, parsed and built. encap/NAME.c has a codec each,
 * encap/codecs.h the list of them, encap/encap.h the table that finds them.
 */
#ifndef VTAP_ENCAP_CODEC_H
#define VTAP_ENCAP_CODEC_H

#include "packet/packet.h"

enum encap_verdict {
	ENCAP_OK,
	ENCAP_NOT_MINE,	   /* not this format: the next codec may try */
	ENCAP_CUT,	   /* the tunnel header is not all there */
	ENCAP_MALFORMED,   /* it contradicts itself */
	ENCAP_UNSUPPORTED, /* well formed, but carries neither Ethernet nor IP */
};

/* tunnel.anomalies: `--strict` leaves such packets alone. */
enum {
	ENCAP_RESERVED_BITS = 1,  /* bits set that must be zero */
	ENCAP_DAMAGED_OPTION = 2, /* a TLV runs past the options */
};

/* What one tunnel header says. */
struct tunnel {
	const struct encap *encap;
	uint8_t index; /* encap_index() of it */
	bool has_id, has_sequence;
	bool cut; /* ERSPAN's T bit: the mirror cut the frame */
	uint8_t anomalies;
	uint32_t id; /* VNI, key, session, TEID */
	uint32_t sequence;
	uint8_t sequence_bits; /* how wide the sequence number is: 32, 16; 0 without one */
	uint32_t header_len;   /* from the start of the tunnel header to the payload */
	uint32_t payload_len; /* by the tunnel's own length field (GTP-U); UINT32_MAX without one */
	uint32_t linktype;    /* of the payload: LINK_ETHERNET or LINK_RAW */
	int direction;	      /* ERSPAN D bit: 1 in, 2 out, 0 unknown */
	uint32_t meta; /* offset of the first meta option (encap/geneve_meta.h) from the start of
			  the tunnel header; 0 without one */
};

struct meta;

/* What a tap wants a tunnel header to say. */
struct tunnel_build {
	struct span payload; /* what is carried */
	uint32_t linktype;   /* of the payload */
	bool has_id;	     /* false: GRE without a key */
	uint32_t id;	     /* at most encap.id_max */
	bool has_sequence;   /* ERSPAN type II has one in any case */
	uint32_t sequence;
	bool cut;		 /* the payload is not all of the original packet */
	int direction;		 /* 1 in, 2 out, 0 unknown */
	int64_t time_ns;	 /* of the packet */
	const struct meta *meta; /* GENEVE; NULL: no option */
};

enum encap_carrier { CARRIER_UDP, CARRIER_IP };

struct encap {
	const char *name;
	const char *id_name; /* "VNI", "key", "session", "TEID"; NULL without ids */
	const char *source;  /* the RFC or document */
	enum encap_carrier carrier;
	uint16_t numbers[4]; /* UDP ports or IP protocols, 0-terminated */
	uint32_t id_max;     /* the largest id that build writes */
	bool id_optional;    /* build can do without */
	bool steady; /* of Ethernet, without has_sequence and meta, build writes one header for all
			packets of an id */
	/* bytes: from the tunnel header to where the carrier ends; number: the port or protocol it
	 * was found by. On ENCAP_OK header_len bytes are there; tunnel begins empty. */
	enum encap_verdict (*parse)(struct span bytes, uint16_t number, struct tunnel *tunnel);
	/* Writes the tunnel header at the start of room and returns its length, a multiple of 4
	 * and at most ENCAP_HEADER_MAX; 0 when this format cannot carry such a payload. An empty
	 * room is fine: that measures. Of a room that is too short any part may be written.
	 * NULL: vtap does not build these. */
	size_t (*build)(const struct tunnel_build *what, struct patch room);
};

/* GENEVE with all its options. */
enum { ENCAP_HEADER_MAX = 8 + 63 * 4 };

#endif
