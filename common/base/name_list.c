/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/name_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_list_grow(struct name_list *list)
{
	unsigned room = list->room ? 2 * list->room : 16;
	const char **grown;

	if (list->count < list->room)
		return true;
	grown = realloc(list->name, room * sizeof(*grown));
	if (!grown)
		return false;
	list->name = grown;
	list->room = room;
	return true;
}

bool name_list_add(struct name_list *list, const char *folder, const char *name)
{
	size_t folder_len = folder ? strlen(folder) : 0;
	size_t size = folder_len + strlen(name) + 2;
	bool slash = folder_len > 0 && folder[folder_len - 1] != '/';
	char *copy = name_list_grow(list) ? arena_take(&list->text, size, 1) : NULL;

	if (!copy)
		return false;
	snprintf(copy, size, "%s%s%s", folder ? folder : "", slash ? "/" : "", name);
	list->name[list->count++] = copy;
	return true;
}

void name_list_drop(struct name_list *list)
{
	list->count--;
}

static int name_list_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void name_list_sort(struct name_list *list, unsigned from)
{
	if (from < list->count)
		qsort(list->name + from, list->count - from, sizeof(*list->name),
		      name_list_compare);
}

void name_list_free(struct name_list *list)
{
	free(list->name);
	arena_free(&list->text);
	*list = (struct name_list){ .name = NULL };
}
