/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragments of any kind: each comes out once, or is used up in a whole datagram. Input: sequence.
 */
#include "header/reasm.h"

#include "stage.h"

static struct fuzz_stage fuzz;
static struct reasm *reasm;
static uint64_t kept, due, used;

static void drain(void)
{
	enum reasm_cause cause;
	struct packet packet;

	while (reasm_due(reasm, &packet, &cause)) {
		FUZZ_CHECK(cause <= REASM_INCOMPLETE);
		fuzz_stage_look(&fuzz, &packet);
		due++;
	}
}

static void offer(const struct fuzz_packet *record)
{
	struct packet packet = fuzz_stage_packet(&fuzz, record), whole;
	enum reasm_result result;
	struct headers headers;

	headers_parse(&headers, packet.linktype, span_of(packet.data, packet.caplen), 0);
	reasm_expire(reasm, packet.time_ns);
	drain();
	if (!(headers.flags & HEADERS_ANY_FRAGMENT))
		return;
	FUZZ_CHECK(headers.ip_version != 0);
	result = reasm_put(reasm, &packet, &headers, &whole);
	kept += result == REASM_KEPT || result == REASM_WHOLE;
	if (result == REASM_WHOLE) {
		fuzz_stage_look(&fuzz, &whole);
		FUZZ_CHECK(whole.caplen == whole.len);
		if (record->flags & 1)
			reasm_refuse(reasm);
		else
			used += reasm_accept(reasm);
	}
	drain();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct fuzz_packet record;

	fuzz_number(&input, 4);
	fuzz_stage_begin(&fuzz);
	kept = due = used = 0;
	reasm = reasm_new(REASM_MEMORY_MIN, FUZZ_NS);
	FUZZ_CHECK(reasm != NULL);
	while (fuzz_record(&input, &record)) {
		offer(&record);
		free(record.copy);
	}
	reasm_end(reasm);
	drain();
	FUZZ_CHECK(kept == due + used);
	reasm_free(reasm);
	return 0;
}
