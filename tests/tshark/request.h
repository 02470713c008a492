// SPDX-License-Identifier: GPL-2.0-or-later
/* What client.c asks of server.c, over a stream socket: this head with the descriptors 0 to 2
   (SCM_RIGHTS), then bytes_len bytes of strings, each with its zero: the working directory, the
   arguments with argv[0], the environment. The answer is the exit status, an int; without one, the
   run ended by a signal. */
#ifndef TSHARK_REQUEST_H
#define TSHARK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct request {
	uint32_t arguments;
	uint32_t variables; /* of the environment */
	uint32_t umask;
	uint32_t bytes_len;
};

enum { REQUEST_DESCRIPTORS = 3 };

/* Sets address to where the server listens, the path in TSHARK_SOCKET; returns whether there is
 * one. */
static inline bool request_address(struct sockaddr_un *address)
{
	const char *path = getenv("TSHARK_SOCKET");

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!path || strlen(path) >= sizeof address->sun_path)
		return false;
	strcpy(address->sun_path, path);
	return true;
}

#endif
