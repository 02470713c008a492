/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_interface.h"

#include "packet/option.h"

enum { NS_PER_S = 1000000000 };

static bool read_resolution(uint8_t value, uint64_t *ticks_per_s, struct error *err)
{
	unsigned power = value & 0x7f;

	*ticks_per_s = 1;
	if (value & 0x80 ? power > 63 : power > 19)
		return error_set(
			err,
			"interface: its time resolution is beyond 64 bits: %u to the power "
			"-%u",
			value & 0x80 ? 2 : 10, power);
	while (power-- > 0)
		*ticks_per_s *= value & 0x80 ? 2 : 10;
	return true;
}

uint32_t pcapng_interface_fcs_len(struct span value)
{
	uint8_t bits = 0;

	span_u8(value, 0, &bits);
	return bits < 8 ? bits : bits / 8;
}

/* Copies a string option behind what stands in text already; returns the string. */
static const char *copy_string(struct span value, uint8_t **text)
{
	char *start = (char *)*text;

	span_copy(value, 0, start, value.len);
	start[value.len] = '\0';
	*text += value.len + 1;
	return start;
}

bool pcapng_interface_options(struct interface *interface, uint8_t *text, struct error *err)
{
	struct span rest = interface->options;
	bool swapped = interface->section->swapped;
	struct pcapng_option option;
	uint64_t offset;
	uint8_t tsresol;

	while (option_next(&rest, swapped, &option)) {
		if (option.code == OPTION_IF_NAME && !interface->name)
			interface->name = copy_string(option.value, &text);
		if (option.code == OPTION_IF_DESCRIPTION && !interface->description)
			interface->description = copy_string(option.value, &text);
		if (option.code == OPTION_IF_TSRESOL && span_u8(option.value, 0, &tsresol) &&
		    !read_resolution(tsresol, &interface->ticks_per_s, err))
			return false;
		if (option.code == OPTION_IF_FCSLEN)
			interface->fcs_len = pcapng_interface_fcs_len(option.value);
		if (option.code == OPTION_IF_TSOFFSET &&
		    span_copy(option.value, 0, &offset, sizeof(offset)))
			interface->offset_s =
				(int64_t)(swapped ? __builtin_bswap64(offset) : offset);
	}
	return true;
}

struct pcapng_numbered pcapng_interface_numbered(const struct interface *interface)
{
	struct pcapng_numbered numbered = { .interface = interface };

	if (interface->offset_s != 0 || NS_PER_S % interface->ticks_per_s != 0)
		return numbered;
	numbered.ns_per_tick = NS_PER_S / interface->ticks_per_s;
	numbered.ticks_end = INT64_MAX / numbered.ns_per_tick;
	return numbered;
}

static void add_option(bool swapped, uint8_t **at, uint16_t code, const void *value, size_t len)
{
	uint16_t head[] = { code, (uint16_t)len };

	if (swapped)
		for (int i = 0; i < 2; i++)
			head[i] = __builtin_bswap16(head[i]);
	memcpy(*at, head, sizeof(head));
	memset(*at + 4, 0, pcapng_padded(len));
	memcpy(*at + 4, value, len);
	*at += 4 + pcapng_padded(len);
}

static size_t text_len(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return len < 0xfff0 ? len : 0xfff0;
}

/* Returns the value of if_tsresol: a power of ten if ticks_per_s is one, else a power of two. */
static uint8_t written_resolution(uint64_t ticks_per_s)
{
	uint8_t power = 0;
	uint64_t ticks = ticks_per_s;

	for (; ticks > 1 && ticks % 10 == 0; ticks /= 10)
		power++;
	if (ticks == 1)
		return power;
	return (uint8_t)(0x80 | __builtin_ctzll(ticks_per_s));
}

size_t pcapng_interface_make_options(const struct interface *interface, bool swapped, uint8_t *at)
{
	uint8_t *start = at, tsresol = written_resolution(interface->ticks_per_s);
	uint8_t fcs_bits = (uint8_t)(8 * interface->fcs_len);
	uint64_t offset = (uint64_t)interface->offset_s;

	if (interface->name)
		add_option(swapped, &at, OPTION_IF_NAME, interface->name,
			   text_len(interface->name));
	if (interface->description)
		add_option(swapped, &at, OPTION_IF_DESCRIPTION, interface->description,
			   text_len(interface->description));
	if (tsresol != 6)
		add_option(swapped, &at, OPTION_IF_TSRESOL, &tsresol, 1);
	if (fcs_bits != 0)
		add_option(swapped, &at, OPTION_IF_FCSLEN, &fcs_bits, 1);
	if (swapped)
		offset = __builtin_bswap64(offset);
	if (offset != 0)
		add_option(swapped, &at, OPTION_IF_TSOFFSET, &offset, sizeof(offset));
	return (size_t)(at - start);
}

size_t pcapng_interface_options_max(const struct interface *interface)
{
	return 8 + pcapng_padded(text_len(interface->name)) + 8 +
	       pcapng_padded(text_len(interface->description)) + 8 + 8 + 12;
}
