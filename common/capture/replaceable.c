/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/replaceable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/compression.h"
#include "capture/pcap_reader.h"
#include "capture/pcapng_reader.h"
#include "capture/source_file.h"
#include "io/interrupt.h"

enum { HEAD = 24 }; /* bytes by which pcap, pcapng and compressed files are known */

static bool replaceable_is_regular(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISREG(st.st_mode);
}

/* Returns the number of bytes; 0 if the file is empty or cannot be read. */
static size_t replaceable_read_head(const char *name, uint8_t head[HEAD])
{
	int fd = interrupt_open(AT_FDCWD, name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0);
	ssize_t n = fd < 0 ? -1 : TEMP_FAILURE_RETRY(read(fd, head, HEAD));

	if (fd >= 0)
		close(fd);
	return n < 0 ? 0 : (size_t)n;
}

/* Formats of wiretap's have no marks that are known here, so wiretap opens the file. */
static bool replaceable_has_format(const char *name, const char *format)
{
	struct error ignored = { 0 };
	struct source *source = source_file_open(name, READER_AUTO, &ignored);
	bool same = source && strcmp(source->format, format) == 0;

	source_close(source);
	return same;
}

static bool replaceable_begins_so(const char *name, const char *names, const char *foreign)
{
	const struct compression *compression = compression_of_name(names);
	uint8_t head[HEAD];
	struct span begin = span_of(head, replaceable_read_head(name, head));

	if (begin.len == 0)
		return false;
	if (pcap_reader_knows(begin) || pcapng_reader_knows(begin))
		return true;
	if (compression)
		return compression_find(begin) == compression;
	return foreign && replaceable_has_format(name, foreign);
}

static const char *replaceable_kind(const char *name)
{
	struct stat st;

	if (lstat(name, &st) == 0 && S_ISLNK(st.st_mode))
		return "is a symbolic link";
	return "exists already and is no capture file";
}

bool replaceable_capture(const char *name, const char *names, const char *foreign,
			 struct error *err)
{
	if (replaceable_is_regular(name) && replaceable_begins_so(name, names, foreign))
		return true;
	error_set(err, "%s: %s", name, replaceable_kind(name));
	err->number = EEXIST;
	return false;
}
