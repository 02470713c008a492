/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/file_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_set_id {
	uint64_t device, inode;
};

void file_set_init(struct file_set *set)
{
	hash_table_init(&set->files);
}

void file_set_free(struct file_set *set)
{
	size_t at = 0;

	for (struct file_set_id *id; (id = hash_table_next(&set->files, &at));)
		free(id);
	hash_table_free(&set->files);
}

bool file_set_add(struct file_set *set, const char *name, struct error *err)
{
	struct file_set_id *id;
	struct stat st;

	if ((strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(name, &st)) < 0 ||
	    !S_ISREG(st.st_mode))
		return true;
	id = malloc(sizeof(*id));
	if (!id)
		return error_errno(err, "%s", name);
	*id = (struct file_set_id){ st.st_dev, st.st_ino };
	if (hash_table_get(&set->files, id, sizeof(*id))) {
		free(id);
		return true;
	}
	if (hash_table_put(&set->files, id, sizeof(*id), id))
		return true;
	free(id);
	return error_errno(err, "%s", name);
}

bool file_set_has(const struct file_set *set, const char *name)
{
	struct file_set_id id;
	struct stat st;

	if (stat(name, &st) < 0)
		return false;
	id = (struct file_set_id){ st.st_dev, st.st_ino };
	return hash_table_get(&set->files, &id, sizeof(id)) != NULL;
}
