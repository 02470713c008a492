/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_rewrite.h"

#include <stdlib.h>

#include "header/fields.h"
#include "packet/option.h"
#include "tunnel/vlan_comment.h"

/* Bytes in front of an option's value, its code and length; and bytes of a flags option. */
enum { OPTION_VALUE_AT = 4, FLAGS_LEN = 8 };

void decap_rewrite_free(struct decap_rewrite *rewrite)
{
	free(rewrite->options);
	free(rewrite->frame);
	*rewrite = (struct decap_rewrite){ 0 };
}

static bool rewrite_grow_buffer(uint8_t **bytes, size_t *size, size_t len)
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

static bool rewrite_is_swapped(const struct packet *packet)
{
	return packet->interface->section && packet->interface->section->swapped;
}

static bool rewrite_is_flags(const struct pcapng_option *option)
{
	return option->code == OPTION_EPB_FLAGS && option->value.len == 4;
}

static bool rewrite_has_fcs(const struct pcapng_option *option, bool swapped)
{
	return rewrite_is_flags(option) && pcapng_u32(option->value, 0, swapped) & OPTION_FLAGS_FCS;
}

/* Most packets with options have none that changes: they need no copy. */
static bool rewrite_is_needed(struct span options, bool swapped)
{
	struct pcapng_option option;

	while (option_next(&options, swapped, &option))
		if (option.code == OPTION_EPB_HASH || rewrite_has_fcs(&option, swapped))
			return true;
	return false;
}

/* Clears the bits of `clear` and sets those of `set` in a flags option at an offset. */
static void rewrite_flags(struct patch to, size_t at, bool swapped, uint32_t clear, uint32_t set)
{
	uint32_t flags = pcapng_u32(patch_span(to), at + OPTION_VALUE_AT, swapped);

	flags = (flags & ~clear) | set;
	flags = swapped ? __builtin_bswap32(flags) : flags;
	patch_copy(to, at + OPTION_VALUE_AT, &flags, sizeof(flags));
}

bool decap_rewrite_options(struct decap_rewrite *rewrite, struct packet *packet, uint64_t *hashes,
			   uint64_t *fcs)
{
	bool swapped = rewrite_is_swapped(packet);
	struct pcapng_option option;
	struct span left;
	struct patch to;

	if (!rewrite_is_needed(packet->options, swapped))
		return true;
	if (!rewrite_grow_buffer(&rewrite->options, &rewrite->options_size, packet->options.len))
		return false;
	to = (struct patch){ rewrite->options, rewrite->options_size };
	packet->options =
		option_copy_without(packet->options, swapped, OPTION_EPB_HASH, to, hashes);
	left = packet->options;
	while (option_next(&left, swapped, &option)) {
		if (!rewrite_has_fcs(&option, swapped))
			continue;
		++*fcs;
		rewrite_flags(to, (size_t)(option.whole.data - to.data), swapped, OPTION_FLAGS_FCS,
			      0);
	}
	return true;
}

/* Sets *at to the offset of the flags option, or to the end of the list if it has none. */
static bool rewrite_find_flags(struct span options, bool swapped, size_t *at)
{
	struct pcapng_option option;

	for (*at = 0; option_next(&options, swapped, &option); *at += option.whole.len)
		if (rewrite_is_flags(&option))
			return true;
	return false;
}

/* Writes an option with a value of that length, and returns how many bytes it takes. */
static size_t rewrite_put_option(struct patch to, size_t at, bool swapped, uint16_t code,
				 struct span value)
{
	uint16_t len = (uint16_t)value.len;

	if (swapped) {
		code = __builtin_bswap16(code);
		len = __builtin_bswap16(len);
	}
	patch_copy(to, at, &code, sizeof(code));
	patch_copy(to, at + 2, &len, sizeof(len));
	patch_zero(to, at + OPTION_VALUE_AT, pcapng_padded(value.len));
	patch_copy(to, at + OPTION_VALUE_AT, value.data, value.len);
	return OPTION_VALUE_AT + pcapng_padded(value.len);
}

/* Makes *to the packet's options in the buffer, with room for `more` bytes behind them. Returns
 * false without memory. */
static bool rewrite_own_options(struct decap_rewrite *rewrite, struct packet *packet, size_t more,
				struct patch *to)
{
	bool ours = packet->options.len > 0 && packet->options.data == rewrite->options;
	size_t len = packet->options.len;

	if (!rewrite_grow_buffer(&rewrite->options, &rewrite->options_size, len + more))
		return false;
	*to = (struct patch){ rewrite->options, rewrite->options_size };
	if (!ours && len > 0)
		patch_copy(*to, 0, packet->options.data, len);
	packet->options = span_of(to->data, len);
	return true;
}

bool decap_rewrite_direction(struct decap_rewrite *rewrite, struct packet *packet,
			     uint8_t direction)
{
	static const uint8_t no_flags[4];
	bool swapped = rewrite_is_swapped(packet);
	struct patch to;
	size_t at;

	if (!rewrite_own_options(rewrite, packet, FLAGS_LEN, &to))
		return false;
	if (!rewrite_find_flags(packet->options, swapped, &at))
		packet->options.len = at + rewrite_put_option(to, at, swapped, OPTION_EPB_FLAGS,
							      span_of(no_flags, sizeof(no_flags)));
	rewrite_flags(to, at, swapped, OPTION_FLAGS_DIRECTION, direction & OPTION_FLAGS_DIRECTION);
	return true;
}

bool decap_rewrite_vlan(struct decap_rewrite *rewrite, struct packet *packet, uint16_t vid)
{
	bool swapped = rewrite_is_swapped(packet);
	char text[VLAN_COMMENT_MAX];
	struct pcapng_option option;
	struct span left;
	struct patch to;
	size_t at = 0;

	if (!rewrite_own_options(rewrite, packet, OPTION_VALUE_AT + sizeof(text), &to))
		return false;
	for (left = packet->options; option_next(&left, swapped, &option);)
		at += option.whole.len;
	packet->options.len = at + rewrite_put_option(to, at, swapped, OPTION_COMMENT,
						      span_of(text, vlan_comment_write(vid, text)));
	return true;
}

bool decap_rewrite_ethernet(struct decap_rewrite *rewrite, struct packet *packet)
{
	static const uint8_t addresses[2 * MAC_LEN] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	size_t len = (size_t)packet->caplen + ETHERNET_LEN;
	uint8_t first = 0;
	struct patch frame;

	if (!rewrite_grow_buffer(&rewrite->frame, &rewrite->frame_size, len))
		return false;
	frame = (struct patch){ rewrite->frame, len };
	span_u8(span_of(packet->data, packet->caplen), 0, &first);
	patch_copy(frame, 0, addresses, sizeof(addresses));
	patch_be16(frame, ETHERNET_TYPE_AT, first >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	patch_copy(frame, ETHERNET_LEN, packet->data, packet->caplen);
	packet_replace(packet, patch_span(frame));
	/* A sender of --meta may claim any length. */
	packet->len =
		packet->len < UINT32_MAX - ETHERNET_LEN ? packet->len + ETHERNET_LEN : UINT32_MAX;
	return true;
}
