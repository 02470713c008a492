/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What routers and the collector say about frames that the packet engine sent: no socket of the
 * kernel's knows of them, so a raw one listens. Errors by number are the same as a UDP socket would
 * get (icmp(7); __udp4_lib_err() and icmpv6_err_convert() of the kernel).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "header/checksum.h"
#include "header/fields.h"
#include "live/send_internal.h"

enum {
	MESSAGE_MAX = 2048, /* RFC 1812 section 4.3.2.3 and RFC 4443 section 3.1: 576 and 1280 */
	DRAIN_MAX = 256,
	RECEIVE_BUFFER = 65536,
};

/* What every host takes in one piece (RFC 791 section 3.1, RFC 8200 section 5): no message can
 * make the path narrower than that. */
enum { MTU_MIN_IPV4 = 576, MTU_MIN_IPV6 = 1280 };

/* net.ipv4.route.mtu_expires, net.ipv6.route.mtu_expires; RFC 1191 section 6.3. */
static const int64_t path_mtu_ns = INT64_C(600) * 1000000000;

static int number_ipv4(uint8_t type, uint8_t code)
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

static int number_ipv6(uint8_t type, uint8_t code)
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

static bool stands_at(struct span bytes, size_t offset, const uint8_t *want, size_t len)
{
	struct span found;

	return span_sub(bytes, offset, len, &found) && memcmp(found.data, want, len) == 0;
}

/* Quoted are 8 bytes of the transport header at least (RFC 792). */
static bool is_our_transport(const struct outer_header *outer_header, uint8_t protocol,
			     struct span transport)
{
	uint16_t source, destination;

	if (outer_header->encap->carrier != CARRIER_UDP)
		return protocol == outer_header->encap->numbers[0];
	return protocol == IPPROTO_UDP && span_be16(transport, 0, &source) &&
	       source >= OUTER_HEADER_PORT_FIRST && span_be16(transport, 2, &destination) &&
	       destination == outer_header->port;
}

static bool is_ours_ipv4(const struct outer_header *outer_header, struct span quote)
{
	uint8_t first, protocol;
	uint16_t fragment;

	return span_u8(quote, 0, &first) && first >> 4 == 4 && (first & 15) * 4 >= IPV4_MIN_LEN &&
	       span_be16(quote, 6, &fragment) && (fragment & 0x1fff) == 0 &&
	       span_u8(quote, 9, &protocol) && stands_at(quote, 12, outer_header->source, 4) &&
	       stands_at(quote, 16, outer_header->destination, 4) &&
	       is_our_transport(outer_header, protocol, span_from(quote, (first & 15) * 4));
}

static bool is_ours_ipv6(const struct outer_header *outer_header, struct span quote)
{
	size_t at = IPV6_LEN;
	uint8_t first, protocol;
	uint16_t fragment;

	if (!span_u8(quote, 0, &first) || first >> 4 != 6 || !span_u8(quote, 6, &protocol) ||
	    !stands_at(quote, 8, outer_header->source, 16) ||
	    !stands_at(quote, 24, outer_header->destination, 16))
		return false;
	if (protocol == IPPROTO_FRAGMENT) {
		if (!span_u8(quote, IPV6_LEN, &protocol) ||
		    !span_be16(quote, IPV6_LEN + 2, &fragment) || (fragment & 0xfff8) != 0)
			return false;
		at += IPV6_FRAGMENT_LEN;
	}
	return is_our_transport(outer_header, protocol, span_from(quote, at));
}

/* A raw socket gets ICMP before the kernel has looked at its checksum, ICMPv6 behind it. */
static bool parse_ipv4(const struct outer_header *outer_header, struct span packet,
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
	icmp->number = number_ipv4(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV4 ? MTU_MIN_IPV4 : mtu;
	return icmp->number && is_ours_ipv4(outer_header, span_from(message, ICMP_LEN));
}

static bool parse_ipv6(const struct outer_header *outer_header, struct span message,
		       struct send_icmp *icmp)
{
	uint8_t type, code;
	uint32_t mtu;

	if (!span_u8(message, 0, &type) || !span_u8(message, 1, &code) ||
	    !span_be32(message, 4, &mtu))
		return false;
	icmp->number = number_ipv6(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV6 ? MTU_MIN_IPV6 : mtu;
	return icmp->number && is_ours_ipv6(outer_header, span_from(message, ICMP_LEN));
}

bool send_icmp_parse(const struct outer_header *outer_header, struct span message,
		     struct send_icmp *icmp)
{
	return outer_header->version == 4 ? parse_ipv4(outer_header, message, icmp)
					  : parse_ipv6(outer_header, message, icmp);
}

static bool only_errors(int fd, uint8_t version)
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

/* What is about other destinations must not fill the buffer. The filter sees IPv4 from the IP
 * header on, IPv6 from the ICMPv6 header; of the address the last word will do. */
static bool only_destination(int fd, const struct outer_header *outer_header)
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
	    !only_errors(path->icmp, path->outer_header.version) ||
	    !only_destination(path->icmp, &path->outer_header))
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
	/* A path is never made wider by a message (RFC 8201 section 4). */
	if (mtu >= path->route_mtu || mtu > send_icmp_mtu(path, now_ns))
		return;
	path->path_mtu = mtu;
	path->path_ns = now_ns;
}

/* Targets of one address and port all hear of it: the quote need not reach to what tells them
 * apart. */
void send_icmp_drain(struct send_sink *tunnel, struct send_target *target)
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
		send_errors_add(tunnel, target, icmp.number, 1);
		if (icmp.number == EMSGSIZE)
			send_icmp_narrow(path, icmp.mtu, tunnel->now_ns);
	}
	send_target_set_mtu(tunnel, target, send_icmp_mtu(path, tunnel->now_ns));
}
