/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person should know if no object matches: which times there are. */
#ifndef VTAP_RECALL_NEAREST_H
#define VTAP_RECALL_NEAREST_H

#include "archive.h"

/*
 * Sets err to one line: that the archive has nothing of this time and these sources, and which
 * times before and after it are the nearest that it has of them. They are sought in at most 16
 * listings; if that is not enough, the line has the nearest days of any source. To be called after
 * archive_list(). Always returns false; err->text is empty if a signal asks for the end.
 */
bool nearest_tell(struct archive *archive, struct error *err);

#endif
