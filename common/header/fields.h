/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where each field of a link, network or transport header stands, and the numbers that say what
 * comes next: every offset (_AT), length (_LEN) and number once. Offsets and lengths are in bytes,
 * offsets count from the start of their header. IPPROTO_ numbers are those of <netinet/in.h>.
 */
#ifndef VTAP_HEADER_FIELDS_H
#define VTAP_HEADER_FIELDS_H

#include <netinet/in.h>

/* Ethernet II (RFC 894): destination, source, EtherType. */
enum {
	MAC_LEN = 6,
	ETHERNET_DST_AT = 0,
	ETHERNET_SRC_AT = 6,
	ETHERNET_TYPE_AT = 12,
	ETHERNET_LEN = 14,
};

/* The EtherTypes (IEEE 802 Numbers of IANA) that vtap tells apart. */
enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_BRIDGED = 0x6558, /* transparent Ethernet bridging: GRE and GENEVE */
	ETHERTYPE_CVLAN = 0x8100,   /* IEEE 802.1Q customer tag */
	ETHERTYPE_IPV6 = 0x86DD,
	ETHERTYPE_PPP = 0x880B,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_SVLAN = 0x88A8, /* IEEE 802.1ad service tag */
	ETHERTYPE_9100 = 0x9100,  /* stacked tags of switches that are older than 802.1ad */
	ETHERTYPE_9200 = 0x9200,
	ETHERTYPE_9300 = 0x9300,
	ETHERTYPE_8200 = 0x8200,   /* stacked tags of some switches; others use the number, too */
	ETHERTYPE_MACSEC = 0x88E5, /* IEEE 802.1AE */
	ETHERTYPE_ITAG = 0x88E7,   /* IEEE 802.1ah, provider backbone bridges */
	ETHERTYPE_FABRICPATH = 0x8903, /* Cisco FabricPath, and its Data Center Ethernet */
	ETHERTYPE_CISCO_METADATA = 0x8909,
	ETHERTYPE_VNTAG = 0x8926, /* Cisco VN-Tag */
	ETHERTYPE_HSR = 0x892F,	  /* IEC 62439-3 */
	ETHERTYPE_ETAG = 0x893F,  /* IEEE 802.1BR */
	ETHERTYPE_MIN = 0x0600,	  /* less is a length: IEEE 802.3 */
	ETHERNET_LENGTH_MAX = 1500,
};

/* IEEE 802.2 LLC with SNAP (RFC 1042): DSAP, SSAP, control, OUI, EtherType. */
enum {
	SNAP_OUI_AT = 3,
	SNAP_TYPE_AT = 6,
	SNAP_LEN = 8,
	SNAP_LLC = 0xAAAA03,
	SNAP_OUI_ETHERTYPE = 0,
	SNAP_OUI_8021H = 0xF8, /* IEEE 802.1H */
};

/* Cisco MetaData behind its EtherType: version, length, options, EtherType. Snort 3, which is
 * Cisco's, has the length in units of 8 bytes. */
enum { CISCO_METADATA_LENGTH_AT = 1, CISCO_METADATA_UNIT = 8 };

/* A MACsec SecTAG (IEEE 802.1AE) behind its EtherType: flags, length, packet number, and maybe the
 * secure channel's id (SCI). The check value (ICV) at the end of the frame has MACSEC_ICV_LEN bytes
 * if neither bit of MACSEC_CHANGED is set. */
enum {
	MACSEC_SHORT_LEN = 6, /* a SecTAG without SCI */
	MACSEC_SCI_LEN = 8,
	MACSEC_ICV_LEN = 16,
	MACSEC_VERSION = 0x80, /* is 0 in the only version that exists */
	MACSEC_HAS_SCI = 0x20,
	MACSEC_CHANGED = 0x0C, /* bits E and C: the payload is encrypted, or changed otherwise */
};

/* A VLAN tag (IEEE 802.1Q) behind its EtherType: priority 3 bits, DEI 1, VID 12; EtherType. */
enum { VLAN_TCI_AT = 0, VLAN_TYPE_AT = 2, VLAN_TAG_LEN = 4, VLAN_VID_MASK = 0xFFF };

/* An MPLS label stack entry (RFC 3032): label 20 bits, class 3, bottom of stack 1, TTL 8; and the
 * control word of a pseudowire (RFC 4385). */
enum {
	MPLS_LABEL_LEN = 4,
	MPLS_BOTTOM_OF_STACK = 0x100,
	MPLS_LABEL_SHIFT = 12,
	MPLS_CONTROL_WORD_LEN = 4,
};

/* PPP (RFC 1661), and the bytes that HDLC-like framing (RFC 1662) puts in front. */
enum {
	PPP_IPV4 = 0x21,
	PPP_IPV6 = 0x57,
	PPP_MPLS = 0x281,
	PPP_MPLS_MULTICAST = 0x283,
	PPP_ADDRESS_CONTROL = 0xFF03,
};

/* IPv4 (RFC 791). */
enum {
	IPV4_TOTAL_AT = 2,
	IPV4_ID_AT = 4,
	IPV4_FRAGMENT_AT = 6,
	IPV4_TTL_AT = 8,
	IPV4_PROTOCOL_AT = 9,
	IPV4_CHECKSUM_AT = 10,
	IPV4_SRC_AT = 12,
	IPV4_DST_AT = 16,
	IPV4_MIN_LEN = 20,
	IPV4_ADDRESS_LEN = 4,
	IPV4_NO_OPTIONS = 0x45, /* the first byte of a header of IPV4_MIN_LEN bytes */
	IPV4_DONT_FRAGMENT = 0x4000,
	IPV4_MORE_FRAGMENTS = 0x2000,
	IPV4_OFFSET_MASK = 0x1FFF, /* in units of 8 bytes */
	IPV4_ANY_FRAGMENT = IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK,
};

/* IPv6 and its extension headers (RFC 8200). */
enum {
	IPV6_PAYLOAD_AT = 4,
	IPV6_NEXT_AT = 6,
	IPV6_HOP_LIMIT_AT = 7,
	IPV6_SRC_AT = 8,
	IPV6_DST_AT = 24,
	IPV6_LEN = 40,
	IPV6_ADDRESS_LEN = 16,
	IPV6_EXTENSION_UNIT = 8, /* extension headers are multiples of this, AH apart */
	IPV6_FRAGMENT_LEN = 8,
	IPV6_FRAGMENT_OFFSET_AT = 2,
	IPV6_FRAGMENT_ID_AT = 4,
	IPV6_MORE_FRAGMENTS = 1,
	IPV6_OFFSET_MASK = 0xFFF8, /* bytes */
	IPV6_OPTION_PAD1 = 0,
	IPV6_OPTION_JUMBO = 0xC2, /* RFC 2675 */
	IPV6_JUMBO_LEN = 8,	  /* a hop-by-hop header with that option alone */
};

/* The authentication header (RFC 4302): next header 1 byte, length 1. */
enum { IP_AH_LENGTH_AT = 1 };

/* Extension headers that <netinet/in.h> does not know, and EtherIP (RFC 3378). */
enum { IPPROTO_HIP = 139, IPPROTO_SHIM6 = 140, IPPROTO_ETHERIP = 97 };

/* All transports with ports have them in the first four bytes: source, destination. */
enum { SRC_PORT_AT = 0, DST_PORT_AT = 2, PORTS_LEN = 4 };

/* UDP (RFC 768). */
enum { UDP_LENGTH_AT = 4, UDP_CHECKSUM_AT = 6, UDP_LEN = 8 };

/* TCP (RFC 9293). At TCP_FLAGS_AT: data offset 4 bits (in words of 4 bytes), reserved 4, flags 8.
 */
enum {
	TCP_SEQUENCE_AT = 4,
	TCP_ACKNOWLEDGMENT_AT = 8,
	TCP_FLAGS_AT = 12, /* 2 bytes */
	TCP_CHECKSUM_AT = 16,
	TCP_MIN_LEN = 20,
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_CWR = 0x80,
};

/* DCCP (RFC 4340). The data offset at DCCP_OFFSET_AT is 1 byte, in words of 4 bytes. */
enum { DCCP_OFFSET_AT = 4, DCCP_MIN_LEN = 12 };

/* SCTP (RFC 9260); ICMP (RFC 792) and ICMPv6 (RFC 4443) with the 4 bytes behind their checksum; ARP
 * (RFC 826) without its addresses. */
enum { SCTP_LEN = 12, ICMP_LEN = 8, ARP_LEN = 8 };

/* Linux cooked captures (LINKTYPE_LINUX_SLL and _SLL2 of tcpdump.org). */
enum {
	SLL_DEVICE_AT = 2,
	SLL_ADDRESS_LEN_AT = 4, /* 2 bytes */
	SLL_ADDRESS_AT = 6,
	SLL_TYPE_AT = 14,
	SLL_LEN = 16,
	SLL2_TYPE_AT = 0,
	SLL2_DEVICE_AT = 8,
	SLL2_ADDRESS_LEN_AT = 11, /* 1 byte */
	SLL2_ADDRESS_AT = 12,
	SLL2_LEN = 20,
};

#endif
