/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP packet that is cut for an MTU: its parts are packets that fit, say what it said, and have
 * its bytes in order. Input: packet. */
#include "offload/tcp_gso.h"

#include "fuzz.h"
#include "header/checksum.h"
#include "header/fields.h"

enum { ONCE = 0x80, LAST = 0x09 }; /* CWR; FIN and PSH */

static struct tcp_gso tcp_gso;
static struct tcp_mss *mss;

/* The gso_packet. */
static struct {
	struct span payload;
	uint32_t sequence;
	uint16_t flags;
} whole;

static void check_sums(const struct headers *headers, struct span part)
{
	bool four = headers->ip_version == 4;
	struct span header = span_first(span_from(part, headers->network), headers->network_len);
	struct span addresses = span_first(span_from(header, four ? 12 : 8), four ? 8 : 32);
	struct span segment = span_from(part, headers->transport);

	FUZZ_CHECK(!four || checksum_fold(checksum_add(0, header)) == 0);
	FUZZ_CHECK(checksum_fold(checksum_add(
			   checksum_add_pseudo(0, addresses, 6, (uint32_t)segment.len), segment)) ==
		   0);
}

static void check_tcp(struct span tcp, uint32_t at, bool first, bool last)
{
	uint32_t sequence = 0;
	uint16_t flags = 0, want = whole.flags;

	want &= (uint16_t) ~((first ? 0 : ONCE) | (last ? 0 : LAST));
	FUZZ_CHECK(span_be32(tcp, 4, &sequence) && sequence == whole.sequence + at);
	FUZZ_CHECK(span_be16(tcp, 12, &flags) && flags == want);
}

static void check_part(struct span part, uint32_t linktype, uint32_t mtu, uint32_t at)
{
	struct headers headers;
	size_t start;

	headers_parse(&headers, linktype, part, 0);
	FUZZ_CHECK(headers.ip_version != 0 && headers.l4 == IPPROTO_TCP);
	FUZZ_CHECK(headers.network_end == part.len && part.len - headers.network <= mtu);
	start = (size_t)headers.transport + headers.transport_len;
	FUZZ_CHECK(start < part.len && part.len - start <= whole.payload.len - at);
	FUZZ_CHECK(memcmp(part.data + start, whole.payload.data + at, part.len - start) == 0);
	check_sums(&headers, part);
	check_tcp(span_from(part, headers.transport), at, at == 0,
		  part.len - start == whole.payload.len - at);
}

static void take_apart(uint32_t linktype, uint32_t mtu)
{
	uint8_t *room;
	uint32_t at = 0;
	size_t len;

	FUZZ_CHECK(tcp_gso.size > 0 && tcp_gso.headers_len <= TCP_GSO_HEADERS_MAX);
	room = malloc(tcp_gso.headers_len + tcp_gso.size);
	FUZZ_CHECK(room != NULL);
	while ((len = tcp_gso_next(&tcp_gso,
				   (struct patch){ room, tcp_gso.headers_len + tcp_gso.size }))) {
		check_part(span_of(room, len), linktype, mtu, at);
		at += (uint32_t)(len - tcp_gso.headers_len);
	}
	FUZZ_CHECK(at == whole.payload.len);
	free(room);
}

static void remember(const struct headers *headers, struct span bytes)
{
	uint64_t end = headers->network_end != 0 ? headers->network_end : bytes.len;

	FUZZ_CHECK(headers->l4 == IPPROTO_TCP && end <= bytes.len);
	whole.payload = span_from(span_first(bytes, end),
				  (size_t)headers->transport + headers->transport_len);
	FUZZ_CHECK(span_be32(bytes, headers->transport + (size_t)TCP_SEQUENCE_AT, &whole.sequence));
	FUZZ_CHECK(span_be16(bytes, headers->transport + (size_t)TCP_FLAGS_AT, &whole.flags));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_packet packet;
	struct headers headers;
	struct span bytes;
	uint32_t mtu;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	bytes = span_of(packet.data, packet.caplen);
	mtu = 40 + packet.flags * 6U;
	headers_parse(&headers, packet.linktype, bytes, 0);
	mss = tcp_mss_new();
	FUZZ_CHECK(mss != NULL);
	if (packet.flags & 1)
		tcp_mss_see(mss, &headers, bytes);
	if (tcp_gso_begin(&tcp_gso, &headers, bytes, packet.len, mtu, mss) == TCP_GSO_CUT) {
		remember(&headers, bytes);
		take_apart(packet.linktype, mtu);
	}
	tcp_mss_free(mss);
	return 0;
}
