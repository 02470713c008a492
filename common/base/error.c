/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static ERROR_PRINTF(2, 0) void error_fill(struct error *err, const char *format, va_list ap)
{
	err->usage = false;
	err->in_file = false;
	err->number = 0;
	vsnprintf(err->text, sizeof(err->text), format, ap);
}

static void error_append(struct error *err, const char *text)
{
	size_t used = strlen(err->text);

	snprintf(err->text + used, sizeof(err->text) - used, ": %s", text);
}

bool error_set(struct error *err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	error_fill(err, format, ap);
	va_end(ap);
	return false;
}

bool error_usage(struct error *err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	error_fill(err, format, ap);
	va_end(ap);
	err->usage = true;
	return false;
}

bool error_errno(struct error *err, const char *format, ...)
{
	int number = errno;
	va_list ap;

	va_start(ap, format);
	error_fill(err, format, ap);
	va_end(ap);
	err->number = number;
	error_append(err, strerror(number));
	return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
	char inner[sizeof(err->text)];
	va_list ap;

	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, format);
	vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	error_append(err, inner);
	return false;
}

bool error_is_shortage(int number)
{
	return number == ENOBUFS || number == ENOMEM || number == EMFILE || number == ENFILE;
}
