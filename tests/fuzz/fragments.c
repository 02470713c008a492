/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of datagrams whose every byte is known from where it stands: in whatever order they
 * come, a whole datagram has the right bytes in the right places. Input: bytes, 7 a fragment: which
 * datagram, start / 8, length, more and what else differs, time.
 */
#include "lib/fragments.h"

#include "fuzz.h"
#include "header/reasm.h"

enum { MOST = 600 };

/* What came so far. */
static struct want wants[MOST];

/* Some last fragment of that datagram says that it ends here. */
static bool ends_here(const struct want *of, unsigned count, uint32_t len)
{
	for (unsigned i = 0; i < count; i++)
		if (!wants[i].more && wants[i].version == of->version && wants[i].id == of->id &&
		    wants[i].start + wants[i].len == len)
			return true;
	return false;
}

static void check_whole(const struct packet *whole, unsigned count)
{
	struct headers headers;
	uint8_t fill = 0;
	uint32_t at;

	headers_parse(&headers, LINK_ETHERNET, span_of(whole->data, whole->caplen), 0);
	FUZZ_CHECK(headers.ip_version != 0 && !(headers.flags & HEADERS_ANY_FRAGMENT));
	FUZZ_CHECK(headers.network_end == whole->len && whole->caplen == whole->len);
	at = headers.network + headers.network_len;
	FUZZ_CHECK(ends_here(&wants[count - 1], count, whole->caplen - at));
	for (uint32_t i = at; i < whole->caplen; i++)
		FUZZ_CHECK(whole->data[i] == byte_at(i - at, fill));
}

static struct want next(struct span *input, int64_t *now)
{
	uint32_t which = fuzz_number(input, 1), start = fuzz_number(input, 2),
		 len = fuzz_number(input, 2), bits = fuzz_number(input, 1);
	struct want want = { .version = which & 1 ? 6 : 4,
			     .id = which >> 1 & 3,
			     .source = which >> 3 & 1,
			     .vlan = which >> 4 & 1,
			     .interface = which >> 5 & 1,
			     .start = start % 8192 * 8,
			     .len = len % 4096,
			     .more = bits & 1,
			     .options = bits & 2,
			     .padding = bits & 4 ? 3 : 0,
			     .cut = bits & 8 ? 1 : 0,
			     .link_options = bits & 16 ? 12 : 0 };

	*now += (int64_t)fuzz_number(input, 1) * (FUZZ_NS / 100);
	want.time_ns = *now;
	return want;
}

static uint64_t drain(struct reasm *reasm)
{
	enum reasm_cause cause;
	struct packet packet;
	uint64_t count = 0;

	while (reasm_due(reasm, &packet, &cause)) {
		fuzz_touch(packet.data, packet.caplen);
		count++;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reasm *reasm = reasm_new(REASM_MEMORY_MIN, FUZZ_NS);
	struct span input = span_of(data, size);
	uint64_t kept = 0, gone = 0;
	int64_t now = 0;

	FUZZ_CHECK(reasm != NULL);
	for (unsigned i = 0; input.len > 0 && i < MOST; i++) {
		struct want want = next(&input, &now);
		const struct packet *packet = build(want);

		wants[i] = want;
		enum reasm_result result;
		struct packet whole;

		reasm_expire(reasm, want.time_ns);
		gone += drain(reasm);
		if (!(built.headers.flags & HEADERS_ANY_FRAGMENT))
			continue;
		result = reasm_put(reasm, packet, &built.headers, &whole);
		kept += result == REASM_KEPT || result == REASM_WHOLE;
		if (result == REASM_WHOLE) {
			check_whole(&whole, i + 1);
			gone += reasm_accept(reasm);
		}
		gone += drain(reasm);
	}
	reasm_end(reasm);
	gone += drain(reasm);
	FUZZ_CHECK(kept == gone);
	reasm_free(reasm);
	return 0;
}
