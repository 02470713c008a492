/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink with other answers, as LD_PRELOAD. An interface whose name stands in HARDWARE (names
 * between commas) gets a parent device, in the place of its queueing discipline, as a network card
 * has; with BOND=1 each bridge is a bond: the kernel of a test may have neither. The first
 * NO_QDISCS answers about queueing disciplines fail.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool listed(const char *name)
{
	const char *at = getenv("HARDWARE");
	size_t len = strlen(name);

	for (; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

static void change_kind(struct rtattr *info)
{
	struct rtattr *attribute = RTA_DATA(info);
	int left = (int)RTA_PAYLOAD(info);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == IFLA_INFO_KIND && getenv("BOND") &&
		    strcmp(RTA_DATA(attribute), "bridge") == 0)
			memcpy(RTA_DATA(attribute), "bond\0", 6);
}

static void change_link(struct nlmsghdr *message)
{
	struct rtattr *first = IFLA_RTA(NLMSG_DATA(message)), *attribute;
	int len = (int)IFLA_PAYLOAD(message), left = len;
	bool hardware = false;

	for (attribute = first; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		hardware |= attribute->rta_type == IFLA_IFNAME && listed(RTA_DATA(attribute));
		if ((attribute->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO)
			change_kind(attribute);
	}
	left = len;
	for (attribute = first; hardware && RTA_OK(attribute, left);
	     attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == IFLA_QDISC)
			attribute->rta_type = IFLA_PARENT_DEV_NAME;
}

static bool fails(const struct nlmsghdr *message)
{
	static int count;
	const char *most = getenv("NO_QDISCS");

	if (message->nlmsg_type != RTM_NEWQDISC || !most || count >= atoi(most))
		return false;
	count++;
	errno = ENOBUFS;
	return true;
}

ssize_t recvmsg(int fd, struct msghdr *into, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) =
		(ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	ssize_t n = real(fd, into, flags);
	const struct sockaddr_nl *from = into->msg_name;
	int left = (int)n;

	if (n <= 0 || flags & MSG_PEEK || !from || from->nl_family != AF_NETLINK)
		return n;
	for (struct nlmsghdr *message = into->msg_iov[0].iov_base; NLMSG_OK(message, left);
	     message = NLMSG_NEXT(message, left))
		if (message->nlmsg_type == RTM_NEWLINK)
			change_link(message);
		else if (fails(message))
			return -1;
	return n;
}
