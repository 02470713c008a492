/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of --config: what is read can be printed or is refused, and what is printed reads as the
 * same. Input: text. */
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli_internal.h"
#include "fuzz.h"

static bool set_any(void *config, const char *value, struct error *err)
{
	(void)config, (void)value, (void)err;
	return true;
}

static const struct cli_option flag = { "quiet", 'q', NULL, "", set_any, CLI_REPORT };
static const struct cli_option opposite = { "no-quiet", 0, NULL, "", set_any, CLI_REPORT };
static const struct cli_option name = { "name", 0, "NAME", "", set_any, CLI_INPUT };
static const struct cli_option inputs = {
	"read", 'r', "FILE", "", set_any, CLI_INPUT | CLI_REPEATS
};
static const struct cli_option help = { "help", 'h', NULL, "", NULL, CLI_GENERAL };
static const struct cli_option expression = { "expression", 0, "EXPRESSION", "", set_any, 0 };
static const struct cli_rows rows = { { &flag, &opposite, &name, &inputs, &help }, 5 };
static const struct cli cli = { .tool = "fuzz", .expression = &expression };

static bool read_text(const void *text, size_t len, struct cli_settings *settings,
		      struct error *err)
{
	char file[32];
	int fd = memfd_create("config", 0);
	bool good;

	FUZZ_CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	*err = (struct error){ 0 };
	good = cli_config_read(file, &cli, &rows, settings, err);
	close(fd);
	FUZZ_CHECK(good || (err->text[0] && err->in_file));
	return good;
}

static void check_settings(const struct cli_settings *settings)
{
	for (unsigned i = 0; i < settings->count; i++) {
		const struct cli_setting *setting = &settings->list[i];

		FUZZ_CHECK(setting->line > 0 && setting->option->set);
		FUZZ_CHECK(!setting->value == !setting->option->metavar);
		FUZZ_CHECK(!setting->value || !strpbrk(setting->value, "\n"));
	}
}

static void check_printed(const struct cli_settings *settings)
{
	static const char *const nothing[] = { NULL };
	struct cli_settings again = { 0 };
	struct error err = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool printed;

	FUZZ_CHECK(to);
	printed = cli_config_print(to, &cli, &rows, settings, &err);
	fclose(to);
	/* A value that stood in front of the end of its line without blanks, as "=#", has one now.
	 */
	FUZZ_CHECK(printed ? read_text(text, len, &again, &err) &&
				     !cli_settings_difference(settings, &again, nothing)
			   : len == 0 && err.text[0]);
	cli_settings_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_settings settings = { 0 };
	struct error err;

	if (read_text(data, size, &settings, &err)) {
		check_settings(&settings);
		check_printed(&settings);
	}
	cli_settings_free(&settings);
	return 0;
}
