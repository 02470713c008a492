/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/atomic_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/fd_name.h"
#include "io/output.h"

bool atomic_file_open(struct atomic_file *atomic_file, const char *file, struct error *err)
{
	*atomic_file = (struct atomic_file){ .file = file };
	atomic_file->to = open_memstream(&atomic_file->text, &atomic_file->len);
	return atomic_file->to || error_errno(err, "%s", file);
}

/* For a terminal, a FIFO, a device, a descriptor that is open, and "-". */
static bool write_directly(const char *file, const char *text, size_t len, struct error *err)
{
	struct output output;
	bool done;

	if (!output_text(&output, file, err))
		return false;
	done = output_empty(&output, err) && output_write(&output, text, len, err);
	return output_close(&output, done, err) && done;
}

static bool write_file(const char *file, const char *text, size_t len, struct error *err)
{
	struct output output;
	bool done;

	if (!output_open(&output, file, OUTPUT_RENEW, err))
		return false;
	done = output_write(&output, text, len, err);
	return output_close(&output, done, err) && done;
}

/* A file that stat() cannot see might be a device, so it is not replaced. */
static bool is_replaced(const char *file)
{
	struct stat st;

	if (strcmp(file, "-") == 0 || fd_name_lookup(file) >= 0)
		return false;
	return stat(file, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT;
}

bool atomic_file_commit(struct atomic_file *atomic_file, struct error *err)
{
	const char *file = atomic_file->file;
	bool done;

	if (fclose(atomic_file->to) != 0)
		done = error_errno(err, "%s", file);
	else if (is_replaced(file))
		done = write_file(file, atomic_file->text, atomic_file->len, err);
	else
		done = write_directly(file, atomic_file->text, atomic_file->len, err);
	free(atomic_file->text);
	return done;
}
