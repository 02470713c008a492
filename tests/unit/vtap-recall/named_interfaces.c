/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of many objects, one for each name. */
#include "tools/vtap-recall/named_interfaces.h"

#include "lib/tap.h"

static struct named_interfaces set;
static struct section section, turned = { .swapped = true };
static struct error err;

static struct interface interface(const char *name)
{
	return (struct interface){ .serial = packet_serial(),
				   .section = &section,
				   .linktype = LINK_ETHERNET,
				   .ticks_per_s = 1000000,
				   .name = name,
				   .options = span_of("\2\0\1\0a\0\0\0", 8) };
}

static const struct named_interface *found(const struct interface *one, const char *source)
{
	return named_interfaces_find(&set, one, source, &err);
}

int main(void)
{
	struct source_names names = { 0 };
	struct interface first = interface("a"), second = interface("a"), other = interface("b");
	struct interface unnamed = interface(NULL), nano = interface("a"), swapped = interface("a");
	const struct named_interface *one;

	nano.ticks_per_s = 1000000000;
	swapped.section = &turned;
	source_names_add(&names, "a b", &err);
	named_interfaces_init(&set, &names);
	one = found(&first, "a");
	ok(one && found(&second, "x") == one, "interfaces of one name are one");
	ok(one->interface.options.len == 8 && !one->wanted, "... with their options");
	ok(found(&other, "a") != one, "another name is another one");
	ok(found(&nano, "a") != one, "another clock, too");
	ok(found(&swapped, "a") != one && found(&swapped, "a")->interface.section->swapped,
	   "another byte order, too");
	is_str(found(&unnamed, "a%20b")->interface.name, "a b", "no name: that of SOURCE, decoded");
	is_u64(found(&unnamed, "a%20b")->interface.options.len, 0, "... in new options");
	ok(found(&unnamed, "a%20b")->wanted, "... which is wanted");
	named_interfaces_free(&set);
	source_names_free(&names);
	return tap_done();
}
