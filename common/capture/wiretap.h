/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reading and writing through wiretap share, and all that differs between
 * its versions. Included by source/wiretap*.c and capture/wiretap_writer.c only.
 */
#ifndef VTAP_CAPTURE_WIRETAP_H
#define VTAP_CAPTURE_WIRETAP_H

#include <ws_version.h>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wsutil/wslog.h>

#include "base/error.h"
#include "host/dynload.h"
#include "packet/packet.h"

#define WIRESHARK_AT_LEAST(minor)       \
	(WIRESHARK_VERSION_MAJOR > 4 || \
	 (WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR >= (minor)))

/* What is used of wiretap, wsutil and GLib; macros and inline functions must not call others. */
/* clang-format off */
#define WIRETAP_FUNCTIONS(row) \
	row(g_array_append_vals) row(g_array_new) row(g_bytes_get_data) \
	row(g_log) row(g_log_default_handler) row(g_log_set_handler) row(ws_log_init) \
	row(ws_log_set_level) row(wtap_block_create) row(wtap_block_foreach_option) \
	row(wtap_block_get_mandatory_data) row(wtap_block_get_string_option_value) \
	row(wtap_close) row(wtap_dump) row(wtap_dump_can_compress) row(wtap_dump_can_open) \
	row(wtap_dump_can_write_encap) row(wtap_dump_close) row(wtap_dump_fdopen) \
	row(wtap_dump_flush) row(wtap_encap_description) row(wtap_encap_requires_phdr) \
	row(wtap_file_encap) row(wtap_file_get_shb) row(wtap_file_type_subtype) \
	row(wtap_file_type_subtype_description) row(wtap_file_type_subtype_name) \
	row(wtap_get_next_interface_description) row(wtap_init) \
	row(wtap_name_to_file_type_subtype) row(wtap_open_offline) \
	row(wtap_pcap_encap_to_wtap_encap) row(wtap_pcap_nsec_file_type_subtype) \
	row(wtap_read) row(wtap_rec_cleanup) row(wtap_rec_init) row(wtap_rec_reset) \
	row(wtap_strerror)
/* clang-format on */

#if !WIRESHARK_AT_LEAST(6)
#define WIRETAP_BUFFERS(row) row(ws_buffer_init) row(ws_buffer_free)
#else
#define WIRETAP_BUFFERS(row)
#endif

/* Filled by wiretap_start(). */
struct wiretap {
	WIRETAP_FUNCTIONS(DYNLOAD_POINTER)
	WIRETAP_BUFFERS(DYNLOAD_POINTER)
};

extern struct wiretap wiretap;

/*
 * Loads and initialises wiretap once for the process: it costs milliseconds, so only when it is
 * needed. Everything else here is to be called after that, or after wiretap_open(), which does it.
 */
bool wiretap_start(struct error *err);

/* Sets err from wiretap's error number and detail (may be NULL), which it frees; returns false. */
bool wiretap_error(struct error *err, int number, char *detail);

/* A record as wiretap reads and writes it. */
struct wiretap_record {
	wtap_rec rec;
#if !WIRESHARK_AT_LEAST(6)
	Buffer buffer;
#endif
};

void wiretap_record_init(struct wiretap_record *record);
void wiretap_record_free(struct wiretap_record *record);

/* The bytes of the record; they hold until it changes. */
const uint8_t *wiretap_record_bytes(struct wiretap_record *record);

/* Opens what fd, a regular file, holds; fd stays the caller's. NULL and err when it cannot. */
wtap *wiretap_open(int fd, struct error *err);
/* Not where reading ended as memory did: what wiretap has is no more in order then. */
void wiretap_close(wtap *wth);

/* Reads the next record; *offset is left alone when wiretap does not know it. False at the end
 * (err->text stays as it was) and where the file is damaged. */
bool wiretap_read(wtap *wth, struct wiretap_record *record, int64_t *offset, struct error *err);

/* Writes a record with the given bytes. */
bool wiretap_write(wtap_dumper *dumper, struct wiretap_record *record, const uint8_t *bytes,
		   struct error *err);

/* Opens a dumper on a copy of fd. */
wtap_dumper *wiretap_dump(int fd, int type, int encap, struct error *err);
bool wiretap_flush(wtap_dumper *dumper, struct error *err);
/* Ends the file and frees the dumper. */
bool wiretap_dump_close(wtap_dumper *dumper, struct error *err);

/* Options in pcapng's form, in this host's byte order; data is freed by the owner. */
struct wiretap_options {
	uint8_t *data;
	size_t len, room;
};

/*
 * Gathers the options of a block (NULL: none) but those without a simple form
 * (filters, verdicts, custom ones). The result holds until the next call.
 */
struct span wiretap_options(struct wiretap_options *options, wtap_block_t block);

#endif
