/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_file.h"

#include <string.h>

#include "base/similar.h"
#include "capture/compression.h"
#include "capture/pcap_writer.h"
#include "capture/pcapng_writer.h"
#include "capture/wiretap_writer.h"
#include "io/sync.h"

/* Returns true if the first len bytes of a name end so, with something in front. */
static bool sink_file_ends_with(const char *name, size_t len, const char *ending)
{
	size_t e = strlen(ending);

	return len > e && memcmp(name + len - e, ending, e) == 0;
}

/* The ending in front of that of a compression decides. */
static const char *sink_file_format_by_name(const char *name)
{
	const struct compression *compression = compression_of_name(name);
	size_t len = strlen(name) - (compression ? strlen(compression->ending) : 0);

	if (sink_file_ends_with(name, len, ".pcapng"))
		return "pcapng";
	return sink_file_ends_with(name, len, ".pcap") ? "pcap" : NULL;
}

static const char *const native[] = { "pcap", "usecpcap", "nsecpcap", "pcapng" };

bool sink_file_is_native(const char *format)
{
	for (size_t i = 0; i < sizeof(native) / sizeof(*native); i++)
		if (strcmp(format, native[i]) == 0)
			return true;
	return false;
}

static bool sink_file_can_compress(const char *name, const char *format, struct error *err)
{
	const struct compression *compression = compression_of_name(name);

	if (!compression)
		return true;
	if (!compression->encode)
		return error_usage(
			err, "-w %s: no %s is written: use %.*s.gz or .zst, or run %s afterwards",
			name, compression->ending,
			(int)(strlen(name) - strlen(compression->ending)), name, compression->name);
	if (!sink_file_is_native(format))
		return error_usage(err, "-w %s: format %s is not compressed, pcap and pcapng are",
				   name, format);
	return compression->load(err) || error_wrap(err, "-w %s", name);
}

struct encoder *(*sink_file_encode(const char *name))(struct error *err)
{
	const struct compression *compression = compression_of_name(name);

	return compression ? compression->encode : NULL;
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

/* Returns what options, name or input ask for, whether it can be written or not. */
static const char *sink_file_format_wanted(const struct sink_config *config)
{
	const char *by_name;

	if (config->format)
		return strcmp(config->format, "pcap") == 0 ? "usecpcap" : config->format;
	by_name = sink_file_format_by_name(config->name);
	return by_name ? by_name : config->fallback;
}

const char *sink_file_format(const struct sink_config *config, struct error *err)
{
	const char *format = sink_file_format_wanted(config);
	struct similar similar;

	if (!sink_file_can_compress(config->name, format, err))
		return NULL;
	if (sink_file_is_native(format))
		return format;
	if (wiretap_writer_knows(format, err))
		return can_be_watched(config, format, err) ? format : NULL;
	similar = similar_to(format, strlen(format));
	for (size_t i = 0; i < sizeof(native) / sizeof(*native); i++)
		similar_offer(&similar, native[i]);
	if (err->text[0])
		error_wrap(err, "-F %s", format);
	else if (similar.best)
		error_usage(err, "-F %s: no such format: did you mean %s?", format, similar.best);
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
		return pcap_writer_open(config, config->live ? PCAP_MICRO : PCAP_AS_INPUT, err);
	if (strcmp(format, "usecpcap") == 0)
		return pcap_writer_open(config, PCAP_MICRO, err);
	if (strcmp(format, "nsecpcap") == 0)
		return pcap_writer_open(config, PCAP_NANO, err);
	return wiretap_writer_open(config, format, err);
}

/* A file that is watched while it grows has its name from the start. */
static bool sink_file_sync_watched(const struct sink_config *config, struct sink *sink,
				   struct error *err)
{
	return config->manner != OUTPUT_WATCH || !sink_output(sink)->sync ||
	       sync_folder(config->name, err);
}

struct sink *sink_file_open(const struct sink_config *config, struct error *err)
{
	const char *format = sink_file_format(config, err);
	struct sink_config compressed = *config;
	struct sink *sink;

	compressed.encode = sink_file_encode(config->name);
	sink = format ? sink_file_open_as(&compressed, format, err) : NULL;
	if (!sink || sink_file_sync_watched(config, sink, err))
		return sink;
	sink_close(sink, false, &(struct error){ 0 });
	return NULL;
}
