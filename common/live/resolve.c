/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/resolve.h"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "header/flow.h"

static void resolve_set_address(struct target *target, const struct addrinfo *found)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)found->ai_addr;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)found->ai_addr;

	memset(target->address, 0, sizeof(target->address));
	if (found->ai_family == AF_INET) {
		target->version = 4;
		memcpy(target->address, &ipv4->sin_addr, 4);
		return;
	}
	target->version = 6;
	memcpy(target->address, &ipv6->sin6_addr, 16);
	/* The resolver has a scope if the name stands for a link-local address. */
	if (ipv6->sin6_scope_id)
		target->scope = ipv6->sin6_scope_id;
}

static const struct addrinfo *resolve_first(const struct addrinfo *found)
{
	while (found && found->ai_family != AF_INET && found->ai_family != AF_INET6)
		found = found->ai_next;
	return found;
}

/* target_parse() has checked an address, but a name may have any: 0x0 is one that means 0.0.0.0. */
static bool resolve_take(struct target *target, const struct addrinfo *found, uint32_t scope,
			 struct error *err)
{
	char address[FLOW_ADDRESS_MAX];
	struct target taken = *target;

	taken.scope = scope;
	resolve_set_address(&taken, found);
	flow_address(taken.version, taken.address, address);
	if (!target_is_usable(&taken))
		return error_set(err, "cannot send to %s: its address is %s", target->host,
				 address);
	*target = taken;
	return true;
}

bool resolve_target(struct target *target, uint8_t version, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list;
	const struct addrinfo *first;
	uint32_t scope = 0;
	bool taken;
	int result;

	if (target->zone[0] && (scope = if_nametoindex(target->zone)) == 0)
		return error_set(err, "cannot find the address of %s%%%s: there is no interface %s",
				 target->host, target->zone, target->zone);
	hints.ai_family = version == 4 ? AF_INET : version == 6 ? AF_INET6 : AF_UNSPEC;
	result = getaddrinfo(target->host, NULL, &hints, &list);
	if (result == EAI_SYSTEM)
		return error_errno(err, "cannot find the address of %s", target->host);
	if (result != 0)
		return error_set(err, "cannot find the address of %s: %s", target->host,
				 gai_strerror(result));
	first = resolve_first(list);
	taken = first ? resolve_take(target, first, scope, err)
		      : error_set(err, "cannot find the address of %s: it has none", target->host);
	freeaddrinfo(list);
	return taken;
}
