/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/link.h"
#include "host/netlink.h"

/* One question about a route and its answer. */
struct route_search {
	uint8_t version;
	bool found;
	uint8_t type; /* RTN_ number of the route that was found */
	struct route *route;
};

static uint16_t route_address_len(uint8_t version)
{
	return version == 4 ? 4 : 16;
}

/* RTA_VIA is a router of another address family (RFC 5549). struct rtvia is family and address. */
static void route_read_via(struct route *route, const struct nlattr *attribute)
{
	const struct rtvia *via = mnl_attr_get_payload(attribute);
	uint16_t len = mnl_attr_get_payload_len(attribute);
	uint8_t version;

	if (len < sizeof(*via))
		return;
	version = via->rtvia_family == AF_INET ? 4 : 6;
	if (len - sizeof(*via) != route_address_len(version))
		return;
	route->gateway_version = version;
	memcpy(route->gateway, via->rtvia_addr, route_address_len(version));
	route->has_gateway = true;
}

static void route_read_metrics(struct route *route, const struct nlattr *metrics)
{
	struct nlattr *attribute;

	mnl_attr_for_each_nested (attribute, metrics)
		if (mnl_attr_get_type(attribute) == RTAX_MTU)
			netlink_copy(attribute, &route->mtu, sizeof(route->mtu));
}

static void route_read_attribute(struct route_search *search, const struct nlattr *attribute)
{
	struct route *route = search->route;

	switch (mnl_attr_get_type(attribute)) {
	case RTA_OIF:
		netlink_copy(attribute, &route->device, sizeof(route->device));
		break;
	case RTA_PREFSRC:
		netlink_copy(attribute, route->source, route_address_len(search->version));
		break;
	case RTA_GATEWAY:
		route->gateway_version = search->version;
		route->has_gateway =
			netlink_copy(attribute, route->gateway, route_address_len(search->version));
		break;
	case RTA_VIA:
		route_read_via(route, attribute);
		break;
	case RTA_METRICS:
		route_read_metrics(route, attribute);
		break;
	case RTA_ENCAP_TYPE:
		route->encapsulated = true;
		break;
	}
}

static int route_read_message(const struct nlmsghdr *message, void *arg)
{
	const struct rtmsg *about = mnl_nlmsg_get_payload(message);
	struct route_search *search = arg;
	struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	search->found = true;
	search->type = about->rtm_type;
	mnl_attr_for_each (attribute, message, sizeof(*about)) {
		route_read_attribute(search, attribute);
	}
	return MNL_CB_OK;
}

static bool route_ask(struct route_search *search, const uint8_t *destination,
		      const uint8_t *source, uint32_t device)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);
	uint16_t len = route_address_len(search->version);
	struct rtmsg *about;

	question->nlmsg_type = RTM_GETROUTE;
	about = mnl_nlmsg_put_extra_header(question, sizeof(*about));
	about->rtm_family = search->version == 4 ? AF_INET : AF_INET6;
	about->rtm_dst_len = (unsigned char)(len * 8);
	mnl_attr_put(question, RTA_DST, len, destination);
	if (source) {
		about->rtm_src_len = (unsigned char)(len * 8);
		mnl_attr_put(question, RTA_SRC, len, source);
	}
	if (device)
		mnl_attr_put_u32(question, RTA_OIF, device);
	return netlink_ask(NETLINK_ROUTE, question, route_read_message, search);
}

/* Returns true if the kernel could not be asked, for lack of memory, descriptors or rights. */
static bool route_is_unasked(int number)
{
	return number == EPERM || error_is_shortage(number);
}

bool route_is_missing(const struct error *err)
{
	return err->number != 0 && !route_is_unasked(err->number);
}

static bool route_not_found(uint8_t version, const uint8_t *destination, int number,
			    struct error *err)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(version == 4 ? AF_INET : AF_INET6, destination, text, sizeof(text));
	if (route_is_unasked(number)) {
		errno = number;
		return error_errno(err, "cannot ask for the route to %s", text);
	}
	error_set(err, "no route to %s", text);
	err->number = number;
	return false;
}

static bool route_is_link_local(uint8_t version, const uint8_t *address)
{
	return version == 6 && address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
}

static bool route_complete(struct route_search *search, const uint8_t *source, struct error *err)
{
	struct route *route = search->route;
	struct link link;

	if (source)
		memcpy(route->source, source, route_address_len(search->version));
	route->local = search->type == RTN_LOCAL;
	if (route->mtu)
		return true;
	if (!link_find(&link, NULL, route->device, err))
		return error_wrap(err, "the device of a route");
	route->mtu = search->version == 6 && link.mtu6 ? link.mtu6 : link.mtu;
	return true;
}

/* Returns false for types that refuse to send: blackhole, unreachable, prohibit. */
static bool route_type_sends(uint8_t type)
{
	return type == RTN_UNICAST || type == RTN_LOCAL || type == RTN_BROADCAST ||
	       type == RTN_MULTICAST || type == RTN_ANYCAST;
}

/* Leaves errno as it was. */
static bool route_is_local_address(uint8_t version, const uint8_t *address)
{
	struct route route = { 0 };
	struct route_search search = { .version = version, .route = &route };
	int number = errno;
	bool here = route_ask(&search, address, NULL, 0) && search.type == RTN_LOCAL;

	errno = number;
	return here;
}

bool route_find(struct route *route, uint8_t version, const uint8_t *destination,
		const uint8_t *source, uint32_t device, struct error *err)
{
	struct route_search search = { .version = version, .route = route };
	char text[INET6_ADDRSTRLEN];
	bool answered;

	memset(route, 0, sizeof(*route));
	/* Every interface has a route to fe80::/64, and the kernel would take any of them. */
	if (route_is_link_local(version, destination) && !device) {
		inet_ntop(AF_INET6, destination, text, sizeof(text));
		return error_set(err, "no route to %s without an interface: [%s%%eth0]", text,
				 text);
	}
	answered = route_ask(&search, destination, source, device);
	/* The kernel finds no IPv4 route from an address that is not of this host
	 * (ip_route_output_key_hash_rcu() in net/ipv4/route.c), but a packet socket may send from
	 * one. */
	if (!answered && source && !route_is_local_address(version, source))
		answered = route_ask(&search, destination, NULL, device);
	if (!answered)
		return route_not_found(version, destination, errno, err);
	if (!search.found || !route->device || !route_type_sends(search.type))
		return route_not_found(version, destination, ENETUNREACH, err);
	return route_complete(&search, source, err);
}
