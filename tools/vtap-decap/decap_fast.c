/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_fast.h"

/* A packet of the fast path. */
struct found {
	const struct header_cache_entry *entry;
	struct output_interface *output;
	struct span left; /* what the tunnel carries */
	uint32_t len;	  /* of that on the wire */
};

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Where a packet ends on the wire: never behind what the outer lengths claim, as peel_packet() has
 * it. Out of line, since most packets end where they claim. */
__attribute__((noinline)) static uint32_t wire_end(uint32_t caplen, uint32_t len, uint32_t end)
{
	return smaller(len < caplen ? caplen : len, end);
}

/* A datagram that fills its tunnel is no GSO packet; else its header would repeat. */
SPAN_INLINE bool may_be_gso(const struct found *found, struct span packet, uint64_t claim)
{
	return claim != found->left.len && found->entry->tunnel != 0 &&
	       udp_gso_repeats(span_from(packet, found->entry->tunnel));
}

SPAN_INLINE bool find(const struct decap *decap, const struct interface *interface,
		      struct span packet, uint32_t len, struct found *found)
{
	struct header_cache_inside inside;
	uint32_t end;

	found->entry = header_cache_lookup(&decap->cache, packet, &end);
	if (!found->entry)
		return false;
	found->output = found->entry->value;
	if (!output_interface_takes(found->output, interface))
		return false;
	/* Empty if the packet ends in front of it: nothing is inside then. */
	found->left = span_from(span_first(packet, end), found->entry->offset);
	if (end != packet.len)
		end = wire_end((uint32_t)packet.len, len, end);
	found->len = end - found->entry->offset;
	return header_cache_inside(&decap->table, found->entry->linktype, found->left, &inside) &&
	       !may_be_gso(found, packet, inside.end);
}

bool decap_fast_packet(void *self, struct fast_packet *fast)
{
	struct decap *decap = self;
	struct found found;

	if (!find(decap, fast->interface, fast->packet, fast->len, &found) ||
	    !stage_may_keep(fast, found.output->interface.linktype))
		return false;
	fast->offset = found.entry->offset;
	fast->caplen = (uint32_t)found.left.len;
	fast->kept_len = found.len;
	fast->to = &found.output->interface;
	decap_count(decap, found.entry->index, found.output->origin, found.left.len);
	return true;
}

bool decap_fast_put(struct decap *decap, const struct packet *in, struct packet *out,
		    enum verdict *verdict, struct error *err)
{
	struct counters *counters = &decap->counters;
	struct found found;

	if (!find(decap, in->interface, span_of(in->data, in->caplen), in->len, &found))
		return false;
	out->data = found.left.data;
	out->caplen = (uint32_t)found.left.len;
	out->len = found.len;
	decap_count(decap, found.entry->index, found.output->origin, found.left.len);
	decap_move(out, &found.output->interface);
	*verdict = PASS;
	if ((out->options.len == 0 ||
	     decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs)) &&
	    (!decap->config->live || interface_statistics_see(&decap->statistics, out->interface)))
		return true;
	error_set(err, "not enough memory for one more source");
	*verdict = FAILED;
	return true;
}
