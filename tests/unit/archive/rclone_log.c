/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log lines of rclone, as it wrote them, and as somebody else would. */
#include "archive/rclone_log.h"

#include <stdlib.h>

#include "lib/tap.h"

/* Of rclone 1.60.1, but for the last ones. */
static const struct {
	const char *line, *message, *object;
	enum rclone_log_level level;
} lines[] = {
	{ "{\"level\":\"error\",\"msg\":\"failed to download: failed to authenticate decrypted "
	  "block "
	  "- bad password?\",\"object\":\"f3\",\"objectType\":\"*local.Object\",\"source\":"
	  "\"operations/check.go:156\",\"time\":\"2026-12-01T00:23:28.460781+00:00\"}",
	  "failed to download: failed to authenticate decrypted block - bad password?", "f3",
	  RCLONE_LOG_ERROR },
	{ "{\"level\":\"info\",\"msg\":\"Copied (new)\",\"object\":\"f1\"}", "Copied (new)", "f1",
	  RCLONE_LOG_INFO },
	{ "{\"level\":\"warning\",\"msg\":\"3 matching files\",\"object\":\"Encrypted drive "
	  "'cr{4sJmp}:a'\"}",
	  "3 matching files", "Encrypted drive 'cr{4sJmp}:a'", RCLONE_LOG_NOTICE },
	{ "2026/12/01 00:23:28 Failed to check: 1 differences found",
	  "Failed to check: 1 differences found", "", RCLONE_LOG_FATAL },
	{ "2026/12/01 00:23:28 ERROR : f1: no", "f1: no", "", RCLONE_LOG_ERROR },
	{ "2026/12/01 00:23:28 NOTICE: Config file not found", "Config file not found", "",
	  RCLONE_LOG_NOTICE },
	{ "caused by: unsupported transport", "caused by: unsupported transport", "",
	  RCLONE_LOG_FATAL },
	{ "{ \"msg\" : \"a\\n\\tb \\\"c\\\" \\\\ \\/ \\u00e4\\ud83d\\ude00\\ud800\\u0000\" }",
	  "a b \"c\" \\ / \xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd?", "", RCLONE_LOG_ERROR },
	{ "{\"msg\":\"\\u001b[2Jx\\u009by\",\"object\":\"\\u001b\"}", "?[2Jx??y", "?",
	  RCLONE_LOG_ERROR },
	{ "{\"msg\":\"\xff\xc3)\"}", "?\?)", "", RCLONE_LOG_ERROR },
	{ "{\"a\":[1,{\"msg\":\"no\"},[]],\"msg\":\"yes\",\"b\":-1.5e3,\"c\":null}", "yes", "",
	  RCLONE_LOG_ERROR },
	{ "{\"msg\":\"one\",\"msg\":\"two\"}", "two", "", RCLONE_LOG_ERROR },
	{ "{\"msg\":7,\"object\":{},\"stats\":null,\"level\":[]}", "", "", RCLONE_LOG_ERROR },
	{ "{}", "", "", RCLONE_LOG_ERROR },
	{ "  x  y \t", "x y", "", RCLONE_LOG_FATAL },
};

static const char *const wrong[] = {
	"",
	" ",
	"{",
	"{\"",
	"{\"msg\"",
	"{\"msg\":",
	"{\"msg\":\"",
	"{\"msg\":\"a\"",
	"{\"msg\":\"a\",",
	"{\"msg\":\"\\",
	"{\"msg\":\"\\x\"}",
	"{\"msg\":\"\\u12\"}",
	"{\"msg\":\"\\u12g4\"}",
	"{\"a\":}",
	"{} x",
	"{\"a\":[}",
	"{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
	"{\"a\" 1}",
	"{\"a\":1 \"b\":2}",
	"{\"stats\":{\"bytes\":}}",
	"{\"stats\":{",
	"{\"a\":11111111111111111111111111111111}",
};

static struct rclone_log line_log;

static bool parse(const char *line)
{
	size_t len = strlen(line);
	char *copy = malloc(len + (len == 0));
	bool good;

	memcpy(copy, line, len); /* and no NUL, so that AddressSanitizer sees a read beyond */
	good = rclone_log_parse(copy, len, &line_log);
	free(copy);
	return good;
}

static void known(void)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		ok(parse(lines[i].line), "a line: %.60s", lines[i].line);
		is_str(line_log.message, lines[i].message, "... its message");
		is_str(line_log.object, lines[i].object, "... its object");
		is_u64(line_log.level, lines[i].level, "... its level");
		ok(!line_log.has_stats, "... is no progress");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ok(!parse(wrong[i]) && !line_log.message[0] && !line_log.has_stats,
		   "no line: %.60s", wrong[i]);
}

static const char stats_line[] =
	"{\"level\":\"warning\",\"msg\":\"\\nTransferred:   \\t  293.156 KiB / 293.156 KiB, "
	"100%\\n\","
	"\"source\":\"accounting/stats.go:482\",\"stats\":{\"bytes\":300192,\"checks\":4,"
	"\"deletedDirs\":0,\"elapsedTime\":0.166091127,\"errors\":2,\"eta\":null,\"fatalError\":"
	"false,\"speed\":1.5,\"transferring\":[{\"bytes\":77,\"name\":\"f\"}],\"transfers\":3},"
	"\"time\":\"x\"}";

static void stats(void)
{
	ok(parse(stats_line) && line_log.has_stats, "a line of statistics");
	is_u64(line_log.bytes, 300192, "... its bytes");
	is_u64(line_log.transfers, 3, "... its transfers");
	is_u64(line_log.checks, 4, "... its checks");
	is_u64(line_log.errors, 2, "... its errors");
	ok(parse("{\"stats\":{\"bytes\":-5,\"checks\":99999999999999999999}}"), "strange numbers");
	is_u64(line_log.bytes, 0, "... one below 0");
	is_u64(line_log.checks, UINT64_MAX, "... one beyond the largest");
}

/* What is cut off is cut at a character's end. */
static void long_lines(void)
{
	static char line[8192];
	size_t len = 0;

	len += (size_t)sprintf(line, "{\"object\":\"");
	for (unsigned i = 0; i < 1000; i++)
		len += (size_t)sprintf(line + len, "\xe2\x82\xac");
	sprintf(line + len, "\",\"msg\":\"x\"}");
	ok(parse(line), "a long object");
	is_u64(strlen(line_log.object), (RCLONE_LOG_OBJECT_SIZE - 1) / 3 * 3,
	       "... is cut off behind a character");
	is_str(line_log.message, "x", "... what follows is read");
	memset(line, 'y', sizeof(line) - 1);
	ok(parse(line), "a long plain line");
	is_u64(strlen(line_log.message), RCLONE_LOG_MESSAGE_SIZE - 1, "... is cut off");
}

/* Every prefix, and every byte changed: nothing is read beyond the end. */
static void spoilt(void)
{
	size_t len = strlen(stats_line), parsed = 0;
	char copy[sizeof(stats_line)];

	for (size_t cut = 0; cut < len; cut++) {
		memcpy(copy, stats_line, cut);
		copy[cut] = '\0';
		parsed += parse(copy);
	}
	is_u64(parsed, 0, "no part of a line is a line");
	for (size_t at = 0; at < len; at++)
		for (unsigned byte = 0; byte < 256; byte++) {
			memcpy(copy, stats_line, sizeof(copy));
			copy[at] = (char)byte;
			parsed += rclone_log_parse(copy, len, &line_log);
		}
	ok(parsed > 0, "each byte changed");
}

int main(void)
{
	known();
	stats();
	long_lines();
	spoilt();
	return tap_done();
}
