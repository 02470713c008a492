/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"
#include "options.h"
#include "run.h"

int main(int argc, char **argv)
{
	struct archive_config config = { 0 };
	struct error err = { 0 };
	int status;

	switch (options_parse(argc, argv, &config, &err)) {
	case CLI_DONE:
		return EXIT_DONE;
	case CLI_ERROR:
		return tool_fail("vtap-archive", &err);
	case CLI_RUN:
		break;
	}
	status = archive_run(&config);
	options_free(&config);
	return status;
}
