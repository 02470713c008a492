/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is missing, filled and sent again, by scripts of segments; each script runs with numbers
 * that wrap in other places. */
#include "tools/vtap-stat/tcp_flow.h"

#include "header/fields.h"
#include "lib/tap.h"

enum { S = TCP_SYN, F = TCP_FIN, R = TCP_RST };

struct step {
	unsigned from;
	uint32_t sequence, payload_len, ack; /* ack 0: no acknowledgment */
	uint8_t flags;
	bool cut;	/* not whole */
	uint16_t same;	/* as mark, so that it equals another; 0: one of its own */
	int ms;		/* the time moves so far, before the segment */
	unsigned times; /* 0: once; else each payload_len further */
};

#define STEP(who, begin, len, acks, ...)                                                 \
	{                                                                                \
		.from = (who), .sequence = (begin), .payload_len = (len), .ack = (acks), \
		__VA_ARGS__                                                              \
	}
#define A(...) STEP(0, __VA_ARGS__, )
#define B(...) STEP(1, __VA_ARGS__, )
#define A_CUT  STEP(0, 0, 0, 0, .cut = true)
#define B_CUT  STEP(1, 0, 0, 0, .cut = true)

struct script {
	const char *name;
	struct step steps[16];
	struct tcp_counts want;
};

static const struct script scripts[] = {
	{ "in order", { A(1000, 100, 5), B(5, 20, 1100), A(1100, 50, 25) }, { 0 } },
	{ "a handshake and an end",
	  { A(1000, 0, 0, .flags = S), B(500, 0, 1001, .flags = S), A(1001, 0, 501),
	    A(1001, 10, 501, .flags = F), B(501, 0, 1012, .flags = F), A(1012, 0, 502) },
	  { 0 } },
	{ "a hole, acknowledged: the tap lost it",
	  { A(1000, 100, 5), A(1200, 100, 5), B(5, 0, 1300) },
	  { .tap_bytes = 100, .tap_gaps = 1 } },
	{ "a hole, not acknowledged, at the end: open",
	  { A(1000, 100, 5), A(1200, 100, 5), B(5, 0, 1100) },
	  { .open_bytes = 100, .open_gaps = 1 } },
	{ "acknowledged in part",
	  { A(1000, 100, 5), A(1200, 100, 5), B(5, 0, 1130) },
	  { .tap_bytes = 30, .tap_gaps = 1, .open_bytes = 70, .open_gaps = 1 } },
	{ "not acknowledged, and both FINs",
	  { A(1000, 100, 5), A(1200, 100, 5, .flags = F), B(5, 0, 1100, .flags = F) },
	  { .network_bytes = 100, .network_gaps = 1 } },
	{ "not acknowledged, and one FIN",
	  { A(1000, 100, 5), A(1200, 100, 5, .flags = F), B(5, 0, 1100) },
	  { .open_bytes = 100, .open_gaps = 1 } },
	{ "not acknowledged, and a RST",
	  { A(1000, 100, 5), A(1200, 100, 5), B(5, 0, 1100), B(77, 0, 99, .flags = R) },
	  { .network_bytes = 100, .network_gaps = 1 } },
	{ "16 later segments",
	  { B(5, 0, 900), A(1000, 100, 5), A(1200, 100, 5, .times = 16) },
	  { .open_bytes = 100, .open_gaps = 1 } },
	{ "more than 16 later segments",
	  { B(5, 0, 900), A(1000, 100, 5), A(1200, 100, 5, .times = 17) },
	  { .network_bytes = 100, .network_gaps = 1 } },
	{ "filled",
	  { A(1000, 100, 5), A(1200, 100, 5), A(1100, 100, 5), B(5, 0, 1300) },
	  { .filled_bytes = 100, .filled_gaps = 1 } },
	{ "filled in the middle",
	  { A(1000, 100, 5), A(1200, 100, 5), A(1130, 20, 5), B(5, 0, 1300) },
	  { .filled_bytes = 20, .tap_bytes = 80, .tap_gaps = 2 } },
	{ "filled from both ends",
	  { A(1000, 100, 5), A(1200, 100, 5), A(1100, 40, 5), A(1160, 40, 5), B(5, 0, 1300) },
	  { .filled_bytes = 80, .tap_bytes = 20, .tap_gaps = 1 } },
	{ "filled by more than fits, twice",
	  { A(1000, 100, 5), A(1200, 100, 5), A(1050, 200, 5), A(1050, 300, 5) },
	  { .filled_bytes = 100,
	    .filled_gaps = 1,
	    .retransmitted_packets = 2,
	    .retransmitted_bytes = 100 + 250 } },
	{ "two holes by one segment",
	  { A(1000, 10, 5), A(1020, 10, 5), A(1040, 10, 5), A(1000, 60, 5), B(5, 0, 1060) },
	  { .filled_bytes = 20,
	    .filled_gaps = 2,
	    .retransmitted_packets = 1,
	    .retransmitted_bytes = 30 } },
	{ "sent again",
	  { A(1000, 100, 5), A(1000, 100, 5), B(5, 0, 1100) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 100 } },
	{ "SYN and FIN again: packets without bytes",
	  { A(1000, 0, 0, .flags = S), A(1000, 0, 0, .flags = S), B(5, 0, 1001, .flags = S),
	    A(1001, 0, 6, .flags = F), A(1001, 0, 6, .flags = F) },
	  { .retransmitted_packets = 2 } },
	{ "data and FIN again",
	  { A(1000, 50, 5, .flags = F), A(1000, 50, 5, .flags = F), A(1040, 10, 5, .flags = F),
	    A(1020, 30, 5) },
	  { .retransmitted_packets = 3, .retransmitted_bytes = 90 } },
	{ "SYN with data, sent again without SYN",
	  { A(1000, 30, 0, .flags = S), B(5, 0, 1001, .flags = S), A(1001, 60, 6), B(6, 0, 1061) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 30 } },
	{ "SYN with data, accepted",
	  { A(1000, 30, 0, .flags = S), B(5, 0, 1031, .flags = S), A(1031, 60, 6) },
	  { 0 } },
	{ "a FIN that is missing",
	  { A(1000, 30, 5), B(5, 0, 1031) },
	  { .tap_bytes = 1, .tap_gaps = 1 } },
	{ "mirrored twice",
	  { A(1000, 100, 5, .same = 7), A(1000, 100, 5, .same = 7), B(5, 0, 1100, .same = 8),
	    B(5, 0, 1100, .same = 8) },
	  { .duplicated_packets = 2 } },
	{ "mirrored twice, four later",
	  { A(1000, 10, 5, .same = 7), A(1010, 10, 5, .times = 3), A(1000, 10, 5, .same = 7) },
	  { .duplicated_packets = 1 } },
	{ "mirrored twice, five later",
	  { A(1000, 10, 5, .same = 7), A(1010, 10, 5, .times = 4), A(1000, 10, 5, .same = 7) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 10 } },
	{ "as long and from there, but another packet",
	  { A(1000, 10, 5, .same = 7), A(1000, 10, 5, .same = 8) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 10 } },
	{ "the other direction's mark",
	  { A(1000, 10, 5, .same = 7), B(1000, 10, 5, .same = 7) },
	  { 0 } },
	{ "acknowledged above all",
	  { A(1000, 10, 5), B(5, 0, 1500) },
	  { .tap_bytes = 490, .tap_gaps = 1 } },
	{ "acknowledged above all, in steps: one gap",
	  { A(1000, 10, 5), B(5, 0, 1500), B(5, 0, 1600, .ms = 1000), B(5, 0, 1700, .ms = 2000) },
	  { .tap_bytes = 690, .tap_gaps = 1 } },
	{ "acknowledged in the middle of it: one gap",
	  { A(1000, 10, 5), B(5, 0, 1040), A(1060, 10, 5), B(5, 0, 1070) },
	  { .tap_bytes = 50, .tap_gaps = 1 } },
	{ "acknowledged in the middle of it, not behind it",
	  { A(1000, 10, 5), B(5, 0, 1040), A(1060, 10, 5) },
	  { .tap_bytes = 30, .tap_gaps = 1, .open_bytes = 20, .open_gaps = 1 } },
	{ "acknowledged in the middle of it, and seen later",
	  { A(1000, 10, 5), B(5, 0, 1040), A(1060, 10, 5), A(1010, 50, 5), B(5, 0, 1070) },
	  { .filled_bytes = 50, .filled_gaps = 1 } },
	{ "in steps, too late: told in pieces",
	  { A(1000, 10, 5), B(5, 0, 1500), B(5, 0, 1600, .ms = 3001), B(5, 0, 1700) },
	  { .tap_bytes = 690, .tap_gaps = 2 } },
	{ "in steps, late enough that all of it is waited for",
	  { A(1000, 10, 5), B(5, 0, 1500), B(5, 0, 1600, .ms = 2900), A(1010, 590, 5, .ms = 2900) },
	  { .filled_bytes = 590, .filled_gaps = 1 } },
	{ "data 3 s behind its acknowledgment",
	  { A(1000, 10, 5), B(5, 0, 1500), A(1010, 490, 5, .ms = 3000) },
	  { .filled_bytes = 490, .filled_gaps = 1 } },
	{ "data more than 3 s behind it",
	  { A(1000, 10, 5), B(5, 0, 1500), A(1010, 490, 5, .ms = 3001) },
	  { .tap_bytes = 490,
	    .tap_gaps = 1,
	    .retransmitted_packets = 1,
	    .retransmitted_bytes = 490 } },
	{ "3 s without an acknowledgment decide nothing",
	  { A(1000, 10, 5), A(1020, 10, 5), B(5, 0, 1010, .ms = 60000),
	    A(1010, 10, 5, .ms = 60000) },
	  { .filled_bytes = 10, .filled_gaps = 1 } },
	{ "times that go backwards",
	  { A(1000, 10, 5), B(5, 0, 1500), A(1500, 10, 5, .ms = -9000),
	    A(1010, 490, 5, .ms = 9000) },
	  { .filled_bytes = 490, .filled_gaps = 1 } },
	{ "one way: open, however it ends",
	  { A(1000, 100, 5), A(1200, 100, 5, .times = 20), A(3200, 0, 5, .flags = F | R) },
	  { .open_bytes = 100, .open_gaps = 1 } },
	{ "what only acknowledgments speak of is no gap",
	  { B(5, 0, 1100), B(5, 0, 5000), B(5, 0, 50000) },
	  { 0 } },
	{ "data in front of the first packet is no gap", { B(5, 0, 1100), A(9000, 10, 5) }, { 0 } },
	{ "late at the start: not sent again",
	  { A(2000, 10, 5), A(1900, 10, 5), A(1000, 10, 5), A(1910, 90, 5), B(5, 0, 2010) },
	  { 0 } },
	{ "late at the start, then again",
	  { A(2000, 10, 5), A(1900, 10, 5), A(1900, 10, 5), A(1895, 10, 5), B(5, 0, 2010) },
	  { .retransmitted_packets = 2, .retransmitted_bytes = 15 } },
	{ "a SYN late at the start",
	  { A(1001, 10, 5), A(1000, 0, 5, .flags = S), A(1011, 10, 5), B(5, 0, 1021) },
	  { 0 } },
	{ "keep-alives",
	  { A(1000, 10, 5), B(5, 0, 1010), A(1009, 0, 5), B(5, 0, 1010), A(1009, 1, 5),
	    B(5, 0, 1010), A(1010, 10, 5), B(5, 0, 1020) },
	  { 0 } },
	{ "one byte again that was not acknowledged",
	  { A(1000, 10, 5), B(5, 0, 1009), A(1009, 1, 5) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 1 } },
	{ "one byte that fills a hole is no keep-alive",
	  { A(1000, 10, 5), B(5, 0, 1011), A(1010, 1, 5) },
	  { .filled_bytes = 1, .filled_gaps = 1 } },
	{ "a keep-alive first, acknowledged",
	  { A(999, 0, 5), B(5, 0, 1000), A(1000, 10, 5), B(5, 0, 1010) },
	  { 0 } },
	{ "a keep-alive first, then data", { A(999, 0, 5), A(1000, 10, 5), B(5, 0, 1010) }, { 0 } },
	{ "a keep-alive with its byte first",
	  { A(999, 1, 5), B(5, 0, 1000), A(999, 1, 5), A(1000, 10, 5), B(5, 0, 1010) },
	  { 0 } },
	{ "a zero window and its probe",
	  { A(1000, 10, 5), B(5, 0, 1010), A(1010, 1, 5), B(5, 0, 1010), A(1010, 50, 5),
	    B(5, 0, 1060) },
	  { .retransmitted_packets = 1, .retransmitted_bytes = 1 } },
	{ "no data, but a number ahead",
	  { A(1000, 10, 5), A(1050, 0, 5), B(5, 0, 1050) },
	  { .tap_bytes = 40, .tap_gaps = 1 } },
	{ "a RST with odd numbers",
	  { A(1000, 10, 5), B(5, 0, 1010), A(999999, 7, 5, .flags = R),
	    B(0x70000000, 0, 0x60000000, .flags = R) },
	  { 0 } },
	{ "a hole across a packet that is cut: unsure",
	  { A(1000, 10, 5), A_CUT, A(1050, 10, 5), B(5, 0, 1060) },
	  { .unsure_gaps = 1 } },
	{ "what is missing later is missing",
	  { A(1000, 10, 5), A_CUT, A(1050, 10, 5), A(1070, 10, 5), B(5, 0, 1080) },
	  { .unsure_gaps = 1, .tap_bytes = 10, .tap_gaps = 1 } },
	{ "an old segment says nothing of the one that was cut",
	  { A(1000, 10, 5), A(1010, 10, 5), A_CUT, A(1000, 10, 5), A(1050, 10, 5), B(5, 0, 1060) },
	  { .unsure_gaps = 1, .retransmitted_packets = 1, .retransmitted_bytes = 10 } },
	{ "an acknowledgment of what was cut: unsure",
	  { A(1000, 10, 5), A_CUT, B(5, 0, 1040), A(1060, 10, 5), B(5, 0, 1070) },
	  { .unsure_gaps = 1 } },
	{ "unsure and then seen: filled",
	  { A(1000, 10, 5), A_CUT, A(1050, 10, 5), A(1010, 40, 5), B(5, 0, 1060) },
	  { .filled_bytes = 40, .filled_gaps = 1 } },
	{ "what is cut may fill a hole",
	  { A(1000, 10, 5), A(1020, 10, 5), A_CUT, B(5, 0, 1030) },
	  { .unsure_gaps = 1 } },
	{ "it does not fill one that was acknowledged",
	  { A(1000, 10, 5), A(1020, 10, 5), B(5, 0, 1030), A_CUT },
	  { .tap_bytes = 10, .tap_gaps = 1 } },
	{ "what is cut is of its own direction",
	  { A(1000, 10, 5), B_CUT, A(1020, 10, 5), B(5, 0, 1030) },
	  { .tap_bytes = 10, .tap_gaps = 1 } },
	{ "the first packet is cut", { A_CUT, A(1020, 10, 5), B(5, 0, 1030) }, { 0 } },
	{ "another SYN without an end",
	  { A(1000, 0, 0, .flags = S), B(5, 0, 1001, .flags = S), A(1001, 10, 6),
	    A(90000000, 0, 0, .flags = S), B(70000000, 0, 90000001, .flags = S),
	    A(90000001, 10, 70000001), B(70000001, 0, 90000011) },
	  { 0 } },
	{ "another SYN, answered by the old connection",
	  { A(1000, 0, 0, .flags = S), B(5, 0, 1001, .flags = S), A(1001, 10, 6),
	    A(90000000, 0, 0, .flags = S), B(6, 0, 1011), B(6, 0, 300000000) },
	  { 0 } },
	{ "another SYN without an end, its answer missing",
	  { A(1000, 0, 0, .flags = S), B(5, 0, 1001, .flags = S), A(1001, 10, 6),
	    A(90000000, 0, 0, .flags = S), B(70000001, 10, 90000001), A(90000001, 10, 70000011) },
	  { 0 } },
	{ "a later acknowledgment does not make it wait longer",
	  { A(1000, 10, 5), A(1020, 10, 5), B(5, 0, 1025), B(5, 0, 1030, .ms = 2000),
	    A(1010, 10, 5, .ms = 1001) },
	  { .tap_bytes = 10,
	    .tap_gaps = 1,
	    .retransmitted_packets = 1,
	    .retransmitted_bytes = 10 } },
	{ "a SYN with data, and a number that cannot be",
	  { A(1000, 8, 0, .flags = S), A(250000000, 8, 0), A(250000008, 8, 0) },
	  { 0 } },
	{ "one stray number", { A(1000, 10, 5), A(0x7F000000, 10, 5), A(1010, 10, 5) }, { 0 } },
	{ "stray acknowledgments",
	  { A(1000, 10, 5), B(5, 0, 1010), B(5, 0, 0x7F000000), B(5, 0, 900), A(1010, 10, 5) },
	  { 0 } },
	{ "elsewhere for good",
	  { A(1000, 10, 5), A(0x7F000000, 10, 5, .times = 6), B(5, 0, 0x7F00003C) },
	  { .unsure_gaps = 1 } },
	{ "a ninth hole pushes out the oldest, as it stands",
	  { B(5, 0, 1), A(1000, 10, 5), A(1020, 10, 5), A(1040, 10, 5), A(1060, 10, 5),
	    A(1080, 10, 5), A(1100, 10, 5), A(1120, 10, 5), A(1140, 10, 5), A(1160, 10, 5),
	    A(1180, 10, 5), B(5, 0, 1190) },
	  { .open_bytes = 10, .open_gaps = 1, .tap_bytes = 80, .tap_gaps = 8 } },
};

static struct tcp_room room;
static uint16_t mark;

static struct tcp_owner find_none(void *arg, uint32_t owner)
{
	(void)arg, (void)owner;
	return (struct tcp_owner){ 0 };
}

static void see(struct tcp_flow *flow, const struct step *step, unsigned i, const uint32_t base[2],
		int64_t ms, struct tcp_counts *counts)
{
	struct tcp_segment segment = {
		.sequence = step->sequence + i * step->payload_len + base[step->from],
		.acknowledgment = step->ack + base[!step->from],
		.payload_len = step->payload_len,
		.mark = step->same != 0 ? step->same : ++mark,
		.marked = true,
		.whole = !step->cut,
		.flags = (uint8_t)(step->flags | (step->ack != 0 ? TCP_ACK : 0)),
	};

	if (mark < 1000)
		mark = 1000;
	tcp_flow_see(&room, 1, flow, step->from, &segment, ms * 1000000, counts);
}

static void show(const struct tcp_counts *counts)
{
	printf("# tap %" PRIu64 "/%" PRIu64 " network %" PRIu64 "/%" PRIu64 " open %" PRIu64
	       "/%" PRIu64 " filled %" PRIu64 "/%" PRIu64 " again %" PRIu64 "/%" PRIu64
	       " twice %" PRIu64 " "
	       "unsure %" PRIu64 "\n",
	       counts->tap_bytes, counts->tap_gaps, counts->network_bytes, counts->network_gaps,
	       counts->open_bytes, counts->open_gaps, counts->filled_bytes, counts->filled_gaps,
	       counts->retransmitted_bytes, counts->retransmitted_packets,
	       counts->duplicated_packets, counts->unsure_gaps);
}

static bool run(const struct script *script, const uint32_t base[2], unsigned turned)
{
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	int64_t ms = 0;

	for (unsigned s = 0; s < 16; s++) {
		struct step step = script->steps[s];

		if (step.sequence == 0 && !step.cut)
			break;
		step.from ^= turned;
		ms += step.ms;
		for (unsigned i = 0; i == 0 || i < step.times; i++)
			see(&flow, &step, i, base, ms, &counts);
	}
	tcp_flow_end(&room, &flow, &counts);
	if (memcmp(&counts, &script->want, sizeof counts) == 0)
		return room.used == 0 && room.oldest == 0 && room.newest == 0;
	show(&counts);
	return false;
}

static void test_scripts(void)
{
	static const uint32_t bases[] = { 0, -1005U, -1010U, -1030U, -1100U, -1150U, 0x7FFFFC00 };

	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		bool right = true;

		for (size_t a = 0; a < 2 * sizeof bases / sizeof *bases; a++) {
			uint32_t base[2] = { bases[a / 2], bases[(a * 5 + 3) % 7] };

			right = run(&scripts[i], base, a % 2) && right;
		}
		ok(right, "%s", scripts[i].name);
	}
}

/* The FIN of one side, and what comes behind it. */
static void test_states(void)
{
	static const struct step steps[] = { A(1000, 0, 0, .flags = S), B(5, 0, 1001, .flags = S),
					     A(1001, 0, 6, .flags = F), B(6, 0, 1002, .flags = F) };
	static const struct step rst = A(1, 0, 0, .flags = R);
	const uint32_t base[2] = { 0, 0 };
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	struct tcp_segment segment = { .sequence = 900000, .flags = TCP_SYN, .whole = true };

	for (unsigned i = 0; i < 4; i++) {
		ok(tcp_flow_is_one_way(&flow) == (i < 2), "one way before packet %u", i);
		ok(tcp_flow_state(&flow) == TCP_FLOW_GOES_ON, "goes on before packet %u", i);
		ok(tcp_flow_begins_anew(&flow, 0, &segment) == (i > 2),
		   "a SYN is a new flow only behind a FIN, packet %u", i);
		see(&flow, &steps[i], 0, base, 0, &counts);
	}
	ok(tcp_flow_state(&flow) == TCP_FLOW_FINISHED, "both FINs");
	segment.sequence = 1000;
	ok(!tcp_flow_begins_anew(&flow, 0, &segment), "the SYN of this flow");
	ok(tcp_flow_begins_anew(&flow, 1, &segment), "is another one of the other side");
	segment.sequence = 1001;
	ok(tcp_flow_begins_anew(&flow, 0, &segment), "one higher is another SYN");
	segment.flags = TCP_ACK;
	ok(!tcp_flow_begins_anew(&flow, 0, &segment), "without SYN it is none");
	see(&flow, &rst, 0, base, 0, &counts);
	ok(tcp_flow_state(&flow) == TCP_FLOW_RESET, "a RST");
	is_u64(flow.direction[0].flags, TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK, "all flags");
	tcp_flow_end(&room, &flow, &counts);
	flow = (struct tcp_flow){ 0 };
	see(&flow, &rst, 0, base, 0, &counts);
	segment.flags = TCP_SYN;
	ok(!tcp_flow_begins_anew(&flow, 1, &segment), "a SYN behind the RST that answers it");
	tcp_flow_end(&room, &flow, &counts);
	flow = (struct tcp_flow){ 0 };
	see(&flow, &steps[2], 0, base, 0, &counts);
	ok(tcp_flow_begins_anew(&flow, 1, &segment), "a SYN behind the other side's FIN");
	tcp_flow_end(&room, &flow, &counts);
	is_u64(room.used, 0, "all memory is back");
}

/* Holes count in what is open when they are decided, and nowhere before. */
static void test_moment(void)
{
	static const struct step steps[] = { A(1000, 10, 5), A(1020, 10, 5), B(5, 0, 1030),
					     B(5, 0, 1030) };
	const uint32_t base[2] = { 0, 0 };
	struct tcp_counts before = { 0 }, after = { 0 }, nothing = { 0 };
	struct tcp_flow flow = { 0 };

	for (unsigned i = 0; i < 3; i++)
		see(&flow, &steps[i], 0, base, 0, &before);
	see(&flow, &steps[3], 0, base, 3000, &before);
	ok(memcmp(&before, &nothing, sizeof before) == 0, "nothing is told for 3 s");
	see(&flow, &steps[3], 0, base, 3001, &after);
	ok(after.tap_bytes == 10 && after.tap_gaps == 1, "then it is");
	tcp_flow_end(&room, &flow, &after);
	is_u64(after.tap_bytes, 10, "once");
}

/* More than 4 GiB of a flow with a hole in front: numbers come round. */
static void test_round(void)
{
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	struct step step = A(1000, 10, 5), ack = B(5, 0, 1000);
	const uint32_t base[2] = { 0, 0 };

	see(&flow, &ack, 0, base, 0, &counts);
	see(&flow, &step, 0, base, 0, &counts);
	step.sequence = 1030;
	step.payload_len = 1 << 20;
	for (unsigned i = 0; i < 3 * 4096; i++)
		see(&flow, &step, i, base, 0, &counts);
	ok(counts.network_bytes == 20 && counts.network_gaps == 1,
	   "a hole that falls behind by 2^30 is decided");
	step.ack = 0;
	ack.ack = step.sequence + 3U * 4096U * (1U << 20);
	see(&flow, &ack, 0, base, 0, &counts);
	see(&flow, &step, 3 * 4096, base, 0, &counts);
	tcp_flow_end(&room, &flow, &counts);
	ok(counts.network_bytes == 20 && counts.tap_bytes == 0 && counts.open_bytes == 0 &&
		   counts.retransmitted_packets == 0,
	   "12 GiB without another");
}

int main(void)
{
	if (!tcp_room_init(&room, 4096, find_none, NULL))
		return 1;
	test_scripts();
	is_u64(room.gaps_evicted, 14, "the ninth hole is counted");
	is_u64(room.pool_full, 0, "the room was never full");
	test_states();
	test_moment();
	test_round();
	tcp_room_free(&room);
	return tap_done();
}
