/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_file.h"

#include <string.h>

#include "capture/pcap_writer.h"
#include "capture/pcapng_writer.h"
#include "capture/wiretap_writer.h"

static bool sink_file_ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n > e && strcmp(name + n - e, ending) == 0;
}

static const char *sink_file_format_by_name(const char *name)
{
	if (sink_file_ends_with(name, ".pcapng"))
		return "pcapng";
	return sink_file_ends_with(name, ".pcap") ? "pcap" : NULL;
}

/* Most writers of wiretap go back to their header at the end: the file cannot be read before. */
static bool can_be_watched(const struct sink_config *config, const char *format, struct error *err)
{
	if (config->manner != OUTPUT_WATCH || strcmp(config->name, "-") == 0)
		return true;
	return error_usage(err,
			   "-F %s: a file that grows while it is captured is pcap, nsecpcap or "
			   "pcapng; to a pipe (-w -) goes every format",
			   format);
}

const char *sink_file_format(const struct sink_config *config, struct error *err)
{
	const char *format = config->format;

	if (format && strcmp(format, "pcap") == 0)
		return "usecpcap";
	if (!format)
		format = sink_file_format_by_name(config->name);
	if (!format)
		format = config->fallback;
	if (strcmp(format, "pcap") == 0 || strcmp(format, "nsecpcap") == 0 ||
	    strcmp(format, "pcapng") == 0)
		return format;
	if (wiretap_writer_knows(format, err))
		return can_be_watched(config, format, err) ? format : NULL;
	if (err->text[0])
		error_wrap(err, "-F %s", format);
	else
		error_usage(err, "-F %s: no such format can be written; editcap -F lists them",
			    format);
	return NULL;
}

struct sink *sink_file_open_as(const struct sink_config *config, const char *format,
			       struct error *err)
{
	if (strcmp(format, "pcapng") == 0)
		return pcapng_writer_open(config, err);
	if (strcmp(format, "pcap") == 0)
		return pcap_writer_open(config, PCAP_AS_INPUT, err);
	if (strcmp(format, "usecpcap") == 0)
		return pcap_writer_open(config, PCAP_MICRO, err);
	if (strcmp(format, "nsecpcap") == 0)
		return pcap_writer_open(config, PCAP_NANO, err);
	return wiretap_writer_open(config, format, err);
}

struct sink *sink_file_open(const struct sink_config *config, struct error *err)
{
	const char *format = sink_file_format(config, err);

	return format ? sink_file_open_as(config, format, err) : NULL;
}
