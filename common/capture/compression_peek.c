/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/compression_internal.h"
#include "host/sandbox.h"

/* Decodes until the room is full, more bytes are needed, or the data are damaged. */
static size_t peek_decode(const struct compression *compression, struct span bytes,
			  struct patch room)
{
	struct error err;
	struct decoder *decoder = compression->open(&err);
	struct patch left = room;

	while (decoder && left.len > 0 && bytes.len > 0)
		if (!decoder->ops->step(decoder, &bytes, &left, &err))
			break;
	return room.len - left.len;
}

/* The child may do nothing but compute and write: it has no rights that it could use. It ends
 * itself, so that nothing of the parent's is flushed or freed twice. */
static void peek_child(const struct compression *compression, struct span bytes, int to)
{
	uint8_t head[COMPRESSION_HEAD];
	const struct sandbox nothing = { .needs = SANDBOX_UNPACK };
	bool confined;
	struct error err;
	size_t len = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && sandbox_enter(&nothing, &confined, &err))
		len = peek_decode(compression, bytes, (struct patch){ head, sizeof(head) });
	if (write(to, head, len) < 0)
		_exit(1);
	_exit(0);
}

static size_t peek_receive(int from, uint8_t head[COMPRESSION_HEAD])
{
	size_t len = 0;
	ssize_t n;

	do {
		n = TEMP_FAILURE_RETRY(read(from, head + len, COMPRESSION_HEAD - len));
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < COMPRESSION_HEAD);
	return len;
}

size_t compression_peek(const struct compression *compression, struct span bytes,
			uint8_t head[COMPRESSION_HEAD])
{
	int ends[2];
	size_t len = 0;
	pid_t child;

	/* A process in a sandbox need not, and may not, have another one for it. */
	if (sandbox_is_entered())
		return peek_decode(compression, bytes, (struct patch){ head, COMPRESSION_HEAD });
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	child = fork();
	if (child == 0)
		peek_child(compression, bytes, ends[1]);
	close(ends[1]);
	if (child > 0) {
		len = peek_receive(ends[0], head);
		TEMP_FAILURE_RETRY(waitpid(child, NULL, 0));
	}
	close(ends[0]);
	return len;
}
