/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the headers of one packet from the link layer to the transport: where each stands, and
 * which length it claims. The parser never fails and never reads past the packet; it stops behind
 * the transport header, at a protocol that it does not know, and where bytes are missing, and
 * `end` says why. For what a tunnel carries, encap/encap.h goes on from there.
 */
#ifndef VTAP_HEADER_HEADERS_H
#define VTAP_HEADER_HEADERS_H

#include <netinet/in.h>

#include "packet/packet.h"

/* Why the parser stopped. */
enum headers_end {
	HEADERS_TRANSPORT,  /* it found a transport header that it knows; `l4` is set */
	HEADERS_IP_PAYLOAD, /* IP carries a protocol that it does not parse: GRE, IPIP, OSPF ... */
	HEADERS_FRAGMENT,   /* the IP packet is a fragment that does not begin with a transport
			       header that it knows: any later fragment, some first ones */
	HEADERS_NOT_IP,	    /* the link layer carries something else: ARP, LLC ... */
	HEADERS_TRUNCATED,  /* not all bytes of a header are present */
	HEADERS_MALFORMED,  /* a header contradicts itself: IHL below 5, a wrong version ... */
	HEADERS_UNKNOWN_LINK, /* headers_know() is false for the link type */
	HEADERS_TOO_DEEP,     /* HEADERS_DEPTH_MAX headers, or 64 extension headers, were read */
};

/* What the first header is. */
enum headers_link {
	HEADERS_LINK_NONE, /* IP, NFLOG, or a first header that could not be read */
	HEADERS_LINK_ETHERNET,
	HEADERS_LINK_SLL,
	HEADERS_LINK_SLL2,
	HEADERS_LINK_PPP,
	HEADERS_LINK_NULL,
};

/* Bits of headers.flags. */
enum {
	HEADERS_ANY_FRAGMENT = 1,   /* the IP packet is a fragment */
	HEADERS_LATER_FRAGMENT = 2, /* the IP packet is a fragment, but not the first one */
	HEADERS_NO_LENGTH = 4,	    /* IP's length is 0, without a jumbo option and not because
				       nothing follows (IPPROTO_NONE): it claims nothing */
	HEADERS_JUMBO = 8,	    /* an IPv6 jumbogram (RFC 2675) */
	HEADERS_AH = 16, /* an authentication header (RFC 4302) stands behind that of IPv4,
			    or among the extension headers of IPv6 */
};

enum {
	HEADERS_DEPTH_MAX = 24, /* headers of one packet; the parser stops at the next one */
	HEADERS_VLANS = 5,	/* VLAN tags that `vlan` has room for; headers_vlans() gives all */
};

/*
 * What the parser found. Offsets are bytes from the start of the packet. A claimed end is the
 * offset behind the last byte that a header counts as its own, and 0 if it claims nothing; it may
 * lie behind the bytes that are present.
 */
struct headers {
	uint8_t end;	    /* enum headers_end */
	uint8_t link;	    /* enum headers_link */
	uint8_t ip_version; /* 4 or 6; 0: there is no IP header, and nothing below but `payload`,
			       `link_len`, `link_end`, `trailer_len` and the VLANs holds */
	uint8_t protocol;   /* IP's number of what it carries, behind extension headers and AH */
	uint8_t l4;	    /* IP's number of the transport whose header was found; 0: none */
	uint8_t flags;
	uint8_t depth; /* headers found */
	uint8_t vlans; /* VLAN tags found, also those that `vlan` has no room for */
	bool more_fragments;
	uint16_t trailer_len; /* bytes that headers in front of IP add at the frame's end: MACsec */
	uint16_t src_port, dst_port;  /* of transports with ports, in this host's byte order; else
					 0 */
	uint16_t vlan[HEADERS_VLANS]; /* VIDs, the outermost first */
	uint32_t link_len;    /* bytes of Ethernet and cooked headers, SNAP and tags in front of IP;
				 MPLS, PPPoE, PPP, NFLOG and BSD loopback headers do not count */
	uint32_t network;     /* offset of the IP header */
	uint32_t network_len; /* bytes of the IP header with options, extension headers and AH */
	uint32_t transport;   /* offset of the transport header; 0 if l4 is 0 */
	uint32_t transport_len;	  /* bytes that the transport header claims; 0 if l4 is 0 */
	uint32_t payload;	  /* offset behind the last header, at most the packet's length */
	uint32_t fragment_id;	  /* identification of a fragment, else 0 */
	uint32_t fragment_offset; /* bytes of the datagram in front of this fragment */
	uint32_t unfragmentable_len; /* IPv6 fragments: bytes from the IP header's start to the
					fragment header; else 0 */
	uint64_t link_end;	     /* end claimed by the length of PPPoE or IEEE 802.3 */
	uint64_t network_end;	     /* end claimed by IP's length */
	uint64_t transport_end;	     /* end claimed by UDP's length */
};

/*
 * Parses the headers of a packet and fills all of *headers. The first header is of that link type
 * (a LINKTYPE_ number) and stands at offset `at`: 0, or where the payload of a tunnel begins.
 */
void headers_parse(struct headers *headers, uint32_t linktype, struct span packet, size_t at);

/* Returns true if headers_parse() can parse packets of that link type. */
bool headers_know(uint32_t linktype);

/*
 * Writes the VIDs of all VLAN tags to vids, the outermost first, and at most `most` of them; the
 * other arguments are those of headers_parse(). Returns how many it wrote. Use it for packets with
 * more than HEADERS_VLANS tags.
 */
unsigned headers_vlans(uint32_t linktype, struct span packet, size_t at, uint16_t *vids,
		       unsigned most);

/* Returns true if the packet has a UDP header, even if only its ports are present. */
static inline bool headers_is_udp(const struct headers *headers)
{
	return headers->l4 == IPPROTO_UDP;
}

/* Parses the packet that an ICMP error message quotes (RFC 792; RFC 4443, section 2.1), which may
 * be cut. Returns false, with *quoted unchanged, if the packet is no such message. */
bool headers_quoted(const struct headers *headers, struct span packet, struct headers *quoted);

/* Returns true if the packet has a transport header with ports: TCP, UDP, UDP-Lite, SCTP, DCCP. */
bool headers_have_ports(const struct headers *headers);

/* Returns true if an IP protocol number stands for a transport whose ports are found: TCP, UDP,
 * SCTP, UDP-Lite or DCCP. */
bool headers_protocol_has_ports(uint8_t protocol);

/* Returns true if an IP protocol number stands for an extension header of IPv6. */
bool headers_is_extension(uint8_t protocol);

/* Returns the bytes of an extension header of IPv6. protocol: the IP protocol number that stands
 * for it; units: its second byte, which has the length in all but the fragment header. */
size_t headers_extension_len(uint8_t protocol, uint8_t units);

/* Returns true if the protocol field of a cooked header (SLL, SLL2) is an EtherType. device: the
 * header's ARPHRD_ type. */
bool headers_sll_has_ethertype(uint16_t device);

/* The addresses of an IP header. */
struct headers_addresses {
	uint8_t src[16], dst[16]; /* IPv4: the first 4 bytes, the rest is 0 */
};

/*
 * Copies both addresses of the packet's IP header. Returns false, with *addresses all zero, if it
 * has none.
 */
bool headers_copy_addresses(const struct headers *headers, struct span packet,
			    struct headers_addresses *addresses);

/* Returns both addresses as they stand in the packet, source first: 8 or 32 bytes, or none if it
 * has no IP header. They are bytes of the packet and valid as long as it is. */
struct span headers_address_bytes(const struct headers *headers, struct span packet);

#endif
