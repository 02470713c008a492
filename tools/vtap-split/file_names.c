/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/tool.h"

void file_names_init(struct file_names *names, const struct name_template *name, bool overwrite,
		     bool quiet)
{
	*names = (struct file_names){ .name = name, .overwrite = overwrite, .quiet = quiet };
	hash_table_init(&names->open);
	hash_table_init(&names->done);
	file_set_init(&names->inputs);
}

bool file_names_read(struct file_names *names, const char *const *inputs, unsigned count,
		     struct error *err)
{
	for (unsigned i = 0; names->overwrite && i < count; i++)
		if (!file_set_add(&names->inputs, inputs[i], err))
			return false;
	return true;
}

void file_names_free(struct file_names *names)
{
	size_t at = 0;

	for (char *name; (name = hash_table_next(&names->done, &at));)
		free(name);
	hash_table_free(&names->open);
	hash_table_free(&names->done);
	file_set_free(&names->inputs);
}

static bool file_names_has(const struct hash_table *table, const char *name)
{
	return hash_table_get(table, name, strlen(name)) != NULL;
}

/* What this run has written is no obstacle that --overwrite is meant for. */
bool file_names_may_replace(const struct file_names *names, const char *name)
{
	return names->overwrite && !file_names_has(&names->done, name) &&
	       !file_set_has(&names->inputs, name);
}

/* Templates with {n} or {end} have other names of their own. */
static bool file_names_may_evade(const struct file_names *names, const struct error *err)
{
	return !names->is_file_job && err->number == EEXIST && !names->name->has_n;
}

static bool file_names_is_regular(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISREG(st.st_mode);
}

bool file_names_may_begin(const struct file_names *names, struct sink_pool *pool, const char *name,
			  struct error *err)
{
	bool replace = file_names_may_replace(names, name);
	const char *advice = file_names_advice(names);
	struct error taken = { 0 };
	bool is_free;

	if (!names->is_file_job)
		return true;
	is_free = sink_pool_may_have(pool, name, replace, &taken);
	if (is_free && sink_pool_may_begin(pool, name, &taken))
		return true;
	*err = taken;
	if (taken.number != EEXIST && taken.number != ELOOP)
		return false;
	if (file_set_has(&names->inputs, name))
		advice = "it is also an input, which is not replaced";
	else if (taken.number == ELOOP || (!is_free && !file_names_is_regular(name)))
		advice = "move it away";
	else if (is_free)
		advice = "{n} in -w numbers the files";
	error_set(err, "%s, so nothing is written: %s", taken.text, advice);
	err->number = taken.number;
	return false;
}

/* The name has to stay in place as long as the file is open, so this has a copy. */
static struct sink_pool_file *file_names_try(struct file_names *names, struct sink_pool *pool,
					     const char *name, const struct section *section,
					     uint64_t after, char **own, struct error *err)
{
	bool replace = file_names_may_replace(names, name);
	struct sink_pool_file *file = NULL;

	if (file_names_has(&names->open, name)) {
		error_set(err, "%s: is the file of another key", name);
		err->number = EEXIST;
		return NULL;
	}
	*own = strdup(name);
	if (!*own || !hash_table_put(&names->open, *own, strlen(*own), *own)) {
		free(*own);
		error_errno(err, "%s", name);
		return NULL;
	}
	file = sink_pool_open(pool, *own, section, after, replace, err);
	if (!file)
		file_names_close(names, *own);
	return file;
}

static void file_names_tell(const struct file_names *names, const struct error *taken,
			    const char *name)
{
	if (!names->quiet)
		tool_say("vtap-split", "%s: the packets go to %s", taken->text, name);
}

struct sink_pool_file *file_names_open(struct file_names *names, struct sink_pool *pool,
				       const char *name, const struct section *section,
				       uint64_t after, char **own, struct error *err)
{
	struct sink_pool_file *file = file_names_try(names, pool, name, section, after, own, err);
	char varied[TEMPLATE_NAME_SIZE];
	struct error taken;

	if (file || !file_names_may_evade(names, err) || names->name->has_end)
		return file;
	taken = *err;
	for (unsigned i = 2; !file && err->number == EEXIST && i <= TEMPLATE_VARIANTS; i++) {
		template_vary(names->name, name, i, varied);
		*err = (struct error){ 0 };
		file = file_names_try(names, pool, varied, section, after, own, err);
	}
	if (file)
		file_names_tell(names, &taken, varied);
	return file;
}

void file_names_choose_last(const struct file_names *names, struct sink_pool *pool,
			    char name[TEMPLATE_NAME_SIZE])
{
	bool replace = file_names_may_replace(names, name);
	struct error taken = { 0 }, err = { 0 };
	char varied[TEMPLATE_NAME_SIZE];

	if (names->is_file_job || sink_pool_may_have(pool, name, replace, &taken) ||
	    taken.number != EEXIST)
		return;
	for (unsigned i = 2; i <= TEMPLATE_VARIANTS; i++) {
		template_vary(names->name, name, i, varied);
		if (file_names_has(&names->open, varied) ||
		    !sink_pool_may_have(pool, varied, false, &err))
			continue;
		file_names_tell(names, &taken, varied);
		memcpy(name, varied, sizeof(varied));
		return;
	}
}

bool file_names_remember(struct file_names *names, const char *name, struct error *err)
{
	char *copy;

	if (!names->overwrite || file_names_has(&names->done, name))
		return true;
	copy = strdup(name);
	if (copy && hash_table_put(&names->done, copy, strlen(copy), copy))
		return true;
	error_errno(err, "%s", name);
	free(copy);
	return false;
}

void file_names_forget(struct file_names *names, const char *name)
{
	free(hash_table_remove(&names->done, name, strlen(name)));
}

void file_names_close(struct file_names *names, char *own)
{
	hash_table_remove(&names->open, own, strlen(own));
	free(own);
}

const char *file_names_advice(const struct file_names *names)
{
	return names->overwrite ? "move it away, or number the files by {n} in -w"
				: "--overwrite replaces captures, {n} in -w numbers the files";
}
