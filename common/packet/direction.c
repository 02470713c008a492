/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/direction.h"

#include "packet/option.h"

enum direction direction_of(const struct packet *packet)
{
	switch (packet_flags(packet) & OPTION_FLAGS_DIRECTION) {
	case DIRECTION_IN:
		return DIRECTION_IN;
	case DIRECTION_OUT:
		return DIRECTION_OUT;
	default:
		return DIRECTION_UNKNOWN;
	}
}
