/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_icmp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "header/checksum.h"
#include "header/fields.h"
#include "live/send_target.h"

enum {
	MESSAGE_MAX = 2048, /* bytes; errors have at most 576 (RFC 1812 section 4.3.2.3), or 1280
			       (RFC 4443 section 3.1) */
	DRAIN_MAX = 256,    /* messages per call, so that a flood delays no frames */
	RECEIVE_BUFFER = 65536, /* bytes; the kernel drops errors beyond; nothing counts those */
};

/* Bytes that every host accepts (RFC 791 section 3.1) and every link of IPv6 carries (RFC 8200
 * section 5). A smaller MTU in a message is a mistake or an attack. */
enum { MTU_MIN_IPV4 = 576, MTU_MIN_IPV6 = 1280 };

/* The default of net.ipv4.route.mtu_expires and net.ipv6.route.mtu_expires; RFC 1191 section 6.3.
 */
static const int64_t path_mtu_ns = INT64_C(600) * 1000000000;

/* The table is icmp_err_convert of the kernel (net/ipv4/icmp.c); codes are those of RFC 1812. */
static int send_icmp_number_ipv4(uint8_t type, uint8_t code)
{
	static const int unreachable[] = {
		ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED, EMSGSIZE,	    EOPNOTSUPP,
		ENETUNREACH, EHOSTDOWN,	   ENONET,	ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
	};

	switch (type) {
	case ICMP_DEST_UNREACH:
		return code < sizeof(unreachable) / sizeof(unreachable[0]) ? unreachable[code]
									   : EHOSTUNREACH;
	case ICMP_TIME_EXCEEDED:
		return EHOSTUNREACH;
	case ICMP_PARAMETERPROB:
		return EPROTO;
	default:
		return 0;
	}
}

/* The numbers of icmpv6_err_convert() of the kernel (net/ipv6/icmp.c). */
static int send_icmp_number_ipv6(uint8_t type, uint8_t code)
{
	static const int unreachable[] = {
		ENETUNREACH, EACCES, EHOSTUNREACH, EHOSTUNREACH, ECONNREFUSED, EACCES, EACCES,
	};

	switch (type) {
	case ICMP6_DST_UNREACH:
		return code < sizeof(unreachable) / sizeof(unreachable[0]) ? unreachable[code]
									   : EPROTO;
	case ICMP6_PACKET_TOO_BIG:
		return EMSGSIZE;
	case ICMP6_TIME_EXCEEDED:
		return EHOSTUNREACH;
	case ICMP6_PARAM_PROB:
		return EPROTO;
	default:
		return 0;
	}
}

static bool send_icmp_matches(struct span bytes, size_t offset, const uint8_t *want, size_t len)
{
	struct span found;

	return span_sub(bytes, offset, len, &found) && memcmp(found.data, want, len) == 0;
}

/* A message quotes at least 8 bytes of the transport header (RFC 792). */
static bool send_icmp_is_our_transport(const struct outer_header *outer_header, uint8_t protocol,
				       struct span transport)
{
	uint16_t source, destination;

	if (outer_header->encap->carrier != CARRIER_UDP)
		return protocol == outer_header->encap->numbers[0];
	return protocol == IPPROTO_UDP && span_be16(transport, 0, &source) &&
	       source >= OUTER_HEADER_PORT_FIRST && span_be16(transport, 2, &destination) &&
	       destination == outer_header->port;
}

static bool send_icmp_is_ours_ipv4(const struct outer_header *outer_header, struct span quote)
{
	uint8_t first, protocol;
	uint16_t fragment;

	return span_u8(quote, 0, &first) && first >> 4 == 4 && (first & 15) * 4 >= IPV4_MIN_LEN &&
	       span_be16(quote, 6, &fragment) && (fragment & 0x1fff) == 0 &&
	       span_u8(quote, 9, &protocol) &&
	       send_icmp_matches(quote, 12, outer_header->source, 4) &&
	       send_icmp_matches(quote, 16, outer_header->destination, 4) &&
	       send_icmp_is_our_transport(outer_header, protocol,
					  span_from(quote, (first & 15) * 4));
}

static bool send_icmp_is_ours_ipv6(const struct outer_header *outer_header, struct span quote)
{
	size_t at = IPV6_LEN;
	uint8_t first, protocol;
	uint16_t fragment;

	if (!span_u8(quote, 0, &first) || first >> 4 != 6 || !span_u8(quote, 6, &protocol) ||
	    !send_icmp_matches(quote, 8, outer_header->source, 16) ||
	    !send_icmp_matches(quote, 24, outer_header->destination, 16))
		return false;
	if (protocol == IPPROTO_FRAGMENT) {
		if (!span_u8(quote, IPV6_LEN, &protocol) ||
		    !span_be16(quote, IPV6_LEN + 2, &fragment) || (fragment & 0xfff8) != 0)
			return false;
		at += IPV6_FRAGMENT_LEN;
	}
	return send_icmp_is_our_transport(outer_header, protocol, span_from(quote, at));
}

/* The kernel hands ICMP to raw sockets before it has verified the checksum, but ICMPv6 after. */
static bool send_icmp_parse_ipv4(const struct outer_header *outer_header, struct span packet,
				 struct send_icmp *icmp)
{
	struct span message;
	uint8_t first, type, code;
	uint16_t mtu;

	if (!span_u8(packet, 0, &first) || (first & 15) * 4 < IPV4_MIN_LEN)
		return false;
	message = span_from(packet, (first & 15) * 4);
	if (!span_u8(message, 0, &type) || !span_u8(message, 1, &code) ||
	    !span_be16(message, 6, &mtu) || checksum_fold(checksum_add(0, message)) != 0)
		return false;
	icmp->number = send_icmp_number_ipv4(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV4 ? MTU_MIN_IPV4 : mtu;
	return icmp->number && send_icmp_is_ours_ipv4(outer_header, span_from(message, ICMP_LEN));
}

static bool send_icmp_parse_ipv6(const struct outer_header *outer_header, struct span message,
				 struct send_icmp *icmp)
{
	uint8_t type, code;
	uint32_t mtu;

	if (!span_u8(message, 0, &type) || !span_u8(message, 1, &code) ||
	    !span_be32(message, 4, &mtu))
		return false;
	icmp->number = send_icmp_number_ipv6(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV6 ? MTU_MIN_IPV6 : mtu;
	return icmp->number && send_icmp_is_ours_ipv6(outer_header, span_from(message, ICMP_LEN));
}

bool send_icmp_parse(const struct outer_header *outer_header, struct span message,
		     struct send_icmp *icmp)
{
	return outer_header->version == 4 ? send_icmp_parse_ipv4(outer_header, message, icmp)
					  : send_icmp_parse_ipv6(outer_header, message, icmp);
}

static bool send_icmp_filter_types(int fd, uint8_t version)
{
	struct icmp_filter four = { .data = ~(1U << ICMP_DEST_UNREACH | 1U << ICMP_TIME_EXCEEDED |
					      1U << ICMP_PARAMETERPROB) };
	struct icmp6_filter six;

	if (version == 4)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four)) == 0;
	ICMP6_FILTER_SETBLOCKALL(&six);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &six);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &six);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &six);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &six);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six)) == 0;
}

/* Errors about other destinations must not fill the buffer. The filter sees an IPv4 packet from its
 * IP header on, an IPv6 packet from the ICMPv6 header on. It compares the last 32 bits of the
 * quoted destination; send_icmp_parse() compares the whole address. */
static bool send_icmp_filter_destination(int fd, const struct outer_header *outer_header)
{
	bool four = outer_header->version == 4;
	unsigned at = four ? ICMP_LEN + 16 : ICMP_LEN + 24 + 12;
	uint32_t last = 0;
	struct sock_filter code[] = {
		four ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
		     : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, MESSAGE_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	span_be32(span_of(outer_header->destination, 16), four ? 0 : 12, &last);
	code[2].k = last;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

bool send_icmp_open(struct send_path *path, struct error *err)
{
	bool four = path->outer_header.version == 4;
	int size = RECEIVE_BUFFER;

	path->icmp = socket(four ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (path->icmp < 0 ||
	    setsockopt(path->icmp, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
	    !send_icmp_filter_types(path->icmp, path->outer_header.version) ||
	    !send_icmp_filter_destination(path->icmp, &path->outer_header))
		return error_errno(err, "ICMP socket");
	return true;
}

uint32_t send_icmp_mtu(struct send_path *path, int64_t now_ns)
{
	if (path->path_mtu && now_ns - path->path_ns >= path_mtu_ns)
		path->path_mtu = 0;
	return path->path_mtu && path->path_mtu < path->route_mtu ? path->path_mtu
								  : path->route_mtu;
}

void send_icmp_narrow(struct send_path *path, uint32_t mtu, int64_t now_ns)
{
	if (mtu >= path->route_mtu || mtu > send_icmp_mtu(path, now_ns))
		return;
	path->path_mtu = mtu;
	path->path_ns = now_ns;
}

/* The quote may be too short to tell targets with one address and port apart: each of them counts
 * the error. */
void send_icmp_drain(struct send_sink *sink, struct send_target *target)
{
	struct send_path *path = &target->path;
	uint8_t room[MESSAGE_MAX];
	struct send_icmp icmp;
	unsigned left;

	for (left = DRAIN_MAX; left > 0; left--) {
		ssize_t n = recv(path->icmp, room, sizeof(room), MSG_DONTWAIT);

		if (n < 0)
			break;
		if (!send_icmp_parse(&path->outer_header, span_of(room, (size_t)n), &icmp))
			continue;
		send_target_error(sink, target, icmp.number, 1);
		if (icmp.number == EMSGSIZE)
			send_icmp_narrow(path, icmp.mtu, sink->now_ns);
	}
	send_target_set_mtu(sink, target, send_icmp_mtu(path, sink->now_ns));
}
