/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/descriptors.h"

#include <stdbool.h>
#include <sys/resource.h>

static struct rlimit started; /* with this limit, if `raised` */
static bool raised;

struct descriptors descriptors_raise(void)
{
	struct rlimit limit = { .rlim_cur = 256, .rlim_max = 256 };

	getrlimit(RLIMIT_NOFILE, &limit);
	if (!raised)
		started = limit;
	raised = true;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return (struct descriptors){ .usual = started.rlim_cur, .most = limit.rlim_cur };
}

void descriptors_restore(void)
{
	if (raised)
		setrlimit(RLIMIT_NOFILE, &started);
}
