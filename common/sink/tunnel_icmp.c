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

#include "checksum.h"
#include "sink/tunnel_way.h"

enum {
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	FRAGMENT_LEN = 8,
	ICMP_LEN = 8,
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
static bool is_our_transport(const struct envelope *envelope, uint8_t protocol,
			     struct span transport)
{
	uint16_t source, destination;

	if (envelope->encap->carrier != CARRIER_UDP)
		return protocol == envelope->encap->numbers[0];
	return protocol == IPPROTO_UDP && span_be16(transport, 0, &source) &&
	       source >= ENVELOPE_PORT_FIRST && span_be16(transport, 2, &destination) &&
	       destination == envelope->port;
}

static bool is_ours_ipv4(const struct envelope *envelope, struct span quote)
{
	uint8_t first, protocol;
	uint16_t fragment;

	return span_u8(quote, 0, &first) && first >> 4 == 4 && (first & 15) * 4 >= IPV4_LEN &&
	       span_be16(quote, 6, &fragment) && (fragment & 0x1fff) == 0 &&
	       span_u8(quote, 9, &protocol) && stands_at(quote, 12, envelope->source, 4) &&
	       stands_at(quote, 16, envelope->destination, 4) &&
	       is_our_transport(envelope, protocol, span_from(quote, (first & 15) * 4));
}

static bool is_ours_ipv6(const struct envelope *envelope, struct span quote)
{
	size_t at = IPV6_LEN;
	uint8_t first, protocol;
	uint16_t fragment;

	if (!span_u8(quote, 0, &first) || first >> 4 != 6 || !span_u8(quote, 6, &protocol) ||
	    !stands_at(quote, 8, envelope->source, 16) ||
	    !stands_at(quote, 24, envelope->destination, 16))
		return false;
	if (protocol == IPPROTO_FRAGMENT) {
		if (!span_u8(quote, IPV6_LEN, &protocol) ||
		    !span_be16(quote, IPV6_LEN + 2, &fragment) || (fragment & 0xfff8) != 0)
			return false;
		at += FRAGMENT_LEN;
	}
	return is_our_transport(envelope, protocol, span_from(quote, at));
}

/* A raw socket gets ICMP before the kernel has looked at its checksum, ICMPv6 behind it. */
static bool parse_ipv4(const struct envelope *envelope, struct span packet,
		       struct tunnel_icmp *icmp)
{
	struct span message;
	uint8_t first, type, code;
	uint16_t mtu;

	if (!span_u8(packet, 0, &first) || (first & 15) * 4 < IPV4_LEN)
		return false;
	message = span_from(packet, (first & 15) * 4);
	if (!span_u8(message, 0, &type) || !span_u8(message, 1, &code) ||
	    !span_be16(message, 6, &mtu) || checksum_fold(checksum_add(0, message)) != 0)
		return false;
	icmp->number = number_ipv4(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV4 ? MTU_MIN_IPV4 : mtu;
	return icmp->number && is_ours_ipv4(envelope, span_from(message, ICMP_LEN));
}

static bool parse_ipv6(const struct envelope *envelope, struct span message,
		       struct tunnel_icmp *icmp)
{
	uint8_t type, code;
	uint32_t mtu;

	if (!span_u8(message, 0, &type) || !span_u8(message, 1, &code) ||
	    !span_be32(message, 4, &mtu))
		return false;
	icmp->number = number_ipv6(type, code);
	icmp->mtu = mtu < MTU_MIN_IPV6 ? MTU_MIN_IPV6 : mtu;
	return icmp->number && is_ours_ipv6(envelope, span_from(message, ICMP_LEN));
}

bool tunnel_icmp_parse(const struct envelope *envelope, struct span message,
		       struct tunnel_icmp *icmp)
{
	return envelope->version == 4 ? parse_ipv4(envelope, message, icmp)
				      : parse_ipv6(envelope, message, icmp);
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
static bool only_destination(int fd, const struct envelope *envelope)
{
	bool four = envelope->version == 4;
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

	span_be32(span_of(envelope->destination, 16), four ? 0 : 12, &last);
	code[2].k = last;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

bool tunnel_icmp_open(struct tunnel_way *way, struct error *err)
{
	bool four = way->envelope.version == 4;
	int size = RECEIVE_BUFFER;

	way->icmp = socket(four ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (way->icmp < 0 ||
	    setsockopt(way->icmp, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
	    !only_errors(way->icmp, way->envelope.version) ||
	    !only_destination(way->icmp, &way->envelope))
		return error_errno(err, "ICMP socket");
	return true;
}

uint32_t tunnel_icmp_mtu(struct tunnel_way *way, int64_t now_ns)
{
	if (way->path_mtu && now_ns - way->path_ns >= path_mtu_ns)
		way->path_mtu = 0;
	return way->path_mtu && way->path_mtu < way->route_mtu ? way->path_mtu : way->route_mtu;
}

void tunnel_icmp_narrow(struct tunnel_way *way, uint32_t mtu, int64_t now_ns)
{
	/* A path is never made wider by a message (RFC 8201 section 4). */
	if (mtu >= way->route_mtu || mtu > tunnel_icmp_mtu(way, now_ns))
		return;
	way->path_mtu = mtu;
	way->path_ns = now_ns;
}

/* Targets of one address and port all hear of it: the quote need not reach to what tells them
 * apart. */
void tunnel_icmp_drain(struct tunnel_sink *tunnel, struct tunnel_target *target)
{
	struct tunnel_way *way = &target->way;
	uint8_t room[MESSAGE_MAX];
	struct tunnel_icmp icmp;
	unsigned left;

	for (left = DRAIN_MAX; left > 0; left--) {
		ssize_t n = recv(way->icmp, room, sizeof(room), MSG_DONTWAIT);

		if (n < 0)
			break;
		if (!tunnel_icmp_parse(&way->envelope, span_of(room, (size_t)n), &icmp))
			continue;
		tunnel_errors_add(tunnel, target, icmp.number, 1);
		if (icmp.number == EMSGSIZE)
			tunnel_icmp_narrow(way, icmp.mtu, tunnel->now_ns);
	}
	tunnel_send_mtu(tunnel, target, tunnel_icmp_mtu(way, tunnel->now_ns));
}
