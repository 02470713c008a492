/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of a codec, which parses and perhaps builds the header of one encapsulation.
 * Include it to write a codec: encap/NAME.c. encap/codecs.h lists the codecs, and encap/encap.h
 * finds the one for a packet.
 */
#ifndef VTAP_ENCAP_CODEC_H
#define VTAP_ENCAP_CODEC_H

#include "packet/packet.h"

/* What a codec says of a tunnel header. */
enum encap_verdict {
	ENCAP_OK,
	ENCAP_NOT_MINE,	   /* the header is of another encapsulation: the next codec may try */
	ENCAP_TRUNCATED,   /* not all bytes of the header are present */
	ENCAP_MALFORMED,   /* the header contradicts itself */
	ENCAP_UNSUPPORTED, /* the header is well formed, but carries neither Ethernet nor IP */
};

/* Bits of tunnel.anomalies. vtap-decap --strict does not peel tunnels that have any. */
enum {
	ENCAP_RESERVED_BITS = 1,  /* bits are set that must be zero */
	ENCAP_DAMAGED_OPTION = 2, /* the last option ends behind the header */
};

/* What a tunnel header says. */
struct tunnel {
	const struct encap *encap;
	uint8_t index; /* encap_index() of encap */
	bool has_id, has_sequence;
	bool cut;	       /* the mirror truncated the frame: ERSPAN's T bit */
	bool varies;	       /* the header has a checksum (GRE), tags (TZSP) or a number (MPLS),
				  which differ from packet to packet, or the payload was looked at */
	bool first_nibble;     /* the first nibble of the payload said what it is: IP's version */
	uint8_t anomalies;     /* ENCAP_RESERVED_BITS, ENCAP_DAMAGED_OPTION */
	uint8_t sequence_bits; /* width of the sequence number: 32 or 16; 0 without one */
	uint8_t direction;     /* ERSPAN's D bit: 1 in, 2 out; 0 if unknown */
	uint16_t vlan; /* VID in ERSPAN's header, of a frame whose tag may be gone; else 0 */
	uint32_t id;   /* VNI, key, session, TEID or label */
	uint32_t sequence;
	uint32_t header_len;  /* bytes from the start of the tunnel header to the payload */
	uint32_t payload_len; /* bytes of payload that GTP-U or Teredo claims; else UINT32_MAX */
	uint32_t linktype;    /* link type of the payload: LINK_ETHERNET, LINK_RAW or, from TZSP,
				 LINK_IEEE802_11 */
	uint32_t meta;	      /* offset in the tunnel header of its first meta option
				 (encap/geneve_meta.h); 0 without one */
};

struct geneve_meta;

/* What vtap-tap wants a tunnel header to say. */
struct tunnel_build {
	struct span payload; /* the packet to carry */
	uint32_t linktype;   /* link type of the payload */
	bool has_id;	     /* false for GRE without a key and for ERSPAN I */
	uint32_t id;	     /* 0 to encap.id_max */
	bool has_sequence;   /* for GRE and ERSPAN III; ERSPAN II always has a sequence number */
	uint32_t sequence;
	bool cut;			/* the payload is not all of the original packet */
	int direction;			/* 1 in, 2 out; 0 if unknown */
	int64_t time_ns;		/* capture time, nanoseconds since 1970 */
	const struct geneve_meta *meta; /* option for GENEVE, or NULL */
};

/* What carries a tunnel header: UDP, or IP itself. */
enum encap_carrier { CARRIER_UDP, CARRIER_IP };

/* A codec. */
struct encap {
	const char *name;    /* as users write it: "vxlan" */
	const char *id_name; /* "VNI", "key", "session", "TEID" or "label"; NULL if it has no id */
	const char *source;  /* the RFC or other document that defines it */
	enum encap_carrier carrier;
	uint16_t numbers[4]; /* UDP destination ports or IP protocols, then 0 */
	uint32_t id_max;     /* largest id that build can write; 0 if it writes none */
	bool id_optional;    /* build can leave the id out */
	bool on_request;     /* nothing in the header tells it from other traffic of its port, so
				users have to name it */
	bool steady; /* build writes one header for all Ethernet payloads with one id, as long as
			that header has neither a sequence number nor a meta option */
	/*
	 * Parses a tunnel header. bytes: from its start to where the carrier ends; number: the port
	 * or protocol by which it was found; tunnel: encap, index and payload_len are set, all else
	 * is 0. On ENCAP_OK header_len bytes are present.
	 */
	enum encap_verdict (*parse)(struct span bytes, uint16_t number, struct tunnel *tunnel);
	/*
	 * Writes a tunnel header at the start of room and returns its length: a multiple of 4, at
	 * most ENCAP_HEADER_MAX, or 0 if it cannot carry such a payload. If room is too short, it
	 * writes any part and returns the full length: an empty room measures. NULL if vtap-tap
	 * cannot send this encapsulation.
	 */
	size_t (*build)(const struct tunnel_build *what, struct patch room);
};

/* Most bytes of a tunnel header that a codec builds: GENEVE with all the options that it has room
 * for. Headers that are parsed may be longer (GTP-U, TZSP). */
enum { ENCAP_HEADER_MAX = 8 + 63 * 4 };

#endif
