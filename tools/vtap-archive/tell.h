/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-archive says to a person while it runs: each thing once. */
#ifndef VTAP_ARCHIVE_TELL_H
#define VTAP_ARCHIVE_TELL_H

#include "base/error.h"
#include "books.h"
#include "trouble.h"

enum { TELL_REMEMBERED = 64 };

/* A struct that is all zero but for quiet and verbose has told nothing. */
struct tell {
	bool quiet, verbose;
	uint64_t told[TELL_REMEMBERED]; /* hashes of texts */
	unsigned count;
};

/* Says a text, unless it was among the last TELL_REMEMBERED. */
void tell_once(struct tell *tell, const char *text);

/* Says a text with -v only. */
void tell_verbose(const struct tell *tell, const char *text);

/*
 * Notes that a try has failed, and says `PLACE: SENTENCE; 37 captures, 2.1 GB wait` when the
 * trouble begins or becomes another one. place: what the trouble is with, as the user gave it.
 */
void tell_trouble(struct trouble *trouble, const char *place, const struct error *err,
		  const struct books *books);

/* Notes that all is well, and says `PLACE: works again after 14 min; 41 captures wait` if there was
 * a trouble. */
void tell_recovered(struct trouble *trouble, const char *place, const struct books *books,
		    bool quiet);

#endif
