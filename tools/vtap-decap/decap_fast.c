/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_fast.h"

#include "decap_choose.h"

/* What the cache says of a packet. */
struct fast_found {
	const struct header_cache_entry *entry;
	struct output_interface *output;
	struct span left; /* what the tunnel carries */
	uint32_t len;	  /* bytes of that on the wire */
};

static inline uint32_t fast_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Returns where a packet ends on the wire: as in peel_packet(), never behind the end that the outer
 * lengths claim. It is out of line because most packets end where they claim.
 */
__attribute__((noinline)) static uint32_t wire_end(uint32_t caplen, uint32_t len, uint32_t end)
{
	return fast_min(len < caplen ? caplen : len, end);
}

/*
 * Returns true if the bytes may be a GSO packet. In one the tunnel header repeats behind the first
 * datagram, so the inner IP packet does not fill what the tunnel carries.
 */
SPAN_INLINE bool may_be_gso(const struct fast_found *found, struct span packet, uint64_t claim)
{
	return claim != found->left.len && found->entry->tunnel != 0 &&
	       udp_gso_repeats(span_from(packet, found->entry->tunnel));
}

SPAN_INLINE bool fast_find_tunnel(const struct decap *decap, const struct interface *interface,
				  struct span packet, uint32_t len, struct fast_found *found)
{
	struct header_cache_inside inside;
	uint32_t end;

	found->entry = header_cache_lookup(&decap->cache, packet, &end);
	if (!found->entry)
		return false;
	found->output = found->entry->value;
	if (!origins_may_write(found->output, interface))
		return false;
	/* This is empty if the outer lengths end in front of it. */
	found->left = span_from(span_first(packet, end), found->entry->offset);
	if (end != packet.len)
		end = wire_end((uint32_t)packet.len, len, end);
	found->len = end - found->entry->offset;
	return header_cache_inside(&decap->table, found->entry->linktype, found->left, &inside) &&
	       !may_be_gso(found, packet, inside.end);
}

SPAN_INLINE void fast_keep(struct decap *decap, const struct fast_found *found,
			   struct fast_packet *fast)
{
	fast->offset = found->entry->offset;
	fast->caplen = (uint32_t)found->left.len;
	fast->kept_len = found->len;
	fast->to = &found->output->interface;
	decap_count(decap, found->entry->index, found->output, found->left.len);
}

bool decap_fast_packet(void *self, struct fast_packet *fast)
{
	struct decap *decap = self;
	struct fast_found found;

	if (!fast_find_tunnel(decap, fast->interface, fast->packet, fast->len, &found) ||
	    !stage_may_keep(fast, found.output->interface.linktype))
		return false;
	fast_keep(decap, &found, fast);
	return true;
}

/* What choice_judge() looks at; err is for the full path, which judges the packet again. */
static enum choice_verdict fast_judge(const struct decap *decap, const struct fast_found *found,
				      int64_t time_ns)
{
	const struct interface *to = &found->output->interface;
	struct packet out = { .data = found->left.data,
			      .caplen = (uint32_t)found->left.len,
			      .len = found->len,
			      .linktype = to->linktype,
			      .interface = to,
			      .time_ns = time_ns };
	struct error err;

	return choice_judge(decap->config->choice, &out, true, &err);
}

bool decap_fast_chosen(void *self, struct fast_packet *fast)
{
	struct decap *decap = self;
	enum choice_verdict verdict;
	struct fast_found found;

	if (!fast_find_tunnel(decap, fast->interface, fast->packet, fast->len, &found))
		return false;
	verdict = fast_judge(decap, &found, fast->time_ns);
	fast->left_out = verdict == CHOICE_OUT_OF_TIME || verdict == CHOICE_FILTERED;
	if (fast->left_out) {
		decap_choose_count(decap, verdict);
		decap->counters.tunnels[found.entry->index]++;
		return true;
	}
	if (verdict == CHOICE_FAILED || !stage_may_keep(fast, found.output->interface.linktype))
		return false;
	/* The packet from which the cache learned the tunnel was perhaps left out. */
	interface_statistics_add(&decap->statistics, &found.output->statistics);
	fast_keep(decap, &found, fast);
	return true;
}

bool decap_fast_put(struct decap *decap, const struct packet *in, struct packet *out,
		    enum verdict *verdict, struct error *err)
{
	struct counters *counters = &decap->counters;
	struct fast_found found;

	if (!fast_find_tunnel(decap, in->interface, span_of(in->data, in->caplen), in->len, &found))
		return false;
	out->data = found.left.data;
	out->caplen = (uint32_t)found.left.len;
	out->len = found.len;
	decap_move(out, &found.output->interface);
	if (out->options.len != 0 &&
	    !decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs)) {
		*verdict = decap_out_of_memory(decap, err);
		return true;
	}
	*verdict = decap_choose(decap, out, &found.output->statistics, decap->timed, err);
	if (*verdict != PASS) {
		counters->tunnels[found.entry->index]++;
		return true;
	}
	decap->outcome = &counters->stripped;
	decap->entry = &found.output->statistics;
	decap_count(decap, found.entry->index, found.output, found.left.len);
	return true;
}
