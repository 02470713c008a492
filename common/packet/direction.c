/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/direction.h"

#include "packet/option.h"

enum { DIRECTION_MASK = 3 };

enum direction direction_of(const struct packet *packet)
{
	bool swapped = packet->interface && packet->interface->section &&
		       packet->interface->section->swapped;
	struct span options = packet->options;
	struct pcapng_option option;

	while (option_next(&options, swapped, &option)) {
		if (option.code != OPTION_EPB_FLAGS || option.value.len != 4)
			continue;
		switch (pcapng_u32(option.value, 0, swapped) & DIRECTION_MASK) {
		case DIRECTION_IN:
			return DIRECTION_IN;
		case DIRECTION_OUT:
			return DIRECTION_OUT;
		}
		break;
	}
	return DIRECTION_UNKNOWN;
}
