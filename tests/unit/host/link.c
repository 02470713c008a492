/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds host/link.h against ip(8), and makes changes for host/monitor.h to see. */
#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "lib/netns.h"

#include "host/link.h"
#include "host/monitor.h"

/* --- links --- */

static void check_link(const char *name)
{
	struct error err = { 0 };
	struct link link, again;
	char command[128], mac[18];

	if (!ok(link_find(&link, name, 0, &err), "%s is found", name))
		return;
	snprintf(command, sizeof(command), "ip -j -d link show %s", name);
	is_u64(link.index, strtoul(netns_ask(command, "ifindex"), NULL, 10), "  its index");
	is_u64(link.mtu, strtoul(netns_ask(command, "mtu"), NULL, 10), "  its MTU");
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", link.mac[0], link.mac[1],
		 link.mac[2], link.mac[3], link.mac[4], link.mac[5]);
	is_str(mac, netns_ask(command, "address"), "  its MAC address");
	is_str(link.kind, netns_ask(command, "info_kind"), "  its kind");
	ok(link_find(&again, NULL, link.index, &err) && strcmp(again.name, name) == 0,
	   "  by index it is the same");
}

/* Of this host's own interfaces, before the test has a namespace: sysfs shows those. */
static void check_hardware(void)
{
	struct if_nameindex *all = if_nameindex();
	char path[64];
	struct link link;
	struct error err = { 0 };

	for (struct if_nameindex *at = all; at && at->if_index; at++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/device", at->if_name);
		ok(link_find(&link, at->if_name, 0, &err) &&
			   link.hardware == (access(path, F_OK) == 0),
		   "%s is hardware or not, as sysfs has it", at->if_name);
		ok(!link.hardware || !link_lacks_hardware(link.index), "  and is asked for");
	}
	if_freenameindex(all);
}

static void check_no_link(const char *name, const char *want)
{
	struct error err = { 0 };
	struct link link;

	ok(!link_find(&link, name, 4711, &err) && err.number == ENODEV, "no such interface");
	is_str(err.text, want, "  says which");
}

static void check_links(void)
{
	struct error err = { 0 };
	struct link link;

	check_link("lo");
	check_link("v0");
	ok(link_find(&link, "lo", 0, &err) && link.type == ARPHRD_LOOPBACK, "lo is a loopback");
	ok(link_find(&link, "v0", 0, &err) && link.type == ARPHRD_ETHER && link.up && !link.port,
	   "v0 is Ethernet, up, without a port");
	ok(link_find(&link, "v0", 0, &err) && link_lacks_hardware(link.index), "v0 is no card");
	check_no_link("nowhere", "there is no interface nowhere");
	check_no_link("a-name-that-is-too-long", "there is no interface a-name-that-is-too-long");
	check_no_link("", "there is no interface ");
	check_no_link(NULL, "there is no interface with index 4711");
}

/* More than fit into the first room, and into one message of the kernel. */
static void check_list(void)
{
	struct error err = { 0 };
	struct link_list list;
	char command[128];
	bool ordered = true;

	for (unsigned i = 0; i < 70; i++) {
		snprintf(command, sizeof(command), "ip link add p%u type veth peer name q%u", i, i);
		netns_run(command);
	}
	netns_run("ip link add bridge type bridge && ip link set p7 master bridge");
	if (!ok(link_list_read(&list, &err), "all interfaces: %s", err.text))
		return;
	is_u64(list.count, 1 + 2 + 140 + 1, "they are as many as there are");
	for (size_t i = 1; i < list.count; i++)
		ordered &= strcmp(list.links[i - 1].name, list.links[i].name) < 0;
	ok(ordered, "  in order, each once");
	ok(link_list_find(&list, "p69") && link_list_find(&list, "p69")->type == ARPHRD_ETHER,
	   "  one is found");
	ok(!link_list_find(&list, "p70") && !link_list_find(&list, "a-name-that-is-too-long"),
	   "  others are not");
	ok(link_list_find_index(&list, link_list_find(&list, "p7")->master) ==
		   link_list_find(&list, "bridge"),
	   "  a port's bridge is found by its index");
	ok(!link_list_find_index(&list, 4711), "  another index is not");
	link_list_free(&list);
	is_u64(list.count, 0, "  the list is empty then");
	for (unsigned i = 0; i < 70; i++) {
		snprintf(command, sizeof(command), "ip link del p%u", i);
		netns_run(command);
	}
	netns_run("ip link del bridge");
}

/* --- changes --- */

/* Collects changes until all of want were seen, for 5 s at most. */
static unsigned changes_read(struct monitor *watch, unsigned want)
{
	struct pollfd ready = { .fd = monitor_fd(watch), .events = POLLIN };
	unsigned seen = 0;

	while ((seen & want) != want && poll(&ready, 1, 5000) == 1)
		seen |= monitor_read(watch);
	return seen;
}

static void check_changes(void)
{
	static const struct {
		const char *command;
		unsigned want;
	} rows[] = {
		{ "ip link add w0 type veth peer name w1", MONITOR_LINKS },
		{ "ip link set w0 mtu 1400", MONITOR_LINKS },
		{ "ip link set w0 name w2", MONITOR_LINKS },
		{ "ip link set w2 up", MONITOR_LINKS },
		{ "ip link set w1 up", MONITOR_LINKS },
		{ "ip link set w1 down", MONITOR_LINKS },
		{ "ip addr add 10.77.0.1/24 dev w2", MONITOR_ADDRESSES },
		{ "ip addr del 10.77.0.1/24 dev w2", MONITOR_ADDRESSES },
		{ "ip addr add 2001:db8:77::1/64 dev w2 nodad", MONITOR_ADDRESSES },
		{ "ip route add 10.78.0.0/16 dev w2", MONITOR_ROUTES },
		{ "ip rule add to 10.79.0.0/16 table 79", MONITOR_ROUTES },
		{ "ip neigh add 2001:db8:77::2 lladdr 02:00:00:00:00:02 dev w2",
		  MONITOR_NEIGHBOURS },
		{ "tc qdisc replace dev w2 root pfifo limit 10", MONITOR_QDISCS },
		{ "tc qdisc del dev w2 root", MONITOR_QDISCS },
		{ "ip link del w2", MONITOR_LINKS | MONITOR_ROUTES },
	};
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct monitor *watch = monitor_open(rows[i].want, &err);

		netns_run(rows[i].command);
		is_u64(changes_read(watch, rows[i].want), rows[i].want, rows[i].command);
		monitor_close(watch);
	}
}

/* Sends a router advertisement of an MTU out of a device; RFC 4861 sections 4.2 and 4.6.4. */
static bool advertise(const char *device, uint32_t mtu)
{
	struct __attribute__((packed)) {
		struct nd_router_advert router;
		struct nd_opt_mtu mtu;
	} message = { .router.nd_ra_type = ND_ROUTER_ADVERT,
		      .mtu = { ND_OPT_MTU, 1, 0, htonl(mtu) } };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_scope_id = if_nametoindex(device) };
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6), hops = 255;
	ssize_t n;

	inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
	n = sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return n == (ssize_t)sizeof(message);
}

static void check_router(void)
{
	struct error err = { 0 };
	struct monitor *watch;
	struct link link = { 0 };

	netns_run("ip link add r0 type veth peer name r1 && "
		  "sysctl -qw net.ipv6.conf.r0.accept_ra=2 net.ipv6.conf.r0.accept_ra_from_local=1 "
		  "net.ipv6.conf.r0.accept_dad=0 net.ipv6.conf.r1.accept_dad=0 && "
		  "ip link set r0 up && ip link set r1 up");
	/* The first advertisement makes more known than the MTU. */
	for (int i = 0; i < 100 && link.mtu6 != 1400; i++, usleep(50000))
		if (!advertise("r1", 1400) || !link_find(&link, "r0", 0, &err))
			link.mtu6 = 0;
	is_u64(link.mtu6, 1400, "a router advertises an MTU");
	watch = monitor_open(MONITOR_ROUTES, &err);
	ok(advertise("r1", 1380), "... and another one");
	is_u64(changes_read(watch, MONITOR_ROUTES), MONITOR_ROUTES, "  which is told");
	ok(link_find(&link, "r0", 0, &err) && link.mtu6 == 1380, "  and is that of IPv6");
	monitor_close(watch);
	netns_run("ip link del r0");
}

static void check_unasked(void)
{
	struct error err = { 0 };
	struct monitor *watch = monitor_open(MONITOR_NEIGHBOURS, &err);

	netns_run("ip link set v0 mtu 1450 && ip link set v0 mtu 1500");
	is_u64(monitor_read(watch), 0, "a link changes: not told to who watches neighbours");
	monitor_close(watch);
}

static void check_overrun(void)
{
	struct error err = { 0 };
	unsigned what = MONITOR_LINKS | MONITOR_NEIGHBOURS;
	struct monitor *watch = monitor_open(what, &err);
	int small = 4096;

	setsockopt(monitor_fd(watch), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	netns_run("i=1; while [ $i -lt 300 ]; do echo link set v0 mtu $((1000 + i % 2)); i=$((i + "
		  "1)); "
		  "done | ip -batch - && ip link set v0 mtu 1500");
	is_u64(monitor_read(watch), what, "too many changes: everything may have changed");
	is_u64(monitor_read(watch), 0, "  and then it is quiet");
	netns_run("ip link set v0 mtu 1500 alias x");
	ok(changes_read(watch, MONITOR_LINKS) & MONITOR_LINKS, "  and works again");
	monitor_close(watch);
}

/* --- kernel tunnels --- */

static void check_ports(void)
{
	struct link link;

	ok(!link_find_by_port(&link, 4789), "no device holds the port");
	ok(!link_find_by_port(&link, 0), "no device holds port 0");
	if (!netns_run("ip link add x0 type vxlan id 42 dev v0 dstport 4789")) {
		ok(true, "vxlan # SKIP no vxlan device in this kernel");
		return;
	}
	ok(!link_find_by_port(&link, 4789), "a vxlan device that is down does not hold it");
	netns_run("ip link set x0 up");
	ok(link_find_by_port(&link, 4789) && strcmp(link.name, "x0") == 0 && link.port == 4789,
	   "one that is up does");
	is_str(link.kind, "vxlan", "  a vxlan device");
	ok(!link_find_by_port(&link, 4790), "  and no other port");
	netns_run("ip link del x0");
	ok(!link_find_by_port(&link, 4789), "gone with the device");
}

int main(void)
{
	check_hardware();
	if (!netns_enter())
		return tap_done();
	if (!ok(netns_run("ip link set lo up && ip link add v0 type veth peer name v1 && ip link "
			  "set v0 up"),
		"a namespace with a veth pair"))
		return netns_leave();
	check_links();
	check_list();
	check_ports();
	check_changes();
	check_router();
	check_unasked();
	check_overrun();
	return netns_leave();
}
