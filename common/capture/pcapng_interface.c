/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_interface.h"

#include "packet/option.h"

enum { NS_PER_S = 1000000000 };

static bool read_resolution(uint8_t value, uint64_t *ticks_per_s, struct error *err)
{
	unsigned power = value & 0x7f;

	*ticks_per_s = 1;
	if (value & 0x80 ? power > 63 : power > 19)
		return error_set(err,
				 "interface: a time resolution of %u to the power -%u is beyond "
				 "64 bits",
				 value & 0x80 ? 2 : 10, power);
	while (power-- > 0)
		*ticks_per_s *= value & 0x80 ? 2 : 10;
	return true;
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
