/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of vtap-archive share while it runs. */
#ifndef VTAP_ARCHIVE_ARCHIVE_H
#define VTAP_ARCHIVE_ARCHIVE_H

#include "books.h"
#include "options.h"
#include "proofs.h"
#include "queue.h"
#include "spool.h"
#include "store.h"
#include "tell.h"

struct archive {
	const struct archive_config *config;
	struct spool spool;
	struct store store;
	struct proofs proofs;
	struct queue queue;
	struct books books;
	struct tell tell;
	bool full; /* the queue had no room for a capture, which is still in the spool */
	/* Called at least once a second while something takes long. Returns false if the run has to
	 * end at once. */
	bool (*breathe)(void *arg);
	void *breathe_arg;
};

#endif
