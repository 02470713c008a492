/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli_operands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/folder.h"

bool cli_operands_set_list(void *config, const char *value, struct error *err)
{
	struct cli_common *common = config;

	if (!*value || common->list)
		return error_set(err, common->list ? "given more than once"
						   : "expected a file name, or -");
	common->list = value;
	return true;
}

bool cli_operands_set_null(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->null = true;
	return true;
}

bool cli_operands_set_deeper(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct cli_common *)config)->deeper = true;
	return true;
}

static bool cli_operands_is_absent(const char *word)
{
	struct stat st;

	return strcmp(word, "-") != 0 && stat(word, &st) < 0 && errno == ENOENT;
}

/* Returns true if the word begins as expressions of pcap-filter(7) do. */
static bool cli_operands_is_expression(const char *word)
{
	static const char *const first[] = { "host", "net", "port", "portrange", "src",	 "dst",
					     "tcp",  "udp", "icmp", "icmp6",	 "ip",	 "ip6",
					     "arp",  "not", "vlan", "ether",	 "proto" };
	size_t len = strcspn(word, " \t");

	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (strlen(first[i]) == len && memcmp(first[i], word, len) == 0)
			return true;
	return *word == '(' || *word == '!';
}

bool cli_operands_check(const struct cli_common *common, char **words, int count, bool filters,
			struct error *err)
{
	bool only = count == 2 && common->input_count == 2 && !common->list && !common->output;

	for (int i = 0; filters && i < count; i++)
		if (cli_operands_is_expression(words[i]) && cli_operands_is_absent(words[i]))
			return error_usage(err, "there is no file '%s': a filter goes behind -f",
					   words[i]);
	return !only || cli_operands_is_absent(words[0]) || !cli_operands_is_absent(words[1]) ||
	       error_usage(err, "there is no file '%s' to read: the output goes behind -w",
			   words[1]);
}

static bool cli_operands_is_folder(const char *word)
{
	struct stat st;

	return strcmp(word, "-") != 0 && stat(word, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool cli_operands_add(struct cli_common *common, const char *word, bool folders,
			     struct error *err)
{
	if (folders && cli_operands_is_folder(word))
		return folder_list(word, common->deeper, &common->names, err);
	return name_list_add(&common->names, NULL, word) || error_errno(err, "%s", word);
}

/* Of names that end with a 0 byte, without --null, only the first would be seen. */
static bool cli_operands_add_line(struct cli_common *common, char *line, size_t len,
				  struct error *err)
{
	if (len > 0 && line[len - 1] == (common->null ? '\0' : '\n'))
		line[--len] = '\0';
	if (strlen(line) < len)
		return error_set(err, "a name has a byte of 0 in it: names that end with one need "
				      "--null");
	if (len > 0 && line[len - 1] == '\r' && access(line, F_OK) < 0)
		line[--len] = '\0'; /* a list from Windows */
	return len == 0 || cli_operands_add(common, line, true, err);
}

static bool cli_operands_read_lines(struct cli_common *common, FILE *from, struct error *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool good = true;

	while (good && (len = getdelim(&line, &size, common->null ? '\0' : '\n', from)) >= 0)
		good = cli_operands_add_line(common, line, (size_t)len, err);
	free(line);
	return good && (!ferror(from) || error_errno(err, "read"));
}

static bool cli_operands_read_list(struct cli_common *common, struct error *err)
{
	bool is_stdin = strcmp(common->list, "-") == 0;
	FILE *from = is_stdin ? stdin : fopen(common->list, "re");
	bool good = from ? cli_operands_read_lines(common, from, err) : error_errno(err, "open");

	if (from && !is_stdin)
		fclose(from);
	if (good && common->names.count == 0)
		good = error_set(err, "no name is in it, and there is no other input");
	return good || error_wrap(err, "--files-from %s", common->list);
}

unsigned cli_operands_count_stdin(const struct cli_common *common)
{
	unsigned count = 0;

	for (unsigned i = 0; i < common->input_count; i++)
		count += strcmp(common->inputs[i], "-") == 0;
	return count;
}

bool cli_operands_expand(struct cli_common *common, const char *const *words, unsigned count,
			 bool folders, struct error *err)
{
	unsigned streams = common->list && strcmp(common->list, "-") == 0;
	bool look = !common->print_config;

	for (unsigned i = 0; i < count; i++)
		if (!cli_operands_add(common, words[i], folders && look, err))
			return false;
	if (common->list && look && !cli_operands_read_list(common, err))
		return false;
	common->inputs = common->names.name;
	common->input_count = common->names.count;
	streams += cli_operands_count_stdin(common);
	return streams <= 1 || error_usage(err, "-: standard input can be read only once");
}
