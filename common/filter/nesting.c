/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/nesting.h"

/* The first fragments that the tunnels of one packet are in, the outermost first. */
struct nesting_firsts {
	unsigned count;
	struct {
		struct fragment_key key;
		unsigned outside; /* tunnels around the fragment */
	} first[NESTING_MOST + 1];
};

/* The first fragment of GRE or IP in IP has the tunnel's header behind its own, as a packet that is
 * no fragment. */
static void nesting_open_fragment(struct headers *headers)
{
	if (headers->end == HEADERS_FRAGMENT && !(headers->flags & HEADERS_LATER_FRAGMENT))
		headers->end = HEADERS_IP_PAYLOAD;
}

static void nesting_collect_first(struct nesting_firsts *firsts, const struct headers *headers,
				  struct span packet, unsigned outside)
{
	if (headers->more_fragments && firsts->count <= NESTING_MOST &&
	    fragment_depths_key(&firsts->first[firsts->count].key, headers, packet))
		firsts->first[firsts->count++].outside = outside;
}

static unsigned nesting_of_later(const struct fragment_depths *depths,
				 const struct headers *headers, struct span packet)
{
	struct fragment_key key;

	if (!(headers->flags & HEADERS_LATER_FRAGMENT) ||
	    !fragment_depths_key(&key, headers, packet))
		return 0;
	return fragment_depths_find(depths, &key);
}

/* Returns true if the fragment ends within headers of which a further tunnel may be one. */
static bool nesting_is_cut(const struct headers *last, const struct encap_table *table,
			   enum encap_verdict verdict)
{
	if (verdict == ENCAP_TRUNCATED)
		return true;
	if (last->end != HEADERS_TRUNCATED)
		return false;
	return last->ip_version == 0 || last->protocol == IPPROTO_UDP ||
	       headers_is_extension(last->protocol) || table->protocol[last->protocol] != 0;
}

static void nesting_note_firsts(const struct nesting_firsts *firsts, struct fragment_depths *depths,
				unsigned depth, bool at_least)
{
	for (unsigned i = 0; i < firsts->count; i++)
		fragment_depths_note(depths, &firsts->first[i].key,
				     depth - firsts->first[i].outside, at_least);
}

void nesting_count(struct nesting *nesting, const struct headers *headers,
		   const struct encap_table *table, struct fragment_depths *depths,
		   struct span packet, unsigned most)
{
	struct headers inner = *headers;
	struct nesting_firsts firsts;
	enum encap_verdict verdict = ENCAP_OK;
	struct tunnel tunnel;
	bool quoted = headers_quoted(headers, packet, &inner);

	*nesting = (struct nesting){ 0 };
	firsts.count = 0;
	while (nesting->depth <= most) {
		/* What ICMP quotes is cut, and whoever likes can send it. */
		if (!quoted)
			nesting_collect_first(&firsts, &inner, packet, nesting->depth);
		nesting_open_fragment(&inner);
		verdict = encap_parse(&inner, table, packet, &tunnel);
		if (verdict != ENCAP_OK)
			break;
		nesting->depth++;
		nesting->end = inner.payload + tunnel.header_len;
		headers_parse(&inner, tunnel.linktype, packet, nesting->end);
	}
	nesting->depth += nesting_of_later(depths, &inner, packet);
	if (firsts.count > 0 && nesting_is_cut(&inner, table, verdict))
		nesting->depth = most + 1;
	if (nesting->depth > most)
		nesting->depth = most + 1;
	nesting_note_firsts(&firsts, depths, nesting->depth, nesting->depth > most);
}
