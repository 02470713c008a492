/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for tables that are as large as they may become from the start. */
#ifndef VTAP_STAT_PAGES_H
#define VTAP_STAT_PAGES_H

#include <stddef.h>

/*
 * Returns zeroed memory of so many bytes, or NULL and sets errno. It costs nothing before it is
 * touched, however much the system would promise. Give it back by pages_unmap() with the same size.
 */
void *pages_map(size_t size);

/* memory may be NULL. */
void pages_unmap(void *memory, size_t size);

#endif
