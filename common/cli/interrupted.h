/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal that ended a file job, a run whose inputs are all regular files, before they were read
 * to their end: such a run is no success, since its output looks like a complete one.
 */
#ifndef VTAP_CLI_INTERRUPTED_H
#define VTAP_CLI_INTERRUPTED_H

#include "pipeline/pipeline.h"

/*
 * Sets err to "interrupted after 1,301,074 packets, 22% of big.pcap; rest". The packets and the
 * part are those of a pipeline whose source has input_count inputs. rest may be empty.
 */
void interrupted_error(const struct pipeline *pipeline, unsigned input_count, const char *rest,
		       struct error *err);

/* Returns the exit status of such a run: 128 plus the number of the signal, as a shell would say.
 */
int interrupted_status(void);

#endif
