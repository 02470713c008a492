/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen_uri.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static bool listen_uri_usable(const struct encap *encap)
{
	return encap->carrier == CARRIER_UDP;
}

/* Sets err to the name that was meant, or to the form of a URI, with the names of all
 * encapsulations over UDP. */
static bool listen_uri_expected(const char *uri, struct error *err)
{
	const char *meant = encap_similar(uri, strcspn(uri, ":/"), listen_uri_usable);
	char list[256] = "";

	if (meant)
		return error_usage(err, "did you mean %s://?", meant);
	for (unsigned i = 0; i < encap_count(); i++) {
		size_t used = strlen(list);

		if (listen_uri_usable(encap_at(i)))
			snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
				 encap_at(i)->name);
	}
	return error_usage(err, "expected NAME://[ADDRESS][:PORT] with NAME one of %s", list);
}

static const struct encap *listen_uri_take_scheme(const char *uri, const char **rest)
{
	const char *end = strstr(uri, "://");
	size_t len = end ? (size_t)(end - uri) : 0;

	for (unsigned i = 0; end && i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		if (encap->carrier == CARRIER_UDP && strlen(encap->name) == len &&
		    memcmp(encap->name, uri, len) == 0) {
			*rest = end + 3;
			return encap;
		}
	}
	return NULL;
}

/* ::ffff:10.0.0.1 stands for 10.0.0.1 (RFC 4291 section 2.5.5.2). */
static void listen_uri_unmap(struct listen_address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t host[4];

	if (address->version != 6 || memcmp(address->address, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(host, address->address + 12, sizeof(host));
	memset(address->address, 0, sizeof(address->address));
	memcpy(address->address, host, sizeof(host));
	address->version = 4;
}

static bool listen_uri_take_zone(struct listen_address *address, const char *zone,
				 struct error *err)
{
	address->scope = if_nametoindex(zone);
	return address->scope != 0 || error_set(err, "there is no interface %s", zone);
}

/* text is ADDRESS or ADDRESS%ZONE. */
static bool listen_uri_take_ipv6(struct listen_address *address, char *text, struct error *err)
{
	char *zone = strchr(text, '%');

	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, text, address->address) != 1)
		return error_usage(err, "expected an IPv6 address in brackets");
	address->version = 6;
	listen_uri_unmap(address);
	return !zone || listen_uri_take_zone(address, zone, err);
}

static bool listen_uri_take_host(struct listen_address *address, const char **rest,
				 struct error *err)
{
	bool bracketed = **rest == '[';
	const char *start = *rest + bracketed;
	size_t len = strcspn(start, bracketed ? "]" : ":/");
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];

	if (bracketed && start[len] != ']')
		return error_usage(err, "expected ] behind the IPv6 address");
	*rest = start + len + bracketed;
	if (len == 0 && !bracketed)
		return true;
	if (len >= sizeof(text))
		return error_usage(err, "expected an address of this host");
	memcpy(text, start, len);
	text[len] = '\0';
	if (bracketed)
		return listen_uri_take_ipv6(address, text, err);
	if (strchr(start, ':') != strrchr(start, ':'))
		return error_usage(err, "expected the IPv6 address in brackets");
	if (inet_pton(AF_INET, text, address->address) != 1)
		return error_usage(err, "expected an address of this host, %s is not one", text);
	address->version = 4;
	return true;
}

bool listen_uri_parse(struct listen_address *address, const char *uri, struct error *err)
{
	const char *rest = uri;
	uint64_t port;

	*address = (struct listen_address){ .encap = listen_uri_take_scheme(uri, &rest) };
	if (!address->encap)
		return listen_uri_expected(uri, err);
	address->port = address->encap->numbers[0];
	if (!listen_uri_take_host(address, &rest, err))
		return false;
	if (*rest == '\0')
		return true;
	if (*rest != ':')
		return error_usage(err, "expected %s://[ADDRESS][:PORT]", address->encap->name);
	if (!number_parse(rest + 1, 1, UINT16_MAX, &port, err))
		return error_usage(err, "port: expected a whole number from 1 to 65535");
	address->port = (uint16_t)port;
	return true;
}
