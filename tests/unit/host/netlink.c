/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers that the kernel ends early, by a recvmsg(2) of this program in front of the C library's.
 */
#include "host/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/tap.h"

#include "host/local_addresses.h"

static int end_number; /* what the end of each dump holds instead of 0 */

/* libmnl calls this one, because the dynamic linker looks into the program first. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t n = syscall(SYS_recvmsg, fd, message, flags);
	struct nlmsghdr *at = message->msg_iov->iov_base;

	for (int left = (int)n; n > 0 && mnl_nlmsg_ok(at, left); at = mnl_nlmsg_next(at, &left))
		if (at->nlmsg_type == NLMSG_DONE && end_number)
			memcpy(mnl_nlmsg_get_payload(at), &end_number, sizeof(end_number));
	return n;
}

static int count(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	++*(unsigned *)arg;
	return MNL_CB_OK;
}

static bool ask_for_links(unsigned *links)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);

	*links = 0;
	question->nlmsg_type = RTM_GETLINK;
	question->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(question, sizeof(struct ifinfomsg));
	return netlink_ask(NETLINK_ROUTE, question, count, links);
}

int main(void)
{
	struct error err = { 0 };
	struct local_addresses *own = local_addresses_new(&err);
	unsigned links;

	ok(ask_for_links(&links) && links > 0, "a whole dump");
	ok(own != NULL, "the addresses of this host: %s", err.text);
	end_number = -ENOMEM;
	errno = 0;
	ok(!ask_for_links(&links), "a dump that the kernel ended early is no answer");
	is_u64((uint64_t)errno, ENOMEM, "  for the kernel's reason");
	ok(own && !local_addresses_refresh(own, &err), "half of the addresses are not all of them");
	is_str(err.text, "cannot ask for the addresses of this host: Cannot allocate memory",
	       "  which is said");
	end_number = 0;
	ok(own && local_addresses_refresh(own, &err), "the next time they are read");
	local_addresses_free(own);
	return tap_done();
}
