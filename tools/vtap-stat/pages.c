/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include <sys/mman.h>

/* Packets come to a table in any order: with pages of 4 KiB each would wait for the table of pages,
 * too. Where the system has no larger ones, nothing is lost. */
void *pages_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

void pages_unmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}
