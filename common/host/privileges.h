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
	const char *user; /* user to become, with its groups (option -Z); NULL if the user stays */
	bool keep_raw;	  /* CAP_NET_RAW is kept, to open an interface again */
	/* A function that returns true if the process can reach its files with the rights that it
	 * has left. It is called, with reaches_arg, only if the user stays and the process has
	 * CAP_DAC_OVERRIDE or CAP_FOWNER, when all other rights are given up. If it returns false,
	 * those of the two that the process has are kept. If it is NULL, they are given up without
	 * a call. */
	bool (*reaches)(const void *arg);
	const void *reaches_arg;
	bool keep_lease; /* CAP_LEASE is kept, to ask for leases on files of other users */
};

/*
 * Gives up all capabilities but those that *privileges keeps, changes the user if it names one,
 * sets no_new_privs, and clears the capability bounding set if the process may. Returns false and
 * sets err if there is no such user or the kernel refuses; the process may then have given up a
 * part and should end.
 */
bool privileges_drop(const struct privileges *privileges, struct error *err);

/*
 * Lets outputs empty files of a user (io/output_path.h), which earlier runs have left; to be called
 * before the first output is opened. NULL names nobody. Returns false and sets err if there is no
 * such user.
 */
bool privileges_allow_owner(const char *name, struct error *err);

#endif
