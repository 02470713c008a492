/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <errno.h>

#include "lib/tap.h"

static void fills(void)
{
	struct error err = { .usage = true, .number = 5 };

	ok(!error_set(&err, "%s %d", "packet", 812), "set returns false");
	is_str(err.text, "packet 812", "set formats");
	ok(!err.usage && err.number == 0, "set clears what was there before");
	ok(!error_usage(&err, "wrong") && err.usage, "usage marks");
	errno = ENOSPC;
	ok(!error_errno(&err, "out.pcap") && err.number == ENOSPC && !err.usage, "errno is kept");
	is_str(err.text, "out.pcap: No space left on device", "errno is told");
}

static void wraps(void)
{
	struct error err = { 0 };

	error_set(&err, "options run past the header");
	ok(!error_wrap(&err, "geneve"), "wrap returns false");
	error_wrap(&err, "%s: packet %d", "pod7.pcapng", 812);
	is_str(err.text, "pod7.pcapng: packet 812: geneve: options run past the header",
	       "each level goes in front");
	errno = EPIPE;
	error_errno(&err, "x");
	error_wrap(&err, "y");
	ok(err.number == EPIPE, "wrap keeps the number");
	error_usage(&err, "x");
	error_wrap(&err, "y");
	ok(err.usage, "wrap keeps the mark of usage");
}

static void long_texts(void)
{
	struct error err = { 0 };
	char name[3000];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	error_set(&err, "%s", name);
	is_u64(strlen(err.text), sizeof(err.text) - 1, "a long text is cut");
	error_wrap(&err, "front");
	ok(strncmp(err.text, "front: nnn", 10) == 0 && strlen(err.text) == sizeof(err.text) - 1,
	   "a long text keeps what is put in front");
	error_wrap(&err, "%s", name);
	errno = EIO;
	error_errno(&err, "%s", name);
	is_u64(strlen(err.text), sizeof(err.text) - 1, "no room for errno");
}

int main(void)
{
	fills();
	wraps();
	long_texts();
	return tap_done();
}
