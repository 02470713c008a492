/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/lookahead.h"

#include "base/loan.h"
#include "capture/pcap_record.h"
#include "packet/pcapng.h"

/* pcapng's enhanced packet block: type, length, interface, time (8 bytes), captured length. */
enum { BLOCK_LEN_AT = 4, BLOCK_LEN_MIN = 12, ENHANCED_CAPLEN_AT = 20, ENHANCED_HEAD = 28 };

/* Sets *head to what is there of a packet, and *len to the bytes of its record. Returns false if
 * the record's own header is not there. */
static bool lookahead_read_pcap(struct span left, struct span *head, uint32_t *len)
{
	struct pcap_record record;

	if (!span_copy(left, 0, &record, sizeof(record)))
		return false;
	*len = (uint32_t)sizeof(record) + record.caplen;
	*head = span_first(span_from(left, sizeof(record)), record.caplen);
	return true;
}

/* Other blocks count as packets without a head. */
static bool lookahead_read_pcapng(struct span left, struct span *head, uint32_t *len)
{
	uint32_t type, caplen;

	if (!span_copy(left, 0, &type, sizeof(type)) ||
	    !span_copy(left, BLOCK_LEN_AT, len, sizeof(*len)) || *len < BLOCK_LEN_MIN)
		return false;
	*head = span_of(NULL, 0);
	if (type == PCAPNG_ENHANCED_PACKET &&
	    span_copy(left, ENHANCED_CAPLEN_AT, &caplen, sizeof(caplen)))
		*head = span_first(span_from(left, ENHANCED_HEAD), caplen);
	return true;
}

/* Begins behind a packet: the first one, or the first one of a block that was read anew. */
static void lookahead_begin(struct lookahead *ahead, const struct packet *packet)
{
	*ahead = (struct lookahead){ .loan = packet->loan,
				     .memory = packet->loan->memory,
				     .at = packet->block.data + packet->block.len,
				     .next = 1,
				     .pcap = packet->form == PACKET_PLAIN };
}

/* What follows a copy of a record, which stands elsewhere, is no record; and what follows one in
 * the other byte order cannot be read. */
static bool lookahead_can_begin(const struct packet *packet)
{
	return packet->block.len > 0 && packet->loan && loan_find(packet->loan, packet->block) &&
	       !packet->interface->section->swapped &&
	       (packet->form == PACKET_PLAIN || packet->form == PACKET_ENHANCED);
}

/* Passes over packets that a filter left out. */
static void lookahead_pass(struct lookahead *ahead, const uint8_t *record)
{
	do
		ahead->now++;
	while (ahead->now < ahead->next && ahead->record[ahead->now % LOOKAHEAD_SLOTS] != record);
}

bool lookahead_advance(struct lookahead *ahead, const struct packet *packet)
{
	lookahead_pass(ahead, packet->block.data);
	if (ahead->now < ahead->next && packet->block.len > 0 && ahead->loan == packet->loan &&
	    ahead->memory == packet->loan->memory && ahead->at <= packet->loan->end)
		return true;
	if (lookahead_can_begin(packet))
		lookahead_begin(ahead, packet);
	else
		*ahead = (struct lookahead){ 0 };
	return false;
}

bool lookahead_show(struct lookahead *ahead, unsigned *slot, struct span *head)
{
	struct span left;
	uint32_t len = 0;

	if (!ahead->loan || ahead->at >= ahead->loan->end ||
	    ahead->next - ahead->now > LOOKAHEAD_PACKETS)
		return false;
	left = span_of(ahead->at, (size_t)(ahead->loan->end - ahead->at));
	if (!(ahead->pcap ? lookahead_read_pcap : lookahead_read_pcapng)(left, head, &len) ||
	    len > left.len)
		return false;
	*slot = ahead->next % LOOKAHEAD_SLOTS;
	ahead->record[*slot] = ahead->at;
	ahead->at += len;
	ahead->next++;
	return true;
}
