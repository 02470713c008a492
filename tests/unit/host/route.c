/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds routes, neighbours, local addresses and IPsec policies against ip(8). */
#include <arpa/inet.h>
#include <cap-ng.h>
#include <time.h>

#include "lib/netns.h"

#include "host/link.h"
#include "host/local_addresses.h"
#include "host/neighbour.h"
#include "host/route.h"
#include "host/xfrm.h"

static uint32_t index_of(const char *name)
{
	struct error err = { 0 };
	struct link link = { 0 };

	link_find(&link, name, 0, &err);
	return link.index;
}

static const uint8_t *address(const char *text)
{
	static uint8_t ring[4][16];
	static unsigned next;
	uint8_t *bytes = ring[next++ % 4];

	memset(bytes, 0, 16);
	inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, bytes);
	return bytes;
}

static const char *address_text(uint8_t version, const uint8_t *bytes)
{
	static char text[2][INET6_ADDRSTRLEN];
	static unsigned next;

	return inet_ntop(version == 4 ? AF_INET : AF_INET6, bytes, text[next++ % 2],
			 INET6_ADDRSTRLEN);
}

/* --- routes --- */

struct route_row {
	uint8_t version;
	const char *destination, *source, *device;
	const char *arguments; /* of ip route get */
};

static const char *field(const struct route_row *row, const char *key)
{
	char command[256];

	snprintf(command, sizeof(command), "ip -j -%u route get %s", row->version, row->arguments);
	return netns_ask(command, key);
}

static void check_route(const struct route_row *row)
{
	uint32_t device = row->device ? index_of(row->device) : 0;
	struct error err = { 0 };
	struct route route;
	struct link link = { 0 };

	if (!ok(route_find(&route, row->version, address(row->destination),
			   row->source ? address(row->source) : NULL, device, &err),
		"%s: there is a route", row->arguments)) {
		printf("# %s\n", err.text);
		return;
	}
	link_find(&link, NULL, route.device, &err);
	is_str(link.name, field(row, "dev"), "  by the device");
	is_str(address_text(row->version, route.source),
	       row->source ? row->source : field(row, "prefsrc"), "  from the address");
	if (*field(row, "host")) {
		is_u64(route.gateway_version, 6, "  by an IPv6 router");
		is_str(address_text(6, route.gateway), field(row, "host"), "  which is");
	} else {
		is_str(route.has_gateway ? address_text(row->version, route.gateway) : "",
		       field(row, "gateway"), "  by the gateway");
	}
	ok(route.local == (strcmp(field(row, "type"), "local") == 0), "  local or not");
	ok(!route.encapsulated, "  as it is");
}

static void routes(void)
{
	static const struct route_row rows[] = {
		{ 4, "10.0.0.2", NULL, NULL, "10.0.0.2" },
		{ 4, "10.9.0.1", NULL, NULL, "10.9.0.1" },
		{ 4, "10.10.0.1", NULL, NULL, "10.10.0.1" },
		{ 4, "10.11.0.1", NULL, NULL, "10.11.0.1" },
		{ 4, "10.12.0.1", NULL, NULL, "10.12.0.1" },
		{ 4, "10.12.0.1", "10.0.0.11", NULL, "10.12.0.1 from 10.0.0.11" },
		{ 4, "10.0.0.2", "10.0.0.11", NULL, "10.0.0.2 from 10.0.0.11" },
		{ 4, "10.0.0.1", NULL, NULL, "10.0.0.1" },
		{ 4, "127.0.0.1", NULL, NULL, "127.0.0.1" },
		{ 4, "203.0.113.9", NULL, "v0", "203.0.113.9 oif v0" },
		{ 6, "2001:db8::2", NULL, NULL, "2001:db8::2" },
		{ 6, "2001:db8:9::1", NULL, NULL, "2001:db8:9::1" },
		{ 6, "2001:db8:9::1", "2001:db8::11", NULL, "2001:db8:9::1 from 2001:db8::11" },
		{ 6, "2001:db8::1", NULL, NULL, "2001:db8::1" },
		{ 6, "::1", NULL, NULL, "::1" },
		{ 6, "fe80::2", NULL, "v0", "fe80::2 oif v0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_route(&rows[i]);
}

static uint32_t mtu_of(uint8_t version, const char *destination)
{
	struct error err = { 0 };
	struct route route = { 0 };

	ok(route_find(&route, version, address(destination), NULL, 0, &err), "route to %s",
	   destination);
	return route.mtu;
}

static void mtus(void)
{
	is_u64(mtu_of(4, "10.9.0.1"), 1500, "MTU of the device");
	is_u64(mtu_of(4, "10.11.0.1"), 1380, "MTU of the route");
	is_u64(mtu_of(6, "2001:db8:9::1"), 1350, "MTU of an IPv6 route");
	is_u64(mtu_of(4, "127.0.0.1"), 65536, "MTU of the loopback");
	if (!netns_run("echo 1420 >/proc/sys/net/ipv6/conf/v0/mtu")) {
		ok(true, "MTU of IPv6 # SKIP it cannot be changed here");
		return;
	}
	is_u64(mtu_of(6, "2001:db8::2"), 1420, "MTU that a router made less");
	is_u64(mtu_of(4, "10.0.0.2"), 1500, "MTU of IPv4, which it does not change");
	netns_run("echo 1500 >/proc/sys/net/ipv6/conf/v0/mtu");
}

static void encapsulated(void)
{
	struct error err = { 0 };
	struct route route = { 0 };

	if (!netns_run("ip route add 10.30.0.0/16 encap ip id 5 dst 10.0.0.2 dev v0")) {
		ok(true, "encapsulating routes # SKIP none in this kernel");
		return;
	}
	ok(route_find(&route, 4, address("10.30.0.1"), NULL, 0, &err) && route.encapsulated,
	   "a route that encapsulates says so");
}

static void foreign_source(void)
{
	struct error err = { 0 };
	struct route route = { 0 };

	ok(route_find(&route, 4, address("10.9.0.1"), address("192.0.2.55"), 0, &err) &&
		   route.device == index_of("v0"),
	   "a source that is not here does not matter");
	is_str(address_text(4, route.source), "192.0.2.55", "  and stays");
}

static void no_routes(void)
{
	static const struct {
		uint8_t version;
		const char *destination, *want;
	} rows[] = {
		{ 4, "203.0.113.9", "no route to 203.0.113.9" },
		{ 4, "10.20.0.1", "no route to 10.20.0.1" },
		{ 4, "10.21.0.1", "no route to 10.21.0.1" },
		{ 4, "10.22.0.1", "no route to 10.22.0.1" },
		{ 6, "2001:db8:ffff::1", "no route to 2001:db8:ffff::1" },
		{ 6, "2001:db8:20::1", "no route to 2001:db8:20::1" },
		{ 6, "2001:db8:21::1", "no route to 2001:db8:21::1" },
		{ 6, "2001:db8:22::1", "no route to 2001:db8:22::1" },
		{ 6, "fe80::2", "no route to fe80::2 without an interface: [fe80::2%eth0]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		struct route route;

		ok(!route_find(&route, rows[i].version, address(rows[i].destination), NULL, 0,
			       &err),
		   "%s cannot be reached", rows[i].destination);
		is_str(err.text, rows[i].want, "  and says so");
	}
}

/* --- neighbours --- */

/* Looks the neighbour up until it is known, for 10 s at most. */
static bool resolve(struct neighbour *neighbour, const char *text)
{
	struct timespec tenth = { .tv_nsec = 100 * 1000 * 1000 };
	uint8_t version = strchr(text, ':') ? 6 : 4;
	struct error err = { 0 };

	for (int i = 0; i < 100; i++) {
		if (!neighbour_lookup(neighbour, index_of("v0"), version, address(text), &err))
			printf("# %s\n", err.text);
		if (neighbour->known)
			return true;
		nanosleep(&tenth, NULL);
	}
	return false;
}

static void check_resolved(const char *text)
{
	struct neighbour neighbour;
	char command[128], mac[18];

	if (!ok(resolve(&neighbour, text), "%s gets resolved", text))
		return;
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", neighbour.mac[0],
		 neighbour.mac[1], neighbour.mac[2], neighbour.mac[3], neighbour.mac[4],
		 neighbour.mac[5]);
	snprintf(command, sizeof(command), "ip -j neigh show to %s dev v0", text);
	is_str(mac, netns_ask(command, "lladdr"), "  as ip says");
	is_str(mac, "02:00:00:00:00:02", "  rightly");
}

static void stale(void)
{
	struct timespec tenth = { .tv_nsec = 100 * 1000 * 1000 };
	const char *state = "";
	struct neighbour neighbour;
	struct error err = { 0 };

	netns_run("echo 1 >/proc/sys/net/ipv4/neigh/v0/delay_first_probe_time");
	netns_run("ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0 nud stale");
	ok(neighbour_lookup(&neighbour, index_of("v0"), 4, address("10.0.0.2"), &err) &&
		   neighbour.known,
	   "a stale one is usable");
	for (int i = 0; i < 100 && strcmp(state, "REACHABLE") != 0; i++) {
		nanosleep(&tenth, NULL);
		state = netns_ask("ip -j neigh show to 10.0.0.2 dev v0 | tr -d '[]'", "state");
	}
	is_str(state, "REACHABLE", "  and is made fresh");
}

static void neighbours(void)
{
	struct neighbour neighbour;
	struct error err = { 0 };

	ok(neighbour_lookup(&neighbour, index_of("v0"), 4, address("10.0.0.2"), &err) &&
		   !neighbour.known,
	   "a neighbour nobody asked for is not known");
	check_resolved("10.0.0.2");
	check_resolved("2001:db8::2");
	check_resolved("fe80::ff:fe00:2");
	ok(neighbour_lookup(&neighbour, index_of("v0"), 4, address("10.0.0.99"), &err) &&
		   !neighbour.known,
	   "nobody is there: no error, not known");
	ok(!neighbour_lookup(&neighbour, 4711, 4, address("10.0.0.2"), &err), "no such device: %s",
	   err.text);
	stale();
	netns_run("ip neigh replace 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0 nud permanent");
	ok(neighbour_lookup(&neighbour, index_of("v0"), 4, address("10.0.0.7"), &err) &&
		   neighbour.known && neighbour.mac[5] == 7,
	   "a permanent one is usable");
}

/* --- addresses of this host --- */

static void own(void)
{
	struct error err = { 0 };
	struct local_addresses *local_addresses = local_addresses_new(&err);

	ok(local_addresses_has(local_addresses, 4, address("10.0.0.1")), "10.0.0.1 is here");
	ok(local_addresses_has(local_addresses, 4, address("10.0.0.11")), "so is 10.0.0.11");
	ok(local_addresses_has(local_addresses, 6, address("2001:db8::1")), "and 2001:db8::1");
	ok(local_addresses_has(local_addresses, 6, address("fe80::ff:fe00:1")),
	   "and a link-local one");
	ok(local_addresses_has(local_addresses, 4, address("127.0.0.1")), "and 127.0.0.1");
	ok(local_addresses_has(local_addresses, 4, address("127.9.9.9")), "and 127.9.9.9");
	ok(local_addresses_has(local_addresses, 4, address("10.5.0.1")),
	   "the near end of a point-to-point address");
	ok(!local_addresses_has(local_addresses, 4, address("10.5.0.2")), "but not the far end");
	ok(!local_addresses_has(local_addresses, 4, address("10.0.0.2")), "10.0.0.2 is not");
	ok(!local_addresses_has(local_addresses, 6, address("2001:db8::2")), "nor is 2001:db8::2");
	ok(!local_addresses_has(local_addresses, 6, address("a00:1::")),
	   "nor an IPv6 one that begins like 10.0.0.1");

	netns_run("ip addr add 10.0.0.200/24 dev v0 && ip addr del 10.0.0.11/24 dev v0");
	ok(!local_addresses_has(local_addresses, 4, address("10.0.0.200")),
	   "a new address is not known");
	ok(local_addresses_refresh(local_addresses, &err), "until they are read again");
	ok(local_addresses_has(local_addresses, 4, address("10.0.0.200")), "  then it is");
	ok(!local_addresses_has(local_addresses, 4, address("10.0.0.11")),
	   "  and one that went is not");
	local_addresses_free(local_addresses);
}

/* --- IPsec --- */

static void policies(void)
{
	static const char policy[] = "src 10.0.0.0/8 dst 10.99.0.0/16";
	struct xfrm_watch *watch = xfrm_watch_open(), *late;
	char command[256];

	ok(!xfrm_has_policies(), "no IPsec policy");
	ok(!xfrm_watch_has_policies(watch), "... and none since then");
	snprintf(command, sizeof(command),
		 "ip xfrm policy add %s dir in tmpl proto esp mode transport", policy);
	if (!netns_run(command)) {
		ok(true, "IPsec # SKIP no policies in this kernel");
		xfrm_watch_close(watch);
		return;
	}
	ok(!xfrm_has_policies(), "one for what comes in does not count");
	snprintf(command, sizeof(command),
		 "ip xfrm policy add %s dir out tmpl proto esp mode transport", policy);
	netns_run(command);
	ok(xfrm_has_policies(), "one for what goes out does");
	late = xfrm_watch_open();
	ok(xfrm_watch_has_policies(late), "... also when it was there first");
	xfrm_watch_close(late);
	netns_run("ip xfrm policy flush");
	ok(!xfrm_has_policies(), "until it is gone");
	ok(xfrm_watch_has_policies(watch) && xfrm_watch_has_policies(watch),
	   "a change is noticed, and may have made one");
	xfrm_watch_close(watch);
	watch = xfrm_watch_open();
	/* As after privileges_drop(), when SIGHUP brings new targets. */
	ok(capng_get_caps_process() == 0 &&
		   capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN) ==
			   0 &&
		   capng_apply(CAPNG_SELECT_CAPS) == 0,
	   "without CAP_NET_ADMIN");
	ok(xfrm_has_policies(), "... a kernel that does not say counts as one that has some");
	ok(!xfrm_watch_has_policies(watch), "... but a watch from before knows");
	netns_run(command);
	ok(xfrm_watch_has_policies(watch), "... and hears of a new one");
	xfrm_watch_close(watch);
	watch = xfrm_watch_open();
	ok(xfrm_watch_has_policies(watch), "... that cannot be opened any more");
	xfrm_watch_close(watch);
	ok(xfrm_watch_has_policies(NULL), "... nor is there one without memory");
	xfrm_watch_close(NULL);
}

/* --- set-up --- */

static bool route_setup(void)
{
	static const char *const here[] = {
		"ip link set lo up",
		"ip addr add 10.0.0.1/24 dev v0",
		"ip addr add 10.0.0.11/24 dev v0",
		"ip addr add 10.5.0.1 peer 10.5.0.2 dev v0",
		"ip addr add 2001:db8::1/64 dev v0 nodad",
		"ip addr add 2001:db8::11/64 dev v0 nodad",
		"ip addr add fe80::ff:fe00:1/64 dev v0 nodad",
		"ip link set v0 up",
		"ip route add 10.9.0.0/16 via 10.0.0.2",
		"ip route add 10.10.0.0/16 via inet6 fe80::ff:fe00:2 dev v0",
		"ip route add 10.11.0.0/16 via 10.0.0.2 src 10.0.0.11 mtu 1380",
		"ip route add 10.12.0.0/16 nexthop via 10.0.0.2",
		"ip rule add from 10.0.0.11 table 100",
		"ip route add default via 10.0.0.3 table 100",
		"ip route add unreachable 10.20.0.0/16",
		"ip route add prohibit 10.21.0.0/16",
		"ip route add blackhole 10.22.0.0/16",
		"ip -6 route add 2001:db8:9::/48 via 2001:db8::2 mtu 1350",
		"ip -6 route add unreachable 2001:db8:20::/48",
		"ip -6 route add prohibit 2001:db8:21::/48",
		"ip -6 route add blackhole 2001:db8:22::/48",
	};
	char command[128];
	bool built;

	snprintf(command, sizeof(command),
		 "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address "
		 "02:00:00:00:00:02 netns %d",
		 (int)netns_pid);
	built = netns_run(command);
	for (size_t i = 0; built && i < sizeof(here) / sizeof(here[0]); i++)
		built = netns_run(here[i]);
	return built && netns_run_there("ip addr add 10.0.0.2/24 dev v1") &&
	       netns_run_there("ip addr add 2001:db8::2/64 dev v1 nodad") &&
	       netns_run_there("ip addr add fe80::ff:fe00:2/64 dev v1 nodad") &&
	       netns_run_there("ip link set v1 up");
}

int main(void)
{
	if (!netns_enter())
		return tap_done();
	if (!ok(route_setup(), "two namespaces with a veth pair"))
		return netns_leave();
	routes();
	mtus();
	encapsulated();
	foreign_source();
	no_routes();
	neighbours();
	own();
	policies();
	return netns_leave();
}
