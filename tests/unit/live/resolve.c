/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolves names of targets that need no name server. */
#include <arpa/inet.h>
#include <net/if.h>

#include "lib/tap.h"

#include "live/resolve.h"

static const struct {
	const char *uri;
	uint8_t wanted;
	const char *address; /* NULL if the name is refused */
	const char *zone;
	const char *error; /* how the message begins */
} rows[] = {
	{ "vxlan://10.0.2.9/1", 0, "10.0.2.9", NULL, NULL },
	{ "vxlan://10.0.2.9/1", 4, "10.0.2.9", NULL, NULL },
	{ "vxlan://10.0.2.9/1", 6, NULL, NULL, "cannot find the address of 10.0.2.9: " },
	{ "gre://[2001:db8::9]", 0, "2001:db8::9", NULL, NULL },
	{ "gre://[2001:db8::9]", 4, NULL, NULL, "cannot find the address of 2001:db8::9: " },
	{ "vxlan://[fe80::1%lo]/1", 0, "fe80::1", "lo", NULL },
	{ "vxlan://[fe80::1%nowhere]/1", 0, NULL, NULL,
	  "cannot find the address of fe80::1%nowhere: there is no interface nowhere" },
	{ "geneve://localhost/1", 4, "127.0.0.1", NULL, NULL },
	/* inet_aton(3) takes these for addresses. */
	{ "vxlan://0x0/1", 0, NULL, NULL, "cannot send to 0x0: its address is 0.0.0.0" },
	{ "vxlan://0x0A000209/1", 0, "10.0.2.9", NULL, NULL },
	/* RFC 2606 section 2: a name below .invalid never exists. */
	{ "geneve://collector.invalid/1", 0, NULL, NULL,
	  "cannot find the address of collector.invalid: " },
};

static void check_resolve(size_t i)
{
	struct target target, before;
	struct error err = { 0 };
	char text[INET6_ADDRSTRLEN] = "";
	bool found;

	ok(target_parse(&target, rows[i].uri, &err), "%s", rows[i].uri);
	before = target;
	found = resolve_target(&target, rows[i].wanted, &err);
	ok(found == (rows[i].address != NULL), "  has an address or none: %s", err.text);
	if (rows[i].error) {
		ok(strncmp(err.text, rows[i].error, strlen(rows[i].error)) == 0, "  and says so");
		ok(memcmp(&before, &target, sizeof(target)) == 0, "  the target is as it was");
		return;
	}
	inet_ntop(target.version == 4 ? AF_INET : AF_INET6, target.address, text, sizeof(text));
	is_str(text, rows[i].address, "  which is");
	is_u64(target.scope, rows[i].zone ? if_nametoindex(rows[i].zone) : 0, "  its scope");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_resolve(i);
	return tap_done();
}
