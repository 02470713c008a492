/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/headers_internal.h"
#include "header/headers_usual.h"

/* Returns what a packet of that link type begins with; PROTO_END if the link type is unknown. */
static enum proto first_proto(uint32_t linktype)
{
	switch (linktype) {
	case LINK_ETHERNET:
		return PROTO_ETHERNET;
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
		return PROTO_IP;
	case LINK_IPV4:
		return PROTO_IPV4;
	case LINK_IPV6:
		return PROTO_IPV6;
	case LINK_SLL:
		return PROTO_SLL;
	case LINK_SLL2:
		return PROTO_SLL2;
	case LINK_NULL:
		return PROTO_NULL;
	case LINK_LOOP:
		return PROTO_LOOP;
	case LINK_NFLOG:
		return PROTO_NFLOG;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return PROTO_PPP_HDLC;
	}
	return PROTO_END;
}

bool headers_know(uint32_t linktype)
{
	return first_proto(linktype) != PROTO_END;
}

static enum proto next_proto(enum proto proto, struct headers *headers, struct cursor *cursor)
{
	switch (proto) {
	case PROTO_ETHERNET:
		return proto_ethernet(headers, cursor);
	case PROTO_ETHERTYPE:
		return proto_ethertype(headers, cursor);
	case PROTO_MPLS:
		return proto_mpls(headers, cursor);
	case PROTO_PPPOE:
		return proto_pppoe(headers, cursor);
	case PROTO_PPP:
		return proto_ppp(headers, cursor);
	case PROTO_PPP_HDLC:
		return proto_ppp_hdlc(headers, cursor);
	case PROTO_SLL:
		return proto_sll(headers, cursor);
	case PROTO_SLL2:
		return proto_sll2(headers, cursor);
	case PROTO_NULL:
		return proto_null(headers, cursor);
	case PROTO_LOOP:
		return proto_loop(headers, cursor);
	case PROTO_NFLOG:
		return proto_nflog(headers, cursor);
	case PROTO_IP:
		return proto_ip(headers, cursor);
	case PROTO_IPV4:
		return proto_ipv4(headers, cursor);
	case PROTO_IPV6:
		return proto_ipv6(headers, cursor);
	case PROTO_TRANSPORT:
		return proto_transport(headers, cursor);
	case PROTO_END:
		break;
	}
	return PROTO_END;
}

static enum headers_link link_of(enum proto first)
{
	switch (first) {
	case PROTO_ETHERNET:
		return HEADERS_LINK_ETHERNET;
	case PROTO_SLL:
		return HEADERS_LINK_SLL;
	case PROTO_SLL2:
		return HEADERS_LINK_SLL2;
	case PROTO_PPP_HDLC:
		return HEADERS_LINK_PPP;
	case PROTO_NULL:
	case PROTO_LOOP:
		return HEADERS_LINK_NULL;
	default:
		return HEADERS_LINK_NONE;
	}
}

/* Parses any packet, header by header. Every proto_*() that goes on has counted a header or chosen
 * the protocol that counts it, so the loop ends. */
static void parse_any(struct headers *headers, uint32_t linktype, struct cursor *cursor)
{
	enum proto proto = first_proto(linktype);

	*headers = (struct headers){ .end = HEADERS_UNKNOWN_LINK };
	headers->link = (uint8_t)link_of(proto);
	while (proto != PROTO_END)
		proto = next_proto(proto, headers, cursor);
	if (headers->depth == 0)
		headers->link = HEADERS_LINK_NONE;
	if (cursor->at > cursor->packet.len)
		cursor->at = cursor->packet.len;
	headers->payload = (uint32_t)cursor->at;
}

/* Not inlined, so that headers_parse() saves no registers for the usual packet. */
__attribute__((noinline)) static void parse_by_steps(struct headers *headers, uint32_t linktype,
						     struct span packet, size_t at)
{
	struct cursor cursor = { .packet = packet, .at = at };

	parse_any(headers, linktype, &cursor);
}

/* Returns the length of the TCP or UDP header at offset `at`; 0 for other protocols, and if not all
 * of it is present. */
SPAN_INLINE uint32_t usual_transport(struct span packet, size_t at, uint8_t protocol)
{
	uint8_t words = 0;

	if (protocol == IPPROTO_UDP)
		return span_has(packet, at, UDP_LEN) ? UDP_LEN : 0;
	if (protocol != IPPROTO_TCP || !span_u8(packet, at + TCP_FLAGS_AT, &words))
		return 0;
	words >>= 4;
	return words * 4 >= TCP_MIN_LEN && span_has(packet, at, words * 4U) ? words * 4U : 0;
}

static void usual_vlans(struct headers *headers, struct span packet, size_t at)
{
	for (; at < headers->network; at += VLAN_TAG_LEN) {
		uint16_t *vid = &headers->vlan[headers->vlans++];

		span_be16(packet, at + VLAN_TCI_AT, vid);
		*vid &= VLAN_VID_MASK;
		headers->depth++;
	}
}

/* Parses a usual packet. Returns false, without having filled *headers, if it is another. */
SPAN_INLINE bool parse_usual(struct headers *headers, struct span packet, size_t at)
{
	uint16_t type = 0, udp_len = 0;
	struct headers_usual_ip ip;
	uint32_t transport_len;
	size_t ip_at = at;

	if (!headers_usual_ethertype(packet, &ip_at, &type) ||
	    !headers_usual_ip(packet, type, ip_at, &ip))
		return false;
	transport_len = usual_transport(packet, ip.next, ip.protocol);
	if (transport_len == 0 || ip.next + transport_len > ip.end)
		return false;
	*headers = (struct headers){
		.end = HEADERS_TRANSPORT,
		.link = HEADERS_LINK_ETHERNET,
		.ip_version = ip.version,
		.protocol = ip.protocol,
		.l4 = ip.protocol,
		.depth = 3,
		.link_len = (uint32_t)(ip_at - at),
		.network = (uint32_t)ip_at,
		.network_len = (uint32_t)(ip.next - ip_at),
		.transport = (uint32_t)ip.next,
		.transport_len = transport_len,
		.payload = (uint32_t)ip.next + transport_len,
		.network_end = ip.end,
	};
	if (ip_at > at + ETHERNET_LEN)
		usual_vlans(headers, packet, at + ETHERNET_LEN);
	span_be16(packet, ip.next + SRC_PORT_AT, &headers->src_port);
	span_be16(packet, ip.next + DST_PORT_AT, &headers->dst_port);
	if (ip.protocol == IPPROTO_UDP && span_be16(packet, ip.next + UDP_LENGTH_AT, &udp_len) &&
	    udp_len >= UDP_LEN)
		headers->transport_end = ip.next + udp_len;
	return true;
}

void headers_parse(struct headers *headers, uint32_t linktype, struct span packet, size_t at)
{
	if (linktype != LINK_ETHERNET || !parse_usual(headers, packet, at))
		parse_by_steps(headers, linktype, packet, at);
}

unsigned headers_vlans(uint32_t linktype, struct span packet, size_t at, uint16_t *vids,
		       unsigned most)
{
	struct cursor cursor = { .packet = packet, .at = at, .vids = vids, .vids_most = most };
	struct headers headers;

	parse_any(&headers, linktype, &cursor);
	return headers.vlans < most ? headers.vlans : most;
}

/* The types of messages that quote the packet that caused them. */
static bool is_icmp_error(const struct headers *headers, struct span packet)
{
	uint8_t type;

	if ((headers->l4 != IPPROTO_ICMP && headers->l4 != IPPROTO_ICMPV6) ||
	    !span_u8(packet, headers->transport, &type))
		return false;
	if (headers->l4 == IPPROTO_ICMPV6)
		return type < 128;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool headers_quoted(const struct headers *headers, struct span packet, struct headers *quoted)
{
	if (!is_icmp_error(headers, packet))
		return false;
	headers_parse(quoted, LINK_RAW, packet, headers->transport + (size_t)ICMP_LEN);
	return true;
}

struct span headers_address_bytes(const struct headers *headers, struct span packet)
{
	struct span bytes = { NULL, 0 };

	if (headers->ip_version == 4)
		span_sub(packet, headers->network + (size_t)IPV4_SRC_AT, 2 * IPV4_ADDRESS_LEN,
			 &bytes);
	else if (headers->ip_version == 6)
		span_sub(packet, headers->network + (size_t)IPV6_SRC_AT, 2 * IPV6_ADDRESS_LEN,
			 &bytes);
	return bytes;
}

bool headers_copy_addresses(const struct headers *headers, struct span packet,
			    struct headers_addresses *addresses)
{
	struct span bytes = headers_address_bytes(headers, packet);

	*addresses = (struct headers_addresses){ 0 };
	return bytes.len > 0 && span_copy(bytes, 0, addresses->src, bytes.len / 2) &&
	       span_copy(bytes, bytes.len / 2, addresses->dst, bytes.len / 2);
}
