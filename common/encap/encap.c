/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "encap/encap.h"

#include "base/similar.h"
#include "encap/codecs.h"

#define ENCAP_ROW(name) &encap_##name,
static const struct encap *const codecs[] = { ENCAP_CODECS(ENCAP_ROW) };

enum { COUNT = sizeof codecs / sizeof codecs[0] };
_Static_assert(COUNT <= 32, "encap_select.wanted has 32 bits");

const struct encap *encap_at(unsigned index)
{
	return index < COUNT ? codecs[index] : NULL;
}

unsigned encap_count(void)
{
	return COUNT;
}

const struct encap *encap_find(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(codecs[i]->name, name) == 0)
			return codecs[i];
	return NULL;
}

const char *encap_similar(const char *word, size_t len, bool (*usable)(const struct encap *encap))
{
	struct similar similar = similar_to(word, len);

	for (unsigned i = 0; i < COUNT; i++)
		if (!usable || usable(codecs[i]))
			similar_offer(&similar, codecs[i]->name);
	return similar.best && strlen(similar.best) == len && memcmp(similar.best, word, len) == 0
		       ? NULL
		       : similar.best;
}

unsigned encap_index(const struct encap *encap)
{
	unsigned i = 0;

	while (i < COUNT && codecs[i] != encap)
		i++;
	return i;
}

void encap_select_all(struct encap_select *select)
{
	*select = (struct encap_select){ .wanted = (uint32_t)((UINT64_C(1) << COUNT) - 1) };
}

void encap_select_default(struct encap_select *select)
{
	encap_select_all(select);
	for (unsigned i = 0; i < COUNT; i++)
		if (codecs[i]->on_request)
			select->wanted &= ~(UINT32_C(1) << i);
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

static bool is_selected(const struct encap_select *select, unsigned index)
{
	return select->wanted >> index & 1;
}

static void add_port(struct encap_table *table, uint16_t number, unsigned index)
{
	unsigned slot = number % ENCAP_PORT_SLOTS, count = table->port[slot].count;

	if (!is_selected(table->select, index))
		return;
	if (count > 0 && table->port[slot].port == number && table->port[slot].index == index)
		return;
	table->port[slot].port = number;
	table->port[slot].index = (uint8_t)index;
	table->port[slot].count = (uint8_t)(count + (count < 2));
}

enum { NUMBERS = sizeof((struct encap){ 0 }.numbers) / sizeof(uint16_t) };

static void add_codec(struct encap_table *table, unsigned index)
{
	const struct encap *encap = codecs[index];

	for (unsigned i = 0; i < NUMBERS && encap->numbers[i] != 0; i++)
		if (encap->carrier == CARRIER_UDP)
			add_port(table, encap->numbers[i], index);
		else if (is_selected(table->select, index))
			table->protocol[encap->numbers[i] & 0xFF] |= UINT32_C(1) << index;
}

void encap_table_init(struct encap_table *table, const struct encap_select *select)
{
	*table = (struct encap_table){ .select = select };
	for (unsigned i = 0; i < COUNT; i++)
		add_codec(table, i);
	for (unsigned i = 0; i < select->ports; i++)
		if (select->port[i].encap < COUNT)
			add_port(table, select->port[i].port, select->port[i].encap);
}

/* Callers try only codecs that are selected, so that others do not report damage either. */
static enum encap_verdict try_codec(unsigned index, const struct encap_select *select,
				    struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	enum encap_verdict verdict;

	*tunnel = (struct tunnel){ .encap = codecs[index],
				   .index = (uint8_t)index,
				   .payload_len = UINT32_MAX };
	verdict = codecs[index]->parse(bytes, number, tunnel);
	if (verdict == ENCAP_OK && !encap_id_selected(select, tunnel))
		return ENCAP_NOT_MINE;
	return verdict;
}

static enum encap_verdict try_protocol(const struct encap_table *table, struct span bytes,
				       uint8_t protocol, struct tunnel *tunnel)
{
	enum encap_verdict verdict = ENCAP_NOT_MINE;
	uint32_t left = table->protocol[protocol];

	for (; left != 0 && verdict == ENCAP_NOT_MINE; left &= left - 1)
		verdict = try_codec((unsigned)__builtin_ctz(left), table->select, bytes, protocol,
				    tunnel);
	return verdict;
}

bool encap_has_number(const struct encap *encap, uint16_t number)
{
	for (unsigned i = 0; i < NUMBERS && encap->numbers[i] != 0; i++)
		if (encap->numbers[i] == number)
			return true;
	return false;
}

/* Tries all codecs that have the port, those of --port first. It serves the ports whose slot of the
 * table is shared by several pairs of port and codec. */
static enum encap_verdict search_port(const struct encap_select *select, struct span bytes,
				      uint16_t port, struct tunnel *tunnel)
{
	enum encap_verdict verdict = ENCAP_NOT_MINE;

	for (unsigned i = 0; i < select->ports && verdict == ENCAP_NOT_MINE; i++)
		if (select->port[i].port == port && select->port[i].encap < COUNT &&
		    is_selected(select, select->port[i].encap))
			verdict = try_codec(select->port[i].encap, select, bytes, port, tunnel);
	for (unsigned i = 0; i < COUNT && verdict == ENCAP_NOT_MINE; i++)
		if (codecs[i]->carrier == CARRIER_UDP && is_selected(select, i) &&
		    encap_has_number(codecs[i], port))
			verdict = try_codec(i, select, bytes, port, tunnel);
	return verdict;
}

static enum encap_verdict try_port(const struct encap_table *table, struct span bytes,
				   uint16_t port, struct tunnel *tunnel)
{
	unsigned slot = port % ENCAP_PORT_SLOTS;

	if (!encap_may_be_tunnel(table, port))
		return ENCAP_NOT_MINE;
	if (table->port[slot].count > 1)
		return search_port(table->select, bytes, port, tunnel);
	return try_codec(table->port[slot].index, table->select, bytes, port, tunnel);
}

enum encap_verdict encap_parse(const struct headers *headers, const struct encap_table *table,
			       struct span packet, struct tunnel *tunnel)
{
	struct span payload = span_from(packet, headers->payload);

	if (headers->end == HEADERS_IP_PAYLOAD)
		return try_protocol(table, payload, headers->protocol, tunnel);
	/* The source port does not count: mirrors send and never answer, and their source port is a
	 * hash (RFC 7348 section 5) that may be any number. */
	if (headers->end == HEADERS_TRANSPORT && headers_is_udp(headers))
		return try_port(table, payload, headers->dst_port, tunnel);
	return ENCAP_NOT_MINE;
}
