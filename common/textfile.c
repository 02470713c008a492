/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "textfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "descriptor.h"
#include "output.h"

bool textfile_open(struct textfile *textfile, const char *file, struct error *err)
{
	*textfile = (struct textfile){ .file = file };
	textfile->to = open_memstream(&textfile->text, &textfile->len);
	return textfile->to || error_errno(err, "%s", file);
}

/* A terminal, a FIFO, a device or what is open; "-" too. */
static bool write_directly(const char *file, const char *text, size_t len, struct error *err)
{
	struct output output;
	bool done;

	if (!output_text(&output, file, err))
		return false;
	done = output_write(&output, text, len, err);
	return output_close(&output, done, err) && done;
}

static bool write_file(const char *file, const char *text, size_t len, struct error *err)
{
	struct output output;
	bool done;

	if (!output_open(&output, file, OUTPUT_REPLACE, err))
		return false;
	done = output_write(&output, text, len, err);
	return output_close(&output, done, err) && done;
}

/* Where it cannot be seen what stands there, nothing takes its place. */
static bool is_replaced(const char *file)
{
	struct stat st;

	if (strcmp(file, "-") == 0 || descriptor_of(file) >= 0)
		return false;
	return stat(file, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT;
}

bool textfile_close(struct textfile *textfile, struct error *err)
{
	const char *file = textfile->file;
	bool done;

	if (fclose(textfile->to) != 0)
		done = error_errno(err, "%s", file);
	else if (is_replaced(file))
		done = write_file(file, textfile->text, textfile->len, err);
	else
		done = write_directly(file, textfile->text, textfile->len, err);
	free(textfile->text);
	return done;
}
