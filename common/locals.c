/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "route.h"

/* Compared as bytes: version first. */
struct local {
	uint8_t version;
	uint8_t address[16]; /* IPv4: 12 zeros behind it */
};

struct locals {
	struct local *list; /* sorted */
	size_t count, room;
	bool no_memory; /* while reading */
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct local));
}

static bool add(struct locals *locals, const struct local *local)
{
	if (locals->count == locals->room) {
		size_t room = locals->room ? locals->room * 2 : 16;
		struct local *list = realloc(locals->list, room * sizeof(*list));

		if (!list)
			return false;
		locals->list = list;
		locals->room = room;
	}
	locals->list[locals->count++] = *local;
	return true;
}

static int found_address(const struct nlmsghdr *message, void *arg)
{
	const struct ifaddrmsg *about = mnl_nlmsg_get_payload(message);
	uint16_t len = about->ifa_family == AF_INET ? 4 : 16;
	struct local local = { .version = about->ifa_family == AF_INET ? 4 : 6 };
	struct locals *locals = arg;
	struct nlattr *attribute;
	bool found = false;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    (about->ifa_family != AF_INET && about->ifa_family != AF_INET6))
		return MNL_CB_OK;
	/* On a point-to-point device IFA_ADDRESS is the other end (linux/if_addr.h): IFA_LOCAL is
	 * better where there is one. */
	mnl_attr_for_each (attribute, message, sizeof(*about)) {
		uint16_t type = mnl_attr_get_type(attribute);

		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !found))
			found |= netlink_copy(attribute, local.address, len);
	}
	if (found && !add(locals, &local))
		locals->no_memory = true;
	return MNL_CB_OK;
}

static bool read_all(struct locals *locals, struct error *err)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);

	question->nlmsg_type = RTM_GETADDR;
	question->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(question, sizeof(struct ifaddrmsg));
	if (!netlink_ask(NETLINK_ROUTE, question, found_address, locals))
		return error_errno(err, "cannot ask for the addresses of this host");
	if (locals->no_memory) {
		errno = ENOMEM;
		return error_errno(err, "cannot note the addresses of this host");
	}
	if (locals->count)
		qsort(locals->list, locals->count, sizeof(*locals->list), compare);
	return true;
}

struct locals *locals_new(struct error *err)
{
	struct locals *locals = calloc(1, sizeof(*locals));

	if (!locals)
		error_errno(err, "cannot note the addresses of this host");
	else if (read_all(locals, err))
		return locals;
	locals_free(locals);
	return NULL;
}

bool locals_has(const struct locals *locals, uint8_t version, const uint8_t *address)
{
	struct local local = { .version = version };

	/* All of it is this host (RFC 1122 section 3.2.1.3 (g)); the table holds 127.0.0.1. */
	if (version == 4 && address[0] == 127)
		return true;
	memcpy(local.address, address, version == 4 ? 4 : 16);
	return locals->count &&
	       bsearch(&local, locals->list, locals->count, sizeof(*locals->list), compare) != NULL;
}

bool locals_refresh(struct locals *locals, struct error *err)
{
	struct locals fresh = { 0 };

	if (!read_all(&fresh, err)) {
		free(fresh.list);
		return false;
	}
	free(locals->list);
	*locals = fresh;
	return true;
}

void locals_free(struct locals *locals)
{
	if (!locals)
		return;
	free(locals->list);
	free(locals);
}
