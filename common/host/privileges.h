/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives up what a tool no longer needs once its files and sockets are open; capabilities(7),
 * through libcap-ng. */
#ifndef VTAP_HOST_PRIVILEGES_H
#define VTAP_HOST_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

struct privileges {
	const char *user; /* -Z: becomes this user, with its groups; NULL: stays */
	bool keep_raw;	  /* CAP_NET_RAW stays, to open an interface again */
	/* Asked when all else is given up: false keeps CAP_DAC_OVERRIDE and CAP_FOWNER, if the
	 * process has them and stays who it is. NULL: they go. */
	bool (*reaches)(const void *arg);
	const void *reaches_arg;
};

/* Also sets no_new_privs and clears the bounding set as far as it may. False and err: no such user,
 * or it could not be done (nothing is half given up: the caller ends). */
bool privileges_drop(const struct privileges *privileges, struct error *err);

#endif
