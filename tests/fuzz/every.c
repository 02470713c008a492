/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "every.h"

#include "capture/source_file.h"
#include "packet/option.h"

/* Of a sample: parsers see all of its packets, whole stages the first ones, files fewer still. */
enum { STAGE_PACKETS = 5, CAPTURE_PACKETS = 2, HEADERS = 80 };

/* Bytes that grow. */
struct pile {
	uint8_t *data;
	size_t len, room;
};

static struct patch pile_add(struct pile *pile, size_t len)
{
	if (pile->room - pile->len < len) {
		pile->room = 2 * pile->room + len;
		pile->data = realloc(pile->data, pile->room);
		FUZZ_CHECK(pile->data != NULL);
	}
	pile->len += len;
	return (struct patch){ pile->data + pile->len - len, len };
}

/* Calls give() with every prefix of bytes, and with every byte changed: all bits of it, and in
 * front, where the headers stand, each bit. */
static void vary(struct span bytes, void (*give)(void *arg, struct span variant), void *arg)
{
	uint8_t *copy = fuzz_copy(bytes, false);

	for (size_t len = 0; len <= bytes.len; len++)
		give(arg, span_of(copy, len));
	for (size_t at = 0; at < bytes.len; at++) {
		copy[at] ^= 0xff;
		give(arg, bytes.len > 0 ? span_of(copy, bytes.len) : bytes);
		copy[at] ^= 0xff;
		for (unsigned bit = 0; at < HEADERS && bit < 8; bit++) {
			copy[at] ^= (uint8_t)(1 << bit);
			give(arg, span_of(copy, bytes.len));
			copy[at] ^= (uint8_t)(1 << bit);
		}
	}
	free(copy);
}

static uint8_t link_index(uint32_t linktype)
{
	uint8_t i = 0;

	while (i < FUZZ_LINKS - 1 && fuzz_links[i] != linktype)
		i++;
	return i;
}

/* One input a variant, in memory of just that size. */
static void give_packet(void *arg, struct span variant)
{
	const struct packet *packet = arg;
	size_t len = 4 + variant.len;
	uint8_t *input = malloc(len);
	struct patch patch = { input, len };

	patch_zero(patch, 0, 4);
	patch_u8(patch, 0, link_index(packet->linktype));
	patch_copy(patch, 4, variant.data, variant.len);
	LLVMFuzzerTestOneInput(input, len);
	free(input);
}

static void give_capture(void *arg, struct span variant)
{
	uint8_t *input = fuzz_copy(variant, false);

	(void)arg;
	LLVMFuzzerTestOneInput(input, variant.len);
	free(input);
}

/* All variants of a packet are records of one input: a stage is made once for them. */
struct sequence {
	struct pile pile;
	const struct packet *packet;
	uint8_t flags;
};

static void give_record(void *arg, struct span variant)
{
	struct sequence *sequence = arg;
	struct patch patch = pile_add(&sequence->pile, 8 + variant.len);

	patch_zero(patch, 0, 8);
	patch_u8(patch, 0, link_index(sequence->packet->linktype));
	patch_u8(patch, 1, sequence->flags ^= FUZZ_FAST);
	patch_be16(patch, 4, 1);
	patch_be16(patch, 6, (uint16_t)variant.len);
	patch_copy(patch, 8, variant.data, variant.len);
}

static void every_sequence(const struct packet *packet)
{
	static const uint32_t options[] = { 0, 0x6d, UINT32_MAX };
	struct sequence sequence = { .packet = packet };
	struct patch head = pile_add(&sequence.pile, 4);

	vary(span_of(packet->data, packet->caplen), give_record, &sequence);
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		head = (struct patch){ sequence.pile.data, 4 };
		patch_be32(head, 0, options[i]);
		LLVMFuzzerTestOneInput(sequence.pile.data, sequence.pile.len);
	}
	free(sequence.pile.data);
}

static void put32(struct pile *pile, uint32_t value)
{
	struct patch patch = pile_add(pile, 4);

	memcpy(patch.data, &value, 4);
}

static void begin_pcap(struct pile *pile, uint32_t linktype)
{
	const uint32_t header[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, linktype };

	for (unsigned i = 0; i < 6; i++)
		put32(pile, header[i]);
}

static void begin_pcapng(struct pile *pile, uint32_t linktype)
{
	const uint32_t words[] = { PCAPNG_SECTION,
				   28,
				   PCAPNG_BYTE_ORDER,
				   1,
				   UINT32_MAX,
				   UINT32_MAX,
				   28,
				   PCAPNG_INTERFACE,
				   32,
				   linktype,
				   65535,
				   1 << 16 | OPTION_IF_TSRESOL,
				   9,
				   0,
				   32 };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		put32(pile, words[i]);
}

static void put_bytes(struct pile *pile, const struct packet *packet, size_t len)
{
	struct patch patch = pile_add(pile, len);

	patch_zero(patch, 0, len);
	patch_copy(patch, 0, packet->data, packet->caplen);
}

static void put_record(struct pile *pile, const struct packet *packet)
{
	put32(pile, (uint32_t)(packet->time_ns / FUZZ_NS));
	put32(pile, (uint32_t)(packet->time_ns % FUZZ_NS / 1000));
	put32(pile, packet->caplen);
	put32(pile, packet->len);
	put_bytes(pile, packet, packet->caplen);
}

static void put_block(struct pile *pile, const struct packet *packet)
{
	uint32_t len = 44 + (uint32_t)pcapng_padded(packet->caplen);
	const uint32_t head[] = { PCAPNG_ENHANCED_PACKET,
				  len,
				  0,
				  (uint32_t)(packet->time_ns >> 32),
				  (uint32_t)packet->time_ns,
				  packet->caplen,
				  packet->len };

	for (unsigned i = 0; i < 7; i++)
		put32(pile, head[i]);
	put_bytes(pile, packet, pcapng_padded(packet->caplen));
	put32(pile, 4 << 16 | OPTION_EPB_FLAGS);
	put32(pile, 1);
	put32(pile, 0);
	put32(pile, len);
}

struct captures {
	struct pile pcap, pcapng;
};

static void add_to_captures(struct captures *captures, const struct packet *packet)
{
	if (packet->number == 1) {
		begin_pcap(&captures->pcap, packet->linktype);
		begin_pcapng(&captures->pcapng, packet->linktype);
	}
	if (packet->number > CAPTURE_PACKETS)
		return;
	put_record(&captures->pcap, packet);
	put_block(&captures->pcapng, packet);
}

static void every_capture(struct captures *captures)
{
	vary(span_of(captures->pcap.data, captures->pcap.len), give_capture, NULL);
	vary(span_of(captures->pcapng.data, captures->pcapng.len), give_capture, NULL);
	free(captures->pcap.data);
	free(captures->pcapng.data);
}

bool every(const char *shape, const char *name)
{
	struct captures captures = { 0 };
	bool some = strcmp(shape, "sequence") == 0 || strcmp(shape, "capture") == 0;
	uint64_t most = some ? STAGE_PACKETS : UINT64_MAX;
	enum source_result result = SOURCE_PACKET;
	struct error err = { 0 };
	struct source *source = source_file_open(name, READER_AUTO, &err);
	struct packet packet;
	struct block block;

	while (source && result <= SOURCE_BLOCK && source->packets < most) {
		result = source_next(source, &packet, &block, &err);
		if (result != SOURCE_PACKET)
			continue;
		if (strcmp(shape, "packet") == 0)
			vary(span_of(packet.data, packet.caplen), give_packet, &packet);
		else if (strncmp(shape, "sequence", 8) == 0)
			every_sequence(&packet);
		else
			add_to_captures(&captures, &packet);
	}
	if (captures.pcap.len > 0)
		every_capture(&captures);
	source_close(source);
	if (err.text[0])
		fprintf(stderr, "%s\n", err.text);
	return source && !err.text[0];
}
