/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the lines that rclone writes to its standard error with --use-json-log. What a store has
 * answered stands in them, so they are hostile: whatever a line holds, it costs itself alone. Lines
 * that are no JSON, such as that of a fatal error, are read as rclone writes them without it.
 */
#ifndef VTAP_ARCHIVE_RCLONE_LOG_H
#define VTAP_ARCHIVE_RCLONE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RCLONE_LOG_MESSAGE_SIZE = 1024, /* bytes of a message with its NUL; the rest is cut off */
	RCLONE_LOG_OBJECT_SIZE = 512,	/* bytes of an object's name with its NUL */
};

enum rclone_log_level {
	RCLONE_LOG_DEBUG,
	RCLONE_LOG_INFO,
	RCLONE_LOG_NOTICE, /* `warning` in JSON */
	RCLONE_LOG_ERROR,
	RCLONE_LOG_FATAL, /* a line without JSON: rclone gives up */
};

struct rclone_log {
	enum rclone_log_level level;
	char message[RCLONE_LOG_MESSAGE_SIZE]; /* without control characters; lines are joined
						  by spaces */
	char object[RCLONE_LOG_OBJECT_SIZE];   /* its name below the stage; empty if none */
	bool has_stats;			       /* it is a line of --stats: what follows counts */
	uint64_t bytes, transfers, checks, errors; /* since rclone has begun */
};

/*
 * Reads a line of len bytes, without its newline. Fills *log. Returns false if the line begins as
 * JSON does and is none, or is empty; *log then holds nothing.
 */
bool rclone_log_parse(const char *line, size_t len, struct rclone_log *log);

#endif
