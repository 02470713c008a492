/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What SYNs allow the other side, by flow and direction. */
#include "offload/tcp_mss.h"

#include "lib/build.h"
#include "lib/gso_packet.h"
#include "lib/tap.h"

enum { SYN = 2, ACK = 16 };

/* A packet with these TCP options (hexadecimal, a multiple of 4 bytes), there or back. */
static void packet(struct gso_packet *f, uint8_t version, uint8_t flags, const char *options,
		   bool back)
{
	uint8_t bytes[40], address[16];
	size_t at, len = version == 4 ? 4 : 16;

	memset(f, 0, offsetof(struct gso_packet, bytes));
	f->version = version;
	f->flags = flags;
	f->tcp_options_len = (unsigned)build_hex_at(bytes, sizeof bytes, options);
	gso_packet_build(f);
	memcpy(f->bytes + f->transport + 20, bytes, f->tcp_options_len);
	if (!back)
		return;
	at = f->ip + (version == 4 ? 12U : 8U);
	memcpy(address, f->bytes + at, len);
	memcpy(f->bytes + at, f->bytes + at + len, len);
	memcpy(f->bytes + at + len, address, len);
	gso_packet_be16(f, f->transport, 5001);
	gso_packet_be16(f, f->transport + 2, 40000);
	headers_parse(&f->headers, LINK_ETHERNET, span_of(f->bytes, f->len), 0);
}

static struct gso_packet syn, data;

static void see(struct tcp_mss *mss, const struct gso_packet *f, size_t len)
{
	uint8_t *exact = build_exact(f->bytes, len);
	struct headers headers;

	headers_parse(&headers, LINK_ETHERNET, span_of(exact, len), 0);
	tcp_mss_see(mss, &headers, span_of(exact, len));
	free(exact);
}

static uint32_t of(const struct tcp_mss *mss, const struct gso_packet *f)
{
	return tcp_mss_of(mss, &f->headers, span_of(f->bytes, f->len));
}

static const struct row {
	const char *name, *options;
	uint32_t ipv4, ipv6; /* what may come back, with the timestamp option; 0: nothing noted */
} rows[] = {
	{ "an option", "020405b4", 1448, 1448 },
	{ "behind others", "0101 0402 080a0000000100000000 020405b4 030307 00", 1448, 1448 },
	{ "no option at all", "", 536 - 12, 1220 - 12 },
	{ "others only", "0402 0101", 536 - 12, 1220 - 12 },
	{ "behind the end", "00000000 020405b4", 536 - 12, 1220 - 12 },
	{ "a wrong length", "020305 00", 536 - 12, 1220 - 12 },
	{ "a length of 0", "0200 05b4", 0, 0 },
	{ "a length past the end", "020605b4", 0, 0 },
	{ "a kind without a length", "01010108", 0, 0 },
	{ "tiny", "02040001", 88 - 12, 88 - 12 },
	{ "nothing", "02040000", 88 - 12, 88 - 12 },
	{ "the most", "0204ffff", 65535 - 12, 65535 - 12 },
};

static void test_rows(uint8_t version)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tcp_mss *mss = tcp_mss_new();

		assert(mss != NULL);
		packet(&syn, version, SYN | ACK, rows[i].options, true);
		packet(&data, version, ACK, "0101080a0000000100000000", false);
		see(mss, &syn, syn.len);
		ok(of(mss, &data) == (version == 4 ? rows[i].ipv4 : rows[i].ipv6), "ipv%d: %s",
		   version, rows[i].name);
		tcp_mss_free(mss);
	}
}

static void test_directions(void)
{
	struct tcp_mss *mss = tcp_mss_new();

	assert(mss != NULL);
	ok(tcp_mss_least(mss) == UINT32_MAX, "at first nothing is known");
	packet(&syn, 4, SYN, "02040500", false);
	see(mss, &syn, syn.len);
	packet(&data, 4, ACK, "", true);
	is_u64(of(mss, &data), 0x500, "a SYN holds for what comes back");
	packet(&data, 4, ACK, "", false);
	is_u64(of(mss, &data), 0, "and not for what follows it");
	packet(&syn, 4, SYN | ACK, "02040400", true);
	see(mss, &syn, syn.len);
	is_u64(of(mss, &data), 0x400, "that is the other's SYN");
	is_u64(tcp_mss_least(mss), 0x400, "the least of both");
	packet(&syn, 4, SYN | ACK, "02040600", true);
	see(mss, &syn, syn.len);
	is_u64(of(mss, &data), 0x600, "a new connection has a new one");
	packet(&syn, 4, ACK, "02040300", true);
	see(mss, &syn, syn.len);
	is_u64(of(mss, &data), 0x600, "without SYN it says nothing");
	packet(&data, 6, ACK, "", false);
	is_u64(of(mss, &data), 0, "ipv6 is another flow");
	packet(&data, 4, ACK, "0101050a0000000000000001 0101080a0000000100000000", false);
	is_u64(of(mss, &data), 0x600 - 24, "less all options");
	data.bytes[data.transport + 1]++;
	headers_parse(&data.headers, LINK_ETHERNET, span_of(data.bytes, data.len), 0);
	is_u64(of(mss, &data), 0, "another port is another flow");
	tcp_mss_free(mss);
}

/* Bytes of the SYN missing: nothing is noted, least of all the default. */
static void test_prefixes(void)
{
	unsigned noted = 0;

	packet(&syn, 4, SYN | ACK, "0402 0101 020405b4", true);
	packet(&data, 4, ACK, "", false);
	for (size_t len = 0; len <= syn.len; len++) {
		struct tcp_mss *mss = tcp_mss_new();

		assert(mss != NULL);
		see(mss, &syn, len);
		noted += of(mss, &data) != 0;
		tcp_mss_free(mss);
	}
	is_u64(noted, 1, "only a whole SYN counts");
}

/* A flood of SYNs takes no memory, and leaves the latest flows known. */
static void test_flood(void)
{
	enum { FLOWS = 200000, LATE = 1000 };
	struct tcp_mss *mss = tcp_mss_new();
	unsigned known = 0;

	assert(mss != NULL);
	packet(&syn, 4, SYN, "020405b4", true);
	packet(&data, 4, ACK, "", false);
	for (unsigned i = 0; i < FLOWS; i++) {
		gso_packet_be16(&syn, syn.ip + 12, i >> 8);
		syn.bytes[syn.ip + 14] = (uint8_t)i;
		tcp_mss_see(mss, &syn.headers, span_of(syn.bytes, syn.len));
	}
	for (unsigned i = FLOWS - LATE; i < FLOWS; i++) {
		gso_packet_be16(&data, data.ip + 16, i >> 8);
		data.bytes[data.ip + 18] = (uint8_t)i;
		known += of(mss, &data) == 1460;
	}
	ok(known > LATE * 9 / 10, "after a flood the latest are known: %u of %u", known,
	   (unsigned)LATE);
	tcp_mss_free(mss);
}

int main(void)
{
	test_rows(4);
	test_rows(6);
	test_directions();
	test_prefixes();
	test_flood();
	return tap_done();
}
