/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/origin.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/number.h"
#include "header/flow.h"

/*
 * Offsets in the key of one tunnel: index of the codec, 1 if it has an id (else the id is 0), id
 * (big-endian), IP version, source address (IPv4: the first 4 bytes, the rest is 0).
 */
enum {
	KEY_ENCAP = 0,
	KEY_HAS_ID = 1,
	KEY_ID = 2,
	KEY_VERSION = 6,
	KEY_ADDRESS = 7,
	KEY_LEN = ORIGIN_KEY_LEN,
};

static void origin_write_key(uint8_t *key, const struct tunnel *tunnel,
			     const struct headers *headers, struct span packet)
{
	struct span addresses = headers_address_bytes(headers, packet);
	struct patch patch = { key, KEY_LEN };

	key[KEY_ENCAP] = tunnel->index;
	key[KEY_HAS_ID] = tunnel->has_id;
	patch_be32(patch, KEY_ID, tunnel->has_id ? tunnel->id : 0);
	key[KEY_VERSION] = headers->ip_version;
	patch_zero(patch, KEY_ADDRESS, KEY_LEN - KEY_ADDRESS);
	patch_copy(patch, KEY_ADDRESS, addresses.data, addresses.len / 2);
}

size_t origin_key(const struct peel *peel, struct span packet, uint8_t key[ORIGIN_KEY_MAX])
{
	size_t len = 0;

	for (unsigned i = 0; i < peel->count; i++, len += KEY_LEN)
		origin_write_key(key + len, &peel->layer[i].tunnel, &peel->headers[i], packet);
	return len;
}

/* Appends the text of a tunnel behind `used` bytes. destination: outer destination address, or NULL
 * to leave it out. Returns the bytes that are used then. */
static size_t origin_append_tunnel(char text[ORIGIN_NAME_MAX], size_t used, const uint8_t *key,
				   const uint8_t *destination)
{
	struct span span = span_of(key, KEY_LEN);
	const struct encap *encap = encap_at(key[KEY_ENCAP]);
	char from[FLOW_ADDRESS_MAX] = "?", to[FLOW_ADDRESS_MAX] = "", id[16] = "";
	uint32_t number = 0;
	int len;

	if (key[KEY_HAS_ID] && span_be32(span, KEY_ID, &number))
		snprintf(id, sizeof id, "-%lu", (unsigned long)number);
	if (key[KEY_VERSION] != 0)
		flow_address(key[KEY_VERSION], key + KEY_ADDRESS, from);
	if (key[KEY_VERSION] != 0 && destination != NULL)
		flow_address(key[KEY_VERSION], destination, to);
	len = snprintf(text + used, ORIGIN_NAME_MAX - used, "%s%s%s@%s%s%s", used > 0 ? "+" : "",
		       encap != NULL ? encap->name : "?", id, from, to[0] ? " > " : "", to);
	return len < 0 || used + (size_t)len >= ORIGIN_NAME_MAX ? used : used + (size_t)len;
}

void origin_name(const uint8_t *key, size_t key_len, char name[ORIGIN_NAME_MAX])
{
	size_t used = 0;

	name[0] = '\0';
	for (size_t at = 0; key_len - at >= KEY_LEN; at += KEY_LEN)
		used = origin_append_tunnel(name, used, key + at, NULL);
}

/* Returns the index of the codec whose name the text begins with, or encap_count(). The longest
 * name counts: vxlan-gpe-5 is not VXLAN. */
static unsigned origin_find_encap(const char *text)
{
	unsigned found = encap_count();
	size_t longest = 0;

	for (unsigned i = 0; i < encap_count(); i++) {
		size_t len = strlen(encap_at(i)->name);

		if (len <= longest || strncmp(text, encap_at(i)->name, len) != 0 ||
		    (text[len] != '-' && text[len] != '\0'))
			continue;
		found = i;
		longest = len;
	}
	return found;
}

static bool origin_parse_address(const char *text, struct patch key)
{
	uint8_t address[16] = { 0 };
	uint8_t version = 0;

	if (inet_pton(AF_INET, text, address) == 1)
		version = 4;
	else if (inet_pton(AF_INET6, text, address) == 1)
		version = 6;
	else if (strcmp(text, "?") != 0)
		return false;
	return patch_u8(key, KEY_VERSION, version) &&
	       patch_copy(key, KEY_ADDRESS, address, sizeof(address));
}

/* Parses ENCAP[-ID]@ADDRESS. The text is changed. */
static bool origin_parse_tunnel(char *text, struct patch key)
{
	char *at = strchr(text, '@');
	unsigned index;
	uint64_t id = 0;
	struct error err;

	if (!at)
		return false;
	*at = '\0';
	index = origin_find_encap(text);
	if (index == encap_count())
		return false;
	text += strlen(encap_at(index)->name);
	if (*text && !number_parse(text + 1, 0, UINT32_MAX, &id, &err))
		return false;
	return patch_u8(key, KEY_ENCAP, (uint8_t)index) && patch_u8(key, KEY_HAS_ID, *text != 0) &&
	       patch_be32(key, KEY_ID, (uint32_t)id) && origin_parse_address(at + 1, key);
}

size_t origin_parse(const char *name, uint8_t key[ORIGIN_KEY_MAX])
{
	char text[ORIGIN_NAME_MAX], *rest;
	size_t len = 0;

	if (strlen(name) >= sizeof(text))
		return 0;
	strcpy(text, name);
	for (char *tunnel = text; tunnel; tunnel = rest, len += KEY_LEN) {
		rest = strchr(tunnel, '+');
		if (rest)
			*rest++ = '\0';
		if (len == ORIGIN_KEY_MAX ||
		    !origin_parse_tunnel(tunnel, (struct patch){ key + len, KEY_LEN }))
			return 0;
	}
	return len;
}

bool origin_id(const uint8_t *tunnel, uint32_t *id)
{
	return tunnel[KEY_HAS_ID] && span_be32(span_of(tunnel, KEY_LEN), KEY_ID, id);
}

uint8_t origin_encap(const uint8_t *tunnel)
{
	return tunnel[KEY_ENCAP];
}

const uint8_t *origin_address(const uint8_t *tunnel)
{
	return tunnel[KEY_VERSION] ? tunnel + KEY_VERSION : NULL;
}

void origin_description(const struct peel *peel, struct span packet, char text[ORIGIN_NAME_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < peel->count; i++) {
		struct headers_addresses addresses;
		uint8_t key[KEY_LEN];

		headers_copy_addresses(&peel->headers[i], packet, &addresses);
		origin_write_key(key, &peel->layer[i].tunnel, &peel->headers[i], packet);
		used = origin_append_tunnel(text, used, key, addresses.dst);
	}
}
