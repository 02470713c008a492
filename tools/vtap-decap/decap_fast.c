/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_fast.h"

/*
 * What is more than a count of packets: strip() knows how. By sequence_bits, for has_sequence
 * would be read in one word with has_id, which has just been written, and wait for it.
 */
static bool is_special(const struct tunnel *tunnel)
{
	return tunnel->meta != 0 || tunnel->sequence_bits != 0 || tunnel->cut ||
	       tunnel->anomalies != 0;
}

/* Most packets: what a glance shows, from a origin that is known. */
struct known {
	uint32_t offset, caplen, len; /* of what is left */
	unsigned encap;
	bool fills; /* as in struct glance */
	const struct interface *to;
	struct origin *origin;
};

static bool is_known(struct decap *decap, const struct packet *in, struct known *known)
{
	struct glance glance;

	if (!glance_at(&glance, &decap->glance, in->linktype, in->data, in->caplen, in->len) ||
	    is_special(&glance.tunnel) ||
	    (decap->config->ether && glance.tunnel.linktype != LINK_ETHERNET))
		return false;
	known->offset = glance.offset;
	known->caplen = glance.caplen;
	known->len = glance.len;
	known->encap = glance.encap;
	known->fills = glance.fills;
	known->to = origins_known(decap->origins, &glance, in->interface, &known->origin);
	if (known->to)
		stencil_learn(decap->stencils, span_of(in->data, in->caplen), &glance,
			      &(struct stencil_known){ in->interface, known->to, known->origin });
	return known->to != NULL;
}

static inline void count_known(struct decap *decap, unsigned encap, struct origin *origin,
			       size_t bytes)
{
	decap->counters.stripped++;
	decap->counters.tunnels[encap]++;
	decap->counters.left[PEEL_PLAIN]++;
	origin->packets++;
	origin->bytes += bytes;
}

/* out has the bytes and lengths of what is left. */
static inline enum verdict strip_onto(struct decap *decap, const struct interface *to,
				      struct packet *out, struct error *err)
{
	struct counters *counters = &decap->counters;

	decap_move(out, to);
	if ((out->options.len == 0 ||
	     decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs)) &&
	    (!decap->config->live || interface_statistics_see(&decap->statistics, to)))
		return PASS;
	error_set(err, "not enough memory for one more source");
	return FAILED;
}

/* As strip(). */
static enum verdict strip_known(struct decap *decap, const struct known *known, struct packet *out,
				struct error *err)
{
	out->data += known->offset;
	out->caplen = known->caplen;
	out->len = known->len;
	count_known(decap, known->encap, known->origin, known->caplen);
	return strip_onto(decap, known->to, out, err);
}

/* Interfaces that differ in their times only. */
static bool is_alike(const struct interface *a, const struct interface *b)
{
	return a->linktype == b->linktype && a->ticks_per_s == b->ticks_per_s &&
	       a->offset_s == b->offset_s;
}

/*
 * The stencil of a packet that is certainly no run and carries no other tunnel; *left is what it
 * carries. NULL: look closer.
 */
SPAN_INLINE const struct stencil *stencil_of(const struct decap *decap,
					     const struct interface *interface, struct span packet,
					     struct span *left)
{
	const struct stencil *stencil = stencil_find(decap->stencils, packet);
	bool fills;

	if (!stencil || (stencil->from != interface && !is_alike(stencil->from, interface)))
		return NULL;
	*left = span_from(packet, stencil->offset);
	if (!glance_inside(&decap->glance, stencil->linktype, *left, &fills) ||
	    (!fills && udp_gso_repeats(stencil_payload(stencil, packet))))
		return NULL;
	return stencil;
}

bool decap_fast_take(void *self, struct fast_packet *fast)
{
	struct decap *decap = self;
	struct span left;
	const struct stencil *stencil = stencil_of(decap, fast->interface, fast->packet, &left);

	if (!stencil || !stage_may_keep(fast, stencil->to->linktype))
		return false;
	fast->offset = stencil->offset;
	fast->caplen = fast->kept_len = (uint32_t)left.len;
	fast->to = stencil->to;
	count_known(decap, stencil->encap, stencil->owner, left.len);
	return true;
}

enum verdict decap_fast_part(struct decap *decap, const struct packet *part, struct packet *out,
			     struct error *err)
{
	struct known known;

	if (is_known(decap, part, &known))
		return strip_known(decap, &known, out, err);
	return decap_judge(decap, part, out, err);
}

static enum verdict look_closer(struct decap *decap, const struct packet *in, struct packet *out,
				struct error *err)
{
	struct known known;
	bool is = is_known(decap, in, &known);

	if (is && known.fills)
		return strip_known(decap, &known, out, err);
	if (udp_gso_begin(decap->udp_gso, in)) {
		decap->runs.cut++;
		decap->runs.more--;
		decap->holds = true;
		return HOLD;
	}
	return is ? strip_known(decap, &known, out, err) : decap_judge(decap, in, out, err);
}

enum verdict decap_fast_put(void *self, const struct packet *in, struct packet *out,
			    struct error *err)
{
	struct decap *decap = self;
	struct span left;
	const struct stencil *stencil =
		stencil_of(decap, in->interface, span_of(in->data, in->caplen), &left);

	decap->now_ns = in->time_ns;
	if (!stencil)
		return look_closer(decap, in, out, err);
	out->data = left.data;
	out->caplen = out->len = (uint32_t)left.len;
	count_known(decap, stencil->encap, stencil->owner, left.len);
	return strip_onto(decap, stencil->to, out, err);
}
