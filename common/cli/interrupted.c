/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/interrupted.h"

#include <stdio.h>

#include "base/human.h"
#include "io/interrupt.h"

void interrupted_error(const struct pipeline *pipeline, unsigned input_count, const char *rest,
		       struct error *err)
{
	const struct source *source = pipeline->source;
	char packets[HUMAN_SIZE], inputs[32];

	snprintf(inputs, sizeof(inputs), "%u inputs", input_count);
	error_set(err, "interrupted after %s packet%s, %u%% of %s%s%s",
		  human_count(packets, pipeline->in), pipeline->in == 1 ? "" : "s",
		  source_percent(source), input_count > 1 ? inputs : source->name,
		  rest[0] ? "; " : "", rest);
}

int interrupted_status(void)
{
	return 128 + interrupt_signal();
}
