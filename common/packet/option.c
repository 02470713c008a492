/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/option.h"

bool option_next(struct span *options, bool swapped, struct pcapng_option *option)
{
	uint16_t len;
	size_t padded;

	if (options->len < 4)
		return false;
	option->code = pcapng_u16(*options, 0, swapped);
	len = pcapng_u16(*options, 2, swapped);
	if (option->code == 0 || !span_sub(*options, 4, len, &option->value))
		return false;
	padded = 4 + pcapng_padded(len);
	if (!span_sub(*options, 0, padded, &option->whole))
		return false;
	*options = span_from(*options, padded);
	return true;
}

struct span option_trim(struct span bytes, bool swapped)
{
	struct span rest = bytes;
	struct pcapng_option option;

	while (option_next(&rest, swapped, &option))
		;
	return span_first(bytes, bytes.len - rest.len);
}

uint32_t option_flags(struct span options, bool swapped)
{
	struct pcapng_option option;

	while (option_next(&options, swapped, &option))
		if (option.code == OPTION_EPB_FLAGS && option.value.len == 4)
			return pcapng_u32(option.value, 0, swapped);
	return 0;
}

struct span option_copy_without(struct span options, bool swapped, uint16_t code, struct patch to,
				uint64_t *removed)
{
	struct pcapng_option option;
	size_t len = 0;

	while (option_next(&options, swapped, &option)) {
		if (option.code == code)
			++*removed;
		else if (patch_copy(to, len, option.whole.data, option.whole.len))
			len += option.whole.len;
	}
	return span_of(to.data, len);
}
