/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/huge_pages.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGES_STEP = 16 << 20, HUGE_PAGES_SMALL = 4096 };

void huge_pages_go_on(struct huge_pages *pages)
{
	char *end = sbrk(0);
	size_t past;

	if (!pages->end)
		mallopt(M_TOP_PAD, HUGE_PAGES_STEP);
	if (pages->end && end > pages->end) {
		past = (uintptr_t)pages->end % HUGE_PAGES_SMALL;
		madvise(pages->end - past, (size_t)(end - pages->end) + past, MADV_HUGEPAGE);
	}
	pages->end = end;
}
