/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/netlink.h"

/* Kinds of devices that are bound to a UDP port, and the attribute with its number (be16). */
static const struct {
	const char *kind;
	uint16_t attribute;
} tunnels[] = {
	{ "bareudp", IFLA_BAREUDP_PORT },
	{ "geneve", IFLA_GENEVE_PORT },
	{ "vxlan", IFLA_VXLAN_PORT },
};

static void link_read_port(struct link *link, const struct nlattr *data)
{
	struct nlattr *attribute;
	uint16_t port_be;

	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		if (strcmp(tunnels[i].kind, link->kind) != 0)
			continue;
		mnl_attr_for_each_nested (attribute, data)
			if (mnl_attr_get_type(attribute) == tunnels[i].attribute &&
			    netlink_copy(attribute, &port_be, sizeof(port_be)))
				link->port = ntohs(port_be);
	}
}

static void link_read_info(struct link *link, const struct nlattr *info)
{
	struct nlattr *attribute, *data = NULL;

	mnl_attr_for_each_nested (attribute, info) {
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_INFO_KIND:
			snprintf(link->kind, sizeof(link->kind), "%s", mnl_attr_get_str(attribute));
			break;
		case IFLA_INFO_DATA:
			data = attribute;
			break;
		}
	}
	/* A device that is down is not bound: it has closed its socket. */
	if (data && link->up)
		link_read_port(link, data);
}

/* IFLA_AF_SPEC has one attribute for each address family; that of AF_INET6 holds the sysctls of the
 * interface as an array of 32-bit numbers (IFLA_INET6_CONF). */
static void link_read_mtu6(struct link *link, const struct nlattr *spec)
{
	struct nlattr *family, *attribute;

	mnl_attr_for_each_nested (family, spec) {
		if (mnl_attr_get_type(family) != AF_INET6)
			continue;
		mnl_attr_for_each_nested (attribute, family) {
			const uint8_t *values = mnl_attr_get_payload(attribute);
			size_t at = DEVCONF_MTU6 * sizeof(link->mtu6);

			if (mnl_attr_get_type(attribute) == IFLA_INET6_CONF &&
			    mnl_attr_get_payload_len(attribute) >= at + sizeof(link->mtu6))
				memcpy(&link->mtu6, values + at, sizeof(link->mtu6));
		}
	}
}

static void link_read(struct link *link, const struct nlmsghdr *message)
{
	const struct ifinfomsg *device = mnl_nlmsg_get_payload(message);
	struct nlattr *attribute;
	bool elsewhere = false;

	memset(link, 0, sizeof(*link));
	link->index = (uint32_t)device->ifi_index;
	link->type = device->ifi_type;
	link->up = device->ifi_flags & IFF_UP;
	link->running = device->ifi_flags & IFF_RUNNING;
	mnl_attr_for_each (attribute, message, sizeof(*device)) {
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_IFNAME:
			snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(attribute));
			break;
		case IFLA_MTU:
			netlink_copy(attribute, &link->mtu, sizeof(link->mtu));
			break;
		case IFLA_ADDRESS:
			netlink_copy(attribute, link->mac, sizeof(link->mac));
			break;
		case IFLA_PARENT_DEV_NAME:
			link->hardware = true;
			break;
		case IFLA_LINK:
			netlink_copy(attribute, &link->lower, sizeof(link->lower));
			break;
		case IFLA_LINK_NETNSID:
			elsewhere = true;
			break;
		case IFLA_MASTER:
			netlink_copy(attribute, &link->master, sizeof(link->master));
			break;
		case IFLA_AF_SPEC:
			link_read_mtu6(link, attribute);
			break;
		case IFLA_LINKINFO:
			link_read_info(link, attribute);
			break;
		}
	}
	if (elsewhere)
		link->lower = 0; /* an index of that namespace, which may be anything in this one */
}

static int link_read_message(const struct nlmsghdr *message, void *arg)
{
	if (message->nlmsg_type == RTM_NEWLINK)
		link_read(arg, message);
	return MNL_CB_OK;
}

static struct nlmsghdr *link_put_question(void *buffer, uint32_t index)
{
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *device;

	question->nlmsg_type = RTM_GETLINK;
	device = mnl_nlmsg_put_extra_header(question, sizeof(*device));
	device->ifi_family = AF_UNSPEC;
	device->ifi_index = (int)index;
	mnl_attr_put_u32(question, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return question;
}

static bool link_not_found(const char *name, uint32_t index, struct error *err)
{
	if (errno != ENODEV && name)
		return error_errno(err, "cannot ask about the interface %s", name);
	if (errno != ENODEV)
		return error_errno(err, "cannot ask about interface %u", index);
	if (name)
		error_set(err, "there is no interface %s", name);
	else
		error_set(err, "there is no interface with index %u", index);
	err->number = ENODEV;
	return false;
}

bool link_find(struct link *link, const char *name, uint32_t index, struct error *err)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = link_put_question(buffer, name ? 0 : index);

	errno = ENODEV;
	/* To a name or index that no interface can have, the kernel answers EINVAL or ERANGE. */
	if (name ? *name == '\0' || strlen(name) >= sizeof(link->name) : index == 0)
		return link_not_found(name, index, err);
	if (name)
		mnl_attr_put_strz(question, IFLA_IFNAME, name);
	memset(link, 0, sizeof(*link));
	if (!netlink_ask(NETLINK_ROUTE, question, link_read_message, link))
		return link_not_found(name, index, err);
	errno = ENODEV;
	return link->index != 0 || link_not_found(name, index, err);
}

struct link_reading {
	struct link_list *list;
	size_t room;
	bool no_memory;
};

static int link_list_add(const struct nlmsghdr *message, void *arg)
{
	struct link_reading *reading = arg;
	struct link_list *list = reading->list;

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	if (list->count == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 64;
		struct link *links = reallocarray(list->links, room, sizeof(*links));

		reading->no_memory |= !links;
		if (!links)
			return MNL_CB_OK;
		list->links = links;
		reading->room = room;
	}
	link_read(&list->links[list->count++], message);
	return MNL_CB_OK;
}

static int link_compare(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->name, ((const struct link *)b)->name);
}

/* A dump that was repeated has some interfaces twice. */
static void link_list_order(struct link_list *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->links, list->count, sizeof(*list->links), link_compare);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || link_compare(&list->links[kept - 1], &list->links[i]) != 0)
			list->links[kept++] = list->links[i];
	list->count = kept;
}

bool link_list_read(struct link_list *list, struct error *err)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = link_put_question(buffer, 0);
	struct link_reading reading = { .list = list };
	bool asked;

	*list = (struct link_list){ 0 };
	question->nlmsg_flags = NLM_F_DUMP;
	asked = netlink_ask(NETLINK_ROUTE, question, link_list_add, &reading);
	if (asked && !reading.no_memory) {
		link_list_order(list);
		return true;
	}
	if (asked)
		errno = ENOMEM;
	error_errno(err, "cannot ask for the interfaces");
	link_list_free(list);
	return false;
}

const struct link *link_list_find(const struct link_list *list, const char *name)
{
	struct link key = { .index = 0 };

	if (strlen(name) >= sizeof(key.name) || list->count == 0)
		return NULL;
	memcpy(key.name, name, strlen(name));
	return bsearch(&key, list->links, list->count, sizeof(key), link_compare);
}

const struct link *link_list_find_index(const struct link_list *list, uint32_t index)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->links[i].index == index)
			return &list->links[i];
	return NULL;
}

void link_list_free(struct link_list *list)
{
	free(list->links);
	*list = (struct link_list){ 0 };
}

struct link_port_search {
	uint16_t port;
	bool found;
	struct link link;
};

static int link_match_port(const struct nlmsghdr *message, void *arg)
{
	struct link_port_search *search = arg;
	struct link link;

	if (search->found || message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	link_read(&link, message);
	if (link.port == search->port) {
		search->found = true;
		search->link = link;
	}
	return MNL_CB_OK;
}

bool link_find_by_port(struct link *link, uint16_t port)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = link_put_question(buffer, 0);
	struct link_port_search search = { .port = port };

	if (port == 0)
		return false;
	question->nlmsg_flags = NLM_F_DUMP;
	if (!netlink_ask(NETLINK_ROUTE, question, link_match_port, &search) || !search.found)
		return false;
	*link = search.link;
	return true;
}

enum { LINK_BELOW_MAX = 64 }; /* of further interfaces under one nobody asks */

/* Interfaces that packets of one may leave by; those that were looked at stand in front. */
struct link_below {
	unsigned count;
	uint32_t index[LINK_BELOW_MAX];
	uint32_t bond; /* whose ports are asked for */
	bool lacks;    /* one of them is no card and hands packets to none */
};

static void link_add_below(struct link_below *below, uint32_t index)
{
	if (below->count < LINK_BELOW_MAX)
		below->index[below->count++] = index;
}

static int link_match_port_of_bond(const struct nlmsghdr *message, void *arg)
{
	struct link_below *below = arg;
	struct link link;

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	link_read(&link, message);
	if (link.master == below->bond)
		link_add_below(below, link.index);
	return MNL_CB_OK;
}

/* A dump that was repeated adds some ports twice. Returns false if netlink fails. */
static bool link_add_ports(struct link_below *below, uint32_t bond)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = link_put_question(buffer, 0);

	below->bond = bond;
	question->nlmsg_flags = NLM_F_DUMP;
	return netlink_ask(NETLINK_ROUTE, question, link_match_port_of_bond, below);
}

/* A veth has a lower interface, too: its peer. So only kinds count that hand packets down. */
static bool link_look_below(struct link_below *below, uint32_t index)
{
	unsigned before = below->count;
	struct link link = { 0 };
	struct error ignored;

	if (!link_find(&link, NULL, index, &ignored))
		return false;
	if (link.hardware)
		return true;
	if (strcmp(link.kind, "bond") == 0) {
		if (!link_add_ports(below, index))
			return false;
	} else if (link.lower &&
		   (strcmp(link.kind, "vlan") == 0 || strcmp(link.kind, "macvlan") == 0)) {
		link_add_below(below, link.lower);
	}
	below->lacks = below->count == before && before < LINK_BELOW_MAX;
	return !below->lacks;
}

bool link_lacks_hardware(uint32_t index)
{
	struct link_below below = { .count = 0 };
	unsigned i = 0;

	link_add_below(&below, index);
	while (i < below.count && link_look_below(&below, below.index[i]))
		i++;
	return below.lacks;
}
