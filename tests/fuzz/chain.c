/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-tap puts into a tunnel, vtap-decap takes out of it; but "cooked" packets, which get an
 * Ethernet header on the way. Input: sequence. */
#include "header/reasm.h"
#include "taprig.h"
#include "tools/vtap-decap/decap.h"

static struct taprig rig;
static struct fuzz_stage decap_fuzz;
static struct packet went_in;
static unsigned came_out;

static void came(const struct packet *packet)
{
	came_out++;
	if (went_in.caplen == 0)
		return;
	FUZZ_CHECK(packet->caplen == went_in.caplen);
	FUZZ_CHECK(memcmp(packet->data, went_in.data, packet->caplen) == 0);
	FUZZ_CHECK((packet->linktype == LINK_ETHERNET) == (went_in.linktype == LINK_ETHERNET));
	if (rig.config.meta && strcmp(rig.parsed[0].encap->name, "geneve") == 0)
		FUZZ_CHECK(packet->len ==
			   (went_in.len > went_in.caplen ? went_in.len : went_in.caplen));
}

/* From the tap's interface to the decap's. */
static void pass_on(const struct packet *frame)
{
	struct fuzz_packet record = { .data = frame->data,
				      .caplen = frame->caplen,
				      .len = frame->len,
				      .linktype = frame->linktype };

	fuzz_stage_put(&decap_fuzz, &record);
}

static void run(struct span input)
{
	struct fuzz_packet record;
	unsigned before = 0;

	while (fuzz_record(&input, &record)) {
		if (record.linktype == LINK_SLL || record.linktype == LINK_SLL2)
			record.linktype = LINK_ETHERNET;
		went_in = fuzz_stage_packet(&rig.fuzz, &record);
		rig.fuzz.in--;
		came_out = 0;
		fuzz_stage_put(&rig.fuzz, &record);
		/* Of a record without bytes a tunnel comes that carries nothing: it stays on. */
		FUZZ_CHECK(came_out == (rig.fuzz.out > before));
		before = (unsigned)rig.fuzz.out;
		free(record.copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	uint32_t bits = fuzz_number(&input, 4);
	struct decap_config config = { .reassembly_memory = REASM_MEMORY_MIN,
				       .reassembly_time_ns = FUZZ_NS };
	struct stats stats = { 0 };
	struct decap *decap;
	struct error err;

	encap_select_all(&config.select);
	config.select.depth = 1;
	decap = decap_new(&config, &err);
	fuzz_stage_begin(&decap_fuzz);
	decap_fuzz.stage = decap_stage(decap);
	decap_fuzz.check = came;
	decap_stats(decap, &stats);
	taprig_begin(&rig);
	taprig_target(&rig, bits);
	rig.config.sequence = bits & 8;
	rig.config.meta = bits & 16;
	rig.fuzz.check = pass_on;
	if (bits & 32) {
		rig.target[0].mtu = bits & 64 ? 1400 : 300;
		rig.config.oversize = OVERSIZE_FRAGMENT;
	}
	taprig_start(&rig);
	run(input);
	tap_free(rig.tap);
	decap_free(decap);
	return 0;
}
