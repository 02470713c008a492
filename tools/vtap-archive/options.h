/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-archive. */
#ifndef VTAP_ARCHIVE_OPTIONS_H
#define VTAP_ARCHIVE_OPTIONS_H

#include "archive/archive_place.h"
#include "cli/cli.h"

struct archive_config {
	struct cli_common common;
	const char *spool;
	struct archive_place archive; /* its text is NULL before the command line is read */
	uint64_t cap;		      /* --cap, bytes; 0: no limit */
	int level;		      /* of zstd; 0: captures go as they are */
	unsigned jobs;
	bool once, download;
	int64_t settle_ns;
	const char *source;   /* --source; empty if none was given */
	const char *manifest; /* --manifest, or NULL */
};

/*
 * Parses the command line into *config, which begins as all zeros, sets defaults and checks that
 * the options go together. The result and err are those of cli_parse(). Only after CLI_RUN the
 * caller has to call options_free().
 */
enum cli_result options_parse(int argc, char **argv, struct archive_config *config,
			      struct error *err);

/* Frees what options_parse() allocated when it returned CLI_RUN. */
void options_free(struct archive_config *config);

#endif
