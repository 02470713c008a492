/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outputs are opened here: a file as NAME.tmp, everything else directly. */
#include "io/output_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/abandoned.h"
#include "io/fd_name.h"
#include "io/output_path.h"

enum { OUTPUT_PIPE = 1 << 20 }; /* bytes of a pipe, where the system allows it */

static int output_duplicate(const struct output *output, int own, struct error *err)
{
	int fd = fcntl(own, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		error_errno(err, "%s", output_label(output));
	return fd;
}

static bool open_stdout(struct output *output, struct error *err)
{
	if (isatty(STDOUT_FILENO))
		return error_usage(err, "standard output is a terminal: captures are binary, "
					"use -w FILE or a pipe");
	output->fd = output_duplicate(output, STDOUT_FILENO, err);
	if (output->fd < 0)
		return false;
	fcntl(output->fd, F_SETPIPE_SZ, OUTPUT_PIPE);
	return true;
}

/* Opens a FIFO or a device, or copies the descriptor own (-1: none): no rename can replace them. */
static bool open_directly(struct output *output, int own, struct error *err)
{
	output->fd = own >= 0 ? output_duplicate(output, own, err)
			      : output_path_empty(output->name, err);
	if (output->fd < 0)
		return false;
	if (isatty(output->fd))
		return error_usage(err, "%s is a terminal: captures are binary", output->name);
	fcntl(output->fd, F_SETPIPE_SZ, OUTPUT_PIPE);
	return true;
}

static bool output_clear_tmp(const char *tmp, enum output_manner manner, struct error *err)
{
	struct error why = { 0 };

	if (manner == OUTPUT_RENEW)
		return TEMP_FAILURE_RETRY(unlink(tmp)) == 0 || errno == ENOENT;
	if (abandoned_clear(tmp, &why))
		return true;
	*err = why;
	if (manner == OUTPUT_REPLACE)
		error_set(err, "%s: choose another name", why.text);
	err->number = why.number;
	return false;
}

static bool open_tmp(struct output *output, enum output_manner manner, struct error *err)
{
	if (asprintf(&output->tmp, "%s.tmp", output->name) < 0) {
		output->tmp = NULL;
		return error_errno(err, "%s", output->name);
	}
	output->fd = output_path_create(output->tmp, &output->id, err);
	if (output->fd < 0 && err->number == EEXIST && output_clear_tmp(output->tmp, manner, err))
		output->fd = output_path_create(output->tmp, &output->id, err);
	/* Only where the .tmp itself is in the way, its name helps. */
	if (output->fd < 0 && err->number != EEXIST) {
		errno = err->number;
		error_errno(err, "%s", output->name);
	}
	return output->fd >= 0;
}

/* The buffer comes first, so that no file is emptied if there is no memory to write to it. */
static bool open_itself(struct output *output, struct error *err)
{
	if (!output_grow(output, OUTPUT_FIRST, err))
		return false;
	output->fd = output_path_empty(output->name, err);
	return output->fd >= 0;
}

static bool open_regular(struct output *output, enum output_manner manner, struct error *err)
{
	output->keep = manner == OUTPUT_KEEP;
	return manner == OUTPUT_WATCH ? open_itself(output, err) : open_tmp(output, manner, err);
}

bool output_open(struct output *output, const char *name, enum output_manner manner,
		 struct error *err)
{
	struct stat st = { .st_mode = S_IFREG };
	int own = manner == OUTPUT_KEEP ? -1 : fd_name_lookup(name);
	bool opened;

	*output = (struct output){ .fd = -1, .name = name };
	if (output_is_stdout(output))
		opened = open_stdout(output, err);
	else if (manner == OUTPUT_KEEP)
		opened = open_regular(output, manner, err);
	else if (own >= 0)
		opened = open_directly(output, own, err);
	else if (stat(name, &st) < 0 && errno != ENOENT)
		opened = error_errno(err, "%s", name); /* it may be a device: no .tmp then */
	else if (S_ISREG(st.st_mode))
		opened = open_regular(output, manner, err);
	else if (S_ISDIR(st.st_mode))
		opened = error_set(err, "%s: is a directory", name);
	else
		opened = open_directly(output, -1, err);
	if (!opened) {
		if (output->fd >= 0)
			close(output->fd);
		free(output->tmp);
		free(output->buffer);
		*output = (struct output){ .fd = -1, .name = name };
	}
	return opened;
}

bool output_text(struct output *output, const char *name, struct error *err)
{
	int own;

	*output = (struct output){ .fd = -1, .name = name };
	own = output_is_stdout(output) ? STDOUT_FILENO : fd_name_lookup(name);
	output->fd = own >= 0 ? output_duplicate(output, own, err) : output_path_reuse(name, err);
	output->old = own < 0;
	return output->fd >= 0;
}

bool output_empty(struct output *output, struct error *err)
{
	bool old = output->old;

	output->old = false;
	return !old || output_path_cut(output->fd, output->name, err);
}
