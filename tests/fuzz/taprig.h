/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of vtap-tap for harnesses. */
#ifndef VTAP_FUZZ_TAPRIG_H
#define VTAP_FUZZ_TAPRIG_H

#include "stage.h"
#include "tools/vtap-tap/tap.h"
#include "tunnel/target.h"

static const char *const taprig_uris[] = {
	"vxlan://10.0.0.9/5",	  "vxlan-gpe://[2001:db8::9]/5", "geneve://10.0.0.9/5",
	"gre://10.0.0.9",	  "gre://[2001:db8::9]/77",	 "erspan1://10.0.0.9",
	"erspan2://10.0.0.9/999", "erspan3://[2001:db8::9]/1",
};
enum { TAPRIG_URIS = sizeof(taprig_uris) / sizeof(taprig_uris[0]) };

struct taprig {
	struct fuzz_stage fuzz;
	struct target parsed[2];
	struct tap_target target[2];
	struct tap_config config;
	struct tap *tap;
	struct stats stats;
};

static inline void taprig_target(struct taprig *rig, unsigned uri)
{
	unsigned i = rig->config.target_count++;
	struct tap_target *target = &rig->target[i];
	struct error err;

	FUZZ_CHECK(target_parse(&rig->parsed[i], taprig_uris[uri % TAPRIG_URIS], &err));
	*target = (struct tap_target){ .uri = taprig_uris[uri % TAPRIG_URIS],
				       .has_id = rig->parsed[i].has_id,
				       .id = rig->parsed[i].id };
	target_outer_header(&rig->parsed[i], &target->outer_header);
	memcpy(target->outer_header.source, "\x0a\0\1\5", 4);
	target_name(&rig->parsed[i], target->name);
}

static inline void taprig_begin(struct taprig *rig)
{
	memset(rig, 0, sizeof(*rig));
	fuzz_stage_begin(&rig->fuzz);
	rig->config.targets = rig->target;
}

/* When config is as it is to be. */
static inline void taprig_start(struct taprig *rig)
{
	struct error err;

	rig->tap = tap_new(&rig->config, &err);
	FUZZ_CHECK(rig->tap != NULL);
	rig->fuzz.stage = tap_stage(rig->tap);
	tap_stats(rig->tap, &rig->stats);
	rig->fuzz.rows = rig->stats.rows;
	rig->fuzz.counters = rig->stats.counters;
}

#endif
