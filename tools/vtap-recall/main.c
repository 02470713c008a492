/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"
#include "options.h"
#include "run.h"
#include "run_list.h"

int main(int argc, char **argv)
{
	struct recall_config config = { 0 };
	struct error err = { 0 };
	int status;

	switch (options_parse(argc, argv, &config, &err)) {
	case CLI_DONE:
		return EXIT_DONE;
	case CLI_ERROR:
		return tool_fail("vtap-recall", &err);
	case CLI_RUN:
		break;
	}
	status = config.list ? run_list(&config) : run_recall(&config);
	options_free(&config);
	return status;
}
