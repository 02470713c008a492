/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/human.h"

#include <stdint.h>

#include "lib/tap.h"

static char text[HUMAN_SIZE];

static void reads(const char *got, const char *want)
{
	is_str(got, want, want);
}

static void counts(void)
{
	reads(human_count(text, 0), "0");
	reads(human_count(text, 999), "999");
	reads(human_count(text, 1000), "1,000");
	reads(human_count(text, 1301074), "1,301,074");
	reads(human_count(text, 100000), "100,000");
	reads(human_count(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void scaled(void)
{
	reads(human_scaled(text, 0, "B"), "0 B");
	reads(human_scaled(text, 999, "B"), "999 B");
	reads(human_scaled(text, 1000, "B"), "1.0 kB");
	reads(human_scaled(text, 1549999999, "B"), "1.5 GB");
	reads(human_scaled(text, 1550000000, "B"), "1.6 GB");
	reads(human_scaled(text, 2400000, "pkt"), "2.4 Mpkt");
	reads(human_scaled(text, 310499999, "B/s"), "310 MB/s");
	reads(human_scaled(text, 99949999, "B"), "99.9 MB");
	reads(human_scaled(text, 99950000, "B"), "100 MB");
	reads(human_scaled(text, 999499999, "B"), "999 MB");
	reads(human_scaled(text, 999500000, "B"), "1.0 GB");
	reads(human_scaled(text, UINT64_MAX, "B"), "18.4 EB");
	reads(human_scaled(text, UINT64_MAX, "a unit that is too long for this"),
	      "18.4 Ea unit that is t");
}

static void parts(void)
{
	reads(human_part(text, 812345678, 2000000000, "B"), "0.8/2.0 GB");
	reads(human_part(text, 0, 200000000000, "B"), "0/200 GB");
	reads(human_part(text, 41200000000, 200000000000, "B"), "41/200 GB");
	reads(human_part(text, 5, 20, "B"), "5/20 B");
	reads(human_part(text, UINT64_MAX, 1000, "a unit that is too long for this"),
	      "18446744073709551.6/1.0 ka unit that is t");
	reads(human_part(text, UINT64_MAX, UINT64_MAX, "B"), "18.4/18.4 EB");
}

static void durations(void)
{
	reads(human_duration(text, 0), "0 s");
	reads(human_duration(text, 59), "59 s");
	reads(human_duration(text, 60), "1 min");
	reads(human_duration(text, 200), "3 min 20 s");
	reads(human_duration(text, 7529), "2 h 5 min");
	reads(human_duration(text, 3629), "1 h");
	reads(human_duration(text, 3 * 86400 + 4 * 3600 + 59), "3 d 4 h");
	reads(human_duration(text, UINT64_MAX), "213503982334601 d 7 h");
}

int main(void)
{
	counts();
	scaled();
	parts();
	durations();
	return tap_done();
}
