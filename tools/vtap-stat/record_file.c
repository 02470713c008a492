/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/abandoned.h"
#include "io/fd_name.h"
#include "io/interrupt.h"

/* Takes back what was written of a block that the system did not take as a whole. */
static void record_file_take_back(const struct record_file *file, size_t written)
{
	off_t at = lseek(file->fd, 0, SEEK_CUR);
	struct stat st;

	if (written == 0 || at < (off_t)written || fstat(file->fd, &st) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size != at)
		return;
	if (ftruncate(file->fd, at - (off_t)written) == 0)
		lseek(file->fd, at - (off_t)written, SEEK_SET);
}

/* After a failure nothing is written any more: what comes next would not follow what is there. */
static ssize_t record_file_write(void *cookie, const char *bytes, size_t len)
{
	struct record_file *file = cookie;
	size_t written = 0;

	while (!file->failed && written < len) {
		ssize_t now = interrupt_write(file->fd, bytes + written, len - written);

		if (now > 0)
			written += (size_t)now;
		else if (now == 0 || errno != EINTR)
			file->failed = now == 0 ? EIO : errno;
	}
	if (!file->failed)
		return (ssize_t)len;
	record_file_take_back(file, written);
	errno = file->failed;
	return 0;
}

static bool record_file_open_tmp(struct record_file *file, struct error *err)
{
	if (asprintf(&file->tmp, "%s.tmp", file->name) < 0) {
		file->tmp = NULL;
		return error_errno(err, "%s", file->name);
	}
	file->fd = output_path_create(file->tmp, &file->id, err);
	if (file->fd < 0 && err->number == EEXIST && abandoned_clear(file->tmp, err))
		file->fd = output_path_create(file->tmp, &file->id, err);
	/* Only where the .tmp itself is in the way, its name helps. */
	if (file->fd < 0 && err->number != EEXIST) {
		errno = err->number;
		error_errno(err, "%s", file->name);
	}
	return file->fd >= 0;
}

static bool record_file_open_fd(struct record_file *file, bool watch, struct error *err)
{
	struct stat st = { .st_mode = S_IFREG };
	int own = strcmp(file->name, "-") == 0 ? STDOUT_FILENO : fd_name_lookup(file->name);

	file->own = own < 0;
	file->fd = own;
	if (own >= 0)
		return true;
	if (stat(file->name, &st) < 0 && errno != ENOENT)
		return error_errno(err, "%s", file->name);
	if (S_ISDIR(st.st_mode))
		return error_set(err, "%s: is a directory", file->name);
	if (S_ISREG(st.st_mode) && !watch)
		return record_file_open_tmp(file, err);
	file->fd = output_path_empty(file->name, err);
	return file->fd >= 0;
}

bool record_file_open(struct record_file *file, const char *name, bool watch, struct error *err)
{
	const cookie_io_functions_t functions = { .write = record_file_write };

	*file = (struct record_file){ .name = name, .fd = -1 };
	if (!record_file_open_fd(file, watch, err))
		return false;
	file->to = fopencookie(file, "w", functions);
	if (!file->to)
		return error_errno(err, "%s", name);
	setvbuf(file->to, NULL, _IONBF, 0);
	return true;
}

bool record_file_check(const struct record_file *file, struct error *err)
{
	const char *name = file->tmp ? file->tmp : file->name;

	if (!file->failed)
		return true;
	errno = file->failed;
	return error_errno(err, "%s", strcmp(name, "-") == 0 ? "standard output" : name);
}

bool record_file_close(struct record_file *file, bool complete, struct error *err)
{
	bool good = true;

	if (file->to)
		fclose(file->to);
	if (file->fd >= 0 && file->own && close(file->fd) < 0 && complete)
		good = error_errno(err, "%s", file->name);
	if (file->tmp && file->fd >= 0 && complete && good)
		good = output_path_rename(file->tmp, &file->id, file->name, false, err);
	free(file->tmp);
	file->to = NULL;
	file->tmp = NULL;
	file->fd = -1;
	return good;
}
