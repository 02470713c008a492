/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of one packet from the link layer to the transport: where each stands and what it
 * claims. The parser stops in front of what a tunnel carries (encap/encap.h goes on from there),
 * at what it does not know, and where bytes end. It never reads past the packet and never fails:
 * `end` says why it stopped.
 */
#ifndef VTAP_HEADER_HEADERS_H
#define VTAP_HEADER_HEADERS_H

#include "packet/packet.h"

/* Why the parser stopped. */
enum headers_end {
	HEADERS_TRANSPORT,    /* behind a transport header that it knows; `l4` is set */
	HEADERS_IP_PAYLOAD,   /* behind IP, whose payload it does not parse: GRE, IPIP, OSPF ... */
	HEADERS_FRAGMENT,     /* behind IP: a later fragment, or a fragment of another protocol. A
				 first fragment goes on to its transport */
	HEADERS_NOT_IP,	      /* ARP, LLC, an unknown EtherType ... */
	HEADERS_CUT,	      /* a header is not all there */
	HEADERS_MALFORMED,    /* a header contradicts itself (IHL < 5, version, ...) */
	HEADERS_UNKNOWN_LINK, /* the link type is not known here */
	HEADERS_TOO_DEEP,     /* HEADERS_DEPTH_MAX headers, or 64 extension headers */
};

/* What the first header is. */
enum headers_link {
	HEADERS_LINK_NONE, /* IP, or nothing that could be read */
	HEADERS_LINK_ETHERNET,
	HEADERS_LINK_SLL,
	HEADERS_LINK_SLL2,
	HEADERS_LINK_PPP,
	HEADERS_LINK_NULL,
};

/* flags */
enum {
	HEADERS_ANY_FRAGMENT = 1,   /* the IP packet is a fragment */
	HEADERS_LATER_FRAGMENT = 2, /* ... and not the first */
	HEADERS_NO_LENGTH = 4,	    /* IP's length is 0 without a jumbo option: it claims nothing */
	HEADERS_JUMBO = 8,	    /* an IPv6 jumbogram (RFC 2675) */
};

enum {
	HEADERS_DEPTH_MAX = 24, /* headers of one packet */
	HEADERS_VLANS = 5,	/* VLAN tags that `vlan` has; headers_vlans() gives them all */
};

/*
 * All offsets are bytes from the start of the packet. A claimed end is the offset behind the last
 * byte that a header counts as its own, 0 if it claims nothing; it may lie behind the bytes
 * present.
 */
struct headers {
	uint8_t end;	    /* enum headers_end */
	uint8_t link;	    /* enum headers_link */
	uint8_t ip_version; /* 4 or 6; 0: there is no IP header, and nothing below but `payload`,
			       `link_len`, `link_end`, `trailer_len` and the VLANs holds */
	uint8_t protocol;   /* IP's number of what it carries, behind IPv6's extension headers */
	uint8_t l4;	    /* IP's number of the transport whose header was found; 0: none */
	uint8_t flags;
	uint8_t depth; /* headers found */
	uint8_t vlans; /* VLAN tags found, also those that `vlan` has no room for */
	bool more_fragments;
	uint16_t trailer_len; /* bytes that headers in front of IP add at the frame's end: MACsec */
	uint16_t src_port, dst_port;  /* of transports with ports, else 0 */
	uint16_t vlan[HEADERS_VLANS]; /* VIDs, the outermost first */
	uint32_t link_len;    /* bytes of Ethernet and cooked headers and of tags in front of IP */
	uint32_t network;     /* offset of the IP header */
	uint32_t network_len; /* with options or extension headers */
	uint32_t transport;   /* offset; 0 without l4 */
	uint32_t transport_len;	  /* of the header, as far as it says; 0 without l4 */
	uint32_t payload;	  /* offset behind the last header, at most the packet's length */
	uint32_t fragment_id;	  /* of a fragment, else 0 */
	uint32_t fragment_offset; /* bytes */
	uint32_t unfragmentable_len; /* IPv6: bytes in front of the fragment header */
	uint64_t link_end;	     /* claimed by the length of PPPoE or IEEE 802.3 */
	uint64_t network_end;	     /* claimed by IP's length */
	uint64_t transport_end;	     /* claimed by UDP's length */
};

/*
 * Parses the headers of packet from offset `at` on (0 but inside tunnels), which begins with a
 * header of that link type. Fills all of *headers.
 */
void headers_parse(struct headers *headers, uint32_t linktype, struct span packet, size_t at);

/* True if headers_parse() knows the link type. */
bool headers_know(uint32_t linktype);

/*
 * Writes the VIDs of all VLAN tags, the outermost first, at most `most` of them, to vids; the other
 * arguments are those of headers_parse(). Returns how many it wrote. For packets with more than
 * HEADERS_VLANS tags.
 */
unsigned headers_vlans(uint32_t linktype, struct span packet, size_t at, uint16_t *vids,
		       unsigned most);

/* True if UDP's header was found. */
static inline bool headers_is_udp(const struct headers *headers)
{
	return headers->l4 == 17;
}

/* True if `l4` is a transport with ports. */
bool headers_have_ports(const struct headers *headers);

/* True if that protocol number is a transport whose ports are found: TCP, UDP, SCTP, UDP-Lite or
 * DCCP. */
bool headers_protocol_has_ports(uint8_t protocol);

/* True if that protocol number is one of IPv6's extension headers. */
bool headers_is_extension(uint8_t protocol);

/* True if the protocol field of a cooked header is an EtherType where the frame came from a device
 * of that ARPHRD_ type. */
bool headers_sll_has_ethertype(uint16_t device);

/* The addresses of an IP header. */
struct headers_addresses {
	uint8_t src[16], dst[16]; /* IPv4: the first 4 bytes, the rest is 0 */
};

/*
 * Copies both addresses of the packet's IP header. Returns false, with all zero, if there is no IP
 * header.
 */
bool headers_copy_addresses(const struct headers *headers, struct span packet,
			    struct headers_addresses *addresses);

/* Both addresses as they stand in the packet, the source first: 8 or 32 bytes; empty without IP. */
struct span headers_address_bytes(const struct headers *headers, struct span packet);

#endif
