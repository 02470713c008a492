/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/lookahead.h"

#include <string.h>

#include "base/loan.h"
#include "capture/pcap_record.h"
#include "lib/tap.h"
#include "packet/pcapng.h"

enum { RECORDS = 12, BYTES = 4, RECORD_LEN = 16 + BYTES, ENHANCED_LEN = 32 + BYTES };

static struct section section;
static struct interface interface = { .section = &section };
static uint8_t memory[1024];
static struct loan loan = { .memory = memory, .size = sizeof(memory) };

/* Puts records of four bytes, the record's number each, into the block. */
static void write_pcap(void)
{
	const struct pcap_record record = { .caplen = BYTES, .len = BYTES };

	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t *to = memory + (size_t)i * RECORD_LEN;

		memcpy(to, &record, sizeof(record));
		memcpy(to + sizeof(record), &i, BYTES);
	}
	loan.end = memory + (size_t)RECORDS * RECORD_LEN;
}

static struct packet pcap_packet(uint32_t i)
{
	uint8_t *record = memory + (size_t)i * RECORD_LEN;

	return (struct packet){ .form = PACKET_PLAIN,
				.interface = &interface,
				.loan = &loan,
				.block = span_of(record, RECORD_LEN) };
}

/* Returns the number that the next packet shown holds: -1 if none is shown, -2 if it is empty. */
static int show(struct lookahead *ahead)
{
	struct span head;
	uint32_t number = 0;
	unsigned slot;

	if (!lookahead_show(ahead, &slot, &head))
		return -1;
	return span_copy(head, 0, &number, BYTES) ? (int)number : -2;
}

static void test_pcap(void)
{
	struct lookahead ahead = { 0 };
	struct packet packet = pcap_packet(0);
	unsigned slot;

	write_pcap();
	ok(!lookahead_advance(&ahead, &packet), "nothing was shown of the first packet");
	for (int i = 1; i <= LOOKAHEAD_PACKETS; i++)
		ok(show(&ahead) == i, "packet %d is shown", i);
	ok(show(&ahead) == -1, "no more than LOOKAHEAD_PACKETS are");
	slot = lookahead_slot(&ahead, 3);
	packet = pcap_packet(1);
	ok(lookahead_advance(&ahead, &packet), "the second packet was shown");
	ok(lookahead_slot(&ahead, 2) == slot, "packets keep their slots");
	ok(lookahead_slot(&ahead, LOOKAHEAD_PACKETS) == LOOKAHEAD_SLOTS, "the ninth has none");
	ok(show(&ahead) == LOOKAHEAD_PACKETS + 1, "it is shown next");
	slot = lookahead_slot(&ahead, 4);
	packet = pcap_packet(5);
	ok(lookahead_advance(&ahead, &packet), "packets may be passed over");
	ok(lookahead_slot(&ahead, 0) == slot, "the one behind them keeps its slot");
	packet = pcap_packet(2);
	ok(!lookahead_advance(&ahead, &packet), "a packet that was not shown: it begins anew");
	ok(show(&ahead) == 3, "behind the packet that came");
	packet.block = span_of(NULL, 0);
	ok(!lookahead_advance(&ahead, &packet) && show(&ahead) == -1, "nothing without a record");
}

static void test_end(void)
{
	struct lookahead ahead = { 0 };
	struct packet packet = pcap_packet(RECORDS - 3);
	uint8_t copy[RECORD_LEN];

	write_pcap();
	lookahead_advance(&ahead, &packet);
	loan.end--;
	ok(show(&ahead) == RECORDS - 2, "a record that is all there is shown");
	ok(show(&ahead) == -1, "one that is not is not");
	loan.end -= RECORD_LEN - 1 - 8;
	ok(show(&ahead) == -1, "nor half of a record's header");
	loan.end = packet.block.data;
	packet = pcap_packet(RECORDS - 2);
	ok(!lookahead_advance(&ahead, &packet), "a block that was read anew is another");
	memcpy(copy, packet.block.data, sizeof(copy));
	packet.block = span_of(copy, sizeof(copy));
	ok(!lookahead_advance(&ahead, &packet) && show(&ahead) == -1,
	   "nothing is shown behind a copy, which stands elsewhere");
}

static void test_other(void)
{
	struct loan other = loan;
	struct lookahead ahead = { 0 };
	struct packet packet = pcap_packet(0);

	write_pcap();
	lookahead_advance(&ahead, &packet);
	show(&ahead);
	other.end = loan.end;
	packet = pcap_packet(1);
	packet.loan = &other;
	ok(!lookahead_advance(&ahead, &packet), "another input is another block");
	section.swapped = true;
	ok(!lookahead_advance(&ahead, &packet) && show(&ahead) == -1, "not in the other order");
	section.swapped = false;
	packet.form = PACKET_SIMPLE;
	ok(!lookahead_advance(&ahead, &packet) && show(&ahead) == -1, "not of simple packets");
}

/* An enhanced packet, a block that is none, and another packet. */
static void test_pcapng(void)
{
	const uint32_t first[ENHANCED_LEN / 4] = {
		PCAPNG_ENHANCED_PACKET, ENHANCED_LEN, 0, 0, 0, BYTES, BYTES, 1, ENHANCED_LEN
	};
	uint32_t words[3 * ENHANCED_LEN / 4 + 3 + 3] = { 0 };
	struct lookahead ahead = { 0 };
	struct packet packet = { .form = PACKET_ENHANCED,
				 .interface = &interface,
				 .loan = &loan,
				 .block = span_of(memory, ENHANCED_LEN) };

	memcpy(words, first, sizeof(first));
	words[9] = 0xBAD;
	words[10] = words[11] = 12;
	memcpy(words + 12, first, sizeof(first));
	words[12 + 7] = 7;
	words[21] = PCAPNG_ENHANCED_PACKET;
	words[22] = 8;
	memcpy(memory, words, sizeof(words));
	loan.end = memory + sizeof(words);
	lookahead_advance(&ahead, &packet);
	ok(show(&ahead) == -2, "a block that is no packet has no bytes");
	ok(show(&ahead) == 7, "the packet behind it is shown");
	ok(show(&ahead) == -1, "not behind a length that cannot be");
}

int main(void)
{
	test_pcap();
	test_end();
	test_other();
	test_pcapng();
	return tap_done();
}
