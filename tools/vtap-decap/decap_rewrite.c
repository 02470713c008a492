/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_rewrite.h"

#include <stdlib.h>

enum { ETHERNET_LEN = 14, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86DD };
/* Bits 5 to 8 of epb_flags: the length of the frame check sequence, 0 when unknown. */
enum { FLAGS_FCS = 0x1E0, FLAGS_DIRECTION = 3, FLAGS_LEN = 8 };

void decap_rewrite_free(struct decap_rewrite *rewrite)
{
	free(rewrite->options);
	free(rewrite->frame);
	*rewrite = (struct decap_rewrite){ 0 };
}

static bool grow(uint8_t **bytes, size_t *size, size_t len)
{
	size_t want = *size ? *size : 4096;
	uint8_t *more;

	if (len <= *size)
		return true;
	while (want < len)
		want *= 2;
	more = realloc(*bytes, want);
	if (!more)
		return false;
	*bytes = more;
	*size = want;
	return true;
}

/* An option in the section's byte order. */
struct option {
	uint16_t code, len;
	size_t offset, next; /* of the option, of what follows it */
};

static uint16_t host16(uint16_t value, bool swapped)
{
	return swapped ? __builtin_bswap16(value) : value;
}

static uint32_t host32(uint32_t value, bool swapped)
{
	return swapped ? __builtin_bswap32(value) : value;
}

static bool option_at(struct span options, size_t offset, bool swapped, struct option *option)
{
	uint16_t code, len;

	if (!span_copy(options, offset, &code, 2) || !span_copy(options, offset + 2, &len, 2))
		return false;
	option->code = host16(code, swapped);
	option->len = host16(len, swapped);
	option->offset = offset;
	option->next = offset + 4 + (option->len + 3U) / 4 * 4;
	return span_has(options, offset, option->next - offset);
}

static bool has_fcs(struct span options, const struct option *option, bool swapped)
{
	uint32_t flags;

	return option->code == OPTION_EPB_FLAGS && option->len == 4 &&
	       span_copy(options, option->offset + 4, &flags, 4) &&
	       host32(flags, swapped) & FLAGS_FCS;
}

/* True when some option has to change. */
static bool concerned(struct span options, bool swapped)
{
	struct option option;

	for (size_t at = 0; option_at(options, at, swapped, &option); at = option.next)
		if (option.code == OPTION_EPB_HASH || has_fcs(options, &option, swapped))
			return true;
	return false;
}

static void clear_fcs(struct patch to, size_t flags_at, bool swapped)
{
	uint32_t flags = 0;

	span_copy(span_of(to.data, to.len), flags_at, &flags, 4);
	flags &= ~host32(FLAGS_FCS, swapped);
	patch_copy(to, flags_at, &flags, 4);
}

bool decap_rewrite_options(struct decap_rewrite *rewrite, struct packet *packet, uint64_t *hashes,
			   uint64_t *fcs)
{
	struct span old = packet->options;
	bool swapped = packet->interface->section && packet->interface->section->swapped;
	struct option option;
	struct patch to;
	size_t len = 0;

	if (!concerned(old, swapped))
		return true;
	if (!grow(&rewrite->options, &rewrite->options_size, old.len))
		return false;
	to = (struct patch){ rewrite->options, rewrite->options_size };
	for (size_t at = 0; option_at(old, at, swapped, &option); at = option.next) {
		if (option.code == OPTION_EPB_HASH) {
			++*hashes;
			continue;
		}
		patch_copy(to, len, old.data + at, option.next - at);
		if (has_fcs(old, &option, swapped)) {
			++*fcs;
			clear_fcs(to, len + 4, swapped);
		}
		len += option.next - at;
	}
	packet->options = span_of(rewrite->options, len);
	return true;
}

static void set_direction(struct patch to, size_t flags_at, bool swapped, uint8_t direction)
{
	uint32_t flags = 0;

	span_copy(patch_span(to), flags_at, &flags, 4);
	flags &= ~host32(FLAGS_DIRECTION, swapped);
	flags |= host32(direction & FLAGS_DIRECTION, swapped);
	patch_copy(to, flags_at, &flags, 4);
}

/* The head of a flags option with no bit set. */
static void put_flags(struct patch to, size_t at, bool swapped)
{
	uint16_t code = host16(OPTION_EPB_FLAGS, swapped), len = host16(4, swapped);

	patch_copy(to, at, &code, 2);
	patch_copy(to, at + 2, &len, 2);
	patch_zero(to, at + 4, 4);
}

bool decap_rewrite_direction(struct decap_rewrite *rewrite, struct packet *packet,
			     uint8_t direction)
{
	bool swapped = packet->interface->section && packet->interface->section->swapped;
	bool ours = packet->options.len > 0 && packet->options.data == rewrite->options;
	size_t len = packet->options.len, at = 0;
	struct option option;
	struct patch to;

	if (!grow(&rewrite->options, &rewrite->options_size, len + FLAGS_LEN))
		return false;
	to = (struct patch){ rewrite->options, rewrite->options_size };
	if (!ours && len > 0)
		patch_copy(to, 0, packet->options.data, len);
	packet->options = span_of(rewrite->options, len);
	for (; option_at(packet->options, at, swapped, &option); at = option.next) {
		if (option.code != OPTION_EPB_FLAGS || option.len != 4)
			continue;
		set_direction(to, at + 4, swapped, direction);
		return true;
	}
	put_flags(to, at, swapped);
	set_direction(to, at + 4, swapped, direction);
	packet->options = span_of(rewrite->options, at + FLAGS_LEN);
	return true;
}

bool decap_rewrite_ethernet(struct decap_rewrite *rewrite, struct packet *packet)
{
	static const uint8_t addresses[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	size_t len = (size_t)packet->caplen + ETHERNET_LEN;
	uint8_t first = 0;
	struct patch frame;

	if (!grow(&rewrite->frame, &rewrite->frame_size, len))
		return false;
	frame = (struct patch){ rewrite->frame, len };
	span_u8(span_of(packet->data, packet->caplen), 0, &first);
	patch_copy(frame, 0, addresses, sizeof(addresses));
	patch_be16(frame, sizeof(addresses), first >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	patch_copy(frame, ETHERNET_LEN, packet->data, packet->caplen);
	packet->data = frame.data;
	packet->caplen += ETHERNET_LEN;
	packet->len += ETHERNET_LEN;
	return true;
}
