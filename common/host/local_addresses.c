/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/local_addresses.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "host/netlink.h"

/* Addresses are sorted and compared as bytes: by version first. */
struct local_address {
	uint8_t version;
	uint8_t address[16]; /* IPv4: the first 4 bytes, then zeros */
};

struct local_addresses {
	struct local_address *list; /* sorted */
	size_t count, room;
	bool no_memory; /* an address could not be added while reading */
};

static int local_addresses_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct local_address));
}

static bool local_addresses_add(struct local_addresses *local_addresses,
				const struct local_address *local)
{
	if (local_addresses->count == local_addresses->room) {
		size_t room = local_addresses->room ? local_addresses->room * 2 : 16;
		struct local_address *list = realloc(local_addresses->list, room * sizeof(*list));

		if (!list)
			return false;
		local_addresses->list = list;
		local_addresses->room = room;
	}
	local_addresses->list[local_addresses->count++] = *local;
	return true;
}

static int local_addresses_read_message(const struct nlmsghdr *message, void *arg)
{
	const struct ifaddrmsg *about = mnl_nlmsg_get_payload(message);
	uint16_t len = about->ifa_family == AF_INET ? 4 : 16;
	struct local_address local = { .version = about->ifa_family == AF_INET ? 4 : 6 };
	struct local_addresses *local_addresses = arg;
	struct nlattr *attribute;
	bool found = false;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    (about->ifa_family != AF_INET && about->ifa_family != AF_INET6))
		return MNL_CB_OK;
	/* On a point-to-point device IFA_ADDRESS is the other end's address (linux/if_addr.h), and
	 * IFA_LOCAL is this host's. Other devices may have IFA_ADDRESS only. */
	mnl_attr_for_each (attribute, message, sizeof(*about)) {
		uint16_t type = mnl_attr_get_type(attribute);

		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !found))
			found |= netlink_copy(attribute, local.address, len);
	}
	if (found && !local_addresses_add(local_addresses, &local))
		local_addresses->no_memory = true;
	return MNL_CB_OK;
}

static bool local_addresses_read(struct local_addresses *local_addresses, struct error *err)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);

	question->nlmsg_type = RTM_GETADDR;
	question->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(question, sizeof(struct ifaddrmsg));
	if (!netlink_ask(NETLINK_ROUTE, question, local_addresses_read_message, local_addresses))
		return error_errno(err, "cannot ask for the addresses of this host");
	if (local_addresses->no_memory) {
		errno = ENOMEM;
		return error_errno(err, "cannot note the addresses of this host");
	}
	if (local_addresses->count)
		qsort(local_addresses->list, local_addresses->count, sizeof(*local_addresses->list),
		      local_addresses_compare);
	return true;
}

struct local_addresses *local_addresses_new(struct error *err)
{
	struct local_addresses *local_addresses = calloc(1, sizeof(*local_addresses));

	if (!local_addresses)
		error_errno(err, "cannot note the addresses of this host");
	else if (local_addresses_read(local_addresses, err))
		return local_addresses;
	local_addresses_free(local_addresses);
	return NULL;
}

bool local_addresses_has(const struct local_addresses *local_addresses, uint8_t version,
			 const uint8_t *address)
{
	struct local_address local = { .version = version };

	/* RFC 1122 section 3.2.1.3 (g); the kernel lists 127.0.0.1 only. */
	if (version == 4 && address[0] == 127)
		return true;
	memcpy(local.address, address, version == 4 ? 4 : 16);
	return local_addresses->count &&
	       bsearch(&local, local_addresses->list, local_addresses->count,
		       sizeof(*local_addresses->list), local_addresses_compare) != NULL;
}

bool local_addresses_refresh(struct local_addresses *local_addresses, struct error *err)
{
	struct local_addresses fresh = { 0 };

	if (!local_addresses_read(&fresh, err)) {
		free(fresh.list);
		return false;
	}
	free(local_addresses->list);
	*local_addresses = fresh;
	return true;
}

void local_addresses_free(struct local_addresses *local_addresses)
{
	if (!local_addresses)
		return;
	free(local_addresses->list);
	free(local_addresses);
}
