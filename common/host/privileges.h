/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives up the user and the capabilities that a tool no longer needs once its files and sockets are
 * open; capabilities(7), through libcap-ng.
 */
#ifndef VTAP_HOST_PRIVILEGES_H
#define VTAP_HOST_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

struct privileges {
	const char *user; /* to become this user, with its groups (option -Z); NULL to stay */
	bool keep_raw;	  /* keep CAP_NET_RAW, to open an interface again */
	/* Asked after everything else was given up, and only if the user stays: returns whether the
	 * process can still reach its files. If it returns false, CAP_DAC_OVERRIDE and CAP_FOWNER
	 * are kept, if the process has both. NULL to give them up unasked. */
	bool (*reaches)(const void *arg);
	const void *reaches_arg;
};

/*
 * Gives up everything else, sets no_new_privs, and clears the capability bounding set if the
 * process may. Returns false and sets err if there is no such user or the kernel refuses; the
 * process may then have given up a part and should end.
 */
bool privileges_drop(const struct privileges *privileges, struct error *err);

#endif
