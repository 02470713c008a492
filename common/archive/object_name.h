/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of an object in an archive, which is the whole record of the capture in it: when its
 * packets were, whose they are, how many, and what bytes it has. docs/archive.md describes it for
 * other programs:
 *
 *   2026-11-17/16/SOURCE/20261117T160500.123456789Z--20261117T160559.998877665Z--48211--9f86...pcapng.zst
 *   DATE       HH        FIRST                       LAST                        PACKETS SHA256
 * TYPE
 */
#ifndef VTAP_ARCHIVE_OBJECT_NAME_H
#define VTAP_ARCHIVE_OBJECT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "key/key_text.h"

enum {
	OBJECT_NAME_DIGITS = 16,    /* of the SHA-256, in a name */
	OBJECT_NAME_TYPE_SIZE = 40, /* bytes of TYPE with its NUL */
	OBJECT_NAME_SIZE = 512,	    /* bytes of a name with its NUL */
};

/* What a name says. */
struct object_name {
	char source[KEY_TEXT_LIMIT + 1]; /* SOURCE as object_name_source() has written it */
	int64_t first_ns, last_ns;	 /* earliest and latest time of a packet, since 1970; both 0
					    if no packet has a time */
	uint64_t packets;
	char sha256[OBJECT_NAME_DIGITS + 1]; /* the first digits of the hash, in small letters */
	char type[OBJECT_NAME_TYPE_SIZE];    /* "pcapng.zst": format of the capture, compression */
};

/*
 * Writes the SOURCE of a name: the name of an interface, of any length, as vtap-split makes it the
 * name of a file. Different names of interfaces become different ones. An empty one becomes `none`;
 * the first byte of one that is OBJECT_NAME_MIXED is encoded.
 */
void object_name_source(const char *interface, char source[KEY_TEXT_LIMIT + 1]);

/* SOURCE of a capture with packets of several sources. */
#define OBJECT_NAME_MIXED "mixed"

/* Writes a name, of at most OBJECT_NAME_SIZE - 1 bytes. */
void object_name_write(const struct object_name *name, char text[OBJECT_NAME_SIZE]);

/* Returns true if a name, or a path, ends in .tmp: that of a file which is still written. */
bool object_name_is_unfinished(const char *name);

/*
 * Reads a name. Returns false and sets err if object_name_write() writes no such name: it does not
 * fit, ends in .tmp, has LAST before FIRST, or stands in a folder that is not its own.
 */
bool object_name_parse(const char *text, struct object_name *name, struct error *err);

#endif
