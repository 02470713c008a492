/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/interface_origin.h"

void interface_origin_learn(struct interface_origin *slot, const struct interface *interface)
{
	slot->serial = interface->serial;
	slot->len = interface->name ? (uint32_t)origin_parse(interface->name, slot->key) : 0;
}
