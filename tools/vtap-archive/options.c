/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "capture/compression_zstd_frame.h"
#include "cli/cli_files.h"

enum {
	SECOND_NS = 1000000000,
	SETTLE_S = 60,
	JOBS = 4,
	JOBS_MAX = 64,
	LEVEL_MAX = 9, /* higher ones take more memory than the tool may have */
};

static bool set_spool(void *config, const char *value, struct error *err)
{
	((struct archive_config *)config)->spool = value;
	return *value || error_set(err, "expected a folder");
}

static bool set_archive(void *config, const char *value, struct error *err)
{
	return archive_place_parse(value, &((struct archive_config *)config)->archive, err);
}

static bool set_cap(void *config, const char *value, struct error *err)
{
	struct archive_config *archive = config;

	if (!number_size(value, 1, &archive->cap, err))
		return false;
	return archive->cap > 0 || error_set(err, "expected a size above 0");
}

static bool set_compress(void *config, const char *value, struct error *err)
{
	struct archive_config *archive = config;
	uint64_t level = COMPRESSION_ZSTD_LEVEL;

	if (strcmp(value, "none") == 0)
		level = 0;
	else if (strcmp(value, "zstd") != 0 &&
		 (strncmp(value, "zstd:", 5) != 0 ||
		  !number_parse(value + 5, 1, LEVEL_MAX, &level, err)))
		return error_set(err, "expected zstd, zstd:LEVEL from 1 to %d, or none", LEVEL_MAX);
	archive->level = (int)level;
	return true;
}

static bool set_transfers(void *config, const char *value, struct error *err)
{
	uint64_t jobs;

	if (!number_parse(value, 1, JOBS_MAX, &jobs, err))
		return false;
	((struct archive_config *)config)->jobs = (unsigned)jobs;
	return true;
}

static bool set_manifest(void *config, const char *value, struct error *err)
{
	((struct archive_config *)config)->manifest = value;
	return *value || error_set(err, "expected a file name");
}

static bool set_once(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct archive_config *)config)->once = true;
	return true;
}

static bool set_download(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct archive_config *)config)->download = true;
	return true;
}

static bool set_settle(void *config, const char *value, struct error *err)
{
	return number_duration(value, &((struct archive_config *)config)->settle_ns, err);
}

/* `none` is what a name says that is empty. */
static bool set_source(void *config, const char *value, struct error *err)
{
	(void)err;
	((struct archive_config *)config)->source = strcmp(value, "none") == 0 ? "" : value;
	return true;
}

static const struct cli_option options[] = {
	{ "cap", 0, "SIZE", "drop the oldest captures when more than SIZE waits", set_cap,
	  CLI_LIMITS | CLI_USUAL },
	{ "compress", 0, "METHOD", "zstd (default), zstd:LEVEL (1 to 9), or none", set_compress,
	  CLI_OUTPUT | CLI_USUAL },
	{ "jobs", 0, "N", "let rclone transfer N objects at once (default: 4)", set_transfers,
	  CLI_LIMITS | CLI_USUAL },
	{ "manifest", 0, "FILE", "append a JSON line to FILE for each capture that is\nproven",
	  set_manifest, CLI_REPORT | CLI_USUAL },
	{ "once", 0, NULL, "archive what is finished now, and end; try three times", set_once,
	  CLI_INPUT | CLI_USUAL },
	{ "proof-download", 0, NULL, "read every object back, whatever the store", set_download,
	  CLI_OUTPUT },
	{ "settle", 0, "SECONDS",
	  "where only its age tells that a file is finished or\nabandoned, it is after SECONDS "
	  "(default: 60)",
	  set_settle, CLI_INPUT | CLI_USUAL },
	{ "source", 0, "NAME", "source of captures that do not tell (default: none)", set_source,
	  CLI_INPUT | CLI_USUAL },
	{ 0 },
};

static const struct cli_option words[] = {
	{ "spool", 0, "SPOOL", "the folder that captures are written to", set_spool, CLI_INPUT },
	{ "archive", 0, "ARCHIVE", "where they go: a remote of rclone's, or a folder", set_archive,
	  CLI_OUTPUT },
	{ 0 },
};

static const struct cli_hint hints[] = {
	{ "-r", "captures are taken out of the folder SPOOL" },
	{ "-w", "captures go to ARCHIVE" },
	{ "-z", "--compress none sends captures as they are" },
	{ 0 },
};

/* Returns true if a real path leads to a folder or below it. */
static bool options_is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (len > 0 && folder[len - 1] == '/')
		len--;
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* A folder that is missing is told when it is opened. */
static bool options_check_places(const struct archive_config *archive, struct error *err)
{
	char spool[PATH_MAX], to[PATH_MAX];

	if (archive->archive.remote || !realpath(archive->spool, spool) ||
	    !realpath(archive->archive.text, to))
		return true;
	if (options_is_below(to, spool))
		return error_usage(err, "%s: this archive is in the spool", archive->archive.text);
	if (options_is_below(spool, to))
		return error_usage(err, "%s: this spool is in the archive", archive->spool);
	return true;
}

static bool options_check_all(void *config, struct error *err)
{
	const struct archive_config *archive = config;
	const struct cli_common *common = &archive->common;
	const struct cli_file files[] = { { "--manifest", archive->manifest },
					  { "--stats", common->stats },
					  { "--metrics", common->metrics } };

	if (!cli_check_files(files, sizeof(files) / sizeof(*files), err))
		return false;
	return common->print_config || options_check_places(archive, err);
}

static const struct cli cli = {
	.tool = "vtap-archive",
	.summary = "Moves finished captures into an archive, and deletes none before proof.",
	.operands = "SPOOL ARCHIVE",
	.examples = {
		{ "What vtap-split writes below a folder, into a bucket of remote `oci'",
		  "vtap-archive /var/spool/vtap oci:captures/site1" },
		{ "What is finished now, onto a disk, with a list of what is proven",
		  "vtap-archive --once --manifest proven.ndjson spool /mnt/archive" },
		{ "At most 50 GiB wait while the store is away",
		  "vtap-archive --cap 50GiB /var/spool/vtap oci:captures/site1" },
	},
	.words = words,
	.without = CLI_READS | CLI_WRITES,
	.options = options,
	.hints = hints,
	.check = options_check_all,
};

enum cli_result options_parse(int argc, char **argv, struct archive_config *config,
			      struct error *err)
{
	config->level = COMPRESSION_ZSTD_LEVEL;
	config->jobs = JOBS;
	config->settle_ns = (int64_t)SETTLE_S * SECOND_NS;
	config->source = "";
	return cli_parse(&cli, argc, argv, config, err);
}

void options_free(struct archive_config *config)
{
	cli_free(&config->common);
}
