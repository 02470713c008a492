/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets and addresses to listen at, numbers, sizes, rates, durations, moments and ranges. Input:
 * text. */
#include "base/moment.h"
#include "base/number.h"
#include "fuzz.h"
#include "live/listen_uri.h"
#include "tunnel/target.h"

static bool add(void *arg, uint64_t first, uint64_t last, struct error *err)
{
	(void)err;
	FUZZ_CHECK(first <= last && last <= *(uint64_t *)arg);
	return true;
}

static void check_numbers(const char *text)
{
	struct error err = { 0 };
	uint64_t number = 0, max = 65535;
	int64_t ns = 0;

	if (number_parse(text, 3, max, &number, &err))
		FUZZ_CHECK(number >= 3 && number <= max);
	else
		FUZZ_CHECK(err.text[0] != '\0');
	number_size(text, 1000000, &number, &err);
	if (number_rate(text, &number, &err) || number_thousands(text, &number, &err))
		FUZZ_CHECK(number > 0);
	if (number_decimal(text, &ns, &err))
		FUZZ_CHECK(ns >= 0);
	if (number_duration(text, &ns, &err))
		FUZZ_CHECK(ns >= 0);
	number_ranges(text, max, add, &max, &err);
}

/* What is read is written, and read again. */
static void check_moment(const char *text)
{
	const int64_t now_ns = INT64_C(1795017930000000000);
	struct moment moment, again;
	struct error err = { 0 };
	char written[MOMENT_TEXT];

	if (!moment_parse(text, now_ns, &moment, &err)) {
		FUZZ_CHECK(err.text[0] != '\0');
		return;
	}
	FUZZ_CHECK(moment.behind_first == (*text == '+') &&
		   (!moment.behind_first || moment.ns >= 0));
	FUZZ_CHECK(moment_ns(&moment, 0) == moment.ns);
	moment_write(moment.ns, written);
	FUZZ_CHECK(moment_parse(written, 0, &again, &err) && again.ns == moment.ns);
}

static void check_target(const char *text)
{
	struct error err = { 0 };
	struct target target;
	struct outer_header outer_header;
	char name[TARGET_NAME_MAX];

	if (!target_parse(&target, text, &err)) {
		FUZZ_CHECK(err.usage && err.text[0]);
		return;
	}
	FUZZ_CHECK(target.encap && target.encap->build && target.host[0] != '\0');
	FUZZ_CHECK(!target.has_id || target.id <= target.encap->id_max);
	FUZZ_CHECK((target.port != 0) == (target.encap->carrier == CARRIER_UDP));
	target_name(&target, name);
	FUZZ_CHECK(strlen(name) < sizeof(name));
	if (target.version != 0)
		target_outer_header(&target, &outer_header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = (char *)fuzz_copy(span_of(data, size), true);
	struct listen_address address;
	struct error err = { 0 };

	check_numbers(text);
	check_moment(text);
	check_target(text);
	if (listen_uri_parse(&address, text, &err))
		FUZZ_CHECK(address.encap->carrier == CARRIER_UDP && address.port != 0);
	else
		FUZZ_CHECK(err.text[0] != '\0');
	free(text);
	return 0;
}
