/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of file names that grows, and keeps copies of them. */
#ifndef VTAP_BASE_NAME_LIST_H
#define VTAP_BASE_NAME_LIST_H

#include <stdbool.h>

#include "base/arena.h"

/* A struct that is all zero is an empty list. */
struct name_list {
	const char **name;
	unsigned count, room; /* names, and elements that `name` has */
	struct arena text;
};

/* Appends a copy of FOLDER/NAME, or of the name alone if folder is NULL. The copy is valid until
 * name_list_free(), name_list.name until the next call. Returns false if there is no memory. */
bool name_list_add(struct name_list *list, const char *folder, const char *name);

/* Takes the last name off the list, which must not be empty. */
void name_list_drop(struct name_list *list);

/* Sorts the names from index `from` on by their bytes. */
void name_list_sort(struct name_list *list, unsigned from);

/* Frees all names. The list is empty then and may be used again. */
void name_list_free(struct name_list *list);

#endif
