/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/target.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "encap/encap.h"
#include "header/flow.h"

_Static_assert((int)TARGET_HOST_MAX >= (int)FLOW_ADDRESS_MAX, "an address is a host");

/* Sets a usage error that shows the whole form of a target of that encapsulation. */
static bool expected_form(const struct encap *encap, struct error *err)
{
	const char *port = encap->carrier == CARRIER_UDP ? "[:PORT]" : "";
	char id[16] = "";

	for (size_t i = 0; encap->id_max != 0 && i < sizeof id - 1; i++) {
		id[i] = (char)toupper((unsigned char)encap->id_name[i]);
		if (id[i] == '\0')
			break;
	}
	return error_usage(err, "expected %s://HOST%s%s%s%s", encap->name, port,
			   encap->id_optional ? "[/"
			   : id[0] != '\0'    ? "/"
					      : "",
			   id, encap->id_optional ? "]" : "");
}

static bool is_scheme(const struct encap *encap)
{
	return encap->build != NULL;
}

static bool expected_scheme(const char *uri, struct error *err)
{
	const char *meant = encap_similar(uri, strcspn(uri, ":/"), is_scheme);
	char list[256] = "";

	if (meant != NULL)
		return error_usage(err, "did you mean %s://?", meant);
	for (unsigned i = 0; i < encap_count(); i++) {
		size_t used = strlen(list);

		if (is_scheme(encap_at(i)))
			snprintf(list + used, sizeof list - used, "%s%s://", used ? ", " : "",
				 encap_at(i)->name);
	}
	return error_usage(err, "expected one of %s", list);
}

/* Returns the codec of the scheme and sets *rest behind "://". Returns NULL if there is no such
 * scheme. */
static const struct encap *take_scheme(const char *uri, const char **rest)
{
	const char *end = strstr(uri, "://");
	size_t len = end == NULL ? 0 : (size_t)(end - uri);

	for (unsigned i = 0; end != NULL && i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		if (is_scheme(encap) && strlen(encap->name) == len &&
		    memcmp(encap->name, uri, len) == 0) {
			*rest = end + 3;
			return encap;
		}
	}
	return NULL;
}

/* Copies len bytes of text and a NUL. Returns false if out has no room for them. */
static bool take_text(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* Parses [ADDRESS] or [ADDRESS%ZONE] at *rest. */
static bool take_bracketed(struct target *target, const char **rest, struct error *err)
{
	const char *start = *rest + 1, *end = strchr(start, ']');
	size_t len = end == NULL ? 0 : (size_t)(end - start);
	const char *zone = end == NULL ? NULL : memchr(start, '%', len);
	size_t address_len = zone == NULL ? len : (size_t)(zone - start);

	if (end == NULL)
		return error_usage(err, "expected ] behind the IPv6 address");
	if (zone != NULL && (zone + 1 == end || !take_text(target->zone, sizeof target->zone,
							   zone + 1, len - address_len - 1)))
		return error_usage(err, "expected an interface of at most %d bytes behind %%",
				   TARGET_ZONE_MAX);
	if (!take_text(target->host, sizeof target->host, start, address_len) ||
	    inet_pton(AF_INET6, target->host, target->address) != 1)
		return error_usage(err, "expected an IPv6 address in brackets");
	target->version = 6;
	*rest = end + 1;
	return true;
}

/* Returns true if host is meant as an IPv4 address: no top-level domain is all digits (RFC 3696
 * section 2). */
static bool looks_numeric(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last == NULL ? host : last + 1;
	return *last != '\0' && last[strspn(last, "0123456789")] == '\0';
}

static bool take_host(struct target *target, const char **rest, struct error *err)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._";
	size_t len = strcspn(*rest, ":/");

	if (**rest == '[')
		return take_bracketed(target, rest, err);
	if (len == 0 || strspn(*rest, name) < len ||
	    !take_text(target->host, sizeof target->host, *rest, len))
		return error_usage(err, "expected an address or a host name");
	if (strchr(*rest + len, ':') != strrchr(*rest + len, ':'))
		return error_usage(err, "expected the IPv6 address in brackets");
	if (inet_pton(AF_INET, target->host, target->address) == 1)
		target->version = 4;
	else if (looks_numeric(target->host))
		return error_usage(err, "expected an IPv4 address: %s is not one", target->host);
	*rest += len;
	return true;
}

/* Parses the number in the first len bytes of text. what: its name in the error. */
static bool read_number(const char *text, size_t len, uint64_t min, uint64_t max, const char *what,
			uint64_t *value, struct error *err)
{
	struct error why;
	char number[32];

	/* A text that is too long to be a number fails as an empty one. */
	if (!take_text(number, sizeof number, text, len))
		number[0] = '\0';
	if (number_parse(number, min, max, value, &why))
		return true;
	return error_usage(err, "%s: %s", what, why.text);
}

static bool take_port(struct target *target, const char **rest, struct error *err)
{
	size_t len;
	uint64_t port;

	if (target->encap->carrier == CARRIER_UDP)
		target->port = target->encap->numbers[0];
	if (**rest != ':')
		return true;
	if (target->encap->carrier != CARRIER_UDP)
		return error_usage(err, "expected no port: %s has none", target->encap->name);
	++*rest;
	len = strcspn(*rest, "/");
	if (!read_number(*rest, len, 1, UINT16_MAX, "port", &port, err))
		return false;
	target->port = (uint16_t)port;
	*rest += len;
	return true;
}

static bool take_id(struct target *target, const char *rest, struct error *err)
{
	const struct encap *encap = target->encap;
	uint64_t id;

	if (*rest == '\0' && (encap->id_max == 0 || encap->id_optional))
		return true;
	if (*rest != '/' || encap->id_max == 0)
		return expected_form(encap, err);
	if (!read_number(rest + 1, strlen(rest + 1), 0, encap->id_max, encap->id_name, &id, err))
		return false;
	target->has_id = true;
	target->id = (uint32_t)id;
	return true;
}

static bool is_unspecified(const struct target *target)
{
	static const uint8_t zero[sizeof target->address];

	return target->version != 0 && memcmp(target->address, zero, sizeof zero) == 0;
}

/* IPv4-mapped addresses (RFC 4291 section 2.5.5.2) are for sockets and never appear on the wire. */
static bool is_mapped(const struct target *target)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return target->version == 6 && memcmp(target->address, prefix, sizeof prefix) == 0;
}

bool target_is_usable(const struct target *target)
{
	return !is_unspecified(target) && !is_mapped(target);
}

bool target_parse(struct target *target, const char *uri, struct error *err)
{
	const char *rest = uri;

	*target = (struct target){ .encap = take_scheme(uri, &rest) };
	if (target->encap == NULL)
		return expected_scheme(uri, err);
	if (*rest == '\0')
		return expected_form(target->encap, err);
	if (!take_host(target, &rest, err) || !take_port(target, &rest, err) ||
	    !take_id(target, rest, err))
		return false;
	if (!target_is_usable(target))
		return error_usage(err, "expected an address to send to: %s is not one",
				   target->host);
	return true;
}

void target_name(const struct target *target, char name[TARGET_NAME_MAX])
{
	char address[FLOW_ADDRESS_MAX], id[12] = "";

	if (target->version != 0)
		flow_address(target->version, target->address, address);
	if (target->has_id)
		snprintf(id, sizeof id, "-%" PRIu32, target->id);
	snprintf(name, TARGET_NAME_MAX, "%s%s@%s", target->encap->name, id,
		 target->version != 0 ? address : target->host);
}

void target_outer_header(const struct target *target, struct outer_header *outer_header)
{
	outer_header_init(outer_header, target->encap, target->version);
	outer_header->port = target->port;
	memcpy(outer_header->destination, target->address, sizeof target->address);
}
