/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/interface_list.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "host/libpcap.h"
#include "host/link.h"

static const char *interface_list_state(const pcap_if_t *device)
{
	if (!(device->flags & PCAP_IF_UP))
		return "down";
	return device->flags & PCAP_IF_RUNNING ? "up" : "up, no carrier";
}

static void interface_list_print_address(FILE *to, const struct sockaddr *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	char text[INET6_ADDRSTRLEN];

	if (address && address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		fprintf(to, " %s", inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)));
	} else if (address && address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		fprintf(to, " %s", inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text)));
	}
}

static void interface_list_print_link(FILE *to, const struct link_list *links,
				      const struct link *link)
{
	const struct link *master = link_list_find_index(links, link->master);

	fprintf(to, " (MTU %" PRIu32, link->mtu);
	if (link->master && master)
		fprintf(to, ", master %s", master->name);
	fputs(")\n", to);
}

/* libpcap also lists what is no network (USB, Bluetooth, D-Bus), whose packets no tool can use. */
static bool interface_list_has(const pcap_if_t *device, const struct link *link)
{
	return link || strcmp(device->name, "any") == 0 || strcmp(device->name, "nflog") == 0;
}

static void interface_list_print_device(FILE *to, const struct link_list *links,
					const pcap_if_t *device)
{
	const struct link *link = link_list_find(links, device->name);

	if (!interface_list_has(device, link))
		return;
	if (!link) {
		fprintf(to, "%s (%s)\n", device->name,
			device->description ? device->description : "no interface");
		return;
	}
	fprintf(to, "%s [%s]", device->name, interface_list_state(device));
	for (const pcap_addr_t *each = device->addresses; each; each = each->next)
		interface_list_print_address(to, each->addr);
	interface_list_print_link(to, links, link);
}

bool interface_list_print(FILE *to, struct error *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct link_list links;
	pcap_if_t *devices;

	if (!libpcap_load(err))
		return false;
	if (libpcap.pcap_findalldevs(&devices, text) < 0)
		return error_set(err, "interfaces: %s", text);
	if (!link_list_read(&links, err)) {
		libpcap.pcap_freealldevs(devices);
		return false;
	}
	for (const pcap_if_t *device = devices; device; device = device->next)
		interface_list_print_device(to, &links, device);
	link_list_free(&links);
	libpcap.pcap_freealldevs(devices);
	return fflush(to) == 0 || error_errno(err, "interfaces");
}
