/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of vtap-tap as pipeline drives it, without files. */
#ifndef VTAP_TESTS_LIB_TAP_RIG_H
#define VTAP_TESTS_LIB_TAP_RIG_H

#include "lib/build.h"
#include "lib/tap.h"
#include "tools/vtap-tap/tap.h"
#include "tunnel/target.h"

enum { RIG_FRAMES = 2048, RIG_FRAME_MAX = 66000 };

struct rig_frame {
	const uint8_t *data; /* in the stage's memory */
	uint32_t len, target;
	uint64_t number;
	int64_t time_ns;
	uint32_t checksum; /* of data, when it was given */
};

struct rig {
	struct section section;
	struct interface interface;
	struct tap_target targets[TAP_TARGETS_MAX];
	struct target parsed[TAP_TARGETS_MAX];
	struct tap_config config;
	struct tap *tap;
	struct stage stage;
	struct stats stats;
	struct packet in;
	uint64_t puts;
	struct rig_frame frame[RIG_FRAMES];
	unsigned frames;	      /* of the last packet */
	struct packet out;	      /* the last frame */
	uint8_t bytes[RIG_FRAME_MAX]; /* the last frame */
};

static inline void rig_begin(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->section.serial = 1;
	rig->interface = (struct interface){ .serial = 1,
					     .section = &rig->section,
					     .linktype = LINK_ETHERNET,
					     .ticks_per_s = 1000000000 };
	rig->config.targets = rig->targets;
	rig->config.sequence = true;
}

static inline struct tap_target *rig_target(struct rig *rig, const char *uri)
{
	unsigned i = rig->config.target_count++;
	struct tap_target *target = &rig->targets[i];
	struct error err;

	assert(target_parse(&rig->parsed[i], uri, &err));
	target_outer_header(&rig->parsed[i], &target->outer_header);
	memcpy(target->outer_header.source, "\x0a\0\1\5", 4);
	target_name(&rig->parsed[i], target->name);
	target->uri = uri;
	target->has_id = rig->parsed[i].has_id;
	target->id = rig->parsed[i].id;
	return target;
}

static inline void rig_start(struct rig *rig)
{
	struct error err;

	rig->tap = tap_new(&rig->config, &err);
	assert(rig->tap != NULL);
	rig->stage = tap_stage(rig->tap);
	tap_stats(rig->tap, &rig->stats);
}

static inline void rig_end(struct rig *rig)
{
	tap_free(rig->tap);
	rig->tap = NULL;
}

static inline uint32_t rig_checksum(const uint8_t *data, uint32_t len)
{
	uint32_t sum = 2166136261U;

	for (uint32_t i = 0; i < len; i++)
		sum = (sum ^ data[i]) * 16777619U;
	return sum;
}

static inline void rig_take(struct rig *rig, const struct packet *out)
{
	struct rig_frame *frame = &rig->frame[rig->frames];

	assert(rig->frames < RIG_FRAMES && out->caplen == out->len && out->len <= RIG_FRAME_MAX);
	assert(out->linktype == LINK_ETHERNET && out->interface->linktype == LINK_ETHERNET);
	*frame = (struct rig_frame){ out->data,	  out->len,	out->interface->id,
				     out->number, out->time_ns, rig_checksum(out->data, out->len) };
	memcpy(rig->bytes, out->data, out->len);
	rig->out = *out;
	rig->frames++;
}

/* One more frame; false when there are no more. */
static inline bool rig_due(struct rig *rig)
{
	struct packet out;

	if (!*rig->stage.holds || !rig->stage.due(rig->stage.self, false, &out))
		return false;
	rig_take(rig, &out);
	return true;
}

/* The verdict on a packet; its frames but the first stay to be asked for. */
static inline enum verdict rig_offer(struct rig *rig, const uint8_t *data, uint32_t caplen,
				     uint32_t len)
{
	enum verdict verdict;
	struct packet out;
	struct error err = { 0 };

	rig->in.data = data;
	rig->in.caplen = caplen;
	rig->in.len = len;
	rig->in.interface = &rig->interface;
	rig->in.linktype = rig->interface.linktype;
	rig->in.number = ++rig->puts;
	rig->frames = 0;
	out = rig->in;
	verdict = rig->stage.put(rig->stage.self, &rig->in, &out, &err);
	if (verdict == PASS)
		rig_take(rig, &out);
	return verdict;
}

/* How many frames a whole packet became. */
static inline unsigned rig_put(struct rig *rig, const uint8_t *data, uint32_t len)
{
	rig_offer(rig, data, len, len);
	while (rig_due(rig))
		;
	return rig->frames;
}

static inline unsigned rig_put_build(struct rig *rig, const struct build *b)
{
	return rig_put(rig, build_data(b), (uint32_t)build_len(b));
}

static inline uint64_t rig_counter(const struct rig *rig, const char *name)
{
	for (const struct stats_row *row = rig->stats.rows; row->name; row++) {
		uint64_t value;

		if (strcmp(row->name, name) != 0)
			continue;
		memcpy(&value, (const char *)rig->stats.counters + row->offset, sizeof(value));
		return value;
	}
	return UINT64_MAX;
}

static inline bool rig_adds_up(const struct rig *rig)
{
	uint64_t sum = 0, value;

	for (const struct stats_row *row = rig->stats.rows; row->name; row++) {
		memcpy(&value, (const char *)rig->stats.counters + row->offset, sizeof(value));
		sum += row->group == STATS_OUTCOME ? value : 0;
	}
	return sum == rig->puts;
}

/* A frame of UDP between 10.0.0.source and .destination with so many bytes in all (42 or more). */
static inline void rig_udp(struct build *b, uint8_t source, uint8_t destination, size_t len)
{
	build_clear(b);
	build_pad(b, len - 42, 0x5A);
	build_udp(b, 5001);
	build_ipv4(b, source, destination, 17);
	build_ethernet(b, 0x0800);
}

#endif
