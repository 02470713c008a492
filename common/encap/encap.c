/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of encapsulations: which codec, and is it selected? */
#include "encap/encap.h"

#include "encap/codecs.h"

#define ENCAP_ROW(name) &encap_##name,
static const struct encap *const table[] = { ENCAP_CODECS(ENCAP_ROW) };

enum { COUNT = sizeof table / sizeof table[0] };
_Static_assert(COUNT <= 32, "encap_select.wanted has 32 bits");

const struct encap *encap_at(unsigned index)
{
	return index < COUNT ? table[index] : NULL;
}

unsigned encap_count(void)
{
	return COUNT;
}

const struct encap *encap_find(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

unsigned encap_index(const struct encap *encap)
{
	unsigned i = 0;

	while (i < COUNT && table[i] != encap)
		i++;
	return i;
}

void encap_select_all(struct encap_select *select)
{
	*select = (struct encap_select){ .wanted = (uint32_t)((UINT64_C(1) << COUNT) - 1) };
}

bool encap_id_selected(const struct encap_select *select, const struct tunnel *tunnel)
{
	if (select->ranges == 0)
		return true;
	for (unsigned i = 0; tunnel->has_id && i < select->ranges; i++)
		if (tunnel->id >= select->range[i].first && tunnel->id <= select->range[i].last)
			return true;
	return false;
}

/* One codec's opinion. What is not selected is not looked at, so that it cannot be reported as
 * damaged either. */
static enum encap_verdict try_codec(unsigned index, const struct encap_select *select,
				    struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	enum encap_verdict verdict;

	if (!(select->wanted >> index & 1))
		return ENCAP_NOT_MINE;
	*tunnel = (struct tunnel){ .encap = table[index], .payload_len = UINT32_MAX };
	verdict = table[index]->parse(bytes, number, tunnel);
	if (verdict == ENCAP_OK && !encap_id_selected(select, tunnel))
		return ENCAP_NOT_MINE;
	return verdict;
}

static bool has_number(const struct encap *encap, uint16_t number)
{
	enum { MAX = sizeof encap->numbers / sizeof encap->numbers[0] };

	for (unsigned i = 0; i < MAX && encap->numbers[i] != 0; i++)
		if (encap->numbers[i] == number)
			return true;
	return false;
}

static enum encap_verdict try_table(enum encap_carrier carrier, const struct encap_select *select,
				    struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	enum encap_verdict verdict = ENCAP_NOT_MINE;

	for (unsigned i = 0; i < COUNT && verdict == ENCAP_NOT_MINE; i++)
		if (table[i]->carrier == carrier && has_number(table[i], number))
			verdict = try_codec(i, select, bytes, number, tunnel);
	return verdict;
}

static enum encap_verdict try_port(const struct encap_select *select, struct span bytes,
				   uint16_t port, struct tunnel *tunnel)
{
	enum encap_verdict verdict = ENCAP_NOT_MINE;

	for (unsigned i = 0; i < select->ports && verdict == ENCAP_NOT_MINE; i++)
		if (select->port[i].port == port && select->port[i].encap < COUNT)
			verdict = try_codec(select->port[i].encap, select, bytes, port, tunnel);
	if (verdict == ENCAP_NOT_MINE)
		verdict = try_table(CARRIER_UDP, select, bytes, port, tunnel);
	return verdict;
}

enum encap_verdict encap_parse(const struct layers *layers, const struct encap_select *select,
			       struct span bytes, struct tunnel *tunnel)
{
	struct span payload = span_from(bytes, layers->payload);

	if (layers->ip < 0)
		return ENCAP_NOT_MINE;
	if (layers->end == LAYERS_IP_PAYLOAD)
		return try_table(CARRIER_IP, select, payload, layers->layer[layers->ip].next,
				 tunnel);
	/* By destination port only: mirrors send and never answer, and their source port is a hash
	 * (RFC 7348 section 4.1) that may be any number. */
	if (layers->end == LAYERS_TRANSPORT && layers->transport >= 0 &&
	    layers->layer[layers->transport].protocol == LAYER_UDP)
		return try_port(select, payload, layers->layer[layers->transport].tag2, tunnel);
	return ENCAP_NOT_MINE;
}
