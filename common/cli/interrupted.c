/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/interrupted.h"

#include <inttypes.h>
#include <stdio.h>

#include "io/interrupt.h"

enum { GROUPED_SIZE = 32 }; /* bytes: 20 digits, 6 commas and the NUL */

/* Writes 1301074 as "1,301,074": people read this number, and it may be long. */
static void interrupted_group(uint64_t number, char text[GROUPED_SIZE])
{
	char digits[GROUPED_SIZE];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number), used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

void interrupted_error(const struct pipeline *pipeline, unsigned input_count, const char *rest,
		       struct error *err)
{
	const struct source *source = pipeline->source;
	char packets[GROUPED_SIZE], inputs[32];

	interrupted_group(pipeline->in, packets);
	snprintf(inputs, sizeof(inputs), "%u inputs", input_count);
	error_set(err, "interrupted after %s packet%s, %u%% of %s%s%s", packets,
		  pipeline->in == 1 ? "" : "s", source_percent(source),
		  input_count > 1 ? inputs : source->name, rest[0] ? "; " : "", rest);
}

int interrupted_status(void)
{
	return 128 + interrupt_signal();
}
