/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wireshark's library wiretap, as far as this program uses it: loading, records, options, errors,
 * and all that differs between its versions. Only capture/wiretap*.c include this header.
 */
#ifndef VTAP_CAPTURE_WIRETAP_H
#define VTAP_CAPTURE_WIRETAP_H

#include <ws_version.h>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wsutil/wslog.h>

#include "base/error.h"
#include "capture/source.h"
#include "host/dynload.h"
#include "packet/packet.h"

/* True if this is compiled for Wireshark 4.minor or a later version. */
#define WIRESHARK_AT_LEAST(minor)       \
	(WIRESHARK_VERSION_MAJOR > 4 || \
	 (WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR >= (minor)))

/* The functions used of wiretap, wsutil and GLib. Their macros must not call others. */
/* clang-format off */
#define WIRETAP_FUNCTIONS(row) \
	row(g_array_append_vals) row(g_array_new) row(g_bytes_get_data) \
	row(g_log) row(g_log_default_handler) row(g_log_set_handler) row(ws_log_init) \
	row(ws_log_set_level) row(wtap_block_create) row(wtap_block_foreach_option) \
	row(wtap_block_get_mandatory_data) row(wtap_block_get_string_option_value) \
	row(wtap_close) row(wtap_dump) row(wtap_dump_can_compress) row(wtap_dump_can_open) \
	row(wtap_dump_can_write_encap) row(wtap_dump_close) row(wtap_dump_fdopen) \
	row(wtap_dump_flush) row(wtap_encap_description) row(wtap_encap_requires_phdr) \
	row(wtap_file_encap) row(wtap_file_get_shb) row(wtap_file_size) row(wtap_file_type_subtype) \
	row(wtap_file_type_subtype_description) row(wtap_file_type_subtype_name) \
	row(wtap_get_next_interface_description) row(wtap_init) \
	row(wtap_name_to_file_type_subtype) row(wtap_open_offline) \
	row(wtap_pcap_encap_to_wtap_encap) row(wtap_pcap_nsec_file_type_subtype) \
	row(wtap_read) row(wtap_read_so_far) row(wtap_rec_cleanup) row(wtap_rec_init) row(wtap_rec_reset) \
	row(wtap_strerror)
/* clang-format on */

#if !WIRESHARK_AT_LEAST(6)
#define WIRETAP_BUFFERS(row) row(ws_buffer_init) row(ws_buffer_free)
#else
#define WIRETAP_BUFFERS(row)
#endif

/* A pointer to each of those functions, filled by wiretap_start(). */
struct wiretap {
	WIRETAP_FUNCTIONS(DYNLOAD_POINTER)
	WIRETAP_BUFFERS(DYNLOAD_POINTER)
};

extern struct wiretap wiretap;

/*
 * Loads and initialises wiretap, once for the process. That takes milliseconds, so it is done when
 * a file needs it. All other functions here are called after it; wiretap_open() calls it itself.
 * Returns false and sets err if wiretap is not installed.
 */
bool wiretap_start(struct error *err);

/* A record as wiretap reads and writes it. */
struct wiretap_record {
	wtap_rec rec;
#if !WIRESHARK_AT_LEAST(6)
	Buffer buffer;
#endif
};

/* Prepares a record for reading or writing; wiretap_record_free() frees what it holds. */
void wiretap_record_init(struct wiretap_record *record);
/* Frees what the record holds. */
void wiretap_record_free(struct wiretap_record *record);

/* Returns the bytes of the record; they are valid until it changes. */
const uint8_t *wiretap_record_bytes(struct wiretap_record *record);

/*
 * Opens the capture that fd, a regular file, holds; fd stays the caller's. Returns NULL and sets
 * err if it is no capture, or if there is no memory.
 */
wtap *wiretap_open(int fd, struct error *err);

/* Closes a capture; does nothing once wiretap has run out of memory, as its state is broken then.
 */
void wiretap_close(wtap *wth);

/*
 * Reads the next record, and sets *offset to its position in the file if wiretap knows it. Returns
 * false at the end (err->text stays as it was) and where the file is damaged (err is set, and
 * *state says how, if wiretap knows it).
 */
bool wiretap_read(wtap *wth, struct wiretap_record *record, int64_t *offset,
		  enum capture_state *state, struct error *err);

/* Writes a record, with the caplen bytes at `bytes` in place of its own. Returns false and sets err
 * if that fails. */
bool wiretap_write(wtap_dumper *dumper, struct wiretap_record *record, const uint8_t *bytes,
		   struct error *err);

/*
 * Begins to write a file of type `type` and encapsulation `encap`, numbers of wiretap's, to a
 * duplicate of fd, which stays the caller's. wiretap_dump_close() frees the dumper. Returns NULL
 * and sets err if that fails.
 */
wtap_dumper *wiretap_dump(int fd, int type, int encap, struct error *err);

/* Hands all bytes to the system. Returns false and sets err if that fails. */
bool wiretap_flush(wtap_dumper *dumper, struct error *err);

/* Ends the file and frees the dumper, in any case. Returns false and sets err if that fails. */
bool wiretap_dump_close(wtap_dumper *dumper, struct error *err);

/* A list of options in pcapng's form. If all is zero, it is empty. The owner frees data. */
struct wiretap_options {
	uint8_t *data;
	size_t len, room;
};

/*
 * Returns the options of a block, which may be NULL, in this host's byte order. Options without a
 * simple form (filters, verdicts, custom ones) are left out, and so are those for which there is no
 * memory. The result is valid until the next call for these options.
 */
struct span wiretap_options(struct wiretap_options *options, wtap_block_t block);

#endif
