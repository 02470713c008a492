/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel's tables, netlink(7), through libmnl. */
#ifndef VTAP_HOST_NETLINK_H
#define VTAP_HOST_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/* Room for any one question of ours. */
enum { NETLINK_QUESTION_MAX = 512 };

/*
 * Asks on a socket of its own (bus: NETLINK_ROUTE ...) and calls each(message, arg) for every
 * message of the answer; each returns MNL_CB_OK. A dump (NLM_F_DUMP) during which the table changed
 * is asked for again: each then sees some messages twice. False with errno, the kernel's where it
 * refused.
 */
bool netlink_ask(int bus, struct nlmsghdr *question, mnl_cb_t each, void *arg);

/* The payload of an attribute, if it has exactly len bytes, to `to`; false and `to` as it was if it
 * has not. */
bool netlink_copy(const struct nlattr *attribute, void *to, uint16_t len);

#endif
