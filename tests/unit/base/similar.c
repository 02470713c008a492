/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/similar.h"

#include <string.h>

#include "lib/tap.h"

static const char *const names[] = { "gre",	 "geneve",  "vxlan",	    "vxlan-gpe",
				     "oversize", "drop",    "outer-source", "sample",
				     "samples",	 "sampled", "tap" };

static const char *nearest(const char *word)
{
	struct similar similar = similar_to(word, strlen(word));

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		similar_offer(&similar, names[i]);
	return similar.best ? similar.best : "none";
}

static void is_near(const char *word, const char *want)
{
	char what[64];

	snprintf(what, sizeof(what), "'%s': %s", word, want);
	is_str(nearest(word), want, what);
}

int main(void)
{
	struct similar part = similar_to("vxaln:4789", 5);

	is_near("vxln", "vxlan");
	is_near("vxxlan", "vxlan");
	is_near("vxlam", "vxlan");
	is_near("vxaln", "vxlan");
	is_near("xvaln", "vxlan");
	is_near("genve", "geneve");
	is_near("VXLAN", "vxlan");
	is_near("vxlan_gpe", "vxlan-gpe");
	is_near("oversized", "oversize");
	is_near("outersource", "outer-source");
	is_near("drop", "drop");
	is_near("sample", "sample");
	is_near("sampl", "sample");
	is_near("sampleX", "sample");
	is_near("vaxl", "none");
	is_near("xvlnaa", "none");
	is_near("gree", "none");
	is_near("gr", "none");
	is_near("dro", "none");
	is_near("taps", "none");
	is_near("", "none");
	is_near("oversizeoversizeoversizeoversize", "none");
	is_near("oversizeoversizeoversizeoversizeoversize", "none");
	similar_offer(&part, "vxlan");
	is_str(part.best ? part.best : "none", "vxlan", "only the bytes that are given count");
	return tap_done();
}
