/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of a unit test in a capture file, and what tshark says of them: one line a frame. */
#ifndef VTAP_TESTS_LIB_TSHARK_H
#define VTAP_TESTS_LIB_TSHARK_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tshark {
	char dir[32], path[48];
	FILE *file;
};

static inline void tshark_begin(struct tshark *t)
{
	/* Native byte order: version 2.4, Ethernet. */
	static const uint32_t head[] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1 };

	strcpy(t->dir, "/tmp/vtap-unit-XXXXXX");
	assert(mkdtemp(t->dir) != NULL);
	snprintf(t->path, sizeof t->path, "%s/frames.pcap", t->dir);
	t->file = fopen(t->path, "w");
	assert(t->file != NULL && fwrite(head, sizeof head, 1, t->file) == 1);
}

static inline void tshark_add(struct tshark *t, const uint8_t *frame, size_t len)
{
	uint32_t head[] = { 1700000000, 0, (uint32_t)len, (uint32_t)len };

	assert(fwrite(head, sizeof head, 1, t->file) == 1);
	assert(fwrite(frame, 1, len, t->file) == len);
}

/* Flags are 1 and 0 up to tshark 4.2, True and False from 4.4. */
static inline void tshark_word(char *out, const char *word, char digit)
{
	char *at = out;

	while ((at = strstr(at, word)) != NULL) {
		*at++ = digit;
		memmove(at, at + strlen(word) - 1, strlen(at + strlen(word) - 1) + 1);
	}
}

/* Ends the file. The output of tshark with arguments behind those for the file and for checksums,
 * cut to what out holds. */
static inline void tshark_run(struct tshark *t, const char *arguments, char *out, size_t size)
{
	char command[1024];
	size_t used = 0, got;
	FILE *pipe;

	assert(fclose(t->file) == 0);
	snprintf(command, sizeof command,
		 "tshark -n -r %s -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE %s "
		 "2>/dev/null",
		 t->path, arguments);
	pipe = popen(command, "r");
	assert(pipe != NULL);
	while (used < size - 1 && (got = fread(out + used, 1, size - 1 - used, pipe)) > 0)
		used += got;
	out[used] = '\0';
	pclose(pipe);
	tshark_word(out, "True", '1');
	tshark_word(out, "False", '0');
}

static inline void tshark_end(struct tshark *t)
{
	unlink(t->path);
	rmdir(t->dir);
}

#endif
