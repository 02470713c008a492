/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the text of a rules file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter/rules.h"

enum { FILE_MAX = 64 << 20 }; /* bytes of a file; more are an error */

static bool text_grow(uint8_t **text, size_t *room, struct error *err)
{
	size_t larger = *room ? *room * 2 : 65536;
	uint8_t *grown = realloc(*text, larger);

	if (!grown)
		return error_errno(err, "rules");
	*text = grown;
	*room = larger;
	return true;
}

static ssize_t read_some(int fd, uint8_t *to, size_t len)
{
	ssize_t got;

	do
		got = read(fd, to, len);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads up to the end of a file, which may be a pipe. The caller frees *text. */
static bool read_all(int fd, uint8_t **text, size_t *len, struct error *err)
{
	size_t room = 0;
	ssize_t got = 1;

	for (*len = 0; got > 0; *len += (size_t)got) {
		if (*len == room && !text_grow(text, &room, err))
			return false;
		got = read_some(fd, *text + *len, room - *len);
		if (got < 0)
			return error_errno(err, "read");
		if (*len + (size_t)got > FILE_MAX)
			return error_usage(err, "more than %d bytes of rules", FILE_MAX);
	}
	return true;
}

struct rules *rules_read(const char *path, const struct services *services, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct rules *rules = NULL;
	uint8_t *text = NULL;
	size_t len;

	if (fd < 0) {
		error_errno(err, "%s", path);
		return NULL;
	}
	if (read_all(fd, &text, &len, err))
		rules = rules_parse(path, span_of(text, len), services, err);
	else
		error_wrap(err, "%s", path);
	close(fd);
	free(text);
	return rules;
}
