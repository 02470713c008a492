/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "said.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

long said_read(struct said *said, int fd)
{
	ssize_t n;

	if (said->used > SAID_MAX / 2) {
		size_t gone = said->used - SAID_MAX / 2;

		memmove(said->text, said->text + gone, said->used - gone);
		said->used -= gone;
	}
	n = TEMP_FAILURE_RETRY(read(fd, said->text + said->used, SAID_MAX - said->used));
	if (n > 0)
		said->used += (size_t)n;
	said->text[said->used] = '\0';
	return n;
}

static bool said_is_usual(const char *line)
{
	static const char *const usual[] = { "Capturing on ", "File: ", "Packets " };

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (strncmp(line, usual[i], strlen(usual[i])) == 0)
			return true;
	return false;
}

bool said_has_error(const struct said *said)
{
	const char *line = said->text, *end = said->text + said->used;

	while (line < end) {
		size_t len = strcspn(line, "\r\n");

		if (len > 0 && !said_is_usual(line))
			return true;
		line += len + 1;
	}
	return false;
}

bool said_has_lost(const struct said *said)
{
	return strstr(said->text, strerror(EPIPE)) != NULL;
}

void said_print(struct said *said, FILE *to)
{
	char *rest = NULL;

	for (char *line = strtok_r(said->text, "\r\n", &rest); line;
	     line = strtok_r(NULL, "\r\n", &rest))
		if (!said_is_usual(line))
			fprintf(to, "%s\n", line);
	fflush(to);
}
