/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the programs are that vtap-extcap runs, and what vtap-decap -D prints. */
#ifndef VTAP_EXTCAP_PROGRAMS_H
#define VTAP_EXTCAP_PROGRAMS_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Writes the path of a tool of vtap: beside vtap-extcap, as in a build, or in BINDIR, for which it
 * was built. Wireshark's folder of programs has no such tools.
 */
void programs_find_tool(const char *name, char path[PATH_MAX]);

/*
 * Writes the path of dumpcap: of the Wireshark that has started this process, or else of PATH.
 * Returns false if there is none that this user may run.
 */
bool programs_find_dumpcap(char path[PATH_MAX]);

/*
 * Runs vtap-decap -D and calls line() for each interface; text is one line without its end, and
 * lives until line() returns. Returns false and sets err if vtap-decap cannot be run or fails.
 */
bool programs_list_interfaces(void (*line)(void *arg, char *text), void *arg, struct error *err);

#endif
