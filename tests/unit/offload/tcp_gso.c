/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Superframes cut into segments: each is right by itself, tshark finds no fault, and their payloads
 * make the gso_packet's again. */
#include "offload/tcp_gso.h"

#include "header/checksum.h"
#include "lib/build.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"
#include "lib/tshark.h"

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16, ECE = 64, CWR = 128 };

static struct gso_packet frame;

static const struct row {
	const char *name;
	struct {
		uint8_t version;
		unsigned vlans, ip_options, tcp_options;
		const char *extensions;
		enum gso_packet_claim claim;
		uint32_t payload, padding;
		uint8_t flags;
		uint16_t id;
		uint32_t sequence;
	} of;
	uint32_t mtu;
	unsigned segments; /* 0: it is left whole */
	uint32_t size;
} rows[] = {
	{ "ipv4", { 4, .payload = 14600, .flags = ACK }, 1500, 10, 1460 },
	{ "ipv4, the last is short", { 4, .payload = 14601, .flags = ACK }, 1500, 11, 1460 },
	{ "ipv4, timestamps",
	  { 4, .payload = 62264, .tcp_options = 12, .flags = ACK | PSH },
	  1500,
	  43,
	  1448 },
	{ "ipv4, options", { 4, .ip_options = 24, .payload = 4000, .flags = ACK }, 1500, 3, 1436 },
	{ "ipv4, all options",
	  { 4, .ip_options = 40, .tcp_options = 40, .payload = 4000, .flags = ACK },
	  576,
	  9,
	  456 },
	{ "ipv4, PSH and FIN", { 4, .payload = 5000, .flags = ACK | PSH | FIN }, 1500, 4, 1460 },
	{ "ipv4, CWR and ECE",
	  { 4, .payload = 5000, .flags = ACK | PSH | CWR | ECE },
	  1500,
	  4,
	  1460 },
	{ "ipv4, numbers wrap",
	  { 4, .payload = 50000, .flags = ACK, .id = 65530, .sequence = 0xFFFFFE00 },
	  1500,
	  35,
	  1460 },
	{ "ipv4, odd sizes", { 4, .payload = 5555, .flags = ACK }, 1241, 5, 1201 },
	{ "ipv4, padding", { 4, .payload = 3000, .padding = 7, .flags = ACK }, 1500, 3, 1460 },
	{ "ipv4, one byte over", { 4, .payload = 1461, .flags = ACK }, 1500, 2, 1460 },
	{ "ipv4, fits", { 4, .payload = 1460, .flags = ACK }, 1500, 0, 0 },
	{ "ipv4, fits with padding",
	  { 4, .payload = 1460, .padding = 400, .flags = ACK },
	  1500,
	  0,
	  0 },
	{ "ipv4, no MTU", { 4, .payload = 60000, .flags = ACK }, 0, 0, 0 },
	{ "ipv4, a tag", { 4, .vlans = 1, .payload = 10000, .flags = ACK }, 1500, 7, 1460 },
	{ "ipv4, two tags",
	  { 4, .vlans = 2, .tcp_options = 12, .payload = 10000, .flags = ACK | PSH },
	  1500,
	  7,
	  1448 },
	{ "ipv4, length 0",
	  { 4, .claim = CLAIM_NOTHING, .payload = 20000, .flags = ACK },
	  1500,
	  14,
	  1460 },
	{ "ipv4, big",
	  { 4, .claim = CLAIM_NOTHING, .tcp_options = 12, .payload = 185000, .flags = ACK },
	  1500,
	  128,
	  1448 },
	{ "ipv4, big, by the loopback's MTU",
	  { 4, .claim = CLAIM_NOTHING, .payload = 185000, .flags = ACK },
	  65536,
	  3,
	  65495 },
	{ "ipv6", { 6, .payload = 14280, .flags = ACK }, 1500, 10, 1428 + 12 },
	{ "ipv6, timestamps, a tag",
	  { 6, .vlans = 1, .tcp_options = 12, .payload = 65000, .flags = ACK | PSH | FIN },
	  1500,
	  46,
	  1428 },
	{ "ipv6, extension headers",
	  { 6, .extensions = "\x3c\x2b", .payload = 9000, .flags = ACK },
	  1500,
	  7,
	  1424 },
	{ "ipv6, jumbogram",
	  { 6, .claim = CLAIM_JUMBO, .vlans = 1, .tcp_options = 12, .payload = 185000,
	    .flags = ACK | PSH | CWR },
	  1500,
	  130,
	  1428 },
	{ "ipv6, jumbogram with an extension header",
	  { 6, .claim = CLAIM_JUMBO, .extensions = "\x3c", .payload = 70000, .flags = ACK },
	  1500,
	  49,
	  1432 },
	{ "ipv6, length 0",
	  { 6, .claim = CLAIM_NOTHING, .payload = 100000, .flags = ACK },
	  1500,
	  70,
	  1440 },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static void make(const struct row *row)
{
	memset(&frame, 0, offsetof(struct gso_packet, bytes));
	frame.version = row->of.version;
	frame.vlans = row->of.vlans;
	frame.ip_options_len = row->of.ip_options;
	frame.tcp_options_len = row->of.tcp_options;
	frame.extensions = row->of.extensions;
	frame.claim = row->of.claim;
	frame.payload_len = row->of.payload;
	frame.padding_len = row->of.padding;
	frame.flags = row->of.flags;
	frame.id = row->of.id;
	frame.sequence = row->of.sequence;
	gso_packet_build(&frame);
}

static enum tcp_gso_need begin(struct tcp_gso *tcp_gso, uint32_t mtu, const struct tcp_mss *mss)
{
	return tcp_gso_begin(tcp_gso, &frame.headers, span_of(frame.bytes, frame.len), frame.len,
			     mtu, mss);
}

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* The checksums over what is there, by another way than the tcp_gso's. */
static bool sums_right(const uint8_t *data, const struct headers *headers)
{
	bool four = headers->ip_version == 4;
	uint32_t ip = headers->network, tcp = headers->transport;
	uint32_t tcp_len = (uint32_t)headers->network_end - tcp, sum = 6 + tcp_len;
	const uint8_t *at = data + ip + (four ? 12 : 8);

	for (unsigned i = 0; i < (four ? 8U : 32U); i += 2)
		sum += be16(at + i);
	for (uint32_t i = 0; i < tcp_len; i++)
		sum += i % 2 == 0 ? (uint32_t)data[tcp + i] << 8 : data[tcp + i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff &&
	       (!four ||
		checksum_fold(checksum_add(0, span_of(data + ip, headers->network_len))) == 0);
}

/* Nothing but the fields that a segment has for itself differs from the gso_packet's headers. */
static bool headers_same(const uint8_t *data, const struct headers *headers)
{
	uint8_t ours[TCP_GSO_HEADERS_MAX], want[TCP_GSO_HEADERS_MAX];
	uint32_t ip = headers->network, tcp = headers->transport;
	uint32_t len = tcp + headers->transport_len, gone = frame.payload - len;

	assert(len <= sizeof want);
	memcpy(ours, data, len);
	memcpy(want, frame.bytes, ip + (headers->ip_version == 4 ? 20 : 40));
	if (headers->ip_version == 4) {
		memcpy(want + ip, frame.bytes + frame.ip, len - ip);
		memcpy(want + ip + 2, ours + ip + 2, 4);
		memcpy(want + ip + 10, ours + ip + 10, 2);
	} else {
		memcpy(want + ip + 40, frame.bytes + frame.ip + 40 + gone, len - ip - 40);
		memcpy(want + ip + 4, ours + ip + 4, 2);
		if (gone > 0)
			want[ip + 6] = frame.bytes[frame.ip + 40];
	}
	memcpy(want + tcp + 4, ours + tcp + 4, 4);
	memcpy(want + tcp + 13, ours + tcp + 13, 1);
	memcpy(want + tcp + 16, ours + tcp + 16, 2);
	return memcmp(ours, want, len) == 0 && gone == (frame.claim == CLAIM_JUMBO ? 8 : 0);
}

static bool flags_right(uint8_t flags, bool first, bool last)
{
	uint8_t want = frame.flags;

	if (!first)
		want &= (uint8_t)~CWR;
	if (!last)
		want &= (uint8_t) ~(FIN | PSH);
	return flags == want;
}

/* Segment number n, which begins at `at` of the payload; false when anything is wrong. */
static bool segment_right(const uint8_t *data, size_t len, unsigned n, uint32_t at, uint32_t size)
{
	struct headers headers;
	uint32_t payload_len;

	headers_parse(&headers, LINK_ETHERNET, span_of(data, len), 0);
	if (headers.end != HEADERS_TRANSPORT || headers.depth != frame.vlans + 3 ||
	    headers.vlans != frame.vlans || headers.l4 != 6 || headers.network_end != len ||
	    headers.flags != 0)
		return false;
	payload_len = (uint32_t)len - headers.payload;
	return payload_len == (frame.payload_len - at < size ? frame.payload_len - at : size) &&
	       memcmp(data + headers.payload, frame.bytes + frame.payload + at, payload_len) == 0 &&
	       be32(data + headers.transport + 4) == frame.sequence + at &&
	       (frame.version == 6 ||
		be16(data + headers.network + 4) == (uint16_t)(frame.id + n)) &&
	       flags_right(data[headers.transport + 13], n == 0,
			   at + payload_len == frame.payload_len) &&
	       headers_same(data, &headers) && sums_right(data, &headers);
}

/* Cuts the frame, each segment into memory of exactly its size; returns how many were right up to
 * the first that was not. */
static unsigned cut(struct tcp_gso *tcp_gso, uint32_t size, struct tshark *tshark)
{
	unsigned n = 0;
	uint32_t at = 0;

	while (at < frame.payload_len) {
		uint32_t part = frame.payload_len - at < size ? frame.payload_len - at : size;
		size_t want = tcp_gso->headers_len + part;
		uint8_t *room = malloc(want);
		size_t len;

		assert(room != NULL);
		len = tcp_gso_next(tcp_gso, (struct patch){ room, want - 1 });
		len += tcp_gso_next(tcp_gso, (struct patch){ room, want });
		if (tshark != NULL && len == want)
			tshark_add(tshark, room, len);
		if (len != want || !segment_right(room, len, n, at, size))
			printf("#   segment %u is wrong\n", n);
		else
			n++;
		free(room);
		at += part;
	}
	return n;
}

static void test_rows(void)
{
	for (unsigned i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		struct tcp_gso tcp_gso;
		enum tcp_gso_need need;
		uint8_t room[1];

		make(row);
		need = begin(&tcp_gso, row->mtu, NULL);
		if (row->segments == 0) {
			ok(need == TCP_GSO_WHOLE, "%s: left whole", row->name);
			continue;
		}
		if (!ok(need == TCP_GSO_SEGMENT && tcp_gso.size == row->size, "%s: is cut",
			row->name)) {
			printf("#   need %d, by %u\n", (int)need, tcp_gso.size);
			continue;
		}
		is_u64(cut(&tcp_gso, row->size, NULL), row->segments, "right segments");
		is_u64(tcp_gso_next(&tcp_gso, (struct patch){ room, 1 }), 0, "and no more");
	}
}

/* One stream of superframes: no gap, no overlap, no bad checksum. */
static void test_tshark(uint8_t version)
{
	static char got[1 << 20];
	struct row row = { .of = { version, .tcp_options = 0, .payload = 20000, .flags = ACK | PSH,
				   .sequence = 1000 } };
	struct tshark tshark;
	unsigned segments = 0, good = 0;

	tshark_begin(&tshark);
	for (unsigned i = 0; i < 20; i++) {
		struct tcp_gso tcp_gso;

		make(&row);
		assert(begin(&tcp_gso, 1500, NULL) == TCP_GSO_SEGMENT);
		segments += cut(&tcp_gso, tcp_gso.size, &tshark);
		row.of.sequence += row.of.payload;
		row.of.payload += 1111;
	}
	tshark_run(&tshark,
		   "-o tcp.check_checksum:TRUE -T fields -E separator=, -e ip.checksum.status "
		   "-e tcp.checksum.status -e _ws.expert.message",
		   got, sizeof got);
	for (char *line = strtok(got, "\n"); line != NULL; line = strtok(NULL, "\n"))
		good += strcmp(line, version == 4 ? "1,1," : ",1,") == 0;
	is_u64(good, segments,
	       version == 4 ? "ipv4: tshark has nothing to say"
			    : "ipv6: tshark has nothing to say");
	ok(segments > 300, "of %u segments", segments);
	tshark_end(&tshark);
}

/* A SYN of the other side that allows mss. */
static void allow(struct tcp_mss *table, uint8_t version, uint16_t mss)
{
	static struct gso_packet syn;

	memset(&syn, 0, offsetof(struct gso_packet, bytes));
	syn.version = version;
	syn.tcp_options_len = 4;
	syn.flags = SYN | ACK;
	gso_packet_build(&syn);
	memmove(syn.bytes + syn.ip + (version == 4 ? 12 : 8),
		frame.bytes + frame.ip + (version == 4 ? 16 : 24), version == 4 ? 4 : 16);
	memmove(syn.bytes + syn.ip + (version == 4 ? 16 : 24),
		frame.bytes + frame.ip + (version == 4 ? 12 : 8), version == 4 ? 4 : 16);
	gso_packet_be16(&syn, syn.transport, 5001);
	gso_packet_be16(&syn, syn.transport + 2, 40000);
	gso_packet_be16(&syn, syn.transport + 20, 0x0204);
	gso_packet_be16(&syn, syn.transport + 22, mss);
	headers_parse(&syn.headers, LINK_ETHERNET, span_of(syn.bytes, syn.len), 0);
	tcp_mss_see(table, &syn.headers, span_of(syn.bytes, syn.len));
}

static void test_mss(uint8_t version)
{
	struct row row = { .of = { version, .tcp_options = 12, .payload = 6000,
				   .flags = ACK | PSH } };
	struct tcp_mss *mss = tcp_mss_new();
	struct tcp_gso tcp_gso;
	uint32_t fits = version == 4 ? 1448 : 1428;

	assert(mss != NULL);
	make(&row);
	ok(begin(&tcp_gso, 1500, mss) == TCP_GSO_SEGMENT && tcp_gso.size == fits,
	   "ipv%d: by the MTU while no SYN was seen", version);
	allow(mss, version, 1200);
	ok(begin(&tcp_gso, 1500, mss) == TCP_GSO_SEGMENT && tcp_gso.size == 1188,
	   "ipv%d: by the SYN of the other side", version);
	is_u64(cut(&tcp_gso, 1188, NULL), 6, "right segments");
	allow(mss, version, 8960);
	ok(begin(&tcp_gso, 1500, mss) == TCP_GSO_SEGMENT && tcp_gso.size == fits,
	   "ipv%d: by the MTU where it is less", version);
	is_u64(begin(&tcp_gso, 9000, mss), TCP_GSO_WHOLE, "what fits both is left whole");
	tcp_mss_free(mss);
	mss = tcp_mss_new();
	assert(mss != NULL);
	allow(mss, version, 1460);
	ok(begin(&tcp_gso, 9000, mss) == TCP_GSO_SEGMENT && tcp_gso.size == 1448,
	   "ipv%d: what fits the MTU of a bridge but not its ports' SYN", version);
	row.of.payload = 1449;
	make(&row);
	ok(begin(&tcp_gso, 9000, mss) == TCP_GSO_SEGMENT && tcp_gso.size == 1448,
	   "ipv%d: ... and by a byte only, with the options", version);
	row.of.payload = 1448;
	make(&row);
	is_u64(begin(&tcp_gso, 9000, mss), TCP_GSO_WHOLE, "what the SYN just allows");
	row.of.payload = 6000;
	make(&row);
	is_u64(tcp_gso_begin(&tcp_gso, &frame.headers, span_of(frame.bytes, frame.len),
			     frame.len + 1, 9000, mss),
	       TCP_GSO_WHOLE, "... but for a cut capture, which no MTU speaks against");
	tcp_mss_free(mss);
}

/* Every prefix, and every byte of the headers changed: nothing reads or writes outside. */
static void test_damage(const struct row *row)
{
	static uint8_t room[2048];
	unsigned damaged = 0;

	make(row);
	for (size_t n = 0; n < 200 * 9; n++) {
		size_t len = n < 200 ? n : n % 2 == 0 ? frame.payload + 3000 : frame.len;
		size_t at = (n - 200) / 8;
		uint8_t *exact = build_exact(frame.bytes, len);
		struct tcp_gso tcp_gso;
		struct headers headers;

		if (n >= 200)
			exact[at] ^= (uint8_t)(1U << n % 8);
		headers_parse(&headers, LINK_ETHERNET, span_of(exact, len), 0);
		if (tcp_gso_begin(&tcp_gso, &headers, span_of(exact, len), (uint32_t)len, 1500,
				  NULL) == TCP_GSO_SEGMENT)
			while (tcp_gso_next(&tcp_gso, (struct patch){ room, sizeof room }) > 0)
				damaged++;
		free(exact);
	}
	ok(damaged > 0, "%s: survives damage", row->name);
}

int main(void)
{
	test_rows();
	test_tshark(4);
	test_tshark(6);
	test_mss(4);
	test_mss(6);
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].segments > 0)
			test_damage(&rows[i]);
	return tap_done();
}
