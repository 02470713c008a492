/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_c1(const char *text)
{
	return (uint8_t)text[0] == 0xC2 && (uint8_t)text[1] >= 0x80 && (uint8_t)text[1] < 0xA0;
}

void printable(char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < ' ' || *text == 0x7F)
			*text = '?';
		else if (is_c1(text))
			*text = *(text + 1) = '?';
}
