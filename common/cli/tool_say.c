/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>

#include "base/printable.h"
#include "capture/sink.h"
#include "cli/status_line.h"
#include "cli/tool.h"

enum { SAID_SIZE = 8192, HELP_SIZE = 64 }; /* bytes of a line at most, and of its end */

int tool_fail(const char *tool, const struct error *err)
{
	struct error shown = *err;
	char help[HELP_SIZE] = "";

	printable(shown.text);
	if (err->usage && !err->in_file)
		snprintf(help, sizeof(help), " (%s --help tells more)", tool);
	fprintf(stderr, "%s%s: %s%s\n", status_line_clear(), tool, shown.text, help);
	return err->usage ? EXIT_USAGE : EXIT_FAILED;
}

int tool_report_error(const char *tool, const struct error *err)
{
	if (!err->text[0] || sink_gone(err))
		return EXIT_DONE;
	return tool_fail(tool, err);
}

void tool_say(const char *tool, const char *format, ...)
{
	char text[SAID_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	printable(text);
	fprintf(stderr, "%s%s: %s\n", status_line_clear(), tool, text);
}

void tool_report_stats(const struct stats *stats)
{
	fputs(status_line_clear(), stderr);
	stats_report(stats, stderr);
}

void tool_tell_abandoned(const void *arg, const char *tmp, const char *now)
{
	tool_say(arg, "%s was left by a run that did not end: it is kept as %s", tmp, now);
}

void tool_tell_input(const void *arg, const struct error *err)
{
	tool_fail(arg, err);
}
