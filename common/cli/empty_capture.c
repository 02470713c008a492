/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/empty_capture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/sink_file.h"

enum { EMPTY_SNAPLEN = 262144 }; /* bytes, as tcpdump writes it without -s */

bool empty_capture_is_wanted(const char *output)
{
	struct stat st;

	return (strcmp(output, "-") == 0 ? fstat(STDOUT_FILENO, &st) : stat(output, &st)) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* It has an interface, since libpcap and mergecap refuse a pcapng that has none. The sink may keep
 * it until it is closed (capture/sink.h). */
void empty_capture_write(const struct sink_config *config)
{
	const struct section section = { .serial = packet_serial() };
	const struct interface interface = { .serial = packet_serial(),
					     .section = &section,
					     .linktype = LINK_ETHERNET,
					     .snaplen = EMPTY_SNAPLEN,
					     .ticks_per_s = 1000000 };
	const struct block block = { .kind = BLOCK_INTERFACE,
				     .section = &section,
				     .interface = &interface };
	struct error ignored = { 0 };
	struct sink *sink = sink_file_open(config, &ignored);

	if (sink)
		sink_close(sink, sink_block(sink, &block, &ignored), &ignored);
}
