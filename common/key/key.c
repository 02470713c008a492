/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/key.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/similar.h"
#include "header/fields.h"
#include "header/flow.h"
#include "key/key_flow.h"
#include "key/shorten.h"
#include "tunnel/origin.h"
#include "tunnel/vlan_comment.h"

enum { TAGS_MAX = 400 }; /* VLAN tags of a packet; further ones are ignored */

/* Bits of key_spec.choices: kinds that look at either end of a packet. */
enum { CHOICE_MAC = 1, CHOICE_HOST = 2 };

/* What each kind makes its part of the key from. */
struct key_input {
	const struct packet *packet;
	struct span bytes;
	const struct peel *peel;
	const struct interface_origin *taken; /* tunnels that were taken off before */
	bool has_flow;
	struct flow flow; /* of the innermost packet, with the ends as sent */
	unsigned choice;  /* bit set: this kind takes the destination */
};

/* What a kind looks at. */
enum key_depth {
	SEES_INNERMOST, /* only what all tunnels carry */
	SEES_INNER,	/* tunnels, and what they carry */
	SEES_TUNNEL,	/* tunnels, and the interface's name */
	SEES_RECORD,	/* the interface and the link type, but no byte of the packet */
};

struct key_kind {
	const char *name;
	/* Writes bytes and returns how many; 0 if the packet does not have that part. */
	size_t (*make)(const struct key_input *input, uint8_t *to);
	/* Writes the text of such bytes, with a NUL. */
	void (*write)(const uint8_t *bytes, size_t len, char *text);
	enum key_depth depth;
	unsigned choice; /* CHOICE_MAC or CHOICE_HOST if the kind takes either end; else 0 */
};

static size_t make_interface(const struct key_input *input, uint8_t *to)
{
	const struct interface *interface = input->packet->interface;
	char *text = (char *)to;

	if (!interface->name || !*interface->name)
		return (size_t)sprintf(text, "if%" PRIu32, interface->id);
	return shorten(text, interface->name, strlen(interface->name), KEY_INTERFACE_MAX);
}

static void write_interface(const uint8_t *bytes, size_t len, char *text)
{
	memcpy(text, bytes, len);
	text[len] = '\0';
}

/* The first byte is 1 in front of a tunnel's origin, 0 in front of an interface's name. */
static size_t make_source(const struct key_input *input, uint8_t *to)
{
	size_t len = input->taken->len;

	*to = input->peel->count > 0;
	if (!*to)
		return 1 + make_interface(input, to + 1);
	memcpy(to + 1, input->taken->key, len);
	return 1 + len + origin_key(input->peel, input->bytes, to + 1 + len);
}

static void write_source(const uint8_t *bytes, size_t len, char *text)
{
	if (*bytes)
		origin_name(bytes + 1, len - 1, text);
	else
		write_interface(bytes + 1, len - 1, text);
}

static size_t make_outer_source(const struct key_input *input, uint8_t *to)
{
	const uint8_t *address;
	struct flow flow;

	if (input->taken->len > 0) {
		address = origin_address(input->taken->key);
		if (address)
			memcpy(to, address, ORIGIN_ADDRESS_LEN);
		return address ? ORIGIN_ADDRESS_LEN : 0;
	}
	if (input->peel->count == 0 || !flow_of(&flow, &input->peel->headers[0], input->bytes))
		return 0;
	return key_flow_put_end(to, &flow, &flow.source);
}

static size_t make_ip_source(const struct key_input *input, uint8_t *to)
{
	return input->has_flow ? key_flow_put_end(to, &input->flow, &input->flow.source) : 0;
}

static size_t make_ip_destination(const struct key_input *input, uint8_t *to)
{
	return input->has_flow ? key_flow_put_end(to, &input->flow, &input->flow.destination) : 0;
}

static size_t make_host(const struct key_input *input, uint8_t *to)
{
	return input->choice & CHOICE_HOST ? make_ip_destination(input, to)
					   : make_ip_source(input, to);
}

static size_t make_id(const struct key_input *input, uint8_t *to)
{
	size_t len = 0;
	uint32_t id;

	for (size_t at = 0; at < input->taken->len; at += ORIGIN_KEY_LEN) {
		if (!origin_id(input->taken->key + at, &id))
			continue;
		memcpy(to + len, &id, sizeof(id));
		len += sizeof(id);
	}
	for (unsigned i = 0; i < input->peel->count; i++) {
		const struct tunnel *tunnel = &input->peel->layer[i].tunnel;

		if (!tunnel->has_id)
			continue;
		memcpy(to + len, &tunnel->id, sizeof(tunnel->id));
		len += sizeof(tunnel->id);
	}
	return len;
}

static void write_id(const uint8_t *bytes, size_t len, char *text)
{
	for (size_t at = 0; at < len; at += sizeof(uint32_t)) {
		uint32_t id;

		memcpy(&id, bytes + at, sizeof(id));
		text += sprintf(text, "%s%" PRIu32, at ? "+" : "", id);
	}
}

static size_t make_encap(const struct key_input *input, uint8_t *to)
{
	size_t len = 0;

	for (size_t at = 0; at < input->taken->len; at += ORIGIN_KEY_LEN)
		to[len++] = origin_encap(input->taken->key + at);
	for (unsigned i = 0; i < input->peel->count; i++)
		to[len++] = input->peel->layer[i].tunnel.index;
	return len;
}

static void write_encap(const uint8_t *bytes, size_t len, char *text)
{
	for (size_t i = 0; i < len; i++)
		text += sprintf(text, "%s%s", i ? "+" : "", encap_at(bytes[i])->name);
}

static size_t copy_mac(const struct key_input *input, size_t offset, uint8_t *to)
{
	if (peel_inner(input->peel)->link != HEADERS_LINK_ETHERNET)
		return 0;
	return span_copy(input->bytes, input->peel->offset + offset, to, MAC_LEN) ? MAC_LEN : 0;
}

static size_t make_mac_source(const struct key_input *input, uint8_t *to)
{
	return copy_mac(input, ETHERNET_SRC_AT, to);
}

static size_t make_mac(const struct key_input *input, uint8_t *to)
{
	return copy_mac(input, input->choice & CHOICE_MAC ? ETHERNET_DST_AT : ETHERNET_SRC_AT, to);
}

static void write_mac(const uint8_t *bytes, size_t len, char *text)
{
	for (size_t i = 0; i < len; i++)
		text += sprintf(text, "%s%02x", i ? ":" : "", bytes[i]);
}

static size_t make_pair(const struct key_input *input, uint8_t *to)
{
	struct flow flow = input->flow;
	size_t len;

	if (!input->has_flow)
		return 0;
	flow_normalise(&flow);
	len = key_flow_put_end(to, &flow, &flow.source);
	return len + key_flow_put_end(to + len, &flow, &flow.destination);
}

static void write_pair(const uint8_t *bytes, size_t len, char *text)
{
	key_flow_write_end(bytes, len, text);
	text += strlen(text);
	*text++ = '_';
	key_flow_write_end(bytes + KEY_FLOW_END_LEN, len, text);
}

static size_t make_flow(const struct key_input *input, uint8_t *to)
{
	struct flow flow = input->flow;

	if (!input->has_flow)
		return 0;
	flow_normalise(&flow);
	return key_flow_put(to, &flow);
}

/* i is the index of a tunnel, or peel->count for what the last one carries. */
static unsigned vlans_of(const struct key_input *input, unsigned i, uint16_t vids[TAGS_MAX])
{
	const struct peel *peel = input->peel;
	const struct headers *headers = &peel->headers[i];
	uint32_t linktype = i > 0 ? peel->layer[i - 1].tunnel.linktype : input->packet->linktype;

	if (headers->vlans <= HEADERS_VLANS) {
		memcpy(vids, headers->vlan, headers->vlans * sizeof(*vids));
		return headers->vlans;
	}
	return headers_vlans(linktype, input->bytes, i > 0 ? peel->layer[i - 1].payload : 0, vids,
			     TAGS_MAX);
}

/* Returns the VID that the mirror tells of a frame without a tag, or 0: of the packet itself by its
 * comment, of what a tunnel carries by the tunnel's header. i is that of vlans_of(). */
static uint16_t told_vlan(const struct key_input *input, unsigned i)
{
	if (i > 0)
		return peel_told_vlan(input->peel, i - 1);
	return input->peel->headers[0].vlans == 0 ? vlan_comment_of(input->packet) : 0;
}

static size_t make_vlan(const struct key_input *input, uint8_t *to)
{
	struct patch patch = { to, 2 * TAGS_MAX };
	uint16_t vids[TAGS_MAX];
	size_t len = 0;

	for (unsigned i = 0; i <= input->peel->count; i++) {
		unsigned count = vlans_of(input, i, vids);
		uint16_t told = told_vlan(input, i);

		if (told != 0)
			vids[count++] = told;
		for (unsigned k = 0; k < count; k++)
			if (patch_be16(patch, len, vids[k]))
				len += 2;
	}
	return len;
}

static void write_vlan(const uint8_t *bytes, size_t len, char *text)
{
	uint16_t tag;

	for (size_t at = 0; span_be16(span_of(bytes, len), at, &tag); at += 2)
		text += sprintf(text, "%s%u", at ? "." : "", tag);
}

static size_t make_linktype(const struct key_input *input, uint8_t *to)
{
	patch_be32((struct patch){ to, 4 }, 0, linktype_one_raw(input->packet->linktype));
	return 4;
}

static void write_linktype(const uint8_t *bytes, size_t len, char *text)
{
	uint32_t linktype = 0;

	span_be32(span_of(bytes, len), 0, &linktype);
	sprintf(text, "%" PRIu32, linktype);
}

static const struct key_kind kinds[KEY_KINDS] = {
	{ .name = "source", .make = make_source, .write = write_source, .depth = SEES_TUNNEL },
	{ .name = "outer-src",
	  .make = make_outer_source,
	  .write = key_flow_write_end,
	  .depth = SEES_TUNNEL },
	{ .name = "id", .make = make_id, .write = write_id, .depth = SEES_TUNNEL },
	{ .name = "encap", .make = make_encap, .write = write_encap, .depth = SEES_TUNNEL },
	{ .name = "interface",
	  .make = make_interface,
	  .write = write_interface,
	  .depth = SEES_RECORD },
	{ .name = "mac-src", .make = make_mac_source, .write = write_mac },
	{ .name = "mac", .make = make_mac, .write = write_mac, .choice = CHOICE_MAC },
	{ .name = "ip-src", .make = make_ip_source, .write = key_flow_write_end },
	{ .name = "ip-dst", .make = make_ip_destination, .write = key_flow_write_end },
	{ .name = "host", .make = make_host, .write = key_flow_write_end, .choice = CHOICE_HOST },
	{ .name = "pair", .make = make_pair, .write = write_pair },
	{ .name = "flow", .make = make_flow, .write = key_flow_write },
	{ .name = "vlan", .make = make_vlan, .write = write_vlan, .depth = SEES_INNER },
	{ .name = "linktype",
	  .make = make_linktype,
	  .write = write_linktype,
	  .depth = SEES_RECORD },
};

static int key_kind_find(const char *name, size_t len)
{
	for (int i = 0; i < KEY_KINDS; i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
			return i;
	return -1;
}

bool key_known(const char *name, size_t len)
{
	return key_kind_find(name, len) >= 0;
}

int key_find(const struct key_spec *spec, const char *name, size_t len)
{
	int kind = key_kind_find(name, len);

	for (unsigned i = 0; i < spec->count; i++)
		if (spec->kind[i] == kind)
			return (int)i;
	return -1;
}

static bool key_unknown(const char *name, size_t len, struct error *err)
{
	struct similar similar = similar_to(name, len);

	for (int i = 0; i < KEY_KINDS; i++)
		similar_offer(&similar, kinds[i].name);
	if (similar.best)
		return error_usage(err, "unknown %.*s: did you mean %s?", (int)len, name,
				   similar.best);
	return error_usage(
		err, "expected source, outer-src, id (VNI, key, session), encap, interface, "
		     "mac-src, mac, ip-src, ip-dst, host, pair, flow, vlan or linktype, joined by "
		     "comma");
}

bool key_parse(struct key_spec *spec, const char *list, struct error *err)
{
	*spec = (struct key_spec){ 0 };
	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ",");
		int kind = key_kind_find(at, len);

		if (kind < 0)
			return key_unknown(at, len, err);
		if (key_find(spec, at, len) >= 0)
			return error_usage(err, "expected each key once");
		spec->kind[spec->count++] = (uint8_t)kind;
		spec->deep |= kinds[kind].depth != SEES_RECORD;
		spec->tunnel |= kinds[kind].depth == SEES_TUNNEL;
		spec->inner |=
			kinds[kind].depth == SEES_INNER || kinds[kind].depth == SEES_INNERMOST;
		spec->innermost = (spec->innermost || spec->count == 1) &&
				  kinds[kind].depth == SEES_INNERMOST;
		spec->record |= kinds[kind].depth == SEES_RECORD;
		spec->choices |= kinds[kind].choice;
		at += len;
		if (!*at)
			return true;
	}
}

/* A key is a row of parts: the length of each in two bytes, then the bytes of its kind. */
static void make_one(const struct key_spec *spec, const struct key_input *input, struct key *key)
{
	key->len = 0;
	key->none = true;
	for (unsigned i = 0; i < spec->count; i++) {
		uint8_t *to = key->bytes + key->len;
		size_t len = kinds[spec->kind[i]].make(input, to + 2);

		patch_be16((struct patch){ to, 2 }, 0, (uint16_t)len);
		key->len += 2 + len;
		key->none &= len == 0;
	}
}

static bool is_new(const struct key *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (keys[i].len == keys[count].len &&
		    memcmp(keys[i].bytes, keys[count].bytes, keys[count].len) == 0)
			return false;
	return true;
}

unsigned key_make(const struct key_spec *spec, const struct packet *packet, const struct peel *peel,
		  const struct interface_origin *taken, struct key keys[KEY_CHOICES])
{
	struct key_input input = { .packet = packet,
				   .bytes = span_of(packet->data, packet->caplen),
				   .peel = peel,
				   .taken = taken };
	unsigned count = 0;

	if (spec->deep)
		input.has_flow = flow_of(&input.flow, peel_inner(peel), input.bytes);
	for (unsigned choice = 0; choice < KEY_CHOICES; choice++) {
		if (choice & ~spec->choices)
			continue;
		input.choice = choice;
		make_one(spec, &input, &keys[count]);
		count += is_new(keys, count);
	}
	return count;
}

void key_write(const struct key_spec *spec, const struct key *key, struct key_text *text)
{
	struct span bytes = span_of(key->bytes, key->len), part;
	uint16_t len;

	text->count = spec->count;
	for (unsigned i = 0; i < spec->count; i++) {
		text->part[i][0] = '\0';
		if (!span_be16(bytes, 0, &len) || !span_sub(bytes, 2, len, &part))
			continue;
		if (len > 0)
			kinds[spec->kind[i]].write(part.data, part.len, text->part[i]);
		bytes = span_from(bytes, 2 + (size_t)len);
	}
}
