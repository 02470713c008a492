/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the kernel a question by netlink(7), through libmnl. The caller builds the question and
 * reads the messages of the answer; this module sends, receives and repeats.
 */
#ifndef VTAP_HOST_NETLINK_H
#define VTAP_HOST_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of a buffer that holds any question of this project, with its attributes. */
enum { NETLINK_QUESTION_MAX = 512 };

/*
 * Sends a question on a new socket of the protocol bus (NETLINK_ROUTE, NETLINK_XFRM) and calls
 * each(message, arg) for every message of the answer; a message is valid during that call, and each
 * must return MNL_CB_OK. The question's flags and sequence number are completed here. If the
 * kernel's table changes during a dump (NLM_F_DUMP), the dump is repeated, up to 32 times: each
 * sees some messages again then. Waits for the kernel's answer. Returns false and sets errno if a
 * call on the socket fails, if the kernel refuses or ends a dump early (errno is the number in its
 * answer), or if the table changed during the last repeat as well (EINTR); each may have been
 * called before that.
 */
bool netlink_ask(int bus, struct nlmsghdr *question, mnl_cb_t each, void *arg);

/*
 * Copies the payload of an attribute to `to` if it has exactly len bytes. Otherwise returns false
 * and leaves `to` as it was.
 */
bool netlink_copy(const struct nlattr *attribute, void *to, uint16_t len);

#endif
