/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proofs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "io/sync.h"

enum { MODE = 0644 };

static bool proofs_fail(const struct proofs *proofs, struct error *err)
{
	return error_errno(err, "--manifest: %s", proofs->name);
}

/* Returns false with errno set. */
static bool proofs_write(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = TEMP_FAILURE_RETRY(write(fd, text, len));

		if (written <= 0)
			return false;
		text += written;
		len -= (size_t)written;
	}
	return true;
}

/* A FIFO or a device has no last line. */
static bool proofs_end_line(const struct proofs *proofs, struct error *err)
{
	off_t end = lseek(proofs->fd, 0, SEEK_END);
	char last = '\n';

	if (end <= 0)
		return true;
	if (pread(proofs->fd, &last, 1, end - 1) < 0)
		return proofs_fail(proofs, err);
	return last == '\n' || proofs_write(proofs->fd, "\n", 1) || proofs_fail(proofs, err);
}

/* What sync_folder() says is about an option of another tool. */
static bool proofs_sync_name(const struct proofs *proofs, struct error *err)
{
	if (sync_folder(proofs->name, err))
		return true;
	errno = err->number;
	return proofs_fail(proofs, err);
}

bool proofs_open(struct proofs *proofs, const char *name, struct error *err)
{
	*proofs = (struct proofs){ .name = name, .fd = -1 };
	if (!name)
		return true;
	proofs->fd = open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, MODE);
	if (proofs->fd < 0)
		return proofs_fail(proofs, err);
	return proofs_end_line(proofs, err) && proofs_sync_name(proofs, err);
}

static void proofs_print(FILE *to, const struct proof *proof)
{
	struct json json;

	json_init(&json, to);
	json_object(&json, NULL);
	json_string(&json, "name", proof->name, strlen(proof->name));
	json_string(&json, "key", proof->key, strlen(proof->key));
	json_number(&json, "packets", proof->packets);
	json_number(&json, "bytes", proof->bytes);
	json_time(&json, "first", proof->first_ns);
	json_time(&json, "last", proof->last_ns);
	json_string(&json, "object", proof->object, strlen(proof->object));
	json_string(&json, "sha256", proof->sha256, strlen(proof->sha256));
	json_number(&json, "stored", proof->stored);
	json_string(&json, "source", proof->source, strlen(proof->source));
	json_string(&json, "host", proof->host, strlen(proof->host));
	json_string(&json, "proof", proof->proof, strlen(proof->proof));
	json_object_end(&json);
	putc('\n', to);
}

/* A full disk may take a part: the next line would begin in its middle. */
static bool proofs_append(const struct proofs *proofs, const char *text, size_t len,
			  struct error *err)
{
	off_t end = lseek(proofs->fd, 0, SEEK_END);

	if (proofs_write(proofs->fd, text, len))
		return true;
	proofs_fail(proofs, err);
	if (end >= 0 && ftruncate(proofs->fd, end) < 0)
		proofs_fail(proofs, err);
	return false;
}

bool proofs_add(struct proofs *proofs, const struct proof *proof, struct error *err)
{
	char *text = NULL;
	size_t len;
	FILE *line;
	bool done;

	if (proofs->fd < 0)
		return true;
	line = open_memstream(&text, &len);
	if (line)
		proofs_print(line, proof);
	if (!line || fclose(line) != 0)
		done = proofs_fail(proofs, err);
	else
		done = proofs_append(proofs, text, len, err);
	free(text);
	return done;
}

bool proofs_sync(struct proofs *proofs, struct error *err)
{
	if (proofs->fd < 0 || TEMP_FAILURE_RETRY(fdatasync(proofs->fd)) == 0)
		return true;
	return errno == EINVAL || proofs_fail(proofs, err); /* a FIFO has no disk */
}

void proofs_close(struct proofs *proofs)
{
	if (proofs->fd >= 0)
		close(proofs->fd);
	proofs->fd = -1;
}
