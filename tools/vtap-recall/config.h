/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line asks for. */
#ifndef VTAP_RECALL_CONFIG_H
#define VTAP_RECALL_CONFIG_H

#include "archive/archive_place.h"
#include "cli/cli.h"
#include "source_names.h"

struct recall_config {
	struct cli_common common; /* choice.filter has the expression, whichever way it was given */
	struct archive_place place; /* the operand ARCHIVE */
	const char *expression;	    /* the operand EXPRESSION, or NULL */
	struct source_names names;  /* --source */
	/* Packets from since_ns on and before until_ns come back, in nanoseconds since 1970. */
	int64_t since_ns, until_ns;
	bool list, json;
	uint64_t jobs;	/* rclone's transfers */
	uint64_t cache; /* bytes that may be on this host */
};

#endif
