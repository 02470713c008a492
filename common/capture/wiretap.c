/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/wiretap.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "packet/option.h"

#if WIRESHARK_AT_LEAST(4)
#define WIRETAP_BOOL bool
#else
#define WIRETAP_BOOL gboolean
#endif

struct wiretap wiretap;

/*
 * Some formats hold local times, so the time zone is read before the sandbox forbids it. If TZ is
 * not set, glibc opens the zone's file for each time again, and takes UTC if it cannot.
 */
static void keep_zone(void)
{
	setenv("TZ", "/etc/localtime", 0);
	tzset();
}

/*
 * wiretap keeps all interfaces, names and secrets of a file, and a small compressed file can have
 * any number of them. When memory runs out, glib ends the process: calls that may come to that are
 * left by a jump out of glib's log function, and wiretap is not called again.
 */
static struct {
	jmp_buf out;
	bool armed, spent;
} guard;

static void glib_says(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer arg)
{
	if (guard.armed && level & G_LOG_LEVEL_ERROR)
		longjmp(guard.out, 1);
	wiretap.g_log_default_handler(domain, level, text, arg);
}

/* glib's log allocates memory when it is first used, so it is used once now. */
static void listen_to_glib(void)
{
	wiretap.g_log_set_handler("GLib",
				  G_LOG_LEVEL_ERROR | G_LOG_LEVEL_DEBUG | G_LOG_FLAG_FATAL |
					  G_LOG_FLAG_RECURSION,
				  glib_says, NULL);
	wiretap.g_log("GLib", G_LOG_LEVEL_DEBUG, "vtap");
}

/* Returns false if memory ran out in the call. */
static bool wiretap_guarded_call(void (*call)(void *), void *arg)
{
	guard.armed = !guard.spent && setjmp(guard.out) == 0;
	if (!guard.armed) {
		guard.spent = true;
		return false;
	}
	call(arg);
	guard.armed = false;
	return true;
}

static bool no_memory(struct error *err)
{
	return error_set(err, "not enough memory for what wiretap keeps of it");
}

bool wiretap_start(struct error *err)
{
	static const char *const names[] = { WIRETAP_FUNCTIONS(DYNLOAD_NAME)
						     WIRETAP_BUFFERS(DYNLOAD_NAME) };
	static bool started;

	if (started)
		return true;
	setenv("G_SLICE", "always-malloc", 1); /* slices end the process unasked (glib 2.74) */
	if (!dynload_load(WIRETAP_SONAME, names, sizeof(names) / sizeof(*names), &wiretap, err))
		return error_wrap(err,
				  "formats other than pcap and pcapng need Wireshark's wiretap");
	started = true;
#if WIRESHARK_AT_LEAST(6)
	wiretap.ws_log_init(NULL);
#else
	wiretap.ws_log_init("vtap", NULL);
#endif
	wiretap.ws_log_set_level(LOG_LEVEL_CRITICAL);
	listen_to_glib();
	wiretap.wtap_init(false);
	unsetenv("G_SLICE");
	keep_zone();
	return true;
}

/* Sets err from an error number of wiretap's and its detail, which may be NULL and is freed. Always
 * returns false. */
static bool wiretap_error(struct error *err, int number, char *detail)
{
	if (number > 0)
		error_set(err, "%s", strerror(number));
	else if (number == WTAP_ERR_SHORT_READ)
		error_set(err, "the file ends in the middle of a record");
	else if (detail)
		error_set(err, "%s (%s)", wiretap.wtap_strerror(number), detail);
	else
		error_set(err, "%s", wiretap.wtap_strerror(number));
	err->number = number > 0 ? number : 0;
	for (char *at = err->text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	free(detail);
	return false;
}

void wiretap_record_init(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(6)
	wiretap.wtap_rec_init(&record->rec, 2048);
#else
	wiretap.wtap_rec_init(&record->rec);
	wiretap.ws_buffer_init(&record->buffer, 2048);
#endif
}

void wiretap_record_free(struct wiretap_record *record)
{
	if (guard.spent)
		return;
	wiretap.wtap_rec_cleanup(&record->rec);
#if !WIRESHARK_AT_LEAST(6)
	wiretap.ws_buffer_free(&record->buffer);
#endif
}

const uint8_t *wiretap_record_bytes(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(6)
	return ws_buffer_start_ptr(&record->rec.data);
#else
	return ws_buffer_start_ptr(&record->buffer);
#endif
}

/* wiretap gives a picture, a program or a JSON text as one packet. */
static bool is_document(wtap *wth)
{
	switch (wiretap.wtap_file_encap(wth)) {
	case WTAP_ENCAP_MIME:
	case WTAP_ENCAP_JSON:
	case WTAP_ENCAP_MP4:
	case WTAP_ENCAP_RUBY_MARSHAL:
	case WTAP_ENCAP_RFC7468:
		return true;
	}
	return false;
}

/*
 * wiretap opens a file by its name, or reads standard input. The descriptor takes the place of
 * standard input, so that no file is opened when the sandbox forbids it or rights are given up.
 */
static wtap *open_as_input(int fd, int *number, char **detail)
{
	int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	wtap *wth = NULL;

	if (lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO)
		wth = wiretap.wtap_open_offline("-", WTAP_TYPE_AUTO, number, detail, false);
	else
		*number = errno;
	if (input < 0) {
		close(STDIN_FILENO);
		return wth;
	}
	dup2(input, STDIN_FILENO);
	close(input);
	return wth;
}

/* Arguments and results of a guarded call. */
struct request {
	int fd;
	wtap *wth;
	struct wiretap_record *record;
	int64_t *offset;
	bool good;
	int number;
	char *detail;
};

static void wiretap_call_open(void *arg)
{
	struct request *request = (struct request *)arg;

	request->wth = open_as_input(request->fd, &request->number, &request->detail);
}

static void wiretap_call_read(void *arg)
{
	struct request *request = (struct request *)arg;

	wiretap.wtap_rec_reset(&request->record->rec);
#if WIRESHARK_AT_LEAST(6)
	request->good = wiretap.wtap_read(request->wth, &request->record->rec, &request->number,
					  &request->detail, request->offset);
#else
	request->good =
		wiretap.wtap_read(request->wth, &request->record->rec, &request->record->buffer,
				  &request->number, &request->detail, request->offset);
#endif
}

wtap *wiretap_open(int fd, struct error *err)
{
	struct request request = { .fd = fd };

	if (!wiretap_start(err))
		return NULL;
	if (!wiretap_guarded_call(wiretap_call_open, &request)) {
		no_memory(err);
	} else if (!request.wth && request.number == WTAP_ERR_FILE_UNKNOWN_FORMAT) {
		error_set(err, "not a capture that vtap or Wireshark knows");
		free(request.detail);
	} else if (!request.wth) {
		wiretap_error(err, request.number, request.detail);
	} else if (is_document(request.wth)) {
		error_set(err, "a document, not a capture: %s",
			  wiretap.wtap_file_type_subtype_description(
				  wiretap.wtap_file_type_subtype(request.wth)));
		wiretap.wtap_close(request.wth);
		request.wth = NULL;
	}
	return request.wth;
}

static enum capture_state wiretap_state(int number)
{
	if (number == WTAP_ERR_SHORT_READ)
		return CAPTURE_TRUNCATED;
	return number > 0 ? CAPTURE_UNREADABLE : CAPTURE_DAMAGED;
}

bool wiretap_read(wtap *wth, struct wiretap_record *record, int64_t *offset,
		  enum capture_state *state, struct error *err)
{
	struct request request = { .wth = wth, .record = record, .offset = offset };

	if (!wiretap_guarded_call(wiretap_call_read, &request))
		return no_memory(err);
	if (!request.good && request.number != 0) {
		*state = wiretap_state(request.number);
		wiretap_error(err, request.number, request.detail);
	}
	return request.good;
}

void wiretap_close(wtap *wth)
{
	if (!guard.spent)
		wiretap.wtap_close(wth);
}

bool wiretap_write(wtap_dumper *dumper, struct wiretap_record *record, const uint8_t *bytes,
		   struct error *err)
{
	char *detail = NULL;
	int number = 0;
	bool good;

#if WIRESHARK_AT_LEAST(6)
	Buffer own = record->rec.data;
	const size_t len = record->rec.rec_header.packet_header.caplen;

	/* wtap_dump() only reads the bytes. */
	record->rec.data = (Buffer){ .data = (uint8_t *)(uintptr_t)bytes,
				     .allocated = len,
				     .first_free = len };
	good = wiretap.wtap_dump(dumper, &record->rec, &number, &detail);
	record->rec.data = own;
#else
	good = wiretap.wtap_dump(dumper, &record->rec, bytes, &number, &detail);
#endif
	return good || wiretap_error(err, number, detail);
}

/* One section header without options: the ERF writer of 4.0 crashes without any. */
static GArray *empty_section(void)
{
	static GArray *sections;
	wtap_block_t section;

	if (!sections) {
		section = wiretap.wtap_block_create(WTAP_BLOCK_SECTION);
		sections = wiretap.g_array_new(false, false, sizeof(section));
		wiretap.g_array_append_vals(sections, &section, 1);
	}
	return sections;
}

wtap_dumper *wiretap_dump(int fd, int type, int encap, struct error *err)
{
	wtap_dump_params params = WTAP_DUMP_PARAMS_INIT;
	wtap_dumper *dumper;
	char *detail = NULL;
	int number = 0;

	params.encap = encap;
	params.shb_hdrs = empty_section();
	params.tsprec = WTAP_TSPREC_NSEC;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0) {
		error_errno(err, "descriptor");
		return NULL;
	}
	dumper = wiretap.wtap_dump_fdopen(fd, type, 0, &params, &number, &detail);
	if (!dumper) {
		wiretap_error(err, number, detail);
		close(fd);
	}
	return dumper;
}

bool wiretap_flush(wtap_dumper *dumper, struct error *err)
{
	int number = 0;

	return wiretap.wtap_dump_flush(dumper, &number) || wiretap_error(err, number, NULL);
}

bool wiretap_dump_close(wtap_dumper *dumper, struct error *err)
{
	char *detail = NULL;
	int number = 0;

	return wiretap.wtap_dump_close(dumper, NULL, &number, &detail) ||
	       wiretap_error(err, number, detail);
}

/* Returns the value as a file has it, or nothing if it has no simple form (filters, verdicts). */
static struct span option_value(wtap_opttype_e type, const wtap_optval_t *value)
{
	const void *bytes;
	size_t len;

	switch (type) {
	case WTAP_OPTTYPE_UINT8:
	case WTAP_OPTTYPE_INT8:
		return span_of(value, 1);
	case WTAP_OPTTYPE_UINT32:
	case WTAP_OPTTYPE_INT32:
	case WTAP_OPTTYPE_IPv4:
		return span_of(value, 4);
	case WTAP_OPTTYPE_UINT64:
	case WTAP_OPTTYPE_INT64:
		return span_of(value, 8);
	case WTAP_OPTTYPE_IPv6:
		return span_of(value, 16);
	case WTAP_OPTTYPE_STRING:
		return span_of(value->stringval, strlen(value->stringval));
	case WTAP_OPTTYPE_BYTES:
		bytes = wiretap.g_bytes_get_data(value->byteval, &len);
		return span_of(bytes, len);
	default:
		return span_of(NULL, 0);
	}
}

/* An option for which there is no memory is left out. */
static WIRETAP_BOOL wiretap_add_option(wtap_block_t block, guint code, wtap_opttype_e type,
				       wtap_optval_t *optval, void *arg)
{
	struct wiretap_options *options = (struct wiretap_options *)arg;
	struct span value = option_value(type, optval);
	size_t len = 4 + pcapng_padded(value.len);
	uint16_t head[2] = { (uint16_t)code, (uint16_t)value.len };

	(void)block;
	if (value.len == 0 || value.len > UINT16_MAX)
		return true;
	if (len > options->room - options->len) {
		size_t room = 2 * (options->len + len);
		uint8_t *data = realloc(options->data, room);

		if (!data)
			return true;
		options->data = data;
		options->room = room;
	}
	memset(options->data + options->len, 0, len);
	memcpy(options->data + options->len, head, sizeof(head));
	memcpy(options->data + options->len + sizeof(head), value.data, value.len);
	options->len += len;
	return true;
}

struct span wiretap_options(struct wiretap_options *options, wtap_block_t block)
{
	options->len = 0;
	if (block)
		wiretap.wtap_block_foreach_option(block, wiretap_add_option, options);
	return span_of(options->data, options->len);
}
