/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/interface_list.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "host/libpcap.h"

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

bool interface_list_print(FILE *to, struct error *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *devices;

	if (!libpcap_load(err))
		return false;
	if (libpcap.pcap_findalldevs(&devices, text) < 0)
		return error_set(err, "interfaces: %s", text);
	for (const pcap_if_t *device = devices; device; device = device->next) {
		fprintf(to, "%s [%s]", device->name, interface_list_state(device));
		for (const pcap_addr_t *each = device->addresses; each; each = each->next)
			interface_list_print_address(to, each->addr);
		if (device->description)
			fprintf(to, " (%s)", device->description);
		fputc('\n', to);
	}
	libpcap.pcap_freealldevs(devices);
	return fflush(to) == 0 || error_errno(err, "interfaces");
}
