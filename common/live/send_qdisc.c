/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_qdisc.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "host/netlink.h"
#include "live/send_internal.h"

/* These queueing disciplines segment a GSO packet and report success if only some of its segments
 * are queued: tbf_segment() in net/sched/sch_tbf.c, cake_enqueue(), netem_enqueue(),
 * taprio_enqueue(). */
static bool send_qdisc_is_splitter(const char *kind)
{
	static const char *const kinds[] = { "tbf", "cake", "netem", "taprio" };
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static int found_qdisc(const struct nlmsghdr *message, void *arg)
{
	const struct tcmsg *about = mnl_nlmsg_get_payload(message);
	struct send_qdiscs *qdiscs = arg;
	struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWQDISC)
		return MNL_CB_OK;
	mnl_attr_for_each (attribute, message, sizeof(*about)) {
		if (mnl_attr_get_type(attribute) != TCA_KIND ||
		    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0 ||
		    !send_qdisc_is_splitter(mnl_attr_get_str(attribute)))
			continue;
		if (qdiscs->count < SEND_QDISCS_MAX)
			qdiscs->device[qdiscs->count] = (uint32_t)about->tcm_ifindex;
		qdiscs->count++;
	}
	return MNL_CB_OK;
}

bool send_qdisc_read(struct send_qdiscs *qdiscs)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);

	qdiscs->count = 0;
	question->nlmsg_type = RTM_GETQDISC;
	question->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(question, sizeof(struct tcmsg));
	if (netlink_ask(NETLINK_ROUTE, question, found_qdisc, qdiscs))
		return true;
	qdiscs->count = SEND_QDISCS_MAX + 1;
	return false;
}

bool send_qdisc_splits(const struct send_qdiscs *qdiscs, const struct send_path *path)
{
	unsigned i;

	if (path->stacked || qdiscs->count > SEND_QDISCS_MAX)
		return qdiscs->count > 0;
	for (i = 0; i < qdiscs->count; i++)
		if (qdiscs->device[i] == path->device)
			return true;
	return false;
}
