/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/netlink.h"

/* The states in which the kernel itself would send without resolving first. */
enum { USABLE = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP };

/* The discard service, RFC 863. */
enum { PORT_DISCARD = 9 };

struct neighbour_search {
	uint32_t device;
	uint8_t family;
	uint16_t len;
	const uint8_t *address;
	uint16_t state; /* NUD_ bit; 0 if the address is not in the table */
	bool has_mac;
	uint8_t mac[6];
};

static int neighbour_read_message(const struct nlmsghdr *message, void *arg)
{
	const struct ndmsg *about = mnl_nlmsg_get_payload(message);
	struct nlattr *attribute, *mac = NULL;
	struct neighbour_search *search = arg;
	bool same = false;

	if (message->nlmsg_type != RTM_NEWNEIGH || about->ndm_family != search->family ||
	    (uint32_t)about->ndm_ifindex != search->device)
		return MNL_CB_OK;
	mnl_attr_for_each (attribute, message, sizeof(*about)) {
		if (mnl_attr_get_type(attribute) == NDA_LLADDR)
			mac = attribute;
		else if (mnl_attr_get_type(attribute) == NDA_DST)
			same = mnl_attr_get_payload_len(attribute) == search->len &&
			       memcmp(mnl_attr_get_payload(attribute), search->address,
				      search->len) == 0;
	}
	if (!same)
		return MNL_CB_OK;
	search->state = about->ndm_state;
	search->has_mac = mac && netlink_copy(mac, search->mac, sizeof(search->mac));
	return MNL_CB_OK;
}

static bool neighbour_ask(struct neighbour_search *search, uint16_t flags)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);
	struct ndmsg *about;

	question->nlmsg_type = RTM_GETNEIGH;
	question->nlmsg_flags = flags;
	about = mnl_nlmsg_put_extra_header(question, sizeof(*about));
	about->ndm_family = search->family;
	if (flags != NLM_F_DUMP) {
		about->ndm_ifindex = (int)search->device;
		mnl_attr_put(question, NDA_DST, search->len, search->address);
	}
	return netlink_ask(NETLINK_ROUTE, question, neighbour_read_message, search);
}

/* Linux before 5.0 cannot look up a single entry (EOPNOTSUPP). ENOENT means that there is none. */
static bool neighbour_find(struct neighbour_search *search)
{
	if (neighbour_ask(search, 0) || errno == ENOENT)
		return true;
	return errno == EOPNOTSUPP && neighbour_ask(search, NLM_F_DUMP);
}

static socklen_t neighbour_discard_address(const struct neighbour_search *search,
					   struct sockaddr_storage *to)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = search->family;
	if (search->family == AF_INET) {
		ipv4->sin_port = htons(PORT_DISCARD);
		memcpy(&ipv4->sin_addr, search->address, search->len);
		return sizeof(*ipv4);
	}
	ipv6->sin6_port = htons(PORT_DISCARD);
	ipv6->sin6_scope_id = search->device;
	memcpy(&ipv6->sin6_addr, search->address, search->len);
	return sizeof(*ipv6);
}

/*
 * Makes the kernel resolve the address, by an empty datagram to the neighbour. RTM_NEWNEIGH with
 * NTF_USE would do without a packet but needs CAP_NET_ADMIN. Failures do not matter: the next
 * lookup tries again.
 */
static void neighbour_resolve(const struct neighbour_search *search)
{
	int fd = socket(search->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint32_t device_be = htonl(search->device);
	struct sockaddr_storage to;
	socklen_t len = neighbour_discard_address(search, &to);

	if (fd < 0)
		return;
	if (search->family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &device_be, sizeof(device_be));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &device_be, sizeof(device_be));
	/* Without MSG_DONTROUTE the datagram could go by a router, and the kernel would resolve the
	 * router's address instead. */
	sendto(fd, "", 0, MSG_DONTROUTE, (const struct sockaddr *)&to, len);
	close(fd);
}

bool neighbour_lookup(struct neighbour *neighbour, uint32_t device, uint8_t version,
		      const uint8_t *address, struct error *err)
{
	struct neighbour_search search = {
		.device = device,
		.family = version == 4 ? AF_INET : AF_INET6,
		.len = version == 4 ? 4 : 16,
		.address = address,
	};

	memset(neighbour, 0, sizeof(*neighbour));
	if (!neighbour_find(&search))
		return error_errno(err, "cannot ask for a neighbour's MAC address");
	/* Frames from a packet socket do not make the kernel confirm a stale entry, so it would
	 * stay stale for ever. */
	if (!(search.state & (USABLE & ~NUD_STALE)) && search.state != NUD_INCOMPLETE)
		neighbour_resolve(&search);
	neighbour->known = search.has_mac && (search.state & USABLE);
	memcpy(neighbour->mac, search.mac, sizeof(neighbour->mac));
	return true;
}
