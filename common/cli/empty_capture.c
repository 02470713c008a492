/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/empty_capture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/sink_file.h"

bool empty_capture_is_wanted(const char *output)
{
	struct stat st;

	return (strcmp(output, "-") == 0 ? fstat(STDOUT_FILENO, &st) : stat(output, &st)) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

void empty_capture_write(const struct sink_config *config)
{
	struct error ignored = { 0 };
	struct sink *sink = sink_file_open(config, &ignored);

	if (sink)
		sink_close(sink, true, &ignored);
}
