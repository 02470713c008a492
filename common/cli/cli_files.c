/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli_files.h"

#include <string.h>

#include "io/same_file.h"

bool cli_check_files(const struct cli_file *files, unsigned count, struct error *err)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < i; k++)
			if (files[i].name && files[k].name &&
			    same_file(files[i].name, files[k].name))
				return error_usage(err, "%s and %s both name %s", files[k].option,
						   files[i].option,
						   strcmp(files[i].name, "-") == 0
							   ? "standard output"
							   : files[i].name);
	return true;
}

bool cli_check_inputs(const struct cli_common *common, struct cli_file file, struct error *err)
{
	for (unsigned i = 0; i < common->input_count; i++) {
		const struct cli_file files[] = { { "-r", common->inputs[i] }, file };

		if (strcmp(common->inputs[i], "-") != 0 && !cli_check_files(files, 2, err))
			return false;
	}
	return true;
}

bool cli_check_output(const struct cli_common *common, const char *name, struct error *err)
{
	for (unsigned i = 0; i < common->input_count; i++) {
		bool is_stdin = strcmp(common->inputs[i], "-") == 0;

		if (same_file(is_stdin ? "/dev/stdin" : common->inputs[i], name))
			return error_usage(err, "%s is also an input: write to another file", name);
	}
	return true;
}

bool cli_check_ends(const struct cli_common *common, bool writes, struct error *err)
{
	const char *output = common->output ? common->output : "-";
	const struct cli_file files[] = { { "-w", output },
					  { "--stats", common->stats },
					  { "--metrics", common->metrics } };

	return cli_check_inputs(common, files[1], err) && cli_check_inputs(common, files[2], err) &&
	       (!writes || cli_check_output(common, output, err)) &&
	       cli_check_files(writes ? files : files + 1, writes ? 3 : 2, err);
}
